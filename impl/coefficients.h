/* What multiplies the classes of a row of softmax_xent: W_j = w_j t'_j, of smoothed targets or of a
 * smoothed label; quick, and D W_j exactly. */
#ifndef LP_IMPL_COEFFICIENTS_H
#define LP_IMPL_COEFFICIENTS_H

#include "impl/big_row.h"
#include "impl/xent.h"

typedef struct lp_coefficients {
    const lp_targets *t;
    lp_view targets;  /* data NULL: the label's */
    int64_t k, label; /* -1 where there are targets */
} lp_coefficients;

lp_coefficients lp_coefficients_of(const lp_targets *t, const lp_call *c, int64_t i);
/* Rule 3 of the specification: a NaN target; a NaN weight whose target is not 0. */
bool lp_coefficients_nan(const lp_coefficients *w);
lp_value lp_coefficient(const lp_coefficients *w, int64_t j);
/* A part of t', with the error that lp_targets_set leaves in it. */
lp_value lp_smoothed(const lp_coefficients *w, lp_wide x);
/* D W_j, D = w->t->denominator. */
void lp_big_coefficient(lp_big *r, const lp_coefficients *w, int n, int64_t j);
/* Their sums over all classes but `top`, and over all. */
void lp_big_coefficients(lp_big *but_top, lp_big *total, const lp_coefficients *w, int n,
                         int64_t top);

#endif
