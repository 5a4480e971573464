/* logistic_margin, hinge and hinge_multi.
 *   logistic_margin   softplus(-y z), one term or a sum of two >= 0; -y sigma(-y z)
 *   hinge             1 - y z where that is positive, an exact difference
 *   hinge_multi       1 - z_c + z_j: whether it is positive by a double-double, which knows the
 * sign of a sum of three; the sum over j exactly (exact_sum.h) */
#include "impl/big_row.h"
#include "impl/binary.h"
#include "impl/rows.h"

typedef struct margin {
    double x, y; /* x = y z */
} margin;

static margin margin_of(const lp_call *c, int64_t i) {
    double y = (double)c->label[i];
    return (margin){y * lp_at(lp_view_row(c, LP_IN_LOGITS, i), 0), y};
}
static void answer_margin(const lp_row_eval *eval, const lp_call *c, int64_t i, lp_job *job) {
    margin m = margin_of(c, i);
    if (isnan(m.x))
        lp_job_fill(job, 1, NAN);
    else
        lp_job_answer(job, eval, &m, 1);
}

static lp_value logistic_fast(void *context, int out, int64_t j, bool precise) {
    const margin *m = context;
    lp_binary b = lp_binary_at(-m->x, precise);
    lp_value x = lp_binary_get(&b, out == LP_EVAL_LOSS ? LP_SOFTPLUS : LP_SIGMA);
    (void)j;
    return out != LP_EVAL_LOSS && m->y > 0 ? lp_value_neg(x) : x;
}
static void logistic_exact(lp_big *r, void *context, int out, int64_t j) {
    const margin *m = context;
    (void)j;
    lp_big_binary(r, -m->x, out == LP_EVAL_LOSS ? LP_SOFTPLUS : LP_SIGMA);
    if (out != LP_EVAL_LOSS && m->y > 0) lp_big_neg(r, r);
}
static void logistic_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {
        .fast = logistic_fast, .exact = logistic_exact, .precise = true};
    (void)context;
    answer_margin(&eval, c, i, job);
}

static lp_value hinge_fast(void *context, int out, int64_t j, bool precise) {
    const margin *m = context;
    (void)j, (void)precise;
    if (!(m->x < 1)) return lp_value_zero();
    if (out != LP_EVAL_LOSS) return lp_value_from(-m->y);
    return lp_value_sub(lp_value_from(1), lp_value_from(m->x));
}
static void hinge_exact(lp_big *r, void *context, int out, int64_t j) {
    const margin *m = context;
    (void)j;
    if (!(m->x < 1))
        lp_big_set(r, r->n, 0); /* among rows whose sum is asked for */
    else if (out == LP_EVAL_LOSS)
        lp_big_difference(r, r->n, 1, m->x);
    else
        lp_big_set(r, r->n, -m->y);
}
static void hinge_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {.fast = hinge_fast, .exact = hinge_exact};
    (void)context;
    answer_margin(&eval, c, i, job);
}

/* --- hinge_multi ----------------------------------------------------------------------------- */

typedef struct multi {
    lp_view z;
    int64_t k, label, only; /* the class that counts, or -1: all */
    double own;
    int64_t active; /* classes beyond the margin */
    bool infinite;
    lp_exact_sum sum;
} multi;

/* 1 - own + z > 0; the IEEE value where one is infinite. */
static bool beyond(double own, double z) {
    if (isinf(own) || isinf(z)) return z - own > 0;
    lp_wide less = lp_wide_sub(lp_wide_from(1), lp_wide_from(own));
    return lp_wide_add(less, lp_wide_from(z)).m.hi > 0;
}
static bool counts(const multi *s, int64_t j) {
    return j != s->label && (s->only < 0 || j == s->only) && beyond(s->own, lp_at(s->z, j));
}
/* Largest of the others; -inf where there are none. */
static int64_t rival(lp_view z, int64_t k, int64_t label) {
    int64_t best = label == 0 ? 1 : 0;
    for (int64_t j = best + 1; j < k; j++)
        if (j != label && lp_at(z, j) > lp_at(z, best)) best = j;
    return best;
}

static lp_value multi_fast(void *context, int out, int64_t j, bool precise) {
    const multi *s = context;
    (void)precise;
    if (out == LP_EVAL_LOSS) {
        if (s->infinite) return lp_special(INFINITY);
        return lp_good_to(lp_exact_sum_get(&s->sum), LP_OWN_BITS);
    }
    if (j == s->label) return lp_value_from(-(double)s->active);
    return lp_value_from(counts(s, j) ? 1 : 0);
}
static void multi_exact(lp_big *r, void *context, int out, int64_t j) {
    const multi *s = context;
    if (out == LP_EVAL_LOSS)
        lp_big_set_sum(r, r->n, &s->sum);
    else
        lp_big_set(r, r->n, j == s->label ? -(double)s->active : counts(s, j));
}
/* NaN anywhere, or both infinite alike. */
static bool multi_nan(const multi *s) {
    bool nan = false;
    for (int64_t j = 0; j < s->k; j++) {
        double x = lp_at(s->z, j);
        bool takes_part = j != s->label && (s->only < 0 || j == s->only);
        nan |= isnan(x) || (takes_part && isinf(x) && x == s->own);
    }
    return nan;
}
static void multi_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {.fast = multi_fast, .exact = multi_exact};
    bool largest = c->set & LP_PARAM_BIT(LP_PARAM_FORM) && c->param[LP_PARAM_FORM] != 0;
    multi s = {.z = lp_view_row(c, LP_IN_LOGITS, i), .k = c->k, .label = c->label[i]};
    (void)context;
    s.only = largest && s.k > 1 ? rival(s.z, s.k, s.label) : -1;
    s.own = lp_at(s.z, s.label);
    if (multi_nan(&s)) {
        lp_job_fill(job, c->k, NAN);
        return;
    }
    for (int64_t j = 0; j < s.k; j++) {
        double x = lp_at(s.z, j);
        if (!counts(&s, j)) continue;
        s.active++;
        if (isinf(x) || isinf(s.own)) {
            s.infinite = true;
            continue;
        }
        lp_exact_sum_add(&s.sum, 1);
        lp_exact_sum_add(&s.sum, -s.own);
        lp_exact_sum_add(&s.sum, x);
    }
    lp_job_answer(job, &eval, &s, c->k);
}

void lp_run_logistic_margin(const lp_call *c) {
    lp_batch_answer(c, 1, logistic_answer, NULL);
}
void lp_run_hinge(const lp_call *c) {
    lp_batch_answer(c, 1, hinge_answer, NULL);
}
void lp_run_hinge_multi(const lp_call *c) {
    lp_batch_answer(c, c->k, multi_answer, NULL);
}
