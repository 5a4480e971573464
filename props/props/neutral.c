/* Section 5, 12 (and 20's first half in the limit): an option at its neutral value is the omitted
 * option, a one-hot target is its label. Both sides have one exact answer: equal at `correct`,
 * within both tolerances below it. An option that is set is no way to say what is said without it.
 */
#include "props/props/domain.h"

#include "ref/combine.h"

#include <math.h>
#include <stdlib.h>

static const lp_op sparse_ops[] = {LP_OP_SOFTMAX_XENT};

/* Every operation that takes an option at all; those of the last change no number, only which rows
 * there are. */
static const lp_op option_ops[] = {
    LP_OP_NLL,          LP_OP_BCE_PROB,      LP_OP_ENTROPY,        LP_OP_CROSS_ENTROPY,
    LP_OP_KL_DIV,       LP_OP_KL_GEN,        LP_OP_SOFTMAX,        LP_OP_LOG_SOFTMAX,
    LP_OP_SOFTMAX_XENT, LP_OP_BCE_LOGITS,    LP_OP_MULTILABEL_BCE, LP_OP_SOFTMAX_XENT_SOFT,
    LP_OP_KL_LOGITS,    LP_OP_FOCAL_SOFTMAX, LP_OP_FOCAL_SIGMOID,  LP_OP_LOGISTIC_MARGIN,
    LP_OP_MSE_SIGMOID,  LP_OP_HINGE,         LP_OP_HINGE_MULTI,    LP_OP_DISTILL,
    LP_OP_POLICY_GRAD,  LP_OP_ECE,           LP_OP_MSE_SOFTMAX,    LP_OP_INFO_NCE,
    LP_OP_LINEAR_XENT,  LP_OP_BRIER,         LP_OP_PERPLEXITY};
#define ROWS_ONLY_OPS 2

/* The array that a parameter is, LP_IN_COUNT for the others. */
static lp_in array_of(lp_param p) {
    switch (p) {
    case LP_PARAM_WEIGHTS:
        return LP_IN_WEIGHTS;
    case LP_PARAM_UPSTREAM:
        return LP_IN_UPSTREAM;
    case LP_PARAM_POS_WEIGHT_ARRAY:
        return LP_IN_POS_WEIGHT;
    case LP_PARAM_ADVANTAGE_ARRAY:
        return LP_IN_ADVANTAGE;
    case LP_PARAM_ALPHA_ARRAY:
        return LP_IN_ALPHA;
    default:
        return LP_IN_COUNT;
    }
}

/* An array beside its scalar is refused; `form` and `mix` change what is computed. */
static bool excluded(const lp_case *c, lp_param p) {
    return lp_case_has(c, p) || p == LP_PARAM_FORM || p == LP_PARAM_MIX ||
           ((p == LP_PARAM_POS_WEIGHT || p == LP_PARAM_POS_WEIGHT_ARRAY) &&
            (lp_case_has(c, LP_PARAM_POS_WEIGHT) || lp_case_has(c, LP_PARAM_POS_WEIGHT_ARRAY))) ||
           ((p == LP_PARAM_ADVANTAGE || p == LP_PARAM_ADVANTAGE_ARRAY) &&
            (lp_case_has(c, LP_PARAM_ADVANTAGE) || lp_case_has(c, LP_PARAM_ADVANTAGE_ARRAY))) ||
           (p == LP_PARAM_ALPHA_ARRAY && lp_case_has(c, LP_PARAM_ALPHA)) ||
           (p == LP_PARAM_SMOOTHING_RULE && lp_case_param(c, LP_PARAM_SMOOTHING) != 0);
}

/* Does the option have a neutral value here? With `set`, sets it. That of an array is all ones. */
static bool neutral(lp_case *c, lp_param p, bool set) {
    const lp_param_info *scalar = lp_param_get(p);
    lp_in role = array_of(p);
    if (excluded(c, p)) return false;
    if (scalar) {
        if (set) lp_case_set(c, p, scalar->neutral);
        return !isnan(scalar->neutral);
    }
    if (p == LP_PARAM_IGNORE_INDEX) { /* labels are in [0, k): -1 ignores nobody */
        for (int64_t r = 0; c->label && r < c->n; r++)
            if (c->label[r] < 0) return false;
        if (set) {
            c->set |= LP_PARAM_BIT(p);
            c->ignore_index = -1;
        }
        return c->label != NULL;
    }
    if (role == LP_IN_COUNT || lp_op_get(c->op)->in[role] == LP_SHAPE_NONE) return false;
    if (set) {
        double *x = lp_case_alloc(c, role);
        for (int64_t i = 0, n = lp_case_in_len(c, role); i < n; i++) x[i] = 1;
        lp_case_sync(c);
    }
    return true;
}

static int derive_neutral(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                          uint64_t declared) {
    (void)declared;
    lp_param able[LP_PARAM_COUNT];
    int n = 0;
    if (base->rounding != LP_ROUND_NEAREST) return -1;
    uint64_t mine = params & lp_op_get(base->op)->built_params;
    for (int p = 0; p < LP_PARAM_COUNT; p++)
        if (mine >> p & 1 && neutral((lp_case *)base, (lp_param)p, false)) able[n++] = (lp_param)p;
    if (n == 0) return -1;
    lp_case_copy(&more[0], base);
    neutral(&more[0], able[lp_rng_below(rng, (uint64_t)n)], true);
    return 1;
}

static bool same_outputs(const lp_eval *a, const lp_eval *b, lp_level level, char why[256]) {
    for (int out = 0; out < LP_OUT_COUNT; out++)
        for (int64_t i = 0; i < lp_exact_len(a->exact, (lp_out)out); i++)
            if (!lp_agree(a, i, b, i, (lp_out)out, 1, level, why)) return false;
    return true;
}

static bool holds_same(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    return same_outputs(&eval[0], &eval[1], level, why);
}

/* Rule K-1 and ignored rows are the label's alone. */
static int derive_sparse(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                         uint64_t declared) {
    (void)rng, (void)params;
    const lp_op_info *soft = lp_op_get(LP_OP_SOFTMAX_XENT_SOFT);
    if (!(declared >> LP_OP_SOFTMAX_XENT_SOFT & 1) || !soft->built || !lp_domain_known(base, 0))
        return -1;
    lp_case *c = &more[0];
    lp_case_init(c, LP_OP_SOFTMAX_XENT_SOFT);
    c->format = base->format;
    c->n = base->n;
    c->k = c->stride = base->k;
    double *z = lp_case_alloc(c, LP_IN_LOGITS), *t = lp_case_alloc(c, LP_IN_TARGETS);
    for (int64_t i = 0; i < c->n * c->k; i++) z[i] = base->in[LP_IN_LOGITS][i];
    for (int64_t r = 0; r < c->n; r++)
        if (base->label[r] >= 0 && base->label[r] < c->k) t[r * c->k + base->label[r]] = 1;
    return 1;
}

/* --- an option that is set changes the answer --------------------------------------------------
 */

/* Rows, statuses and special values have properties of their own. */
static bool leaves(lp_param p) {
    return p != LP_PARAM_IGNORE_INDEX && p != LP_PARAM_BAD_LABEL && p != LP_PARAM_SPECIAL;
}

static int derive_option(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                         uint64_t declared) {
    (void)params, (void)declared;
    lp_param set[LP_PARAM_COUNT];
    int n = 0;
    if (base->rounding != LP_ROUND_NEAREST) return -1;
    for (int p = 0; p < LP_PARAM_COUNT; p++)
        if (lp_case_has(base, (lp_param)p) && leaves((lp_param)p)) set[n++] = (lp_param)p;
    if (n == 0) return -1;
    lp_param gone = set[lp_rng_below(rng, (uint64_t)n)];
    lp_case_copy(&more[0], base);
    lp_in role = array_of(gone);
    if (role != LP_IN_COUNT) {
        free(more[0].in[role]);
        more[0].in[role] = NULL;
    }
    more[0].set &= ~LP_PARAM_BIT(gone);
    more[0].param[gone] = 0;
    return 1;
}

/* Exact values further apart than the two errors together: returned ones within these differ. At a
 * kink each may have chosen its own subgradient; of what the reference cannot tell nothing is
 * claimed. */
static bool told_apart(const lp_eval *a, const lp_eval *b, lp_out out, int64_t i, lp_level level) {
    double h = lp_tolerance(a->exact, out, i, level), g = lp_tolerance(b->exact, out, i, level);
    double lo[2], hi[2];
    bool open[2];
    const lp_eval *of[2] = {a, b};
    if (lp_exact_segment(a->exact, out, i) || lp_exact_segment(b->exact, out, i)) return false;
    for (int k = 0; k < 2; k++) {
        lo[k] = lp_exact_round(of[k]->exact, out, i, LP_BINARY64, LP_ROUND_DOWN, &open[0]);
        hi[k] = lp_exact_round(of[k]->exact, out, i, LP_BINARY64, LP_ROUND_UP, &open[1]);
        if (open[0] || open[1] || !isfinite(lo[k]) || !isfinite(hi[k])) return false;
    }
    const double above[] = {lo[0], -hi[1], -h, -g}, below[] = {lo[1], -hi[0], -h, -g};
    return isfinite(h) && isfinite(g) && (lp_sum_sign(above, 4) > 0 || lp_sum_sign(below, 4) > 0);
}

static bool holds_option(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int out = 0; out < LP_OUT_COUNT; out++) {
        int64_t length = lp_exact_len(eval[0].exact, (lp_out)out);
        if (lp_exact_len(eval[1].exact, (lp_out)out) != length) continue;
        for (int64_t i = 0; i < length; i++) {
            double x, y;
            if (!lp_returned(&x, &eval[0], (lp_out)out, i) ||
                !lp_returned(&y, &eval[1], (lp_out)out, i) || x != y ||
                !told_apart(&eval[0], &eval[1], (lp_out)out, i, level))
                continue;
            return lp_broken(why, "%s[%lld] = %a (%.17g) with an option and without it",
                             lp_out_name((lp_out)out), (long long)i, x, x);
        }
    }
    return true;
}

#define OUTPUTS                                                                                    \
    (LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD) |                \
     LP_OUT_BIT(LP_OUT_GRAD_P))

const lp_property lp_property_neutral_option = {
    .name = "neutral_option",
    .number = 12,
    .claim = "an option at its neutral value is the omitted option",
    .ops = option_ops,
    .op_count = sizeof option_ops / sizeof *option_ops,
    .derive = derive_neutral,
    .holds = holds_same,
    .outputs = OUTPUTS};

const lp_property lp_property_one_hot_is_sparse = {
    .name = "one_hot_is_sparse",
    .number = 12,
    .claim = "a one-hot target gives what its label gives",
    .ops = sparse_ops,
    .op_count = sizeof sparse_ops / sizeof *sparse_ops,
    .derive = derive_sparse,
    .holds = holds_same,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD)};

const lp_property lp_property_option_counts = {
    .name = "option_counts",
    .number = 12,
    .claim = "an option that is set changes the answer where the exact one changes",
    .ops = option_ops,
    .op_count = sizeof option_ops / sizeof *option_ops - ROWS_ONLY_OPS,
    .derive = derive_option,
    .holds = holds_option,
    .outputs = OUTPUTS};
