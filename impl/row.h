/* A row of logits seen from one of its classes: everything with the class i left out, so that no
 * digit is lost however much i dominates or is dominated. */
#ifndef LP_IMPL_ROW_H
#define LP_IMPL_ROW_H

#include "impl/kernel.h"
#include "impl/value.h"

typedef struct lp_row {
    lp_shift shift;    /* relative to the largest logit but i */
    lp_wide factor;    /* p_j = exp(u_j - u_m) factor for j != i; 0 where nothing else takes part */
    lp_wide own, rest; /* p_i and 1 - p_i */
    lp_wide loss;      /* LSE(u) - u_i, not below 0 */
    bool infinite;     /* ... is +inf: z_i = -inf */
    double lowest;     /* least of the other logits, +inf where there is none; */
    bool minus_inf;    /* ... it is -inf */
    bool precise;
} lp_row;

/* False: a NaN, a +inf or nothing but -inf; the row's results are NaN. `precise`: everything to
 * 2^-90 or so (precise.h), at the price of some 200 ns a logit. */
bool lp_row_split(lp_row *row, lp_view z, int64_t k, int64_t i, double temperature, bool precise);
/* Index of the largest logit, the first of several; k >= 1. */
int64_t lp_row_argmax(lp_view z, int64_t k);
/* (a - b)/T, exact but for the division; a, b finite. */
lp_wide lp_row_gap(double a, double b, double temperature);
/* p_j for j != i, given z_j. */
lp_wide lp_row_other(const lp_row *row, double z);
/* p_j times `scale`, j != i, over a row of results, whose place at i stays as it is or becomes 0;
 * the results may lie where z does. What is not sure is asked of `one_hot`, if there is one. */
void lp_row_emit(const lp_sink *out, const lp_row *row, lp_view z, int64_t k, int64_t i,
                 lp_value scale, struct lp_one_hot_row *one_hot);
/* What a sink multiplies by, as one number; false: it is none, or beyond what the vector loops
 * take. */
bool lp_sink_scale(lp_wide *scale, const lp_sink *s);
/* The largest, least and worst of all entries but `skip` (-1: none); sums of their distances to m.
 */
lp_scan lp_row_scan(lp_view z, int64_t k, int64_t skip);
lp_wide lp_row_gaps(lp_view z, int64_t k, int64_t skip, double m, bool huge);

#endif
