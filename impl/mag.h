/* Upper bounds of errors: arithmetic on lp_mag that rounds up. Every operation on doubles in [1, 2]
 * errs by 2^-53 relatively, three at most follow one another: 1 + 2^-50 covers them. */
#ifndef LP_IMPL_MAG_H
#define LP_IMPL_MAG_H

#include "impl/big.h"

#include <math.h>

/* m in [2^-900, 2^900], 0 or infinity. */
LP_INLINE lp_mag lp_mag_make(double m, int64_t e) {
    if (m == 0 || isinf(m)) return (lp_mag){m, 0};
    int64_t shift = (int64_t)(lp_bits(m) >> 52) - 1023;
    return (lp_mag){m * lp_pow2((double)-shift) * (1 + 0x1p-50), e + shift};
}
LP_INLINE bool lp_mag_is_zero(lp_mag a) {
    return a.m == 0;
}
LP_INLINE lp_mag lp_mag_add(lp_mag a, lp_mag b) {
    if (a.m == 0 || isinf(b.m)) return b;
    if (b.m == 0 || isinf(a.m)) return a;
    lp_mag big = a.e > b.e ? a : b, small = a.e > b.e ? b : a;
    int64_t apart = big.e - small.e;
    double s = small.m * lp_pow2(apart > 200 ? -200 : (double)-apart);
    return lp_mag_make(big.m + s, big.e);
}
/* 0 times anything is 0: an exact 0 beside what is not known. */
LP_INLINE lp_mag lp_mag_mul(lp_mag a, lp_mag b) {
    if (a.m == 0 || b.m == 0) return (lp_mag){0, 0};
    return lp_mag_make(a.m * b.m, a.e + b.e);
}
LP_INLINE bool lp_mag_known(lp_mag a) {
    return !isinf(a.m);
}

#endif
