/* One-hot softmax_xent, k >= 2: LP_LANES rows at a time through sums of exponentials as they are
 * (long_row.h, lanes.h, split.h). */
#ifndef LP_IMPL_ONE_HOT_H
#define LP_IMPL_ONE_HOT_H

#include "impl/group.h"

/* The group's rows, all of them. */
void lp_one_hot_rows_single(lp_group *g, bool grad);
/* `row` does the rows that are not tame, with t as its context. */
void lp_one_hot_run(const lp_call *c, const lp_targets *t, lp_row_answer *row);

#endif
