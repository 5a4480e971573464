/* Section 5, 11, 12 and 19: two ways to say one thing have one exact answer. */
#include "props/props/domain.h"

#include "ref/combine.h"

#include <math.h>
#include <stdlib.h>

static const lp_op binary_ops[] = {LP_OP_BCE_LOGITS};
static const lp_op focal_ops[] = {LP_OP_FOCAL_SOFTMAX, LP_OP_FOCAL_SIGMOID};
static const lp_op distill_ops[] = {LP_OP_DISTILL};
static const lp_op sigmoid_ops[] = {LP_OP_SIGMOID};

/* A twin of another operation over `k` classes a row, its logits not filled. */
static void twin_of(lp_case *to, lp_op op, const lp_case *base, int64_t k) {
    lp_case_init(to, op);
    to->format = base->format;
    to->n = base->n;
    to->k = to->stride = k;
    lp_case_alloc(to, LP_IN_LOGITS);
}

/* --- soft targets: BCE(z, y; q) = CE((0, z); targets (1-y, y), weights (1, q)) -----------------
 */

static bool held(const lp_case *c, double x) {
    return lp_format_holds(lp_format_get(c->format), x);
}

static bool soft_row(const lp_case *c, int64_t r) {
    double y = c->in[LP_IN_TARGETS][r], rest = 1 - y;
    return lp_domain_finite(c, LP_IN_LOGITS, r) && (1 - rest) - y == 0 && held(c, rest);
}

static int derive_soft(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                       uint64_t declared) {
    (void)rng, (void)params;
    double q = lp_case_param(base, LP_PARAM_POS_WEIGHT);
    if (!(declared >> LP_OP_SOFTMAX_XENT_SOFT & 1) || !held(base, q) ||
        !lp_domain_known(base, LP_PARAM_BIT(LP_PARAM_POS_WEIGHT)) || !lp_domain_any(base, soft_row))
        return -1;
    lp_case *c = &more[0];
    twin_of(c, LP_OP_SOFTMAX_XENT_SOFT, base, 2);
    double *t = lp_case_alloc(c, LP_IN_TARGETS);
    if (lp_case_has(base, LP_PARAM_POS_WEIGHT)) {
        double *w = lp_case_alloc(c, LP_IN_WEIGHTS);
        w[0] = 1;
        w[1] = q;
    }
    for (int64_t r = 0; r < c->n; r++) {
        bool in = soft_row(base, r);
        c->in[LP_IN_LOGITS][2 * r + 1] = in ? base->in[LP_IN_LOGITS][r] : 0;
        t[2 * r + 1] = in ? base->in[LP_IN_TARGETS][r] : 1;
        t[2 * r] = 1 - t[2 * r + 1];
    }
    return 1;
}

static bool holds_soft(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t r = 0; r < eval[0].kase->n; r++) {
        if (!soft_row(eval[0].kase, r)) continue;
        if (!lp_agree(&eval[0], r, &eval[1], r, LP_OUT_LOSS, 1, level, why) ||
            !lp_agree(&eval[0], r, &eval[1], 2 * r + 1, LP_OUT_GRAD, 1, level, why) ||
            !lp_agree(&eval[0], r, &eval[1], 2 * r, LP_OUT_GRAD, -1, level, why))
            return false;
    }
    return true;
}

/* --- a focal loss without focus is the cross-entropy -------------------------------------------
 */

static bool logits_row(const lp_case *c, int64_t r) {
    return lp_domain_masked(c, LP_IN_LOGITS, r);
}

/* more[0] is the base at gamma = 0 without alpha, more[1] the plain loss. */
static int derive_focus(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                        uint64_t declared) {
    (void)rng;
    bool scalar = lp_op_get(base->op)->scalar;
    lp_op plain = scalar ? LP_OP_BCE_LOGITS : LP_OP_SOFTMAX_XENT;
    uint64_t known = LP_PARAM_BIT(LP_PARAM_GAMMA) | LP_PARAM_BIT(LP_PARAM_ALPHA) |
                     LP_PARAM_BIT(LP_PARAM_ALPHA_ARRAY);
    if (!(declared >> plain & 1) || !(params >> LP_PARAM_GAMMA & 1) ||
        !lp_domain_known(base, known) || !lp_domain_any(base, logits_row))
        return -1;
    twin_of(&more[0], base->op, base, base->k);
    twin_of(&more[1], plain, base, base->k);
    lp_case_set(&more[0], LP_PARAM_GAMMA, 0);
    for (int64_t i = 0; i < base->n * base->k; i++)
        for (int m = 0; m < 2; m++) more[m].in[LP_IN_LOGITS][i] = base->in[LP_IN_LOGITS][i];
    int64_t *label = lp_case_alloc_label(&more[0]),
            *other = scalar ? NULL : lp_case_alloc_label(&more[1]);
    double *y = scalar ? lp_case_alloc(&more[1], LP_IN_TARGETS) : NULL;
    for (int64_t r = 0; r < base->n; r++) {
        label[r] = base->label[r];
        if (other) other[r] = label[r];
        if (y) y[r] = (double)label[r];
    }
    return 2;
}

/* --- a distillation that leaves the teacher out is the cross-entropy, at T = 1 whatever T ------
 */

static int derive_untaught(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                           uint64_t declared) {
    (void)rng;
    const uint64_t known = LP_PARAM_BIT(LP_PARAM_TEMPERATURE) | LP_PARAM_BIT(LP_PARAM_MIX) |
                           LP_PARAM_BIT(LP_PARAM_FORM);
    if (!(declared >> LP_OP_SOFTMAX_XENT & 1) || !(params >> LP_PARAM_MIX & 1) || !base->label ||
        !lp_domain_known(base, known) || !lp_domain_any(base, logits_row))
        return -1;
    lp_case_copy(&more[0], base);
    lp_case_set(&more[0], LP_PARAM_MIX, 1);
    twin_of(&more[1], LP_OP_SOFTMAX_XENT, base, base->k);
    int64_t *label = lp_case_alloc_label(&more[1]);
    for (int64_t r = 0; r < base->n; r++) label[r] = base->label[r];
    for (int64_t i = 0; i < base->n * base->k; i++)
        more[1].in[LP_IN_LOGITS][i] = base->in[LP_IN_LOGITS][i];
    return 2;
}

/* more[0] and more[1] say the same. */
static bool holds_twins(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    const lp_case *c = eval[0].kase;
    for (int64_t r = 0; r < c->n; r++) {
        if (!logits_row(c, r)) continue;
        if (!lp_agree(&eval[1], r, &eval[2], r, LP_OUT_LOSS, 1, level, why)) return false;
        for (int64_t i = r * c->k; i < (r + 1) * c->k; i++)
            if (!lp_agree(&eval[1], i, &eval[2], i, LP_OUT_GRAD, 1, level, why)) return false;
    }
    return true;
}

/* --- |sigma(z) + sigma(-z) - 1| <= the sum of the two errors -----------------------------------
 */

static int derive_mirror(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                         uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    if (!lp_domain_known(base, 0)) return -1;
    lp_case_copy(&more[0], base);
    for (int64_t i = 0; i < base->n; i++) more[0].in[LP_IN_LOGITS][i] *= -1;
    return 1;
}

static bool holds_mirror(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t i = 0; i < eval[0].kase->n; i++) {
        double x, y;
        if (!lp_returned(&x, &eval[0], LP_OUT_VALUE, i) ||
            !lp_returned(&y, &eval[1], LP_OUT_VALUE, i))
            continue;
        double h = lp_tolerance(eval[0].exact, LP_OUT_VALUE, i, level);
        double g = lp_tolerance(eval[1].exact, LP_OUT_VALUE, i, level);
        if (!isfinite(h) || !isfinite(g)) continue;
        const double over[] = {x, y, -1, -h, -g}, under[] = {-x, -y, 1, -h, -g};
        if (lp_sum_sign(over, 5) > 0 || lp_sum_sign(under, 5) > 0)
            return lp_broken(why, "row %lld: %a (%.17g) and %a (%.17g) do not add up to 1",
                             (long long)i, x, x, y, y);
    }
    return true;
}

#define LOSS_AND_GRAD (LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD))

const lp_property lp_property_binary_is_soft_class = {
    .name = "binary_is_soft_class",
    .number = 11,
    .claim = "BCE(z, y) with pos_weight q is the cross-entropy of (0, z), targets (1-y, y), "
             "weights (1, q)",
    .ops = binary_ops,
    .op_count = sizeof binary_ops / sizeof *binary_ops,
    .derive = derive_soft,
    .holds = holds_soft,
    .outputs = LOSS_AND_GRAD};

const lp_property lp_property_focal_is_ce = {
    .name = "focal_is_ce",
    .number = 12,
    .claim = "a focal loss at gamma 0 without alpha is the cross-entropy",
    .ops = focal_ops,
    .op_count = sizeof focal_ops / sizeof *focal_ops,
    .derive = derive_focus,
    .holds = holds_twins,
    .outputs = LOSS_AND_GRAD};

const lp_property lp_property_distill_is_ce = {
    .name = "distill_is_ce",
    .number = 12,
    .claim = "a distillation at mix 1 is the cross-entropy, whatever teacher and temperature",
    .ops = distill_ops,
    .op_count = sizeof distill_ops / sizeof *distill_ops,
    .derive = derive_untaught,
    .holds = holds_twins,
    .outputs = LOSS_AND_GRAD};

const lp_property lp_property_sigmoid_symmetry = {
    .name = "sigmoid_symmetry",
    .number = 19,
    .claim = "sigmoid(z) + sigmoid(-z) is 1 within the sum of both errors",
    .ops = sigmoid_ops,
    .op_count = sizeof sigmoid_ops / sizeof *sigmoid_ops,
    .derive = derive_mirror,
    .holds = holds_mirror,
    .outputs = LP_OUT_BIT(LP_OUT_VALUE)};
