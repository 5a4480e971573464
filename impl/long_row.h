/* The loops over one row of binary64 softmax_xent, lanes along the classes: a sum of exponentials,
 * kept as they come, and the gradient out of them. For tame rows (split.h); others give numbers of
 * no meaning, which lp_split_rows tells. Over a temperature z_j stands for (z_j - own)/T. */
#ifndef LP_IMPL_LONG_ROW_H
#define LP_IMPL_LONG_ROW_H

#include "impl/dd.h"
#include "impl/isa.h"
#include "impl/temper.h"

#include <stdint.h>

typedef struct lp_long_sum {
    lp_dd sum;  /* of exp(z_j), j != skip; z_j below -LP_FLOOR as if there; NaN where some z_j is */
    double max; /* of z_j, j != skip, or -LP_FLOOR */
} lp_long_sum;

/* hi, lo: where the exponentials go (hi + lo, not normalised), both NULL: not wanted. t NULL: T = 1
 * and own = 0. */
lp_long_sum lp_long_row_sum(double *hi, double *lo, const double *z, int64_t k, int64_t skip,
                            const lp_temper *t);

/* Who decides what the loops leave in doubt: the correctly rounded gradient at a class of logit z,
 * but the label's. */
typedef struct lp_asker {
    double (*other)(void *row, double z);
    void *row;
    int64_t label;
} lp_asker;
/* out_j = exp(z_j) factor, correctly rounded, out of hi and lo, or computed again where hi is NULL;
 * eps is what that is tested with, and `ask` decides what it leaves in doubt.
 * out may be hi; NULL: nothing is written, but all that `ask` would have to read of z is read.
 * out[label] is anything. */
void lp_long_row_scale(double *out, const double *hi, const double *lo, const double *z, int64_t k,
                       lp_dd factor, double eps, const lp_temper *t, const lp_asker *ask);

#endif
