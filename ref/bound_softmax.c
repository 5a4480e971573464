/* The textbook programs of softmax and log_softmax, with d_j, L, p_j of bound_softrow.c.
 *
 *   softmax          exp(d_j) / S
 *     VJP            (p_j * (v_j - D)) / T,  D = sum_k p_k * v_k recursive in index order
 *   log_softmax      d_j - L
 *     VJP            (v_j - p_j * V) / T,    V = sum_k v_k recursive in index order
 *
 * No division without T; absent classes have p = 0, exactly. */
#include "ref/softmax.h"
#include "ref/softrow.h"

#include <math.h>

static bool absent(const lp_scope *s, const lp_row *row, int64_t j) {
    return lp_softrow_logits(s, row)[j] == -INFINITY;
}

static void keep_sum(lp_row *row, const lp_bound_sum *sum) {
    mpfr_set(row->bound.err[LP_SOFT_B_SUM], sum->err, MPFR_RNDU);
    mpfr_set(row->bound.err[LP_SOFT_B_LO], sum->lo, MPFR_RNDD);
    mpfr_set(row->bound.err[LP_SOFT_B_HI], sum->hi, MPFR_RNDU);
}

/* D; void as soon as one p_k is. */
static void bound_dot(lp_scope *s, lp_row *row, const double *v) {
    mpfr_t *n = s->unit.n;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    row->bound.is_void[LP_SOFT_B_SUM] = false;
    for (int64_t k = 0; k < s->c->k; k++) {
        if (absent(s, row, k)) continue;
        if (!lp_softrow_bound_p(n[5], s, row, k)) row->bound.is_void[LP_SOFT_B_SUM] = true;
        mpfr_mul_d(n[5], n[5], fabs(v[k]), MPFR_RNDU);
        lp_iv *p = &s->iv[0]; /* p_k, left there by the bound of p_k */
        mpfr_mul_d(n[3], v[k] < 0 ? p->hi : p->lo, v[k], MPFR_RNDD);
        mpfr_mul_d(n[4], v[k] < 0 ? p->lo : p->hi, v[k], MPFR_RNDU);
        lp_bound_round(n[5], &s->unit, v[k] < 0 ? n[3] : n[4]);
        lp_bound_sum_add(&sum, &s->unit, n[3], n[4], n[5]);
    }
    keep_sum(row, &sum);
    lp_bound_sum_clear(&sum);
}

/* V */
static void bound_total(lp_scope *s, lp_row *row, const double *v) {
    mpfr_t *n = s->unit.n;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    mpfr_set_zero(n[5], 1);
    for (int64_t k = 0; k < s->c->k; k++) {
        mpfr_set_d(n[3], v[k], MPFR_RNDD);
        lp_bound_sum_add(&sum, &s->unit, n[3], n[3], n[5]);
    }
    keep_sum(row, &sum);
    lp_bound_sum_clear(&sum);
}

/* n[i] = max |bound.err[LO]|, |bound.err[HI]| after both were shifted by -v. */
static void magnitude_of_sum(mpfr_t r, const lp_row *row, double v) {
    MPFR_DECL_INIT(lo, LP_BOUND_PREC);
    MPFR_DECL_INIT(hi, LP_BOUND_PREC);
    mpfr_sub_d(lo, row->bound.err[LP_SOFT_B_LO], v, MPFR_RNDD);
    mpfr_sub_d(hi, row->bound.err[LP_SOFT_B_HI], v, MPFR_RNDU);
    mpfr_neg(lo, lo, MPFR_RNDU);
    mpfr_max(r, lo, hi, MPFR_RNDU);
}

static void divide_by_t(mpfr_t err, lp_scope *s, const lp_enclosure *x) {
    if (!lp_case_has(s->c, LP_PARAM_TEMPERATURE)) return;
    mpfr_div_d(err, err, lp_softrow_temperature(s), MPFR_RNDU);
    lp_enclosure_magnitude(s->unit.n[1], x);
    lp_bound_round(err, &s->unit, s->unit.n[1]);
}

static bool bound_softmax_vjp(mpfr_t err, lp_scope *s, lp_row *row, double v, int64_t j,
                              const lp_enclosure *x) {
    mpfr_t *n = s->unit.n;
    if (row->bound.is_void[LP_SOFT_B_SUM] || !lp_softrow_bound_p(err, s, row, j)) return false;
    magnitude_of_sum(n[2], row, v); /* |v_j - D|; n[1] = p_j from above */
    mpfr_set(n[3], row->bound.err[LP_SOFT_B_SUM], MPFR_RNDU);
    lp_bound_round(n[3], &s->unit, n[2]);
    lp_bound_mul(err, &s->unit, n[1], err, n[2], n[3]);
    mpfr_mul(n[1], n[1], n[2], MPFR_RNDU);
    lp_bound_round(err, &s->unit, n[1]);
    divide_by_t(err, s, x);
    return true;
}

static bool bound_log_softmax_vjp(mpfr_t err, lp_scope *s, lp_row *row, int64_t j,
                                  const lp_enclosure *x) {
    mpfr_t *n = s->unit.n;
    if (!lp_softrow_bound_p(err, s, row, j)) return false;
    magnitude_of_sum(n[2], row, 0);
    lp_bound_mul(err, &s->unit, n[1], err, n[2], row->bound.err[LP_SOFT_B_SUM]);
    mpfr_mul(n[1], n[1], n[2], MPFR_RNDU);
    lp_bound_round(err, &s->unit, n[1]);
    lp_enclosure_magnitude(n[1], x);
    if (lp_case_has(s->c, LP_PARAM_TEMPERATURE))
        mpfr_mul_d(n[1], n[1], lp_softrow_temperature(s), MPFR_RNDU);
    lp_bound_round(err, &s->unit, n[1]);
    divide_by_t(err, s, x);
    return true;
}

static void bound_log_p(mpfr_t err, lp_scope *s, lp_row *row, int64_t j, const lp_enclosure *x) {
    mpfr_t *n = s->unit.n;
    lp_softrow_bound_d(err, n[1], s, row, j);
    mpfr_add(err, err, row->bound.err[LP_SOFT_B_LOG], MPFR_RNDU);
    lp_enclosure_magnitude(n[1], x);
    lp_bound_round(err, &s->unit, n[1]);
}

static const double *cotangent(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_V] + row->at * s->c->k;
}

bool lp_bound_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                      const lp_enclosure *x) {
    bool finite_v = s->c->in[LP_IN_V] && !row->v_nan && row->v_inf == 0;
    if (!row->bound.done) {
        lp_softrow_bound(s, row, false);
        if (finite_v) bound_dot(s, row, cotangent(s, row));
        row->bound.done = true;
    }
    mpfr_set_zero(err, 1);
    if (absent(s, row, j)) return true;
    if (out == LP_OUT_VALUE) return lp_softrow_bound_p(err, s, row, j);
    return bound_softmax_vjp(err, s, row, cotangent(s, row)[j], j, x);
}

bool lp_bound_log_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                          const lp_enclosure *x) {
    bool finite_v = s->c->in[LP_IN_V] && !row->v_nan && row->v_inf == 0;
    if (!row->bound.done) {
        lp_softrow_bound(s, row, true);
        if (finite_v) bound_total(s, row, cotangent(s, row));
        row->bound.done = true;
    }
    mpfr_set_zero(err, 1);
    if (out == LP_OUT_VALUE) {
        if (row->bound.is_void[LP_SOFT_B_LOG]) return false;
        bound_log_p(err, s, row, j, x);
        return true;
    }
    if (!absent(s, row, j)) return bound_log_softmax_vjp(err, s, row, j, x);
    divide_by_t(err, s, x);
    return true;
}
