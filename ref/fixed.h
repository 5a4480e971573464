/* Positive reals in 128-bit integers with a counted error: the arithmetic of the tier in front of
 * MPFR (docs/reference-tiers.md). Every operation truncates, so that an integer is always a lower
 * bound, and counts what it may have lost: no rounding mode, no floating-point state, nothing in
 * common with the code under test. */
#ifndef LP_REF_FIXED_H
#define LP_REF_FIXED_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 lp_u128;
__extension__ typedef __int128 lp_i128;

/* A real in [m, m + excess] * 2^e. */
typedef struct lp_fixed {
    lp_u128 m;
    uint64_t excess;
    int e;
} lp_fixed;

static inline uint64_t lp_fixed_hi64(lp_u128 a) {
    return (uint64_t)(a >> 64);
}
static inline uint64_t lp_fixed_mul64(uint64_t a, uint64_t b) {
    return lp_fixed_hi64((lp_u128)a * b);
}
/* a b 2^-128 less at most 3: the low product (< 1) is left out, the two middle ones are truncated
 * by less than 1 each. */
static inline lp_u128 lp_fixed_mulhi(lp_u128 a, lp_u128 b) {
    uint64_t a1 = lp_fixed_hi64(a), b1 = lp_fixed_hi64(b);
    return (lp_u128)a1 * b1 + lp_fixed_mul64(a1, (uint64_t)b) + lp_fixed_mul64((uint64_t)a, b1);
}
#define LP_FIXED_MUL_LOSS 3

/* Leading zeros; a > 0. */
static inline int lp_fixed_clz(lp_u128 a) {
    uint64_t h = lp_fixed_hi64(a);
    return h ? __builtin_clzll(h) : 64 + __builtin_clzll((uint64_t)a);
}
/* floor(a 2^-s), s >= 0 of any size. */
static inline lp_u128 lp_fixed_down(lp_u128 a, int s) {
    return s < 128 ? a >> s : 0;
}

/* floor(x 2^s) modulo 2^128: what lies above is dropped, which is meant where the sum of several is
 * known to fit. |x| < 2^(127 + 52 - s). The last shift is the floor of a number below 2^-74 in
 * magnitude for every longer one too: 0 or -1; a subnormal's wrong hidden bit drowns in it. */
static inline lp_u128 lp_fixed_of_double(double x, int s) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int64_t sign = -(int64_t)(bits >> 63);
    int64_t m = (int64_t)((bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x10000000000000));
    int shift = (int)(bits >> 52 & 0x7ff) - 1075 + s; /* no branch on the sign: it is random */
    lp_i128 whole = (m ^ sign) - sign;
    if (shift >= 0) return (lp_u128)whole << shift;
    return (lp_u128)(whole >> (shift > -127 ? -shift : 127));
}

/* Leading bit to the top; 0 stays as it is. Inline, as the product is: numbers of 32 bytes go
 * through memory to a function, and are read there before the halves have been written. */
static inline lp_fixed lp_fixed_normal(lp_fixed a) {
    if (a.m == 0) return a;
    int s = lp_fixed_clz(a.m);
    return (lp_fixed){a.m << s, a.excess << s, a.e - s};
}

static inline bool lp_fixed_is_power(lp_fixed a) {
    return a.m == (lp_u128)1 << 127 && !a.excess;
}

/* Exact for a power of two. Else (ma + xa)(mb + xb) = ma mb + ma xb + (mb + xb) xa: beyond ma mb
 * less than (xa + xb) 2^128 + xa xb. */
static inline lp_fixed lp_fixed_mul(lp_fixed a, lp_fixed b) {
    if (lp_fixed_is_power(a)) return (lp_fixed){b.m, b.excess, b.e + a.e + 127};
    if (lp_fixed_is_power(b)) return (lp_fixed){a.m, a.excess, a.e + b.e + 127};
    lp_u128 m = lp_fixed_mulhi(a.m, b.m);
    uint64_t excess = a.excess + b.excess + 1 + LP_FIXED_MUL_LOSS;
    return lp_fixed_normal((lp_fixed){m, excess, a.e + b.e + 128});
}
/* n + a for n >= 1, normal; a normal or 0, a < 2^62. */
lp_fixed lp_fixed_add_int(lp_fixed a, int64_t n);
/* 1 / a for a normal, not 0. Where a is a power of two without excess, exact: so the upper end for
 * an `a` whose lower end is a power of two. */
lp_fixed lp_fixed_inverse(lp_fixed a);
/* x > 0, exact, normal. */
lp_fixed lp_fixed_of(double x);
/* From a sum: (high 2^128 + low) 2^e with the excess in the same unit. */
lp_fixed lp_fixed_of_sum(uint64_t high, lp_u128 low, uint64_t excess, int e);

/* exp(h + l) for h + l < 0 exactly (a TwoDiff: |l| <= ulp(h) / 2), h >= -LP_EXP_LEAST: the value is
 * in [m, m + LP_EXP_EXCESS] * 2^(k - 126), 2^126 <= m < 2^127.1. */
#define LP_EXP_LEAST  4096
#define LP_EXP_EXCESS 16
#define LP_EXP_UNIT   (-126)
lp_u128 lp_fixed_exp(int *k, double h, double l);
/* exp((h + l) / T) for h + l < 0 as above, h <= -2^-900, x = h / T rounded, -LP_EXP_LEAST <= x <=
 * 0, inverse = 1 / T; not normal. */
lp_fixed lp_fixed_exp_over(double h, double l, double x, lp_fixed inverse);
/* h + l = a - b exactly; |h| may overflow, then l is NaN. */
static inline double lp_fixed_two_diff(double *l, double a, double b) {
    double h = a - b, bb = h - a;
    *l = (a - (h - bb)) - (b + bb);
    return h;
}

/* log a for a >= 1, normal: [m, m + excess] * 2^LP_LOG_UNIT, not normal. */
#define LP_LOG_UNIT (-120)
lp_fixed lp_fixed_log(lp_fixed a);
/* log(1 + a) for 0 <= a < 2^-14, a normal or 0: with the relative precision of a. */
lp_fixed lp_fixed_log1p(lp_fixed a);

#endif
