/* Rows of plain softmax_xent_soft and kl_logits at the speed of vectors, as far as that is sure. */
#ifndef LP_IMPL_SOFT_PLAIN_H
#define LP_IMPL_SOFT_PLAIN_H

#include "impl/batch.h"

typedef struct lp_soft_plain {
    bool loss, grad; /* what was asked for is there; else the gradient is where it is not NaN */
} lp_soft_plain;

/* t: targets as they are, temperature 1; `entropy`: the loss has sum t ln t more. False: the row is
 * not one of these, nothing of meaning was written. */
bool lp_soft_plain_row(lp_soft_plain *done, lp_job *job, lp_view z, lp_view t, int64_t k,
                       bool entropy);
/* What that left, from the row as lp_job_answer has it. */
void lp_soft_plain_complete(lp_job *job, const lp_soft_plain *done, const lp_row_eval *eval,
                            void *row, int64_t k);

#endif
