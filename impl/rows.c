#include "impl/rows.h"

const lp_rows_table lp_rows = {{
    [LP_OP_ENTROPY] = lp_run_entropy,
    [LP_OP_CROSS_ENTROPY] = lp_run_cross_entropy,
    [LP_OP_KL_DIV] = lp_run_kl_div,
    [LP_OP_LOGSUMEXP] = lp_run_logsumexp,
    [LP_OP_SOFTMAX] = lp_run_softmax,
    [LP_OP_LOG_SOFTMAX] = lp_run_log_softmax,
    [LP_OP_SIGMOID] = lp_run_sigmoid,
    [LP_OP_LOG_SIGMOID] = lp_run_log_sigmoid,
    [LP_OP_SOFTPLUS] = lp_run_softplus,
    [LP_OP_SOFTMAX_XENT] = lp_run_softmax_xent,
    [LP_OP_SOFTMAX_XENT_SOFT] = lp_run_softmax_xent_soft,
    [LP_OP_KL_LOGITS] = lp_run_kl_logits,
    [LP_OP_BCE_LOGITS] = lp_run_bce_logits,
    [LP_OP_MULTILABEL_BCE] = lp_run_multilabel_bce,
    [LP_OP_FOCAL_SOFTMAX] = lp_run_focal_softmax,
    [LP_OP_FOCAL_SIGMOID] = lp_run_focal_sigmoid,
}};
