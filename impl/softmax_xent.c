/* softmax_xent and softmax_xent_soft: W_j = w_j t'_j, loss sum_j W_j (LSE(u) - u_j), gradient (p_j
 * sum W - W_j)/T. Here the one-hot rows, where nothing can cancel (row.h). */
#include "impl/one_hot.h"
#include "impl/one_hot_row.h"
#include "impl/rows.h"
#include "impl/soft_short.h"
#include "impl/temper.h"
#include "impl/xent.h"

static const lp_wide zero = {{0, 0}, 0}, one = {{1, 0}, 0};

static double param(const lp_call *c, lp_param p, double neutral) {
    return c->set & LP_PARAM_BIT(p) ? c->param[p] : neutral;
}

lp_targets lp_targets_set(const lp_call *c) {
    lp_targets t = {.label = one, .other = zero, .keep = one, .denominator = 1, .weight = 1};
    double smoothing = param(c, LP_PARAM_SMOOTHING, 0);
    t.temperature = param(c, LP_PARAM_TEMPERATURE, 1);
    t.z_loss = param(c, LP_PARAM_Z_LOSS, 0);
    t.softcap = param(c, LP_PARAM_SOFTCAP, 0);
    t.weights = lp_view_row(c, LP_IN_WEIGHTS, 0);
    t.smooth = smoothing != 0;
    if (!t.smooth) return t;
    bool rule_k = param(c, LP_PARAM_SMOOTHING_RULE, 0) == 0;
    lp_wide s = lp_wide_from(smoothing);
    t.smoothing = smoothing;
    t.everywhere = rule_k;
    t.denominator = (double)(rule_k || c->k == 1 ? c->k : c->k - 1);
    if (rule_k || c->k > 1) t.other = lp_wide_div(s, lp_wide_from(t.denominator));
    t.label = t.keep = lp_wide_sub(one, s);
    if (rule_k) t.label = lp_wide_add(t.label, t.other);
    return t;
}

lp_smoothing lp_targets_smoothing(const lp_targets *t, int64_t k) {
    lp_wide rest = lp_wide_mul(t->other, lp_wide_from((double)(k - 1)));
    return (lp_smoothing){lp_wide_dd(t->label), lp_wide_dd(t->other), lp_wide_dd(rest),
                          (double)(k - 1)};
}

lp_wide lp_targets_weigh(const lp_targets *t, int64_t j, lp_wide target) {
    if (!t->weights.data || target.m.hi == 0) return target;
    return lp_wide_mul(target, lp_wide_from(lp_at(t->weights, j)));
}

/* Any row of binary64 or binary32: the loss, then the gradient, which may lie over the logits. */
void lp_xent_row(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    const lp_targets *t = context;
    lp_sink grad = job->out[LP_EVAL_GRAD];
    int64_t label = t->diagonal ? i % c->k : c->label[i];
    lp_view z = i < c->k || !t->diagonal ? lp_view_row(c, LP_IN_LOGITS, i)
                                         : lp_view_column(c, LP_IN_LOGITS, label);
    double weight = t->weights.data ? lp_at(t->weights, label) : 1;
    lp_one_hot_row row;
    lp_one_hot_open(&row, lp_view_limit(z, c->k, c), c->k, label, t->temperature, weight);
    if (isnan(weight) || !lp_one_hot_quick(&row)) {
        lp_job_fill(job, c->k, NAN);
        return;
    }
    job->out[LP_EVAL_GRAD].data = NULL;
    lp_job_answer(job, &lp_one_hot_eval, &row, c->k);
    job->out[LP_EVAL_GRAD] = grad;
    if (!grad.data || job->sum) return;
    double own = lp_one_hot_own(&row, &grad);
    lp_value slope = lp_value_from(weight);
    if (t->temperature != 1) slope = lp_value_div(slope, lp_wide_from(t->temperature));
    lp_row_emit(&grad, &row.row[0], row.z, c->k, row.label, slope, &row);
    lp_store_rounded(grad.data, grad.single, row.label, own);
}

/* Smoothing that one-hot rows' loops take: split.h says how much. */
static bool smooths(const lp_call *c, const lp_targets *t) {
    lp_smoothing s = lp_targets_smoothing(t, c->k);
    return t->smooth && t->z_loss == 0 && !t->weights.data && lp_temper_fits(t->temperature) &&
           param(c, LP_PARAM_BASE, 0) == 0 && c->k > 1 && c->k <= INT64_C(1) << 20 &&
           s.label.hi >= 0.25 && s.rest.hi >= 0x1p-60;
}
void lp_run_softmax_xent(const lp_call *c) {
    lp_targets t = lp_targets_set(c);
    if (t.softcap != 0)
        lp_softcap_run(c, &t);
    else if (smooths(c, &t))
        lp_one_hot_run(c, &t, lp_spread_row);
    else if (t.smooth || t.z_loss != 0)
        lp_spread_run(c, &t);
    else if (c->k > 1 && lp_temper_fits(t.temperature) && param(c, LP_PARAM_BASE, 0) == 0)
        lp_one_hot_run(c, &t, lp_xent_row);
    else
        lp_batch_answer(c, c->k, lp_xent_row, &t);
}
void lp_run_softmax_xent_soft(const lp_call *c) {
    lp_targets t = lp_targets_set(c);
    bool plain = !t.weights.data && !t.smooth && t.z_loss == 0 && t.temperature == 1;
    if (t.softcap != 0)
        lp_softcap_run(c, &t);
    else if (!plain || lp_batch_in_place(c) || !lp_soft_short_run(c, &t, lp_spread_row))
        lp_spread_run(c, &t);
}
