/* The textbook programs of sigmoid, log_sigmoid and softplus, e = exp(-|z|):
 *
 *   sigmoid      s = 1 / (1 + e) for z >= 0, e / (1 + e) below     slope  s * (1 - s)
 *   log_sigmoid  min(z, 0) - log1p(e)                              slope  sigma(-z)
 *   softplus     max(z, 0) + log1p(e)                              slope  sigma(z)
 *
 * and v * slope where a cotangent is given. The slope of the sigmoid is the one that a backward
 * pass forms from the saved value: near s = 1 it has the value's absolute error and no more digits.
 */
#include "ref/logistic.h"

#include <math.h>

static bool bound_value(mpfr_t err, lp_scope *s, double z) {
    mpfr_t *n = s->unit.n;
    if (s->c->op == LP_OP_SIGMOID) return lp_logistic_bound_sigma(err, n[4], s, z);
    return lp_logistic_bound_softplus(err, n[4], s, s->c->op == LP_OP_SOFTPLUS ? z : -z);
}

static bool bound_slope(mpfr_t err, lp_scope *s, const lp_row *row, double z,
                        const lp_enclosure *x) {
    mpfr_t *n = s->unit.n;
    const double *v = s->c->in[LP_IN_V];
    bool sound = s->c->op == LP_OP_SIGMOID
                     ? lp_logistic_bound_slope(err, n[4], s, z)
                     : lp_logistic_bound_sigma(err, n[4], s, s->c->op == LP_OP_SOFTPLUS ? z : -z);
    if (!sound || !v) return sound;
    lp_bound_abs_d(n[5], v[row->at]);
    mpfr_mul(err, err, n[5], MPFR_RNDU);
    lp_enclosure_magnitude(n[4], x);
    lp_bound_round(err, &s->unit, n[4]);
    return true;
}

bool lp_bound_sigmoid(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                      const lp_enclosure *x) {
    double z = s->c->in[LP_IN_LOGITS][row->at];
    (void)j;
    if (!isfinite(z)) { /* a special value, not an evaluation: nothing but the storing */
        mpfr_set_zero(err, 1);
        return true;
    }
    lp_logistic_bound_open(s, z);
    return out == LP_OUT_VALUE ? bound_value(err, s, z) : bound_slope(err, s, row, z, x);
}
