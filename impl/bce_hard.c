/* The lanes of bce_lanes.h in binary64 for labels 0 and 1 and no pos_weight. With a = |z|, w =
 * exp(-a), and x = z or -z as the label is 0 or 1:
 *   x >= 0: loss = a + log1p(w), |grad| = 1/(1 + w)     x < 0: loss = log1p(w), |grad| = w/(1 + w)
 * and the gradient is negative for label 1. Steps are short, so that a processor works on several
 * vectors of one at a time. The errors are logistic.h's: of the loss 2^-66.9; of the gradient
 * E_HALF, 2^-68.7, the quotient's 2^-85 and what rounds low parts below 2^-44 a few times, 2^-95.
 */
#include "impl/bce_lanes.h"
#include "impl/bounds.h"
#include "impl/logistic.h"

#include <math.h>

#define EACH LP_EACH_LANE

typedef struct hard {
    _Alignas(64) double x[LP_LANES], size[LP_LANES], sign[LP_LANES];
    double r[LP_LANES], rl[LP_LANES], scale[LP_LANES], tail[LP_LANES];
    double shift[LP_LANES], base[LP_LANES]; /* (C - 1)/2 and log C, or 0 */
} hard;

static void set(hard *restrict h, lp_bce *restrict b) {
    EACH(q) {
        double sign = 1 - 2 * b->y[q], size = fabs(b->z[q]), x = sign * b->z[q];
        int in = size <= LP_LANES_FAR;
        b->wild[q] = in ? 0 : 1;
        h->size[q] = in ? size : 0;
        h->sign[q] = sign;
        h->x[q] = x >= 0 ? x : -1;
    }
}
static void exponential(lp_lanes *restrict w, hard *restrict h) {
    EACH(q) {
        double a = h->size[q];
        double t = lp_muladd(1, -a, LP_EXP_INV_LN2, LP_MAGIC), n = t - LP_MAGIC;
        double r = lp_half_argument(a, n);
        h->r[q] = r;
        h->rl[q] = -n * LP_EXP_LN2_2;
        h->scale[q] = lp_from_bits((lp_bits(t) << 52) + lp_bits(1));
        h->tail[q] = lp_half_tail(1, r);
    }
    EACH(q) {
        lp_dd y = lp_half_exp(1, h->r[q], h->rl[q], h->tail[q]);
        double hi = y.hi * h->scale[q];
        int large = hi >= 0.25;
        w->hi[q] = hi;
        w->lo[q] = y.lo * h->scale[q];
        h->shift[q] = large ? (LP_ATANH_C - 1) / 2 : 0;
        h->base[q] = large ? LP_ATANH_LOG_C : 0;
    }
}
/* log C + x is exact in two doubles in whatever order: x is below ln 4 there, and C's logarithm a
 * multiple of 2^-52. It or x, where there is one, is above 0.45, and 0.236 above 2 atanh(s/2). */
static void losses(lp_bce *restrict b, hard *restrict h, const lp_lanes *restrict w) {
    lp_lanes s;
    EACH(q) {
        double shift = h->shift[q];
        lp_dd e = lp_lane(w, q), half = lp_two_muladd(1, 0.5, e.hi, 1 + shift);
        half.lo = lp_muladd(1, 0.5, e.lo, half.lo);
        lp_lane_put(&s, q, lp_unit_ratio(1, (lp_dd){e.hi - 2 * shift, e.lo}, half));
    }
    EACH(q) h->tail[q] = lp_atanh_tail(1, s.hi[q]);
    EACH(q) {
        lp_dd log = lp_twice_atanh(1, lp_lane(&s, q), h->tail[q]);
        lp_dd more = lp_fast_two_sum(h->base[q], h->x[q] >= 0 ? h->x[q] : 0);
        lp_dd sum = lp_fast_two_sum(more.hi, log.hi);
        sum.lo += log.lo + more.lo;
        lp_lane_put(&b->loss, q, sum);
        double above = sum.hi + lp_muladd(1, sum.hi, LP_EPS_LOSS, sum.lo);
        double below = sum.hi + lp_muladd(1, sum.hi, -LP_EPS_LOSS, sum.lo);
        b->loss_rounded[q] = above;
        b->loss_unsure[q] = above == below ? 0 : 1;
    }
}
static void slopes(lp_bce *restrict b, const hard *restrict h, const lp_lanes *restrict w) {
    EACH(q) {
        lp_dd e = lp_lane(w, q), all = lp_fast_two_sum(1, e.hi);
        all.lo += e.lo;
        lp_dd one = lp_lane_choose(h->x[q] >= 0, (lp_dd){1, 0}, e), g = lp_unit_ratio(1, one, all);
        lp_dd p = lp_two_prod(g.hi, b->scale.hi[q]);
        p.lo = lp_muladd(1, g.lo, b->scale.hi[q], lp_muladd(1, g.hi, b->scale.lo[q], p.lo));
        double above = p.hi + lp_muladd(1, p.hi, LP_EPS_SLOPE, p.lo);
        double below = p.hi + lp_muladd(1, p.hi, -LP_EPS_SLOPE, p.lo);
        b->grad_rounded[q] = h->sign[q] * above;
        b->grad_unsure[q] = above == below ? 0 : 1;
    }
}
void lp_bce_hard(lp_bce *b) {
    hard h;
    lp_lanes w;
    set(&h, b);
    exponential(&w, &h);
    losses(b, &h, &w);
    slopes(b, &h, &w);
}
