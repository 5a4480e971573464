/* What softmax_xent and softmax_xent_soft share: targets, weights and rows whose targets are spread
 * over all classes. */
#ifndef LP_IMPL_XENT_H
#define LP_IMPL_XENT_H

#include "impl/batch.h"
#include "impl/row.h"

typedef struct lp_targets { /* W_j = w_j t'_j; t' = keep t + other, or by label: */
    lp_wide label, other;   /* ... label at the label, other elsewhere */
    lp_wide keep;
    double temperature;
    bool smooth;
    lp_view weights; /* data NULL: ones */
} lp_targets;
lp_targets lp_targets_set(const lp_call *c);
/* w_j target, 0 for a target of 0 whatever the weight. */
lp_wide lp_targets_weigh(const lp_targets *t, int64_t j, lp_wide target);

/* One row at z with the targets `soft`, or smoothed ones of a label (soft.data NULL). As
 * lp_row_loss. */
lp_value lp_spread_row(const lp_targets *t, const lp_call *c, int64_t i, lp_view soft,
                       const lp_sink *grad);

#endif
