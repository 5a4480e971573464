/* The loops over one row of plain binary64 softmax_xent, lanes along the classes: a sum of
 * exponentials, kept as they come, and the gradient out of them. For tame rows (split.h); others
 * give numbers of no meaning, which lp_split_rows tells. */
#ifndef LP_IMPL_LONG_ROW_H
#define LP_IMPL_LONG_ROW_H

#include "impl/dd.h"
#include "impl/isa.h"
#include "impl/one_hot_row.h"

#include <stdint.h>

typedef struct lp_long_sum {
    lp_dd sum;  /* of exp(z_j), j != skip; z_j below -LP_FLOOR as if there; NaN where some z_j is */
    double max; /* of z_j, j != skip */
} lp_long_sum;

/* Brings memory near that is written soon. */
#if defined(__GNUC__)
#define LP_FETCH(p) __builtin_prefetch(p, 1)
#else
#define LP_FETCH(p) ((void)(p))
#endif

/* hi, lo: where the exponentials go (hi + lo, not normalised), both NULL: not wanted. */
lp_long_sum lp_long_row_sum(double *hi, double *lo, const double *z, int64_t k, int64_t skip);

/* out_j = exp(z_j) factor, correctly rounded, out of hi and lo; `row` decides what they cannot.
 * out may be hi; NULL: nothing is written, but all that `row` would have to read of z is read.
 * out[skip] is anything. */
void lp_long_row_scale(double *out, const double *hi, const double *lo, const double *z, int64_t k,
                       lp_dd factor, lp_one_hot_row *row, const lp_sink *sink);

#endif
