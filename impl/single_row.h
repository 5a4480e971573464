/* long_row.h for binary32: exponentials and sums in double, one rounding to the result. */
#ifndef LP_IMPL_SINGLE_ROW_H
#define LP_IMPL_SINGLE_ROW_H

#include "impl/long_row.h"

/* A double where floats lie, too: what is kept of a row may lie over gradients to come. */
#if defined(__GNUC__)
typedef double lp_loose __attribute__((aligned(4), may_alias));
#define LP_LOOSE 1
#else
typedef double lp_loose;
#define LP_LOOSE 0
#endif

/* e: where the k exponentials go; NULL: not wanted. out: where the gradient will go, whose memory
 * is fetched on the way, or NULL. The sum is good to 2^-50.6, over a temperature 2^-50.3. */
lp_long_sum lp_single_row_sum(lp_loose *e, const float *z, int64_t k, int64_t skip,
                              const float *out, const lp_temper *t);
/* out_j = exp(z_j) factor, rounded correctly, from e, or where it is NULL from z; out may be z, and
 * e may start where out does. out NULL: a dry run, as in long_row.h. */
void lp_single_row_scale(float *out, const lp_loose *e, const float *z, int64_t k, double factor,
                         double eps, const lp_temper *t, const lp_asker *ask);

#endif
