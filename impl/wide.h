/* Double-double numbers with an exponent of their own, for what leaves the range of doubles on its
 * way to a result inside it: exp(-2000) times a weight of 1e300, differences of DBL_MAX, 1/T. Only
 * finite numbers; infinities are the callers' special cases. Relative errors as in dd.h. */
#ifndef LP_IMPL_WIDE_H
#define LP_IMPL_WIDE_H

#include "impl/log_dd.h"

typedef struct lp_wide { /* m 2^e: m normalised, 1 <= |m.hi| < 2, e integral; zero: all 0 */
    lp_dd m;
    double e;
} lp_wide;

/* m 2^e rounded once to nearest, m normalised with 2^-1000 < |m.hi| < 2^1000 or m = 0.
 *
 * In the normal range m.hi is the rounding. Below it, with |m| scaled into [1, 2), adding c =
 * 2^-1022 / 2^e puts the last bit of the sum at 2^-1074/2^e: c + hi splits exactly into t and a
 * rest (c >= |hi|), and t + (rest + lo) rounds to that bit. rest + lo is first rounded to odd:
 * where it is not a double, its last bit says so, and no midpoint of the last step has that bit. */
LP_INLINE double lp_round_odd(double a, double b) {
    lp_dd s = lp_two_sum(a, b);
    uint64_t bits = lp_bits(s.hi), step = (s.lo > 0) == (s.hi > 0) ? 1 : UINT64_MAX;
    return lp_from_bits(bits + (s.lo != 0 && !(bits & 1) ? step : 0));
}
LP_INLINE double lp_round_scaled(lp_dd m, double e) {
    double shift = lp_exponent(m.hi), scale = lp_pow2(-shift);
    double hi = m.hi * scale, lo = m.lo * scale;
    e += shift;
    double sign = lp_from_bits((lp_bits(hi) & UINT64_C(1) << 63) | lp_bits(1.0));
    hi *= sign;
    lo *= sign;
    double es = e < -1090 ? -1090 : e > -1023 ? -1023 : e;
    double c = lp_pow2(-1022 - es), t = c + hi;
    double low = (((t + lp_round_odd(hi - (t - c), lo)) - c) * lp_pow2(es + 200)) * 0x1p-200;
    double en = e < -1022 ? -1022 : e > 1023 ? 1023 : e;
    double normal = (hi * lp_pow2(en)) * (e > 1023 ? 2 : 1);
    return sign * (e < -1022 ? low : normal);
}

/* |m.hi| in [2^-1000, 2^1000] or m = 0; m need not be normalised but |m.lo| <= |m.hi|. */
LP_INLINE lp_wide lp_wide_make(lp_dd m, double e) {
    m = lp_fast_two_sum(m.hi, m.lo);
    if (m.hi == 0) return (lp_wide){{0, 0}, 0};
    double shift = lp_exponent(m.hi), scale = lp_pow2(-shift);
    return (lp_wide){{m.hi * scale, m.lo * scale}, e + shift};
}
/* Any finite double. */
LP_INLINE lp_wide lp_wide_from(double x) {
    uint64_t field = lp_bits(x) << 1 >> 53;
    if (field == 0) return lp_wide_make((lp_dd){x * 0x1p200, 0}, -200);
    if (field > 2000) return lp_wide_make((lp_dd){x * 0x1p-200, 0}, 200);
    return lp_wide_make((lp_dd){x, 0}, 0);
}
LP_INLINE double lp_wide_round(lp_wide a) {
    return lp_round_scaled(a.m, a.e);
}
/* As a plain double-double; 0 below 2^-900, where every caller has terms near 1 beside it. */
LP_INLINE lp_dd lp_wide_dd(lp_wide a) {
    if (!(a.e >= -900)) return (lp_dd){0, 0};
    double s = lp_pow2(a.e);
    return (lp_dd){a.m.hi * s, a.m.lo * s};
}

LP_INLINE lp_wide lp_wide_neg(lp_wide a) {
    return (lp_wide){lp_dd_neg(a.m), a.e};
}
/* A sum of two doubles is exact unless their exponents are more than 900 apart; then the smaller
 * counts as 2^-900 of the larger, enough to say on which side of a midpoint the sum lies. */
LP_INLINE lp_wide lp_wide_add(lp_wide a, lp_wide b) {
    if (b.m.hi == 0) return a;
    if (a.m.hi == 0) return b;
    int swap = a.e < b.e;
    lp_wide big = swap ? b : a, small = swap ? a : b;
    double apart = small.e - big.e, s = lp_pow2(apart < -900 ? -900 : apart);
    return lp_wide_make(lp_dd_add(big.m, (lp_dd){small.m.hi * s, small.m.lo * s}), big.e);
}
LP_INLINE lp_wide lp_wide_sub(lp_wide a, lp_wide b) {
    return lp_wide_add(a, lp_wide_neg(b));
}
/* -a, with +0 for a = 0: an exactly zero result is +0, a rounded one keeps its sign. */
LP_INLINE lp_wide lp_wide_minus(lp_wide a) {
    return a.m.hi == 0 ? a : lp_wide_neg(a);
}
LP_INLINE lp_wide lp_wide_mul(lp_wide a, lp_wide b) {
    return lp_wide_make(lp_dd_mul(a.m, b.m), a.e + b.e);
}
/* b != 0 */
LP_INLINE lp_wide lp_wide_div(lp_wide a, lp_wide b) {
    return lp_wide_make(lp_dd_div(a.m, b.m), a.e - b.e);
}

/* exp(x) for x <= 0; below -4000 some 2^-9000 stands for it: exp(-4000) is 2^-5770, and no weight,
 * upstream factor and temperature together lift that to half the least subnormal, the largest
 * factor being 2^1024 2^1024/2^-1074; only its sign is left. (lp_exp_dd's n has 17 bits here, which
 * its argument's exactness does not mind.) */
LP_INLINE lp_wide lp_wide_exp(lp_wide x) {
    if (x.e > 11 || (x.e == 11 && x.m.hi * 2048 < -4000)) return (lp_wide){{1, 0}, -9000};
    lp_exp_value v = lp_exp_dd(lp_wide_dd(x));
    return lp_wide_make(v.m, v.e);
}
/* log(a), a > 0. */
LP_INLINE lp_wide lp_wide_log(lp_wide a) {
    return lp_wide_make(lp_log_dd(a.m, a.e), 0);
}
/* log(1 + a), a > -1/2. Below 2^-110 it is a to 2^-111. */
LP_INLINE lp_wide lp_wide_log1p(lp_wide a) {
    if (a.e < -110 || a.m.hi == 0) return a;
    if (a.e < -8) return lp_wide_make(lp_log1p_small(0, lp_wide_dd(a)), 0);
    return lp_wide_log(lp_wide_add(a, lp_wide_make((lp_dd){1, 0}, 0)));
}

#endif
