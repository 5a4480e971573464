/* entropy, cross_entropy, kl_div and kl_gen on vectors p, q >= 0 that need not sum to 1. ln x is
 * relatively accurate for every x, near 1 too (log_dd.h); ln(p/q) as log1p((p - q)/q), the
 * difference exact, where the quotient is near 1. Sums of signed terms, but for kl_gen, whose terms
 * p ln(p/q) + (q - p) >= 0 are. */
#include "impl/batch.h"
#include "impl/logarithm.h"
#include "impl/rows.h"

/* What they do not share. The loss is sign sum p log, kl_gen's with q - p beside each term; the
 * gradient in p is sign log + plus. */
typedef struct divergence {
    bool of_q, ratio; /* log is ln q or ln(p/q), else ln p */
    bool general;     /* kl_gen */
    double sign, plus;
} divergence;

typedef struct prob_row {
    const divergence *d;
    lp_view p, q;
    int64_t k;
} prob_row;

static lp_value log_at(const prob_row *s, int64_t j, bool precise) {
    double p = lp_at(s->p, j);
    if (s->d->ratio) return lp_log_ratio(p, lp_at(s->q, j), precise);
    return lp_log_of(s->d->of_q ? lp_at(s->q, j) : p, precise);
}
/* q - p; infinite alike: NaN. */
static lp_value difference(double q, double p) {
    return lp_value_sub(lp_value_from(q), lp_value_from(p));
}
static lp_value term(const prob_row *s, int64_t j, bool precise) {
    double p = lp_at(s->p, j);
    lp_value t = lp_log_times(p, log_at(s, j, precise));
    if (!s->d->general) return t;
    double q = lp_at(s->q, j);
    if (isinf(q) != isinf(p)) return lp_special(INFINITY); /* outgrows the other */
    return lp_value_add(t, difference(q, p));
}
/* 1 - p/q */
static lp_value one_less_ratio(double p, double q) {
    if (p == 0 || (isinf(q) && isfinite(p))) return lp_value_from(1);
    if (q == 0 || isinf(p)) return lp_special(-(p / fabs(q)));
    return lp_value_div(difference(q, p), lp_wide_from(q));
}
/* Outputs: the loss; the gradient in q, of entropy in p; in p. */
static bool in_q(const prob_row *s, int out) {
    return out == LP_EVAL_GRAD && s->q.data;
}
static lp_value fast(void *context, int out, int64_t j, bool precise) {
    const prob_row *s = context;
    const divergence *d = s->d;
    if (in_q(s, out)) {
        double p = lp_at(s->p, j), q = lp_at(s->q, j);
        return d->general ? one_less_ratio(p, q) : lp_minus_ratio(p, q);
    }
    lp_value x;
    if (out != LP_EVAL_LOSS) {
        x = log_at(s, j, precise);
    } else {
        lp_sum sum = lp_sum_open();
        for (int64_t i = 0; i < s->k; i++) lp_sum_add(&sum, term(s, i, precise));
        x = lp_sum_get(&sum);
    }
    if (d->sign < 0) x = lp_value_neg(x);
    return out == LP_EVAL_LOSS ? x : lp_value_add(x, lp_value_from(d->plus));
}

static void exact_log(lp_big *r, const prob_row *s, int64_t j) {
    double p = lp_at(s->p, j);
    if (s->d->ratio)
        lp_big_log_ratio(r, p, lp_at(s->q, j));
    else
        lp_big_log_of(r, s->d->of_q ? lp_at(s->q, j) : p);
}
static void exact_loss(lp_big *r, const prob_row *s) {
    lp_big_set(r, r->n, 0);
    for (int64_t j = 0; j < s->k; j++) {
        lp_big t;
        t.n = r->n;
        double p = lp_at(s->p, j);
        if (p != 0) {
            exact_log(&t, s, j);
            lp_big_mul_d(&t, &t, p);
            lp_big_add(r, r, &t);
        }
        if (!s->d->general) continue;
        lp_big_add_d(r, r, lp_at(s->q, j));
        lp_big_add_d(r, r, -p);
    }
}
static void exact(lp_big *r, void *context, int out, int64_t j) {
    const prob_row *s = context;
    if (in_q(s, out)) {
        double p = lp_at(s->p, j), q = lp_at(s->q, j);
        lp_big_set(r, r->n, s->d->general ? q : 0);
        lp_big_add_d(r, r, -p);
        lp_big_div_d(r, r, q);
        return;
    }
    if (out == LP_EVAL_LOSS)
        exact_loss(r, s);
    else
        exact_log(r, s, j);
    r->sign *= s->d->sign < 0 ? -1 : 1;
    if (out != LP_EVAL_LOSS) lp_big_add_d(r, r, s->d->plus);
}

static void answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {.fast = fast, .exact = exact, .precise = true};
    prob_row s = {.d = context, .p = lp_view_row(c, LP_IN_P, i), .k = c->k};
    s.q = lp_view_row(c, LP_IN_Q, i);
    if (lp_any_nan(s.p, c->k) || (s.q.data && lp_any_nan(s.q, c->k)))
        lp_job_fill(job, c->k, NAN);
    else
        lp_job_answer(job, &eval, &s, c->k);
}

void lp_run_entropy(const lp_call *c) {
    static const divergence d = {false, false, false, -1, -1};
    lp_batch_answer(c, c->k, answer, &d);
}
void lp_run_cross_entropy(const lp_call *c) {
    static const divergence d = {true, false, false, -1, 0};
    lp_batch_answer(c, c->k, answer, &d);
}
void lp_run_kl_div(const lp_call *c) {
    static const divergence d = {false, true, false, 1, 1};
    lp_batch_answer(c, c->k, answer, &d);
}
void lp_run_kl_gen(const lp_call *c) {
    static const divergence d = {false, true, true, 1, 0};
    lp_batch_answer(c, c->k, answer, &d);
}
