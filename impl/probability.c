/* entropy, cross_entropy and kl_div on vectors p, q >= 0 that need not sum to 1. ln x is relatively
 * accurate for every x, near 1 too (log_dd.h); ln(p/q) as log1p((p - q)/q), the difference exact,
 * where the quotient is near 1. */
#include "impl/batch.h"
#include "impl/logarithm.h"
#include "impl/rows.h"

static const lp_wide zero = {{0, 0}, 0}, one = {{1, 0}, 0};

static lp_value entropy_row(const void *context, const lp_call *c, int64_t i,
                            const lp_sink out[2]) {
    lp_view p = lp_view_row(c, LP_IN_P, i);
    (void)context;
    if (lp_any_nan(p, c->k)) {
        lp_sink_fill(&out[0], c->k, NAN);
        return lp_special(NAN);
    }
    lp_value sum = lp_value_zero();
    for (int64_t j = 0; j < c->k; j++) {
        double x = lp_at(p, j);
        lp_logarithm l = lp_log_of(x);
        sum = lp_value_add(sum, lp_log_times(x, l));
        if (out[0].data) lp_sink_put(&out[0], j, lp_log_signed(l, -1, lp_wide_neg(one)));
    }
    return lp_value_neg(sum);
}

/* What cross_entropy and kl_div do not share. */
typedef struct divergence {
    lp_logarithm (*log)(double p, double q);
    double sign; /* the value is sign sum p log(p, q), grad_p sign log + plus */
    lp_wide plus;
} divergence;

static lp_logarithm log_second(double p, double q) {
    (void)p;
    return lp_log_of(q);
}
static lp_logarithm log_ratio(double p, double q) {
    return lp_log_ratio(p, q);
}

static lp_value divergence_row(const void *context, const lp_call *c, int64_t i,
                               const lp_sink out[2]) {
    const divergence *d = context;
    lp_view p = lp_view_row(c, LP_IN_P, i), q = lp_view_row(c, LP_IN_Q, i);
    if (lp_any_nan(p, c->k) || lp_any_nan(q, c->k)) {
        lp_sink_fill(&out[0], c->k, NAN);
        lp_sink_fill(&out[1], c->k, NAN);
        return lp_special(NAN);
    }
    lp_value sum = lp_value_zero();
    for (int64_t j = 0; j < c->k; j++) {
        double pj = lp_at(p, j), qj = lp_at(q, j);
        lp_logarithm l = d->log(pj, qj);
        sum = lp_value_add(sum, lp_log_times(pj, l));
        if (out[0].data) lp_sink_put(&out[0], j, lp_minus_ratio(pj, qj));
        if (out[1].data) lp_sink_put(&out[1], j, lp_log_signed(l, d->sign, d->plus));
    }
    return d->sign < 0 ? lp_value_neg(sum) : sum;
}

void lp_run_entropy(const lp_call *c) {
    lp_batch_run(c, c->k, entropy_row, NULL);
}
void lp_run_cross_entropy(const lp_call *c) {
    const divergence d = {log_second, -1, zero};
    lp_batch_run(c, c->k, divergence_row, &d);
}
void lp_run_kl_div(const lp_call *c) {
    const divergence d = {log_ratio, 1, one};
    lp_batch_run(c, c->k, divergence_row, &d);
}
