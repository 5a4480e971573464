/* From sums of exponentials to losses and factors, for LP_LANES rows at once, one a lane. */
#ifndef LP_IMPL_SPLIT_H
#define LP_IMPL_SPLIT_H

#include "impl/dd.h"
#include "impl/isa.h"

#include <stdbool.h>

enum { LP_LANES = 16 };

/* A row is tame when its numbers stay in the range of doubles without any shift: the label's logit
 * within +-LP_TAME, the largest other one between LP_TAME_LOW and LP_TAME. What is below -LP_FLOOR
 * counts as -LP_FLOOR, at most 2^20 e^(LP_TAME_LOW... - LP_FLOOR) = 2^-196 of the sum. */
#define LP_TAME     340.0
#define LP_TAME_LOW (-195.0)
#define LP_FLOOR    345.0

typedef struct lp_lanes {
    double hi[LP_LANES], lo[LP_LANES];
} lp_lanes;

typedef struct lp_split {
    lp_lanes sum;                        /* of exp(z_j), j other than the label c */
    double max[LP_LANES], own[LP_LANES]; /* the largest z_j; z_c */
    lp_lanes scale;                      /* what the gradient is multiplied by, 2^-300 to 2^300 */
    bool tame[LP_LANES];                 /* false: nothing below is of meaning */
    lp_lanes loss;
    double loss_rounded[LP_LANES];
    lp_lanes factor;              /* gradient_j = exp(z_j) factor */
    double own_rounded[LP_LANES]; /* gradient_c */
    bool loss_sure[LP_LANES], own_sure[LP_LANES];
} lp_split;

/* Reads what stands above `tame`, sets the rest. */
void lp_split_rows(lp_split *s);

#endif
