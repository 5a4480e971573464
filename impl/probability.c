/* entropy, cross_entropy and kl_div on vectors p, q >= 0 that need not sum to 1. ln x is relatively
 * accurate for every x, near 1 too (log_dd.h); ln(p/q) as log1p((p - q)/q), the difference exact,
 * where the quotient is near 1. -p/q is one division. */
#include "impl/row.h"
#include "impl/rows.h"

#include <math.h>

static const lp_wide zero = {{0, 0}, 0}, one = {{1, 0}, 0};

/* ln(x), 0 <= x finite or not, not NaN, with its IEEE value where it is infinite. */
typedef struct logarithm {
    lp_wide value;
    double infinite; /* 0: value holds */
} logarithm;

static logarithm log_of(double x) {
    if (x == 0 || isinf(x)) return (logarithm){zero, x == 0 ? -INFINITY : INFINITY};
    return (logarithm){lp_wide_log(lp_wide_from(x)), 0};
}
/* ln(p/q); NaN for 0/0 and inf/inf. */
static logarithm log_ratio(double p, double q) {
    if (p == 0 || isinf(p) || q == 0 || isinf(q)) {
        double quotient = p / q;
        if (isnan(quotient)) return (logarithm){zero, NAN};
        return (logarithm){zero, quotient == 0 ? -INFINITY : INFINITY};
    }
    lp_wide a = lp_wide_from(p), b = lp_wide_from(q);
    double near = p * (p > 0x1p1000 ? 0x1p-10 : 1) / (q * (p > 0x1p1000 ? 0x1p-10 : 1));
    if (near > 0.75 && near < 1.375)
        return (logarithm){lp_wide_log1p(lp_wide_div(lp_wide_sub(a, b), b)), 0};
    return (logarithm){lp_wide_log(lp_wide_div(a, b)), 0};
}

static double round_log(logarithm l, double sign, lp_wide plus) {
    if (l.infinite != 0) return sign * l.infinite;
    if (sign < 0) l.value = lp_wide_minus(l.value);
    return lp_wide_round(lp_wide_add(l.value, plus));
}

/* A sum of terms of which some may be infinite. */
typedef struct sum {
    lp_wide finite;
    double infinite;
} sum;
/* Adds coefficient * l; a coefficient of 0 drops the term (0 ln 0 = 0). */
static void add(sum *s, double coefficient, logarithm l) {
    if (coefficient == 0) return;
    if (isinf(coefficient) || l.infinite != 0)
        s->infinite += coefficient * (l.infinite != 0 ? l.infinite : l.value.m.hi);
    else
        s->finite = lp_wide_add(s->finite, lp_wide_mul(lp_wide_from(coefficient), l.value));
}
static double round_sum(const sum *s, double sign) {
    if (s->infinite != 0) return sign * s->infinite;
    return lp_wide_round(sign < 0 ? lp_wide_minus(s->finite) : s->finite);
}

static bool any_nan(const double *x, int64_t k) {
    bool nan = false;
    for (int64_t j = 0; j < k; j++) nan |= isnan(x[j]);
    return nan;
}
static double *row_of(lp_loss_out m, int64_t i) {
    return m.data ? m.data + i * m.stride : NULL;
}

void lp_rows_entropy(double *loss, lp_loss_out grad, lp_loss_in p, int64_t n, int64_t k) {
    for (int64_t i = 0; i < n; i++) {
        const double *x = p.data + i * p.stride;
        double *g = row_of(grad, i);
        if (any_nan(x, k)) {
            if (loss) loss[i] = NAN;
            if (g) lp_row_fill(g, k, NAN);
            continue;
        }
        sum s = {zero, 0};
        for (int64_t j = 0; j < k; j++) {
            logarithm l = log_of(x[j]);
            add(&s, x[j], l);
            if (g) g[j] = round_log(l, -1, lp_wide_neg(one));
        }
        if (loss) loss[i] = round_sum(&s, -1);
    }
}

/* What cross_entropy and kl_div do not share. */
typedef struct divergence {
    logarithm (*log)(double p, double q);
    double sign; /* the value is sign sum p log(p, q), grad_p sign log + plus */
    lp_wide plus;
} divergence;

static logarithm log_second(double p, double q) {
    (void)p;
    return log_of(q);
}

/* -p/q; an exact 0 is +0, and q = -0 is q = 0. */
static double minus_ratio(double p, double q) {
    bool none = p == 0 || (isinf(q) && isfinite(p));
    return none ? 0 : -(p / fabs(q));
}

static void divergence_row(double *loss, double *grad_q, double *grad_p, const double *p,
                           const double *q, int64_t k, const divergence *d) {
    if (any_nan(p, k) || any_nan(q, k)) {
        if (loss) *loss = NAN;
        if (grad_q) lp_row_fill(grad_q, k, NAN);
        if (grad_p) lp_row_fill(grad_p, k, NAN);
        return;
    }
    sum s = {zero, 0};
    for (int64_t j = 0; j < k; j++) {
        double pj = p[j], qj = q[j];
        logarithm l = d->log(pj, qj);
        add(&s, pj, l);
        if (grad_q) grad_q[j] = minus_ratio(pj, qj);
        if (grad_p) grad_p[j] = round_log(l, d->sign, d->plus);
    }
    if (loss) *loss = round_sum(&s, d->sign);
}

static void divergence_rows(const divergence *d, double *loss, lp_loss_out grad_q,
                            lp_loss_out grad_p, lp_loss_in p, lp_loss_in q, int64_t n, int64_t k) {
    for (int64_t i = 0; i < n; i++)
        divergence_row(loss ? loss + i : NULL, row_of(grad_q, i), row_of(grad_p, i),
                       p.data + i * p.stride, q.data + i * q.stride, k, d);
}
void lp_rows_cross_entropy(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                           lp_loss_in q, int64_t n, int64_t k) {
    const divergence d = {log_second, -1, zero};
    divergence_rows(&d, loss, grad_q, grad_p, p, q, n, k);
}
void lp_rows_kl_div(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                    lp_loss_in q, int64_t n, int64_t k) {
    const divergence d = {log_ratio, 1, one};
    divergence_rows(&d, loss, grad_q, grad_p, p, q, n, k);
}
