/* nll, bce_prob, kl_gen and brier: scores of probabilities that are given as such.
 *   bce_prob   -[y ln p + (1 - y) ln(1 - p)], terms >= 0; the gradient (1 - y)/(1 - p) - y/p is (p
 * - y)/(p (1 - p)) with an exact difference, one term however y and p lie kl_gen     sum p ln(p/q)
 * + (q - p), the differences exact brier      sum of squares of exact differences */
#include "impl/batch.h"
#include "impl/logarithm.h"
#include "impl/rows.h"

static const lp_wide zero = {{0, 0}, 0}, one = {{1, 0}, 0};

static lp_value nan_row(const lp_sink out[2], int64_t k) {
    lp_sink_fill(&out[0], k, NAN);
    lp_sink_fill(&out[1], k, NAN);
    return lp_special(NAN);
}

static lp_value nll_row(const void *context, const lp_call *c, int64_t i, const lp_sink out[2]) {
    lp_view q = lp_view_row(c, LP_IN_Q, i);
    int64_t label = c->label[i];
    (void)context;
    if (lp_any_nan(q, c->k)) return nan_row(out, c->k);
    double own = lp_at(q, label);
    for (int64_t j = 0; out[0].data && j < c->k; j++)
        lp_sink_put(&out[0], j, j == label ? lp_minus_ratio(1, own) : lp_value_zero());
    return lp_log_signed(lp_log_of(own), -1, zero);
}

/* ln(1 - p), p in [0, 1]. */
static lp_logarithm log_rest(double p) {
    if (p == 1) return (lp_logarithm){zero, -INFINITY};
    lp_wide x = lp_wide_from(p);
    return (lp_logarithm){
        p < 0.25 ? lp_wide_log1p(lp_wide_neg(x)) : lp_wide_log(lp_wide_sub(one, x)), 0};
}
static lp_value bce_slope(double p, double y) {
    if (p == 0 && y > 0) return lp_special(-INFINITY);
    if (p == 1 && y < 1) return lp_special(INFINITY);
    lp_wide x = lp_wide_from(p), rest = lp_wide_sub(one, x);
    if (y == 0) return lp_number(lp_wide_div(one, rest));
    if (y == 1) return lp_number(lp_wide_neg(lp_wide_div(one, x)));
    return lp_number(lp_wide_div(lp_wide_div(lp_wide_sub(x, lp_wide_from(y)), x), rest));
}
static lp_value bce_row(const void *context, const lp_call *c, int64_t i, const lp_sink out[2]) {
    double p = lp_at(lp_view_row(c, LP_IN_P, i), 0), y = lp_at(lp_view_row(c, LP_IN_TARGETS, i), 0);
    (void)context;
    if (isnan(p) || isnan(y)) return nan_row(out, 1);
    if (out[0].data) lp_sink_put(&out[0], 0, bce_slope(p, y));
    lp_wide keep = lp_wide_sub(one, lp_wide_from(y));
    lp_value far = lp_value_zero();
    if (keep.m.hi != 0) far = lp_value_mul(lp_number(keep), lp_log_signed(log_rest(p), 1, zero));
    return lp_value_neg(lp_value_add(far, lp_log_times(y, lp_log_of(p))));
}

/* q - p; infinite alike: NaN. */
static lp_value difference(double q, double p) {
    if (isinf(q) || isinf(p)) return lp_special(q - p);
    return lp_number(lp_wide_sub(lp_wide_from(q), lp_wide_from(p)));
}
/* 1 - p/q */
static lp_value one_less_ratio(double p, double q) {
    if (p == 0 || (isinf(q) && isfinite(p))) return lp_number(one);
    if (q == 0 || isinf(p)) return lp_special(-(p / fabs(q)));
    return lp_value_div(difference(q, p), lp_wide_from(q));
}
static lp_value kl_gen_row(const void *context, const lp_call *c, int64_t i, const lp_sink out[2]) {
    lp_view p = lp_view_row(c, LP_IN_P, i), q = lp_view_row(c, LP_IN_Q, i);
    lp_value sum = lp_value_zero();
    (void)context;
    if (lp_any_nan(p, c->k) || lp_any_nan(q, c->k)) return nan_row(out, c->k);
    for (int64_t j = 0; j < c->k; j++) {
        double pj = lp_at(p, j), qj = lp_at(q, j);
        lp_logarithm l = lp_log_ratio(pj, qj);
        lp_value term = lp_value_add(lp_log_times(pj, l), difference(qj, pj));
        if (isinf(qj) != isinf(pj)) term = lp_special(INFINITY); /* outgrows the other */
        sum = lp_value_add(sum, term);
        if (out[0].data) lp_sink_put(&out[0], j, one_less_ratio(pj, qj));
        if (out[1].data) lp_sink_put(&out[1], j, lp_log_signed(l, 1, zero));
    }
    return sum;
}

static lp_value brier_row(const void *context, const lp_call *c, int64_t i, const lp_sink out[2]) {
    lp_view p = lp_view_row(c, LP_IN_P, i);
    lp_value sum = lp_value_zero();
    (void)context, (void)out;
    if (lp_any_nan(p, c->k)) return lp_special(NAN);
    for (int64_t j = 0; j < c->k; j++) {
        lp_value d = difference(lp_at(p, j), j == c->label[i] ? 1 : 0);
        sum = lp_value_add(sum, lp_value_mul(d, d));
    }
    return sum;
}

void lp_run_nll(const lp_call *c) {
    lp_batch_run(c, c->k, nll_row, NULL);
}
void lp_run_bce_prob(const lp_call *c) {
    lp_batch_run(c, 1, bce_row, NULL);
}
void lp_run_kl_gen(const lp_call *c) {
    lp_batch_run(c, c->k, kl_gen_row, NULL);
}
void lp_run_brier(const lp_call *c) {
    lp_batch_run(c, c->k, brier_row, NULL);
}
