/* nll, bce_prob and brier: scores of probabilities that are given as such.
 *
 * bce_prob is -[y ln p + (1 - y) ln(1 - p)], terms >= 0; its gradient (1 - y)/(1 - p) - y/p is (p -
 * y) over p (1 - p) with an exact difference, one term however y and p lie. brier is a sum of
 * squares of exact differences. */
#include "impl/batch.h"
#include "impl/logarithm.h"
#include "impl/rows.h"

typedef struct score_row {
    lp_view p;
    double y; /* bce_prob */
    int64_t k, label;
} score_row;

/* --- nll ------------------------------------------------------------------------------------- */

static lp_value nll_fast(void *context, int out, int64_t j, bool precise) {
    const score_row *s = context;
    double own = lp_at(s->p, s->label);
    if (out == LP_EVAL_LOSS) return lp_value_neg(lp_log_of(own, precise));
    return j == s->label ? lp_minus_ratio(1, own) : lp_value_zero();
}
static void nll_exact(lp_big *r, void *context, int out, int64_t j) {
    const score_row *s = context;
    double own = lp_at(s->p, s->label);
    (void)j;
    if (out == LP_EVAL_LOSS)
        lp_big_log_of(r, own);
    else
        lp_big_ratio(r, 1, own);
    r->sign = -r->sign;
}
static void nll_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {.fast = nll_fast, .exact = nll_exact, .precise = true};
    score_row s = {.p = lp_view_row(c, LP_IN_Q, i), .k = c->k, .label = c->label[i]};
    (void)context;
    if (lp_any_nan(s.p, c->k))
        lp_job_fill(job, c->k, NAN);
    else
        lp_job_answer(job, &eval, &s, c->k);
}

/* --- bce_prob -------------------------------------------------------------------------------- */

/* ln(1 - p), p in [0, 1]. */
static lp_value log_rest(double p, bool precise) {
    if (p == 1) return lp_special(-INFINITY);
    if (p < 0.25) return lp_value_log1p(lp_value_from(-p), precise);
    return lp_value_log(lp_value_sub(lp_value_from(1), lp_value_from(p)), precise);
}
static lp_value bce_slope(double p, double y) {
    if (p == 0 && y > 0) return lp_special(-INFINITY);
    if (p == 1 && y < 1) return lp_special(INFINITY);
    const lp_value one = lp_value_from(1), x = lp_value_from(p);
    lp_value rest = lp_value_sub(one, x);
    if (y == 0) return lp_value_over(one, rest);
    if (y == 1) return lp_value_neg(lp_value_over(one, x));
    return lp_value_over(lp_value_over(lp_value_sub(x, lp_value_from(y)), x), rest);
}
static lp_value bce_fast(void *context, int out, int64_t j, bool precise) {
    const score_row *s = context;
    double p = lp_at(s->p, 0), y = s->y;
    (void)j;
    if (out == LP_EVAL_GRAD) return bce_slope(p, y);
    lp_value far = lp_value_zero(), near = lp_log_times(y, lp_log_of(p, precise));
    if (y != 1)
        far = lp_value_mul(lp_value_sub(lp_value_from(1), lp_value_from(y)), log_rest(p, precise));
    return lp_value_neg(lp_value_add(far, near));
}
static void bce_exact(lp_big *r, void *context, int out, int64_t j) {
    const score_row *s = context;
    double p = lp_at(s->p, 0), y = s->y;
    lp_big x, rest;
    (void)j;
    lp_big_set(&rest, r->n, 1);
    lp_big_add_d(&rest, &rest, -p);
    lp_big_set(&x, r->n, 1);
    lp_big_add_d(&x, &x, -y);
    if (out == LP_EVAL_GRAD) { /* (1 - y)/(1 - p) where p = 0, -y/p where p = 1 */
        lp_big_set(r, r->n, p);
        if (p != 0 && p != 1) {
            lp_big_mul(&rest, &rest, r);
            lp_big_add_d(&x, r, -y);
        } else if (p == 1) {
            lp_big_set(&x, r->n, -y);
            rest = *r;
        }
        lp_big_div(r, &x, &rest);
        return;
    }
    lp_big_set(r, r->n, -p);
    lp_big_log1p(r, r); /* ln(1 - p) */
    if (y != 1)
        lp_big_mul(r, r, &x);
    else
        lp_big_set(r, r->n, 0);
    if (y != 0) {
        x.n = r->n;
        lp_big_log_of(&x, p);
        lp_big_mul_d(&x, &x, y);
        lp_big_add(r, r, &x);
    }
    r->sign = -r->sign;
}
static void bce_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {.fast = bce_fast, .exact = bce_exact, .precise = true};
    score_row s = {.p = lp_view_row(c, LP_IN_P, i), .k = 1};
    s.y = lp_at(lp_view_row(c, LP_IN_TARGETS, i), 0);
    (void)context;
    if (isnan(lp_at(s.p, 0)) || isnan(s.y))
        lp_job_fill(job, 1, NAN);
    else
        lp_job_answer(job, &eval, &s, 1);
}

/* --- brier ----------------------------------------------------------------------------------- */

static lp_value brier_fast(void *context, int out, int64_t j, bool precise) {
    const score_row *s = context;
    lp_sum sum = lp_sum_open();
    (void)out, (void)j, (void)precise;
    for (int64_t i = 0; i < s->k; i++) {
        lp_value d = lp_value_sub(lp_value_from(lp_at(s->p, i)), lp_value_from(i == s->label));
        lp_sum_add(&sum, lp_value_mul(d, d));
    }
    return lp_sum_get(&sum);
}
static void brier_exact(lp_big *r, void *context, int out, int64_t j) {
    const score_row *s = context;
    lp_big d;
    (void)out, (void)j;
    lp_big_set(r, r->n, 0);
    for (int64_t i = 0; i < s->k; i++) {
        lp_big_set(&d, r->n, lp_at(s->p, i));
        lp_big_add_d(&d, &d, i == s->label ? -1 : 0);
        lp_big_mul(&d, &d, &d);
        lp_big_add(r, r, &d);
    }
}
static void brier_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {.fast = brier_fast, .exact = brier_exact};
    score_row s = {.p = lp_view_row(c, LP_IN_P, i), .k = c->k, .label = c->label[i]};
    (void)context;
    if (lp_any_nan(s.p, c->k))
        lp_job_fill(job, c->k, NAN);
    else
        lp_job_answer(job, &eval, &s, c->k);
}

void lp_run_nll(const lp_call *c) {
    lp_batch_answer(c, c->k, nll_answer, NULL);
}
void lp_run_bce_prob(const lp_call *c) {
    lp_batch_answer(c, 1, bce_answer, NULL);
}
void lp_run_brier(const lp_call *c) {
    lp_batch_answer(c, c->k, brier_answer, NULL);
}
