#include "impl/batch.h"

#include "impl/exact_sum.h"

/* ln 2 to 2^-108: 0.6931471805599453094172321214581766 */
static const lp_wide ln2 = {{0x1.62e42fefa39efp+0, 0x1.abc9e3b39803fp-55}, -1};

static bool given(const lp_call *c, lp_param p) {
    return c->set & LP_PARAM_BIT(p);
}

static bool lenient(const lp_call *c) {
    bool unlabelled = given(c, LP_PARAM_MIX) && c->param[LP_PARAM_MIX] == 0;
    return given(c, LP_PARAM_BAD_LABEL) && c->param[LP_PARAM_BAD_LABEL] != 0 && c->label &&
           !unlabelled;
}
bool lp_batch_skips(const lp_batch *b, int64_t i) {
    const lp_call *c = b->call;
    return given(c, LP_PARAM_IGNORE_INDEX) && c->label && c->label[i] == c->ignore_index;
}

bool lp_batch_spoiled(const lp_batch *b, int64_t i) {
    const lp_call *c = b->call;
    return b->lenient && (c->label[i] < 0 || c->label[i] >= c->k);
}

/* The number of rows that count, or the exact sum of their labels' weights. */
static lp_value denominator(lp_batch *b) {
    const lp_call *c = b->call;
    bool weigh = given(c, LP_PARAM_MEAN_RULE) && c->param[LP_PARAM_MEAN_RULE] != 0 &&
                 c->in[LP_IN_WEIGHTS].data;
    lp_view weights = lp_view_row(c, LP_IN_WEIGHTS, 0);
    int64_t rows = 0;
    for (int64_t i = 0; i < c->n && (weigh || given(c, LP_PARAM_IGNORE_INDEX)); i++) {
        if (lp_batch_skips(b, i)) continue;
        rows++;
        if (!weigh) continue;
        double w = lp_batch_spoiled(b, i) ? NAN : lp_at(weights, c->label[i]);
        if (isnan(w)) return lp_special(w);
        lp_exact_sum_add(&b->exact, w);
    }
    if (!given(c, LP_PARAM_IGNORE_INDEX)) rows = c->n;
    if (!weigh) lp_exact_sum_add(&b->exact, (double)rows);
    return lp_number(lp_exact_sum_get(&b->exact));
}

void lp_batch_open(lp_batch *b, const lp_call *c) {
    const lp_wide one = {{1, 0}, 0};
    *b = (lp_batch){.call = c, .count = lp_exact(one), .total = lp_sum_open()};
    b->bits = given(c, LP_PARAM_BASE) && c->param[LP_PARAM_BASE] != 0;
    b->lenient = lenient(c);
    b->plain = !b->bits && c->reduction == LP_REDUCE_NONE && !given(c, LP_PARAM_UPSTREAM) &&
               !given(c, LP_PARAM_IGNORE_INDEX) && !b->lenient;
    if (c->reduction != LP_REDUCE_MEAN) return;
    b->count = denominator(b);
    b->empty = b->count.special == 0 && b->count.x.m.hi == 0;
}

/* The quotient is good to 2^-104, ln 2 to 2^-108: below the 2^-102 that value.h counts. */
lp_value lp_batch_unit(const lp_batch *b, lp_value loss) {
    return b->bits ? lp_value_div(loss, ln2) : loss;
}

/* A mean over nothing leaves a gradient of 0, but what is NaN stays NaN. */
lp_sink lp_batch_sink(const lp_batch *b, lp_out role, int64_t i) {
    const lp_call *c = b->call;
    lp_sink s = lp_sink_row(c, role, i);
    if (!s.data || b->plain) return s;
    s.bits = b->bits;
    s.scaled = c->reduction == LP_REDUCE_MEAN || s.bits;
    if (c->reduction == LP_REDUCE_MEAN) s.over = &b->exact;
    if (b->empty)
        s.factor = lp_value_zero();
    else if (b->count.special != 0)
        s.factor = b->count;
    else
        s.divisor = b->bits ? lp_wide_mul(b->count.x, ln2) : b->count.x;
    if (given(c, LP_PARAM_UPSTREAM)) {
        double up = lp_at(lp_view_row(c, LP_IN_UPSTREAM, 0), c->reduction ? 0 : i);
        s.scaled = true;
        lp_sink_multiply(&s, up);
    }
    return s;
}

void lp_batch_add(lp_batch *b, int64_t i, lp_value loss) {
    const lp_matrix *out = &b->call->out[LP_OUT_LOSS];
    if (!out->data) return;
    if (b->call->reduction == LP_REDUCE_NONE)
        lp_store(out->data, b->call->format == LP_BINARY32, i, lp_batch_unit(b, loss));
    else
        lp_sum_add(&b->total, loss);
}
