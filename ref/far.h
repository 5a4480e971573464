/* The sign of a sum of coefficients times exponentials that are too small for MPFR's exponents, all
 * of them below e^-(2^20). Private to the room.
 *
 * A remainder of first order, sum of c_i e^-x_i, differs from the whole one by terms of second
 * order in the e^-x_i; with coefficients that are 0 or between 2^-4400 and 2^4400 in size (sums of
 * few products of doubles) they do not matter where the sum, relative to the term of the least x
 * with a coefficient, is above 2^-8800, and that x below 3/2 of any x: they are below 2^4440
 * e^-(x/3) of it, x > 2^20. Terms with equal x are one. */
#ifndef LP_REF_FAR_H
#define LP_REF_FAR_H

#include <mpfr.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct lp_far_term {
    long double x;
    double h, l, t; /* x = (h + l) / t */
    mpfr_t c;
} lp_far_term;

typedef struct lp_far {
    lp_far_term *at;
    int64_t count, room;
    bool unfit; /* a term is not that small, or does not fit the text above */
} lp_far;

/* c e^-((top - z) / t), top > z, c exact. An empty list is {0}. */
void lp_far_add(lp_far *f, double top, double z, double t, const mpfr_t c);
/* -1, 1, or 0: not known. Frees the list. */
int lp_far_sign(lp_far *f);

#endif
