#include "ref/expsum.h"

#include "core/memory.h"
#include "ref/dyadic.h"

#include <stdlib.h>

/* Products of more terms than this are not multiplied out. */
#define TERMS 16384

/* What a first order is looked at with before it is given up. */
enum { FIRST_PREC = 128, LAST_PREC = 8192 };

void lp_expsum_add(lp_expsum *f, const mpfr_t c, const mpfr_t d, double t) {
    if (f->count == f->room) {
        f->room = f->room ? 2 * f->room : 8;
        f->at = lp_memory_resize(f->at, (size_t)f->room, sizeof *f->at);
    }
    lp_expsum_term *term = &f->at[f->count++];
    mpfr_inits2(64, term->c, term->d, (mpfr_ptr)0);
    lp_dyadic_copy(term->c, c);
    lp_dyadic_copy(term->d, d);
    term->t = t;
    f->merged = false;
}

static void clear_term(lp_expsum_term *term) {
    mpfr_clear(term->c);
    mpfr_clear(term->d);
}

void lp_expsum_clear(lp_expsum *f) {
    for (int64_t i = 0; i < f->count; i++) clear_term(&f->at[i]);
    free(f->at);
    *f = (lp_expsum){0};
}

/* num / den = a's exponent less b's, den > 0. */
static void difference(mpfr_t num, mpfr_t den, const lp_expsum_term *a, const lp_expsum_term *b) {
    if (a->t == b->t) {
        lp_dyadic_sub(num, a->d, b->d);
        lp_dyadic_set(den, a->t);
        return;
    }
    lp_dyadic_mul_d(num, a->d, b->t);
    lp_dyadic_mul_d(den, b->d, a->t);
    lp_dyadic_sub(num, num, den);
    lp_dyadic_set(den, a->t);
    lp_dyadic_mul_d(den, den, b->t);
}

static int by_exponent(const void *x, const void *y) {
    const lp_expsum_term *a = x, *b = y;
    mpfr_t num, den;
    if (a->t == b->t) return mpfr_cmp(a->d, b->d);
    mpfr_inits2(64, num, den, (mpfr_ptr)0);
    difference(num, den, a, b);
    int sign = mpfr_sgn(num);
    mpfr_clears(num, den, (mpfr_ptr)0);
    return sign;
}

static void merge(lp_expsum *f) {
    int64_t kept = 0;
    if (f->merged || f->count == 0) return;
    qsort(f->at, (size_t)f->count, sizeof *f->at, by_exponent);
    for (int64_t i = 0, next; i < f->count; i = next) {
        for (next = i + 1; next < f->count && by_exponent(&f->at[i], &f->at[next]) == 0; next++) {
            lp_dyadic_add(f->at[i].c, f->at[i].c, f->at[next].c);
            clear_term(&f->at[next]);
        }
        if (mpfr_zero_p(f->at[i].c))
            clear_term(&f->at[i]);
        else
            f->at[kept++] = f->at[i];
    }
    f->count = kept;
    f->merged = true;
}

bool lp_expsum_zero(lp_expsum *f) {
    merge(f);
    return f->count == 0;
}

void lp_expsum_add_scaled(lp_expsum *f, const lp_expsum *g, const mpfr_t c) {
    mpfr_t part;
    mpfr_init2(part, 64);
    for (int64_t i = 0; i < g->count; i++) {
        lp_dyadic_mul(part, g->at[i].c, c);
        lp_expsum_add(f, part, g->at[i].d, g->at[i].t);
    }
    mpfr_clear(part);
}

bool lp_expsum_multiply(lp_expsum *a, lp_expsum *b) {
    lp_expsum product = {0};
    mpfr_t c, d;
    merge(a);
    merge(b);
    if (a->count * b->count > TERMS) return false;
    mpfr_inits2(64, c, d, (mpfr_ptr)0);
    for (int64_t i = 0; i < a->count; i++)
        for (int64_t j = 0; j < b->count; j++) {
            lp_dyadic_mul(c, a->at[i].c, b->at[j].c);
            lp_dyadic_add(d, a->at[i].d, b->at[j].d);
            lp_expsum_add(&product, c, d, a->at[i].t);
        }
    mpfr_clears(c, d, (mpfr_ptr)0);
    merge(&product);
    lp_expsum_clear(a);
    *a = product;
    return true;
}

/* r = e^-(num / den), num >= 0: the quotient's error times e^-q is below a unit of r's last place
 * where its precision is that of r and q's exponent more; beyond 2^66 r is 0 and the least number
 * either way. */
static void set_exp(lp_iv *r, const mpfr_t num, const mpfr_t den) {
    mpfr_prec_t prec = mpfr_get_prec(r->lo);
    mpfr_exp_t e = mpfr_zero_p(num) ? 0 : mpfr_get_exp(num) - mpfr_get_exp(den) + 1;
    lp_iv q;
    lp_iv_init(&q, prec + 4 + (e < 0 ? 0 : e > 66 ? 66 : e));
    mpfr_div(q.lo, num, den, MPFR_RNDD);
    mpfr_div(q.hi, num, den, MPFR_RNDU);
    lp_iv_neg(&q);
    mpfr_exp(r->lo, q.lo, MPFR_RNDD);
    mpfr_exp(r->hi, q.hi, MPFR_RNDU);
    lp_iv_clear(&q);
}

/* sum = the sum over its largest exponential, of merged terms. */
static void relative(lp_iv *sum, const lp_expsum *f) {
    mpfr_t num, den;
    lp_iv term;
    mpfr_inits2(64, num, den, (mpfr_ptr)0);
    lp_iv_init(&term, mpfr_get_prec(sum->lo));
    mpfr_set_zero(sum->lo, 1);
    mpfr_set_zero(sum->hi, 1);
    for (int64_t i = 0; i < f->count; i++) {
        difference(num, den, &f->at[i], &f->at[0]);
        set_exp(&term, num, den);
        lp_iv_scale(&term, &term, f->at[i].c);
        lp_iv_add(sum, sum, &term);
    }
    lp_iv_clear(&term);
    mpfr_clears(num, den, (mpfr_ptr)0);
}

void lp_expsum_enclose(lp_iv *r, lp_expsum *f) {
    mpfr_set_zero(r->lo, 1);
    mpfr_set_zero(r->hi, 1);
    merge(f);
    if (f->count == 0) return;
    MPFR_DECL_INIT(t, 53);
    lp_iv sum, top;
    lp_iv_init(&sum, mpfr_get_prec(r->lo));
    lp_iv_init(&top, mpfr_get_prec(r->lo));
    relative(&sum, f);
    mpfr_set_d(t, f->at[0].t, MPFR_RNDZ);
    set_exp(&top, f->at[0].d, t);
    lp_iv_mul_nonneg(r, &sum, &top);
    lp_iv_clear(&sum);
    lp_iv_clear(&top);
}

/* ---- signs beside what is left out ---- */

void lp_expsum_size(mpfr_t size, mpfr_t low, const lp_expsum *f) {
    MPFR_DECL_INIT(x, 64);
    mpfr_t d;
    mpfr_init2(d, mpfr_get_prec(low));
    mpfr_set_zero(size, 1);
    mpfr_set_inf(low, 1);
    for (int64_t i = 0; i < f->count; i++) {
        const lp_expsum_term *term = &f->at[i];
        mpfr_abs(x, term->c, MPFR_RNDU);
        mpfr_add(size, size, x, MPFR_RNDU);
        mpfr_div_d(d, term->d, term->t, MPFR_RNDD);
        mpfr_min(low, low, d, MPFR_RNDD);
    }
    mpfr_clear(d);
}

/* The sum is at least L e^-x, x its least exponent, L of the exponent e at least 2^(e-1), and the
 * weight W of the exponent E is below 2^E: the sum is larger where rest - x > (E + 1 - e) ln 2, of
 * which 0.7 is more. */
static bool outweighs(const lp_expsum *f, const lp_iv *sum, const mpfr_t weight,
                      const mpfr_t rest) {
    mpfr_t room;
    MPFR_DECL_INIT(need, 64);
    if (mpfr_zero_p(weight)) return true;
    if (!mpfr_regular_p(weight)) return false;
    mpfr_exp_t e = mpfr_get_exp(mpfr_sgn(sum->lo) > 0 ? sum->lo : sum->hi);
    mpfr_init2(room, mpfr_get_prec(rest));
    mpfr_div_d(room, f->at[0].d, f->at[0].t, MPFR_RNDU);
    mpfr_sub(room, rest, room, MPFR_RNDD);
    mpfr_set_si(need, mpfr_get_exp(weight) + 1 - e, MPFR_RNDU);
    if (mpfr_sgn(need) < 0) mpfr_set_zero(need, 1);
    mpfr_mul_d(need, need, 0.7, MPFR_RNDU);
    bool more = mpfr_greater_p(room, need);
    mpfr_clear(room);
    return more;
}

int lp_expsum_sign_beside(lp_expsum *f, const mpfr_t weight, const mpfr_t rest) {
    int sign = 0;
    lp_iv sum;
    merge(f);
    lp_iv_init(&sum, FIRST_PREC);
    for (mpfr_prec_t prec = FIRST_PREC; f->count && !sign && prec <= LAST_PREC; prec *= 4) {
        lp_iv_set_prec(&sum, prec);
        relative(&sum, f);
        sign = (mpfr_sgn(sum.lo) > 0) - (mpfr_sgn(sum.hi) < 0);
    }
    if (sign && !outweighs(f, &sum, weight, rest)) sign = 0;
    lp_iv_clear(&sum);
    return sign;
}

/* With |c| < 2^B, B >= 0, and K < 2^60 what is left out, of exponents at least p times the least,
 * is below 2^(p (B + 64)) e^-rest. */
int lp_expsum_leading_sign(lp_expsum *f, int orders) {
    MPFR_DECL_INIT(size, 64);
    MPFR_DECL_INIT(low, 64);
    mpfr_exp_t bits;
    lp_expsum_size(size, low, f);
    if (mpfr_zero_p(size) || mpfr_cmp_ui(low, 40) < 0) return 0; /* nothing could be outweighed */
    bits = mpfr_get_exp(size) > 0 ? mpfr_get_exp(size) : 0;
    mpfr_mul_si(low, low, orders + 1, MPFR_RNDD);
    mpfr_set_ui_2exp(size, 1, (orders + 1) * (bits + 64), MPFR_RNDU);
    return lp_expsum_sign_beside(f, size, low);
}
