#include "impl/soft_lanes.h"

#include "impl/bounds.h"
#include "impl/lane_load.h"
#include "impl/log_dd.h"
#include "impl/single_math.h"
#include "impl/split.h"
#include "impl/tested.h"

#include <math.h>

enum { LANES = LP_LOAD_LANES, PIECE = 16, FOLD = LANES * PIECE };

/* What the additions lose and the terms' low parts go into lo; after PIECE of them lo goes into hi.
 * Of n = k/16 <= 2^16 terms a lane lo's own roundings are n PIECE u^2 of the sum, 2^-86 of it. */
typedef struct sum {
    double hi[LANES], lo[LANES];
} sum;
LP_INLINE void add(sum *restrict s, int q, double hi, double lo) {
    lp_dd next = lp_two_sum(s->hi[q], hi);
    s->hi[q] = next.hi;
    s->lo[q] += next.lo + lo;
}
LP_INLINE void fold(sum *s) {
    for (int q = 0; q < LANES; q++) {
        lp_dd all = lp_fast_two_sum(s->hi[q], s->lo[q]);
        s->hi[q] = all.hi;
        s->lo[q] = all.lo;
    }
}
static lp_dd whole(const sum *s) {
    lp_dd all = {0, 0};
    for (int q = 0; q < LANES; q++) all = lp_dd_add(all, (lp_dd){s->hi[q], s->lo[q]});
    return all;
}

typedef struct state {
    sum targets, gaps;
    double wild[LANES];
} state;
/* Written so that a NaN target is wild. */
LP_INLINE void add_block(state *restrict s, const double *restrict z, const double *restrict t,
                         double m) {
    for (int q = 0; q < LANES; q++) {
        int absent = z[q] < -DBL_MAX, none = t[q] == 0;
        int fits = (t[q] >= 0x1p-300) & (t[q] <= 0x1p100) & !absent;
        lp_dd gap = lp_two_diff(m, absent ? m : z[q]), p = lp_two_prod(t[q], gap.hi);
        s->wild[q] = (none | fits) ? s->wild[q] : 1;
        add(&s->targets, q, t[q], 0);
        add(&s->gaps, q, p.hi, p.lo + t[q] * gap.lo);
    }
}
lp_soft_sums lp_soft_lanes_sum(const void *z, const void *t, bool single, int64_t k, double m) {
    state s = {.wild = {0}};
    double wild = 0;
    for (int64_t j = 0; j < k; j += LANES) {
        double x[LANES], y[LANES];
        lp_lane_load(x, z, single, j, k - j, m);
        lp_lane_load(y, t, single, j, k - j, 0);
        add_block(&s, x, y, m);
        if ((j + LANES) % FOLD == 0) fold(&s.targets), fold(&s.gaps);
    }
    fold(&s.targets);
    fold(&s.gaps);
    for (int q = 0; q < LANES; q++) wild += s.wild[q];
    return (lp_soft_sums){whole(&s.targets), whole(&s.gaps), wild != 0};
}

/* log_dd.h's bound, 2^-66.8; all terms are <= 0. A target of 0 counts as 1, whose logarithm is 0.
 */
LP_INLINE void add_entropy(sum *restrict s, double *restrict above, const double *restrict t) {
    for (int q = 0; q < LANES; q++) {
        double x = t[q] == 0 ? 1 : t[q], e = lp_exponent(x);
        lp_dd log = lp_log_dd((lp_dd){x * lp_pow2(-e), 0}, e), p = lp_two_prod(x, log.hi);
        add(s, q, p.hi, p.lo + x * log.lo);
        above[q] = x > 1 ? 1 : above[q];
    }
}
bool lp_soft_lanes_entropy(lp_dd *all, const void *t, bool single, int64_t k) {
    sum s = {.hi = {0}};
    double above[LANES] = {0}, any = 0;
    for (int64_t j = 0; j < k; j += LANES) {
        double y[LANES];
        lp_lane_load(y, t, single, j, k - j, 0);
        add_entropy(&s, above, y);
        if ((j + LANES) % FOLD == 0) fold(&s);
    }
    fold(&s);
    for (int q = 0; q < LANES; q++) any += above[q];
    *all = whole(&s);
    return any == 0;
}

typedef struct scale_state {
    lp_dd factor, scale;
    double least; /* exponentials below it are cut at the floor */
} scale_state;
/* p = exp(z_j) factor is good to E_EXP, the factor's 2^-79.3 and lp_weighed's 2^-81.1 (not fused;
 * the low part of an exponential is below 2^-31 of it), the difference to 2^-80.9 of p: 2^-78.2
 * in all, and 2^-78 is tested. t_j scale is good to 2^-100, its product's low parts to 2^-104, the
 * difference to 2^-101.4 of it: 2^-99.4. Below 2^-960 low parts may have been cut off; what is
 * absent beside a target of 0 is an exact 0, +0 as the difference of two zeros of one sign. */
LP_INLINE double scaled(const scale_state *s, double z, double t) {
    int absent = z < -DBL_MAX;
    lp_dd e = lp_exp_term(-LP_FLOOR > z ? -LP_FLOOR : z);
    double hi = absent ? 0 : e.hi, lo = absent ? 0 : e.lo;
    lp_dd p = lp_weighed((lp_dd){hi, lo}, s->factor), w = lp_two_prod(t, s->scale.hi);
    w.lo = lp_muladd(1, t, s->scale.lo, w.lo);
    double size_p = p.hi < 0 ? -p.hi : p.hi, size_w = w.hi < 0 ? -w.hi : w.hi;
    double width = size_p * LP_EPS_SOFT + size_w * 0x1p-99;
    lp_dd within = lp_dd_within(p, w, width);
    double above = within.hi, below = within.lo;
    int large = (above >= 0x1p-960) | (above <= -0x1p-960), zero = absent & (t == 0);
    int sure = (above == below) & ((large & ((e.hi >= s->least) | absent)) | zero);
    return sure ? above : (double)NAN;
}
LP_INLINE void scale_block(double *restrict y, double *restrict doubt, const scale_state *s,
                           const double *restrict z, const double *restrict t) {
    for (int q = 0; q < LANES; q++) {
        y[q] = scaled(s, z[q], t[q]);
        doubt[q] = y[q] == y[q] ? doubt[q] : 1;
    }
}
bool lp_soft_lanes_scale(double *out, const double *z, const double *t, int64_t k, lp_dd factor,
                         lp_dd scale) {
    const scale_state s = {factor, scale, 0x1.6p-498}; /* exp(-344.96) */
    double doubt[LANES] = {0}, y[LANES], last_z[LANES] = {0}, last_t[LANES] = {0}, any = 0;
    int64_t full = k / LANES * LANES;
    size_t rest = (size_t)(k - full) * sizeof *z;
    for (int q = 0; q < LANES; q++) last_z[q] = -INFINITY;
    memcpy(last_z, z + full, rest);
    memcpy(last_t, t + full, rest);
    for (int64_t j = 0; j < full; j += LANES) {
        scale_block(y, doubt, &s, z + j, t + j);
        memcpy(out + j, y, sizeof y);
    }
    scale_block(y, doubt, &s, last_z, last_t);
    memcpy(out + full, y, rest);
    for (int q = 0; q < LANES; q++) any += doubt[q];
    return any == 0;
}

/* In doubles, u = 2^-53: p is off by E_SINGLE 4.3 u, the factor's 6.5 u and a product, the
 * difference and the test's sum u each: 13.8 u, and LP_EPS_SINGLE = 16 u is tested; t_j scale by
 * two, a product, and the same two: 5 u, and 8 u is tested. What is cut at the floor is no larger
 * than it seems: below 2^-300 it does not count beside any t_j scale, 2^-210 at least. Both ends
 * have one sign, so that a 0 has it too. */
LP_INLINE float scaled_single(double factor, double scale, double z, double t) {
    int absent = z < -DBL_MAX;
    double e = lp_exp_single(-LP_FLOOR > z ? -LP_FLOOR : z), p = absent ? 0 : e * factor;
    double w = t * scale, d = p - w;
    double size_p = p < 0 ? -p : p, size_w = w < 0 ? -w : w;
    double width = size_p * LP_EPS_SINGLE + size_w * 0x1p-50;
    double high = d + width, low = d - width;
    float above = (float)high, below = (float)low;
    int good = (e >= 0x1.6p-498) | absent | (size_p < 0x1p-300), zero = absent & (t == 0);
    int sure = (above == below) & (((high > 0) & (low > 0)) | ((high < 0) & (low < 0)) | zero);
    return sure & good ? above : NAN;
}
bool lp_soft_lanes_scale_single(float *out, const float *z, const float *t, int64_t k,
                                double factor, double scale) {
    uint32_t doubt[LANES] = {0}, any = 0;
    for (int64_t j = 0; j < k; j += LANES) {
        int64_t count = k - j < LANES ? k - j : LANES;
        double x[LANES], w[LANES];
        float y[LANES];
        lp_lane_load(x, z, true, j, count, -INFINITY);
        lp_lane_load(w, t, true, j, count, 0);
        for (int q = 0; q < LANES; q++) {
            y[q] = scaled_single(factor, scale, x[q], w[q]);
            doubt[q] |= y[q] == y[q] ? 0u : 1u;
        }
        memcpy(out + j, y, (size_t)count * sizeof *y);
    }
    for (int q = 0; q < LANES; q++) any |= doubt[q];
    return any == 0;
}
