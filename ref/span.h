/* An open interval of 128-bit integers that holds a component: what the tier hands to the rounding
 * test. Private to the room. */
#ifndef LP_REF_SPAN_H
#define LP_REF_SPAN_H

#include "ref/fixed.h"
#include "ref/round.h"

/* |x| in the open interval (lo, hi) * 2^e, or x = 0 (`zero`). Open: x is transcendental where it is
 * not zero (ref/softrow.h names the theorem), the ends are dyadic, so an end that is a number of
 * the format, or a middle, still decides. */
typedef struct lp_span {
    lp_u128 lo, hi;
    int e;
    bool negative, zero;
} lp_span;

/* The lower end of `a`, normal and not 0, rounded down to r's precision, 128 bits at most. */
void lp_fixed_to_mpfr(mpfr_t r, lp_fixed a);
/* |x| in a. False: the upper end does not fit. */
bool lp_span_set(lp_span *x, lp_fixed a);
/* The rounding test, subnormal results included: x lies between two neighbours of the half-ulp
 * grid, then it is decided for every mode. False: undecided here, or beyond the largest number. */
bool lp_span_round(double *rounded, const lp_span *x, const lp_format *f, lp_rounding mode);
/* The same as a cell. */
bool lp_span_cell(lp_cell *cell, const lp_span *x, const lp_format *f);
/* x may lie in [lo, hi] as far as the span knows. */
bool lp_span_meets(const lp_span *x, const mpfr_t lo, const mpfr_t hi);
/* As an enclosure of 128 bits. */
void lp_span_enclose(lp_enclosure *to, const lp_span *x);

#endif
