/* What stands beside the exact part of a component of distill's gradient, r = sum f_i N_i / S_i
 * over its parts p, s, t with N_i = -R_i of a top class and e_j of another, times the S_i: a sum of
 * exponentials, all their exponents over T (those of p, at temperature 1, are d T / T),
 *
 *   r S_p S_s S_t = sum f_i N_i (product of the other two S),
 *
 * exactly. It is 0 only where no term is left (Lindemann-Weierstrass), and then the component is
 * rational; else it has its relative precision, whatever orders cancel. */
#include "ref/distill.h"

#include "ref/dyadic.h"
#include "ref/expsum.h"
#include "ref/softrow.h"

/* The exponentials of a part below its top, or of class j alone (j >= 0); with its top group's
 * number. */
static lp_expsum part_sum(lp_scope *s, const lp_row *row, int part, int64_t j, bool top) {
    double t = lp_case_param(s->c, LP_PARAM_TEMPERATURE);
    lp_expsum f = {0};
    mpfr_t *d = &s->work[0], c;
    mpfr_init2(c, 64);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (j >= 0 && k != j) continue;
        if (lp_distill_absent(s, row, part, k)) continue;
        if (j < 0 && lp_distill_in_top(s, row, part, k)) continue;
        lp_distill_depth(*d, s, row, part, k);
        if (part == LP_DISTILL_P) lp_dyadic_mul_d(*d, *d, t);
        lp_dyadic_set_int(c, 1);
        lp_expsum_add(&f, c, *d, t);
    }
    if (top) {
        lp_dyadic_set_int(c, row->part[part].ties);
        mpfr_set_zero(*d, 1);
        lp_expsum_add(&f, c, *d, t);
    }
    mpfr_clear(c);
    return f;
}

/* sum += f_i N_i times the other S; false: too many terms. */
static bool add_part(lp_expsum *sum, lp_scope *s, const lp_row *row, int i, int64_t j,
                     const lp_distill_share *share) {
    lp_expsum product = part_sum(s, row, i, share[i].top ? -1 : j, false);
    mpfr_t factor;
    bool fits = true;
    for (int k = 0; k < LP_DISTILL_PARTS && fits; k++) {
        if (k == i || !share[k].used) continue;
        lp_expsum other = part_sum(s, row, k, -1, true);
        fits = lp_expsum_multiply(&product, &other);
        lp_expsum_clear(&other);
    }
    mpfr_init2(factor, 64);
    lp_dyadic_copy(factor, share[i].factor);
    if (share[i].top) mpfr_neg(factor, factor, MPFR_RNDZ);
    if (fits) lp_expsum_add_scaled(sum, &product, factor);
    mpfr_clear(factor);
    lp_expsum_clear(&product);
    return fits;
}

/* r = the sum over the S. */
static void divide(lp_enclosure *x, lp_scope *s, const lp_row *row, lp_expsum *sum,
                   const lp_distill_share *share) {
    lp_iv *part = &s->iv[0];
    lp_iv_set_prec(part, row->prec);
    lp_expsum_enclose(&x->r, sum);
    for (int i = 0; i < LP_DISTILL_PARTS; i++) {
        if (!share[i].used) continue;
        lp_iv_mul_nonneg(part, &x->r, &row->part[i].iv[LP_SOFT_INV]);
        lp_iv_set(&x->r, part);
    }
}

bool lp_distill_enclose_whole(lp_enclosure *x, lp_scope *s, const lp_row *row, int64_t j,
                              const lp_distill_share *share) {
    lp_expsum sum = {0};
    bool fits = true;
    for (int i = 0; i < LP_DISTILL_PARTS && fits; i++)
        if (share[i].used) fits = add_part(&sum, s, row, i, j, share);
    if (fits) x->whole = lp_expsum_zero(&sum);
    if (fits && !x->whole) divide(x, s, row, &sum, share);
    lp_expsum_clear(&sum);
    return fits;
}
