#include "props/props/properties.h"

#include <string.h>

/* In the order of section 5. */
const lp_property *const lp_properties[] = {&lp_property_shift_invariance,
                                            &lp_property_gibbs,
                                            &lp_property_grad_sum,
                                            &lp_property_shares_sum,
                                            &lp_property_grad_range,
                                            &lp_property_grad_sign,
                                            &lp_property_shares_range,
                                            &lp_property_nonnegative,
                                            &lp_property_lse_bounds,
                                            &lp_property_convex,
                                            &lp_property_monotone,
                                            &lp_property_margin_asymptote,
                                            &lp_property_permutation,
                                            &lp_property_row_order,
                                            &lp_property_binary_is_two_class,
                                            &lp_property_binary_is_soft_class,
                                            &lp_property_neutral_option,
                                            &lp_property_one_hot_is_sparse,
                                            &lp_property_focal_is_ce,
                                            &lp_property_contrast_is_ce,
                                            &lp_property_distill_is_ce,
                                            &lp_property_option_counts,
                                            &lp_property_decomposition,
                                            &lp_property_perplexity_of_mean,
                                            &lp_property_smoothing_is_mixture,
                                            &lp_property_normalised,
                                            &lp_property_temperature,
                                            &lp_property_gradient_is_derivative,
                                            &lp_property_entropy_rises,
                                            &lp_property_distill_limit,
                                            &lp_property_proper_score,
                                            &lp_property_symmetry,
                                            &lp_property_sigmoid_symmetry,
                                            &lp_property_focal_below_ce,
                                            &lp_property_focal_grad_range,
                                            &lp_property_weights_linear,
                                            &lp_property_upstream_linear,
                                            &lp_property_mle,
                                            &lp_property_split_batch,
                                            &lp_property_hinge_vs_ce,
                                            &lp_property_mse_saturates,
                                            &lp_property_row_independence,
                                            &lp_property_row_stride,
                                            &lp_property_deterministic,
                                            &lp_property_thread_independence,
                                            &lp_property_pure,
                                            &lp_property_in_place,
                                            &lp_property_single_rounding};
const int lp_property_count = sizeof lp_properties / sizeof *lp_properties;

const lp_property *lp_property_by_name(const char *name) {
    for (int i = 0; i < lp_property_count; i++)
        if (strcmp(lp_properties[i]->name, name) == 0) return lp_properties[i];
    return NULL;
}

bool lp_property_applies(const lp_property *p, lp_op op) {
    for (int i = 0; i < p->op_count; i++)
        if (p->ops[i] == op) return true;
    return false;
}
