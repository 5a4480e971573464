/* The losses of LP_LANES logits with binary or soft labels, and their gradients. What becomes of a
 * logit depends on it alone, not on the lanes beside it. */
#ifndef LP_IMPL_BCE_LANES_H
#define LP_IMPL_BCE_LANES_H

#include "impl/isa.h"
#include "impl/lane_math.h"

#include <stdbool.h>

/* Rounded results hold what they round to where `unsure` is 0. */
typedef struct lp_bce {
    double z[LP_LANES], y[LP_LANES], q[LP_LANES]; /* in: q y is what z's sigmoid is drawn to */
    bool loss_wanted, grad_wanted;                /* in: what is not need not be made */
    lp_lanes scale;        /* in: what the gradient is multiplied by, 2^-300 to 2^300 */
    double wild[LP_LANES]; /* not 0: nothing below is of meaning */
    lp_lanes loss;         /* good to 2^-66.7 of itself, in binary32 2^-48 */
    double loss_rounded[LP_LANES], loss_unsure[LP_LANES];
    double grad_rounded[LP_LANES], grad_unsure[LP_LANES];
} lp_bce;

/* No context. |z| <= 350, y = 0 or 2^-90 <= y <= 1, 2^-90 <= q <= 2^90; all else is wild, NaN too.
 */
void lp_bce_lanes(lp_bce *b, const void *context);
/* The same for y = 0 or 1 and q = 1. */
void lp_bce_hard(lp_bce *b);
/* In binary32: any finite z, y in [0, 1]; q the same, scale within 2^-60 to 2^60. */
void lp_bce_lanes_single(lp_bce *b, const void *context);

#endif
