/* The filter in front of the integers: a row that is one number, computed in plain doubles with a
 * proved relative error, many rows at once (docs/reference-tiers.md). It answers where that error
 * decides the rounding and says nothing of the rest. Private to the room. */
#ifndef LP_REF_FILTER_H
#define LP_REF_FILTER_H

#include "ref/exact.h"

/* Rounding to nearest in binary32, binary16 or bfloat16 of: sigmoid, log_sigmoid, softplus without
 * cotangent, bce_logits with every y in {0, 1}, softmax_xent with two classes; without options, and
 * in its domain (labels in range). */
bool lp_filter_takes(const lp_case *c);

/* Every output whose array is not NULL, lp_case_out_len each, within LP_EXACT_NEAR (proved:
 * ref/proofs); NaN where a
 * logit is not finite or exp(-|d|), d the logit or the two classes' difference, is below 2^-150. */
void lp_filter_near(double *const out[LP_OUT_COUNT], const lp_case *c);
/* The same rounded to the case's format; NaN where that is not decided. */
void lp_filter_round(double *const out[LP_OUT_COUNT], const lp_case *c);

#endif
