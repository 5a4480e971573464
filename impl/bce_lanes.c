#include "impl/bce_lanes.h"

#include "impl/bounds.h"
#include "impl/single_math.h"

#include <math.h>
#include <stdbool.h>

#define EACH LP_EACH_LANE

/* Times the scale, not normalised: three roundings of low parts, |g.lo| <= 2^-49.9 g: 2^-101. */
LP_INLINE lp_dd scaled(lp_dd g, lp_dd scale) {
    lp_dd p = lp_two_prod(g.hi, scale.hi);
    return (lp_dd){p.hi, lp_muladd(1, g.lo, scale.hi, lp_muladd(1, g.hi, scale.lo, p.lo))};
}

/* --- binary64 -------------------------------------------------------------------------------- */

/* With c = 1 - y and d = q y for z >= 0, else the other way round, all of them exact:
 *   loss = c (a + log1p(w)) + d log1p(w), |grad| = |c - d w|/(1 + w)
 * The loss has terms that are not negative: log1p's 2^-66.8 and 2^-100. The gradient's are off by
 * E = E_EXP of d w, and the quotient by w/(1 + w) E of their difference: 1.5 E (c + d w)/(1 + w)
 * at most, and E_GRAD of that sum is tested. */
static void soft(lp_bce *restrict b, const lp_lanes *restrict w, const lp_lanes *restrict log) {
    EACH(q) {
        int right = b->z[q] >= 0;
        lp_dd up = lp_fast_two_sum(1, -b->y[q]), down = lp_two_prod(b->q[q], b->y[q]);
        lp_dd c = lp_lane_choose(right, up, down), d = lp_lane_choose(right, down, up);
        lp_dd l = lp_lane(log, q), e = lp_lane(w, q), all = lp_fast_two_sum(1, e.hi);
        lp_dd far = lp_two_sum(fabs(b->z[q]), l.hi);
        far.lo += l.lo;
        lp_lane_put(&b->loss, q, lp_dd_add(lp_dd_mul(c, far), lp_dd_mul(d, l)));
        all.lo += e.lo;
        lp_dd near = lp_dd_mul(d, e), slope = lp_dd_ratio(lp_dd_add(c, lp_dd_neg(near)), all);
        double sign = right ? 1 : -1, scale = b->scale.hi[q];
        lp_dd g = scaled((lp_dd){sign * slope.hi, sign * slope.lo}, lp_lane(&b->scale, q));
        double size = (c.hi + near.hi) / all.hi * (scale < 0 ? -scale : scale);
        double above = g.hi + (g.lo + size * LP_EPS_GRAD);
        double below = g.hi + (g.lo - size * LP_EPS_GRAD);
        b->grad_rounded[q] = above;
        b->grad_unsure[q] = above == below ? 0 : 1;
    }
}

static bool all_hard(const lp_bce *b) {
    uint64_t between = 0;
    EACH(q) between |= (((b->y[q] == 0) | (b->y[q] == 1)) & (b->q[q] == 1)) ? 0u : 1u;
    return between == 0;
}
/* What is taken; of the rest, harmless numbers. */
static void find_wild(lp_bce *restrict b, double *restrict minus) {
    EACH(q) {
        double y = b->y[q], weight = b->q[q];
        int fits =
            (weight >= 0x1p-90) & (weight <= 0x1p90) & ((y == 0) | ((y >= 0x1p-90) & (y <= 1)));
        int in = (fabs(b->z[q]) <= LP_LANES_FAR) & fits;
        b->wild[q] = in ? 0 : 1;
        minus[q] = in ? -fabs(b->z[q]) : 0;
    }
}
void lp_bce_lanes(lp_bce *b, const void *context) {
    double minus[LP_LANES];
    lp_lanes w, log;
    (void)context;
    if (all_hard(b)) {
        lp_bce_hard(b);
        return;
    }
    find_wild(b, minus);
    lp_lanes_exp(&w, minus);
    lp_lanes_log1p_unit(&log, &w);
    soft(b, &w, &log);
    lp_lanes_round(b->loss_rounded, b->loss_unsure, &b->loss, LP_EPS_LOSS);
}

/* --- binary32 -------------------------------------------------------------------------------- */

/* Of doubles as they are off by 5 u of itself, and by 4 u of near times the larger of c and d w:
 * impl/proofs/bce_*.gappa. */
LP_INLINE double loss_single(double c, double d, double size, double log) {
    return c * (size + log) + d * log;
}
LP_INLINE double slope_single(double c, double d, double w, double near) {
    return near * (c - d * w);
}
/* lp_logistic_single's three numbers of exp(-|z|) in short steps, as in lane_math.h. w is below
 * 2^-504 from LP_LANES_FAR on and may stay there: beside |z| it does not count, and alone it is 0
 * in binary32, its products with q and the scale too. */
typedef struct logistics {
    _Alignas(64) double w[LP_LANES], inverse[LP_LANES], near[LP_LANES], log[LP_LANES];
} logistics;
static void logistic(logistics *restrict e, const double *restrict z) {
    EACH(q) {
        double size = fabs(z[q]);
        e->w[q] = lp_exp_single(size <= LP_LANES_FAR ? -size : -LP_LANES_FAR);
    }
    EACH(q) {
        e->inverse[q] = lp_logistic_inverse(e->w[q]);
        e->near[q] = lp_logistic_near(e->w[q], e->inverse[q]);
    }
    EACH(q) e->log[q] = lp_logistic_log(e->w[q], e->inverse[q]);
}
static void round_single(double *restrict y, double *restrict unsure, const double *restrict x) {
    EACH(q) {
        float high = (float)(x[q] * (1 + LP_EPS_BINARY)), low = (float)(x[q] * (1 - LP_EPS_BINARY));
        y[q] = (double)high;
        unsure[q] = high == low ? 0 : 1;
    }
}

/* Labels 0 and 1, as bce_hard.c: log1p's 12.6 u and a sum; near's 6.2 u, w's 4.3 u and three
 * products. */
static void hard_single(lp_bce *restrict b, const logistics *restrict e) {
    double slope[LP_LANES];
    EACH(q) {
        double sign = 1 - 2 * b->y[q], x = sign * b->z[q];
        b->wild[q] = fabs(x) <= DBL_MAX ? 0 : 1;
        b->loss.hi[q] = (x >= 0 ? x : 0) + e->log[q];
        b->loss.lo[q] = 0;
        slope[q] = sign * b->scale.hi[q] * (e->near[q] * (x >= 0 ? 1 : e->w[q]));
    }
    if (b->loss_wanted) round_single(b->loss_rounded, b->loss_unsure, b->loss.hi);
    if (b->grad_wanted) round_single(b->grad_rounded, b->grad_unsure, slope);
}
/* In doubles: c (|z| + L) + d L, L = log1p(w), and +-(c - d w)/(1 + w), with c and d as above,
 * rounded once. With single_math.h's bounds, u = 2^-53, the loss is off by 12.6 u (L), c's u and
 * the 5 u: 18.6 u of itself; the gradient by d's and w's 5.3 u, the 4 u, near's 6.2 u and two of
 * the scale and its product: 17.5 u of (c + d w)/(1 + w), a sum of which it is the difference.
 * Below LP_EPS_BINARY = 32 u of these, with the test's own 3 u. */
static void soft_single(lp_bce *restrict b, const logistics *restrict e) {
    EACH(q) {
        double z = b->z[q], y = b->y[q], weight = b->q[q], size = fabs(z), w = e->w[q];
        int in = (size <= DBL_MAX) & (y >= 0) & (y <= 1) & (weight >= 0x1p-90) & (weight <= 0x1p90);
        double up = 1 - y, down = weight * y, near = e->near[q] * b->scale.hi[q];
        double c = z >= 0 ? up : down, d = z >= 0 ? down : up, sign = z >= 0 ? 1 : -1;
        double slope = slope_single(c, d, w, sign * near);
        double width = LP_EPS_BINARY * ((near < 0 ? -near : near) * (c + d * w));
        float above = (float)(slope + width), below = (float)(slope - width);
        b->wild[q] = in ? 0 : 1;
        b->loss.hi[q] = loss_single(c, d, size, e->log[q]);
        b->loss.lo[q] = 0;
        b->grad_rounded[q] = (double)above;
        b->grad_unsure[q] = above == below ? 0 : 1;
    }
    round_single(b->loss_rounded, b->loss_unsure, b->loss.hi);
}
void lp_bce_lanes_single(lp_bce *b, const void *context) {
    logistics e;
    (void)context;
    logistic(&e, b->z);
    if (all_hard(b))
        hard_single(b, &e);
    else
        soft_single(b, &e);
}
