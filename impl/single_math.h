/* exp and log1p in one double each, for results in binary32. Polynomials without tables: where
 * vectors gather from a table entry by entry, two loads cost more than six more multiplications.
 * u = 2^-53.
 *
 * exp(x) = 2^n (1 + r Q(r)), |r| <= ln2/2 (1 + 2^-20):
 *   argument    n LN2_HI is exact, and so is x - n LN2_HI: where n is not 0, a multiple of 2^-54
 *               (of x's last bit and of HI's, 2^-38) below 1/2. - n LN2_LO, |n LO| < 2^-30: rounded
 *               once to r's size                    single_argument_*.gappa         0.26 u
 *   polynomial  tables.sollya                                                       2 u
 *   roundings   of Horner's scheme and the sum      single_exp_*.gappa              1.06 u, apart
 *               (two roundings a step where operations are not fused)               1.44 u
 * Sum below 3.7 u = 2^-51.1 < 2^-50.9 = E_SINGLE.
 *
 * log1p(w), 0 <= w <= 1, is 2 atanh(s) = s G(s^2), s = w/(2 + w) <= 1/3: relatively accurate
 * however small w is. One division does for s and 1/(1 + w): with d = 1/((1 + w)(2 + w)) they are
 * w d (1 + w) and d (2 + w), where each factor's rounding leaves with it.
 *   1/(1 + w)   4.05 u, and of w's error half       single_log_*.gappa              2^-50.3
 *   s           5.07 u, which 2 atanh, s <= 1/3, enlarges by 1.09 (2 s/((1 - s^2) 2 atanh s)):
 *               5.6 u
 *   log1p       of s as it is: 2.11 u; 0.45 u that G leaves out (tables.sollya); E_SINGLE, 4.3 u,
 *               which log1p does not enlarge                                        2^-49.3
 * All but the two last lines' reasons is proved of this text by impl/proofs/single_*.gappa. */
#ifndef LP_IMPL_SINGLE_MATH_H
#define LP_IMPL_SINGLE_MATH_H

#include "impl/exp_dd.h"

#define LP_P(x, high, low) lp_muladd(1, x, high, low)

/* x - n ln2, n the integer next to x/ln2 */
LP_INLINE double lp_exp_single_argument(double x, double n) {
    return LP_P(-n, LP_LN2_LO, LP_P(-n, LP_LN2_HI, x));
}
LP_INLINE double lp_exp_single_reduced(double r) {
    double q = LP_P(r, LP_P(r, LP_EXP_P10, LP_EXP_P9), LP_EXP_P8);
    q = LP_P(r, LP_P(r, LP_P(r, q, LP_EXP_P7), LP_EXP_P6), LP_EXP_P5);
    q = LP_P(r, LP_P(r, LP_P(r, LP_P(r, q, LP_EXP_P4), LP_EXP_P3), LP_EXP_P2), LP_EXP_P1);
    return LP_P(r, q, 1);
}
/* |x| <= 350. */
LP_INLINE double lp_exp_single(double x) {
    double t = LP_P(x, LP_EXP_INV_LN2, LP_MAGIC), n = t - LP_MAGIC;
    double y = lp_exp_single_reduced(lp_exp_single_argument(x, n));
    return lp_from_bits(lp_bits(y) + (lp_bits(t) << 52));
}

typedef struct lp_logistic {
    double w, near, log; /* exp(-a), 1/(1 + w), log1p(w) */
} lp_logistic;
/* 1/((1 + w)(2 + w)) */
LP_INLINE double lp_logistic_inverse(double w) {
    return 1 / ((1 + w) * (2 + w));
}
/* log1p(w) and 1/(1 + w), given that */
LP_INLINE double lp_logistic_log(double w, double inverse) {
    double s = w * (inverse * (1 + w)), t = s * s;
    double g = LP_P(t, LP_P(t, LP_ATANH_G9, LP_ATANH_G8), LP_ATANH_G7);
    g = LP_P(t, LP_P(t, LP_P(t, g, LP_ATANH_G6), LP_ATANH_G5), LP_ATANH_G4);
    g = LP_P(t, LP_P(t, LP_P(t, LP_P(t, g, LP_ATANH_G3), LP_ATANH_G2), LP_ATANH_G1), 2);
    return s * g;
}
LP_INLINE double lp_logistic_near(double w, double inverse) {
    return inverse * (2 + w);
}
/* 0 <= a <= 350. */
LP_INLINE lp_logistic lp_logistic_single(double a) {
    double w = lp_exp_single(-a), inverse = lp_logistic_inverse(w);
    return (lp_logistic){w, lp_logistic_near(w, inverse), lp_logistic_log(w, inverse)};
}

#undef LP_P
#endif
