/* The loops over a row of plain softmax_xent_soft, lanes along the classes; the row is tame as in
 * split.h. */
#ifndef LP_IMPL_SOFT_LANES_H
#define LP_IMPL_SOFT_LANES_H

#include "impl/dd.h"
#include "impl/isa.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct lp_soft_sums {
    lp_dd targets, gaps; /* sums of t_j and of t_j (m - z_j), z_j = -inf aside; to 2^-85 */
    bool wild;           /* a t_j other than 0 that is NaN, beyond 2^-300 to 2^100, or at -inf */
} lp_soft_sums;
/* Of floats where `single`; t_j >= 0, m the largest logit. */
lp_soft_sums lp_soft_lanes_sum(const void *z, const void *t, bool single, int64_t k, double m);
/* sum t_j ln t_j to 2^-66.6 of itself, of targets that are not wild; false: one is above 1, so that
 * terms might cancel. */
bool lp_soft_lanes_entropy(lp_dd *sum, const void *t, bool single, int64_t k);

/* out_j = exp(z_j) factor - t_j scale, correctly rounded, or NaN where that is not sure; false: in
 * some place. factor is good to 2^-79.4, scale to 2^-100. */
bool lp_soft_lanes_scale(double *out, const double *z, const double *t, int64_t k, lp_dd factor,
                         lp_dd scale);
/* In binary32; factor is good to 2^-50.3, scale to 2^-52. */
bool lp_soft_lanes_scale_single(float *out, const float *z, const float *t, int64_t k,
                                double factor, double scale);

#endif
