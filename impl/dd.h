/* Double-double arithmetic: error-free transformations and the operations built on them.
 *
 * The arithmetic of this room is written with + - x / alone; a compiler may not contract them
 * (-ffp-contract=off). Instruction sets differ in one place only, the error of a product, which is
 * exact with a fused multiply-add and exact with Dekker's splitting: so every build of every kernel
 * gives the same bits (the test impl.isa compares them). Domain of a product: |a|, |b| < 2^900, and
 * |ab| > 2^-900 or ab = 0, where neither way of finding the error can over- or underflow.
 *
 * u = 2^-53. Bounds: Joldes, Muller, Popescu, Tight and rigorous error bounds for basic building
 * blocks of double-word arithmetic, ACM TOMS 44(2), 2017. */
#ifndef LP_IMPL_DD_H
#define LP_IMPL_DD_H

#include <float.h>
#include <stdint.h>
#include <string.h>

#if defined(__FAST_MATH__)
#error "double-double arithmetic needs IEEE semantics: build without -ffast-math"
#endif
#if FLT_EVAL_METHOD != 0
#error "double-double arithmetic needs every operation rounded to double: use SSE2, not x87"
#endif

/* Most of these run inside loops over lanes, which a compiler vectorises only when it inlines. */
#if defined(__GNUC__)
#define LP_INLINE static inline __attribute__((always_inline))
#else
#define LP_INLINE static inline
#endif

typedef struct lp_dd { /* hi + lo; normalised: hi = RN(hi + lo) */
    double hi, lo;
} lp_dd;

LP_INLINE uint64_t lp_bits(double x) {
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}
LP_INLINE double lp_from_bits(uint64_t b) {
    double x;
    memcpy(&x, &b, sizeof x);
    return x;
}

/* Exact: s + e = a + b. */
LP_INLINE lp_dd lp_two_sum(double a, double b) {
    double s = a + b, v = s - a;
    return (lp_dd){s, (a - (s - v)) + (b - v)};
}
LP_INLINE lp_dd lp_two_diff(double a, double b) {
    return lp_two_sum(a, -b);
}
/* Exact for |a| >= |b|, a = 0, or exponents that allow it. */
LP_INLINE lp_dd lp_fast_two_sum(double a, double b) {
    double s = a + b;
    return (lp_dd){s, b - (s - a)};
}
/* Exact: p + e = ab. */
LP_INLINE lp_dd lp_two_prod(double a, double b) {
    double p = a * b;
#if defined(__FMA__) || defined(__FP_FAST_FMA)
    return (lp_dd){p, __builtin_fma(a, b, -p)};
#else
    const double split = 0x1p27 + 1;
    double ca = split * a, cb = split * b;
    double ah = ca - (ca - a), bh = cb - (cb - b), al = a - ah, bl = b - bh;
    return (lp_dd){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
#endif
}

/* Relative errors below 2u^2, 3u^2 (any signs), 7u^2, 3u^2, 15u^2 (to first order). */
LP_INLINE lp_dd lp_dd_add_d(lp_dd a, double b) {
    lp_dd s = lp_two_sum(a.hi, b);
    return lp_fast_two_sum(s.hi, s.lo + a.lo);
}
LP_INLINE lp_dd lp_dd_add(lp_dd a, lp_dd b) {
    lp_dd s = lp_two_sum(a.hi, b.hi), t = lp_two_sum(a.lo, b.lo);
    s = lp_fast_two_sum(s.hi, s.lo + t.hi);
    return lp_fast_two_sum(s.hi, s.lo + t.lo);
}
LP_INLINE lp_dd lp_dd_mul(lp_dd a, lp_dd b) {
    lp_dd p = lp_two_prod(a.hi, b.hi);
    return lp_fast_two_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}
LP_INLINE lp_dd lp_dd_mul_d(lp_dd a, double b) {
    lp_dd p = lp_two_prod(a.hi, b);
    return lp_fast_two_sum(p.hi, p.lo + a.lo * b);
}
LP_INLINE lp_dd lp_dd_div(lp_dd a, lp_dd b) {
    double q = a.hi / b.hi;
    lp_dd p = lp_dd_mul_d(b, q);
    return lp_fast_two_sum(q, ((a.hi - p.hi) + (a.lo - p.lo)) / b.hi);
}
/* a/b by one division, for |a.lo| <= u |a.hi|, |b.lo| <= 2u |b.hi|; not normalised: |lo| <= 2^-49.9
 * |hi|. q is off by 2u, a.hi - p.hi is exact (Sterbenz), and the residue 6u of a: with what its
 * roundings and its quotient's come to, 2^-100.6 in all (impl/proofs/ratio.gappa). */
LP_INLINE lp_dd lp_dd_ratio(lp_dd a, lp_dd b) {
    double inverse = 1 / b.hi, q = a.hi * inverse;
    lp_dd p = lp_two_prod(b.hi, q);
    return (lp_dd){q, (((a.hi - p.hi) - p.lo) + (a.lo - q * b.lo)) * inverse};
}
LP_INLINE lp_dd lp_dd_neg(lp_dd a) {
    return (lp_dd){-a.hi, -a.lo};
}

#endif
