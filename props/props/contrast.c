/* Section 5, 22: what the texts contrast with cross-entropy.
 *
 * hinge_vs_ce: beyond the margin, where the exact hinge is 0, the loss is 0 and the cross-entropy
 * of the same row, ln(1 + e^-x) > 0, is not: a result off by at most h is positive where the exact
 * value exceeds h, and a rounded one where it exceeds half the least number. The cross-entropy is
 * asked only of a subject that has it.
 *
 * mse_saturates: where the answer is wrong, z <= 0 at y = 1 or the mirror of it, the squared
 * error's gradient dies with e^-|z|, (1 - s)^2 s <= s <= e^-|z|, and cross-entropy's does not, 1 -
 * s >= 1 - e^-|z|. */
#include "props/props/domain.h"

#include "ref/facts.h"

#include <math.h>

static const lp_op hinge_ops[] = {LP_OP_HINGE, LP_OP_HINGE_MULTI};
static const lp_op mse_ops[] = {LP_OP_MSE_SIGMOID};

static lp_op entropy_of(lp_op op) {
    return op == LP_OP_HINGE_MULTI ? LP_OP_SOFTMAX_XENT : LP_OP_BCE_LOGITS;
}

static bool finite_row(const lp_case *c, int64_t r) {
    return lp_domain_finite(c, LP_IN_LOGITS, r);
}

/* The same logits and labels or targets; y = 0 stands for -1. */
static void entropy_case(lp_case *to, const lp_case *base) {
    lp_case_init(to, entropy_of(base->op));
    to->format = base->format;
    to->n = base->n;
    to->k = to->stride = base->k;
    double *z = lp_case_alloc(to, LP_IN_LOGITS);
    for (int64_t i = 0; i < base->n * base->k; i++) z[i] = base->in[LP_IN_LOGITS][i];
    if (to->op == LP_OP_BCE_LOGITS) {
        const double *t = base->in[LP_IN_TARGETS];
        double *y = lp_case_alloc(to, LP_IN_TARGETS);
        for (int64_t r = 0; r < base->n; r++) y[r] = t ? t[r] : base->label[r] > 0;
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

static bool wrong_row(const lp_case *c, int64_t r) {
    double z = c->in[LP_IN_LOGITS][r], y = c->in[LP_IN_TARGETS][r];
    return isfinite(z) && ((y == 1 && z <= 0) || (y == 0 && z >= 0));
}

static int derive_mse(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                      uint64_t declared) {
    (void)rng, (void)params;
    if (!lp_domain_known(base, 0) || !lp_domain_any(base, wrong_row)) return -1;
    if (!(declared >> entropy_of(base->op) & 1)) return 0;
    entropy_case(&more[0], base);
    return 1;
}

/* side * (|grad| - end) <= h. */
static bool on_side(const lp_eval *e, int64_t r, double end, int side, lp_level level,
                    char why[256]) {
    double g;
    if (!lp_returned(&g, e, LP_OUT_GRAD, r)) return true;
    double h = level == LP_LEVEL_CORRECT ? 0 : lp_tolerance(e->exact, LP_OUT_GRAD, r, level);
    bool ok = side > 0 ? lp_below(fabs(g), end, h) : lp_below(end, fabs(g), h);
    return ok || lp_broken(why, "|grad[%lld]| = %a (%.17g) %s %a", (long long)r, fabs(g), fabs(g),
                           side > 0 ? "above" : "below", end);
}

static bool holds_mse(const lp_eval *eval, int n, lp_level level, char why[256]) {
    const lp_case *c = eval->kase;
    for (int64_t r = 0; r < c->n; r++) {
        if (!wrong_row(c, r)) continue;
        lp_fact_range range = lp_fact_saturation(-fabs(c->in[LP_IN_LOGITS][r]), c->format);
        if (!on_side(&eval[0], r, range.hi, 1, level, why)) return false;
        if (n > 1 && !on_side(&eval[1], r, range.lo, -1, level, why)) return false;
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

const lp_property lp_property_mse_saturates = {
    .name = "mse_saturates",
    .number = 22,
    .claim = "at a wrong answer the squared error's gradient dies, cross-entropy's does not",
    .ops = mse_ops,
    .op_count = sizeof mse_ops / sizeof *mse_ops,
    .derive = derive_mse,
    .holds = holds_mse,
    .outputs = LP_OUT_BIT(LP_OUT_GRAD)};
