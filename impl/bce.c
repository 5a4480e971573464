/* bce_logits and multilabel_bce. With w = exp(-|z|), L = log1p(w) and for z >= 0 (else the two
 * coefficients change places) a = 1 - y, b = q y:
 *   loss = a (|z| + L) + b L       terms >= 0 for y in [0, 1], q >= 0
 *   grad = +-(a - b w)/(1 + w)     the sign that of z
 * where a or b is 0 the gradient is one term and no digit is lost; else it is a signed sum, near z
 * = 0 taken as (a - b)/2 + (a + b) (sigma(|z|) - 1/2), which is right where a = b and z is as small
 * as may be. 1 - y is exact as a double-double. Relative errors as in row.h. */
#include "impl/batch.h"
#include "impl/lanes.h"
#include "impl/precise.h"
#include "impl/rows.h"

static const lp_wide one = {{1, 0}, 0};

typedef struct pair {
    lp_value loss, grad;
} pair;

/* a b, a = 0 dropping any b. */
static lp_value term(lp_wide a, lp_value b) {
    return a.m.hi == 0 ? lp_value_zero() : lp_value_mul(lp_number(a), b);
}

/* sigma(z) - 1/2 = tanh(z/2)/2, 0 <= z <= 1/4. Below 2^-20 by its series z/4 - z^3/48 + z^5/480, of
 * which 2^-125 is left out: however small z is, the result stays below z/4. */
static lp_wide above_half(lp_wide z) {
    if (z.m.hi == 0) return z;
    lp_wide z2 = lp_wide_mul(z, z), quarter = {z.m, z.e - 2};
    if (z.e < -20) {
        lp_wide second = lp_wide_div(lp_wide_mul(z2, z2), lp_wide_from(120));
        lp_wide less = lp_wide_sub(lp_wide_div(z2, lp_wide_from(12)), second);
        return lp_wide_mul(quarter, lp_wide_sub(one, less));
    }
    lp_wide less = lp_wide_neg(lp_wide_expm1(lp_wide_neg(z)));
    lp_wide twice = lp_wide_sub(lp_wide_from(2), less); /* 1 + e^-z */
    return lp_wide_div((lp_wide){less.m, less.e - 1}, twice);
}

static pair evaluate(double z, double y, double q) {
    if (isnan(z) || isnan(y) || isnan(q)) return (pair){lp_special(NAN), lp_special(NAN)};
    lp_wide up = lp_wide_sub(one, lp_wide_from(y));
    lp_wide down = lp_wide_mul(lp_wide_from(q), lp_wide_from(y));
    lp_wide a = z >= 0 ? up : down, b = z >= 0 ? down : up;
    lp_wide w = {{0, 0}, 0}, log = w;
    if (isfinite(z)) {
        w = lp_wide_exp(lp_wide_from(-fabs(z)));
        log = lp_wide_log1p(w);
    }
    lp_value far = lp_value_add(lp_value_from(fabs(z)), lp_number(log));
    lp_value loss = lp_value_add(term(a, far), lp_number(lp_wide_mul(b, log)));
    lp_wide grad = lp_wide_div(lp_wide_sub(a, lp_wide_mul(b, w)), lp_wide_add(one, w));
    if (fabs(z) < 0.25) {
        const lp_wide half = {{1, 0}, -1};
        grad = lp_wide_add(lp_wide_mul(half, lp_wide_sub(a, b)),
                           lp_wide_mul(lp_wide_add(a, b), above_half(lp_wide_from(fabs(z)))));
    }
    return (pair){loss, lp_number(z >= 0 ? grad : lp_wide_neg(grad))};
}

static double pos_weight(const lp_call *c, int64_t j) {
    lp_view each = lp_view_row(c, LP_IN_POS_WEIGHT, 0);
    if (each.data) return lp_at(each, j);
    return c->set & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT) ? c->param[LP_PARAM_POS_WEIGHT] : 1;
}

/* All labels of a row; NaN in one makes all NaN (rule 3). */
static lp_value labels(const void *context, const lp_call *c, int64_t i, const lp_sink out[2]) {
    lp_view z = lp_view_row(c, LP_IN_LOGITS, i), y = lp_view_row(c, LP_IN_TARGETS, i);
    lp_value sum = lp_value_zero();
    bool mean =
        c->set & LP_PARAM_BIT(LP_PARAM_LABEL_REDUCTION) && c->param[LP_PARAM_LABEL_REDUCTION] != 0;
    lp_wide count = lp_wide_from(mean ? (double)c->k : 1);
    bool nan = false;
    (void)context;
    for (int64_t j = 0; j < c->k; j++)
        nan |= isnan(lp_at(z, j)) || isnan(lp_at(y, j)) || isnan(pos_weight(c, j));
    if (nan) {
        lp_sink_fill(&out[0], c->k, NAN);
        return lp_special(NAN);
    }
    for (int64_t j = 0; j < c->k; j++) {
        pair p = evaluate(lp_at(z, j), lp_at(y, j), pos_weight(c, j));
        sum = lp_value_add(sum, p.loss);
        if (out[0].data) lp_sink_put(&out[0], j, lp_value_div(p.grad, count));
    }
    return lp_value_div(sum, count);
}

/* Plain rows of binary64, LP_LANES at a time. */
static void lanes(lp_batch *b) {
    const lp_call *c = b->call;
    for (int64_t i = 0; i < c->n; i += LP_LANES) {
        double z[LP_LANES] = {0}, y[LP_LANES] = {0}, l[LP_LANES], g[LP_LANES];
        bool tame[LP_LANES];
        int64_t count = c->n - i < LP_LANES ? c->n - i : LP_LANES;
        for (int64_t q = 0; q < count; q++) {
            z[q] = lp_at(lp_view_row(c, LP_IN_LOGITS, i + q), 0);
            y[q] = lp_at(lp_view_row(c, LP_IN_TARGETS, i + q), 0);
        }
        lp_lanes_bce(tame, l, g, z, y);
        for (int64_t q = 0; q < count; q++) {
            pair p = tame[q] ? (pair){lp_value_from(l[q]), lp_value_from(g[q])}
                             : evaluate(z[q], y[q], 1);
            lp_sink out = lp_batch_sink(b, LP_OUT_GRAD, i + q);
            lp_batch_add(b, i + q, p.loss);
            if (out.data) lp_sink_put(&out, 0, p.grad);
        }
    }
}

void lp_run_bce_logits(const lp_call *c) {
    lp_batch b;
    lp_batch_open(&b, c);
    if (b.plain && c->format == LP_BINARY64 && !(c->set & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT)))
        lanes(&b);
    else
        lp_batch_run(c, 1, labels, NULL);
}
void lp_run_multilabel_bce(const lp_call *c) {
    lp_batch_run(c, c->k, labels, NULL);
}
