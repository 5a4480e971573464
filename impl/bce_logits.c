/* bce_logits. With w = exp(-|z|), v = w/(1 + w) = sigma(-|z|) and Y = 1 - y for z >= 0, y for z <
 * 0: loss = log1p(w) + |z| Y        two terms >= 0 for y in [0, 1] grad = +-(Y - v), the sign that
 * of z; where Y is 0 or 1 that is -v or 1 - v, v <= 1/2, and no digit is lost; for other y a signed
 * sum. 1 - y is exact as a double-double. Relative errors as in row.h. */
#include "impl/lanes.h"
#include "impl/row.h"
#include "impl/rows.h"

#include <math.h>

static const lp_wide zero = {{0, 0}, 0}, one = {{1, 0}, 0};

typedef struct pair {
    double loss, grad;
} pair;

/* z = +-inf: a coefficient of 0 drops the infinite term. */
static pair at_infinity(double z, double y) {
    double far = z > 0 ? 1 - y : y;
    return (pair){far > 0 ? INFINITY : 0, z > 0 ? far : 0 - far};
}

static pair evaluate(double z, double y) {
    if (isnan(z) || isnan(y)) return (pair){NAN, NAN};
    if (isinf(z)) return at_infinity(z, y);
    lp_wide a = lp_wide_from(fabs(z)), target = lp_wide_from(y);
    lp_wide far = z >= 0 ? lp_wide_sub(one, target) : target;
    lp_wide w = lp_wide_exp(lp_wide_neg(a)), v = lp_wide_div(w, lp_wide_add(one, w));
    lp_wide product = far.m.hi == 0 || a.m.hi == 0 ? zero : lp_wide_mul(a, far);
    lp_wide grad = z >= 0 ? lp_wide_sub(far, v) : lp_wide_sub(v, far);
    return (pair){lp_wide_round(lp_wide_add(lp_wide_log1p(w), product)), lp_wide_round(grad)};
}

void lp_rows_bce_logits(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                        int64_t n) {
    for (int64_t i = 0; i < n; i += LP_LANES) {
        double z[LP_LANES] = {0}, y[LP_LANES] = {0}, l[LP_LANES], g[LP_LANES];
        bool tame[LP_LANES];
        int64_t count = n - i < LP_LANES ? n - i : LP_LANES;
        for (int64_t q = 0; q < count; q++) {
            z[q] = logits.data[(i + q) * logits.stride];
            y[q] = targets.data[(i + q) * targets.stride];
        }
        lp_lanes_bce(tame, l, g, z, y);
        for (int64_t q = 0; q < count; q++) {
            pair p = tame[q] ? (pair){l[q], g[q]} : evaluate(z[q], y[q]);
            if (loss) loss[i + q] = p.loss;
            if (grad.data) grad.data[(i + q) * grad.stride] = p.grad;
        }
    }
}
