/* Exact combinations of returned numbers and one rounding of them, for the properties of section 5.
 */
#ifndef LP_REF_COMBINE_H
#define LP_REF_COMBINE_H

#include "core/format.h"

/* Sign of the exact sum of n finite doubles. */
int lp_sum_sign(const double *x, int64_t n);
/* The exact sum of a_i * b_i (b NULL: ones), rounded once to the format. */
double lp_dot_round(const double *a, const double *b, int64_t n, lp_format_id format,
                    lp_rounding mode);
/* Sign of the exact dot product minus c. */
int lp_dot_compare(const double *a, const double *b, int64_t n, double c);
/* Upper bound of the sum, as a double rounded up. */
double lp_sum_up(const double *x, int64_t n);

#endif
