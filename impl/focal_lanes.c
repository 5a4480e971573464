#include "impl/focal_lanes.h"

#include "impl/bounds.h"
#include "impl/single_math.h"

#include <math.h>

#define EACH LP_EACH_LANE

/* y is 0 or 1: z or -z, and what the label weighs. */
LP_INLINE double toward(const lp_bce *b, int q) {
    return b->y[q] == 1 ? b->z[q] : -b->z[q];
}
LP_INLINE lp_dd weight(const lp_focal *f, double y) {
    return lp_lane_choose(y == 1, f->weight[1], f->weight[0]);
}

/* With x = z or -z as the label is 1 or 0, w = exp(-|x|), p = sigma(x), r = sigma(-x), l = -ln p:
 *   loss = weight r^gamma l        |gradient| = weight r^gamma (gamma p l + r)
 * products and sums of positive terms: p and r good to 2^-80.3 each, the power to gamma times that,
 * 2^-77.7, l to log1p's 2^-66.8, the rest to 2^-97 in all: 2^-66.7. */
void lp_focal_lanes(lp_bce *b, const void *focal) {
    const lp_focal *f = focal;
    const int gamma = f->gamma;
    lp_lanes w, log, p, r, power, grad;
    double minus[LP_LANES];
    EACH(q) {
        int in = (b->z[q] <= LP_LANES_FAR) & (b->z[q] >= -LP_LANES_FAR);
        b->wild[q] = in ? 0 : 1;
        minus[q] = in ? -fabs(b->z[q]) : 0;
    }
    lp_lanes_exp(&w, minus);
    lp_lanes_log1p_unit(&log, &w);
    EACH(q) {
        int right = toward(b, q) >= 0;
        lp_dd e = lp_lane(&w, q), all = lp_fast_two_sum(1, e.hi), one = {1, 0};
        all.lo += e.lo;
        lp_dd near = lp_dd_ratio(one, all), far = lp_dd_ratio(e, all);
        lp_lane_put(&p, q, lp_lane_choose(right, near, far));
        lp_lane_put(&r, q, lp_lane_choose(right, far, near));
        lp_dd l = lp_two_sum(right ? 0 : -minus[q], log.hi[q]);
        lp_lane_put(&log, q, lp_fast_two_sum(l.hi, l.lo + log.lo[q]));
        lp_lane_put(&power, q, weight(f, b->y[q]));
    }
    for (int i = 0; i < gamma; i++)
        EACH(q) lp_lane_put(&power, q, lp_dd_mul(lp_lane(&power, q), lp_lane(&r, q)));
    EACH(q) {
        lp_dd pull = lp_dd_mul_d(lp_dd_mul(lp_lane(&p, q), lp_lane(&log, q)), gamma);
        lp_dd g = lp_dd_mul(lp_lane(&power, q), lp_dd_add(pull, lp_lane(&r, q)));
        double sign = b->y[q] == 1 ? -1 : 1, scale = fabs(b->scale.hi[q]);
        int in = (power.hi[q] * r.hi[q] >= 0x1p-600) & (scale >= 0x1p-150) & (scale <= 0x1p150);
        b->wild[q] = in ? b->wild[q] : 1;
        g = lp_dd_mul(g, lp_lane(&b->scale, q));
        lp_lane_put(&grad, q, (lp_dd){sign * g.hi, sign * g.lo});
        lp_lane_put(&b->loss, q, lp_dd_mul(lp_lane(&power, q), lp_lane(&log, q)));
    }
    lp_lanes_round(b->loss_rounded, b->loss_unsure, &b->loss, LP_EPS_LOSS);
    lp_lanes_round(b->grad_rounded, b->grad_unsure, &grad, LP_EPS_LOSS);
}

/* power (gamma p l + r), to 4.1 u of doubles as they are: impl/proofs/focal_slope.gappa. */
LP_INLINE double slope_single(double power, double gamma, double p, double l, double r) {
    return power * (gamma * (p * l) + r);
}
/* In doubles, u = 2^-53, with single_math.h's bounds: p and r 11.5 u (1/(1 + w) 6.2 u, w 4.3 u, a
 * product), the power 6 (11.5 + 1) u and the weight 1 u, l 12.6 u and a sum: the loss 90.6 u; p's
 * and l's 25.1 u, slope_single's 4.1 u, with the scale's rounding and product the gradient
 * 107.2 u. Below LP_EPS_FOCAL = 128 u, with the test's own 3 u. */
void lp_focal_lanes_single(lp_bce *b, const void *focal) {
    const lp_focal *f = focal;
    const double gamma = f->gamma;
    double power[LP_LANES], r[LP_LANES], p[LP_LANES], l[LP_LANES];
    EACH(q) {
        double x = toward(b, q), a = fabs(x);
        lp_logistic e = lp_logistic_single(a <= LP_LANES_FAR ? a : LP_LANES_FAR);
        double far = e.w * e.near;
        p[q] = x >= 0 ? e.near : far;
        r[q] = x >= 0 ? far : e.near;
        l[q] = x >= 0 ? e.log : a + e.log;
        power[q] = weight(f, b->y[q]).hi;
        b->wild[q] = a <= DBL_MAX ? 0 : 1;
    }
    for (int i = 0; i < f->gamma; i++) EACH(q) power[q] *= r[q];
    EACH(q) {
        double sign = b->y[q] == 1 ? -1 : 1, loss = power[q] * l[q];
        double slope = slope_single(power[q], gamma, p[q], l[q], r[q]) * (sign * b->scale.hi[q]);
        float high = (float)(loss * (1 + LP_EPS_FOCAL)), low = (float)(loss * (1 - LP_EPS_FOCAL));
        float up = (float)(slope * (1 + LP_EPS_FOCAL)), down = (float)(slope * (1 - LP_EPS_FOCAL));
        b->loss.hi[q] = loss >= 0x1p-500 ? loss : 0;
        b->loss.lo[q] = 0;
        b->loss_rounded[q] = (double)high;
        b->loss_unsure[q] = high == low ? 0 : 1;
        b->grad_rounded[q] = (double)up;
        b->grad_unsure[q] = up == down ? 0 : 1;
    }
}
