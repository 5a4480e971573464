/* exp of a double-double, as a double-double and a power of two. One straight line, no branch: the
 * same text is the scalar function and the body of the vector loops.
 *
 * Error budget, relative to the result, u = 2^-53, |r| <= ln2/32 = 2^-5.53:
 *   argument    r = x.hi - n (A + B) is exact: n has 16 bits, A 27, so nA and nB are exact; x.hi >=
 *               0.0216 where n != 0 (a multiple of 2^-58), so both differences are multiples of
 *               2^-58 below 2^-5. n STEP_2 is rounded (2^-43.6 u) and STEP_2 cut (2^-113 n): 2^-96.
 *   polynomial  2^-75.5 (supnorm, tables.sollya)
 *   cubic part  |r^3/6| <= 2^-19.1, five roundings of u (s, s r, two sums of Q, the product;
 *               those of Q's higher terms add 2^-7 u): 2^-69.8
 *   low part    four sums and a product of numbers below 2^-18.2, the last three at the table's
 *               scale: 2^-73 + 3 2^-72. The errors of s, head and p are exact.
 *   rl (1+q)    |rl| <= 2^-41.5, rounded: 2^-94
 * Sum 1.7e-21, below 2^-68.9. The test impl.kernel compares. */
#ifndef LP_IMPL_EXP_DD_H
#define LP_IMPL_EXP_DD_H

#include "impl/dd.h"
#include "impl/tables.h"

/* Adding 1.5 2^52 rounds |x| < 2^51 to an integer and leaves it in the low bits. */
#define LP_MAGIC 0x1.8p52

/* 2^e for an integral e in [-1022, 1023]. */
LP_INLINE double lp_pow2(double e) {
    return lp_from_bits(lp_bits(e + (LP_MAGIC + 1023)) << 52);
}

/* floor(log2 |x|) for a normal x; -1023 for zero and subnormals. */
LP_INLINE double lp_exponent(double x) {
    return lp_from_bits((lp_bits(x) << 1 >> 53) | lp_bits(0x1p52)) - (0x1p52 + 1023);
}

typedef struct lp_exp_value { /* m 2^e, m in [0.97, 2.05), normalised; e integral */
    lp_dd m;
    double e;
} lp_exp_value;

#define LP_EXP_LIMIT 2300.0 /* |x.hi| may not exceed this, |x.lo| not ulp(x.hi) */

LP_INLINE lp_exp_value lp_exp_dd(lp_dd x) {
    double t = x.hi * LP_EXP_INV_STEP + LP_MAGIC;
    double n = t - LP_MAGIC;
    uint64_t i = lp_bits(t) & 15; /* n mod 16 */
    double r = (x.hi - n * LP_EXP_STEP_A) - n * LP_EXP_STEP_B;
    double rl = (x.lo - n * LP_EXP_STEP_2) + lp_exp_table_lo[i];

    double r2 = r * r;
    double q = (LP_EXP_Q0 + LP_EXP_Q1 * r) +
               r2 * ((LP_EXP_Q2 + LP_EXP_Q3 * r) + r2 * (LP_EXP_Q4 + LP_EXP_Q5 * r));
    lp_dd s = lp_two_prod(r, 0.5 * r);
    double cubic = (s.hi * r) * q;
    lp_dd head = lp_fast_two_sum(r, s.hi); /* |s| = r^2/2 < |r| */
    double tail = cubic + ((head.hi + cubic) * rl + rl + (s.lo + head.lo));

    double table = lp_exp_table_hi[i];
    lp_dd p = lp_two_prod(table, head.hi);
    lp_dd m = lp_fast_two_sum(table, p.hi);
    m = lp_fast_two_sum(m.hi, m.lo + (table * tail + p.lo));
    /* floor(n/16): n - 7.5 over 16 is never halfway between integers */
    return (lp_exp_value){m, ((n - 7.5) * 0.0625 + LP_MAGIC) - LP_MAGIC};
}

#endif
