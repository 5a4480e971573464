/* A row of focal_softmax as lp_row_eval evaluates it: seen from the label for the quick and the
 * precise way, from the largest logit for the last, each as far as it is asked for. The vector
 * loops ask it what they leave in doubt. */
#ifndef LP_IMPL_FOCAL_ROW_H
#define LP_IMPL_FOCAL_ROW_H

#include "impl/big_row.h"
#include "impl/focal.h"
#include "impl/row.h"

typedef struct lp_focal_row {
    lp_view z;
    int64_t k, label;
    double gamma, alpha;
    double asked; /* the logit of the class that is asked for */
    bool known[2];
    lp_row row[2]; /* where known: quick, precise */
    lp_focal_parts f[2];
    lp_big_row big;
    lp_big_focal big_f;
    double by;                /* what is left to divide a gradient by */
    bool is_far, far_alone;   /* with a single largest logit the loss is so much more, */
    lp_big far_rest, far_top; /* ... and the gradient at the largest logits */
} lp_focal_row;

/* Logits are read when a result needs it, once for each precision. */
void lp_focal_row_open(lp_focal_row *s, const lp_call *c, int64_t i);
/* Gradients for the sink, rounded correctly, of a row without NaN and infinities but -inf: at the
 * label, and at another class of logit z. */
double lp_focal_row_own(lp_focal_row *s, const lp_sink *sink);
double lp_focal_row_other(lp_focal_row *s, const lp_sink *sink, double z);
/* Any row; lp_row_answer's, whose context is not looked at. */
void lp_focal_answer(const void *context, const lp_call *c, int64_t i, lp_job *job);

#endif
