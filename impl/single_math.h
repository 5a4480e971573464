/* exp and log1p in one double each, for results in binary32. Polynomials without tables: where
 * vectors gather from a table entry by entry, two loads cost more than six more multiplications.
 * u = 2^-53.
 *
 * exp(x) = 2^n (1 + r Q(r)), |r| <= ln2/2 (1 + 2^-20):
 *   argument    n LN2_HI is exact, and so is x - n LN2_HI: where n is not 0, a multiple of 2^-54
 *               (of x's last bit and of HI's, 2^-38) below 1/2. - n LN2_LO, |n LO| < 2^-30: rounded
 *               once to r's size                                                        0.25 u
 *   polynomial  tables.sollya                                                             2 u
 *   Q           below 1.2, its last rounding u (u/2 for r < 0), the one before at r/2 of that, the
 *               others r^2/8 and less: 1.2 u |r| = 0.42 u of the sum
 *   sum         u, below 1 u/2 of a sum above 0.7                                         1 u
 *   products    not fused: r Q and r times the rest of Q, u/4 and u/8
 * Sum below 4.1 u < 2^-50.9 = E_SINGLE.
 *
 * log1p(w), 0 <= w <= 1, is 2 atanh(s) = s G(s^2), s = w/(2 + w) <= 1/3: relatively accurate
 * however small w is. One division does for s and 1/(1 + w): with d = 1/((1 + w)(2 + w)) they are
 * w d (1 + w) and d (2 + w), where each factor's rounding leaves with it.
 *   1/(1 + w)   1 + w, (1 + w)(2 + w), d and the product 4 u, and of w's error half     2^-50.3
 *   s           2 + w, (1 + w)(2 + w), d and two products                               5 u
 *   G           s^2 G' is 1/25 of it: of 11 u and twice E_SINGLE 0.8 u; the sum u; 0.5 u that G
 *               leaves out (tables.sollya)
 *   log1p       s, G and their product 8.3 u; E_SINGLE, which log1p does not enlarge    2^-49.3 */
#ifndef LP_IMPL_SINGLE_MATH_H
#define LP_IMPL_SINGLE_MATH_H

#include "impl/exp_dd.h"

#define LP_P(x, high, low) lp_muladd(1, x, high, low)

/* |x| <= 350. */
LP_INLINE double lp_exp_single(double x) {
    double t = LP_P(x, LP_EXP_INV_LN2, LP_MAGIC), n = t - LP_MAGIC;
    double r = LP_P(-n, LP_LN2_LO, LP_P(-n, LP_LN2_HI, x));
    double q = LP_P(r, LP_P(r, LP_EXP_P10, LP_EXP_P9), LP_EXP_P8);
    q = LP_P(r, LP_P(r, LP_P(r, q, LP_EXP_P7), LP_EXP_P6), LP_EXP_P5);
    q = LP_P(r, LP_P(r, LP_P(r, LP_P(r, q, LP_EXP_P4), LP_EXP_P3), LP_EXP_P2), LP_EXP_P1);
    return lp_from_bits(lp_bits(LP_P(r, q, 1)) + (lp_bits(t) << 52));
}

typedef struct lp_logistic {
    double w, near, log; /* exp(-a), 1/(1 + w), log1p(w) */
} lp_logistic;
/* 0 <= a <= 350. */
LP_INLINE lp_logistic lp_logistic_single(double a) {
    double w = lp_exp_single(-a), one = 1 + w, two = 2 + w, inverse = 1 / (one * two);
    double s = w * (inverse * one), t = s * s;
    double g = LP_P(t, LP_P(t, LP_ATANH_G9, LP_ATANH_G8), LP_ATANH_G7);
    g = LP_P(t, LP_P(t, LP_P(t, g, LP_ATANH_G6), LP_ATANH_G5), LP_ATANH_G4);
    g = LP_P(t, LP_P(t, LP_P(t, LP_P(t, g, LP_ATANH_G3), LP_ATANH_G2), LP_ATANH_G1), 2);
    return (lp_logistic){w, inverse * two, s * g};
}

#undef LP_P
#endif
