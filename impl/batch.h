/* The rows of a call as a batch: which count, what their gradients are multiplied by, and the sum
 * or mean of their losses, of which only the end is rounded. */
#ifndef LP_IMPL_BATCH_H
#define LP_IMPL_BATCH_H

#include "impl/isa.h"
#include "impl/value.h"

typedef struct lp_batch {
    const lp_call *call;
    bool plain;     /* every row for itself, gradients as they are */
    bool empty;     /* a mean over nothing: weights that sum to 0 or no row */
    lp_value count; /* a mean's denominator, else 1; NaN where a weight is */
    bool nan;       /* some row's loss is */
    lp_value total;
} lp_batch;

/* Reads labels and weights; upstream, ignore_index, reduction and mean_rule of the call count. */
void lp_batch_open(lp_batch *b, const lp_call *c);
/* Row i is ignored: its loss and gradient are +0. */
bool lp_batch_skips(const lp_batch *b, int64_t i);
/* The row's gradient, with its factor. */
lp_sink lp_batch_sink(const lp_batch *b, lp_out role, int64_t i);
void lp_batch_add(lp_batch *b, int64_t i, lp_value loss);
void lp_batch_close(lp_batch *b);

/* One row: writes the gradients (NULL data: not wanted) and returns the loss, of no meaning where
 * the call does not want it. `out` holds the sinks of LP_OUT_GRAD and LP_OUT_GRAD_P. */
typedef lp_value lp_row_loss(const void *context, const lp_call *c, int64_t i,
                             const lp_sink out[2]);
/* Runs all rows of width k. */
void lp_batch_run(const lp_call *c, int64_t k, lp_row_loss *row, const void *context);

#endif
