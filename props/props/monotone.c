/* Section 5, 8: the loss falls in the label's logit and rises in every other, not strictly; a
 * single logit is the label's or the other's. The exact loss does, and rounding to nearest is
 * monotone; below `correct` within both tolerances. */
#include "props/props/domain.h"

#include <math.h>

static const lp_op ops[] = {LP_OP_SOFTMAX_XENT, LP_OP_FOCAL_SOFTMAX,   LP_OP_HINGE_MULTI,
                            LP_OP_HINGE,        LP_OP_LOGISTIC_MARGIN, LP_OP_FOCAL_SIGMOID};

static bool hard_row(const lp_case *c, int64_t r) {
    bool halves = lp_op_get(c->op)->label == LP_LABEL_BINARY; /* label 0 has 1 - alpha */
    return lp_domain_masked(c, LP_IN_LOGITS, r) && lp_domain_weights(c) &&
           lp_case_param(c, LP_PARAM_SMOOTHING) == 0 &&
           !(halves && lp_case_has(c, LP_PARAM_ALPHA) && c->param[LP_PARAM_ALPHA] > 1);
}

/* The label's logit among the row's; false: the row's one logit is the other's. */
static bool label_at(int64_t *at, const lp_case *c, int64_t r) {
    bool scalar = lp_op_get(c->op)->scalar;
    *at = r * c->k + (scalar ? 0 : c->label[r]);
    return !scalar || c->label[r] > 0;
}

/* A larger number of the format: the next one, or by a power of two around 1. */
static double raised(double z, lp_rng *rng, const lp_format *f) {
    if (!isfinite(z) || z == f->max) return z;
    double far = lp_format_round(f, z + ldexp(1, (int)lp_rng_below(rng, 16) - 8));
    bool near = lp_rng_below(rng, 2) == 0 || !(far > z) || !isfinite(far);
    return near ? lp_format_above(f, z) : far;
}

/* more[0] raises each row's label or its only logit, more[1] one other class of each row. */
static int derive(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                  uint64_t declared) {
    (void)params, (void)declared;
    if (!lp_domain_known(base, LP_DOMAIN_SOFTMAX) || !lp_domain_any(base, hard_row)) return -1;
    const lp_format *f = lp_format_get(base->format);
    lp_case_copy(&more[0], base);
    if (base->k > 1) lp_case_copy(&more[1], base);
    for (int64_t r = 0; r < base->n; r++) {
        if (!hard_row(base, r)) continue;
        int64_t hit, other = r * base->k;
        double *z = more[0].in[LP_IN_LOGITS];
        label_at(&hit, base, r);
        z[hit] = raised(z[hit], rng, f);
        if (base->k < 2) continue;
        other += (base->label[r] + 1 + (int64_t)lp_rng_below(rng, (uint64_t)base->k - 1)) % base->k;
        z = more[1].in[LP_IN_LOGITS];
        z[other] = raised(z[other], rng, f);
    }
    return base->k > 1 ? 2 : 1;
}

static bool holds(const lp_eval *eval, int n, lp_level level, char why[256]) {
    for (int64_t r = 0; r < eval[0].kase->n; r++) {
        if (!hard_row(eval[0].kase, r)) continue;
        int64_t at;
        int less = label_at(&at, eval[0].kase, r);
        if (!lp_not_above(&eval[less], r, &eval[!less], r, LP_OUT_LOSS, level, why)) return false;
        if (n > 2 && !lp_not_above(&eval[0], r, &eval[2], r, LP_OUT_LOSS, level, why)) return false;
    }
    return true;
}

const lp_property lp_property_monotone = {
    .name = "monotone",
    .number = 8,
    .claim = "the loss falls in the label's logit and rises in every other",
    .ops = ops,
    .op_count = sizeof ops / sizeof *ops,
    .derive = derive,
    .holds = holds,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS)};
