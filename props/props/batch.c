/* Section 5, 21 and 26's neighbours: rows together. The exact sum or mean is a fixed multiple of
 * the exact rows, so that returned numbers, each within its own tolerance h, satisfy the same
 * relation within the sum of the tolerances, formed exactly. With D the denominator (1 for a sum):
 *   mle             |D R - sum of L_i| <= D h(R) + sum of h(L_i)
 *   split_batch     |D R - D_1 R_1 - D_2 R_2| <= D h(R) + D_1 h(R_1) + D_2 h(R_2)
 *   upstream_linear, weights_linear   2^s x against the answer to 2^s times the operand: equal at
 *                   `correct`, rounding commutes with a power of two, else within both tolerances
 */
#include "props/props/domain.h"

#include "core/memory.h"
#include "ref/combine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The last has no gradient, hence no upstream one. */
static const lp_op loss_ops[] = {LP_OP_ENTROPY,
                                 LP_OP_CROSS_ENTROPY,
                                 LP_OP_KL_DIV,
                                 LP_OP_KL_GEN,
                                 LP_OP_NLL,
                                 LP_OP_BCE_PROB,
                                 LP_OP_SOFTMAX_XENT,
                                 LP_OP_SOFTMAX_XENT_SOFT,
                                 LP_OP_KL_LOGITS,
                                 LP_OP_BCE_LOGITS,
                                 LP_OP_MULTILABEL_BCE,
                                 LP_OP_FOCAL_SOFTMAX,
                                 LP_OP_FOCAL_SIGMOID,
                                 LP_OP_DISTILL,
                                 LP_OP_HINGE,
                                 LP_OP_HINGE_MULTI,
                                 LP_OP_LOGISTIC_MARGIN,
                                 LP_OP_MSE_SIGMOID,
                                 LP_OP_MSE_SOFTMAX,
                                 LP_OP_POLICY_GRAD,
                                 LP_OP_BRIER};
#define GRADLESS_OPS 1
static const lp_op weight_ops[] = {LP_OP_SOFTMAX_XENT, LP_OP_SOFTMAX_XENT_SOFT};
#define COUNT(ops) (int)(sizeof ops / sizeof *ops)

/* A relation being gathered: sum of factor * value, and what it may be off by. */
typedef struct relation {
    double *factor, *value, *size, *h;
    int64_t count, room;
    bool silent; /* a number is missing: nothing can be said */
} relation;

static void put(relation *r, double factor, double value, double h) {
    if (r->count == r->room) {
        r->room = r->room ? 2 * r->room : 16;
        r->factor = lp_memory_resize(r->factor, (size_t)r->room, sizeof *r->factor);
        r->value = lp_memory_resize(r->value, (size_t)r->room, sizeof *r->value);
        r->size = lp_memory_resize(r->size, (size_t)r->room, sizeof *r->size);
        r->h = lp_memory_resize(r->h, (size_t)r->room, sizeof *r->h);
    }
    r->factor[r->count] = factor;
    r->size[r->count] = fabs(factor);
    r->value[r->count] = value;
    r->h[r->count++] = h;
    r->silent = r->silent || !isfinite(factor) || !isfinite(h);
}

static double tolerance(const lp_eval *e, lp_out out, int64_t i, lp_level level) {
    return lp_tolerance(e->exact, out, i, level);
}

/* D * component i, sign * D where D is a sum of weights: one term a row, so that D need not be a
 * number of the format. Weights that add up to 0 leave the empty mean's number, whatever the rows'
 * losses (a smoothed label draws on other classes' weights): D R is then not their sum. */
static void put_reduced(relation *r, const lp_eval *e, double sign, lp_level level) {
    const lp_case *c = e->kase;
    const double *w = c->in[LP_IN_WEIGHTS];
    bool mean = c->reduction == LP_REDUCE_MEAN;
    bool weighted = w && lp_case_param(c, LP_PARAM_MEAN_RULE) == 1;
    double x;
    if (!lp_returned(&x, e, LP_OUT_LOSS, 0)) {
        r->silent = true;
        return;
    }
    double h = tolerance(e, LP_OUT_LOSS, 0, level);
    int64_t before = r->count;
    if (!mean) put(r, sign, x, h);
    for (int64_t i = 0; mean && i < c->n; i++)
        if (!lp_case_ignored(c, i)) put(r, weighted ? sign * w[c->label[i]] : sign, x, h);
    if (r->count > before && !r->silent)
        r->silent = lp_sum_sign(r->factor + before, r->count - before) == 0;
}

/* |sum of factor value| <= sum of |factor| h, exactly. */
static bool balanced(relation *r, char why[256]) {
    bool ok = true;
    if (!r->silent && r->count) {
        double *both = lp_memory_zeros((size_t)(2 * r->count), 2 * sizeof *both);
        double *term = both + 2 * r->count;
        for (int sign = -1; sign <= 1 && ok; sign += 2) {
            for (int64_t i = 0; i < r->count; i++) {
                both[i] = sign * r->factor[i];
                term[i] = r->value[i];
                both[r->count + i] = -r->size[i];
                term[r->count + i] = r->h[i];
            }
            ok = lp_dot_compare(both, term, 2 * r->count, 0) <= 0;
        }
        if (!ok)
            lp_broken(why, "off by %g, beyond the tolerances' %g",
                      lp_dot_round(r->factor, r->value, r->count, LP_BINARY64, LP_ROUND_NEAREST),
                      lp_dot_round(r->size, r->h, r->count, LP_BINARY64, LP_ROUND_UP));
        free(both);
    }
    free(r->factor);
    free(r->value);
    free(r->size);
    free(r->h);
    return ok;
}

static bool reduces(const lp_case *c) {
    return c->reduction != LP_REDUCE_NONE && c->rounding == LP_ROUND_NEAREST && c->n > 0;
}

static void drop(lp_case *c, lp_in role) {
    free(c->in[role]);
    c->in[role] = NULL;
    lp_case_sync(c);
}

/* The rows one by one. */
static int derive_mle(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                      uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    if (!reduces(base)) return -1;
    lp_case_copy(&more[0], base);
    drop(&more[0], LP_IN_UPSTREAM); /* of another length without a reduction */
    more[0].reduction = LP_REDUCE_NONE;
    return 1;
}

static bool holds_mle(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    relation r = {0};
    put_reduced(&r, &eval[0], 1, level);
    for (int64_t i = 0; i < eval[0].kase->n; i++) {
        double x;
        if (lp_case_ignored(eval[0].kase, i)) continue;
        bool there = lp_returned(&x, &eval[1], LP_OUT_LOSS, i);
        put(&r, -1, there ? x : NAN, there ? tolerance(&eval[1], LP_OUT_LOSS, i, level) : NAN);
    }
    return balanced(&r, why);
}

/* Rows [from, to) of the base. */
static void part(lp_case *to, const lp_case *base, int64_t from, int64_t end) {
    const lp_op_info *info = lp_op_get(base->op);
    lp_case_copy(to, base);
    to->n = end - from;
    for (int64_t i = from; base->label && i < end; i++) to->label[i - from] = base->label[i];
    for (int role = 0; role < LP_IN_COUNT; role++) {
        int64_t width = info->in[role] == LP_SHAPE_NK  ? base->k
                        : info->in[role] == LP_SHAPE_N ? 1
                                                       : 0;
        if (base->in[role] && width)
            memmove(to->in[role], base->in[role] + from * width,
                    (size_t)(to->n * width) * sizeof(double));
    }
}

static int derive_split(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                        uint64_t declared) {
    (void)params, (void)declared;
    if (!reduces(base) || base->n < 2) return -1;
    int64_t cut = 1 + (int64_t)lp_rng_below(rng, (uint64_t)base->n - 1);
    part(&more[0], base, 0, cut);
    part(&more[1], base, cut, base->n);
    return 2;
}

/* The mean over a half that is ignored altogether has no number to speak of; its D is 0. */
static bool all_ignored(const lp_case *c) {
    for (int64_t i = 0; i < c->n; i++)
        if (!lp_case_ignored(c, i)) return false;
    return true;
}

static bool holds_split(const lp_eval *eval, int n, lp_level level, char why[256]) {
    relation r = {0};
    put_reduced(&r, &eval[0], 1, level);
    for (int i = 1; i < n; i++)
        if (!all_ignored(eval[i].kase)) put_reduced(&r, &eval[i], -1, level);
    return balanced(&r, why);
}

/* ---- linear in upstream, in the weights ---- */

#define SHIFT 3 /* 2^3: far from every edge that `inner` lets through */

static bool scaled(lp_case *to, const lp_case *base, lp_in role) {
    const lp_format *f = lp_format_get(base->format);
    const double *x = base->in[role];
    if (!x || base->rounding != LP_ROUND_NEAREST) return false;
    for (int64_t i = 0, len = lp_case_in_len(base, role); i < len; i++)
        if (!isfinite(x[i]) || !lp_format_holds(f, ldexp(x[i], SHIFT))) return false;
    lp_case_copy(to, base);
    for (int64_t i = 0, len = lp_case_in_len(base, role); i < len; i++)
        to->in[role][i] = ldexp(x[i], SHIFT);
    return true;
}

static int derive_upstream(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                           uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    return scaled(&more[0], base, LP_IN_UPSTREAM) ? 1 : -1;
}

static int derive_weights(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                          uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    bool over_weights =
        base->reduction == LP_REDUCE_MEAN && lp_case_param(base, LP_PARAM_MEAN_RULE) == 1;
    bool unweighted_term = lp_case_has(base, LP_PARAM_Z_LOSS);
    return !over_weights && !unweighted_term && scaled(&more[0], base, LP_IN_WEIGHTS) ? 1 : -1;
}

/* x 2^s = y, neither of them near the ends of the normal range. */
static bool follows(const lp_eval *e, lp_out out, int64_t i, int shift, lp_level level,
                    char why[256]) {
    const lp_format *f = lp_format_get(e[0].kase->format);
    double x, y, least = ldexp(1, f->emin + 1);
    if (!lp_returned(&x, &e[0], out, i) || !lp_returned(&y, &e[1], out, i)) return true;
    if (x != 0 && (fabs(x) < least || fabs(y) < least)) return true;
    if (fabs(x) > f->max / 64 || ldexp(x, shift) == y) return true;
    if (lp_exact_segment(e[0].exact, out, i)) return true; /* a subgradient is chosen freely */
    if (level != LP_LEVEL_CORRECT) {
        relation r = {0};
        put(&r, ldexp(1, shift), x, tolerance(&e[0], out, i, level));
        put(&r, -1, y, tolerance(&e[1], out, i, level));
        if (balanced(&r, why)) return true;
    } else if (x == 0) {
        return true; /* a number that underflowed need not stay there */
    }
    return lp_broken(why, "%s[%lld] = %a, and %a with 2^%d times the operand", lp_out_name(out),
                     (long long)i, x, y, SHIFT);
}

static bool linear(const lp_eval *eval, bool losses_too, lp_level level, char why[256]) {
    const lp_op_info *info = lp_op_get(eval[0].kase->op);
    for (int o = 0; o < info->out_count; o++) {
        lp_out out = info->out[o].role;
        int shift = out >= LP_OUT_GRAD || losses_too ? SHIFT : 0;
        for (int64_t i = 0; i < lp_exact_len(eval[0].exact, out); i++)
            if (!follows(eval, out, i, shift, level, why)) return false;
    }
    return true;
}

static bool holds_upstream(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    return linear(eval, false, level, why);
}

static bool holds_weights(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    return linear(eval, true, level, why);
}

#define LOSS  LP_OUT_BIT(LP_OUT_LOSS)
#define GRADS (LP_OUT_BIT(LP_OUT_GRAD) | LP_OUT_BIT(LP_OUT_GRAD_P))

const lp_property lp_property_mle = {.name = "mle",
                                     .number = 21,
                                     .claim = "a sum or mean is that of the rows' losses",
                                     .ops = loss_ops,
                                     .op_count = COUNT(loss_ops),
                                     .derive = derive_mle,
                                     .holds = holds_mle,
                                     .outputs = LOSS};

const lp_property lp_property_split_batch = {.name = "split_batch",
                                             .number = 21,
                                             .claim = "two parts of a batch add up to the whole",
                                             .ops = loss_ops,
                                             .op_count = COUNT(loss_ops),
                                             .derive = derive_split,
                                             .holds = holds_split,
                                             .outputs = LOSS};

const lp_property lp_property_upstream_linear = {
    .name = "upstream_linear",
    .number = 21,
    .claim = "a power of two in upstream is one in the gradient, and none in the loss",
    .ops = loss_ops,
    .op_count = COUNT(loss_ops) - GRADLESS_OPS,
    .derive = derive_upstream,
    .holds = holds_upstream,
    .outputs = LOSS | GRADS};

const lp_property lp_property_weights_linear = {
    .name = "weights_linear",
    .number = 21,
    .claim = "a power of two in all weights is one in loss and gradient",
    .ops = weight_ops,
    .op_count = COUNT(weight_ops),
    .derive = derive_weights,
    .holds = holds_weights,
    .outputs = LOSS | GRADS};
