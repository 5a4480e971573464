/* sigmoid, log_sigmoid and softplus of LP_LANES logits at once. done[q] false: NaN, an
 * infinity, an argument out of the range below or a result that is not sure; its numbers are of no
 * meaning then. What becomes of a logit depends on it alone, not on the lanes beside it. */
#ifndef LP_IMPL_BINARY_LANES_H
#define LP_IMPL_BINARY_LANES_H

#include "impl/binary.h"
#include "impl/isa.h"
#include "impl/lane_math.h"

#include <stdbool.h>

/* `count` numbers `stride` apart, from number `first` on; 0 in the lanes beyond. */
void lp_lanes_read(double x[LP_LANES], const void *data, bool single, int64_t stride, int64_t first,
                   int64_t count);
/* Of what is rounded already. */
void lp_lanes_write(void *data, bool single, int64_t stride, int64_t first, int64_t count,
                    const double y[LP_LANES]);

/* value = s part[0](s z), grad = v part[1](s z); NULL: not wanted, nor counted in `done`. */
typedef struct lp_link_parts {
    lp_binary_part part[2];
    double s; /* 1 or -1 */
} lp_link_parts;
/* 2^-390 <= |v| <= 2^390. */
void lp_lanes_link(bool done[LP_LANES], double *value, double *grad, const double z[LP_LANES],
                   const double v[LP_LANES], const lp_link_parts *op);
/* In binary32, any v but 0: what it rounds to. */
void lp_lanes_link_single(bool done[LP_LANES], double *value, double *grad,
                          const double z[LP_LANES], const double v[LP_LANES],
                          const lp_link_parts *op);

#endif
