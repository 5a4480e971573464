/* Every property can fail: a fault planted in correct answers is caught by the property that is
 * about it, below `stable`, and the case that shows it shrinks. */
#include "subjects.h"

#include "core/case_text.h"
#include "props/props/hits.h"
#include "props/props/properties.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <stdlib.h>

#define ARGS   const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e, lp_answer *a
#define UNUSED (void)s, (void)c, (void)how, (void)e, (void)a

/* Adds to (sets, scales) every number of an output. */
static void add(lp_answer *a, lp_out out, double x) {
    for (int64_t i = 0; a->out[out] && i < a->len[out]; i++) a->out[out][i] += x;
}

/* m + ln S is formed first, in the format's arithmetic, and z_c taken off it: the offset stays in.
 */
static void lse_first(ARGS) {
    UNUSED;
    const lp_format *f = lp_format_get(c->format);
    for (int64_t r = 0; r < c->n; r++) {
        const double *z = c->in[LP_IN_LOGITS] + r * c->k;
        double m = -INFINITY, sum = 0;
        for (int64_t j = 0; j < c->k; j++) m = fmax(m, z[j]);
        for (int64_t j = 0; j < c->k; j++) sum += exp(z[j] - m);
        double lse = lp_format_round(f, m + log(sum));
        a->out[LP_OUT_LOSS][r] = lp_format_round(f, lse - z[c->label[r]]);
    }
}

static void minus_one(ARGS) {
    UNUSED;
    for (int64_t i = 0; i < a->len[LP_OUT_LOSS]; i++) a->out[LP_OUT_LOSS][i] = -1;
}

static void half_loss(ARGS) {
    UNUSED;
    if (c->op == LP_OP_ENTROPY) return; /* the other side of gibbs stays right */
    for (int64_t i = 0; i < a->len[LP_OUT_LOSS]; i++) a->out[LP_OUT_LOSS][i] *= 0.5;
}

static void one_more_gradient(ARGS) {
    UNUSED;
    if (a->out[LP_OUT_GRAD] && a->len[LP_OUT_GRAD] > 0) a->out[LP_OUT_GRAD][0] += 1;
}

static void double_gradient(ARGS) {
    UNUSED;
    for (int64_t i = 0; i < a->len[LP_OUT_GRAD]; i++) a->out[LP_OUT_GRAD][i] *= 2;
}

static void gradient_flipped(ARGS) {
    UNUSED;
    for (int64_t i = 0; i < a->len[LP_OUT_GRAD]; i++) a->out[LP_OUT_GRAD][i] *= -1;
}

static void falling_loss(ARGS) {
    UNUSED;
    for (int64_t i = 0; i < a->len[LP_OUT_LOSS]; i++)
        a->out[LP_OUT_LOSS][i] = 100 - a->out[LP_OUT_LOSS][i];
}

static void loss_and_half(ARGS) {
    UNUSED;
    for (int64_t i = 0; i < a->len[LP_OUT_LOSS]; i++) a->out[LP_OUT_LOSS][i] *= 1.5;
}

static void perplexity_and_half(ARGS) {
    UNUSED;
    if (c->op == LP_OP_PERPLEXITY) loss_and_half(s, c, how, e, a);
}

/* One answer depends on where the greatest entry stands. */
static void place_counts(ARGS) {
    UNUSED;
    const double *x = c->in[LP_IN_LOGITS] ? c->in[LP_IN_LOGITS]
                      : c->in[LP_IN_P]    ? c->in[LP_IN_P]
                                          : c->in[LP_IN_Q];
    if (c->n > 0 && c->k > 1 && x[0] > x[1]) {
        add(a, LP_OUT_LOSS, 1);
        add(a, LP_OUT_VALUE, 1);
    }
}

static void binary_loss(ARGS) {
    UNUSED;
    if (lp_op_get(c->op)->scalar) loss_and_half(s, c, how, e, a);
}

static void positive_logit(ARGS) {
    UNUSED;
    for (int64_t r = 0; r < c->n; r++)
        if (c->in[LP_IN_LOGITS][r * c->k] > 0) a->out[LP_OUT_LOSS][r] += 1;
}

/* What is asked of differences depends on where 0 is. */
static void offset_counts(ARGS) {
    UNUSED;
    if (c->n > 0 && c->k > 0 && c->in[LP_IN_LOGITS][0] > 0) {
        add(a, LP_OUT_LOSS, 1);
        add(a, LP_OUT_VALUE, 1);
    }
}

static void batch_counts(ARGS) {
    UNUSED;
    add(a, LP_OUT_LOSS, (double)c->n);
    add(a, LP_OUT_VALUE, (double)c->n);
}

static void nan_spreads(ARGS) {
    UNUSED;
    for (int64_t i = 0; i < c->n * c->k; i++)
        if (isnan(c->in[LP_IN_LOGITS][i])) add(a, LP_OUT_GRAD, 1);
}

static void place_in_memory(ARGS) {
    UNUSED;
    if (how && (how->align || how->guard_before)) add(a, LP_OUT_LOSS, 0x1p-20);
}

static void padding_counts(ARGS) {
    UNUSED;
    if (c->stride > c->k) add(a, LP_OUT_GRAD, 0x1p-20);
}

static void call_counts(ARGS) {
    UNUSED;
    add(a, LP_OUT_LOSS, (double)(s->calls % 7));
}

static void rounding_left(ARGS) {
    UNUSED;
    a->findings |= LP_FIND_ROUNDING;
}

static void read_after_write(ARGS) {
    UNUSED;
    if (how && how->in_place && a->len[LP_OUT_GRAD] > 1) a->out[LP_OUT_GRAD][1] += 0x1p-20;
}

/* A reduced loss that is not the rows': a fifth more. */
static void reduced_more(ARGS) {
    UNUSED;
    if (c->reduction != LP_REDUCE_NONE) a->out[LP_OUT_LOSS][0] *= 1.25;
}

/* ... or that grows with the batch. */
static void reduced_grows(ARGS) {
    UNUSED;
    if (c->reduction != LP_REDUCE_NONE) a->out[LP_OUT_LOSS][0] *= (double)c->n;
}

static void upstream_squared(ARGS) {
    UNUSED;
    const double *up = c->in[LP_IN_UPSTREAM];
    for (int64_t i = 0; up && i < a->len[LP_OUT_GRAD]; i++) a->out[LP_OUT_GRAD][i] *= up[0];
}

static void weights_squared(ARGS) {
    UNUSED;
    const double *w = c->in[LP_IN_WEIGHTS];
    for (int64_t i = 0; w && i < a->len[LP_OUT_LOSS]; i++) a->out[LP_OUT_LOSS][i] *= w[0];
}

/* An option changes something although it is at its neutral value. */
static void option_counts(ARGS) {
    UNUSED;
    if (c->set) {
        add(a, LP_OUT_LOSS, 1);
        add(a, LP_OUT_VALUE, 1);
    }
}

static void two_equal_classes(ARGS) {
    UNUSED;
    if (c->op == LP_OP_SOFTMAX_XENT_SOFT) add(a, LP_OUT_LOSS, 1);
}

static void cross_alone(ARGS) {
    UNUSED;
    if (c->op == LP_OP_CROSS_ENTROPY) add(a, LP_OUT_LOSS, 1);
}

static void less_where_they_differ(ARGS) {
    UNUSED;
    if (c->k > 0 && c->n > 0 && c->in[LP_IN_P][0] != c->in[LP_IN_Q][0]) add(a, LP_OUT_LOSS, -9);
}

/* A gradient that is a thousandth too long in one place. */
static void gradient_stretched(ARGS) {
    UNUSED;
    if (a->out[LP_OUT_GRAD]) a->out[LP_OUT_GRAD][0] *= 1.001;
}

static void other_gradient_stretched(ARGS) {
    UNUSED;
    if (a->out[LP_OUT_GRAD_P]) a->out[LP_OUT_GRAD_P][0] *= 1.001;
}

/* Options are taken and change nothing. */
static void options_ignored(ARGS) {
    UNUSED;
    lp_case plain;
    lp_answer other;
    lp_error err = {""};
    if (!c->set) return;
    lp_case_copy(&plain, c);
    static const lp_in role[] = {LP_IN_WEIGHTS, LP_IN_UPSTREAM, LP_IN_ALPHA, LP_IN_POS_WEIGHT};
    for (size_t i = 0; i < sizeof role / sizeof *role; i++) {
        free(plain.in[role[i]]);
        plain.in[role[i]] = NULL;
    }
    plain.set = 0;
    lp_exact *x = lp_exact_new(&plain, &err);
    lp_answer_init(&other);
    assert_non_null(x);
    if (lp_exact_status(x) == LP_OK) {
        lp_exact_answer(&other, x);
        for (int o = 0; o < LP_OUT_COUNT; o++)
            for (int64_t i = 0; a->out[o] && other.out[o] && i < a->len[o]; i++)
                a->out[o][i] = other.out[o][i];
    }
    lp_answer_clear(&other);
    lp_exact_free(x);
    lp_case_clear(&plain);
}

static void focal_doubled(ARGS) {
    UNUSED;
    bool focal = c->op == LP_OP_FOCAL_SOFTMAX || c->op == LP_OP_FOCAL_SIGMOID;
    for (int64_t i = 0; focal && i < a->len[LP_OUT_LOSS]; i++) a->out[LP_OUT_LOSS][i] *= 2;
}

static bool is_hinge(const lp_case *c) {
    return c->op == LP_OP_HINGE || c->op == LP_OP_HINGE_MULTI;
}

/* Beyond the margin something is left of the hinge, or nothing of the cross-entropy. */
static void hinge_leaks(ARGS) {
    UNUSED;
    for (int64_t r = 0; is_hinge(c) && r < a->len[LP_OUT_LOSS]; r++)
        if (a->out[LP_OUT_LOSS][r] == 0) a->out[LP_OUT_LOSS][r] = 0x1p-30;
}

static void squares_live(ARGS) {
    UNUSED;
    for (int64_t r = 0; c->op == LP_OP_MSE_SIGMOID && r < a->len[LP_OUT_GRAD]; r++)
        if (fabs(c->in[LP_IN_LOGITS][r]) > 4) a->out[LP_OUT_GRAD][r] = 0.25;
}

static void entropy_dies(ARGS) {
    UNUSED;
    for (int64_t r = 0; c->op == LP_OP_BCE_LOGITS && r < a->len[LP_OUT_GRAD]; r++)
        a->out[LP_OUT_GRAD][r] = 0;
}

static void entropy_lost(ARGS) {
    UNUSED;
    for (int64_t r = 0; !is_hinge(c) && r < a->len[LP_OUT_LOSS]; r++) a->out[LP_OUT_LOSS][r] = 0;
}

static void rounded_twice(ARGS) {
    UNUSED;
    for (int64_t r = 0; r < a->len[LP_OUT_LOSS]; r++)
        a->out[LP_OUT_LOSS][r] =
            (double)(float)lp_exact_round(e, LP_OUT_LOSS, r, LP_BINARY64, LP_ROUND_NEAREST, NULL);
}

static const struct {
    const lp_property *property;
    lp_op op;
    void (*spoil)(ARGS);
} planted[] = {
    {&lp_property_shift_invariance, LP_OP_SOFTMAX_XENT, lse_first},
    {&lp_property_gibbs, LP_OP_KL_DIV, minus_one},
    {&lp_property_gibbs, LP_OP_CROSS_ENTROPY, half_loss},
    {&lp_property_grad_sum, LP_OP_SOFTMAX_XENT, one_more_gradient},
    {&lp_property_grad_sum, LP_OP_SOFTMAX, one_more_gradient},
    {&lp_property_grad_sum, LP_OP_LOG_SOFTMAX, one_more_gradient},
    {&lp_property_grad_range, LP_OP_SOFTMAX_XENT, double_gradient},
    {&lp_property_grad_sign, LP_OP_SOFTMAX_XENT, gradient_flipped},
    {&lp_property_grad_sign, LP_OP_BCE_LOGITS, gradient_flipped},
    {&lp_property_nonnegative, LP_OP_SOFTMAX_XENT, minus_one},
    {&lp_property_nonnegative, LP_OP_BCE_LOGITS, minus_one},
    {&lp_property_nonnegative, LP_OP_CROSS_ENTROPY, minus_one},
    {&lp_property_nonnegative, LP_OP_ENTROPY, minus_one},
    {&lp_property_nonnegative, LP_OP_KL_DIV, minus_one},
    {&lp_property_nonnegative, LP_OP_NLL, minus_one},
    {&lp_property_nonnegative, LP_OP_BCE_PROB, minus_one},
    {&lp_property_row_order, LP_OP_PERPLEXITY, place_counts},
    {&lp_property_row_order, LP_OP_ECE, place_counts},
    {&lp_property_perplexity_of_mean, LP_OP_PERPLEXITY, perplexity_and_half},
    {&lp_property_permutation, LP_OP_PERPLEXITY, place_counts},
    {&lp_property_nonnegative, LP_OP_ECE, minus_one},
    {&lp_property_deterministic, LP_OP_ECE, call_counts},
    {&lp_property_nonnegative, LP_OP_BRIER, minus_one},
    {&lp_property_permutation, LP_OP_BRIER, place_counts},
    {&lp_property_mle, LP_OP_BRIER, reduced_more},
    {&lp_property_split_batch, LP_OP_BRIER, reduced_grows},
    {&lp_property_row_independence, LP_OP_BRIER, batch_counts},
    {&lp_property_gibbs, LP_OP_KL_GEN, minus_one},
    {&lp_property_nonnegative, LP_OP_KL_GEN, minus_one},
    {&lp_property_permutation, LP_OP_KL_GEN, place_counts},
    {&lp_property_upstream_linear, LP_OP_KL_GEN, upstream_squared},
    {&lp_property_split_batch, LP_OP_KL_GEN, reduced_grows},
    {&lp_property_nonnegative, LP_OP_LOGISTIC_MARGIN, minus_one},
    {&lp_property_margin_asymptote, LP_OP_LOGISTIC_MARGIN, loss_and_half},
    {&lp_property_grad_sign, LP_OP_LOGISTIC_MARGIN, gradient_flipped},
    {&lp_property_convex, LP_OP_LOGISTIC_MARGIN, falling_loss},
    {&lp_property_symmetry, LP_OP_LOGISTIC_MARGIN, positive_logit},
    {&lp_property_binary_is_two_class, LP_OP_LOGISTIC_MARGIN, binary_loss},
    {&lp_property_lse_bounds, LP_OP_SOFTMAX_XENT, half_loss},
    {&lp_property_lse_bounds, LP_OP_LOG_SOFTMAX, batch_counts},
    {&lp_property_monotone, LP_OP_SOFTMAX_XENT, falling_loss},
    {&lp_property_margin_asymptote, LP_OP_SOFTMAX_XENT, loss_and_half},
    {&lp_property_margin_asymptote, LP_OP_BCE_LOGITS, loss_and_half},
    {&lp_property_permutation, LP_OP_SOFTMAX_XENT, place_counts},
    {&lp_property_permutation, LP_OP_SOFTMAX, place_counts},
    {&lp_property_permutation, LP_OP_LOG_SOFTMAX, place_counts},
    {&lp_property_permutation, LP_OP_ENTROPY, place_counts},
    {&lp_property_permutation, LP_OP_KL_DIV, place_counts},
    {&lp_property_permutation, LP_OP_CROSS_ENTROPY, place_counts},
    {&lp_property_permutation, LP_OP_NLL, place_counts},
    {&lp_property_binary_is_two_class, LP_OP_BCE_LOGITS, binary_loss},
    {&lp_property_symmetry, LP_OP_BCE_LOGITS, positive_logit},
    {&lp_property_symmetry, LP_OP_MULTILABEL_BCE, positive_logit},
    {&lp_property_nonnegative, LP_OP_MULTILABEL_BCE, minus_one},
    {&lp_property_nonnegative, LP_OP_FOCAL_SIGMOID, minus_one},
    {&lp_property_grad_sign, LP_OP_MULTILABEL_BCE, gradient_flipped},
    {&lp_property_permutation, LP_OP_MULTILABEL_BCE, place_counts},
    {&lp_property_weights_linear, LP_OP_SOFTMAX_XENT, weights_squared},
    {&lp_property_upstream_linear, LP_OP_SOFTMAX_XENT, upstream_squared},
    {&lp_property_upstream_linear, LP_OP_KL_DIV, upstream_squared},
    {&lp_property_mle, LP_OP_SOFTMAX_XENT, reduced_more},
    {&lp_property_mle, LP_OP_BCE_LOGITS, reduced_more},
    {&lp_property_split_batch, LP_OP_SOFTMAX_XENT, reduced_grows},
    {&lp_property_split_batch, LP_OP_ENTROPY, reduced_grows},
    {&lp_property_row_independence, LP_OP_SOFTMAX_XENT, batch_counts},
    {&lp_property_row_independence, LP_OP_SOFTMAX_XENT, nan_spreads},
    {&lp_property_row_independence, LP_OP_SOFTMAX_XENT, place_in_memory},
    {&lp_property_row_independence, LP_OP_SOFTMAX, batch_counts},
    {&lp_property_row_stride, LP_OP_SOFTMAX_XENT, padding_counts},
    {&lp_property_deterministic, LP_OP_KL_DIV, call_counts},
    {&lp_property_pure, LP_OP_ENTROPY, rounding_left},
    {&lp_property_in_place, LP_OP_SOFTMAX_XENT, read_after_write},
    {&lp_property_convex, LP_OP_SOFTMAX_XENT, falling_loss},
    {&lp_property_convex, LP_OP_SOFTMAX_XENT, gradient_flipped},
    {&lp_property_convex, LP_OP_BCE_LOGITS, falling_loss},
    {&lp_property_convex, LP_OP_SOFTPLUS, gradient_flipped},
    {&lp_property_neutral_option, LP_OP_SOFTMAX_XENT, option_counts},
    {&lp_property_neutral_option, LP_OP_SOFTMAX, option_counts},
    {&lp_property_neutral_option, LP_OP_BCE_LOGITS, option_counts},
    {&lp_property_decomposition, LP_OP_CROSS_ENTROPY, cross_alone},
    {&lp_property_smoothing_is_mixture, LP_OP_SOFTMAX_XENT, option_counts},
    {&lp_property_normalised, LP_OP_SOFTMAX, batch_counts},
    {&lp_property_normalised, LP_OP_LOG_SOFTMAX, batch_counts},
    {&lp_property_temperature, LP_OP_SOFTMAX, option_counts},
    {&lp_property_temperature, LP_OP_SOFTMAX_XENT, option_counts},
    {&lp_property_proper_score, LP_OP_CROSS_ENTROPY, less_where_they_differ},
    {&lp_property_single_rounding, LP_OP_SOFTMAX_XENT, rounded_twice},
    {&lp_property_shift_invariance, LP_OP_DISTILL, offset_counts},
    {&lp_property_grad_sum, LP_OP_DISTILL, one_more_gradient},
    {&lp_property_nonnegative, LP_OP_DISTILL, minus_one},
    {&lp_property_permutation, LP_OP_DISTILL, place_counts},
    {&lp_property_neutral_option, LP_OP_DISTILL, option_counts},
    {&lp_property_distill_limit, LP_OP_DISTILL, double_gradient},
    {&lp_property_mle, LP_OP_DISTILL, reduced_more},
    {&lp_property_row_independence, LP_OP_DISTILL, batch_counts},
    {&lp_property_shift_invariance, LP_OP_POLICY_GRAD, offset_counts},
    {&lp_property_grad_sum, LP_OP_POLICY_GRAD, one_more_gradient},
    {&lp_property_permutation, LP_OP_POLICY_GRAD, place_counts},
    {&lp_property_neutral_option, LP_OP_POLICY_GRAD, option_counts},
    {&lp_property_entropy_rises, LP_OP_POLICY_GRAD, falling_loss},
    {&lp_property_mle, LP_OP_POLICY_GRAD, reduced_more},
    {&lp_property_split_batch, LP_OP_POLICY_GRAD, reduced_grows},
    {&lp_property_upstream_linear, LP_OP_POLICY_GRAD, upstream_squared},
    {&lp_property_row_independence, LP_OP_POLICY_GRAD, batch_counts},
    /* Soft targets, focus, logsumexp. */
    {&lp_property_shift_invariance, LP_OP_SOFTMAX_XENT_SOFT, offset_counts},
    {&lp_property_shift_invariance, LP_OP_KL_LOGITS, offset_counts},
    {&lp_property_shift_invariance, LP_OP_FOCAL_SOFTMAX, offset_counts},
    {&lp_property_shift_invariance, LP_OP_LOGSUMEXP, offset_counts},
    {&lp_property_grad_sum, LP_OP_SOFTMAX_XENT_SOFT, one_more_gradient},
    {&lp_property_grad_sum, LP_OP_KL_LOGITS, one_more_gradient},
    {&lp_property_grad_sum, LP_OP_FOCAL_SOFTMAX, one_more_gradient},
    {&lp_property_grad_sign, LP_OP_FOCAL_SOFTMAX, gradient_flipped},
    {&lp_property_nonnegative, LP_OP_SOFTMAX_XENT_SOFT, minus_one},
    {&lp_property_nonnegative, LP_OP_KL_LOGITS, minus_one},
    {&lp_property_nonnegative, LP_OP_FOCAL_SOFTMAX, minus_one},
    {&lp_property_lse_bounds, LP_OP_LOGSUMEXP, batch_counts},
    {&lp_property_monotone, LP_OP_FOCAL_SOFTMAX, falling_loss},
    {&lp_property_permutation, LP_OP_SOFTMAX_XENT_SOFT, place_counts},
    {&lp_property_permutation, LP_OP_KL_LOGITS, place_counts},
    {&lp_property_permutation, LP_OP_FOCAL_SOFTMAX, place_counts},
    {&lp_property_permutation, LP_OP_LOGSUMEXP, place_counts},
    {&lp_property_weights_linear, LP_OP_SOFTMAX_XENT_SOFT, weights_squared},
    {&lp_property_upstream_linear, LP_OP_SOFTMAX_XENT_SOFT, upstream_squared},
    {&lp_property_upstream_linear, LP_OP_KL_LOGITS, upstream_squared},
    {&lp_property_upstream_linear, LP_OP_FOCAL_SOFTMAX, upstream_squared},
    {&lp_property_mle, LP_OP_SOFTMAX_XENT_SOFT, reduced_more},
    {&lp_property_mle, LP_OP_KL_LOGITS, reduced_more},
    {&lp_property_mle, LP_OP_FOCAL_SOFTMAX, reduced_more},
    {&lp_property_split_batch, LP_OP_SOFTMAX_XENT_SOFT, reduced_grows},
    {&lp_property_split_batch, LP_OP_KL_LOGITS, reduced_grows},
    {&lp_property_split_batch, LP_OP_FOCAL_SOFTMAX, reduced_grows},
    {&lp_property_row_independence, LP_OP_SOFTMAX_XENT_SOFT, batch_counts},
    {&lp_property_row_independence, LP_OP_KL_LOGITS, batch_counts},
    {&lp_property_row_independence, LP_OP_FOCAL_SOFTMAX, batch_counts},
    {&lp_property_row_independence, LP_OP_LOGSUMEXP, batch_counts},
    {&lp_property_in_place, LP_OP_SOFTMAX_XENT_SOFT, read_after_write},
    {&lp_property_in_place, LP_OP_KL_LOGITS, read_after_write},
    {&lp_property_in_place, LP_OP_FOCAL_SOFTMAX, read_after_write},
    {&lp_property_convex, LP_OP_SOFTMAX_XENT_SOFT, falling_loss},
    {&lp_property_convex, LP_OP_LOGSUMEXP, gradient_flipped},
    {&lp_property_neutral_option, LP_OP_SOFTMAX_XENT_SOFT, option_counts},
    {&lp_property_neutral_option, LP_OP_KL_LOGITS, option_counts},
    {&lp_property_neutral_option, LP_OP_FOCAL_SOFTMAX, option_counts},
    {&lp_property_binary_is_soft_class, LP_OP_BCE_LOGITS, two_equal_classes},
    {&lp_property_focal_is_ce, LP_OP_FOCAL_SOFTMAX, focal_doubled},
    {&lp_property_focal_is_ce, LP_OP_FOCAL_SIGMOID, focal_doubled},
    {&lp_property_sigmoid_symmetry, LP_OP_SIGMOID, offset_counts},
    {&lp_property_option_counts, LP_OP_SOFTMAX_XENT, options_ignored},
    {&lp_property_option_counts, LP_OP_BCE_LOGITS, options_ignored},
    {&lp_property_option_counts, LP_OP_FOCAL_SOFTMAX, options_ignored},
    {&lp_property_focal_below_ce, LP_OP_FOCAL_SOFTMAX, focal_doubled},
    {&lp_property_focal_below_ce, LP_OP_FOCAL_SIGMOID, focal_doubled},
    {&lp_property_focal_grad_range, LP_OP_FOCAL_SOFTMAX, double_gradient},
    {&lp_property_focal_grad_range, LP_OP_FOCAL_SIGMOID, double_gradient},
    {&lp_property_gradient_is_derivative, LP_OP_SOFTMAX_XENT, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_SOFTMAX_XENT_SOFT, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_KL_LOGITS, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_LOGSUMEXP, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_FOCAL_SOFTMAX, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_FOCAL_SIGMOID, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_BCE_LOGITS, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_MULTILABEL_BCE, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_SIGMOID, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_LOG_SIGMOID, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_SOFTPLUS, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_ENTROPY, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_CROSS_ENTROPY, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_CROSS_ENTROPY, other_gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_KL_DIV, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_KL_DIV, other_gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_NLL, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_BCE_PROB, gradient_stretched},
    /* Hinges. */
    {&lp_property_shift_invariance, LP_OP_HINGE_MULTI, offset_counts},
    {&lp_property_grad_sum, LP_OP_HINGE_MULTI, one_more_gradient},
    {&lp_property_grad_sign, LP_OP_HINGE, gradient_flipped},
    {&lp_property_grad_sign, LP_OP_HINGE_MULTI, gradient_flipped},
    {&lp_property_nonnegative, LP_OP_HINGE, minus_one},
    {&lp_property_nonnegative, LP_OP_HINGE_MULTI, minus_one},
    {&lp_property_monotone, LP_OP_HINGE_MULTI, falling_loss},
    {&lp_property_convex, LP_OP_HINGE, falling_loss},
    {&lp_property_convex, LP_OP_HINGE_MULTI, gradient_flipped},
    {&lp_property_permutation, LP_OP_HINGE_MULTI, place_counts},
    {&lp_property_mle, LP_OP_HINGE, reduced_more},
    {&lp_property_split_batch, LP_OP_HINGE_MULTI, reduced_grows},
    {&lp_property_upstream_linear, LP_OP_HINGE, upstream_squared},
    {&lp_property_neutral_option, LP_OP_HINGE, option_counts},
    {&lp_property_row_independence, LP_OP_HINGE_MULTI, batch_counts},
    {&lp_property_row_stride, LP_OP_HINGE_MULTI, padding_counts},
    {&lp_property_in_place, LP_OP_HINGE_MULTI, read_after_write},
    /* Squared errors. */
    {&lp_property_mse_saturates, LP_OP_MSE_SIGMOID, squares_live},
    {&lp_property_mse_saturates, LP_OP_MSE_SIGMOID, entropy_dies},
    {&lp_property_nonnegative, LP_OP_MSE_SIGMOID, minus_one},
    {&lp_property_nonnegative, LP_OP_MSE_SOFTMAX, minus_one},
    {&lp_property_symmetry, LP_OP_MSE_SIGMOID, positive_logit},
    {&lp_property_shift_invariance, LP_OP_MSE_SOFTMAX, offset_counts},
    {&lp_property_permutation, LP_OP_MSE_SOFTMAX, place_counts},
    {&lp_property_grad_sum, LP_OP_MSE_SOFTMAX, one_more_gradient},
    {&lp_property_mle, LP_OP_MSE_SIGMOID, reduced_more},
    {&lp_property_split_batch, LP_OP_MSE_SOFTMAX, reduced_grows},
    {&lp_property_upstream_linear, LP_OP_MSE_SOFTMAX, upstream_squared},
    {&lp_property_neutral_option, LP_OP_MSE_SOFTMAX, option_counts},
    {&lp_property_row_independence, LP_OP_MSE_SOFTMAX, batch_counts},
    {&lp_property_gradient_is_derivative, LP_OP_MSE_SIGMOID, gradient_stretched},
    {&lp_property_hinge_vs_ce, LP_OP_HINGE, hinge_leaks},
    {&lp_property_hinge_vs_ce, LP_OP_HINGE, entropy_lost},
    {&lp_property_hinge_vs_ce, LP_OP_HINGE_MULTI, entropy_lost},
    /* The soft form's row stands once it is built. */
    {&lp_property_one_hot_is_sparse, LP_OP_SOFTMAX_XENT, two_equal_classes},
};
#define BUDGET  40
#define PLANTED ((int)(sizeof planted / sizeof *planted))

/* Only `correct` claims one rounding; every other fault is below `stable`. */
static lp_level least_of(const lp_property *p) {
    return p == &lp_property_single_rounding ? LP_LEVEL_CORRECT : LP_LEVEL_STABLE;
}

/* What cannot show yet, or not in this format. */
static bool idle(const lp_property *p, lp_format_id format) {
    if (p == &lp_property_single_rounding) return format == LP_BINARY64;
    return p == &lp_property_one_hot_is_sparse && !lp_op_get(LP_OP_SOFTMAX_XENT_SOFT)->built;
}

/* Number of the case that showed it, -1: none of `most` did. The trial is left open. */
static int64_t hunt(lp_trial *t, lp_bench *b, const lp_source *source, const lp_property *p,
                    int64_t most) {
    for (int64_t i = 0; i < most; i++) {
        lp_check c;
        make_trial(t, b, source, i);
        assert_true(lp_check_run(&c, b, p, t, LP_LEVEL_CORRECT));
        bool caught = c.broken && c.least < least_of(p) && c.why[0];
        lp_check_clear(&c);
        if (caught) return i;
        lp_trial_clear(t);
    }
    return -1;
}

/* The counterexample that a campaign would report. */
static void shrink(lp_bench *b, const lp_gen_plan *plan, const lp_property *p, const lp_trial *t,
                   int64_t at) {
    lp_certificate cert;
    lp_certificate_init(&cert);
    lp_hits hits = {.asked = least_of(p)};
    lp_failure f = {
        .kind = LP_FAILURE_PROPERTY, .property = p, .below = least_of(p), .level = LP_LEVEL_FINITE};
    lp_hits_add(&hits, &f, &t->kase, at);
    int64_t before = b->evaluations;
    assert_true(lp_hit_report(&cert, &hits.hit[0], b, plan, BUDGET, &(lp_limit){0}));
    /* The last try and the telling may finish: a case and its related ones, each. */
    assert_true(b->evaluations - before < BUDGET + 2 * LP_PROPERTY_CASES);
    assert_int_equal(cert.counterexamples, 1);
    const lp_counterexample *x = &cert.counterexample[0];
    assert_string_equal(x->origin, p->name);
    assert_true(x->level < least_of(p));
    assert_int_equal(strncmp(x->id, "ce-", 3), 0);
    assert_true(strlen(x->case_line) <= strlen(x->original) + 40); /* the id */
    printf("  %-20s case %4lld, %lld steps: %.150s\n", p->name, (long long)at,
           (long long)x->shrinks, x->message);
    lp_hits_clear(&hits);
    lp_certificate_clear(&cert);
}

static void plant(int k, lp_format_id format) {
    lp_error err = {""};
    lp_bench b;
    lp_host_entry entry;
    lp_gen_plan plan;
    lp_source source;
    lp_trial t;
    spoilt subject = {.spoil = planted[k].spoil};
    if (idle(planted[k].property, format)) return;
    open_bench(&b, &entry, planted[k].op, format, &subject, &err);
    open_plan(&plan, &entry);
    lp_source_open(&source, &plan, 1);
    int64_t at = hunt(&t, &b, &source, planted[k].property, 1500);
    if (at < 0)
        printf("%s on %s is not caught\n", planted[k].property->name,
               lp_op_get(planted[k].op)->name);
    assert_true(at >= 0);
    shrink(&b, &plan, planted[k].property, &t, at);
    lp_trial_clear(&t);
    lp_source_close(&source);
}

static void test_binary64(void **state) {
    (void)state;
    for (int k = 0; k < PLANTED; k++) plant(k, LP_BINARY64);
}

static void test_binary32(void **state) {
    (void)state;
    for (int k = 0; k < PLANTED; k++) plant(k, LP_BINARY32);
}

/* What the subject does not declare is not asked of it. */
static void test_undeclared(void **state) {
    (void)state;
    lp_error err = {""};
    lp_bench b;
    lp_host_entry entry;
    lp_gen_plan plan;
    lp_source source;
    spoilt subject = {.spoil = read_after_write};
    open_bench(&b, &entry, LP_OP_SOFTMAX_XENT, LP_BINARY64, &subject, &err);
    open_plan(&plan, &entry);
    entry.flags = 0;
    lp_source_open(&source, &plan, 1);
    for (int64_t i = 0; i < 100; i++) {
        lp_trial t;
        lp_check c;
        make_trial(&t, &b, &source, i);
        int64_t before = subject.calls;
        assert_true(lp_check_run(&c, &b, &lp_property_in_place, &t, LP_LEVEL_CORRECT));
        assert_true(!c.met && !c.broken && subject.calls == before);
        lp_check_clear(&c);
        lp_trial_clear(&t);
    }
    lp_source_close(&source);
}

/* Each property that exists is in the table above. */
static void test_all_are_planted(void **state) {
    (void)state;
    for (int i = 0; i < lp_property_count; i++) {
        bool there = false;
        for (int k = 0; k < PLANTED; k++) there |= planted[k].property == lp_properties[i];
        if (!there) printf("%s has no planted fault\n", lp_properties[i]->name);
        assert_true(there);
        assert_ptr_equal(lp_property_by_name(lp_properties[i]->name), lp_properties[i]);
    }
    assert_null(lp_property_by_name("gibb"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binary64), cmocka_unit_test(test_binary32),
        cmocka_unit_test(test_undeclared), cmocka_unit_test(test_all_are_planted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
