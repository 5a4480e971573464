/* exp(-a), a >= 0, and log1p of it as pairs of doubles good to some 2^-67, without tables: where
 * vectors gather from a table entry by entry, five loads cost more than all of this. The terms that
 * need it are pairs of doubles, the tails of both series one double each. u = 2^-53.
 *
 * exp(-a) = 2^n exp(r) (1 + rl), |r| <= ln2/2 (1 + 2^-20), relative to the result:
 *   argument    r = -a - n LN2 is exact, fused because it is a number: where n is not 0, a multiple
 *               of 2^-54 (of a's last bit and LN2's) below 1/2. Apart because n A has 27 + 9 bits,
 *               n B 26 + 9, and -a - n A is such a multiple too       half_argument_*.gappa
 *               |rl| <= 2^-46.2; what rounds it and what LN2_2 leaves out     2^-98
 *   polynomial  tables.sollya                                                 2^-69.5
 *   roundings   the tail's, some 2^-62 r^6; the first terms' low parts are rounded to less than
 *               2^-98: 2^-70.5 of numbers above 0.707       half_exp_*.gappa  2^-70
 * Sum 2^-68.7 = E_HALF. The low part is up to 2^-45 of the result, 2^-50.4 where |n| <= 8.
 *
 * log1p(w) = 2 atanh(s/2), s = w/(1 + w/2), where w < 1/4; else log C + 2 atanh(s/2), s = 2 (1 + w
 * - C)/(1 + w + C), where 1 + w.hi - C is exact, a multiple of 2^-54 below 1/2: |s| < 0.2346.
 *   quotient    by one division     unit_ratio_*.gappa                        2^-85
 *   polynomial  tables.sollya                                                 2^-76
 *   roundings   the tail's, 2^-60 v^2; relative to s, 2^-68.5, and where w >= 1/4 absolute, 2^-70.3
 *               (atanh_near_*.gappa, atanh_far_*.gappa). Below s = 2^-20 all but s (1 + v A1) is
 *               below 2^-88 of it, and low parts below 2^-43 of it are rounded.
 *   tail at v   it is taken at s.hi^2, off by 2 s.hi s.lo, of which v^2 A3 1.03 is left. s.lo is
 *               w's low part, 2^-50.4 of it, and 2 u of s and 2^-52.2 of roundings: 2^-49.6 of s,
 *               or where w >= 1/4, w.lo being below 2^-50.9 and 1 + w + C above 2.83, 2^-50.8:
 *               2^-70.3 of s, 2^-71.1 absolute (s.lo is larger where |n| > 8, v^2 below 2^-28)
 *   log C                                                                     2^-75, absolute
 * Of w's error log1p keeps w/((1 + w) log1p(w)), no more than all and 0.9 where w >= 1/4. Below
 * that E_HALF, 2^-68.5 and 2^-70.3 come to 2^-67.3; above it, the result being at least 0.223, 0.9
 * E_HALF and (2^-70.3 + 2^-71.1 + 2^-75)/0.223 to 2^-66.9.
 */
#ifndef LP_IMPL_LOGISTIC_H
#define LP_IMPL_LOGISTIC_H

#include "impl/exp_dd.h"

#define LP_P(x, high, low) lp_muladd(fuse, x, high, low)

/* c + x y for |x y| <= |c|/2 */
LP_INLINE lp_dd lp_dd_step(int fuse, double x, lp_dd y, double c) {
    lp_dd s = lp_two_muladd(fuse, x, y.hi, c);
    return (lp_dd){s.hi, LP_P(x, y.lo, s.lo)};
}
/* a - b q, |q - a/b| some u of it: rounded to u of what is left. */
LP_INLINE double lp_residue(int fuse, double a, double b, double q) {
#if defined(__FMA__) || defined(__FP_FAST_FMA)
    if (fuse) return __builtin_fma(-b, q, a);
#endif
    (void)fuse;
    lp_dd p = lp_two_prod(b, q);
    return (a - p.hi) - p.lo;
}
/* a/b for a.hi <= 2 b.hi, low parts below 2^-44 of b.hi; not normalised */
LP_INLINE lp_dd lp_unit_ratio(int fuse, lp_dd a, lp_dd b) {
    double inverse = 1 / b.hi, q = a.hi * inverse;
    double left = lp_residue(fuse, a.hi, b.hi, q) + LP_P(-q, b.lo, a.lo);
    return (lp_dd){q, left * inverse};
}

/* -a - n ln2, n the integer next to -a/ln2 */
LP_INLINE double lp_half_argument(double a, double n) {
#if defined(__FMA__) || defined(__FP_FAST_FMA)
    return __builtin_fma(-n, LP_EXP_LN2, -a);
#else
    return (-a - n * LP_EXP_LN2_A) - n * LP_EXP_LN2_B;
#endif
}
/* D6 + D7 r + ... */
LP_INLINE double lp_half_tail(int fuse, double r) {
    double r2 = r * r;
    double low = LP_P(r2, LP_P(r, LP_EXP_D9, LP_EXP_D8), LP_P(r, LP_EXP_D7, LP_EXP_D6));
    double high = LP_P(r2, LP_P(r, LP_EXP_D13, LP_EXP_D12), LP_P(r, LP_EXP_D11, LP_EXP_D10));
    return LP_P(r2 * r2, high, low);
}
/* exp(r) (1 + rl), given that */
LP_INLINE lp_dd lp_half_exp(int fuse, double r, double rl, double tail) {
    lp_dd d5 = lp_two_muladd(fuse, r, tail, LP_EXP_D5), d4 = lp_dd_step(fuse, r, d5, LP_EXP_D4);
    lp_dd d3 = lp_dd_step(fuse, r, d4, LP_EXP_D3);
    d3.lo += LP_EXP_D3_LO;
    lp_dd d2 = lp_dd_step(fuse, r, d3, 0.5), d1 = lp_dd_step(fuse, r, d2, 1);
    lp_dd y = lp_dd_step(fuse, r, d1, 1);
    return (lp_dd){y.hi, LP_P(y.hi, rl, y.lo)};
}

/* A2 + A3 v + ..., v = s^2 */
LP_INLINE double lp_atanh_tail(int fuse, double s) {
    double v = s * s, v2 = v * v;
    double high = LP_P(v2, LP_P(v, LP_ATANH_A8, LP_ATANH_A7), LP_P(v, LP_ATANH_A6, LP_ATANH_A5));
    return LP_P(v, LP_P(v2, high, LP_P(v, LP_ATANH_A4, LP_ATANH_A3)), LP_ATANH_A2);
}
/* 2 atanh(s/2), given that */
LP_INLINE lp_dd lp_twice_atanh(int fuse, lp_dd s, double tail) {
    lp_dd v = lp_two_prod(s.hi, s.hi);
    v.lo = LP_P(s.hi + s.hi, s.lo, v.lo);
    lp_dd g = lp_two_muladd(fuse, v.hi, tail, LP_ATANH_A1), e = lp_two_prod(v.hi, g.hi);
    g.lo = LP_P(v.lo, tail, g.lo + LP_ATANH_A1_LO);
    e.lo = LP_P(v.hi, g.lo, LP_P(v.lo, g.hi, e.lo));
    lp_dd sum = lp_two_muladd(fuse, s.hi, e.hi, s.hi);
    return (lp_dd){sum.hi, LP_P(s.hi, e.lo, LP_P(s.lo, e.hi, sum.lo)) + s.lo};
}

#undef LP_P
#endif
