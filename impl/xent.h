/* What softmax_xent and softmax_xent_soft share: targets, weights and rows whose targets are spread
 * over all classes. */
#ifndef LP_IMPL_XENT_H
#define LP_IMPL_XENT_H

#include "impl/batch.h"
#include "impl/row.h"
#include "impl/split.h"

typedef struct lp_targets { /* W_j = w_j t'_j; t' = keep t + other, or by label: */
    lp_wide label, other;   /* ... label at the label, other elsewhere */
    lp_wide keep;
    double temperature, z_loss, softcap; /* softcap 0: none */
    double smoothing, denominator;       /* other = smoothing/denominator */
    bool smooth, everywhere;             /* `other` is added at the label too (rule K) */
    lp_view weights;                     /* data NULL: `weight` for all labels */
    double weight;
    bool focal; /* losses and gradients are those of focal_softmax */
    int gamma;
    bool diagonal; /* row i has label i mod k; rows from k on are columns */
} lp_targets;
lp_targets lp_targets_set(const lp_call *c);
/* t's shares of a label among k classes, as double-doubles. */
lp_smoothing lp_targets_smoothing(const lp_targets *t, int64_t k);
/* w_j target, 0 for a target of 0 whatever the weight. */
lp_wide lp_targets_weigh(const lp_targets *t, int64_t j, lp_wide target);

/* Any one-hot row of binary64 or binary32; lp_row_answer's. */
void lp_xent_row(const void *targets, const lp_call *c, int64_t i, lp_job *job);
/* Rows with the call's targets, or smoothed ones of its labels; one of them, lp_row_answer's. */
void lp_spread_row(const void *targets, const lp_call *c, int64_t i, lp_job *job);
void lp_spread_run(const lp_call *c, const lp_targets *t);
/* Rows of any targets behind a soft cap. */
void lp_softcap_run(const lp_call *c, const lp_targets *t);

#endif
