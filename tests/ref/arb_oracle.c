#include "arb_oracle.h"

#include "arb_rows.h"

static void to_bits(arb_ptr x, slong n, slong prec) {
    arb_t two;
    arb_init(two);
    arb_const_log2(two, prec);
    _arb_vec_scalar_div(x, x, n, two, prec);
    arb_clear(two);
}

arb_ptr arb_oracle(const lp_case *c, lp_out which, slong prec) {
    arb_ptr out = _arb_vec_init(lp_case_out_len(c, which));
    if (c->op == LP_OP_BCE_LOGITS || c->op == LP_OP_MULTILABEL_BCE) {
        arb_row_binary(out, c, which, prec);
    } else if (c->op == LP_OP_FOCAL_SIGMOID) {
        arb_row_focal_binary(out, c, which, prec);
    } else if (c->op == LP_OP_SIGMOID || c->op == LP_OP_LOG_SIGMOID || c->op == LP_OP_SOFTPLUS) {
        arb_row_binary_link(out, c, which, prec);
    } else if (c->op == LP_OP_LOGISTIC_MARGIN) {
        arb_row_signed_margin(out, c, which, prec);
    } else if (c->op == LP_OP_MSE_SIGMOID) {
        arb_row_squared_sigmoid(out, c, which, prec);
    } else if (c->op == LP_OP_HINGE || c->op == LP_OP_HINGE_MULTI) {
        arb_row_hinge(out, c, which, prec);
    } else if (c->op == LP_OP_DISTILL) {
        arb_row_distill(out, c, which, prec);
    } else if (c->op == LP_OP_BCE_PROB) {
        arb_row_binary_probability(out, c, which, prec);
    } else if (c->op == LP_OP_BRIER) {
        arb_row_squares(out, c, prec);
    } else if (c->op == LP_OP_PERPLEXITY) {
        arb_row_perplexity(out, c, prec);
    } else if (c->op == LP_OP_ECE) {
        arb_row_calibration(out, c, prec);
    } else if (c->op == LP_OP_INFO_NCE) {
        arb_info_nce(out, c, which, prec);
    } else if (c->op == LP_OP_LINEAR_XENT) {
        arb_linear_xent(out, c, which, prec);
    } else if (c->op == LP_OP_NLL) {
        arb_row_labelled_probability(out, c, which, prec);
    } else if (lp_op_get(c->op)->group == 'A') {
        arb_row_probability(out, c, which, prec);
    } else {
        arb_logits r;
        arb_open_logits(&r, c, prec);
        if (c->op == LP_OP_KL_LOGITS && which == LP_OUT_LOSS)
            arb_row_kl(out, c, &r, prec);
        else if (c->op == LP_OP_FOCAL_SOFTMAX)
            arb_row_focal(out, c, which, &r, prec);
        else if (c->op == LP_OP_MSE_SOFTMAX)
            arb_row_squared_softmax(out, c, which, &r, prec);
        else if (c->op == LP_OP_POLICY_GRAD)
            arb_row_policy(out, c, which, &r, prec);
        else if (c->op == LP_OP_LOGSUMEXP)
            arb_row_lse(out, c, which, &r, prec);
        else if (lp_op_get(c->op)->out[0].role == LP_OUT_LOSS)
            arb_row_xent(out, c, which, &r, prec);
        else
            arb_row_softmax(out, c, which, &r, prec);
        arb_close_logits(&r, c);
    }
    if (lp_case_has(c, LP_PARAM_BASE) && c->param[LP_PARAM_BASE] == 1)
        to_bits(out, lp_case_out_len(c, which), prec);
    return out;
}
