/* Running errors of the shared part of the softmax programs:
 *   u_j = z_j / T (a division only where T is given); m = max u; d_j = u_j - m; e_j = exp(d_j);
 *   S = e_0 + e_1 + ... in index order; L = log S; p_j = e_j / S.
 * The maximum: every computed u_j is at most u_j + u |u_j| + eta, an increasing function of u_j, so
 * the largest of them is off by at most the error of u_a. Absent classes add nothing. */
#include "ref/softrow.h"

#include <math.h>

void lp_softrow_bound_u(mpfr_t err, lp_scope *s, double z) {
    double t = lp_softrow_temperature(s);
    mpfr_set_zero(err, 1);
    if (!lp_case_has(s->c, LP_PARAM_TEMPERATURE)) return;
    lp_bound_abs_d(s->unit.n[7], z);
    mpfr_div_d(s->unit.n[7], s->unit.n[7], t, MPFR_RNDU);
    lp_bound_round(err, &s->unit, s->unit.n[7]);
}

/* Bounds of e_j in n[1], n[2]. */
static void exp_bounds(lp_scope *s, const lp_row *row, int64_t j) {
    mpfr_set(s->unit.n[1], row->e.at[j], MPFR_RNDD);
    lp_iv_upper(s->unit.n[2], row->e.at[j], 2);
}

/* Error of e_j; n[1], n[2] as above. d_j <= 0 is rounded down once, twice with T: the exact one is
 * less than two 64-bit ulp above, four neighbours where the ulp halves on the way. */
static void bound_exp(mpfr_t err, lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row);
    mpfr_t *n = s->unit.n;
    mpfr_set_d(n[3], z[j], MPFR_RNDD);
    mpfr_sub_d(n[3], n[3], z[row->top], MPFR_RNDD);
    lp_softrow_bound_u(n[4], s, z[j]);
    if (lp_case_has(s->c, LP_PARAM_TEMPERATURE))
        mpfr_div_d(n[3], n[3], lp_softrow_temperature(s), MPFR_RNDD);
    mpfr_add(n[4], n[4], row->bound.err[LP_SOFT_B_TOP], MPFR_RNDU);
    lp_bound_round(n[4], &s->unit, n[3]); /* error of d_j */
    exp_bounds(s, row, j);
    lp_bound_exp(err, &s->unit, n[3], n[1], n[2], n[4]);
    lp_bound_libm(err, &s->unit, n[2]);
}

void lp_softrow_bound(lp_scope *s, lp_row *row, bool log) {
    const double *z = lp_softrow_logits(s, row);
    lp_row_bound *b = &row->bound;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    lp_softrow_bound_u(b->err[LP_SOFT_B_TOP], s, z[row->top]);
    lp_vec_shape(&b->each, s->c->k, LP_BOUND_PREC);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (z[j] == -INFINITY) continue;
        bound_exp(b->each.at[j], s, row, j);
        lp_bound_sum_add(&sum, &s->unit, s->unit.n[1], s->unit.n[2], b->each.at[j]);
    }
    mpfr_set(b->err[LP_SOFT_B_S], sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
    b->is_void[LP_SOFT_B_LOG] = true;
    if (!log) return;
    mpfr_set(s->unit.n[0], row->iv[LP_SOFT_S].lo, MPFR_RNDD);
    mpfr_set_zero(b->err[LP_SOFT_B_LOG], 1);
    b->is_void[LP_SOFT_B_LOG] =
        !lp_bound_log(b->err[LP_SOFT_B_LOG], &s->unit, s->unit.n[0], b->err[LP_SOFT_B_S]);
    lp_bound_libm(b->err[LP_SOFT_B_LOG], &s->unit, row->iv[LP_SOFT_LOG].hi);
}

bool lp_softrow_bound_p(mpfr_t err, lp_scope *s, lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    lp_softrow_p(&s->iv[0], s, row, j);
    mpfr_set(n[1], s->iv[0].hi, MPFR_RNDU);
    mpfr_set(n[2], row->iv[LP_SOFT_S].lo, MPFR_RNDD);
    const mpfr_t *e = &row->bound.each.at[j];
    if (!lp_bound_div(err, &s->unit, *e, n[1], n[2], row->bound.err[LP_SOFT_B_S])) return false;
    lp_bound_round(err, &s->unit, n[1]);
    return true;
}
