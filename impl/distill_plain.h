/* Rows of distill at the speed of vectors, as far as that is sure. */
#ifndef LP_IMPL_DISTILL_PLAIN_H
#define LP_IMPL_DISTILL_PLAIN_H

#include "impl/distill.h"
#include "impl/distill_short.h"
#include "impl/soft_plain.h"

/* Row i of the call, of d what is known before its rows are split; `rows` has what rows after
 * it may ask for. False: the row is not one of these, nothing of meaning was written; else
 * lp_soft_plain_complete does what is left. */
bool lp_distill_plain_row(lp_soft_plain *done, lp_job *job, const lp_distill *d,
                          lp_distill_rows *rows, const lp_call *c, int64_t i);

#endif
