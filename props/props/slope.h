/* How a loss may be differentiated numerically: for each operation and gradient the step that suits
 * its inputs and a bound of the truncation that is left (slope.c derives them). */
#ifndef LP_PROPS_SLOPE_H
#define LP_PROPS_SLOPE_H

#include "props/props/domain.h"
#include "props/props/trial.h"

typedef struct lp_slope {
    lp_op op;
    lp_in in;       /* moved */
    lp_out out;     /* differentiated: one number a row, the one that the cotangent picks, or the
                     * one of all rows where lp_slope_whole */
    lp_out grad;    /* the derivative */
    uint64_t known; /* parameters that the derivation covers */
    /* The row is away from kinks and infinities as far as its inputs tell. */
    bool (*smooth)(const lp_case *c, int64_t row);
    /* Power of two, 2^-26 of what the loss changes over in component j; 0: not to be moved. */
    double (*step)(const lp_case *c, int64_t row, int64_t j);
    /* Bound of max |phi'''| / 6t, phi(s) = f(x + s t way), |s| <= 1, for steps of up to eight times
     * the above and entries of `way` in [-1, 1]. INFINITY: none. */
    double (*truncation)(const lp_eval *e, int64_t row, const double *way, double t);
} lp_slope;

/* Upper bound of |exact gradient component|, INFINITY where there is none. */
double lp_slope_size(const lp_eval *e, lp_out out, int64_t i);
/* A truncation with what the step's own growth and the few roundings of computing it may add
 * (slope.c); INFINITY for what is no number. */
double lp_slope_bound(double rough);
/* One number of all rows: the array is moved as one row. */
bool lp_slope_whole(lp_op op);
extern const lp_slope lp_slopes[];
extern const int lp_slope_count;

#endif
