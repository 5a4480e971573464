/* Sums of exact coefficients times exponentials of exact exponents,
 *
 *   sum of c e^-x,  x = d / t >= 0,  c and d dyadic, t > 0 a double,
 *
 * of which terms with one exponent are added exactly: what cancels there leaves nothing. By
 * Lindemann-Weierstrass the sum is then 0 only if no coefficient is left, so that its enclosure,
 * which keeps its relative precision by taking the terms relative to the largest exponential,
 * excludes 0 at some precision, also where every exponential is beyond MPFR's exponents: then its
 * ends are 0 and the least number. Private to the room. */
#ifndef LP_REF_EXPSUM_H
#define LP_REF_EXPSUM_H

#include "ref/interval.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct lp_expsum_term {
    mpfr_t c, d;
    double t;
} lp_expsum_term;

/* An empty sum is {0}. */
typedef struct lp_expsum {
    lp_expsum_term *at;
    int64_t count, room;
    bool merged; /* sorted by exponent, no two alike, no coefficient 0 */
} lp_expsum;

void lp_expsum_add(lp_expsum *f, const mpfr_t c, const mpfr_t d, double t);
/* f += c g. */
void lp_expsum_add_scaled(lp_expsum *f, const lp_expsum *g, const mpfr_t c);
/* a = a b, all exponents over one t, merged. False: too many terms to multiply out; a is as it was
 * but for their order. */
bool lp_expsum_multiply(lp_expsum *a, lp_expsum *b);
/* The sum is exactly 0. */
bool lp_expsum_zero(lp_expsum *f);
/* r, in its precision; 0 at both ends where the sum is. */
void lp_expsum_enclose(lp_iv *r, lp_expsum *f);
/* size = the sum of |c|, from above; low = the least exponent, from below, in its precision. */
void lp_expsum_size(mpfr_t size, mpfr_t low, const lp_expsum *f);
/* The sign of a number that differs from the sum by at most weight e^-rest: -1, 1, or 0: the sum
 * does not tell. */
int lp_expsum_sign_beside(lp_expsum *f, const mpfr_t weight, const mpfr_t rest);
/* The same of a number of which the sum is the part of the first `orders` orders in some
 * exponentials, all of them among its terms before it is merged, where what is left out has K^p
 * products of p = orders + 1 of them and coefficients like those of the sum to the p-th power. */
int lp_expsum_leading_sign(lp_expsum *f, int orders);
void lp_expsum_clear(lp_expsum *f);

#endif
