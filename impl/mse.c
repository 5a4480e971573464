/* mse_sigmoid and mse_softmax.
 *   mse_sigmoid   d^2/2 and d s(1 - s), s = sigma(z), d = s - y. With w = exp(-|z|), d = +-(a - b
 *                 w)/(1 + w) as in bce.c: one term where y is 0 or 1, else a signed sum
 *   mse_softmax   sum d_j^2/2 and p_j (d_j - sum p_k d_k), d_j = p_j - t_j, a signed sum; at the
 *                 largest logit a d_a = (1 - t_a) - (1 - p_a) and the bracket is (1 - p_a) d_a -
 *                 sum_{k != a} p_k d_k */
#include "impl/batch.h"
#include "impl/precise.h"
#include "impl/row.h"
#include "impl/rows.h"

static const lp_wide one = {{1, 0}, 0}, zero = {{0, 0}, 0}, half = {{1, 0}, -1};

static lp_value sigmoid_row(const void *context, const lp_call *c, int64_t i,
                            const lp_sink out[2]) {
    double z = lp_at(lp_view_row(c, LP_IN_LOGITS, i), 0);
    double y = lp_at(lp_view_row(c, LP_IN_TARGETS, i), 0);
    (void)context;
    if (isnan(z) || isnan(y)) {
        lp_sink_fill(&out[0], 1, NAN);
        return lp_special(NAN);
    }
    lp_wide w = zero, x = lp_wide_from(isinf(z) ? 0 : -fabs(z));
    if (isfinite(z)) w = x.e < -8 ? lp_wide_exp_precise(x) : lp_wide_exp(x);
    lp_wide target = lp_wide_from(y), up = lp_wide_sub(one, target), all = lp_wide_add(one, w);
    lp_wide a = z >= 0 ? up : target, b = z >= 0 ? target : up;
    lp_wide d = lp_wide_div(lp_wide_sub(a, lp_wide_mul(b, w)), all); /* times the sign of z */
    lp_wide slope = lp_wide_div(lp_wide_div(w, all), all), grad = lp_wide_mul(d, slope);
    if (out[0].data) lp_sink_number(&out[0], 0, z >= 0 ? grad : lp_wide_neg(grad));
    return lp_number(lp_wide_mul(half, lp_wide_mul(d, d)));
}

typedef struct squares {
    lp_row row;
    lp_view z, t;
    int64_t top;
} squares;
static lp_wide probability(const squares *s, int64_t j) {
    return j == s->top ? s->row.own : lp_row_other(&s->row, lp_at(s->z, j));
}
static lp_wide distance(const squares *s, int64_t j, lp_wide p) {
    lp_wide t = lp_wide_from(lp_at(s->t, j));
    return j == s->top ? lp_wide_sub(lp_wide_sub(one, t), s->row.rest) : lp_wide_sub(p, t);
}

static lp_value softmax_row(const void *context, const lp_call *c, int64_t i,
                            const lp_sink out[2]) {
    squares s = {.z = lp_view_row(c, LP_IN_LOGITS, i), .t = lp_view_row(c, LP_IN_TARGETS, i)};
    bool nan = false;
    (void)context;
    for (int64_t j = 0; j < c->k; j++) nan |= isnan(lp_at(s.t, j));
    s.top = lp_row_argmax(s.z, c->k);
    if (nan || !lp_row_split(&s.row, s.z, c->k, s.top, 1, false)) {
        lp_sink_fill(&out[0], c->k, NAN);
        return lp_special(NAN);
    }
    lp_wide sum = zero, others = zero; /* of d^2, and of p d but at the top */
    for (int64_t j = 0; j < c->k; j++) {
        lp_wide p = probability(&s, j), d = distance(&s, j, p);
        sum = lp_wide_add(sum, lp_wide_mul(d, d));
        if (j != s.top) others = lp_wide_add(others, lp_wide_mul(p, d));
    }
    lp_wide d_top = distance(&s, s.top, s.row.own);
    lp_wide mean = lp_wide_add(others, lp_wide_mul(s.row.own, d_top));
    for (int64_t j = 0; out[0].data && j < c->k; j++) {
        lp_wide p = probability(&s, j);
        lp_wide x = j == s.top ? lp_wide_sub(lp_wide_mul(s.row.rest, d_top), others)
                               : lp_wide_sub(distance(&s, j, p), mean);
        lp_sink_number(&out[0], j, lp_wide_mul(p, x));
    }
    return lp_number(lp_wide_mul(half, sum));
}

void lp_run_mse_sigmoid(const lp_call *c) {
    lp_batch_run(c, 1, sigmoid_row, NULL);
}
void lp_run_mse_softmax(const lp_call *c) {
    lp_batch_run(c, c->k, softmax_row, NULL);
}
