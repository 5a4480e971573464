/* Losses of a logit and its label, LP_LANES logits at a time (bce_lanes.h); what lanes leave in
 * doubt is asked of the operation, a logit at a time. */
#ifndef LP_IMPL_BCE_PLAIN_H
#define LP_IMPL_BCE_PLAIN_H

#include "impl/batch.h"
#include "impl/bce_lanes.h"

typedef struct lp_bce_op {
    void (*lanes)(lp_bce *b, const void *context), (*lanes_single)(lp_bce *b, const void *context);
    int single_bits; /* binary32 losses are good to 2^-1 of so many bits (lp_good_to) */
    /* By any precision it takes: the loss; the loss or gradient over `k`, rounded for the sink. A
     * NaN makes both NaN. */
    lp_value (*value)(const void *context, double z, double y, double q);
    double (*component)(const void *context, const lp_sink *sink, int out, double z, double y,
                        double q, int64_t k);
} lp_bce_op;

/* All of a call; y are its targets, or where there are none its labels, 0 or 1. False: it is none
 * for this, and nothing was done. `row` is lp_batch_answer's, with the context NULL. */
bool lp_bce_plain_run(const lp_call *c, const lp_bce_op *op, const void *context,
                      lp_row_answer *row);

#endif
