/* Section 5, 11 and 19: a binary logit is a softmax over (0, z), and BCE(z, y) = BCE(-z, 1-y),
 * which of labels -1 and 1 is L(z, y) = L(-z, -y). The exact answers of both sides are equal: equal
 * at `correct`, within both tolerances below it. */
#include "props/props/domain.h"

#include <math.h>

static const lp_op ops[] = {LP_OP_BCE_LOGITS, LP_OP_LOGISTIC_MARGIN};
static const lp_op mirror_ops[] = {LP_OP_BCE_LOGITS, LP_OP_MULTILABEL_BCE, LP_OP_LOGISTIC_MARGIN,
                                   LP_OP_MSE_SIGMOID};

static bool is_hit(const lp_case *c, int64_t r) {
    return c->label ? c->label[r] == 1 : c->in[LP_IN_TARGETS][r] == 1;
}

static bool hard_row(const lp_case *c, int64_t r) {
    bool hard = c->label || c->in[LP_IN_TARGETS][r] == 0 || c->in[LP_IN_TARGETS][r] == 1;
    return lp_domain_finite(c, LP_IN_LOGITS, r) && hard;
}

/* Rows outside the domain become (0, 0) at label 0 and are not looked at. */
static int derive_two_class(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                            uint64_t declared) {
    (void)rng, (void)params;
    if (!lp_domain_known(base, 0) || !(declared >> LP_OP_SOFTMAX_XENT & 1)) return -1;
    if (!lp_domain_any(base, hard_row)) return -1;
    lp_case *c = &more[0];
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    c->format = base->format;
    c->n = base->n;
    c->k = c->stride = 2;
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    int64_t *label = lp_case_alloc_label(c);
    for (int64_t r = 0; r < base->n; r++) {
        bool in = hard_row(base, r);
        z[2 * r] = 0;
        z[2 * r + 1] = in ? base->in[LP_IN_LOGITS][r] : 0;
        label[r] = in && is_hit(base, r);
    }
    return 1;
}

static bool holds_two_class(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t r = 0; r < eval[0].kase->n; r++) {
        if (!hard_row(eval[0].kase, r)) continue;
        if (!lp_agree(&eval[0], r, &eval[1], r, LP_OUT_LOSS, 1, level, why) ||
            !lp_agree(&eval[0], r, &eval[1], 2 * r + 1, LP_OUT_GRAD, 1, level, why) ||
            !lp_agree(&eval[0], r, &eval[1], 2 * r, LP_OUT_GRAD, -1, level, why))
            return false;
    }
    return true;
}

/* 1 - y is a number of the format: y <= 1, so Fast2Sum's remainder (1 - s) - y is exact. */
static bool mirrored(double *other, double y, const lp_format *f) {
    *other = 1 - y;
    return (1 - *other) - y == 0 && lp_format_holds(f, *other);
}

static bool mirror_row(const lp_case *c, int64_t r) {
    const double *y = c->label ? NULL : lp_domain_row(c, LP_IN_TARGETS, r);
    double other;
    for (int64_t j = 0; y && j < c->k; j++)
        if (!mirrored(&other, y[j], lp_format_get(c->format))) return false;
    return lp_domain_finite(c, LP_IN_LOGITS, r);
}

static int derive_symmetry(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                           uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    if (!lp_domain_known(base, LP_PARAM_BIT(LP_PARAM_LABEL_REDUCTION)) ||
        !lp_domain_any(base, mirror_row))
        return -1;
    const lp_format *f = lp_format_get(base->format);
    lp_case_copy(&more[0], base);
    for (int64_t r = 0; r < base->n; r++) {
        if (!mirror_row(base, r)) continue;
        if (base->label) more[0].label[r] = -base->label[r];
        for (int64_t i = r * base->k; i < (r + 1) * base->k; i++) {
            more[0].in[LP_IN_LOGITS][i] = -base->in[LP_IN_LOGITS][i];
            if (base->label) continue;
            mirrored(&more[0].in[LP_IN_TARGETS][i], base->in[LP_IN_TARGETS][i], f);
        }
    }
    return 1;
}

static bool holds_symmetry(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    int64_t k = eval[0].kase->k;
    for (int64_t r = 0; r < eval[0].kase->n; r++) {
        if (!mirror_row(eval[0].kase, r)) continue;
        if (!lp_agree(&eval[0], r, &eval[1], r, LP_OUT_LOSS, 1, level, why)) return false;
        for (int64_t i = r * k; i < (r + 1) * k; i++)
            if (!lp_agree(&eval[0], i, &eval[1], i, LP_OUT_GRAD, -1, level, why)) return false;
    }
    return true;
}

const lp_property lp_property_binary_is_two_class = {
    .name = "binary_is_two_class",
    .number = 11,
    .claim = "BCE(z, y), a label of -1 as 0, is the cross-entropy of (0, z) at label y",
    .ops = ops,
    .op_count = sizeof ops / sizeof *ops,
    .derive = derive_two_class,
    .holds = holds_two_class,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD)};

const lp_property lp_property_symmetry = {
    .name = "symmetry",
    .number = 19,
    .claim = "BCE(z, y) = BCE(-z, 1-y) where 1-y is exact, L(z, y) = L(-z, -y)",
    .ops = mirror_ops,
    .op_count = sizeof mirror_ops / sizeof *mirror_ops,
    .derive = derive_symmetry,
    .holds = holds_symmetry,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD)};
