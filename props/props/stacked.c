/* Means of cross-entropies over rows that are not the case's own (info_nce, linear_xent). A row's
 * shares p sum to 1 and its label is one of its classes, so gradients that add the slopes of whole
 * rows are 0 together: a row of similarities, symmetric all of them, the biases, and the weights of
 * one feature over the classes. And similarities are logits whose rows have their own places for
 * labels: info_nce is the mean of their cross-entropies. */
#include "props/props/domain.h"

#include "core/memory.h"
#include "ref/combine.h"

#include <math.h>
#include <stdlib.h>

static const lp_op stacked_ops[] = {LP_OP_INFO_NCE, LP_OP_LINEAR_XENT};
static const lp_op similarity_ops[] = {LP_OP_INFO_NCE};

#define ROWS                                                                                       \
    (LP_PARAM_BIT(LP_PARAM_TEMPERATURE) | LP_PARAM_BIT(LP_PARAM_SYMMETRIC) |                       \
     LP_PARAM_BIT(LP_PARAM_UPSTREAM) | LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX) |                       \
     LP_PARAM_BIT(LP_PARAM_EMPTY_MEAN))

static int derive_sums(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                       uint64_t declared) {
    (void)more, (void)rng, (void)params, (void)declared;
    return lp_domain_known(base, ROWS) && base->n > 0 ? 0 : -1;
}

/* Components from, from + step, ... of the output: |sum| <= sum of their tolerances, both formed
 * exactly. A sum that lacks a number says nothing. */
static bool sums_to_0(const lp_eval *e, lp_out out, int64_t from, int64_t step, int64_t count,
                      lp_level level, char why[256]) {
    double *term = lp_memory_zeros((size_t)(2 * count) + 1, sizeof *term);
    bool ok = true, all = true;
    for (int64_t j = 0; j < count && all; j++) {
        all = lp_returned(&term[j], e, out, from + j * step);
        double h = all ? lp_tolerance(e->exact, out, from + j * step, level) : 0;
        all = all && isfinite(h);
        term[count + j] = -h;
    }
    if (all) {
        ok = lp_sum_sign(term, 2 * count) <= 0;
        for (int64_t j = 0; j < count; j++) term[j] = -term[j];
        ok = ok && lp_sum_sign(term, 2 * count) <= 0;
    }
    if (!ok)
        lp_broken(why, "%s from %lld on sums to %g, beyond %g, the errors allowed to it",
                  lp_out_name(out), (long long)from, -lp_sum_up(term, count),
                  -lp_sum_up(term + count, count));
    free(term);
    return ok;
}

static bool holds_sums(const lp_eval *eval, int n, lp_level level, char why[256]) {
    const lp_case *c = eval->kase;
    (void)n;
    if (c->in[LP_IN_SIM]) {
        bool both = lp_case_param(c, LP_PARAM_SYMMETRIC) == 1;
        int64_t width = both ? c->n * c->n : c->n;
        for (int64_t at = 0; at < c->n * c->n; at += width)
            if (!sums_to_0(eval, LP_OUT_GRAD, at, 1, width, level, why)) return false;
        return true;
    }
    for (int64_t d = 0; d < c->d; d++)
        if (!sums_to_0(eval, LP_OUT_GRAD_W, d, c->d, c->k, level, why)) return false;
    return sums_to_0(eval, LP_OUT_GRAD_B, 0, 1, c->k, level, why);
}

/* --- range and sign ------------------------------------------------------------------------------
 */

/* side g <= end, an end formed in two roundings, beside which 2^-50 of it, two of the least
 * subnormals and the component's own error are allowed; an end of 0 is the sign, exact. */
static bool not_beyond(const lp_eval *e, lp_out out, int64_t i, double side, double end,
                       lp_level level, char why[256]) {
    double g, h = lp_tolerance(e->exact, out, i, level);
    if (!lp_returned(&g, e, out, i) || !isfinite(h)) return true;
    if (end != 0) end = end * (1 + 0x1p-50) + 0x1p-1073;
    if (end == 0 && level == LP_LEVEL_CORRECT) h = 0; /* rounding never crosses 0 */
    return lp_below(side * g, end, h) ||
           lp_broken(why, "%s[%lld] = %a (%.17g), %s %.17g", lp_out_name(out), (long long)i, g, g,
                     side > 0 ? "above" : "below", side * end);
}
/* -low <= g rows T <= high */
static bool between(const lp_eval *e, lp_out out, int64_t i, double low, double high, double T,
                    lp_level level, char why[256]) {
    double rows = (double)e->kase->n;
    return not_beyond(e, out, i, -1, low / rows / T, level, why) &&
           not_beyond(e, out, i, 1, high / rows / T, level, why);
}

static int derive_range(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                        uint64_t declared) {
    (void)more, (void)rng, (void)params, (void)declared;
    const uint64_t known = LP_PARAM_BIT(LP_PARAM_TEMPERATURE) | LP_PARAM_BIT(LP_PARAM_SYMMETRIC);
    return lp_domain_known(base, known) && base->n > 0 ? 0 : -1;
}

/* Shares lie in [0, 1]: a pair's own similarity has p - 1, the others p; a class's bias the sum of
 * p over the rows less the rows that it labels. */
static bool holds_range(const lp_eval *eval, int n, lp_level level, char why[256]) {
    const lp_case *c = eval->kase;
    const double rows = (double)c->n;
    (void)n;
    if (c->in[LP_IN_SIM]) {
        for (int64_t i = 0; i < c->n * c->n; i++) {
            double own = i % (c->n + 1) == 0;
            if (!between(eval, LP_OUT_GRAD, i, own, 1 - own, lp_case_param(c, LP_PARAM_TEMPERATURE),
                         level, why))
                return false;
        }
        return true;
    }
    for (int64_t j = 0; j < c->k; j++) {
        double labels = 0;
        for (int64_t i = 0; i < c->n; i++) labels += c->label[i] == j;
        if (!between(eval, LP_OUT_GRAD_B, j, labels, rows - labels, 1, level, why)) return false;
    }
    return true;
}

/* The same rows as logits, each with its own place for a label. */
static int derive_mean(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                       uint64_t declared) {
    (void)rng, (void)params;
    bool asked = lp_domain_known(base, 0) && base->n > 0 && declared >> LP_OP_SOFTMAX_XENT & 1;
    if (!asked) return -1;
    lp_case *c = &more[0];
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    c->format = base->format;
    c->reduction = LP_REDUCE_MEAN;
    c->n = c->k = c->stride = base->n;
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    int64_t *label = lp_case_alloc_label(c);
    for (int64_t i = 0; i < base->n * base->n; i++) z[i] = base->in[LP_IN_SIM][i];
    for (int64_t i = 0; i < base->n; i++) label[i] = i;
    return 1;
}

static bool holds_mean(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t i = 0; i < lp_exact_len(eval[0].exact, LP_OUT_GRAD); i++)
        if (!lp_agree(&eval[0], i, &eval[1], i, LP_OUT_GRAD, 1, level, why)) return false;
    return lp_agree(&eval[0], 0, &eval[1], 0, LP_OUT_LOSS, 1, level, why);
}

const lp_property lp_property_shares_sum = {
    .name = "shares_sum",
    .number = 3,
    .claim = "gradients that add whole rows' slopes sum to 0: similarities, biases, weights",
    .ops = stacked_ops,
    .op_count = sizeof stacked_ops / sizeof *stacked_ops,
    .derive = derive_sums,
    .holds = holds_sums,
    .outputs = LP_OUT_BIT(LP_OUT_GRAD) | LP_OUT_BIT(LP_OUT_GRAD_W) | LP_OUT_BIT(LP_OUT_GRAD_B)};

const lp_property lp_property_shares_range = {
    .name = "shares_range",
    .number = 4,
    .claim = "similarities and biases are pulled no further than their labels, and to their side",
    .ops = stacked_ops,
    .op_count = sizeof stacked_ops / sizeof *stacked_ops,
    .derive = derive_range,
    .holds = holds_range,
    .outputs = LP_OUT_BIT(LP_OUT_GRAD) | LP_OUT_BIT(LP_OUT_GRAD_B)};

const lp_property lp_property_contrast_is_ce = {
    .name = "contrast_is_ce",
    .number = 12,
    .claim = "info_nce is the mean cross-entropy of its rows, each labelled by its own place",
    .ops = similarity_ops,
    .op_count = sizeof similarity_ops / sizeof *similarity_ops,
    .derive = derive_mean,
    .holds = holds_mean,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD)};
