#include "ref/fixed.h"

#include <math.h>

/* The unit leaves one bit of room above n and above a. Both ends of a are shifted, the upper one
 * upward: floor((m + excess - 1) 2^-s) + 1, s >= 1, where the bracket may carry into bit 128. */
lp_fixed lp_fixed_add_int(lp_fixed a, int64_t n) {
    int bits = 64 - __builtin_clzll((unsigned long long)n);
    if (a.m && a.e + 128 > bits) bits = a.e + 128;
    int e = bits + 1 - 128;
    lp_fixed sum = {(lp_u128)n << -e, 0, e};
    if (a.m || a.excess) {
        lp_u128 low = lp_fixed_down(a.m, e - a.e);
        lp_u128 last = a.m + a.excess - 1;
        lp_u128 high = lp_fixed_down(last, e - a.e) + 1;
        if (a.excess && last < a.m) high += lp_fixed_down((lp_u128)1 << 127, e - a.e - 1);
        sum.m += low;
        sum.excess = (uint64_t)(high - low);
    }
    return lp_fixed_normal(sum);
}

/* floor(2^254 / d), 2^127 <= d < 2^128: two digits of 64 bits (Knuth, TAOCP 4.3.1, algorithm D; the
 * estimate is at most 2 too large). The first: 2^254 = 2^126 2^128. */
static uint64_t digit(lp_u128 *rest, lp_u128 d) {
    uint64_t high = lp_fixed_hi64(d), low = (uint64_t)d;
    lp_u128 q = *rest / high;
    if (q >> 64) q = UINT64_MAX;
    /* rest 2^64 - q d modulo 2^128; negative for a q too large, then rest2 >= d as -d < it < 0. */
    lp_u128 left = *rest - q * high; /* times 2^64 */
    lp_u128 product = q * low;
    while (!(left >> 64) && (left << 64) < product) {
        q--;
        left += high;
        product -= low;
    }
    *rest = (left << 64) - product;
    return (uint64_t)q;
}

static lp_u128 divide_2_254(lp_u128 *rest, lp_u128 d) {
    *rest = (lp_u128)1 << 126;
    lp_u128 q = (lp_u128)digit(rest, d) << 64;
    return q | digit(rest, d);
}

/* 1 / a is at most 2^254 / m, and 2^254 / (m + x) is less than that by 2^254 x / (m (m + x)), at
 * most x for m >= 2^127. */
lp_fixed lp_fixed_inverse(lp_fixed a) {
    lp_u128 rest, low = divide_2_254(&rest, a.m) - a.excess;
    return lp_fixed_normal((lp_fixed){low, a.excess + (rest != 0), -254 - a.e});
}

lp_fixed lp_fixed_of(double x) {
    int e;
    double f = frexp(x, &e); /* in [1/2, 1): 53 bits */
    return (lp_fixed){(lp_u128)(uint64_t)ldexp(f, 64) << 64, 0, e - 128};
}

lp_fixed lp_fixed_of_sum(uint64_t high, lp_u128 low, uint64_t excess, int e) {
    if (!high) return lp_fixed_normal((lp_fixed){low, excess, e});
    int s = 64 - __builtin_clzll(high);
    lp_u128 m = (lp_u128)high << (128 - s) | low >> s;
    return (lp_fixed){m, (uint64_t)lp_fixed_down(excess, s) + 2, e + s};
}
