/* From sums of exponentials to losses and factors, for LP_LANES rows at once, one a lane. */
#ifndef LP_IMPL_SPLIT_H
#define LP_IMPL_SPLIT_H

#include "impl/isa.h"
#include "impl/lane_math.h"

/* A row is tame when its numbers stay in the range of doubles without any shift: the label's logit
 * within +-LP_TAME, the largest other one between LP_TAME_LOW and LP_TAME. What is below -LP_FLOOR
 * counts as -LP_FLOOR, at most 2^20 e^(LP_TAME_LOW... - LP_FLOOR) = 2^-196 of the sum. */
#define LP_TAME     340.0
#define LP_TAME_LOW (-195.0)
#define LP_FLOOR    345.0

typedef struct lp_split {
    lp_lanes sum;                        /* of exp(z_j), j other than the label c */
    double max[LP_LANES], own[LP_LANES]; /* the largest z_j; z_c */
    lp_lanes scale;                      /* what the gradient is multiplied by, 2^-300 to 2^300 */
    /* 0 or 1. The row is not tame: nothing below is of meaning. Loss, gradient at c: not sure. */
    double wild[LP_LANES], loss_unsure[LP_LANES], own_unsure[LP_LANES];
    lp_lanes loss;
    double loss_rounded[LP_LANES];
    lp_lanes factor;              /* gradient_j = exp(z_j) factor */
    double own_rounded[LP_LANES]; /* gradient_c */
} lp_split;

/* Reads what stands above `wild`, sets the rest. */
void lp_split_rows(lp_split *s);

#endif
