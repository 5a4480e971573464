/* softmax, log_softmax and logsumexp, and their products with a cotangent v. The row is split at
 * its largest logit a: p_j = exp(u_j - u_m) factor for j != a, log p_j = (u_j - u_a) - L with L =
 * LSE(u)
 * - u_a >= 0, two terms of one sign, and LSE(u) = u_a + L. */
#include "impl/batch.h"
#include "impl/exact_sum.h"
#include "impl/row.h"
#include "impl/rows.h"

static const lp_wide zero = {{0, 0}, 0}, one = {{1, 0}, 0};

typedef struct soft_row {
    lp_row row;
    lp_view z, v; /* v: cotangent, or data NULL */
    int64_t k, top;
    double temperature, z_top, v_top;
} soft_row;

static bool absent(double z) {
    return z < -DBL_MAX;
}

static lp_wide probability(const soft_row *s, int64_t j) {
    return j == s->top ? s->row.own : lp_row_other(&s->row, lp_at(s->z, j));
}
static lp_wide over_temperature(const soft_row *s, lp_wide x) {
    return lp_wide_div(x, lp_wide_from(s->temperature));
}

/* IEEE sum of what is not finite in v, of classes that are absent too where `all`; 0: v is finite.
 * A NaN anywhere in v makes the product NaN (rule 3). */
static double special_sum(const soft_row *s, bool all) {
    double sum = 0;
    for (int64_t j = 0; j < s->k; j++) {
        double v = lp_at(s->v, j);
        if (isnan(v) || (isinf(v) && (all || !absent(lp_at(s->z, j))))) sum += v;
    }
    return sum;
}
/* A present class beside an infinite sum: inf - inf or the sum's opposite. */
static double special_component(double v, double sum) {
    return isinf(v) ? NAN : -sum;
}

/* p_j ((v_j - v_a) - sum_k p_k (v_k - v_a))/T: what is common to v drops out exactly. */
static lp_wide centred(const soft_row *s, int64_t j) {
    return lp_wide_sub(lp_wide_from(lp_at(s->v, j)), lp_wide_from(s->v_top));
}
static void softmax_product(const lp_sink *grad, const lp_sink *value, const soft_row *s) {
    double special = special_sum(s, false);
    lp_wide mean = zero;
    for (int64_t j = 0; j < s->k && special == 0; j++)
        if (!absent(lp_at(s->z, j)))
            mean = lp_wide_add(mean, lp_wide_mul(probability(s, j), centred(s, j)));
    for (int64_t j = 0; j < s->k; j++) {
        bool masked = absent(lp_at(s->z, j));
        lp_wide p = probability(s, j);
        lp_value out = lp_value_zero();
        if (isnan(special))
            out = lp_special(NAN);
        else if (!masked && special != 0)
            out = lp_special(special_component(lp_at(s->v, j), special));
        else if (!masked)
            out = lp_number(over_temperature(s, lp_wide_mul(p, lp_wide_sub(centred(s, j), mean))));
        lp_sink_put(grad, j, out);
        if (value->data) lp_sink_number(value, j, p);
    }
}

static void softmax_value(const lp_sink *value, const soft_row *s) {
    lp_row_emit(value, &s->row, s->z, s->k, s->top, lp_number(one), NULL);
    lp_sink_number(value, s->top, s->row.own);
}

/* Sums of v, of all classes and of all but a. Both are exact before they are rounded: v_j - p_j sum
 * v is a large part of v_j where the sum cancels, however small v_j is beside what cancels. */
typedef struct v_sums {
    lp_wide all, others;
} v_sums;
static v_sums sums_of_v(const soft_row *s) {
    lp_exact_sum sum = {0};
    v_sums out;
    for (int64_t j = 0; j < s->k; j++)
        if (j != s->top) lp_exact_sum_add(&sum, lp_at(s->v, j));
    out.others = lp_exact_sum_get(&sum);
    lp_exact_sum_add(&sum, s->v_top);
    out.all = lp_exact_sum_get(&sum);
    return out;
}
/* (v_j - p_j sum v)/T; at the largest logit ((1 - p_a) v_a - p_a sum_{k != a} v_k)/T. */
static lp_wide log_softmax_component(const soft_row *s, int64_t j, const v_sums *sum) {
    lp_wide v = lp_wide_from(lp_at(s->v, j)), x;
    if (j == s->top)
        x = lp_wide_sub(lp_wide_mul(s->row.rest, v), lp_wide_mul(s->row.own, sum->others));
    else
        x = lp_wide_sub(v, lp_wide_mul(probability(s, j), sum->all));
    return over_temperature(s, x);
}
static lp_value log_probability(const soft_row *s, int64_t j) {
    double z = lp_at(s->z, j);
    if (absent(z)) return lp_special(-INFINITY);
    return lp_number(lp_wide_sub(lp_row_gap(z, s->z_top, s->temperature), s->row.loss));
}
static void log_softmax_product(const lp_sink *grad, const lp_sink *value, const soft_row *s) {
    double special = special_sum(s, true);
    v_sums sums = {zero, zero};
    if (special == 0) sums = sums_of_v(s); /* v is finite */
    for (int64_t j = 0; j < s->k; j++) {
        lp_value log_p = value->data ? log_probability(s, j) : lp_value_zero(), out;
        double v = lp_at(s->v, j);
        if (isnan(special))
            out = lp_special(NAN);
        else if (special != 0 && !absent(lp_at(s->z, j)))
            out = lp_special(special_component(v, special));
        else if (isinf(v))
            out = lp_special(v);
        else
            out = lp_number(log_softmax_component(s, j, &sums));
        lp_sink_put(grad, j, out); /* may lie where z_j was */
        if (value->data) lp_sink_put(value, j, log_p);
    }
}

static void log_softmax_value(const lp_sink *value, const soft_row *s) {
    if (value->single) {
        for (int64_t j = 0; j < s->k; j++) lp_sink_put(value, j, log_probability(s, j));
        return;
    }
    lp_emit_log(value->data, s->z.data, s->k, s->z_top, s->temperature, s->row.loss);
    lp_sink_number(value, s->top, lp_wide_neg(s->row.loss));
}

typedef struct soft_op {
    void (*value)(const lp_sink *value, const soft_row *s);
    /* and the value, if wanted */
    void (*product)(const lp_sink *grad, const lp_sink *value, const soft_row *s);
} soft_op;

static void run(const soft_op *op, const lp_call *c) {
    double t = c->set & LP_PARAM_BIT(LP_PARAM_TEMPERATURE) ? c->param[LP_PARAM_TEMPERATURE] : 1;
    for (int64_t i = 0; i < c->n; i++) {
        lp_sink y = lp_sink_row(c, LP_OUT_VALUE, i), g = lp_sink_row(c, LP_OUT_GRAD, i);
        soft_row s = {.z = lp_view_row(c, LP_IN_LOGITS, i), .k = c->k, .temperature = t};
        s.v = lp_view_row(c, LP_IN_V, i);
        if (!s.v.data) g.data = NULL;
        s.top = lp_row_argmax(s.z, s.k);
        s.z_top = lp_at(s.z, s.top);
        if (!lp_row_split(&s.row, s.z, s.k, s.top, t, false)) {
            lp_sink_fill(&y, s.k, NAN);
            lp_sink_fill(&g, s.k, NAN);
        } else if (g.data) {
            s.v_top = lp_at(s.v, s.top);
            op->product(&g, &y, &s);
        } else if (y.data) {
            op->value(&y, &s);
        }
    }
}

void lp_run_softmax(const lp_call *c) {
    const soft_op op = {softmax_value, softmax_product};
    run(&op, c);
}
void lp_run_log_softmax(const lp_call *c) {
    const soft_op op = {log_softmax_value, log_softmax_product};
    run(&op, c);
}

/* p v; a class that is absent has no part in an infinite v (as in softmax), but in a NaN. */
static void slope(lp_sink *g, const lp_row *row, lp_view z, int64_t k, int64_t top, double v) {
    if (isinf(v)) {
        for (int64_t j = 0; j < k; j++)
            lp_sink_put(g, j, absent(lp_at(z, j)) ? lp_value_zero() : lp_special(v));
        return;
    }
    g->factor = lp_value_from(v);
    g->scaled = v != 1;
    lp_row_emit(g, row, z, k, top, lp_number(one), NULL);
    lp_sink_number(g, top, row->own);
}

/* +inf for a +inf, -inf for nothing but -inf; the gradient is NaN then. */
void lp_run_logsumexp(const lp_call *c) {
    for (int64_t i = 0; i < c->n; i++) {
        lp_view z = lp_view_row(c, LP_IN_LOGITS, i), v = lp_view_row(c, LP_IN_V, 0);
        lp_sink y = lp_sink_row(c, LP_OUT_VALUE, 0), g = lp_sink_row(c, LP_OUT_GRAD, i);
        lp_row row;
        int64_t top = lp_row_argmax(z, c->k);
        double z_top = lp_at(z, top);
        bool number = lp_row_split(&row, z, c->k, top, 1, false), nan = false;
        lp_value x = lp_number(number ? lp_wide_add(lp_wide_from(z_top), row.loss) : zero);
        if (!number) {
            for (int64_t j = 0; j < c->k; j++) nan |= isnan(lp_at(z, j));
            x = lp_special(nan ? NAN : z_top);
            lp_sink_fill(&g, c->k, NAN);
        } else if (g.data) {
            slope(&g, &row, z, c->k, top, v.data ? lp_at(v, i) : 1);
        }
        if (y.data) lp_sink_put(&y, i, x);
    }
}
