/* exp in 128-bit integers: x = k ln 2 + r, r = i1 2^-7 + i2 2^-14 + i3 2^-21 + t, and
 * exp(r) = exp1[i1] exp2[i2] exp3[i3] exp(t).
 *
 * Error, all downward, in units of 2^-128 for what is relative to 1 (B, r, t) and of 2^-126 for A
 * and the result:
 *   r: floor of h and of l, 1 each; n (ln2 - its 192 bits) < n 2^-64; one truncated product: < 4
 *   t^2/2: tl^2 left out < 2^-43, two truncations: < 3     t^3/6 ...: q below, 64 bits of t^2: < 2
 *   after t^5/120: t^6/720 (1 + t) < 2^-135                  so exp(t) - 1 = ex less < 4 + 5 = 9
 *   B = exp3 exp(t) - 1: exp3 < 1, product < 3, ex (1 + 2^-13): < 14
 *   A = exp1 exp2: exp1 < 1 (times 1.008), exp2 < 1 (2^-128, times 2.01: 0.51), product < 3: < 4.6
 *   A + A B: 4.6 + 14 / 4 * 2.03 + product 3 < 14.8 <= 16 = LP_EXP_EXCESS */
#include "ref/fixed_table.h"

#include <math.h>

/* floor(2^66 / 6), floor(2^68 / 24), floor(2^70 / 120) */
#define OVER_6   UINT64_C(0xaaaaaaaaaaaaaaaa)
#define OVER_24  UINT64_C(0xaaaaaaaaaaaaaaaa)
#define OVER_120 UINT64_C(0x8888888888888888)

/* exp(t) - 1 for t in units of 2^-128, t < 2^-21: t + t^2/2 + t^2 (t q), q = 1/6 + t/24 + t^2/120.
 * With t = th 2^43 + tl: q has units of 2^-66 and loses < 3, t q units of 2^-87 and loses < 2
 * (q's loss times t is nothing, th's is tl q < 2^-87), t^2 (t q) loses less than one of
 * t^2 2^-86 + (t q) 2^-106 < 2^-127.9, and its truncation: < 2. */
static inline lp_u128 expm1_small(lp_u128 t) {
    uint64_t th = (uint64_t)(t >> 43), tl = (uint64_t)t & ((UINT64_C(1) << 43) - 1);
    uint64_t q = OVER_24 + (lp_fixed_mul64(th, OVER_120) >> 23);
    q = OVER_6 + (lp_fixed_mul64(th, q) >> 23);
    uint64_t tq = lp_fixed_mul64(th, q);
    lp_u128 square = (lp_u128)th * th; /* units of 2^-170 */
    lp_u128 cross = (lp_u128)th * tl;  /* units of 2^-213, half of what it counts for in t^2 */
    uint64_t cubic = lp_fixed_mul64(lp_fixed_hi64(square), tq) >> 1;
    return t + (square >> 43) + (cross >> 85) + cubic;
}

/* n = floor(-x log2 e) + 1 or one more: the double product is within 2^-40 of x log2 e, and the
 * 2^-20 keeps r + x's own 2^-41 above 0, so that r = x + n ln 2 is in (0, ln 2 (1 + 2^-19)) and
 * known modulo 1 is known. `part` is x modulo 1 in units of 2^-128, from below. */
static inline lp_u128 exp_of(int *k, double x, lp_u128 part) {
    uint64_t n = (uint64_t)(0x1.71547652b82fep+0 * -x + 0x1p-20) + 1; /* 1.4426950408889634 */
    lp_u128 r = part + n * lp_table_ln2[0] + lp_fixed_mul64(n, (uint64_t)lp_table_ln2[1]);
    *k = -(int)n;
    lp_u128 base = lp_table_exp1[r >> 121];
    base += lp_fixed_mulhi(base, lp_table_exp2[r >> 114 & 127]);
    lp_u128 step = lp_table_exp3[r >> 107 & 127];
    lp_u128 ex = expm1_small(r & (((lp_u128)1 << 107) - 1));
    lp_u128 rest = step + ex + lp_fixed_mulhi(step, ex);
    return base + lp_fixed_mulhi(base, rest);
}

lp_u128 lp_fixed_exp(int *k, double h, double l) {
    return exp_of(k, h, lp_fixed_of_double(h, 128) + lp_fixed_of_double(l, 128));
}

/* a = -(h + l) / T as a product, h + l in units of 2^-126 of h's power of two: its two floors are
 * below the truth by less than 2. exp falls with a: a's upper end gives the lower bound, so that in
 * units of 2^-128 a is too large by less than its excess and 3; times a value below 2.01 2^126 that
 * is 0.5025 as many units of the result. */
lp_fixed lp_fixed_exp_over(double h, double l, double x, lp_fixed inverse) {
    int e = ilogb(h) - 126, k;
    lp_fixed d = {lp_fixed_of_double(-h, -e) + lp_fixed_of_double(-l, -e), 2, e};
    lp_fixed a = lp_fixed_mul(lp_fixed_normal(d), inverse);
    int up = a.e + 128;
    lp_u128 part = up >= 0 ? a.m << up : lp_fixed_down(a.m, -up);
    uint64_t excess = up >= 0 ? a.excess << up : (uint64_t)lp_fixed_down(a.excess, -up);
    excess += 2;
    lp_u128 m = exp_of(&k, x, -(part + excess));
    return (lp_fixed){m, LP_EXP_EXCESS + excess / 2 + excess / 128 + 3, k + LP_EXP_UNIT};
}
