/* kl_logits: sum t_j (ln t_j - ln p_j), gradient p_j sum t - t_j; signed sums. The row is split at
 * its largest logit a, -ln p_j = L + (z_a - z_j); the gradient there is p_a sum_{j != a} t_j - (1 -
 * p_a) t_a. */
#include "impl/precise.h"
#include "impl/rows.h"
#include "impl/soft_plain.h"
#include "impl/soft_row.h"

typedef struct kl_row {
    lp_soft_row soft;
    lp_view z, t;
    lp_exact_sum but_top, total; /* of t */
    lp_value quick_but_top, quick_total;
    double by; /* what is left to divide a gradient by */
} kl_row;

/* t (ln t - ln p_j), t > 0; +inf at z = -inf. */
static lp_value term(const kl_row *s, const lp_row *row, double t, double z, bool precise) {
    lp_wide x = lp_wide_from(t);
    if (z < -DBL_MAX) return lp_special(INFINITY);
    lp_value log =
        precise ? lp_good_to(lp_wide_log_precise(x), LP_PRECISE_BITS) : lp_number(lp_wide_log(x));
    lp_value far = lp_value_add(lp_row_loss(row), lp_difference(s->soft.z_top, z));
    return lp_value_mul(lp_exact(x), lp_value_add(log, far));
}
static lp_value fast(void *context, int out, int64_t j, bool precise) {
    kl_row *s = context;
    const lp_row *row = lp_soft_row_at(&s->soft, precise);
    if (out == LP_EVAL_LOSS) {
        lp_sum loss = lp_sum_open();
        for (int64_t i = 0; i < s->soft.k; i++) {
            double t = lp_at(s->t, i);
            if (t != 0) lp_sum_add(&loss, term(s, row, t, lp_at(s->z, i), precise));
        }
        return lp_sum_get(&loss);
    }
    lp_value t = lp_value_from(lp_at(s->t, j)), p = lp_row_value(row, row->own);
    if (j == s->soft.top)
        return lp_value_sub(lp_value_mul(p, s->quick_but_top),
                            lp_value_mul(lp_row_value(row, row->rest), t));
    p = lp_soft_row_other(row, lp_at(s->z, j));
    return lp_value_sub(lp_value_mul(p, s->quick_total), t);
}

/* sum t_j (ln t_j + (m - z_j)) + L sum t */
static void exact_loss(lp_big *r, const kl_row *s) {
    const lp_big_row *row = &s->soft.big;
    lp_big sum, log, gap;
    lp_big_set(&sum, row->n, 0);
    for (int64_t j = 0; j < s->soft.k; j++) {
        double t = lp_at(s->t, j);
        if (t == 0) continue;
        lp_big_set(&log, row->n, t);
        lp_big_log(&log, &log);
        lp_big_row_gap(&gap, row, lp_at(s->z, j));
        lp_big_add(&log, &log, &gap);
        lp_big_mul_d(&log, &log, t);
        lp_big_add(&sum, &sum, &log);
    }
    lp_big_set_sum(r, row->n, &s->total);
    lp_big_mul(r, r, &row->log);
    lp_big_add(r, r, &sum);
}
static void exact(lp_big *r, void *context, int out, int64_t j) {
    kl_row *s = context;
    const lp_big_row *row = &s->soft.big;
    r->n = lp_soft_row_big(&s->soft, r->n);
    if (out == LP_EVAL_LOSS) {
        exact_loss(r, s);
        return;
    }
    lp_big e, t, total, others;
    lp_big_set_sum(&total, row->n, &s->total);
    lp_big_set_sum(&others, row->n, &s->but_top);
    lp_big_set(&t, row->n, lp_at(s->t, j));
    lp_big_row_exp(&e, row, j, lp_at(s->z, j));
    s->by = lp_big_row_difference(r, row, &e, &total, &t, &others);
}
static void over(lp_big *d, void *context) {
    const kl_row *s = context;
    lp_big_set(d, s->soft.big.n, s->by);
}

static void answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {.fast = fast, .exact = exact, .over = over, .precise = true};
    kl_row s = {.z = lp_view_logits(c, i), .t = lp_view_row(c, LP_IN_TARGETS, i)};
    lp_soft_plain done;
    bool nan = false, quick = lp_soft_plain_row(&done, job, s.z, s.t, c->k, true);
    (void)context;
    if (quick && done.loss && done.grad) return;
    for (int64_t j = 0; j < c->k; j++) nan |= isnan(lp_at(s.t, j));
    if (nan || !lp_soft_row_set(&s.soft, s.z, c->k, 1)) {
        lp_job_fill(job, c->k, NAN);
        return;
    }
    for (int64_t j = 0; j < c->k; j++)
        if (j != s.soft.top) lp_exact_sum_add(&s.but_top, lp_at(s.t, j));
    s.total = s.but_top;
    lp_exact_sum_add(&s.total, lp_at(s.t, s.soft.top));
    s.quick_but_top = lp_good_to(lp_exact_sum_get(&s.but_top), LP_OWN_BITS);
    s.quick_total = lp_good_to(lp_exact_sum_get(&s.total), LP_OWN_BITS);
    if (quick)
        lp_soft_plain_complete(job, &done, &eval, &s, c->k);
    else
        lp_job_answer(job, &eval, &s, c->k);
}
void lp_run_kl_logits(const lp_call *c) {
    lp_batch_answer(c, c->k, answer, NULL);
}
