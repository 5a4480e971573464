/* Faults planted in correct answers, each beside the property that is about it. */
#include "planted.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

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
    if (a->out[LP_OUT_GRAD_B] && a->len[LP_OUT_GRAD_B] > 0) a->out[LP_OUT_GRAD_B][0] += 1;
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

static void contrast_and_half(ARGS) {
    UNUSED;
    if (c->op == LP_OP_INFO_NCE) loss_and_half(s, c, how, e, a);
}

static void perplexity_and_half(ARGS) {
    UNUSED;
    if (c->op == LP_OP_PERPLEXITY) loss_and_half(s, c, how, e, a);
}

/* One answer depends on where the greatest entry stands. */
static void place_counts(ARGS) {
    UNUSED;
    static const lp_in role[] = {LP_IN_LOGITS, LP_IN_P, LP_IN_Q, LP_IN_SIM, LP_IN_X};
    const double *x = NULL;
    for (int i = 0; i < 5 && !x; i++) x = c->in[role[i]];
    int64_t far = c->in[LP_IN_X] ? (c->n - 1) * c->d : c->in[LP_IN_SIM] ? c->n * c->n - 1 : 1;
    const double *b = c->in[LP_IN_B];
    if (c->n > 0 && c->k > 1 && ((far > 0 && x[0] > x[far]) || (b && b[0] > b[1]))) {
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
    const double *z = c->in[LP_IN_LOGITS] ? c->in[LP_IN_LOGITS] : c->in[LP_IN_SIM];
    if (!z) z = c->in[LP_IN_B];
    if (c->n > 0 && c->k > 0 && z[0] > 0) {
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
    if (c->stride <= c->k) return;
    add(a, LP_OUT_LOSS, 0x1p-20);
    add(a, LP_OUT_VALUE, 0x1p-20);
}

static void call_counts(ARGS) {
    UNUSED;
    add(a, LP_OUT_LOSS, (double)(s->calls % 7));
    add(a, LP_OUT_VALUE, (double)(s->calls % 7));
}

static void thread_counts(ARGS) {
    UNUSED;
    if (!how || !how->at_once) return;
    add(a, LP_OUT_LOSS, 1);
    add(a, LP_OUT_VALUE, 1);
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

/* A gradient that is a thousandth too long in one place; a batch of no rows has none. */
static void stretch(lp_answer *a, lp_out o) {
    if (a->out[o] && a->len[o] > 0) a->out[o][0] *= 1.001;
}

static void gradient_stretched(ARGS) {
    UNUSED;
    stretch(a, LP_OUT_GRAD);
    stretch(a, LP_OUT_GRAD_B);
}

static void other_gradient_stretched(ARGS) {
    UNUSED;
    stretch(a, LP_OUT_GRAD_P);
}

static void weight_gradient_stretched(ARGS) {
    UNUSED;
    stretch(a, LP_OUT_GRAD_W);
}

static void feature_gradient_stretched(ARGS) {
    UNUSED;
    stretch(a, LP_OUT_GRAD_X);
}

/* Beyond what a label pulls; to the other side. */
static void stacked_doubled(ARGS) {
    UNUSED;
    for (int64_t i = 0; i < a->len[LP_OUT_GRAD]; i++) a->out[LP_OUT_GRAD][i] *= 2;
    for (int64_t i = 0; i < a->len[LP_OUT_GRAD_B]; i++) a->out[LP_OUT_GRAD_B][i] *= 2;
}

static void stacked_flipped(ARGS) {
    UNUSED;
    for (int64_t i = 0; i < a->len[LP_OUT_GRAD]; i++) a->out[LP_OUT_GRAD][i] *= -1;
    for (int64_t i = 0; i < a->len[LP_OUT_GRAD_B]; i++) a->out[LP_OUT_GRAD_B][i] *= -1;
}

/* Options are taken and change nothing. */
static void options_ignored(ARGS) {
    UNUSED;
    lp_case plain;
    lp_answer other;
    lp_error err = {""};
    if (!c->set) return;
    lp_case_copy(&plain, c);
    static const lp_in role[] = {LP_IN_WEIGHTS, LP_IN_UPSTREAM, LP_IN_ALPHA, LP_IN_POS_WEIGHT,
                                 LP_IN_ADVANTAGE};
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

/* The label's part forgets that it is all there is. */
static void taught_label(ARGS) {
    UNUSED;
    bool alone = c->op == LP_OP_DISTILL && lp_case_param(c, LP_PARAM_MIX) == 1;
    for (int64_t i = 0; alone && i < a->len[LP_OUT_LOSS]; i++) a->out[LP_OUT_LOSS][i] *= 0.5;
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
    const lp_out out = a->out[LP_OUT_VALUE] ? LP_OUT_VALUE : LP_OUT_LOSS;
    for (int64_t i = 0; i < a->len[out]; i++)
        a->out[out][i] =
            (double)(float)lp_exact_round(e, out, i, LP_BINARY64, LP_ROUND_NEAREST, NULL);
}

#define EVERY LP_PLANTED_EVERY

const lp_planted planted[] = {
    {&lp_property_shift_invariance, EVERY, offset_counts},
    {&lp_property_shift_invariance, LP_OP_SOFTMAX_XENT, lse_first},
    {&lp_property_gibbs, LP_OP_KL_DIV, minus_one},
    {&lp_property_gibbs, LP_OP_KL_GEN, minus_one},
    {&lp_property_gibbs, LP_OP_CROSS_ENTROPY, half_loss},
    {&lp_property_grad_sum, EVERY, one_more_gradient},
    {&lp_property_shares_sum, EVERY, one_more_gradient},
    {&lp_property_contrast_is_ce, EVERY, contrast_and_half},
    {&lp_property_grad_range, EVERY, double_gradient},
    {&lp_property_grad_sign, EVERY, gradient_flipped},
    {&lp_property_shares_range, EVERY, stacked_doubled},
    {&lp_property_shares_range, EVERY, stacked_flipped},
    {&lp_property_nonnegative, EVERY, minus_one},
    {&lp_property_lse_bounds, LP_OP_SOFTMAX_XENT, half_loss},
    {&lp_property_lse_bounds, LP_OP_LOG_SOFTMAX, batch_counts},
    {&lp_property_lse_bounds, LP_OP_LOGSUMEXP, batch_counts},
    {&lp_property_convex, EVERY, gradient_flipped},
    {&lp_property_convex, LP_OP_SOFTMAX_XENT, falling_loss},
    {&lp_property_convex, LP_OP_SOFTMAX_XENT_SOFT, falling_loss},
    {&lp_property_convex, LP_OP_BCE_LOGITS, falling_loss},
    {&lp_property_convex, LP_OP_LOGISTIC_MARGIN, falling_loss},
    {&lp_property_convex, LP_OP_HINGE, falling_loss},
    {&lp_property_monotone, EVERY, falling_loss},
    {&lp_property_margin_asymptote, EVERY, loss_and_half},
    {&lp_property_permutation, EVERY, place_counts},
    {&lp_property_row_order, EVERY, place_counts},
    {&lp_property_binary_is_two_class, EVERY, binary_loss},
    {&lp_property_binary_is_soft_class, EVERY, two_equal_classes},
    {&lp_property_neutral_option, EVERY, option_counts},
    {&lp_property_one_hot_is_sparse, EVERY, two_equal_classes},
    {&lp_property_focal_is_ce, EVERY, focal_doubled},
    {&lp_property_distill_is_ce, EVERY, taught_label},
    {&lp_property_option_counts, EVERY, options_ignored},
    {&lp_property_decomposition, EVERY, cross_alone},
    {&lp_property_perplexity_of_mean, EVERY, perplexity_and_half},
    {&lp_property_smoothing_is_mixture, EVERY, option_counts},
    {&lp_property_normalised, EVERY, batch_counts},
    {&lp_property_temperature, EVERY, option_counts},
    {&lp_property_entropy_rises, EVERY, falling_loss},
    {&lp_property_distill_limit, EVERY, double_gradient},
    {&lp_property_gradient_is_derivative, EVERY, gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_CROSS_ENTROPY, other_gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_KL_DIV, other_gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_KL_GEN, other_gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_LINEAR_XENT, weight_gradient_stretched},
    {&lp_property_gradient_is_derivative, LP_OP_LINEAR_XENT, feature_gradient_stretched},
    {&lp_property_proper_score, EVERY, less_where_they_differ},
    {&lp_property_symmetry, EVERY, positive_logit},
    {&lp_property_sigmoid_symmetry, EVERY, offset_counts},
    {&lp_property_focal_below_ce, EVERY, focal_doubled},
    {&lp_property_focal_grad_range, EVERY, double_gradient},
    {&lp_property_weights_linear, EVERY, weights_squared},
    {&lp_property_upstream_linear, EVERY, upstream_squared},
    {&lp_property_mle, EVERY, reduced_more},
    {&lp_property_split_batch, EVERY, reduced_grows},
    {&lp_property_hinge_vs_ce, LP_OP_HINGE, hinge_leaks},
    {&lp_property_hinge_vs_ce, EVERY, entropy_lost},
    {&lp_property_mse_saturates, EVERY, squares_live},
    {&lp_property_mse_saturates, EVERY, entropy_dies},
    {&lp_property_row_independence, EVERY, batch_counts},
    {&lp_property_row_independence, LP_OP_SOFTMAX_XENT, nan_spreads},
    {&lp_property_row_independence, LP_OP_SOFTMAX_XENT, place_in_memory},
    {&lp_property_row_stride, EVERY, padding_counts},
    {&lp_property_deterministic, EVERY, call_counts},
    {&lp_property_thread_independence, EVERY, thread_counts},
    {&lp_property_pure, EVERY, rounding_left},
    {&lp_property_in_place, EVERY, read_after_write},
    {&lp_property_single_rounding, EVERY, rounded_twice},
};
const int planted_count = sizeof planted / sizeof *planted;
