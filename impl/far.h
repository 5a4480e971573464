/* The sign of a sum of coefficients times exponentials e^-x, all x above 2^20, that big.h only
 * knows to lie next to 0, or that cancel as far as its limbs go.
 *
 * The sum is the first order, in these exponentials, of what has the sign. It is taken relative to
 * the largest exponential with a coefficient, x its x, where differences of x are within reach.
 * What it lacks are terms of second order, below 2^4400 K^2 e^-2y, y the least x of all, beside a
 * sum that is known to be above 2^-4400 2^-4608 e^-x (coefficients are few products of doubles):
 * below e^-y/2 of it where x < 3/2 y, and y > 2^20.
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
/* `terms` adds all of them, and is called twice. 1 or -1; 0: not known. */
int lp_far_sign(void (*terms)(lp_far *f, const void *context), const void *context);
/* x, whose sign is not known but this one (0: no news), keeps its width. */
void lp_far_settle(lp_big *x, int sign);

#endif
