/* exp of a double-double to double-double accuracy, for what exp_dd.h leaves in doubt; a straight
 * line too, of some 200 operations.
 *
 * Relative to the result, u = 2^-53, x = n ln2/256 + R, |R| <= 2^-9.5, |n| < 2^22:
 *   argument  r = x.hi - n STEP exact (exp_dd.h); n STEP_2 an exact pair; n STEP_3 and what is
 *             left out of ln 2, sums rounded below 2^-42                                2^-115
 *   tail      R^5 (C5 ... C9) in double: 2^-54.5 times 2u of it; Taylor's rest R^10/10!  2^-106
 *   Horner    R a4 at most 2^-19, R a3 2^-9.5 ...: dd.h's 3u^2 and 7u^2 times 2^-9.5   2^-111
 *   table     lo's own rounding 2^-107; T y 3u^2 times 2^-8.4, T + T y 2u^2             2^-104.6
 * Sum below 2^-104 = E_SHARP. */
#ifndef LP_IMPL_EXP_SHARP_H
#define LP_IMPL_EXP_SHARP_H

#include "impl/exp_dd.h"

/* |x.hi| <= 6000, x.lo not beyond ulp(x.hi) */
LP_INLINE lp_exp_value lp_exp_sharp(lp_dd x) {
    double bits = x.hi * LP_EXP_INV_STEP + LP_MAGIC, n = bits - LP_MAGIC;
    uint64_t i = lp_bits(bits) & 255;
    double table = lp_from_bits(lp_bits(lp_exp_table[i].hi) + (i << 44));
    lp_dd second = lp_two_prod(n, LP_EXP_STEP_2), low = lp_two_diff(x.lo, second.hi);
    lp_dd r = lp_two_sum(lp_exp_argument(x.hi, n), low.hi);
    r = lp_fast_two_sum(r.hi, r.lo + (low.lo - (second.lo + n * LP_EXP_STEP_3)));
    /* products below leave their domain for |r| < 2^-450, where exp is 1 + r to any purpose */
    /* cppcheck-suppress incorrectLogicOperator ; it misreads hexadecimal numbers */
    double keep = r.hi < 0x1p-400 && r.hi > -0x1p-400 ? 0 : 1;
    r = (lp_dd){r.hi * keep, r.lo * keep};

    double tail =
        LP_EXP_C5 + r.hi * (LP_EXP_C6 + r.hi * (LP_EXP_C7 + r.hi * (LP_EXP_C8 + r.hi * LP_EXP_C9)));
    lp_dd a = lp_dd_add((lp_dd){LP_EXP_C4, LP_EXP_C4_LO}, lp_dd_mul_d(r, tail));
    a = lp_dd_add((lp_dd){LP_EXP_C3, LP_EXP_C3_LO}, lp_dd_mul(r, a));
    a = lp_dd_add_d(lp_dd_mul(r, a), 0.5);
    a = lp_dd_add_d(lp_dd_mul(r, a), 1);
    lp_dd q = lp_dd_mul(r, a);
    double lo = lp_exp_table[i].lo;
    lp_dd y = lp_dd_add_d(q, lo); /* (1 + lo)(1 + q) - 1 */
    y.lo += lo * q.hi;
    return (lp_exp_value){lp_dd_add_d(lp_dd_mul_d(y, table), table),
                          ((n - 127.5) * 0x1p-8 + LP_MAGIC) - LP_MAGIC};
}

#endif
