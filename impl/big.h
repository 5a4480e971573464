/* The last resort: numbers of n 64-bit limbs that know how far they may be off. Where a rounding
 * cannot be told from double-doubles, the operation's formula is evaluated again in these, with
 * more limbs as long as it needs (lp_big_limbs). No memory is allocated, no rounding mode counts.
 *
 * A number is sign (mid + d), mid = 0.limbs 2^e >= 0, and all that is known of d is -in <= d <=
 * out. An operation whose result has n limbs exactly, of exact arguments, is exact (in = out = 0);
 * so rational results, their zeros and their ties among them, are recognised. An `out` above 0
 * beside an `in` of 0 means d > 0, and the other way round d < 0: what is cut off below the last
 * limb has a sign, and a sum "midpoint + something too small to hold" still rounds to its side. The
 * bounds are floating-point numbers with an exponent of their own, rounded up.
 *
 * Results come first, and may be one of the arguments. The result takes the limbs of the first
 * argument, the others have as many. A result of which nothing is known (a logarithm of what may be
 * 0, a quotient by it) has out = infinity. */
#ifndef LP_IMPL_BIG_H
#define LP_IMPL_BIG_H

#include "impl/exact_sum.h"

#include <stdbool.h>
#include <stdint.h>

enum { LP_BIG_LIMBS = 72 };

typedef struct lp_mag { /* m 2^e, 1 <= m <= 2; 0; infinity */
    double m;
    int64_t e;
} lp_mag;

typedef struct lp_big {
    int n, sign; /* sign 1 or -1, 1 for mid = 0 and exact */
    int64_t e;
    lp_mag in, out;
    uint64_t
        limb[LP_BIG_LIMBS]; /* the most significant, limb[n - 1], has its top bit; mid = 0: 0 */
} lp_big;

/* Limbs to try in turn: 320 bits decide what is not made to be difficult; 4608 hold any sum of
 * doubles, any product of two such sums, and 1 + 2^-1074 with the square of what it exceeds 1 by.
 */
enum { LP_BIG_LEVELS = 3 };
extern const int lp_big_limbs[LP_BIG_LEVELS];

/* Exact: a finite double, a double-double, the sum of doubles (as far as n limbs hold it). */
void lp_big_set(lp_big *r, int n, double x);
void lp_big_set_dd(lp_big *r, int n, lp_dd x);
void lp_big_set_sum(lp_big *r, int n, const lp_exact_sum *sum);

/* 0.w 2^e >= 0, w of len limbs */
void lp_big_from_limbs(lp_big *r, int n, const uint64_t *w, int len, int64_t e);

void lp_big_neg(lp_big *r, const lp_big *a);
void lp_big_add(lp_big *r, const lp_big *a, const lp_big *b);
void lp_big_sub(lp_big *r, const lp_big *a, const lp_big *b);
void lp_big_mul(lp_big *r, const lp_big *a, const lp_big *b);
void lp_big_div(lp_big *r, const lp_big *a, const lp_big *b);
/* With a double that is finite. */
void lp_big_mul_d(lp_big *r, const lp_big *a, double b);
void lp_big_div_d(lp_big *r, const lp_big *a, double b);
/* a 2^k */
void lp_big_scale(lp_big *r, const lp_big *a, int64_t k);

/* All that is known of r: it is not 0, of this sign (0 or 2: of any, or 0), not larger than
 * |bound|. */
void lp_big_speck(lp_big *r, const lp_big *bound, int sign);
bool lp_big_exact(const lp_big *x);

void lp_big_set_ln2(lp_big *r, int n);
/* The width that an exact argument gives, relative to the result, is below 2^(2 - 64 n) for exp,
 * 2^(11
 * - 64 n) for expm1, 2^(26 - 64 n) for the logarithms; exp(0) = 1 and log(1) = 0 are exact. Of
 * exp(x), x < -2^40, it is known that it lies between 0 and 2^-2^40. */
void lp_big_exp(lp_big *r, const lp_big *x);
void lp_big_expm1(lp_big *r, const lp_big *x);
void lp_big_log(lp_big *r, const lp_big *x);
void lp_big_log1p(lp_big *r, const lp_big *x);

/* 1, 0, -1 if the number certainly is above, equal to, below 0; 2: not known. */
int lp_big_sign(const lp_big *x);
/* The sign of a - b, alike. */
int lp_big_compare(const lp_big *a, const lp_big *b);

/* Rounds to nearest even in binary64, or binary32 where `single`: subnormal, +-inf beyond the
 * largest. True: the exact number rounds to *out (+0 for 0; a nonzero below has its sign where it
 * is known). False: *out is the best guess, of two neighbours the even one, else mid rounded. */
bool lp_big_round(double *out, const lp_big *x, bool single);

#endif
