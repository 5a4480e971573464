/* What is one number over all rows, perplexity, the calibration error and means of cross-entropies
 * over rows that are not the case's own, as a function of the set of rows: their order does not
 * matter (the exact answers are equal: equal at `correct`, within both tolerances below it), and
 * perplexity is e to the mean of the rows' losses, e^(L^ - h(L)) - h(P) <= P^ <= e^(L^ + h(L)) +
 * h(P). */
#include "props/props/domain.h"

#include "core/memory.h"
#include "ref/facts.h"

#include <math.h>
#include <stdlib.h>

static const lp_op order_ops[] = {LP_OP_PERPLEXITY, LP_OP_ECE, LP_OP_INFO_NCE, LP_OP_LINEAR_XENT};
static const lp_op mean_ops[] = {LP_OP_PERPLEXITY};

static int derive_order(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                        uint64_t declared) {
    const uint64_t known = LP_PARAM_BIT(LP_PARAM_BINS) | LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX) |
                           LP_PARAM_BIT(LP_PARAM_TEMPERATURE) | LP_PARAM_BIT(LP_PARAM_SYMMETRIC);
    (void)rng, (void)params, (void)declared;
    if (!lp_domain_known(base, known) || base->n < 2) return -1;
    int64_t *pick = lp_memory_zeros((size_t)base->n, sizeof *pick);
    for (int64_t i = 0; i < base->n; i++) pick[i] = base->n - 1 - i;
    lp_domain_gather(&more[0], base, pick, base->n);
    free(pick);
    const double *s = base->in[LP_IN_SIM]; /* rows and columns, so that each keeps its label */
    for (int64_t i = 0, last = base->n * base->n - 1; s && i <= last; i++)
        more[0].in[LP_IN_SIM][i] = s[last - i];
    return 1;
}

/* Gradients go with their rows, and with the columns of a square. */
static bool holds_order(const lp_eval *eval, int n, lp_level level, char why[256]) {
    const lp_op_info *info = lp_op_get(eval[0].kase->op);
    (void)n;
    for (int o = 0; o < info->out_count; o++) {
        int64_t len = lp_exact_len(eval[0].exact, info->out[o].role);
        int64_t width = info->out[o].shape == LP_SHAPE_ND   ? eval[0].kase->d
                        : info->out[o].shape == LP_SHAPE_NN ? 1
                                                            : len;
        for (int64_t i = 0; i < len; i++) {
            int64_t row = len - width - i / width * width;
            if (!lp_agree(&eval[0], i, &eval[1], row + i % width, info->out[o].role, 1, level, why))
                return false;
        }
    }
    return true;
}

/* The mean of nll over the same rows, none of them ignored. */
static int derive_mean(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                       uint64_t declared) {
    (void)rng, (void)params;
    if (!lp_domain_known(base, 0) || base->n < 1 || !(declared >> LP_OP_NLL & 1)) return -1;
    lp_case *c = &more[0];
    lp_case_init(c, LP_OP_NLL);
    c->format = base->format;
    c->reduction = LP_REDUCE_MEAN;
    c->n = base->n;
    c->k = c->stride = base->k;
    double *q = lp_case_alloc(c, LP_IN_Q);
    int64_t *label = lp_case_alloc_label(c);
    for (int64_t i = 0; i < base->n * base->k; i++) q[i] = base->in[LP_IN_Q][i];
    for (int64_t i = 0; i < base->n; i++) label[i] = base->label[i];
    return 1;
}

static bool holds_mean(const lp_eval *eval, int n, lp_level level, char why[256]) {
    double p, l;
    (void)n;
    if (!lp_returned(&p, &eval[0], LP_OUT_LOSS, 0) || !lp_returned(&l, &eval[1], LP_OUT_LOSS, 0))
        return true;
    double of_p = lp_tolerance(eval[0].exact, LP_OUT_LOSS, 0, level);
    double of_l = lp_tolerance(eval[1].exact, LP_OUT_LOSS, 0, level);
    if (!isfinite(of_p) || !isfinite(of_l)) return true;
    double least = lp_fact_exp_sum(&l, &of_l, 1, -1), most = lp_fact_exp_sum(&l, &of_l, 1, 1);
    return (lp_below(least, p, of_p) && (isinf(most) || lp_below(p, most, of_p))) ||
           lp_broken(why, "perplexity %a (%.17g) outside [%a, %a], e to the mean loss %a (%.17g)",
                     p, p, least, most, l, l);
}

const lp_property lp_property_row_order = {
    .name = "row_order",
    .number = 10,
    .claim = "one number over all rows does not depend on their order, gradients go with them",
    .ops = order_ops,
    .op_count = sizeof order_ops / sizeof *order_ops,
    .derive = derive_order,
    .holds = holds_order,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD) | LP_OUT_BIT(LP_OUT_GRAD_X) |
               LP_OUT_BIT(LP_OUT_GRAD_W) | LP_OUT_BIT(LP_OUT_GRAD_B) | LP_OUT_BIT(LP_OUT_GRAD_TAU)};

const lp_property lp_property_perplexity_of_mean = {
    .name = "perplexity_of_mean",
    .number = 13,
    .claim = "perplexity is e to the mean of the rows' -ln q",
    .ops = mean_ops,
    .op_count = sizeof mean_ops / sizeof *mean_ops,
    .derive = derive_mean,
    .holds = holds_mean,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS)};
