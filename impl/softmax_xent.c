/* softmax_xent and softmax_xent_soft: W_j = w_j t'_j, loss sum_j W_j (LSE(u) - u_j), gradient (p_j
 * sum W - W_j)/T. Here the one-hot rows, where nothing can cancel (row.h). */
#include "impl/lanes.h"
#include "impl/rows.h"
#include "impl/xent.h"

static const lp_wide zero = {{0, 0}, 0}, one = {{1, 0}, 0};

static double param(const lp_call *c, lp_param p, double neutral) {
    return c->set & LP_PARAM_BIT(p) ? c->param[p] : neutral;
}

lp_targets lp_targets_set(const lp_call *c) {
    lp_targets t = {.label = one, .other = zero, .keep = one};
    double smoothing = param(c, LP_PARAM_SMOOTHING, 0);
    t.temperature = param(c, LP_PARAM_TEMPERATURE, 1);
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

lp_wide lp_targets_weigh(const lp_targets *t, int64_t j, lp_wide target) {
    if (!t->weights.data || target.m.hi == 0) return target;
    return lp_wide_mul(target, lp_wide_from(lp_at(t->weights, j)));
}

static lp_value one_hot(const void *context, const lp_call *c, int64_t i, const lp_sink out[2]) {
    const lp_targets *t = context;
    const lp_sink *grad = &out[0];
    lp_view z = lp_view_row(c, LP_IN_LOGITS, i);
    int64_t label = c->label[i];
    lp_row row;
    if ((t->weights.data && isnan(lp_at(t->weights, label))) ||
        !lp_row_split(&row, z, c->k, label, t->temperature, false)) {
        lp_sink_fill(grad, c->k, NAN);
        return lp_special(NAN);
    }
    lp_wide w = lp_targets_weigh(t, label, one);
    lp_value loss = lp_number(lp_wide_mul(row.loss, w));
    if (row.infinite && w.m.hi != 0) loss = lp_special(w.m.hi * INFINITY);
    if (!grad->data) return loss;
    w = lp_wide_div(w, lp_wide_from(t->temperature));
    lp_row_emit(grad, &row, z, c->k, label, lp_number(w));
    lp_sink_number(grad, label, lp_wide_neg(lp_wide_mul(row.rest, w)));
    return loss;
}
/* Short plain rows, LP_LANES at a time, but those whose numbers leave the range of doubles. */
static void short_rows(lp_batch *b, const lp_targets *t) {
    const lp_call *c = b->call;
    double *loss = c->out[LP_OUT_LOSS].data;
    for (int64_t i = 0; i < c->n; i += LP_LANES) {
        bool tame[LP_LANES];
        int64_t rows = c->n - i < LP_LANES ? c->n - i : LP_LANES;
        lp_sink g = lp_batch_sink(b, LP_OUT_GRAD, i);
        lp_loss_in z = {lp_view_row(c, LP_IN_LOGITS, i).data, c->in[LP_IN_LOGITS].stride};
        lp_short_softmax_xent(tame, loss ? loss + i : NULL,
                              (lp_loss_out){g.data, c->out[LP_OUT_GRAD].stride}, z, c->label + i,
                              rows, c->k);
        for (int64_t q = 0; q < rows; q++) {
            lp_sink out[2] = {lp_batch_sink(b, LP_OUT_GRAD, i + q)};
            if (!tame[q]) lp_batch_add(b, i + q, one_hot(t, c, i + q, out));
        }
    }
}

void lp_run_softmax_xent(const lp_call *c) {
    lp_targets t = lp_targets_set(c);
    lp_batch b;
    lp_batch_open(&b, c);
    bool plain = b.plain && t.temperature == 1 && !t.smooth && !t.weights.data;
    if (plain && c->format == LP_BINARY64 && c->k >= 2 && c->k <= LP_SHORT_K)
        short_rows(&b, &t);
    else if (t.smooth)
        lp_spread_run(c, &t);
    else
        lp_batch_run(c, c->k, one_hot, &t);
}
void lp_run_softmax_xent_soft(const lp_call *c) {
    lp_targets t = lp_targets_set(c);
    lp_spread_run(c, &t);
}
