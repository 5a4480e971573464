/* Products and differences that are tested before they are rounded: proved of this text, with fused
 * operations and without, by impl/proofs/soft_product_*.gappa and within_*.gappa. */
#ifndef LP_IMPL_TESTED_H
#define LP_IMPL_TESTED_H

#include "impl/exp_dd.h"

/* e factor, e not normalised: hi + lo without the product of the low parts. */
LP_INLINE lp_dd lp_weighed(lp_dd e, lp_dd factor) {
    lp_dd p = lp_two_prod(e.hi, factor.hi);
    p.lo = lp_muladd(1, e.lo, factor.hi, lp_muladd(1, e.hi, factor.lo, p.lo));
    return p;
}
/* p - w and `width` more, and less: hi and lo, each rounded once, of a number that is off by
 * 2^-80.9 of p, or where p is below 2^-20 w by 2^-101.4 of w. |p.lo| <= 2^-30 p, |w.lo| <= 2^-52 w.
 */
LP_INLINE lp_dd lp_dd_within(lp_dd p, lp_dd w, double width) {
    lp_dd d = lp_two_diff(p.hi, w.hi);
    double low = d.lo + (p.lo - w.lo);
    return (lp_dd){d.hi + (low + width), d.hi + (low - width)};
}

#endif
