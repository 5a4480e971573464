/* log of a double-double times a power of two, and log1p of a small double-double, to a relative
 * error (the case near 1 too, where log1p takes over from the table by itself).
 *
 * Error budget, relative to the result, u = 2^-53, |t| <= 0.0059 = 2^-7.4 (2^-8 around 1):
 *   Taylor      2^-77.4 (tables.sollya)
 *   cubic part  t^2/3 of t: 2^-16.4, 5.5 u (q, t q, two sums of R, the coefficient 2/3, the
 *               product; the higher terms of R add 2^-7 u): 2^-66.9; around 1 2^-68.1
 *   quadratic   exact product, exact sums, low parts rounded: 2^-8 u^2
 *   table       -ln c + n ln2: HI parts are exact, LO parts are rounded: 2^-38 u
 * Away from 1 the result is not below 2^-8, and above |t| wherever |t| is above 2^-8: below 2^-66.8
 * in all. Cubic and quadratic part and the sums after them are proved of this text, 2^-67.0 of t
 * and around 1 2^-68.1, by impl/proofs/log1p_small_*.gappa. The test impl.kernel compares. */
#ifndef LP_IMPL_LOG_DD_H
#define LP_IMPL_LOG_DD_H

#include "impl/dd.h"
#include "impl/exp_dd.h"
#include "impl/tables.h"

/* log(1 + t) for a normalised t with |t| <= 0.0059 and t = 0 or |t| > 2^-900 (its square may
 * underflow); not normalised: |lo| <= 2^-51 |hi|. */
LP_INLINE lp_dd lp_log1p_small(int fuse, lp_dd t) {
    double x = t.hi, x2 = x * x;
    double low = lp_muladd(fuse, x2, lp_muladd(fuse, x, LP_LOG_R3, LP_LOG_R2),
                           lp_muladd(fuse, x, LP_LOG_R1, LP_LOG_R0));
    double high = lp_muladd(fuse, x2, lp_muladd(fuse, x, LP_LOG_R7, LP_LOG_R6),
                            lp_muladd(fuse, x, LP_LOG_R5, LP_LOG_R4));
    double r = lp_muladd(fuse, x2 * x2, high, low);
    lp_dd q = lp_two_prod(x, 0.5 * x);
    double square = lp_muladd(fuse, x, t.lo, q.lo);
    lp_dd head = lp_fast_two_sum(x, -q.hi);
    lp_dd sum = lp_fast_two_sum(head.hi, (x * q.hi) * r);
    return (lp_dd){sum.hi, sum.lo + (head.lo + (t.lo - square))};
}

typedef struct lp_log_parts { /* a logarithm as log(1 + t) + (hi + lo) */
    lp_dd t;
    double hi, lo;
} lp_log_parts;

/* A logarithm in three steps, for loops that look entries up by themselves (lookup.h): of m 2^e, m
 * in [1, 2), m in [0.707, 1.414]; of that the table's index; and log m as parts. */
typedef struct lp_log_scaled {
    lp_dd m;
    double e;
} lp_log_scaled;
LP_INLINE lp_log_scaled lp_log_scale(lp_dd m, double e) {
    int big = m.hi > 0x1.6a09e667f3bcdp0; /* sqrt(2) */
    double half = big ? 0.5 : 1.0;
    return (lp_log_scaled){{m.hi * half, m.lo * half}, e + (big ? 1.0 : 0.0)};
}
LP_INLINE double lp_log_place(double m) {
    return m * 128 + LP_MAGIC;
}
LP_INLINE uint64_t lp_log_index(double place) {
    return (lp_bits(place) & 0xff) - LP_LOG_FIRST;
}
LP_INLINE lp_log_parts lp_log_at(lp_log_scaled x, const lp_log_entry *entry) {
    double c = entry->c;
    lp_dd p = lp_two_prod(x.m.hi, c); /* c = 1 for i = 128: p.lo = 0, nothing lost near 1 */
    lp_dd t = lp_fast_two_sum(p.hi - 1, p.lo + x.m.lo * c);
    /* e HI + hi is a multiple of 2^-38 below 2^13: exact */
    return (lp_log_parts){t, x.e * LP_LN2_HI + entry->hi, x.e * LP_LN2_LO + entry->lo};
}
LP_INLINE lp_log_parts lp_log_look(lp_log_scaled x) {
    return lp_log_at(x, &lp_log_table[lp_log_index(lp_log_place(x.m.hi))]);
}
/* p.hi is 0, or log(2^e/c) of another c than 1, at least 2^-7.01: above the logarithm of 1 + t. */
LP_INLINE lp_dd lp_log_finish(int fuse, lp_log_parts p) {
    lp_dd g = lp_log1p_small(fuse, p.t), s = lp_fast_two_sum(p.hi, g.hi);
    return lp_fast_two_sum(s.hi, s.lo + (g.lo + p.lo));
}

/* log((hi + lo) 2^e), hi in [1, 2), |lo| <= ulp(hi), e integral, |e| < 2^13. */
LP_INLINE lp_dd lp_log_dd(lp_dd m, double e) {
    return lp_log_finish(0, lp_log_look(lp_log_scale(m, e)));
}

/* x > 0 in the range of normal numbers */
LP_INLINE lp_log_scaled lp_log_scale_of(lp_dd x) {
    double e = lp_exponent(x.hi), scale = lp_pow2(-e);
    return lp_log_scale((lp_dd){x.hi * scale, x.lo * scale}, e);
}
/* log(1 + s) for 0 <= s < 2^900, without a branch: 1 + s as above, and the parts out of its own.
 * Below 2^-8 t is s itself; below 2^-500 its square underflows, beside s to no effect. */
LP_INLINE lp_log_scaled lp_log1p_scale(lp_dd s) {
    return lp_log_scale_of(lp_dd_add_d(s, 1));
}
LP_INLINE lp_log_parts lp_log1p_parts(lp_dd s, lp_log_parts p) {
    int small = s.hi < 0x1p-8;
    lp_dd t = {small ? s.hi : p.t.hi, small ? s.lo : p.t.lo};
    return (lp_log_parts){t, small ? 0 : p.hi, small ? 0 : p.lo};
}
/* The first for 0 <= s <= 1, where 1 + s needs no scaling; what its sum rounds, u^2, stands beside
 * 2^-8. */
LP_INLINE lp_log_scaled lp_log1p_unit_scale(lp_dd s) {
    lp_dd all = lp_fast_two_sum(1, s.hi);
    return lp_log_scale((lp_dd){all.hi, all.lo + s.lo}, 0);
}
LP_INLINE lp_dd lp_log1p_dd(lp_dd s) {
    return lp_log_finish(0, lp_log1p_parts(s, lp_log_look(lp_log1p_scale(s))));
}

#endif
