/* The exemplar into which the faults are planted, one row of each operation. Included once per
 * format with REAL, NAME and NARROW (to the next narrower format and back) defined. Without a fault
 * it is the textbook with its options, within the a-priori bound everywhere; each fault is one
 * condition at the line that it breaks. */
#include "subjects/exemplars/rows.h"

typedef struct NAME(softmax_row) {
    const REAL *z;
    int64_t k;
    REAL m;     /* the shift */
    REAL scale; /* 1; 1/2 where a difference of finite logits overflows */
    double t;   /* temperature */
    REAL sum, log_sum;
    fault f;
} NAME(softmax_row);

static REAL NAME(shift)(const lp_call *c, int64_t i, fault f) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i);
    const int64_t k = f == FAULT_overread ? in_lanes(c->k) : c->k;
    REAL m = z[0];
    if (f == FAULT_no_shift) return 0;
    if (f == FAULT_shift_by_first) return m;
    if (f == FAULT_stale_maximum && i > 0) m = NAME(shift)(c, i - 1, f);
    for (int64_t j = 0; j < k; j++)
        if (z[j] > m || (f == FAULT_nan_swallowed && isnan(m))) m = z[j];
    return m;
}

/* scale * (m - z_j) / T. The quotient is formed in binary64, so that T is the T that was given. */
static REAL NAME(gap)(const NAME(softmax_row) * row, int64_t j) {
    return (REAL)((double)(row->m * row->scale - row->z[j] * row->scale) / row->t);
}

static REAL NAME(exponential)(const NAME(softmax_row) * row, int64_t j) {
    const REAL x = -NAME(gap)(row, j) / row->scale;
    if (row->f == FAULT_nan_swallowed && isnan(row->z[j])) return 0;
    if (row->f == FAULT_exp_window && x > -37 && x < (REAL)-36.9) return 0;
    return exp(x);
}

static REAL NAME(sum_exp)(const NAME(softmax_row) * row) {
    const bool backwards = row->f == FAULT_sum_order && fault_odd_call;
    REAL s = 0;
    for (int64_t j = 0; j < row->k; j++) {
        s += NAME(exponential)(row, backwards ? row->k - 1 - j : j);
        if (row->f == FAULT_narrow_sum) s = NARROW(s);
    }
    if (row->f == FAULT_padded_lanes) s += (REAL)(in_lanes(row->k) - row->k) * exp(-row->m);
    return s;
}

/* A NaN logit, a +inf and a row of -inf alone make the sum NaN, the last two through inf - inf. */
static NAME(softmax_row) NAME(prepare)(const lp_call *c, int64_t i, fault f) {
    const bool temperature =
        (c->set & LP_PARAM_BIT(LP_PARAM_TEMPERATURE)) && f != FAULT_temperature_ignored;
    NAME(softmax_row)
    row = {.z = NAME(in)(c, LP_IN_LOGITS, i),
           .k = c->k,
           .m = NAME(shift)(c, i, f),
           .scale = 1,
           .t = temperature ? c->param[LP_PARAM_TEMPERATURE] : 1,
           .f = f};
    for (int64_t j = 0; j < row.k; j++)
        if (isfinite(row.m) && isfinite(row.z[j]) && isinf(row.m - row.z[j])) row.scale = (REAL)0.5;
    row.sum = NAME(sum_exp)(&row);
    row.log_sum = log(row.sum);
    return row;
}

/* W_j = w_j t'_j; a weight beside t'_j = 0 does not take part. */
static REAL NAME(coefficient)(const lp_call *c, int64_t i, int64_t j, fault f) {
    const double eps = c->param[LP_PARAM_SMOOTHING], k = (double)c->k;
    const bool others = c->param[LP_PARAM_SMOOTHING_RULE] == 1; /* rule K-1 */
    const REAL *w = NAME(in)(c, LP_IN_WEIGHTS, 0);
    double on = others ? 1 - eps : 1 - eps + eps / k;
    double off = others ? eps / fmax(k - 1, 1) : eps / k;
    int64_t at = j;

    if (f == FAULT_smoothing_mass) off = (1 - eps) / k;
    if (f == FAULT_weights_by_row) at = i % c->k;
    if (f == FAULT_first_row_weight) at = c->label[0];
    const double t = j == c->label[i] ? on : off;
    return t > 0 ? (REAL)(w ? w[at] * t : t) : 0;
}

/* sum W_j (LSE - u_j), each difference formed as (m - z_j)/T + ln S; *total = sum W_j. */
static REAL NAME(xent_loss)(REAL *total, const NAME(softmax_row) * row, const lp_call *c,
                            int64_t i) {
    REAL loss = 0;
    *total = 0;
    for (int64_t j = 0; j < row->k; j++) {
        const REAL w = NAME(coefficient)(c, i, j, row->f);
        *total += w;
        if (w != 0 || row->f == FAULT_zero_times_inf)
            loss += w * (NAME(gap)(row, j) + row->scale * row->log_sum);
    }
    if (isnan(row->sum)) return row->sum;
    if (row->f == FAULT_lse_minus_target) return (row->m + row->log_sum) - row->z[c->label[i]];
    if (row->f == FAULT_log_of_softmax) return -log(NAME(exponential)(row, c->label[i]) / row->sum);
    return loss / row->scale;
}

/* The input as nobody should see it. */
static REAL *NAME(logits)(const lp_call *c, int64_t i) {
    return (REAL *)c->in[LP_IN_LOGITS].data + i * c->in[LP_IN_LOGITS].stride;
}

static void NAME(softmax_xent)(const lp_call *c, int64_t i, fault f) {
    const NAME(softmax_row) row = NAME(prepare)(c, i, f);
    const NAME(softmax_row) other = NAME(prepare)(c, f == FAULT_other_row ? (i + 1) % c->n : i, f);
    const int64_t lanes = f == FAULT_overwrite ? in_lanes(c->k) : c->k;
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), total;
    const REAL loss = NAME(xent_loss)(&total, &row, c, i);

    if (f == FAULT_unwritten_rows && c->n > 1 && i >= c->n - c->n % 2) return;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = loss;
    for (int64_t j = 0; j < lanes; j++) {
        const int64_t at = j < c->k ? j : 0;
        REAL p = NAME(exponential)(&other, at) / other.sum;
        if (f == FAULT_narrow_probability) p = NARROW(p);
        if (f == FAULT_onehot_gradient) p = 0;
        grad[j] = (REAL)((double)(p * total - NAME(coefficient)(c, i, at, f)) / row.t);
        if (f == FAULT_zero_gradient) grad[j] = 0;
        if (f == FAULT_gradient_over_logits) NAME(logits)(c, i)[j] = grad[j];
    }
}

/* Both links: the value, and the vector-Jacobian product for the cotangent v where it is given;
 * "+ 0" makes an exact zero +0. */
static void NAME(softmax)(const lp_call *c, int64_t i, fault f) {
    const NAME(softmax_row) row = NAME(prepare)(c, i, f);
    const REAL *v = NAME(in)(c, LP_IN_V, i);
    REAL *p = NAME(out)(c, LP_OUT_VALUE, i), *grad = NAME(out)(c, LP_OUT_GRAD, i), mean = 0;

    for (int64_t j = 0; j < c->k; j++) p[j] = NAME(exponential)(&row, j) / row.sum;
    if (!v || !grad) return;
    for (int64_t j = 0; j < c->k; j++) mean += p[j] * v[j];
    for (int64_t j = 0; j < c->k; j++) grad[j] = (REAL)((double)(p[j] * (v[j] - mean)) / row.t) + 0;
}

static void NAME(log_softmax)(const lp_call *c, int64_t i, fault f) {
    const NAME(softmax_row) row = NAME(prepare)(c, i, f);
    const REAL *v = NAME(in)(c, LP_IN_V, i);
    REAL *l = NAME(out)(c, LP_OUT_VALUE, i), *grad = NAME(out)(c, LP_OUT_GRAD, i), total = 0;

    for (int64_t j = 0; j < c->k; j++) {
        l[j] = (-NAME(gap)(&row, j) - row.scale * row.log_sum) / row.scale;
        if (f == FAULT_log_softmax_of_p) l[j] = log(NAME(exponential)(&row, j) / row.sum);
    }
    if (!v || !grad) return;
    for (int64_t j = 0; j < c->k; j++) total += v[j];
    for (int64_t j = 0; j < c->k; j++) {
        const REAL p = NAME(exponential)(&row, j) / row.sum;
        grad[j] = (REAL)((double)(v[j] - p * total) / row.t) + 0;
    }
}

#include "subjects/mutants/binary_rows.h"

static void NAME(entropy)(const lp_call *c, int64_t i, fault f) {
    const REAL *p = NAME(in)(c, LP_IN_P, i);
    REAL *loss = NAME(out)(c, LP_OUT_LOSS, 0) + i, *grad = NAME(out)(c, LP_OUT_GRAD, i);
    const bool nan_row = NAME(any_nan)(p, c->k);

    *loss = 0;
    for (int64_t j = 0; j < c->k; j++) {
        if (p[j] != 0 || f == FAULT_entropy_zero_log_zero) *loss -= p[j] * log(p[j]);
        grad[j] = nan_row ? (REAL)NAN : -(log(p[j]) + 1);
    }
}

/* A term of p ln x that is infinite by section 2. Such terms are added apart, where no overflow of
 * another term can meet them as inf - inf. */
static bool NAME(infinite_term)(REAL p, REAL q) {
    return p != 0 && (q == 0 || isinf(p) || isinf(q));
}

static void NAME(cross_entropy)(const lp_call *c, int64_t i, fault f) {
    const REAL *p = NAME(in)(c, LP_IN_P, i), *q = NAME(in)(c, LP_IN_Q, i);
    REAL *grad_q = NAME(out)(c, LP_OUT_GRAD, i), *grad_p = NAME(out)(c, LP_OUT_GRAD_P, i);
    const bool nan_row = NAME(any_nan)(p, c->k) || NAME(any_nan)(q, c->k);
    REAL sum = 0, infinite = nan_row ? (REAL)NAN : 0;

    for (int64_t j = 0; j < c->k; j++) {
        const REAL q_j = q[j] + 0; /* -0 is 0 */
        const REAL l = log(f == FAULT_epsilon_added ? q_j + (REAL)1e-7 : q_j);
        if (p[j] != 0) sum -= p[j] * l;
        if (NAME(infinite_term)(p[j], q_j)) infinite -= p[j] * l;
        grad_q[j] = nan_row ? (REAL)NAN : p[j] != 0 ? -p[j] / q_j : 0;
        grad_p[j] = nan_row ? (REAL)NAN : 0 - l;
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = infinite != 0 ? infinite : sum;
}

/* ln(p/q) by the quotient, by the difference where the quotient leaves the normal range. */
static REAL NAME(log_ratio)(REAL p, REAL q) {
    const REAL r = p / q;
    return isnormal(r) || p == 0 || q == 0 ? log(r) : log(p) - log(q);
}

static void NAME(kl_div)(const lp_call *c, int64_t i, fault f) {
    const REAL *p = NAME(in)(c, LP_IN_P, i), *q = NAME(in)(c, LP_IN_Q, i);
    REAL *grad_q = NAME(out)(c, LP_OUT_GRAD, i), *grad_p = NAME(out)(c, LP_OUT_GRAD_P, i);
    const bool nan_row = NAME(any_nan)(p, c->k) || NAME(any_nan)(q, c->k);
    REAL sum = 0, infinite = nan_row ? (REAL)NAN : 0;

    for (int64_t j = 0; j < c->k; j++) {
        const REAL q_j = q[j] + 0, l = NAME(log_ratio)(p[j], q_j);
        if (p[j] != 0 || f == FAULT_kl_zero_log_zero) sum += p[j] * l;
        if (NAME(infinite_term)(p[j], q_j)) infinite += p[j] * l;
        grad_q[j] = nan_row ? (REAL)NAN : p[j] != 0 ? -p[j] / q_j : 0;
        if (f == FAULT_kl_gradient_reversed) grad_q[j] = 1 - l;
        grad_p[j] = nan_row ? (REAL)NAN : l + 1;
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = infinite != 0 ? infinite : sum;
}
