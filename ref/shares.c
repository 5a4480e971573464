#include "ref/shares.h"

#include "core/memory.h"
#include "ref/dyadic.h"

#include <stdlib.h>

static void start(lp_shares *sum, lp_scope *s, lp_row *row, bool listing) {
    *sum = (lp_shares){.s = s, .row = row, .listing = listing};
    mpz_init_set_ui(sum->common, 1);
    mpfr_inits2(64, sum->a, sum->work, (mpfr_ptr)0);
    lp_iv_init(&sum->r, row->prec);
    mpfr_set_zero(sum->a, 1);
    mpfr_set_zero(sum->r.lo, 1);
    mpfr_set_zero(sum->r.hi, 1);
}

static void end(lp_shares *sum) {
    for (int64_t i = 0; i < sum->count; i++) mpfr_clear(sum->list[i].c);
    free(sum->list);
    mpz_clear(sum->common);
    mpfr_clears(sum->a, sum->work, (mpfr_ptr)0);
    lp_iv_clear(&sum->r);
}

/* r = z, exact. */
static void set_integer(mpfr_t r, const mpz_t z) {
    mpfr_prec_t bits = (mpfr_prec_t)mpz_sizeinbase(z, 2) + 1;
    if (mpfr_get_prec(r) < bits) mpfr_set_prec(r, bits);
    mpfr_set_z(r, z, MPFR_RNDZ);
}

/* work = common / n, after common was made a multiple of n. */
static void take_in(lp_shares *sum, int64_t n) {
    unsigned long size = (unsigned long)n;
    unsigned long missing = size / mpz_gcd_ui(NULL, sum->common, size);
    if (missing > 1) {
        lp_dyadic_set_int(sum->work, (int64_t)missing);
        lp_dyadic_mul(sum->a, sum->a, sum->work);
        lp_iv_scale(&sum->r, &sum->r, sum->work);
        mpz_mul_ui(sum->common, sum->common, missing);
    }
    mpz_t part;
    mpz_init(part);
    mpz_divexact_ui(part, sum->common, size);
    set_integer(sum->work, part);
    mpz_clear(part);
}

static void list(lp_shares *sum, int64_t i, int64_t j, const mpfr_t c) {
    if (sum->count == sum->room) {
        sum->room = sum->room ? 2 * sum->room : 8;
        sum->list = lp_memory_resize(sum->list, (size_t)sum->room, sizeof *sum->list);
    }
    lp_share *share = &sum->list[sum->count++];
    share->row = i;
    share->j = j;
    mpfr_init2(share->c, 64);
    lp_dyadic_copy(share->c, c);
}

void lp_shares_shift(lp_shares *sum, const mpfr_t c) {
    if (sum->listing) return;
    set_integer(sum->work, sum->common);
    lp_dyadic_mul(sum->work, sum->work, c);
    lp_dyadic_add(sum->a, sum->a, sum->work);
}

static bool in_top(const lp_shares *sum, int64_t i, int64_t j) {
    const double *z = lp_softrow_logits(&sum->s->part[0], &sum->row->part[i]);
    return z[j] == z[sum->row->part[i].top];
}

/* On top c / n - c Q / n, else c p. */
void lp_shares_add(lp_shares *sum, int64_t i, int64_t j, const mpfr_t c) {
    lp_row *part = &sum->row->part[i];
    lp_iv *term = &sum->s->iv[0];
    if (mpfr_zero_p(c) || lp_stack_absent(sum->s, sum->row, i, j)) return;
    if (sum->listing) {
        list(sum, i, j, c);
        return;
    }
    bool top = in_top(sum, i, j);
    take_in(sum, top ? part->ties : 1);
    lp_dyadic_mul(sum->work, sum->work, c);
    if (top) lp_dyadic_add(sum->a, sum->a, sum->work);
    if (top && part->equal) return;
    lp_iv_set_prec(term, sum->row->prec);
    if (top) {
        lp_iv_scale(term, &part->iv[LP_SOFT_Q], sum->work);
        lp_iv_neg(term);
    } else {
        lp_softrow_p(term, &sum->s->part[0], part, j);
        lp_iv_scale(term, term, sum->work);
    }
    lp_iv_add(&sum->r, &sum->r, term);
    sum->some = true;
}

/* work = n c_j - C, of the coefficient in work[1]. */
static void set_excess(lp_shares *sum, const lp_row *part, const mpfr_t total) {
    lp_dyadic_set_int(sum->work, part->ties);
    lp_dyadic_mul(sum->work, sum->work, sum->s->work[1]);
    lp_dyadic_sub(sum->work, sum->work, total);
}

/* term = sum over the others of e_j (n c_j - C), C = total; false: 0 by its coefficients. */
static bool sum_others(lp_iv *below, lp_shares *sum, int64_t i, lp_shares_coefficient coefficient,
                       int64_t at, const mpfr_t total) {
    const lp_row *part = &sum->row->part[i];
    lp_iv *term = &sum->s->iv[0];
    bool some = false;
    mpfr_set_zero(below->lo, 1);
    mpfr_set_zero(below->hi, 1);
    for (int64_t j = 0; j < sum->s->c->k; j++) {
        if (lp_stack_absent(sum->s, sum->row, i, j) || in_top(sum, i, j)) continue;
        coefficient(sum->s->work[1], sum, j, at);
        set_excess(sum, part, total);
        if (mpfr_zero_p(sum->work)) continue;
        some = true;
        lp_softrow_e(term, &sum->s->part[0], part, j);
        lp_iv_scale(term, term, sum->work);
        lp_iv_add(below, below, term);
    }
    return some;
}

static void list_row(lp_shares *sum, int64_t i, lp_shares_coefficient coefficient, int64_t at) {
    for (int64_t j = 0; j < sum->s->c->k; j++) {
        if (lp_stack_absent(sum->s, sum->row, i, j)) continue;
        coefficient(sum->s->work[1], sum, j, at);
        if (!mpfr_zero_p(sum->s->work[1])) list(sum, i, j, sum->s->work[1]);
    }
}

void lp_shares_add_row(lp_shares *sum, int64_t i, lp_shares_coefficient coefficient, int64_t at) {
    lp_row *part = &sum->row->part[i];
    lp_iv below, *term = &sum->s->iv[0];
    mpfr_t total;
    if (sum->listing) {
        list_row(sum, i, coefficient, at);
        return;
    }
    mpfr_init2(total, 64);
    mpfr_set_zero(total, 1);
    for (int64_t j = 0; j < sum->s->c->k; j++) {
        if (lp_stack_absent(sum->s, sum->row, i, j) || !in_top(sum, i, j)) continue;
        coefficient(sum->s->work[1], sum, j, at);
        lp_dyadic_add(total, total, sum->s->work[1]);
    }
    lp_iv_init(&below, sum->row->prec);
    bool some = sum_others(&below, sum, i, coefficient, at, total);
    take_in(sum, part->ties);
    lp_dyadic_mul(total, total, sum->work);
    lp_dyadic_add(sum->a, sum->a, total);
    if (some) {
        lp_iv_set_prec(term, sum->row->prec);
        lp_iv_mul_nonneg(term, &below, &part->iv[LP_SOFT_INV]);
        lp_iv_scale(term, term, sum->work);
        lp_iv_add(&sum->r, &sum->r, term);
        sum->some = true;
    }
    lp_iv_clear(&below);
    mpfr_clear(total);
}

static bool straddles(const lp_iv *x) {
    return mpfr_sgn(x->lo) <= 0 && mpfr_sgn(x->hi) >= 0;
}

/* What the enclosure leaves open is asked of the list: r = 0, or on which side of 0 it lies. */
static void settle(lp_enclosure *x, lp_scope *s, lp_row *row, lp_shares_gather gather, int64_t at) {
    lp_shares sum;
    start(&sum, s, row, true);
    gather(&sum, at);
    int sign = lp_shares_sign(&sum);
    x->whole = sign == 0;
    if (sign == 1 && mpfr_sgn(x->r.lo) < 0) mpfr_set_zero(x->r.lo, 1);
    if (sign == -1 && mpfr_sgn(x->r.hi) > 0) mpfr_set_zero(x->r.hi, 1);
    end(&sum);
}

void lp_shares_enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_shares_gather gather,
                       int64_t at, const mpfr_t b) {
    lp_shares sum;
    start(&sum, s, row, false);
    gather(&sum, at);
    lp_dyadic_copy(x->a, sum.a);
    set_integer(x->b, sum.common);
    lp_dyadic_mul(x->b, x->b, b);
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
    x->whole = !sum.some;
    lp_iv_set(&x->r, &sum.r);
    end(&sum);
    if (!x->whole && straddles(&x->r)) settle(x, s, row, gather, at);
}
