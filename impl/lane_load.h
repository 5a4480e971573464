/* Floats or doubles as doubles, a few lanes at a time. */
#ifndef LP_IMPL_LANE_LOAD_H
#define LP_IMPL_LANE_LOAD_H

#include "impl/dd.h"

#include <stdbool.h>

enum { LP_LOAD_LANES = 16 };

/* `count` numbers from place `from` on, and `fill` in the lanes beyond; whole vectors where count
 * allows. */
LP_INLINE void lp_lane_load(double *restrict y, const void *x, bool single, int64_t from,
                            int64_t count, double fill) {
    const float *f = x;
    const double *d = x;
    if (count < LP_LOAD_LANES)
        for (int64_t q = 0; q < LP_LOAD_LANES; q++)
            y[q] = q >= count ? fill : single ? (double)f[from + q] : d[from + q];
    else if (single)
        for (int q = 0; q < LP_LOAD_LANES; q++) y[q] = (double)f[from + q];
    else
        for (int q = 0; q < LP_LOAD_LANES; q++) y[q] = d[from + q];
}

#endif
