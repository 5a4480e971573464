/* What one-hot rows along their classes need more where the label is smoothed:
 * the sum of the logits, and a gradient that is exp(z_j) factor less what every
 * class's target is. */
#ifndef LP_IMPL_SMOOTH_ROW_H
#define LP_IMPL_SMOOTH_ROW_H

#include "impl/single_row.h"

#include <stdbool.h>

/* Of z_j, j other than skip, to 2^-86 of the sum of |z_j|, k <= 2^20; floats
 * where `single`. Over a temperature, t not NULL, of the distances (z_j - own)/T. */
lp_dd lp_smooth_row_logits(const void *z, bool single, int64_t k, int64_t skip, const lp_temper *t);
/* out_j = exp(z_j) factor - share, correctly rounded, from the exponentials
 * that lp_long_row_sum or lp_single_row_sum kept, which may lie where out does,
 * or computed again where hi or e is NULL; out may be z, and is NULL where
 * nothing is to be written. False: not sure in some place. The share is above
 * 2^-80 of factor (S + w). */
bool lp_smooth_row_scale(double *out, const double *hi, const double *lo, const double *z,
                         int64_t k, lp_dd factor, lp_dd share, const lp_temper *t);
bool lp_smooth_row_scale_single(float *out, const lp_loose *e, const float *z, int64_t k,
                                double factor, double share, const lp_temper *t);

#endif
