#include "impl/kernel.h"

#include <math.h>

static double next_below(double x) {
    if (x == 0) return -0x1p-1074;
    return lp_from_bits(lp_bits(x) + (x > 0 ? UINT64_MAX : 1));
}

/* Range: with |m| <= 2^1000 and T <= 2^900 neither z - m (z >= floor) nor 2300 T overflows; else
 * all is scaled by 2^-64 first. The scaling may lose bits of z below 2^-1010, an error of 2^-1074
 * beside T >= 2^836 or beside differences of 2^895: nothing to exp.
 *
 * floor: exp is told apart from 0 down to u_j - u_m = -2300 (lp_wide_exp says why). The rounded m -
 * 2300 T may lie half an ulp above, so floor is one step below it, and below m whatever T is.
 *
 * limit: differences beyond 2300 T are cut before they are multiplied by up to 2^1138; where T
 * times 2^-64 leaves the range of doubles, every nonzero difference (then above 2^800) is beyond.
 */
lp_shift lp_shift_set(double m, double temperature) {
    lp_wide t = lp_wide_from(temperature);
    bool huge = temperature > 0x1p900 || fabs(m) > 0x1p1000;
    lp_shift s = {.z_max = m, .temperature = temperature, .pre = huge ? 0x1p-64 : 1};
    s.plain = temperature == 1 && !huge;
    s.m = m * s.pre;
    double reach = LP_EXP_LIMIT * (temperature * s.pre);
    s.floor = next_below(s.m - reach);
    s.limit = -(reach > 0x1p-1000 ? reach : 0x1p-1000);
    double e = huge ? t.e - 64 : t.e, half = (-e / 2 + LP_MAGIC) - LP_MAGIC;
    s.post[0] = lp_pow2(half);
    s.post[1] = lp_pow2(-e - half);
    s.inverse = lp_dd_div((lp_dd){1, 0}, t.m);
    return s;
}
