/* The operations on checked calls (subject.h's), one table per instruction set. A call's `set` says
 * which parameters are given, its arrays are in its format. */
#ifndef LP_IMPL_ROWS_H
#define LP_IMPL_ROWS_H

#include <lossproof/loss.h>

#include "impl/isa.h"
#include "impl/range.h"

typedef void lp_run(const lp_call *call);

lp_run lp_run_entropy, lp_run_cross_entropy, lp_run_kl_div;
lp_run lp_run_logsumexp, lp_run_softmax, lp_run_log_softmax;
lp_run lp_run_sigmoid, lp_run_log_sigmoid, lp_run_softplus;
lp_run lp_run_softmax_xent, lp_run_softmax_xent_soft, lp_run_kl_logits;
lp_run lp_run_bce_logits, lp_run_multilabel_bce;
lp_run lp_run_focal_softmax, lp_run_focal_sigmoid;
lp_run lp_run_policy_grad, lp_run_distill, lp_run_info_nce;
lp_run lp_run_nll, lp_run_bce_prob, lp_run_kl_gen, lp_run_brier, lp_run_perplexity, lp_run_ece;
lp_run lp_run_logistic_margin, lp_run_hinge, lp_run_hinge_multi, lp_run_mse_sigmoid,
    lp_run_mse_softmax, lp_run_linear_xent;

typedef struct lp_rows_table {
    lp_run *op[LP_OP_COUNT]; /* NULL: not here */
    lp_range *within;        /* before a call is checked */
} lp_rows_table;

extern const lp_rows_table lp_rows; /* of this instruction set: see isa.h */

#endif
