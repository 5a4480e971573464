/* Section 5, 3 and 4: what the gradient in the logits must look like. */
#include "props/props/domain.h"

#include "ref/combine.h"
#include "ref/facts.h"

#include <math.h>
#include <stdlib.h>

static const lp_op softmax_ops[] = {LP_OP_SOFTMAX_XENT,      LP_OP_SOFTMAX,     LP_OP_LOG_SOFTMAX,
                                    LP_OP_SOFTMAX_XENT_SOFT, LP_OP_KL_LOGITS,   LP_OP_FOCAL_SOFTMAX,
                                    LP_OP_POLICY_GRAD,       LP_OP_HINGE_MULTI, LP_OP_DISTILL,
                                    LP_OP_MSE_SOFTMAX};
static const lp_op xent_ops[] = {LP_OP_SOFTMAX_XENT, LP_OP_SOFTMAX_XENT_SOFT, LP_OP_KL_LOGITS};
static const lp_op label_ops[] = {LP_OP_SOFTMAX_XENT,  LP_OP_BCE_LOGITS,      LP_OP_MULTILABEL_BCE,
                                  LP_OP_FOCAL_SOFTMAX, LP_OP_LOGISTIC_MARGIN, LP_OP_HINGE,
                                  LP_OP_HINGE_MULTI,   LP_OP_FOCAL_SIGMOID,   LP_OP_MSE_SIGMOID};

static double *rooms(int64_t count) {
    double *x = malloc((size_t)(count ? count : 1) * sizeof *x);
    if (!x) abort();
    return x;
}

/* Precondition of the three: the gradient was asked for and some row is in the domain. */
static int rows_in(const lp_case *base, uint64_t known, bool (*in)(const lp_case *, int64_t)) {
    return lp_domain_known(base, known) && lp_domain_any(base, in) ? 0 : -1;
}

static bool logits_row(const lp_case *c, int64_t r) {
    bool cotangent = !lp_op_get(c->op)->in[LP_IN_V] || c->in[LP_IN_V];
    return cotangent && lp_domain_masked(c, LP_IN_LOGITS, r);
}

/* What is done with rows together multiplies a row's gradient by one number: 0 stays 0. */
#define ROWS_TOGETHER                                                                              \
    (LP_PARAM_BIT(LP_PARAM_UPSTREAM) | LP_PARAM_BIT(LP_PARAM_EMPTY_MEAN) |                         \
     LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX) | LP_PARAM_BIT(LP_PARAM_MEAN_RULE))

static int derive_sum(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                      uint64_t declared) {
    (void)more, (void)rng, (void)params, (void)declared;
    bool known =
        base->rounding == LP_ROUND_NEAREST && !(base->set & ~(LP_DOMAIN_SOFTMAX | ROWS_TOGETHER));
    return known && lp_domain_any(base, logits_row) ? 0 : -1;
}

/* The exact components sum to zero (p sums to 1), so the returned ones sum to at most the sum of
 * their errors. Both sums are formed exactly. */
static bool sum_row(const lp_eval *e, int64_t r, lp_level level, char why[256]) {
    int64_t k = e->kase->k;
    double *term = rooms(2 * k);
    bool ok = true, all = true; /* all: a sum that lacks a component says nothing */
    for (int64_t j = 0; j < k && all; j++) {
        double h;
        all = lp_returned(&term[j], e, LP_OUT_GRAD, r * k + j);
        h = all ? lp_tolerance(e->exact, LP_OUT_GRAD, r * k + j, level) : 0;
        all = all && isfinite(h);
        term[k + j] = -h;
    }
    if (all) {
        ok = lp_sum_sign(term, 2 * k) <= 0;
        for (int64_t j = 0; j < k; j++) term[j] = -term[j];
        ok = ok && lp_sum_sign(term, 2 * k) <= 0;
    }
    if (!ok)
        lp_broken(
            why, "gradient of row %lld sums to %g, beyond %g, the errors allowed to its components",
            (long long)r, -lp_sum_up(term, k), -lp_sum_up(term + k, k));
    free(term);
    return ok;
}

static bool holds_sum(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t r = 0; r < eval->kase->n; r++)
        if (logits_row(eval->kase, r) && !sum_row(eval, r, level, why)) return false;
    return true;
}

static bool weighted_row(const lp_case *c, int64_t r) {
    return lp_domain_masked(c, LP_IN_LOGITS, r) && lp_domain_weights(c) &&
           (!c->in[LP_IN_TARGETS] || lp_domain_finite(c, LP_IN_TARGETS, r));
}

static int derive_range(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                        uint64_t declared) {
    (void)more, (void)rng, (void)params, (void)declared;
    return rows_in(base, LP_DOMAIN_SOFTMAX, weighted_row);
}

static bool range_component(const lp_eval *e, int64_t i, double lo, double hi, lp_level level,
                            char why[256]) {
    double g;
    if (!lp_returned(&g, e, LP_OUT_GRAD, i) || (lo <= g && g <= hi)) return true;
    double h = level == LP_LEVEL_CORRECT ? 0 : lp_tolerance(e->exact, LP_OUT_GRAD, i, level);
    return (lp_below(lo, g, h) && lp_below(g, hi, h)) ||
           lp_broken(why, "grad[%lld] = %a (%.17g) outside [%a, %a]", (long long)i, g, g, lo, hi);
}

/* 0 <= p_j <= 1 gives -W_j/T <= g_j <= (sum W - W_j)/T; rounding is monotone. */
static bool holds_range(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    const lp_case *c = eval->kase;
    double *lo = rooms(2 * c->k), *hi = lo + c->k;
    bool ok = true;
    for (int64_t r = 0; r < c->n && ok; r++) {
        if (!weighted_row(c, r)) continue;
        lp_fact_grad_range(lo, hi, c, r, level == LP_LEVEL_CORRECT);
        for (int64_t j = 0; j < c->k && ok; j++)
            ok = range_component(eval, r * c->k + j, lo[j], hi[j], level, why);
    }
    free(lo);
    return ok;
}

static bool hard_row(const lp_case *c, int64_t r) {
    if (c->in[LP_IN_TARGETS]) {
        const double *y = lp_domain_row(c, LP_IN_TARGETS, r);
        for (int64_t j = 0; j < c->k; j++)
            if (y[j] != 0 && y[j] != 1) return false;
        return lp_domain_finite(c, LP_IN_LOGITS, r);
    }
    bool halves = lp_op_get(c->op)->label == LP_LABEL_BINARY; /* label 0 has 1 - alpha */
    return weighted_row(c, r) && lp_case_param(c, LP_PARAM_SMOOTHING) == 0 &&
           !(halves && lp_case_has(c, LP_PARAM_ALPHA) && c->param[LP_PARAM_ALPHA] > 1);
}

static int derive_sign(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                       uint64_t declared) {
    (void)more, (void)rng, (void)params, (void)declared;
    return rows_in(base, LP_DOMAIN_LOGITS, hard_row);
}

/* Rounding, to nearest or to either neighbour, never crosses zero: at `correct`, and at `faithful`
 * without the allowance of a mixed output, the sign is <= 0 (>= 0) always, and nonzero where the
 * exact value exceeds the level's error; elsewhere the sign is known only there. At a kink 0 is a
 * subgradient. */
static bool sign_component(const lp_eval *e, int64_t i, int sign, lp_level level, char why[256]) {
    double g;
    if (!lp_returned(&g, e, LP_OUT_GRAD, i) || g * sign > 0) return true;
    double h = lp_tolerance(e->exact, LP_OUT_GRAD, i, level);
    bool far = isfinite(h) && !lp_exact_segment(e->exact, LP_OUT_GRAD, i) &&
               lp_exact_compare(e->exact, LP_OUT_GRAD, i, sign * h) == sign;
    bool rounded =
        level == LP_LEVEL_CORRECT ||
        (level == LP_LEVEL_FAITHFUL && lp_case_contract(e->kase, LP_OUT_GRAD) == LP_RELATIVE);
    return (!far && (g == 0 || !rounded)) ||
           lp_broken(why, "grad[%lld] = %a (%.17g) where the sign is %c", (long long)i, g, g,
                     sign < 0 ? '-' : '+');
}

static int sign_of(const lp_case *c, int64_t r, int64_t j) {
    const double *y = c->in[LP_IN_TARGETS];
    bool scalar = lp_op_get(c->op)->scalar;
    bool hit = y ? y[r * c->k + j] == 1 : scalar ? c->label[r] > 0 : j == c->label[r];
    return hit ? -1 : 1;
}

static bool holds_sign(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    const lp_case *c = eval->kase;
    for (int64_t r = 0; r < c->n; r++) {
        if (!hard_row(c, r)) continue;
        for (int64_t j = 0; j < c->k; j++)
            if (!sign_component(eval, r * c->k + j, sign_of(c, r, j), level, why)) return false;
    }
    return true;
}

const lp_property lp_property_grad_sum = {
    .name = "grad_sum",
    .number = 3,
    .claim = "a row's gradient sums to zero within the sum of its components' errors",
    .ops = softmax_ops,
    .op_count = sizeof softmax_ops / sizeof *softmax_ops,
    .derive = derive_sum,
    .holds = holds_sum,
    .outputs = LP_OUT_BIT(LP_OUT_GRAD)};

const lp_property lp_property_grad_range = {.name = "grad_range",
                                            .number = 4,
                                            .claim = "-W_j/T <= g_j <= (sum W - W_j)/T",
                                            .ops = xent_ops,
                                            .op_count = sizeof xent_ops / sizeof *xent_ops,
                                            .derive = derive_range,
                                            .holds = holds_range,
                                            .outputs = LP_OUT_BIT(LP_OUT_GRAD)};

const lp_property lp_property_grad_sign = {
    .name = "grad_sign",
    .number = 4,
    .claim = "the gradient pulls the label up and the others down, and is not lost to zero",
    .ops = label_ops,
    .op_count = sizeof label_ops / sizeof *label_ops,
    .derive = derive_sign,
    .holds = holds_sign,
    .outputs = LP_OUT_BIT(LP_OUT_GRAD)};
