/* sigmoid, log_sigmoid and softplus. With w = exp(-|z|), L = log1p(w) and s = sigma(|z|) = 1/(1 +
 * w), every value is one term or a sum of two of one sign:
 *   z >= 0   sigma s            ln sigma -L            softplus z + L
 *   z <  0   sigma w s          ln sigma -(|z| + L)    softplus L
 * and the slopes w s^2, sigma(-z), sigma(z). Relative errors as in row.h; near z = 0, where
 * sigma(z) = 1/2 + z/4 - z^3/48 lies within z^3 of a midpoint of binary32, those of precise.h. */
#include "impl/precise.h"
#include "impl/rows.h"
#include "impl/value.h"

static const lp_wide one = {{1, 0}, 0};
static const lp_wide vanishing = {{-1, 0}, -9000}; /* rounds to -0: log_sigmoid at +inf */

typedef struct link { /* value and slope, at -inf, +inf and elsewhere */
    double at_minus[2], at_plus[2];
    void (*at)(lp_wide *value, lp_wide *slope, double z);
} link;

typedef struct parts {
    lp_wide near, far, log; /* sigma(|z|), sigma(-|z|), L */
} parts;
static parts take(double z) {
    lp_wide x = lp_wide_from(-fabs(z));
    lp_wide w = x.e < -8 ? lp_wide_exp_precise(x) : lp_wide_exp(x), all = lp_wide_add(one, w);
    return (parts){lp_wide_div(one, all), lp_wide_div(w, all), lp_wide_log1p(w)};
}

static void sigmoid(lp_wide *value, lp_wide *slope, double z) {
    parts p = take(z);
    *value = z >= 0 ? p.near : p.far;
    *slope = lp_wide_mul(p.near, p.far);
}
static void log_sigmoid(lp_wide *value, lp_wide *slope, double z) {
    parts p = take(z);
    *value = lp_wide_neg(z >= 0 ? p.log : lp_wide_add(lp_wide_from(-z), p.log));
    *slope = z >= 0 ? p.far : p.near;
}
static void softplus(lp_wide *value, lp_wide *slope, double z) {
    parts p = take(z);
    *value = z >= 0 ? lp_wide_add(lp_wide_from(z), p.log) : p.log;
    *slope = z >= 0 ? p.near : p.far;
}

static void run(const link *op, const lp_call *c) {
    for (int64_t i = 0; i < c->n; i++) {
        lp_sink y = lp_sink_row(c, LP_OUT_VALUE, i), g = lp_sink_row(c, LP_OUT_GRAD, i);
        lp_view v = lp_view_row(c, LP_IN_V, i);
        double z = lp_at(lp_view_row(c, LP_IN_LOGITS, i), 0);
        lp_wide number[2];
        lp_value x[2];
        if (isfinite(z)) op->at(&number[0], &number[1], z);
        for (int q = 0; q < 2; q++) {
            double at = isnan(z) ? z : z > 0 ? op->at_plus[q] : op->at_minus[q];
            x[q] = isfinite(z) ? lp_number(number[q]) : lp_value_from(at);
            if (isinf(z) && at == 0 && signbit(at)) x[q] = lp_number(vanishing);
        }
        if (v.data) x[1] = lp_value_mul(x[1], lp_value_from(lp_at(v, 0)));
        if (g.data) lp_sink_put(&g, 0, x[1]);
        if (y.data) lp_sink_put(&y, 0, x[0]);
    }
}

void lp_run_sigmoid(const lp_call *c) {
    const link op = {{0, 0}, {1, 0}, sigmoid};
    run(&op, c);
}
void lp_run_log_sigmoid(const lp_call *c) {
    const link op = {{-INFINITY, 1}, {-0.0, 0}, log_sigmoid};
    run(&op, c);
}
void lp_run_softplus(const lp_call *c) {
    const link op = {{0, 0}, {INFINITY, 1}, softplus};
    run(&op, c);
}
