/* long_row.h for binary32: exponentials and sums in double, one rounding to the result. */
#ifndef LP_IMPL_SINGLE_ROW_H
#define LP_IMPL_SINGLE_ROW_H

#include "impl/long_row.h"

enum { LP_SINGLE_BLOCK = 64 };

/* e: where the exponentials go, k rounded up to LP_SINGLE_BLOCK of them; NULL: not wanted. The sum
 * is good to 2^-50.3. */
lp_long_sum lp_single_row_sum(double *e, const float *z, int64_t k, int64_t skip);
/* out_j = exp(z_j) factor, rounded correctly, from e, or where it is NULL from z; out may be z. out
 * NULL: a dry run, as in long_row.h. */
void lp_single_row_scale(float *out, const double *e, const float *z, int64_t k, double factor,
                         lp_one_hot_row *row, const lp_sink *sink);

#endif
