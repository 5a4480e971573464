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
/* e^(x + l), |l| <= 2^-43: l goes where what STEP leaves out of the argument is, n STEP_2 <=
 * 2^-43.7, so that it multiplies the low part of e^x too (2^-31 2^-43 are not nothing) and
 * lp_exp_reduced's proof, which is for |rl| <= 2^-41, holds. What 1 + rl leaves out of e^rl, rl <=
 * 2^-42.3, is 2^-85.6, what the additions round 2^-95: with 2^-81.1, to which lp_exp_term is
 * proved, below E_EXP. */
LP_INLINE lp_dd lp_temper_exp_at(double x, double l, double place, lp_exp_entry entry) {
    entry.lo += l;
    return lp_exp_at(x, place, entry);
}
/* What is below -LP_FLOOR counts as that. In binary32 rounded once more than lp_exp_single. */
LP_INLINE lp_dd lp_temper_exp(lp_dd gap) {
    double x = -LP_FLOOR > gap.hi ? -LP_FLOOR : gap.hi, place = lp_exp_place(x);
    return lp_temper_exp_at(x, lp_temper_low(gap), place, lp_exp_table[lp_exp_index(place)]);
}
LP_INLINE double lp_temper_exp_single(lp_dd gap) {
    double e = lp_exp_single(-LP_FLOOR > gap.hi ? -LP_FLOOR : gap.hi);
    return e + e * lp_temper_low(gap);
}

#endif
