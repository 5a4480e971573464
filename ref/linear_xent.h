/* Shared by the value and the bound of linear_xent. */
#ifndef LP_REF_LINEAR_XENT_H
#define LP_REF_LINEAR_XENT_H

#include "ref/stack.h"

/* The part of a logit x_i w_j + b_j that is infinite or NaN; 0: it is a number. */
double lp_linear_special(const lp_case *c, int64_t i, int64_t j);
bool lp_bound_linear_xent(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                          const lp_enclosure *x);

#endif
