/* entropy, cross_entropy and kl_div on vectors p, q >= 0 that need not sum to 1. ln x is relatively
 * accurate for every x, near 1 too (log_dd.h); ln(p/q) as log1p((p - q)/q), the difference exact,
 * where the quotient is near 1. */
#include "impl/batch.h"
#include "impl/rows.h"

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

/* sign l + plus */
static lp_value signed_log(logarithm l, double sign, lp_wide plus) {
    if (l.infinite != 0) return lp_special(sign * l.infinite);
    return lp_number(lp_wide_add(sign < 0 ? lp_wide_minus(l.value) : l.value, plus));
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
static lp_value signed_sum(const sum *s, double sign) {
    if (s->infinite != 0) return lp_special(sign * s->infinite);
    return lp_number(sign < 0 ? lp_wide_minus(s->finite) : s->finite);
}

static bool any_nan(lp_view x, int64_t k) {
    bool nan = false;
    for (int64_t j = 0; j < k; j++) nan |= isnan(lp_at(x, j));
    return nan;
}

static lp_value entropy_row(const void *context, const lp_call *c, int64_t i,
                            const lp_sink out[2]) {
    lp_view p = lp_view_row(c, LP_IN_P, i);
    (void)context;
    if (any_nan(p, c->k)) {
        lp_sink_fill(&out[0], c->k, NAN);
        return lp_special(NAN);
    }
    sum s = {zero, 0};
    for (int64_t j = 0; j < c->k; j++) {
        double x = lp_at(p, j);
        logarithm l = log_of(x);
        add(&s, x, l);
        if (out[0].data) lp_sink_put(&out[0], j, signed_log(l, -1, lp_wide_neg(one)));
    }
    return signed_sum(&s, -1);
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
static lp_value minus_ratio(double p, double q) {
    if (p == 0 || (isinf(q) && isfinite(p))) return lp_value_zero();
    if (q == 0 || isinf(p)) return lp_special(-(p / fabs(q)));
    return lp_number(lp_wide_neg(lp_wide_div(lp_wide_from(p), lp_wide_from(q))));
}

static lp_value divergence_row(const void *context, const lp_call *c, int64_t i,
                               const lp_sink out[2]) {
    const divergence *d = context;
    lp_view p = lp_view_row(c, LP_IN_P, i), q = lp_view_row(c, LP_IN_Q, i);
    if (any_nan(p, c->k) || any_nan(q, c->k)) {
        lp_sink_fill(&out[0], c->k, NAN);
        lp_sink_fill(&out[1], c->k, NAN);
        return lp_special(NAN);
    }
    sum s = {zero, 0};
    for (int64_t j = 0; j < c->k; j++) {
        double pj = lp_at(p, j), qj = lp_at(q, j);
        logarithm l = d->log(pj, qj);
        add(&s, pj, l);
        if (out[0].data) lp_sink_put(&out[0], j, minus_ratio(pj, qj));
        if (out[1].data) lp_sink_put(&out[1], j, signed_log(l, d->sign, d->plus));
    }
    return signed_sum(&s, d->sign);
}

void lp_run_entropy(const lp_call *c) {
    lp_batch_run(c, c->k, entropy_row, NULL);
}
void lp_run_cross_entropy(const lp_call *c) {
    const divergence d = {log_second, -1, zero};
    lp_batch_run(c, c->k, divergence_row, &d);
}
void lp_run_kl_div(const lp_call *c) {
    const divergence d = {log_ratio, 1, one};
    lp_batch_run(c, c->k, divergence_row, &d);
}
