/* Slopes of the operations on logits whose third derivative is bounded by their softmax shares
 * where the gradient, a sum that can cancel, says too little. Meaning of the functions: slope.h. */
#ifndef LP_PROPS_SLOPE_SHARES_H
#define LP_PROPS_SLOPE_SHARES_H

#include "props/props/slope.h"

/* One component of softmax or log_softmax as a function of the logits, picked by the cotangent. */
bool lp_slope_link_row(const lp_case *c, int64_t row);
double lp_slope_link_truncation(const lp_eval *e, int64_t row, const double *way, double t);

bool lp_slope_distill_row(const lp_case *c, int64_t row);
double lp_slope_distill_step(const lp_case *c, int64_t row, int64_t j);
double lp_slope_distill_truncation(const lp_eval *e, int64_t row, const double *way, double t);

bool lp_slope_policy_row(const lp_case *c, int64_t row);
double lp_slope_policy_truncation(const lp_eval *e, int64_t row, const double *way, double t);

bool lp_slope_squares_row(const lp_case *c, int64_t row);
double lp_slope_squares_truncation(const lp_eval *e, int64_t row, const double *way, double t);

/* Linear between its kinks: no truncation. */
bool lp_slope_margins_row(const lp_case *c, int64_t row);

#endif
