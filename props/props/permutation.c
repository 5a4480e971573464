/* Section 5, 10: classes have no order. Permuting them, with their weights and targets, permutes
 * what has one entry a class and keeps the rest: the exact answers are the same, so correctly
 * rounded ones are, and others agree within both tolerances. */
#include "props/props/domain.h"

#include <stdlib.h>

static const lp_op ops[] = {
    LP_OP_SOFTMAX_XENT, LP_OP_SOFTMAX,       LP_OP_LOG_SOFTMAX,    LP_OP_ENTROPY,
    LP_OP_KL_DIV,       LP_OP_CROSS_ENTROPY, LP_OP_MULTILABEL_BCE, LP_OP_SOFTMAX_XENT_SOFT,
    LP_OP_KL_LOGITS,    LP_OP_FOCAL_SOFTMAX, LP_OP_LOGSUMEXP,      LP_OP_NLL,
    LP_OP_POLICY_GRAD,  LP_OP_KL_GEN,        LP_OP_HINGE_MULTI,    LP_OP_BRIER,
    LP_OP_DISTILL,      LP_OP_PERPLEXITY,    LP_OP_MSE_SOFTMAX,    LP_OP_LINEAR_XENT};

/* Class to[j] of the derived case is class j of the base: a cyclic permutation (Sattolo), so that
 * no class stays where it is, and a function of k alone, so that `holds` can make it again. */
static int64_t *permutation(int64_t k) {
    int64_t *to = malloc((size_t)(k ? k : 1) * sizeof *to);
    if (!to) abort();
    lp_rng rng;
    lp_rng_init(&rng, (uint64_t)k, lp_rng_domain("permutation"), 0);
    for (int64_t j = 0; j < k; j++) to[j] = j;
    for (int64_t j = k - 1; j > 0; j--) {
        int64_t i = (int64_t)lp_rng_below(&rng, (uint64_t)j), t = to[i];
        to[i] = to[j];
        to[j] = t;
    }
    return to;
}

static void permute(double *out, const double *in, int64_t rows, int64_t k, const int64_t *to) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < k; j++) out[r * k + to[j]] = in[r * k + j];
}

/* The rows of W are classes. */
static void permute_rows(double *out, const double *in, int64_t k, int64_t d, const int64_t *to) {
    for (int64_t i = 0; i < k * d; i++) out[to[i / d] * d + i % d] = in[i];
}

static int derive(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                  uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    if (!lp_domain_known(base, LP_DOMAIN_LOGITS) || base->k < 2 || base->n < 1) return -1;
    const lp_op_info *info = lp_op_get(base->op);
    int64_t *to = permutation(base->k);
    lp_case_copy(&more[0], base);
    for (int role = 0; role < LP_IN_COUNT; role++) {
        if (!base->in[role]) continue;
        if (info->in[role] == LP_SHAPE_NK)
            permute(more[0].in[role], base->in[role], base->n, base->k, to);
        else if (info->in[role] == LP_SHAPE_K)
            permute(more[0].in[role], base->in[role], 1, base->k, to);
        else if (info->in[role] == LP_SHAPE_KD)
            permute_rows(more[0].in[role], base->in[role], base->k, base->d, to);
    }
    for (int64_t r = 0; base->label && r < base->n; r++) more[0].label[r] = to[base->label[r]];
    free(to);
    return 1;
}

static bool same_rows(const lp_eval *eval, lp_out out, const int64_t *to, lp_level level,
                      char why[256]) {
    int64_t k = eval[0].kase->k;
    for (int64_t i = 0; i < lp_exact_len(eval[0].exact, out); i++) {
        int64_t there = i / k * k + to[i % k];
        if (!lp_agree(&eval[0], i, &eval[1], there, out, 1, level, why)) return false;
    }
    return true;
}

static bool same_weights(const lp_eval *eval, lp_out out, const int64_t *to, lp_level level,
                         char why[256]) {
    int64_t d = eval[0].kase->d;
    for (int64_t i = 0; i < lp_exact_len(eval[0].exact, out); i++)
        if (!lp_agree(&eval[0], i, &eval[1], to[i / d] * d + i % d, out, 1, level, why))
            return false;
    return true;
}

static bool same_losses(const lp_eval *eval, lp_out out, lp_level level, char why[256]) {
    for (int64_t i = 0; i < lp_exact_len(eval[0].exact, out); i++)
        if (!lp_agree(&eval[0], i, &eval[1], i, out, 1, level, why)) return false;
    return true;
}

static bool holds(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    const lp_op_info *info = lp_op_get(eval[0].kase->op);
    int64_t *to = permutation(eval[0].kase->k);
    bool ok = true;
    for (int o = 0; o < info->out_count && ok; o++) {
        lp_shape shape = info->out[o].shape;
        lp_out out = info->out[o].role;
        ok = shape == LP_SHAPE_NK || shape == LP_SHAPE_K ? same_rows(eval, out, to, level, why)
             : shape == LP_SHAPE_KD                      ? same_weights(eval, out, to, level, why)
                                                         : same_losses(eval, out, level, why);
    }
    free(to);
    return ok;
}

const lp_property lp_property_permutation = {
    .name = "permutation",
    .number = 10,
    .claim = "permuting the classes permutes the gradient and keeps the loss",
    .ops = ops,
    .op_count = sizeof ops / sizeof *ops,
    .derive = derive,
    .holds = holds,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD) |
               LP_OUT_BIT(LP_OUT_GRAD_P) | LP_OUT_BIT(LP_OUT_GRAD_X) | LP_OUT_BIT(LP_OUT_GRAD_W) |
               LP_OUT_BIT(LP_OUT_GRAD_B)};
