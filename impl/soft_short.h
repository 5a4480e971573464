/* Plain rows of softmax_xent_soft of few classes, a row a lane. */
#ifndef LP_IMPL_SOFT_SHORT_H
#define LP_IMPL_SOFT_SHORT_H

#include "impl/xent.h"

/* All of a call whose targets count as they are, at temperature 1 and with no z-loss; the gradient
 * lies apart from logits and targets. `row` does the rows that are left, with t as its context.
 * False: too many classes or in bits, nothing was done. */
bool lp_soft_short_run(const lp_call *c, const lp_targets *t, lp_row_answer *row);

#endif
