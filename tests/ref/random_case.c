#include "random_case.h"

#include "random_draws.h"

void random_case(lp_case *c, lp_rng *rng, lp_op op, int64_t max_k) {
    lp_case_init(c, op);
    c->format = random_below(rng, 3) ? LP_BINARY64 : LP_BINARY32;
    c->rounding = (lp_rounding)random_below(rng, LP_ROUNDING_COUNT);
    c->n = 1;
    c->k = c->stride = lp_op_get(op)->scalar ? 1 : 1 + random_below(rng, max_k);
    int64_t label = random_below(rng, c->k);
    if (lp_op_whole(lp_op_get(op)) && lp_op_get(op)->group == 'A') {
        random_draw_rows(c, rng);
    } else if (op == LP_OP_INFO_NCE) {
        random_draw_similarities(c, rng, max_k);
    } else if (op == LP_OP_LINEAR_XENT) {
        random_draw_linear(c, rng);
    } else if (op == LP_OP_BCE_PROB) {
        random_draw_binary_probability(c, rng);
    } else if (op == LP_OP_NLL || op == LP_OP_BRIER) {
        random_draw_labelled_probability(c, rng, label);
    } else if (lp_op_get(op)->group == 'A') {
        random_draw_probabilities(c, rng);
    } else if (op == LP_OP_BCE_LOGITS || op == LP_OP_MULTILABEL_BCE || op == LP_OP_MSE_SIGMOID) {
        random_draw_binary(c, rng);
    } else if (op == LP_OP_FOCAL_SIGMOID) {
        random_draw_focal(c, rng);
    } else if (op == LP_OP_LOGISTIC_MARGIN) {
        random_draw_logit(c, rng);
        lp_case_alloc_label(c)[0] = random_below(rng, 2) ? 1 : -1;
    } else if (op == LP_OP_HINGE) {
        random_draw_hinge(c, rng);
    } else if (op == LP_OP_SIGMOID || op == LP_OP_LOG_SIGMOID || op == LP_OP_SOFTPLUS) {
        random_draw_logit(c, rng);
        if (random_below(rng, 2)) random_draw_cotangent(c, rng);
    } else {
        random_draw_logits(c, rng, label);
        if (op == LP_OP_SOFTMAX_XENT) {
            lp_case_alloc_label(c)[0] = label;
            if (random_below(rng, 16) == 0)
                random_draw_rational_bits(c, rng);
            else
                random_draw_xent_options(c, rng);
        } else if (op == LP_OP_HINGE_MULTI) {
            random_draw_hinges(c, rng, label);
        } else if (op == LP_OP_FOCAL_SOFTMAX) {
            lp_case_alloc_label(c)[0] = label;
            random_draw_focal_options(c, rng);
        } else if (op == LP_OP_DISTILL) {
            lp_case_alloc_label(c)[0] = label;
            random_draw_distill(c, rng, label);
        } else if (op == LP_OP_POLICY_GRAD) {
            lp_case_alloc_label(c)[0] = label;
            random_draw_policy_options(c, rng);
        } else if (lp_op_get(op)->required & 1u << LP_IN_TARGETS) {
            random_draw_targets(c, rng);
            if (op == LP_OP_SOFTMAX_XENT_SOFT) random_draw_xent_options(c, rng);
        } else {
            if (op != LP_OP_LOGSUMEXP) random_draw_temperature(c, rng);
            if (random_below(rng, 2)) random_draw_cotangent(c, rng);
        }
    }
    if (lp_op_get(op)->built_params & LP_PARAM_BIT(LP_PARAM_BASE) && random_below(rng, 4) == 0)
        lp_case_set(c, LP_PARAM_BASE, (double)(random_below(rng, 8) > 0));
    if (op == LP_OP_MSE_SOFTMAX && random_below(rng, 8) == 0)
        random_draw_cancelling_targets(c, rng);
}
