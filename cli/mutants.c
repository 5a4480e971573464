#include "cli/mutants.h"
#include "cli/certify.h"

#include <string.h>

#define LP_MUTANT(name, letter, number, thread, op, params, note)                                  \
    {#name, letter, number, thread, #op, params, note},
const lp_mutant lp_mutants[] = {
#include "subjects/mutants/mutants.def"
};
const int lp_mutant_count = LP_COUNT(lp_mutants);

const lp_mutant *lp_mutant_named(const char *name) {
    for (int i = 0; i < lp_mutant_count; i++)
        if (!strcmp(lp_mutants[i].name, name)) return &lp_mutants[i];
    return NULL;
}

/* A few for each operation: a dropped term, a lost shift, an underflowing log, a narrow sum, 0*inf,
 * a window that only the thresholds visit, a wrong convention, unwritten rows, a row that sees its
 * neighbours. */
const char *const lp_canary_names[] = {
    /* softmax_xent */
    "onehot_gradient", "lse_minus_target", "log_of_softmax", "narrow_sum", "zero_times_inf",
    "exp_window", "unwritten_rows", "by_place", "overread", "mean_over_all_rows",
    "ignored_times_zero",
    /* softmax, log_softmax */
    "shift_of_first_block", "product_without_mean", "log_softmax_of_p", "log_product_unscaled",
    /* sigmoid, log_sigmoid, softplus */
    "logistic_overflow", "saturated_slope", "log_of_sigmoid", "first_cotangent", "softplus_plain",
    "softplus_no_log1p",
    /* bce_logits, multilabel_bce */
    "bce_inf_minus_inf", "dropped_minus", "log_floor", "mean_is_the_sum", "labels_averaged",
    "pos_weight_by_row",
    /* logistic_margin */
    "margin_overflow", "margin_rest_of_one", "margin_zero_one",
    /* entropy, cross_entropy, kl_div */
    "entropy_zero_log_zero", "entropy_epsilon", "epsilon_added", "cross_gradient_swapped",
    "kl_zero_log_zero", "kl_gradient_reversed", "kl_log_difference",
    /* kl_gen */
    "excess_dropped", "excess_zero_log_zero", "excess_gradient_zero",
    /* hinge, hinge_multi */
    "hinge_gradient_epsilon", "hinge_kink_outside", "hinge_no_margin", "hinges_unshifted",
    "hinges_every_tie", "hinges_label_once", "hinges_masked_product",
    /* nll, bce_prob, brier */
    "nll_epsilon", "score_log_floored", "brier_expanded", "brier_over_classes",
    /* perplexity, ece */
    "perplexity_bits", "perplexity_floored", "ece_left_edges", "ece_unweighted",
    /* info_nce, linear_xent */
    "nce_rows_only", "nce_tau_sign", "nce_gradient_without_positive", "nce_shares_narrow",
    "linear_shares_narrow", "linear_lse_first", "linear_w_transposed", "linear_mean_over_all_rows",
    /* mse_sigmoid, mse_softmax */
    "mse_slope_dropped", "mse_slope_floored", "mse_unhalved", "squares_unshifted",
    "squares_jacobian_diagonal", "squares_narrow_probability", "squares_masked_product", NULL};
