/* Running errors of the shared part of the softmax programs:
 *   m = max z; d_j = (z_j - m) / T (a division only where T is given); e_j = exp(d_j);
 *   behind a cap v_j = s * tanh(z_j / s) in place of z_j;
 *   S = e_0 + e_1 + ... in index order; L = log S; p_j = e_j / S.
 * The shift comes first (section 4): at a large common offset nothing is lost before it. The
 * maximum is an input, hence exact, and z_j - m = 0 is no rounding. Absent classes add nothing. */
#include "ref/softcap.h"
#include "ref/softrow.h"

#include <math.h>

/* v_j - v_a: the maximum has an error of its own, equal inputs have equal v. */
static void capped_d(mpfr_t err, mpfr_t lo, lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row);
    double cap = lp_softrow_cap(s);
    MPFR_DECL_INIT(of_top, LP_BOUND_PREC);
    lp_iv gap;
    lp_softcap_bound(err, &s->unit, z[j], cap);
    lp_softcap_bound(of_top, &s->unit, z[row->top], cap);
    mpfr_add(err, err, of_top, MPFR_RNDU);
    lp_iv_init(&gap, 2 * (mpfr_prec_t)LP_BOUND_PREC);
    lp_softcap_gap(&gap, z[row->top], z[j], cap);
    mpfr_mul_d(lo, gap.hi, -cap, MPFR_RNDD);
    lp_iv_clear(&gap);
}

/* The logits have errors of their own (linear_xent). As computed d_j <= 0 and the largest is 0, so
 * that e_j and p_j lie in [0, 1] whatever their errors. */
static bool computed(const lp_row *row) {
    return row->bound.logit.len > 0;
}

static void at_most_1(mpfr_t err) {
    if (mpfr_cmp_ui(err, 1) > 0) mpfr_set_ui(err, 1, MPFR_RNDU);
}

/* The maximum has the largest of the logits' errors. */
static void computed_d(mpfr_t err, mpfr_t lo, lp_scope *s, const lp_row *row, int64_t j) {
    lp_softrow_depth(s->work[0], s, row, j);
    mpfr_neg(lo, s->work[0], MPFR_RNDD);
    mpfr_add(err, row->bound.logit.at[j], row->bound.err[LP_SOFT_B_MAX], MPFR_RNDU);
    lp_bound_round(err, &s->unit, lo);
}

void lp_softrow_bound_d(mpfr_t err, mpfr_t lo, lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row);
    double t = lp_softrow_temperature(s);
    mpfr_set_zero(err, 1);
    if (computed(row)) {
        computed_d(err, lo, s, row, j);
        return;
    }
    mpfr_set_d(lo, z[j], MPFR_RNDD);
    mpfr_sub_d(lo, lo, z[row->top], MPFR_RNDD);
    if (mpfr_zero_p(lo) || z[j] == z[row->top]) {
        mpfr_set_zero(lo, 1);
        return;
    }
    if (lp_softrow_cap(s) != 0) capped_d(err, lo, s, row, j);
    lp_bound_round(err, &s->unit, lo);
    if (!lp_case_has(s->c, LP_PARAM_TEMPERATURE)) return;
    mpfr_div_d(err, err, t, MPFR_RNDU);
    mpfr_div_d(lo, lo, t, MPFR_RNDD);
    lp_bound_round(err, &s->unit, lo);
}

/* Bounds of e_j in n[1], n[2]. */
static void exp_bounds(lp_scope *s, const lp_row *row, int64_t j) {
    mpfr_set(s->unit.n[1], row->e.at[j], MPFR_RNDD);
    lp_iv_upper(s->unit.n[2], row->e.at[j], 2);
}

/* Error of e_j; n[1], n[2] as above. */
static void bound_exp(mpfr_t err, lp_scope *s, const lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    lp_softrow_bound_d(n[4], n[3], s, row, j);
    exp_bounds(s, row, j);
    lp_bound_exp(err, &s->unit, n[3], n[1], n[2], n[4]);
    if (computed(row)) at_most_1(err);
    lp_bound_libm(err, &s->unit, n[2]);
}

/* Computed logits: as computed S >= 1, that of the maximum. err = max(log1p(E / S), min(-log1p(-E /
 * S), log S)); never void. */
static void bound_computed_log(mpfr_t err, lp_scope *s, const lp_row *row) {
    mpfr_t *n = s->unit.n;
    const mpfr_t *e = &row->bound.err[LP_SOFT_B_S];
    mpfr_set(n[0], row->iv[LP_SOFT_S].lo, MPFR_RNDD);
    mpfr_set(n[1], row->iv[LP_SOFT_LOG].hi, MPFR_RNDU);
    if (lp_bound_log(err, &s->unit, n[0], *e)) mpfr_min(n[1], n[1], err, MPFR_RNDU);
    mpfr_div(n[0], *e, n[0], MPFR_RNDU);
    mpfr_log1p(n[0], n[0], MPFR_RNDU);
    mpfr_max(err, n[0], n[1], MPFR_RNDU);
}

static bool bound_log(mpfr_t err, lp_scope *s, const lp_row *row) {
    mpfr_set(s->unit.n[0], row->iv[LP_SOFT_S].lo, MPFR_RNDD);
    mpfr_set_zero(err, 1);
    if (!computed(row))
        return lp_bound_log(err, &s->unit, s->unit.n[0], row->bound.err[LP_SOFT_B_S]);
    bound_computed_log(err, s, row);
    return true;
}

void lp_softrow_bound(lp_scope *s, lp_row *row, bool log) {
    lp_row_bound *b = &row->bound;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    lp_vec_shape(&b->each, s->c->k, LP_BOUND_PREC);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (lp_softrow_absent(s, row, j)) continue;
        bound_exp(b->each.at[j], s, row, j);
        lp_bound_sum_add(&sum, &s->unit, s->unit.n[1], s->unit.n[2], b->each.at[j]);
    }
    mpfr_set(b->err[LP_SOFT_B_S], sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
    b->is_void[LP_SOFT_B_LOG] = true;
    if (!log) return;
    b->is_void[LP_SOFT_B_LOG] = !bound_log(b->err[LP_SOFT_B_LOG], s, row);
    lp_bound_libm(b->err[LP_SOFT_B_LOG], &s->unit, row->iv[LP_SOFT_LOG].hi);
}

bool lp_softrow_bound_p(mpfr_t err, lp_scope *s, lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    lp_softrow_p(&s->iv[0], s, row, j);
    mpfr_set(n[1], s->iv[0].hi, MPFR_RNDU);
    mpfr_set(n[2], row->iv[LP_SOFT_S].lo, MPFR_RNDD);
    const mpfr_t *e = &row->bound.each.at[j];
    bool sound = lp_bound_div(err, &s->unit, *e, n[1], n[2], row->bound.err[LP_SOFT_B_S]);
    if (!sound && !computed(row)) return false;
    if (!sound) mpfr_set_ui(err, 1, MPFR_RNDU);
    if (computed(row)) at_most_1(err);
    lp_bound_round(err, &s->unit, n[1]);
    return true;
}
