/* Section 5, 22: what the texts contrast with cross-entropy.
 *
 * hinge_vs_ce: beyond the margin, where the exact hinge is 0, the loss is 0 and the cross-entropy
 * of the same row, ln(1 + e^-x) > 0, is not: a result off by at most h is positive where the exact
 * value exceeds h, and a rounded one where it exceeds half the least number. The cross-entropy is
 * asked only of a subject that has it. */
#include "props/props/domain.h"

#include <math.h>

static const lp_op hinge_ops[] = {LP_OP_HINGE, LP_OP_HINGE_MULTI};

static lp_op entropy_of(lp_op op) {
    return op == LP_OP_HINGE ? LP_OP_BCE_LOGITS : LP_OP_SOFTMAX_XENT;
}

static bool finite_row(const lp_case *c, int64_t r) {
    return lp_domain_finite(c, LP_IN_LOGITS, r);
}

/* The same logits and labels; y = 0 stands for -1. */
static void entropy_case(lp_case *to, const lp_case *base) {
    lp_case_init(to, entropy_of(base->op));
    to->format = base->format;
    to->n = base->n;
    to->k = to->stride = base->k;
    double *z = lp_case_alloc(to, LP_IN_LOGITS);
    for (int64_t i = 0; i < base->n * base->k; i++) z[i] = base->in[LP_IN_LOGITS][i];
    if (base->op == LP_OP_HINGE) {
        double *y = lp_case_alloc(to, LP_IN_TARGETS);
        for (int64_t r = 0; r < base->n; r++) y[r] = base->label[r] > 0;
    } else {
        int64_t *label = lp_case_alloc_label(to);
        for (int64_t r = 0; r < base->n; r++) label[r] = base->label[r];
    }
}

static int derive_hinge(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                        uint64_t declared) {
    (void)rng, (void)params;
    if (!lp_domain_known(base, LP_PARAM_BIT(LP_PARAM_FORM)) || !lp_domain_any(base, finite_row))
        return -1;
    if (!(declared >> entropy_of(base->op) & 1)) return 0;
    entropy_case(&more[0], base);
    return 1;
}

/* h is the level's error, and nothing is rounded to 0 where more than half the least number is
 * left of the exact value. */
static bool not_lost(const lp_eval *e, int64_t r, lp_level level, char why[256]) {
    double x, h = lp_tolerance(e->exact, LP_OUT_LOSS, r, level);
    if (!lp_returned(&x, e, LP_OUT_LOSS, r) || x > 0) return true;
    bool far = isfinite(h) && lp_exact_compare(e->exact, LP_OUT_LOSS, r, h) > 0;
    return !far || lp_broken(why, "the hinge of row %lld is 0, and its cross-entropy %a is lost",
                             (long long)r, x);
}

static bool holds_hinge(const lp_eval *eval, int n, lp_level level, char why[256]) {
    for (int64_t r = 0; r < eval->kase->n; r++) {
        double x;
        if (!finite_row(eval->kase, r) || lp_exact_compare(eval->exact, LP_OUT_LOSS, r, 0) != 0)
            continue;
        double h = level == LP_LEVEL_CORRECT ? 0 : lp_tolerance(eval->exact, LP_OUT_LOSS, r, level);
        if (lp_returned(&x, eval, LP_OUT_LOSS, r) && !(lp_below(x, 0, h) && lp_below(0, x, h)))
            return lp_broken(why, "loss[%lld] = %a (%.17g) beyond the margin", (long long)r, x, x);
        if (n > 1 && !not_lost(&eval[1], r, level, why)) return false;
    }
    return true;
}

const lp_property lp_property_hinge_vs_ce = {
    .name = "hinge_vs_ce",
    .number = 22,
    .claim = "beyond the margin the hinge is 0 and the cross-entropy is not",
    .ops = hinge_ops,
    .op_count = sizeof hinge_ops / sizeof *hinge_ops,
    .derive = derive_hinge,
    .holds = holds_hinge,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS)};
