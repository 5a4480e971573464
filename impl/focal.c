/* focal_softmax and focal_sigmoid. p the probability of the label, q = 1 - p, l = -ln p:
 *   loss = alpha q^gamma l
 *   gradient = -alpha q^gamma (gamma p l + q)                 at the label (sigmoid: in s z)
 *              alpha q^gamma (gamma p l/q + 1) p_j            elsewhere
 * products and sums of positive terms, given p, q and l from a row seen from its label (row.h).
 *
 * q^gamma = exp(gamma ln q) multiplies the relative error of ln q by |gamma ln q|, hence precise.h.
 * It multiplies that of q by gamma where q is small and that of p by gamma p where q is near 1: by
 * gamma at most, so up to gamma = 4 the row's own 2^-66.2 give 2^-63.9; beyond, where q^gamma is
 * not 0 the factor is 2200/ln 2 at most, and the row is evaluated precisely too. */
#include "impl/batch.h"
#include "impl/precise.h"
#include "impl/row.h"
#include "impl/rows.h"

#define PLAIN_GAMMA 4.0

static const lp_wide zero = {{0, 0}, 0}, one = {{1, 0}, 0};

static double param(const lp_call *c, lp_param p, double neutral) {
    return c->set & LP_PARAM_BIT(p) ? c->param[p] : neutral;
}

/* q^gamma, q = 1 - p > 0; gamma >= 0. */
static lp_wide power(lp_wide q, lp_wide p, double gamma) {
    if (gamma == 0 || p.m.hi == 0) return one;
    lp_wide log = p.e < -1 ? lp_wide_log1p_precise(lp_wide_neg(p)) : lp_wide_log_precise(q);
    return lp_wide_exp_precise(lp_wide_mul(lp_wide_from(gamma), log));
}

typedef struct focal {
    lp_wide at_label; /* gradient there, without its sign */
    lp_wide factor;   /* of p_j elsewhere */
    lp_value loss;
} focal;
static focal evaluate(lp_wide p, lp_wide q, lp_value l, double gamma, lp_wide alpha) {
    if (q.m.hi == 0) return (focal){zero, zero, lp_value_zero()}; /* p = 1: +0 for every gamma */
    lp_wide weight = lp_wide_mul(alpha, power(q, p, gamma)), pull = one;
    if (l.special == 0 && gamma != 0) /* p ln p = 0 at p = 0 */
        pull =
            lp_wide_add(one, lp_wide_div(lp_wide_mul(lp_wide_mul(lp_wide_from(gamma), p), l.x), q));
    focal f = {.factor = lp_wide_mul(weight, pull), .loss = lp_value_zero()};
    f.at_label = lp_wide_mul(f.factor, q);
    if (alpha.m.hi != 0) f.loss = lp_value_mul(lp_number(weight), l);
    return f;
}

static lp_value softmax_row(const void *context, const lp_call *c, int64_t i,
                            const lp_sink out[2]) {
    lp_view z = lp_view_row(c, LP_IN_LOGITS, i), each = lp_view_row(c, LP_IN_ALPHA, 0);
    int64_t label = c->label[i];
    double gamma = param(c, LP_PARAM_GAMMA, 0), alpha = param(c, LP_PARAM_ALPHA, 1);
    lp_row row;
    (void)context;
    if (each.data) alpha = lp_at(each, label);
    if (isnan(alpha) || !lp_row_split(&row, z, c->k, label, 1, gamma > PLAIN_GAMMA)) {
        lp_sink_fill(&out[0], c->k, NAN);
        return lp_special(NAN);
    }
    lp_value l = row.infinite ? lp_special(INFINITY) : lp_number(row.loss);
    focal f = evaluate(row.own, row.rest, l, gamma, lp_wide_from(alpha));
    if (!out[0].data) return f.loss;
    lp_row_emit(&out[0], &row, z, c->k, label, lp_number(f.factor), NULL);
    lp_sink_number(&out[0], label, lp_wide_neg(f.at_label));
    return f.loss;
}

/* The row (0, s z) seen from s z; s = 1 for label 1, else -1. */
static lp_value sigmoid_row(const void *context, const lp_call *c, int64_t i,
                            const lp_sink out[2]) {
    double z = lp_at(lp_view_row(c, LP_IN_LOGITS, i), 0), gamma = param(c, LP_PARAM_GAMMA, 0);
    bool positive = c->label[i] == 1;
    lp_wide alpha = one;
    (void)context;
    if (c->set & LP_PARAM_BIT(LP_PARAM_ALPHA)) {
        alpha = lp_wide_from(c->param[LP_PARAM_ALPHA]);
        if (!positive) alpha = lp_wide_sub(one, alpha);
    }
    if (isnan(z)) {
        lp_sink_fill(&out[0], 1, NAN);
        return lp_special(NAN);
    }
    double x = positive ? z : -z;
    lp_wide w = zero, near = one, far = zero, log = zero;
    if (isfinite(z)) {
        bool precise = gamma > PLAIN_GAMMA;
        w = lp_wide_from(-fabs(z));
        w = precise ? lp_wide_exp_precise(w) : lp_wide_exp(w);
        lp_wide all = lp_wide_add(one, w);
        near = lp_wide_div(one, all);
        far = lp_wide_div(w, all);
        log = lp_wide_log1p(w);
    }
    lp_value l = lp_number(log);
    if (x < 0) l = lp_value_add(l, lp_value_from(-x));
    focal f = evaluate(x >= 0 ? near : far, x >= 0 ? far : near, l, gamma, alpha);
    if (out[0].data) lp_sink_number(&out[0], 0, positive ? lp_wide_neg(f.at_label) : f.at_label);
    return f.loss;
}

void lp_run_focal_softmax(const lp_call *c) {
    lp_batch_run(c, c->k, softmax_row, NULL);
}
void lp_run_focal_sigmoid(const lp_call *c) {
    lp_batch_run(c, 1, sigmoid_row, NULL);
}
