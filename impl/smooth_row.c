#include "impl/smooth_row.h"

#include "impl/bounds.h"
#include "impl/lane_load.h"
#include "impl/single_math.h"
#include "impl/split.h"
#include "impl/tested.h"

#include <math.h>

enum { LANES = LP_LOAD_LANES, FOLD = 16 * LANES };

/* After 16 additions what they lost goes into the sum: of n = k/16 <= 2^16
 * terms a lane, lo's own roundings are 16 n u^2 of the sum of sizes, 2^-86 of
 * it. */
LP_INLINE void add(double *restrict hi, double *restrict lo, const double *restrict x) {
    for (int q = 0; q < LANES; q++) {
        lp_dd next = lp_two_sum(hi[q], x[q]);
        hi[q] = next.hi;
        lo[q] += next.lo;
    }
}
static void fold(double *hi, double *lo) {
    for (int q = 0; q < LANES; q++) {
        lp_dd all = lp_fast_two_sum(hi[q], lo[q]);
        hi[q] = all.hi;
        lo[q] = all.lo;
    }
}
/* x becomes the distance from `own`, which is exact with what goes into lo. */
LP_INLINE void take_gaps(double *restrict x, double *restrict lo, double own) {
    for (int q = 0; q < LANES; q++) {
        lp_dd d = lp_two_diff(x[q], own);
        x[q] = d.hi;
        lo[q] += d.lo;
    }
}
lp_dd lp_smooth_row_logits(const void *z, bool single, int64_t k, int64_t skip,
                           const lp_temper *t) {
    double hi[LANES] = {0}, lo[LANES] = {0}, x[LANES], none = t ? t->own : 0;
    for (int64_t j = 0; j < k; j += LANES) {
        lp_lane_load(x, z, single, j, k - j, none);
        if (skip >= j && skip < j + LANES) x[skip - j] = none;
        if (t) take_gaps(x, lo, none);
        add(hi, lo, x);
        if ((j + LANES) % FOLD == 0) fold(hi, lo);
    }
    lp_dd all = {0, 0};
    for (int q = 0; q < LANES; q++) all = lp_dd_add(all, lp_fast_two_sum(hi[q], lo[q]));
    return t ? lp_dd_div(all, (lp_dd){t->temperature, 0}) : all;
}

/* exp(z_j) factor is good to E_EXP, E_SUM and lp_weighed's 2^-81.1, its difference to 2^-80.9:
 * 2^-78.2, and LP_EPS_SOFT = 2^-78 is tested; the share to 2^-100 and 2^-101.4, and 2^-99 is
 * tested. What is cut at the floor, 2^-216 of factor (S + w), is below 2^-99 of the share. */
LP_INLINE lp_dd scaled(lp_dd e, lp_dd factor, lp_dd share, double rest) {
    lp_dd p = lp_weighed(e, factor);
    return lp_dd_within(p, share, (p.hi < 0 ? -p.hi : p.hi) * LP_EPS_SOFT + rest);
}
LP_INLINE void scale_block(double *restrict y, uint64_t *restrict doubt, const double *hi,
                           const double *lo, lp_dd factor, lp_dd share) {
    const double rest = fabs(share.hi) * 0x1p-99;
    for (int q = 0; q < LANES; q++) {
        lp_dd p = scaled((lp_dd){hi[q], lo[q]}, factor, share, rest);
        y[q] = p.hi;
        doubt[q] |= p.hi != p.lo ? 1u : 0u;
    }
}
/* As in long_row.c. */
LP_INLINE void take_again(double *restrict z, double *restrict lo, const lp_temper *restrict t) {
    for (int q = 0; q < LANES; q++) {
        lp_dd e = t ? lp_temper_exp(lp_temper_gap(z[q], t->own, t->temperature, t->inverse))
                    : lp_exp_term(-LP_FLOOR > z[q] ? -LP_FLOOR : z[q]);
        z[q] = e.hi;
        lo[q] = e.lo;
    }
}
bool lp_smooth_row_scale(double *out, const double *hi, const double *lo, const double *z,
                         int64_t k, lp_dd factor, lp_dd share, const lp_temper *t) {
    uint64_t doubt[LANES] = {0}, any = 0;
    for (int64_t j = 0; j < k; j += LANES) {
        int64_t count = k - j < LANES ? k - j : LANES;
        size_t size = (size_t)count * sizeof *z;
        double h[LANES] = {0}, l[LANES] = {0}, y[LANES];
        memcpy(h, hi ? hi + j : z + j, size);
        if (hi)
            memcpy(l, lo + j, size);
        else if (t)
            take_again(h, l, t);
        else
            take_again(h, l, NULL);
        scale_block(y, doubt, h, l, factor, share);
        if (out) memcpy(out + j, y, size);
    }
    for (int q = 0; q < LANES; q++) any |= doubt[q];
    return any == 0;
}

/* LP_EPS_SINGLE of p (single_row.c) and 2^-50 of the share, which is good to 5
 * u, are tested. */
LP_INLINE void single_block(float *restrict y, uint32_t *restrict doubt, const double *restrict e,
                            double factor, double share) {
    const double rest = fabs(share) * 0x1p-50;
    for (int q = 0; q < LANES; q++) {
        double p = e[q] * factor, d = p - share;
        double width = (p < 0 ? -p : p) * LP_EPS_SINGLE + rest;
        float above = (float)(d + width), below = (float)(d - width);
        y[q] = above;
        doubt[q] |= above != below ? 1u : 0u;
    }
}
LP_INLINE double again(double z, const lp_temper *t) {
    if (!t) return lp_exp_single(-LP_FLOOR > z ? -LP_FLOOR : z);
    return lp_temper_exp_single(lp_temper_gap(z, t->own, t->temperature, t->inverse));
}
static void take(double *restrict x, const lp_loose *e, const float *z, int64_t j, int64_t count,
                 const lp_temper *t) {
    if (e) {
        for (int64_t q = 0; q < LANES; q++) x[q] = q < count ? e[j + q] : 0;
        return;
    }
    lp_lane_load(x, z, true, j, count, 0);
    if (t)
        for (int q = 0; q < LANES; q++) x[q] = again(x[q], t);
    else
        for (int q = 0; q < LANES; q++) x[q] = again(x[q], NULL);
}
/* Results lie over exponentials of classes that were read before, or behind
 * them in memory. */
bool lp_smooth_row_scale_single(float *out, const lp_loose *e, const float *z, int64_t k,
                                double factor, double share, const lp_temper *t) {
    uint32_t doubt[LANES] = {0}, any = 0;
    for (int64_t j = 0; j < k; j += LANES) {
        int64_t count = k - j < LANES ? k - j : LANES;
        double x[LANES];
        float y[LANES];
        take(x, e, z, j, count, t);
        single_block(y, doubt, x, factor, share);
        if (out) memcpy(out + j, y, (size_t)count * sizeof *y);
    }
    for (int q = 0; q < LANES; q++) any |= doubt[q];
    return any == 0;
}
