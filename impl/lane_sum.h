/* Sums of terms that are not negative, LP_LANES at a time: losses on their way into a total. */
#ifndef LP_IMPL_LANE_SUM_H
#define LP_IMPL_LANE_SUM_H

#include "impl/lane_math.h"

/* x's lanes where skip is 0; |x.lo| <= 2^-44 |x.hi|. Nothing cancels, so what an addition's two
 * roundings of low parts leave is 2^-103 of the sum and 2^-96 of the term: of up to 2^30 rows, 2^25
 * a lane, 2^-78 in all. */
LP_INLINE void lp_lanes_add(lp_lanes *restrict sum, const lp_lanes *restrict x,
                            const double *restrict skip) {
    LP_EACH_LANE(q) {
        double hi = skip[q] == 0 ? x->hi[q] : 0, lo = skip[q] == 0 ? x->lo[q] : 0;
        lp_dd s = lp_two_sum(sum->hi[q], hi);
        s = lp_fast_two_sum(s.hi, s.lo + (sum->lo[q] + lo));
        sum->hi[q] = s.hi;
        sum->lo[q] = s.lo;
    }
}
LP_INLINE lp_dd lp_lanes_total(const lp_lanes *sum) {
    lp_lanes s = *sum;
    for (int half = LP_LANES / 2; half > 0; half /= 2)
        for (int q = 0; q < half; q++) {
            lp_dd all =
                lp_dd_add((lp_dd){s.hi[q], s.lo[q]}, (lp_dd){s.hi[q + half], s.lo[q + half]});
            s.hi[q] = all.hi;
            s.lo[q] = all.lo;
        }
    return (lp_dd){s.hi[0], s.lo[0]};
}

#endif
