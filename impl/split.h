/* From sums of exponentials to losses and factors, for LP_LANES rows at once, one a lane. */
#ifndef LP_IMPL_SPLIT_H
#define LP_IMPL_SPLIT_H

#include "impl/isa.h"
#include "impl/lane_math.h"

#include <stdbool.h>

/* A row is tame when its numbers stay in the range of doubles without any shift: the label's logit
 * within +-LP_TAME, the largest other one between LP_TAME_LOW and LP_TAME. What is below -LP_FLOOR
 * counts as -LP_FLOOR, at most 2^20 e^(LP_TAME_LOW... - LP_FLOOR) = 2^-196 of the sum. */
#define LP_TAME     340.0
#define LP_TAME_LOW (-195.0)
#define LP_FLOOR    345.0

/* -LP_FLOOR, for `floor > z ? floor : z`, which leaves NaN: a number that the compiler does not
 * know, since of a comparison with one that it knows gcc makes two instructions. */
LP_INLINE double lp_floor(void) {
    static const volatile double floor = -LP_FLOOR;
    return floor;
}

typedef struct lp_split {
    lp_lanes sum;                        /* of exp(z_j), j other than the label c */
    double max[LP_LANES], own[LP_LANES]; /* the largest z_j; z_c */
    lp_lanes scale;                      /* what the gradient is multiplied by, 2^-300 to 2^300 */
    /* 0 or 1. The row is not tame: nothing below is of meaning. Loss, gradient at c: not sure. */
    double wild[LP_LANES], loss_unsure[LP_LANES], own_unsure[LP_LANES];
    lp_lanes log; /* LSE(z) less the largest logit, to 2^-66.7 of itself or 2^-74.2 */
    lp_lanes loss;
    double loss_rounded[LP_LANES];
    lp_lanes factor, share; /* gradient_j = exp(z_j) factor, gradient_c = share */
    double own_rounded[LP_LANES], own_below[LP_LANES]; /* gradient_c, a little more and less */
} lp_split;

/* Reads what stands above `wild`, sets the rest. */
void lp_split_rows(lp_split *s);

/* Where all rows are sure and their losses round, writes them unless `loss` is NULL; else false,
 * and nothing is written. eps: of what rounds to binary32. */
bool lp_split_put(double *loss, const lp_split *s, const bool sure[LP_LANES]);
bool lp_split_put_single(float *loss, const lp_split *s, const bool sure[LP_LANES], double eps);

/* A smoothed label: its share of the targets, another class's, and 1 - label, all others'. */
typedef struct lp_smoothing {
    lp_dd label, other, rest;
    double others; /* k - 1 */
} lp_smoothing;
/* What loss and gradient become of that; `logits` are the sums of z_j, j other than c, to 2^-86 of
 * those of |z_j|. 1/4 <= label, 2^-60 <= rest. `shares` is what gradient_j has less. */
void lp_split_smooth(lp_split *s, lp_lanes *shares, const lp_lanes *logits, const lp_smoothing *t,
                     bool single);

#endif
