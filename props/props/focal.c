/* Section 5, 20: the focal factor (1-p)^gamma is at most 1, so the focal loss is at most the
 * cross-entropy with weights alpha, and with d = 1-p its gradient at the label obeys
 *   alpha (1 + gamma p) d^(gamma+1) <= |g_c| <= alpha (1 + gamma) d^(gamma+1),
 * since |g_c| = alpha d^gamma (d - gamma p ln p) and d <= -ln p <= d/p. */
#include "props/props/domain.h"

#include "ref/facts.h"

#include <math.h>

static const lp_op ops[] = {LP_OP_FOCAL_SOFTMAX, LP_OP_FOCAL_SIGMOID};

#define KNOWN                                                                                      \
    (LP_PARAM_BIT(LP_PARAM_GAMMA) | LP_PARAM_BIT(LP_PARAM_ALPHA) |                                 \
     LP_PARAM_BIT(LP_PARAM_ALPHA_ARRAY))

/* alpha of every class >= 0, the binary form's 1 - alpha too; the label is not masked. */
static bool focal_row(const lp_case *c, int64_t r) {
    if (!lp_domain_weights(c)) return false;
    if (lp_op_get(c->op)->scalar)
        return lp_domain_finite(c, LP_IN_LOGITS, r) &&
               (!lp_case_has(c, LP_PARAM_ALPHA) || c->param[LP_PARAM_ALPHA] <= 1);
    return lp_domain_masked(c, LP_IN_LOGITS, r) &&
           isfinite(lp_domain_row(c, LP_IN_LOGITS, r)[c->label[r]]);
}

/* --- below the cross-entropy ------------------------------------------------------------------ */

/* Scalar alpha is binary64, weights are numbers of the format. */
static bool alpha_held(const lp_case *c) {
    return !lp_case_has(c, LP_PARAM_ALPHA) ||
           lp_format_holds(lp_format_get(c->format), c->param[LP_PARAM_ALPHA]);
}

static bool alpha_given(const lp_case *c) {
    return lp_case_has(c, LP_PARAM_ALPHA) || c->in[LP_IN_ALPHA];
}

static void softmax_twin(lp_case *to, const lp_case *base) {
    double *w = alpha_given(base) ? lp_case_alloc(to, LP_IN_WEIGHTS) : NULL;
    for (int64_t j = 0; w && j < base->k; j++)
        w[j] = base->in[LP_IN_ALPHA] ? base->in[LP_IN_ALPHA][j] : base->param[LP_PARAM_ALPHA];
    int64_t *label = lp_case_alloc_label(to);
    for (int64_t r = 0; r < base->n; r++) label[r] = base->label[r];
}

/* alpha softplus(-z) at label 1 is BCE with pos_weight alpha; at label 0 no BCE has 1 - alpha. */
static void binary_twin(lp_case *to, const lp_case *base) {
    double *y = lp_case_alloc(to, LP_IN_TARGETS);
    for (int64_t r = 0; r < base->n; r++) y[r] = (double)base->label[r];
    if (alpha_given(base)) lp_case_set(to, LP_PARAM_POS_WEIGHT, base->param[LP_PARAM_ALPHA]);
}

static bool twin_row(const lp_case *c, int64_t r) {
    bool scalar = lp_op_get(c->op)->scalar;
    return focal_row(c, r) && (!scalar || !alpha_given(c) || c->label[r] == 1);
}

static int derive_loss(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                       uint64_t declared) {
    (void)rng, (void)params;
    bool scalar = lp_op_get(base->op)->scalar;
    lp_op twin = scalar ? LP_OP_BCE_LOGITS : LP_OP_SOFTMAX_XENT;
    if (!(declared >> twin & 1) || !lp_domain_known(base, KNOWN) ||
        (!scalar && !alpha_held(base)) || !lp_domain_any(base, twin_row))
        return -1;
    lp_case_init(&more[0], twin);
    more[0].format = base->format;
    more[0].n = base->n;
    more[0].k = more[0].stride = base->k;
    double *z = lp_case_alloc(&more[0], LP_IN_LOGITS);
    for (int64_t i = 0; i < base->n * base->k; i++) z[i] = base->in[LP_IN_LOGITS][i];
    (scalar ? binary_twin : softmax_twin)(&more[0], base);
    return 1;
}

static bool holds_loss(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t r = 0; r < eval->kase->n; r++)
        if (twin_row(eval->kase, r) &&
            !lp_not_above(&eval[0], r, &eval[1], r, LP_OUT_LOSS, level, why))
            return false;
    return true;
}

/* --- the gradient's range --------------------------------------------------------------------- */

static int derive_grad(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                       uint64_t declared) {
    (void)more, (void)rng, (void)params, (void)declared;
    return lp_domain_known(base, KNOWN) && lp_domain_any(base, focal_row) ? 0 : -1;
}

static bool grad_row(const lp_eval *e, int64_t r, lp_level level, char why[256]) {
    const lp_case *c = e->kase;
    int64_t i = lp_op_get(c->op)->scalar ? r : r * c->k + c->label[r];
    double g;
    if (!lp_returned(&g, e, LP_OUT_GRAD, i)) return true;
    bool strict = level == LP_LEVEL_CORRECT;
    lp_fact_range range = lp_fact_focal_range(c, r, strict);
    double h = strict ? 0 : lp_tolerance(e->exact, LP_OUT_GRAD, i, level);
    return (lp_below(range.lo, fabs(g), h) && lp_below(fabs(g), range.hi, h)) ||
           lp_broken(why, "|grad[%lld]| = %a (%.17g) outside [%a, %a]", (long long)i, fabs(g),
                     fabs(g), range.lo, range.hi);
}

static bool holds_grad(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t r = 0; r < eval->kase->n; r++)
        if (focal_row(eval->kase, r) && !grad_row(eval, r, level, why)) return false;
    return true;
}

const lp_property lp_property_focal_below_ce = {
    .name = "focal_below_ce",
    .number = 20,
    .claim = "the focal loss is at most the cross-entropy with weights alpha",
    .ops = ops,
    .op_count = sizeof ops / sizeof *ops,
    .derive = derive_loss,
    .holds = holds_loss,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS)};

const lp_property lp_property_focal_grad_range = {
    .name = "focal_grad_range",
    .number = 20,
    .claim = "alpha (1 + gamma p) d^(gamma+1) <= |g_c| <= alpha (1 + gamma) d^(gamma+1), d = 1-p",
    .ops = ops,
    .op_count = sizeof ops / sizeof *ops,
    .derive = derive_grad,
    .holds = holds_grad,
    .outputs = LP_OUT_BIT(LP_OUT_GRAD)};
