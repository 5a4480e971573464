/* exp of a double-double, as a double-double and a power of two. One straight line, no branch: the
 * same text is the scalar function and the body of the vector loops.
 *
 * x = n ln2/256 + r + rl, exp(x) = 2^(n/256) exp(r) exp(rl). Error budget, relative to the result,
 * u = 2^-53, |r| <= ln2/512 (1 + 2^-20) = 2^-9.53, T = 2^(n/256), s = r^2/2, h = RN(r + s):
 *
 *   argument  r = x.hi - n STEP is exact, fused because it is a number: a multiple of 2^-62 (of x's
 *             last bit and STEP's; where n != 0, |x| >= 2^-9.6) below 2^-9.5. Apart because n A
 *             has 27 + 21 bits, n B 26 + 21, and x - n A = r + n B is a multiple of 2^-62 below
 *             2^-9. rl = x.lo - n STEP_2 + lo: below 2^-41 for |x| <= 2300; its roundings and what
 *             STEP_2 leaves out                                                     E1 2^-93
 *   quintic   what Q leaves out of exp(r)                                           E2 2^-84.2
 *   cubic     |s r Q| <= 2^-31.1; s for r^2/2, its product, Q (the last rounding; the others are
 *             2^-8 and less of it), the last product: 4u of it                      E3 2^-82.1
 *   sums      h and what it rounds, r + r^2/2 = h + he, he good to u of itself; t = s r Q + he,
 *             rounded below 2^-30.9: u/2 of it                                    E4 2^-84.9
 *   product   T + T h = hi + lo, lo good to u of itself; low = T t + that, rounded below 2^-30.8 T
 *             (the product too where not fused), and low + (hi + low) rl like it: twice u/2 at
 *             2^-30.8 T                                                           E5 2^-83.8
 * Sum 3.3e-25, not fused one more rounding of E5's kind, 3.6e-25: below 2^-80.4 = E_EXP.
 * The argument's exactness, and E3, E4 and E5 together (2^-81.6 of T, not fused 2^-81.2), are
 * proved of this text by impl/proofs/exp_*.gappa, E2 by tables.sollya; the test impl.kernel
 * compares. */
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

/* a b + c, rounded once where `fuse` and the machine can, else twice. Results that use it may
 * differ between machines in their last bits: only for what is tested before it is rounded
 * (sure.h). */
LP_INLINE double lp_muladd(int fuse, double a, double b, double c) {
#if defined(__FMA__) || defined(__FP_FAST_FMA)
    if (fuse) return __builtin_fma(a, b, c);
#endif
    (void)fuse;
    return a * b + c;
}

/* a b + c for |a b| <= |c|/2, |lo| <= u |hi|: hi, of which lp_muladd's words hold, and lo, u of
 * itself. c - hi is exact (Sterbenz). */
LP_INLINE lp_dd lp_two_muladd(int fuse, double a, double b, double c) {
#if defined(__FMA__) || defined(__FP_FAST_FMA)
    if (fuse) {
        double hi = __builtin_fma(a, b, c);
        return (lp_dd){hi, __builtin_fma(a, b, c - hi)};
    }
#endif
    (void)fuse;
    lp_dd p = lp_two_prod(a, b), s = lp_fast_two_sum(c, p.hi);
    return (lp_dd){s.hi, p.lo + s.lo};
}

/* x.hi - n STEP, exact. */
LP_INLINE double lp_exp_argument(double hi, double n) {
#if defined(__FMA__) || defined(__FP_FAST_FMA)
    return __builtin_fma(-n, LP_EXP_STEP, hi);
#else
    return (hi - n * LP_EXP_STEP_A) - n * LP_EXP_STEP_B;
#endif
}

/* T exp(r) exp(rl): hi = RN(T + RN(T h)), lo beside it, |lo| <= 2^-29 |hi|. */
LP_INLINE lp_dd lp_exp_reduced(int fuse, double r, double rl, double table) {
    double half = 0.5 * r, s = r * half;
    lp_dd head = lp_two_muladd(fuse, r, half, r); /* |s| < |r|/2 */
    double q = lp_muladd(fuse, s, lp_muladd(fuse, r, LP_EXP_Q3, LP_EXP_Q2),
                         lp_muladd(fuse, r, LP_EXP_Q1, LP_EXP_Q0));
    double t = lp_muladd(fuse, s * r, q, head.lo);
    lp_dd m = lp_two_muladd(fuse, table, head.hi, table);
    double low = lp_muladd(fuse, table, t, m.lo);
    return (lp_dd){m.hi, lp_muladd(fuse, m.hi + low, rl, low)};
}

/* exp in three steps, for loops that look entries up by themselves (lookup.h): x 256/ln2, rounded
 * to an integer n in the low bits; n mod 256; and the rest. */
LP_INLINE double lp_exp_place(double x) {
    return lp_muladd(1, x, LP_EXP_INV_STEP, LP_MAGIC);
}
LP_INLINE uint64_t lp_exp_index(double place) {
    return lp_bits(place) & 255;
}
LP_INLINE lp_dd lp_exp_at(double x, double place, lp_exp_entry entry) {
    double n = place - LP_MAGIC;
    double rl = lp_muladd(1, -n, LP_EXP_STEP_2, entry.lo);
    double table = lp_from_bits(lp_bits(entry.hi) + (lp_bits(place) << 44));
    return lp_exp_reduced(1, lp_exp_argument(x, n), rl, table);
}
/* exp(x) for |x| <= 350, not normalised. Any x is safe (the table's index is masked), others give
 * numbers of no meaning and NaN gives NaN. */
LP_INLINE lp_dd lp_exp_term(double x) {
    double place = lp_exp_place(x);
    return lp_exp_at(x, place, lp_exp_table[lp_exp_index(place)]);
}

typedef struct lp_exp_value { /* m 2^e, m in [0.99, 2.01), normalised; e integral */
    lp_dd m;
    double e;
} lp_exp_value;

#define LP_EXP_LIMIT 2300.0 /* |x.hi| may not exceed this, |x.lo| not ulp(x.hi) */

LP_INLINE lp_exp_value lp_exp_dd(lp_dd x) {
    double t = x.hi * LP_EXP_INV_STEP + LP_MAGIC, n = t - LP_MAGIC;
    uint64_t i = lp_bits(t) & 255;
    double rl = (x.lo - n * LP_EXP_STEP_2) + lp_exp_table[i].lo;
    double table = lp_from_bits(lp_bits(lp_exp_table[i].hi) + (i << 44));
    lp_dd m = lp_exp_reduced(0, lp_exp_argument(x.hi, n), rl, table);
    /* floor(n/256): n - 127.5 over 256 is never halfway between integers */
    return (lp_exp_value){lp_fast_two_sum(m.hi, m.lo),
                          ((n - 127.5) * 0x1p-8 + LP_MAGIC) - LP_MAGIC};
}

#endif
