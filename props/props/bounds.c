/* Section 5, 5, 6 and 9: bounds of the value by the inputs alone. Each is a theorem about the exact
 * value; rounding to nearest is monotone, so a correctly rounded result lies between the rounded
 * ends, and a result with error h within h of the ends rounded outward. */
#include "props/props/domain.h"

#include "ref/facts.h"

#include <math.h>

static const lp_op loss_ops[] = {
    LP_OP_SOFTMAX_XENT,    LP_OP_BCE_LOGITS,     LP_OP_CROSS_ENTROPY, LP_OP_ENTROPY,
    LP_OP_KL_DIV,          LP_OP_MULTILABEL_BCE, LP_OP_FOCAL_SIGMOID, LP_OP_SOFTMAX_XENT_SOFT,
    LP_OP_KL_LOGITS,       LP_OP_FOCAL_SOFTMAX,  LP_OP_NLL,           LP_OP_BCE_PROB,
    LP_OP_LOGISTIC_MARGIN, LP_OP_KL_GEN,         LP_OP_HINGE,         LP_OP_HINGE_MULTI,
    LP_OP_BRIER,           LP_OP_DISTILL,        LP_OP_ECE,           LP_OP_MSE_SIGMOID,
    LP_OP_MSE_SOFTMAX,     LP_OP_INFO_NCE,       LP_OP_LINEAR_XENT};
static const lp_op lse_ops[] = {LP_OP_SOFTMAX_XENT, LP_OP_LOG_SOFTMAX, LP_OP_LOGSUMEXP};
static const lp_op margin_ops[] = {LP_OP_SOFTMAX_XENT, LP_OP_BCE_LOGITS, LP_OP_LOGISTIC_MARGIN};

static bool between(const lp_eval *e, lp_out out, int64_t i, lp_fact_range range, lp_level level,
                    char why[256]) {
    double x;
    if (!lp_returned(&x, e, out, i) || (range.lo <= x && x <= range.hi)) return true;
    double h = level == LP_LEVEL_CORRECT ? 0 : lp_tolerance(e->exact, out, i, level);
    return (lp_below(range.lo, x, h) && lp_below(x, range.hi, h)) ||
           lp_broken(why, "%s[%lld] = %a (%.17g) outside [%a, %a]", lp_out_name(out), (long long)i,
                     x, x, range.lo, range.hi);
}

static bool at_most_one(const lp_case *c, lp_in role, int64_t r) {
    const double *x = lp_domain_row(c, role, r);
    for (int64_t j = 0; j < c->k; j++)
        if (!(x[j] <= 1)) return false;
    return true;
}

/* Where the loss is nonnegative by its formula. */
static bool nonnegative_row(const lp_case *c, int64_t r) {
    switch (c->op) {
    case LP_OP_SOFTMAX_XENT:
    case LP_OP_SOFTMAX_XENT_SOFT:
    case LP_OP_FOCAL_SOFTMAX:
        return lp_domain_masked(c, LP_IN_LOGITS, r) && lp_domain_weights(c);
    case LP_OP_MSE_SIGMOID:
    case LP_OP_MSE_SOFTMAX:
    case LP_OP_HINGE:
    case LP_OP_HINGE_MULTI:
        return lp_domain_masked(c, LP_IN_LOGITS, r);
    case LP_OP_DISTILL:
        return lp_domain_masked(c, LP_IN_LOGITS, r) && lp_domain_masked(c, LP_IN_TEACHER, r) &&
               lp_case_param(c, LP_PARAM_MIX) <= 1;
    case LP_OP_KL_LOGITS:
        return lp_domain_masked(c, LP_IN_LOGITS, r) && lp_domain_distribution(c, LP_IN_TARGETS, r);
    case LP_OP_BCE_LOGITS:
    case LP_OP_MULTILABEL_BCE:
        return lp_domain_finite(c, LP_IN_LOGITS, r) && at_most_one(c, LP_IN_TARGETS, r);
    case LP_OP_LOGISTIC_MARGIN:
        return lp_domain_finite(c, LP_IN_LOGITS, r);
    case LP_OP_FOCAL_SIGMOID: {
        double alpha = lp_case_has(c, LP_PARAM_ALPHA) ? c->param[LP_PARAM_ALPHA] : 1;
        return lp_domain_finite(c, LP_IN_LOGITS, r) && alpha >= 0 && alpha <= 1;
    }
    case LP_OP_CROSS_ENTROPY:
        return lp_domain_finite(c, LP_IN_P, r) && at_most_one(c, LP_IN_Q, r);
    case LP_OP_KL_GEN:
        return lp_domain_finite(c, LP_IN_P, r) && lp_domain_finite(c, LP_IN_Q, r);
    case LP_OP_BRIER:
        return lp_domain_finite(c, LP_IN_P, r);
    case LP_OP_ECE: /* one number: row 0 speaks for it */
    case LP_OP_INFO_NCE:
    case LP_OP_LINEAR_XENT:
        return r == 0;
    case LP_OP_NLL:
        return at_most_one(c, LP_IN_Q, r);
    case LP_OP_BCE_PROB:
        return at_most_one(c, LP_IN_P, r) && at_most_one(c, LP_IN_TARGETS, r);
    case LP_OP_ENTROPY:
        return at_most_one(c, LP_IN_P, r);
    case LP_OP_KL_DIV:
        return lp_domain_distribution(c, LP_IN_P, r) && lp_domain_distribution(c, LP_IN_Q, r);
    default:
        return false;
    }
}

static int derive_nonnegative(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                              uint64_t declared) {
    (void)more, (void)rng, (void)params, (void)declared;
    bool met = lp_domain_known(base, LP_DOMAIN_LOGITS) && lp_domain_any(base, nonnegative_row);
    return met ? 0 : -1;
}

static bool holds_nonnegative(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    const lp_fact_range range = {0, INFINITY};
    for (int64_t r = 0; r < eval->kase->n; r++)
        if (nonnegative_row(eval->kase, r) && !between(eval, LP_OUT_LOSS, r, range, level, why))
            return false;
    return true;
}

/* w ((m - z_c)/T + ln of a sum in [1, K]): hard labels, no smoothing. */
static bool lse_row(const lp_case *c, int64_t r) {
    return lp_case_param(c, LP_PARAM_SMOOTHING) == 0 && lp_domain_masked(c, LP_IN_LOGITS, r) &&
           lp_domain_weights(c);
}

static int derive_lse(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                      uint64_t declared) {
    (void)more, (void)rng, (void)params, (void)declared;
    return lp_domain_known(base, LP_DOMAIN_SOFTMAX) && lp_domain_any(base, lse_row) ? 0 : -1;
}

static bool lse_loss(const lp_eval *e, int64_t r, lp_level level, char why[256]) {
    const lp_case *c = e->kase;
    int64_t label = c->label[r];
    if (!isfinite(lp_domain_row(c, LP_IN_LOGITS, r)[label])) return true;
    double w = c->in[LP_IN_WEIGHTS] ? c->in[LP_IN_WEIGHTS][label] : 1;
    lp_fact_range range = lp_fact_gap_range(c, r, label, w, level == LP_LEVEL_CORRECT);
    return between(e, LP_OUT_LOSS, r, range, level, why);
}

static bool lse_itself(const lp_eval *e, int64_t r, lp_level level, char why[256]) {
    lp_fact_range range = lp_fact_lse_range(e->kase, r);
    return between(e, LP_OUT_VALUE, r, range, level, why);
}

/* The value is minus that gap. A wide row is looked at in 16 places: each range costs a pass. */
static bool lse_value(const lp_eval *e, int64_t r, lp_level level, char why[256]) {
    const lp_case *c = e->kase;
    int64_t step = c->k / 16 + 1;
    for (int64_t j = 0; j < c->k; j += step) {
        if (!isfinite(lp_domain_row(c, LP_IN_LOGITS, r)[j])) continue;
        lp_fact_range gap = lp_fact_gap_range(c, r, j, 1, level == LP_LEVEL_CORRECT);
        lp_fact_range range = {0 - gap.hi, 0 - gap.lo};
        if (!between(e, LP_OUT_VALUE, r * c->k + j, range, level, why)) return false;
    }
    return true;
}

static bool holds_lse(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t r = 0; r < eval->kase->n; r++) {
        if (!lse_row(eval->kase, r)) continue;
        bool ok = eval->kase->op == LP_OP_SOFTMAX_XENT ? lse_loss(eval, r, level, why)
                  : eval->kase->op == LP_OP_LOGSUMEXP  ? lse_itself(eval, r, level, why)
                                                       : lse_value(eval, r, level, why);
        if (!ok) return false;
    }
    return true;
}

/* Two classes, or one binary logit against 0: loss = ln(1 + e^d), d = z_wrong - z_correct. */
static bool margin_row(const lp_case *c, int64_t r) {
    if (!lp_domain_finite(c, LP_IN_LOGITS, r)) return false;
    if (c->op == LP_OP_SOFTMAX_XENT) return c->k == 2;
    if (c->op == LP_OP_LOGISTIC_MARGIN) return true;
    double y = c->in[LP_IN_TARGETS][r];
    return y == 0 || y == 1;
}

static int derive_margin(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                         uint64_t declared) {
    (void)more, (void)rng, (void)params, (void)declared;
    return lp_domain_known(base, 0) && lp_domain_any(base, margin_row) ? 0 : -1;
}

static lp_fact_range margin_range(const lp_case *c, int64_t r, bool nearest) {
    const double *z = lp_domain_row(c, LP_IN_LOGITS, r);
    if (c->op == LP_OP_SOFTMAX_XENT)
        return lp_fact_margin_range(z[1 - c->label[r]], z[c->label[r]], c->format, nearest);
    bool hit = c->label ? c->label[r] == 1 : c->in[LP_IN_TARGETS][r] == 1;
    return lp_fact_margin_range(hit ? 0 : *z, hit ? *z : 0, c->format, nearest);
}

static bool holds_margin(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t r = 0; r < eval->kase->n; r++)
        if (margin_row(eval->kase, r) &&
            !between(eval, LP_OUT_LOSS, r, margin_range(eval->kase, r, level == LP_LEVEL_CORRECT),
                     level, why))
            return false;
    return true;
}

const lp_property lp_property_nonnegative = {
    .name = "nonnegative",
    .number = 5,
    .claim = "cross-entropy, BCE, entropy, and KL of distributions are never negative",
    .ops = loss_ops,
    .op_count = sizeof loss_ops / sizeof *loss_ops,
    .derive = derive_nonnegative,
    .holds = holds_nonnegative,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS)};

const lp_property lp_property_lse_bounds = {
    .name = "lse_bounds",
    .number = 6,
    .claim = "m <= LSE <= m + ln K, and so for the loss less z_c",
    .ops = lse_ops,
    .op_count = sizeof lse_ops / sizeof *lse_ops,
    .derive = derive_lse,
    .holds = holds_lse,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_VALUE)};

const lp_property lp_property_margin_asymptote = {
    .name = "margin_asymptote",
    .number = 9,
    .claim = "two classes: d <= loss <= d + e^-d, or e^d - e^2d/2 <= loss <= e^d below zero",
    .ops = margin_ops,
    .op_count = sizeof margin_ops / sizeof *margin_ops,
    .derive = derive_margin,
    .holds = holds_margin,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS)};
