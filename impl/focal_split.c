#include "impl/focal_split.h"

#include "impl/precise.h"

#include <math.h>

/* p and q = 1 - p of the label: 2^-78.8 of S, w and a quotient, each. */
static void shares(lp_lanes *restrict p, lp_lanes *restrict q, const lp_split *restrict s) {
    lp_lanes w;
    lp_lanes_exp(&w, s->own);
    LP_EACH_LANE(i) {
        lp_dd sum = lp_lane(&s->sum, i), own = lp_lane(&w, i), all = lp_dd_add(sum, own);
        lp_dd near = lp_dd_ratio(own, all), far = lp_dd_ratio(sum, all);
        lp_lane_put(p, i, lp_fast_two_sum(near.hi, near.lo));
        lp_lane_put(q, i, lp_fast_two_sum(far.hi, far.lo));
    }
}

/* With r = q^(gamma - 1) and l = -ln p, of a gamma that is not 0:
 *   F = r (gamma p l + q)       loss = r q l       gradient_c = F share      gradient_j = F p_j
 * where share = -q and p_j stand for what one-hot rows have there, scales among it. Products and
 * sums of positive terms. In units of 2^-80.4 = E_EXP, E_SUM is 2 and w 1: p and q are good
 * to 3, r to 15, gamma p l + q to 3 and l's error, p_j to 3.4. l has log1p's 2^-66.8, all but
 * 2^-76 of what comes together: 2^-66.7. Sharpened it has 2^-78.2, 4.6 units, and all 26 of them:
 * 2^-75.7. In binary32 S is good to 5.3 u, u = 2^-53, p and q no worse, r to 27, l to 6, p_j
 * to 12.6 with its roundings: 51 u of 128, LP_EPS_FOCAL. */
void lp_focal_split(lp_split *s, int gamma, double eps) {
    lp_lanes p, q, r;
    shares(&p, &q, s);
    LP_EACH_LANE(i) lp_lane_put(&r, i, (lp_dd){1, 0});
    for (int n = 1; n < gamma; n++)
        LP_EACH_LANE(i) lp_lane_put(&r, i, lp_dd_mul(lp_lane(&r, i), lp_lane(&q, i)));
    LP_EACH_LANE(i) {
        lp_dd l = lp_lane(&s->loss, i), far = lp_lane(&q, i), power = lp_lane(&r, i);
        lp_dd pull = lp_dd_add(lp_dd_mul_d(lp_dd_mul(lp_lane(&p, i), l), gamma), far);
        lp_dd f = lp_dd_mul(power, pull), loss = lp_dd_mul(lp_dd_mul(power, far), l);
        f = lp_lane_choose(gamma == 0, (lp_dd){1, 0}, f);
        loss = lp_lane_choose(gamma == 0, l, loss);
        lp_dd factor = lp_dd_mul(f, lp_lane(&s->factor, i));
        int in = (power.hi * far.hi * far.hi >= 0x1p-600) & (fabs(factor.hi) >= 0x1p-700);
        s->wild[i] = in ? s->wild[i] : 1;
        lp_lane_put(&s->loss, i, loss);
        lp_lane_put(&s->share, i, lp_dd_mul(f, lp_lane(&s->share, i)));
        lp_lane_put(&s->factor, i, factor);
    }
    lp_lanes_round(s->loss_rounded, s->loss_unsure, &s->loss, eps);
    lp_lanes_round(s->own_rounded, s->own_unsure, &s->share, eps);
}

/* S/w, or (S + w)/exp(max), is good to 2^-78.8 (split.c), the logarithm to 2^-97; beside a distance
 * its absolute error is that of the quotient, which is at least 1, and the loss at least log 2. */
static lp_dd sharp(const lp_split *s, int i, lp_dd w, lp_dd top) {
    const int above = s->max[i] > s->own[i];
    lp_dd sum = lp_lane(&s->sum, i), d = lp_two_diff(s->max[i], s->own[i]);
    if (!above) return lp_wide_dd(lp_wide_log1p_precise(lp_wide_make(lp_dd_div(sum, w), 0)));
    lp_dd all = lp_dd_div(lp_dd_add(sum, w), top);
    return lp_dd_add(d, lp_wide_dd(lp_wide_log_precise(lp_wide_make(all, 0))));
}
void lp_focal_split_sharpen(lp_split *s) {
    lp_lanes w, top;
    lp_lanes_exp(&w, s->own);
    lp_lanes_exp(&top, s->max);
    LP_EACH_LANE(i) {
        if (s->wild[i] != 0) continue;
        lp_lane_put(&s->loss, i, sharp(s, i, lp_lane(&w, i), lp_lane(&top, i)));
    }
}
