/* The sign of a sum of coefficients times exponentials e^-x that big.h only knows to lie next to 0,
 * or that cancel as far as its limbs go. It is taken relative to the largest exponential with a
 * coefficient, x its x, where differences of x are within reach.
 *
 * The sum may be the first order, in these exponentials, of what has the sign, all x above 2^20.
 * What it lacks then are terms of second order, below 2^4400 K^2 e^-2y, y the least x of all,
 * beside a sum that is known to be above 2^-4400 2^-4608 e^-x (coefficients are few products of
 * doubles): below e^-y/2 of it where x < 3/2 y, and y > 2^20.
 */
#ifndef LP_IMPL_FAR_H
#define LP_IMPL_FAR_H

#include "impl/big.h"
#include "impl/isa.h"
#include "impl/value.h"

typedef struct lp_far {
    bool summing; /* the second time the terms are gone through */
    bool any, unfit;
    double top, z, temperature;
    lp_wide least, low; /* x with a coefficient, and of all */
    lp_big sum;
} lp_far;

/* a - b = c - d exactly, finite numbers. */
bool lp_gap_same(double a, double b, double c, double d);
/* c e^-((top - z)/T), top > z, both finite */
void lp_far_add(lp_far *f, double top, double z, double temperature, const lp_big *c);
/* c times what lp_far_sum made, of as many limbs as c. */
void lp_far_add_sum(lp_far *f, const lp_far *part, const lp_big *c);
/* c e^-((top - z)/T) times that, T the part's; differences that are no doubles make all unknown. */
void lp_far_add_beside(lp_far *f, const lp_far *part, double top, double z, const lp_big *c);
/* Adds all of them, and is called twice. */
typedef void lp_far_terms(lp_far *f, const void *context);
void lp_far_sum(lp_far *f, lp_far_terms *terms, const void *context);
/* 1 or -1; 0: not known. */
int lp_far_sign(lp_far_terms *terms, const void *context, bool first_order);
/* x, whose sign is not known but this one (0: no news), keeps its width. */
void lp_far_settle(lp_big *x, int sign);

#endif
