/* bce_logits and multilabel_bce. With w = exp(-|z|), L = log1p(w) and for z >= 0 (else the two
 * coefficients change places) a = 1 - y, b = q y:
 *   loss = a (|z| + L) + b L       terms >= 0 for y in [0, 1], q >= 0
 *   grad = +-(a - b w)/(1 + w)     the sign that of z
 * where a or b is 0 the gradient is one term and no digit is lost; else it is a signed sum, which
 * is 0 at z = 0 alone, for a = b. 1 - y is exact as a double-double. */
#include "impl/bce_plain.h"
#include "impl/binary.h"
#include "impl/logarithm.h"
#include "impl/rows.h"

typedef struct labels {
    lp_view z, y, each; /* each: pos_weight of a label, or data NULL */
    double q;
    int64_t k;
    bool mean;
} labels;

static double pos_weight(const labels *s, int64_t j) {
    return s->each.data ? lp_at(s->each, j) : s->q;
}

/* a b, a = 0 dropping any b. */
static lp_value term(lp_value a, lp_value b) {
    return a.x.m.hi == 0 ? lp_value_zero() : lp_value_mul(a, b);
}
static lp_value quick(const labels *s, int out, int64_t j, bool precise) {
    double z = lp_at(s->z, j);
    lp_binary e = lp_binary_at(z, precise);
    lp_value one = lp_value_from(1), y = lp_value_from(lp_at(s->y, j)), up = lp_value_sub(one, y);
    lp_value down = lp_value_mul(lp_value_from(pos_weight(s, j)), y);
    lp_value a = z >= 0 ? up : down, b = z >= 0 ? down : up;
    if (out == LP_EVAL_LOSS) {
        lp_value far = lp_value_add(lp_value_from(fabs(z)), e.log);
        return lp_value_add(term(a, far), term(b, e.log));
    }
    lp_value grad = lp_value_sub(a, lp_value_mul(b, e.w));
    grad = lp_value_over(grad, lp_value_add(one, e.w));
    return z >= 0 ? grad : lp_value_neg(grad);
}
static lp_value fast(void *context, int out, int64_t j, bool precise) {
    const labels *s = context;
    lp_wide count = lp_wide_from(s->mean ? (double)s->k : 1);
    if (out != LP_EVAL_LOSS) return lp_value_div(quick(s, out, j, precise), count);
    lp_sum sum = lp_sum_open();
    for (int64_t i = 0; i < s->k; i++) lp_sum_add(&sum, quick(s, out, i, precise));
    return lp_value_div(lp_sum_get(&sum), count);
}

/* (1 - y) softplus(z) + q y softplus(-z) and ((1 - y) - q y w)/(1 + w), w = e^-z; w = e^z and the
 * other sign below 0. A coefficient of 0 drops its term, z infinite among them. */
static void exact_one(lp_big *r, const labels *s, int out, int64_t j) {
    double z = lp_at(s->z, j), y = lp_at(s->y, j), q = pos_weight(s, j);
    lp_big up, down, w, x;
    int n = r->n;
    lp_big_set(&up, n, 1);
    lp_big_add_d(&up, &up, -y);
    lp_big_set(&down, n, q);
    lp_big_mul_d(&down, &down, y);
    const lp_big *a = z >= 0 ? &up : &down, *b = z >= 0 ? &down : &up;
    if (isinf(z)) { /* a loss of 0, a gradient of a */
        *r = *a;
        if (out == LP_EVAL_LOSS) lp_big_set(r, n, 0);
    } else if (out == LP_EVAL_LOSS) {
        w.n = x.n = n;
        lp_big_binary(&w, fabs(z), LP_SOFTPLUS);
        lp_big_binary(&x, -fabs(z), LP_SOFTPLUS);
        lp_big_mul(&w, &w, a);
        lp_big_mul(&x, &x, b);
        lp_big_add(r, &w, &x);
    } else {
        lp_big_set(&w, n, -fabs(z));
        lp_big_exp(&w, &w);
        lp_big_add_d(&x, &w, 1);
        lp_big_mul(&w, &w, b);
        lp_big_sub(r, a, &w);
        lp_big_div(r, r, &x);
    }
    if (out != LP_EVAL_LOSS && z < 0) lp_big_neg(r, r);
}
static void exact(lp_big *r, void *context, int out, int64_t j) {
    const labels *s = context;
    if (out != LP_EVAL_LOSS) {
        exact_one(r, s, out, j);
    } else {
        lp_big_set(r, r->n, 0);
        for (int64_t i = 0; i < s->k; i++) {
            lp_big x;
            x.n = r->n;
            exact_one(&x, s, out, i);
            lp_big_add(r, r, &x);
        }
    }
    if (s->mean) lp_big_div_d(r, r, (double)s->k);
}

/* All labels of a row; NaN in one makes all NaN (rule 3). */
static void answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {.fast = fast, .exact = exact, .precise = true};
    labels s = {.z = lp_view_row(c, LP_IN_LOGITS, i), .y = lp_view_row(c, LP_IN_TARGETS, i)};
    bool nan = false;
    (void)context;
    s.each = lp_view_row(c, LP_IN_POS_WEIGHT, 0);
    s.q = c->set & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT) ? c->param[LP_PARAM_POS_WEIGHT] : 1;
    s.k = c->k;
    s.mean =
        c->set & LP_PARAM_BIT(LP_PARAM_LABEL_REDUCTION) && c->param[LP_PARAM_LABEL_REDUCTION] != 0;
    for (int64_t j = 0; j < s.k; j++)
        nan |= isnan(lp_at(s.z, j)) || isnan(lp_at(s.y, j)) || isnan(pos_weight(&s, j));
    if (nan)
        lp_job_fill(job, s.k, NAN);
    else
        lp_job_answer(job, &eval, &s, s.k);
}

static lp_value value(const void *context, double z, double y, double q) {
    (void)context;
    const labels s = {.z = {.data = &z}, .y = {.data = &y}, .q = q, .k = 1};
    if (isnan(z) || isnan(y) || isnan(q)) return lp_special(NAN);
    return quick(&s, LP_EVAL_LOSS, 0, false);
}
static double component(const void *context, const lp_sink *sink, int out, double z, double y,
                        double q, int64_t k) {
    static const lp_row_eval eval = {.fast = fast, .exact = exact, .precise = true};
    labels s = {.z = {.data = &z}, .y = {.data = &y}, .q = q, .k = k, .mean = k > 1};
    (void)context;
    if (isnan(z) || isnan(y) || isnan(q)) return NAN;
    return lp_job_component(sink, &eval, &s, out, 0, 1);
}
static const lp_bce_op op = {lp_bce_lanes, lp_bce_lanes_single, 47, value, component};

void lp_run_bce_logits(const lp_call *c) {
    if (!lp_bce_plain_run(c, &op, NULL, answer)) lp_batch_answer(c, 1, answer, NULL);
}
void lp_run_multilabel_bce(const lp_call *c) {
    if (!lp_bce_plain_run(c, &op, NULL, answer)) lp_batch_answer(c, c->k, answer, NULL);
}
