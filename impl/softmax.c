/* softmax and log_softmax, and their vector-Jacobian products. The row is split at its largest
 * logit a: p_j = exp(u_j - u_m) factor for j != a, and log p_j = (u_j - u_a) - L with L = LSE(u) -
 * u_a >= 0, two terms of one sign. */
#include "impl/exact_sum.h"
#include "impl/row.h"
#include "impl/rows.h"

#include <math.h>

static const lp_wide zero = {{0, 0}, 0};

typedef struct soft_row {
    lp_row row;
    const double *z, *v; /* v: cotangent or NULL */
    int64_t k, top;
    double temperature, z_top, v_top;
} soft_row;

static bool absent(double z) {
    return z < -DBL_MAX;
}

static lp_wide probability(const soft_row *s, int64_t j) {
    return j == s->top ? s->row.own : lp_row_other(&s->row, s->z[j]);
}
static lp_wide over_temperature(const soft_row *s, lp_wide x) {
    return lp_wide_div(x, lp_wide_from(s->temperature));
}

/* IEEE sum of what is not finite in v, of classes that are absent too where `all`; 0: v is finite.
 * A NaN anywhere in v makes the product NaN (rule 3). */
static double special_sum(const soft_row *s, bool all) {
    double sum = 0;
    for (int64_t j = 0; j < s->k; j++)
        if (isnan(s->v[j]) || (isinf(s->v[j]) && (all || !absent(s->z[j])))) sum += s->v[j];
    return sum;
}
/* A present class beside an infinite sum: inf - inf or the sum's opposite. */
static double special_component(double v, double sum) {
    return isinf(v) ? NAN : -sum;
}

/* p_j ((v_j - v_a) - sum_k p_k (v_k - v_a))/T: what is common to v drops out exactly. */
static lp_wide centred(const soft_row *s, int64_t j) {
    return lp_wide_sub(lp_wide_from(s->v[j]), lp_wide_from(s->v_top));
}
static void softmax_product(double *grad, double *value, const soft_row *s) {
    double special = special_sum(s, false);
    lp_wide mean = zero;
    for (int64_t j = 0; j < s->k && special == 0; j++)
        if (!absent(s->z[j]))
            mean = lp_wide_add(mean, lp_wide_mul(probability(s, j), centred(s, j)));
    for (int64_t j = 0; j < s->k; j++) {
        double z = s->z[j], out;
        lp_wide p = probability(s, j);
        if (isnan(special))
            out = NAN;
        else if (absent(z))
            out = 0;
        else if (special != 0)
            out = special_component(s->v[j], special);
        else
            out = lp_wide_round(
                over_temperature(s, lp_wide_mul(p, lp_wide_sub(centred(s, j), mean))));
        grad[j] = out;
        if (value) value[j] = lp_wide_round(p);
    }
}

static void softmax_value(double *value, const soft_row *s) {
    lp_emit_exp(value, s->z, s->k, s->top, &s->row.shift, s->row.factor);
    value[s->top] = lp_wide_round(s->row.own);
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
        if (j != s->top) lp_exact_sum_add(&sum, s->v[j]);
    out.others = lp_exact_sum_get(&sum);
    lp_exact_sum_add(&sum, s->v_top);
    out.all = lp_exact_sum_get(&sum);
    return out;
}
/* (v_j - p_j sum v)/T; at the largest logit ((1 - p_a) v_a - p_a sum_{k != a} v_k)/T. */
static double log_softmax_component(const soft_row *s, int64_t j, lp_wide p, const v_sums *sum) {
    lp_wide v = lp_wide_from(s->v[j]), x;
    if (j == s->top)
        x = lp_wide_sub(lp_wide_mul(s->row.rest, v), lp_wide_mul(p, sum->others));
    else
        x = lp_wide_sub(v, lp_wide_mul(p, sum->all));
    return lp_wide_round(over_temperature(s, x));
}
static double log_probability(const soft_row *s, int64_t j) {
    if (absent(s->z[j])) return -INFINITY;
    lp_wide gap = lp_row_gap(s->z[j], s->z_top, s->temperature);
    return lp_wide_round(lp_wide_sub(gap, s->row.loss));
}
static void log_softmax_product(double *grad, double *value, const soft_row *s) {
    double special = special_sum(s, true);
    v_sums sums = {zero, zero};
    if (special == 0) sums = sums_of_v(s); /* v is finite */
    for (int64_t j = 0; j < s->k; j++) {
        double log_p = value ? log_probability(s, j) : 0, out;
        if (isnan(special))
            out = NAN;
        else if (special != 0 && !absent(s->z[j]))
            out = special_component(s->v[j], special);
        else if (isinf(s->v[j]))
            out = s->v[j];
        else
            out = log_softmax_component(s, j, probability(s, j), &sums);
        grad[j] = out; /* may lie where z_j was */
        if (value) value[j] = log_p;
    }
}

static void log_softmax_value(double *value, const soft_row *s) {
    lp_emit_log(value, s->z, s->k, s->z_top, s->temperature, s->row.loss);
    value[s->top] = lp_wide_round(lp_wide_minus(s->row.loss));
}

typedef struct soft_op {
    void (*value)(double *value, const soft_row *s);
    void (*product)(double *grad, double *value, const soft_row *s); /* and the value, if wanted */
} soft_op;

static void run(const soft_op *op, lp_loss_out value, lp_loss_out grad, lp_loss_in logits,
                lp_loss_in v, int64_t n, int64_t k, double temperature) {
    bool product = grad.data && v.data;
    for (int64_t i = 0; i < n; i++) {
        double *y = value.data ? value.data + i * value.stride : NULL;
        double *g = product ? grad.data + i * grad.stride : NULL;
        soft_row s = {.z = logits.data + i * logits.stride, .k = k, .temperature = temperature};
        s.top = lp_row_argmax(s.z, k);
        s.z_top = s.z[s.top];
        if (!lp_row_split(&s.row, s.z, k, s.top, temperature)) {
            if (y) lp_row_fill(y, k, NAN);
            if (g) lp_row_fill(g, k, NAN);
        } else if (g) {
            s.v = v.data + i * v.stride;
            s.v_top = s.v[s.top];
            op->product(g, y, &s);
        } else if (y) {
            op->value(y, &s);
        }
    }
}

void lp_rows_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                     int64_t n, int64_t k, double temperature) {
    const soft_op op = {softmax_value, softmax_product};
    run(&op, value, grad, logits, v, n, k, temperature);
}
void lp_rows_log_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                         int64_t n, int64_t k, double temperature) {
    const soft_op op = {log_softmax_value, log_softmax_product};
    run(&op, value, grad, logits, v, n, k, temperature);
}
