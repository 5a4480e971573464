/* A row of logits seen from one of its classes: everything with the class i left out, so that no
 * digit is lost however much i dominates or is dominated. */
#ifndef LP_IMPL_ROW_H
#define LP_IMPL_ROW_H

#include "impl/kernel.h"

typedef struct lp_row {
    lp_shift shift;    /* relative to the largest logit but i */
    lp_wide factor;    /* p_j = exp(u_j - u_m) factor for j != i; 0 where nothing else takes part */
    lp_wide own, rest; /* p_i and 1 - p_i */
    lp_wide loss;      /* LSE(u) - u_i, not below 0 */
    bool infinite;     /* ... is +inf: z_i = -inf */
    double lowest;     /* least of the other logits, +inf where there is none; */
    bool minus_inf;    /* ... it is -inf */
} lp_row;

/* False: a NaN, a +inf or nothing but -inf; the row's results are NaN. */
bool lp_row_split(lp_row *row, const double *z, int64_t k, int64_t i, double temperature);
/* Index of the largest logit, the first of several; k >= 1. */
int64_t lp_row_argmax(const double *z, int64_t k);
/* (a - b)/T, exact but for the division; a, b finite. */
lp_wide lp_row_gap(double a, double b, double temperature);
/* p_j for j != i, given z_j. */
lp_wide lp_row_other(const lp_row *row, double z);

/* Writes one value over a row. */
static inline void lp_row_fill(double *out, int64_t k, double value) {
    for (int64_t j = 0; j < k; j++) out[j] = value;
}

#endif
