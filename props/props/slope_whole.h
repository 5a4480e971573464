/* Slopes of the losses that are one number of all rows, where an array is moved as one row. Meaning
 * of the functions: slope.h. */
#ifndef LP_PROPS_SLOPE_WHOLE_H
#define LP_PROPS_SLOPE_WHOLE_H

#include "props/props/slope.h"

bool lp_slope_contrast_row(const lp_case *c, int64_t row);
double lp_slope_contrast_step(const lp_case *c, int64_t row, int64_t j);
double lp_slope_contrast_truncation(const lp_eval *e, int64_t row, const double *way, double t);

bool lp_slope_linear_row(const lp_case *c, int64_t row);
double lp_slope_bias_step(const lp_case *c, int64_t row, int64_t j);
double lp_slope_bias_truncation(const lp_eval *e, int64_t row, const double *way, double t);
double lp_slope_weight_step(const lp_case *c, int64_t row, int64_t j);
double lp_slope_weight_truncation(const lp_eval *e, int64_t row, const double *way, double t);
double lp_slope_feature_step(const lp_case *c, int64_t row, int64_t j);
double lp_slope_feature_truncation(const lp_eval *e, int64_t row, const double *way, double t);

#endif
