#include "impl/rows.h"

const lp_rows_table lp_rows = {
    .softmax_xent = lp_rows_softmax_xent,
    .softmax = lp_rows_softmax,
    .log_softmax = lp_rows_log_softmax,
    .bce_logits = lp_rows_bce_logits,
    .entropy = lp_rows_entropy,
    .cross_entropy = lp_rows_cross_entropy,
    .kl_div = lp_rows_kl_div,
};
