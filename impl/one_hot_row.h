/* A row of one-hot cross-entropy as lp_row_eval evaluates it: quick, precise and in many limbs,
 * each as far as it is asked for. The vector loops ask it what they leave in doubt. */
#ifndef LP_IMPL_ONE_HOT_ROW_H
#define LP_IMPL_ONE_HOT_ROW_H

#include "impl/batch.h"
#include "impl/row.h"

typedef struct lp_one_hot_row {
    lp_view z;
    int64_t k, label;
    double temperature, weight; /* of the label's class: a factor of loss and gradient */
    double own;                 /* the label's logit */
    double other;               /* the logit of the class that is asked for */
    const lp_sink *sink;        /* where its gradient goes */
    bool known[2];
    lp_row row[2];             /* where known: quick, precise */
    int levels;                /* so many of lp_big_limbs were taken: */
    lp_big sum[LP_BIG_LEVELS]; /* of exp(u_j - u_m), j other than the label */
} lp_one_hot_row;

extern const lp_row_eval lp_one_hot_eval; /* LP_EVAL_GRAD at any j */

/* Logits are read when a result needs it, once for each precision. */
void lp_one_hot_open(lp_one_hot_row *r, lp_view z, int64_t k, int64_t label, double temperature,
                     double weight);
/* The quick row; false: its results are NaN. */
bool lp_one_hot_quick(lp_one_hot_row *r);
/* For the sink, rounded correctly. */
double lp_one_hot_loss(lp_one_hot_row *r, const lp_sink *s);
double lp_one_hot_own(lp_one_hot_row *r, const lp_sink *s); /* gradient at the label */
double lp_one_hot_other(lp_one_hot_row *r, const lp_sink *s,
                        double z); /* ... at another, of logit z */

#endif
