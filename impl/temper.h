/* Logits over a temperature, as distances from the label's: (z - own)/T, a double and what it
 * leaves out, so that the label's own is an exact 0. */
#ifndef LP_IMPL_TEMPER_H
#define LP_IMPL_TEMPER_H

#include "impl/single_math.h"
#include "impl/split.h"

#include <stdbool.h>

typedef struct lp_temper {
    double own, temperature, inverse; /* T in 2^-60 to 2^60; 1/T, rounded */
} lp_temper;

LP_INLINE bool lp_temper_fits(double temperature) {
    return temperature >= 0x1p-60 && temperature <= 0x1p60;
}
LP_INLINE lp_temper lp_temper_set(double own, double temperature) {
    return (lp_temper){own, temperature, 1 / temperature};
}
/* hi is good to 2 u, the residue to 3 u of that: below 2^-94 for distances up to 350, of which the
 * low part is below 2^-43. An infinite or NaN label leaves no distance that is a number above -inf;
 * where hi is not finite lo is anything. */
LP_INLINE lp_dd lp_temper_gap(double z, double own, double temperature, double inverse) {
    lp_dd d = lp_two_diff(z, own);
    double hi = d.hi * inverse;
    lp_dd p = lp_two_prod(hi, temperature);
    return (lp_dd){hi, (((d.hi - p.hi) - p.lo) + d.lo) * inverse};
}
/* l, of which nothing is left where z counts as -LP_FLOOR. */
LP_INLINE double lp_temper_low(lp_dd gap) {
    return gap.hi >= -LP_FLOOR ? gap.lo : 0;
}
/* e^(z + l) = e^z (1 + l), to 2^-87.8 more than lp_exp_term; what is below -LP_FLOOR counts as
 * that. In binary32 rounded once more than lp_exp_single. */
LP_INLINE lp_dd lp_temper_exp(lp_dd gap) {
    lp_dd e = lp_exp_term(-LP_FLOOR > gap.hi ? -LP_FLOOR : gap.hi);
    e.lo += e.hi * lp_temper_low(gap);
    return e;
}
LP_INLINE double lp_temper_exp_single(lp_dd gap) {
    double e = lp_exp_single(-LP_FLOOR > gap.hi ? -LP_FLOOR : gap.hi);
    return e + e * lp_temper_low(gap);
}

#endif
