/* The sign of what is left of distill's loss beside its exact part and multiples of ln 2 of equals:
 * with R_p, R, V the exponentials below the top of the three parts, n and m their top groups and
 * C_k = m d_k - E - [kl] m y_k,
 *
 *   l log(1 + R_p / n) + q log(1 + R / n) - [kl] q log(1 + V / m) + (g / m) sum f_k C_k / (m + V).
 *
 * Times m + V, and the logarithms by u - u^2 / 2, the rest of which is at most u^3 / 3, this is
 * with A = l R_p + q R and B = l R_p^2 + q R^2, over 2 n^2 m^2,
 *
 *   2 n m {m^2 A + n sum f_k (g C_k - [kl] q m)}                                     first order
 *   + 2 n m^2 V A - m^3 B - [kl] q n^2 m V^2                                        second order
 *
 * and third orders: -[l, q] m^3 R^3 (2 / 3 n), m^2 V R^2, [kl] q n^2 V^3, each with a coefficient
 * below those of the first order. */
#include "ref/distill.h"

#include "ref/dyadic.h"
#include "ref/expsum.h"
#include "ref/softrow.h"

#include <math.h>

typedef struct order {
    lp_scope *s;
    const lp_row *row;
    double t;
    bool kl;
    mpfr_t m, n;
} order;

static bool below(const order *o, int part, int64_t k) {
    return !lp_distill_absent(o->s, o->row, part, k) && !lp_distill_in_top(o->s, o->row, part, k);
}

/* f += c e^-d, where c is not 0: what is left out is measured by the least exponent in the sum, and
 * one that the loss has not, as d_k for l = 0 and T < 1, may not be among them. */
static void add(lp_expsum *f, const mpfr_t c, const mpfr_t d, double t) {
    if (!mpfr_zero_p(c)) lp_expsum_add(f, c, d, t);
}

/* Of class k, over 2 n m. */
static void add_first(lp_expsum *f, const order *o, int64_t k) {
    mpfr_t *d = &o->s->work[0], c, part;
    mpfr_inits2(64, c, part, (mpfr_ptr)0);
    if (below(o, LP_DISTILL_S, k)) {
        lp_distill_depth(*d, o->s, o->row, LP_DISTILL_S, k);
        lp_dyadic_mul(c, o->m, o->m);
        lp_dyadic_mul(part, c, o->s->con[LP_DISTILL_MIX]);
        add(f, part, *d, 1);
        lp_dyadic_mul(part, c, o->s->con[LP_DISTILL_Q]);
        add(f, part, *d, o->t);
    }
    if (below(o, LP_DISTILL_T, k)) {
        lp_distill_lag(o->s, o->row, k);
        lp_dyadic_copy(c, *d);
        lp_distill_depth(*d, o->s, o->row, LP_DISTILL_T, k);
        lp_dyadic_mul(part, *d, o->m);
        if (o->kl) lp_dyadic_sub(c, c, part);
        lp_dyadic_mul(c, c, o->s->con[LP_DISTILL_G]);
        lp_dyadic_mul(part, o->m, o->s->con[LP_DISTILL_Q]);
        if (o->kl) lp_dyadic_sub(c, c, part);
        lp_dyadic_mul(c, c, o->n);
        lp_expsum_add(f, c, *d, o->t);
    }
    mpfr_clears(c, part, (mpfr_ptr)0);
}

/* The exponentials of a part, all over T. */
static lp_expsum rest(const order *o, int part) {
    mpfr_t *d = &o->s->work[0], one;
    lp_expsum f = {0};
    mpfr_init2(one, 8);
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    for (int64_t k = 0; k < o->s->c->k; k++) {
        if (!below(o, part, k)) continue;
        lp_distill_depth(*d, o->s, o->row, part, k);
        if (part == LP_DISTILL_P) lp_dyadic_mul_d(*d, *d, o->t);
        lp_expsum_add(&f, one, *d, o->t);
    }
    mpfr_clear(one);
    return f;
}

/* f += sign c n^i m^j x y; false: too many terms. */
static bool add_product(lp_expsum *f, const order *o, lp_expsum *x, lp_expsum *y, const mpfr_t c,
                        int sign, int i, int j) {
    lp_expsum product = {0};
    mpfr_t factor, one;
    mpfr_inits2(64, factor, one, (mpfr_ptr)0);
    lp_dyadic_set_int(factor, sign);
    lp_dyadic_set_int(one, 1);
    lp_dyadic_mul(factor, factor, c);
    for (; i > 0; i--) lp_dyadic_mul(factor, factor, o->n);
    for (; j > 0; j--) lp_dyadic_mul(factor, factor, o->m);
    bool fits = true;
    if (!mpfr_zero_p(factor)) {
        lp_expsum_add_scaled(&product, x, factor);
        fits = lp_expsum_multiply(&product, y);
        if (fits) lp_expsum_add_scaled(f, &product, one);
    }
    lp_expsum_clear(&product);
    mpfr_clears(factor, one, (mpfr_ptr)0);
    return fits;
}

static bool add_second(lp_expsum *f, const order *o) {
    const mpfr_t *con = o->s->con;
    lp_expsum p = rest(o, LP_DISTILL_P), r = rest(o, LP_DISTILL_S), v = rest(o, LP_DISTILL_T);
    bool fits = add_product(f, o, &v, &p, con[LP_DISTILL_MIX], 2, 1, 2) &&
                add_product(f, o, &v, &r, con[LP_DISTILL_Q], 2, 1, 2) &&
                add_product(f, o, &p, &p, con[LP_DISTILL_MIX], -1, 0, 3) &&
                add_product(f, o, &r, &r, con[LP_DISTILL_Q], -1, 0, 3) &&
                (!o->kl || add_product(f, o, &v, &v, con[LP_DISTILL_Q], -1, 2, 1));
    lp_expsum_clear(&p);
    lp_expsum_clear(&r);
    lp_expsum_clear(&v);
    return fits;
}

static int sign_of(const order *o) {
    lp_expsum f = {0}, both = {0};
    mpfr_t scale;
    for (int64_t k = 0; k < o->s->c->k; k++) add_first(&f, o, k);
    mpfr_init2(scale, 64);
    lp_dyadic_set_int(scale, 2);
    lp_dyadic_mul(scale, scale, o->n);
    lp_dyadic_mul(scale, scale, o->m);
    lp_expsum_add_scaled(&both, &f, scale); /* before the first order is merged */
    int sign = lp_expsum_leading_sign(&f, 1);
    if (!sign && add_second(&both, o)) sign = lp_expsum_leading_sign(&both, 2);
    mpfr_clear(scale);
    lp_expsum_clear(&f);
    lp_expsum_clear(&both);
    return sign;
}

/* log S, or what its multiple of ln 2 leaves of it, is as small as R. */
static bool small_log(const lp_scope *s, const lp_row *part) {
    return part->ties == 1 || (s->bits && (part->ties & (part->ties - 1)) == 0);
}

int lp_distill_loss_sign(lp_scope *s, const lp_row *row) {
    const lp_row *student = &row->part[LP_DISTILL_S], *teacher = &row->part[LP_DISTILL_T];
    bool kl = lp_distill_kl(s->c);
    bool alike = kl && !lp_distill_has(s, LP_DISTILL_MIX) && student->ties == teacher->ties;
    if (!alike && !(small_log(s, student) && (!kl || small_log(s, teacher)))) return 0;
    order o = {.s = s, .row = row, .t = lp_case_param(s->c, LP_PARAM_TEMPERATURE), .kl = kl};
    mpfr_inits2(64, o.m, o.n, (mpfr_ptr)0);
    lp_dyadic_set_int(o.m, teacher->ties);
    lp_dyadic_set_int(o.n, student->ties);
    int sign = sign_of(&o);
    mpfr_clears(o.m, o.n, (mpfr_ptr)0);
    return sign;
}
