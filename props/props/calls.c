/* Section 5, 23 to 26: what a call may depend on and may touch. No tolerance: bits. */
#include "props/props/domain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every operation; the last are one number over all rows, of which no row can be told apart. */
static const lp_op all_ops[] = {LP_OP_ENTROPY,
                                LP_OP_CROSS_ENTROPY,
                                LP_OP_KL_DIV,
                                LP_OP_SOFTMAX,
                                LP_OP_LOG_SOFTMAX,
                                LP_OP_SOFTMAX_XENT,
                                LP_OP_BCE_LOGITS,
                                LP_OP_SIGMOID,
                                LP_OP_LOG_SIGMOID,
                                LP_OP_SOFTPLUS,
                                LP_OP_MULTILABEL_BCE,
                                LP_OP_FOCAL_SIGMOID,
                                LP_OP_SOFTMAX_XENT_SOFT,
                                LP_OP_KL_LOGITS,
                                LP_OP_FOCAL_SOFTMAX,
                                LP_OP_LOGSUMEXP,
                                LP_OP_NLL,
                                LP_OP_BCE_PROB,
                                LP_OP_LOGISTIC_MARGIN,
                                LP_OP_POLICY_GRAD,
                                LP_OP_KL_GEN,
                                LP_OP_HINGE,
                                LP_OP_HINGE_MULTI,
                                LP_OP_BRIER,
                                LP_OP_DISTILL,
                                LP_OP_MSE_SIGMOID,
                                LP_OP_MSE_SOFTMAX,
                                LP_OP_PERPLEXITY,
                                LP_OP_ECE,
                                LP_OP_INFO_NCE,
                                LP_OP_LINEAR_XENT};
#define WHOLE_OPS 4
static const lp_op logit_ops[] = {
    LP_OP_SOFTMAX_XENT,      LP_OP_BCE_LOGITS,  LP_OP_MULTILABEL_BCE, LP_OP_FOCAL_SIGMOID,
    LP_OP_SOFTMAX_XENT_SOFT, LP_OP_KL_LOGITS,   LP_OP_FOCAL_SOFTMAX,  LP_OP_LOGISTIC_MARGIN,
    LP_OP_POLICY_GRAD,       LP_OP_HINGE,       LP_OP_HINGE_MULTI,    LP_OP_DISTILL,
    LP_OP_MSE_SIGMOID,       LP_OP_MSE_SOFTMAX, LP_OP_LOGSUMEXP,      LP_OP_SOFTMAX,
    LP_OP_LOG_SOFTMAX,       LP_OP_SIGMOID,     LP_OP_LOG_SIGMOID,    LP_OP_SOFTPLUS};

#define ALL_OUTPUTS ((1u << LP_OUT_COUNT) - 1)

static bool same_bits(double a, double b) {
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

static bool same_status(const lp_eval *a, const lp_eval *b, char why[256]) {
    return a->answer->status == b->answer->status ||
           lp_broken(why, "status %s, then %s", lp_status_name(a->answer->status),
                     lp_status_name(b->answer->status));
}

/* `count` components of the output from i of a on and from k of b on. */
static bool same_part(const lp_eval *a, int64_t i, const lp_eval *b, int64_t k, lp_out out,
                      int64_t count, char why[256]) {
    const double *x = a->answer->out[out], *y = b->answer->out[out];
    for (int64_t j = 0; x && y && j < count; j++)
        if (!same_bits(x[i + j], y[k + j]))
            return lp_broken(why, "%s[%lld]: %a (%.17g), then %a (%.17g)", lp_out_name(out),
                             (long long)(i + j), x[i + j], x[i + j], y[k + j], y[k + j]);
    return true;
}

static bool same_row(const lp_eval *a, int64_t r, const lp_eval *b, int64_t s, char why[256]) {
    const lp_op_info *info = lp_op_get(a->kase->op);
    for (int o = 0; o < info->out_count; o++) {
        int64_t width = lp_domain_row_length(a->kase, info->out[o].shape);
        if (!same_part(a, r * width, b, s * width, info->out[o].role, width, why)) return false;
    }
    return same_status(a, b, why);
}

static bool same_answer(const lp_eval *a, const lp_eval *b, char why[256]) {
    const lp_op_info *info = lp_op_get(a->kase->op);
    for (int o = 0; o < info->out_count; o++) {
        lp_out out = info->out[o].role;
        if (!same_part(a, 0, b, 0, out, a->answer->len[out], why)) return false;
    }
    return same_status(a, b, why);
}

/* The row that is looked at alone and among strangers: a function of the case alone. */
static int64_t chosen(const lp_case *base) {
    return base->n / 2;
}

static lp_in main_input(lp_op op) {
    const lp_shape *in = lp_op_get(op)->in;
    return in[LP_IN_LOGITS] ? LP_IN_LOGITS : in[LP_IN_P] ? LP_IN_P : LP_IN_Q;
}

/* Alone; in reverse order and off its alignment; among rows of NaN, at the other edge of the page.
 */
static int derive_rows(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                       uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    if (base->n < 2 || base->reduction == LP_REDUCE_MEAN) return -1;
    int64_t *pick = malloc((size_t)base->n * sizeof *pick), one = chosen(base);
    if (!pick) abort();
    for (int64_t i = 0; i < base->n; i++) pick[i] = base->n - 1 - i;
    lp_domain_gather(&more[0], base, &one, 1);
    lp_domain_gather(&more[1], base, pick, base->n);
    free(pick);
    lp_case_copy(&more[2], base);
    double *z = more[2].in[main_input(base->op)];
    for (int64_t i = 0; i < base->n * base->k; i++)
        if (i / base->k != one) z[i] = NAN;
    return 3;
}

static const lp_host_how how_rows[] = {{0}, {.align = 8}, {.guard_before = true}};

static bool holds_rows(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n, (void)level;
    int64_t rows = eval[0].kase->n, one = chosen(eval[0].kase);
    for (int64_t r = 0; r < rows; r++)
        if (!same_row(&eval[0], r, &eval[2], rows - 1 - r, why)) return false;
    return same_row(&eval[0], one, &eval[1], 0, why) && same_row(&eval[0], one, &eval[3], one, why);
}

static int derive_again(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                        uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    lp_case_copy(&more[0], base);
    return 1;
}

/* Three elements of padding; none where the base has some. */
static int derive_stride(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                         uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    if (base->n < 1) return -1;
    lp_case_copy(&more[0], base);
    more[0].stride = base->stride > base->k ? base->k : base->k + 3;
    return 1;
}

static bool holds_deterministic(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n, (void)level;
    if (eval[0].answer->findings & LP_FIND_NONDETERMINISTIC)
        return lp_broken(why, "two calls differ: %.200s", eval[0].answer->note);
    return same_answer(&eval[0], &eval[1], why);
}

static bool holds_pure(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n, (void)level;
    const unsigned touched =
        LP_FIND_ROUNDING | LP_FIND_FTZ | LP_FIND_INPUT_CHANGED | LP_FIND_OVERWRITE;
    for (unsigned bit = 1; bit <= touched; bit <<= 1)
        if (eval[0].answer->findings & touched & bit)
            return lp_broken(why, "%s: %.200s", lp_finding_name((lp_finding)bit),
                             eval[0].answer->note);
    return true;
}

/* A vector-Jacobian product is a gradient where the case has its cotangent. */
static int derive_in_place(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                           uint64_t declared) {
    bool product = lp_op_output(lp_op_get(base->op), LP_OUT_GRAD)->needs_v;
    return product && !base->in[LP_IN_V] ? -1 : derive_again(more, base, rng, params, declared);
}

static const lp_host_how how_at_once[] = {{.at_once = true}};
static const lp_host_how how_in_place[] = {{.in_place = true}};

static bool holds_same(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n, (void)level;
    return same_answer(&eval[0], &eval[1], why);
}

const lp_property lp_property_row_independence = {
    .name = "row_independence",
    .number = 23,
    .claim = "a row's result does not depend on the other rows, its place or its alignment",
    .ops = all_ops,
    .op_count = sizeof all_ops / sizeof *all_ops - WHOLE_OPS,
    .exact = true,
    .derive = derive_rows,
    .holds = holds_rows,
    .outputs = ALL_OUTPUTS,
    .how = how_rows};

const lp_property lp_property_row_stride = {
    .name = "row_stride",
    .number = 23,
    .claim = "a row's result does not depend on the distance between rows",
    .ops = all_ops,
    .op_count = sizeof all_ops / sizeof *all_ops,
    .exact = true,
    .derive = derive_stride,
    .holds = holds_same,
    .outputs = ALL_OUTPUTS,
    .flags = LP_FLAG_STRIDED};

const lp_property lp_property_deterministic = {.name = "deterministic",
                                               .number = 24,
                                               .claim = "the same bits on every call",
                                               .ops = all_ops,
                                               .op_count = sizeof all_ops / sizeof *all_ops,
                                               .exact = true,
                                               .derive = derive_again,
                                               .holds = holds_deterministic,
                                               .outputs = ALL_OUTPUTS};

const lp_property lp_property_thread_independence = {
    .name = "thread_independence",
    .number = 24,
    .claim = "the same bits while another thread calls too",
    .ops = all_ops,
    .op_count = sizeof all_ops / sizeof *all_ops,
    .exact = true,
    .derive = derive_again,
    .holds = holds_same,
    .outputs = ALL_OUTPUTS,
    .barred = LP_FLAG_ONE_THREAD,
    .every = 16, /* costs hundreds of calls, on a machine without a processor to spare thousands */
    .how = how_at_once};

const lp_property lp_property_pure = {
    .name = "pure",
    .number = 25,
    .claim = "inputs, memory around the buffers, rounding mode and flush-to-zero stay as they were",
    .ops = all_ops,
    .op_count = sizeof all_ops / sizeof *all_ops,
    .exact = true,
    .holds = holds_pure,
    .outputs = ALL_OUTPUTS};

const lp_property lp_property_in_place = {
    .name = "in_place",
    .number = 26,
    .claim = "the gradient written over the logits has the same bits",
    .ops = logit_ops,
    .op_count = sizeof logit_ops / sizeof *logit_ops,
    .exact = true,
    .derive = derive_in_place,
    .holds = holds_same,
    .outputs = ALL_OUTPUTS,
    .flags = LP_FLAG_IN_PLACE,
    .how = how_in_place};
