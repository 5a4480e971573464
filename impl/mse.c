/* mse_sigmoid and mse_softmax.
 *   mse_sigmoid   d^2/2 and d s(1 - s), s = sigma(z), d = s - y. With w = exp(-|z|), d = +-(a - b
 *                 w)/(1 + w) as in bce.c: one term where y is 0 or 1, else a signed sum
 *   mse_softmax   sum d_j^2/2 and p_j (d_j - sum p_k d_k), d_j = p_j - t_j, a signed sum; at the
 *                 largest logit a d_a = (1 - t_a) - (1 - p_a) and the bracket is (1 - p_a) d_a -
 *                 sum_{k != a} p_k d_k. In many limbs with D_j = S d_j = e_j - t_j S, exact where
 * all logits are equal: sum D_j^2/(2 S^2) and e_j (S D_j - sum e_k D_k)/S^3 */
#include "impl/binary.h"
#include "impl/rows.h"
#include "impl/soft_row.h"

typedef struct sigmoid {
    double z, y;
} sigmoid;

static lp_value half_of(lp_value x) {
    return lp_value_mul(x, lp_value_from(0.5));
}
static lp_value sigmoid_fast(void *context, int out, int64_t j, bool precise) {
    const sigmoid *s = context;
    lp_binary b = lp_binary_at(s->z, precise);
    lp_value y = lp_value_from(s->y), one = lp_value_from(1), up = lp_value_sub(one, y);
    lp_value d = lp_value_sub(s->z >= 0 ? up : y, lp_value_mul(s->z >= 0 ? y : up, b.w));
    (void)j;
    d = lp_value_over(d, lp_value_add(one, b.w)); /* times the sign of z */
    if (out == LP_EVAL_LOSS) return half_of(lp_value_mul(d, d));
    lp_value grad = lp_value_mul(d, lp_binary_get(&b, LP_SIGMA_SLOPE));
    return s->z >= 0 ? grad : lp_value_neg(grad);
}
/* s - y, or for y > 1/2 (1 - y) - (1 - s) */
static void sigmoid_exact(lp_big *r, void *context, int out, int64_t j) {
    const sigmoid *s = context;
    bool up = s->y > 0.5;
    lp_big d, y;
    (void)j;
    d.n = r->n;
    lp_big_binary(&d, up ? -s->z : s->z, LP_SIGMA);
    lp_big_difference(&y, r->n, up ? 1 : s->y, up ? s->y : 0);
    lp_big_sub(&d, &d, &y);
    if (up) lp_big_neg(&d, &d);
    if (out == LP_EVAL_LOSS) {
        lp_big_mul(r, &d, &d);
        lp_big_scale(r, r, -1);
    } else {
        lp_big_binary(r, s->z, LP_SIGMA_SLOPE);
        lp_big_mul(r, r, &d);
    }
}
static void sigmoid_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {sigmoid_fast, sigmoid_exact, true, false};
    sigmoid s = {lp_at(lp_view_row(c, LP_IN_LOGITS, i), 0),
                 lp_at(lp_view_row(c, LP_IN_TARGETS, i), 0)};
    (void)context;
    if (isnan(s.z) || isnan(s.y))
        lp_job_fill(job, 1, NAN);
    else
        lp_job_answer(job, &eval, &s, 1);
}

/* --- mse_softmax ----------------------------------------------------------------------------- */

typedef struct squares {
    lp_soft_row soft;
    lp_view z, t;
    lp_value others[2], mean[2]; /* sum p_k d_k but for a, and with it; quick and precise */
    bool known[2];
    int n;                      /* limbs of: */
    lp_big big_others, big_all; /* sum e_k D_k but for a, and with it */
} squares;

static lp_value probability(const squares *s, const lp_row *row, int64_t j) {
    return j == s->soft.top ? lp_row_value(row, row->own) : lp_soft_row_other(row, lp_at(s->z, j));
}
static lp_value distance(const squares *s, const lp_row *row, int64_t j) {
    lp_value t = lp_value_from(lp_at(s->t, j));
    if (j != s->soft.top) return lp_value_sub(probability(s, row, j), t);
    return lp_value_sub(lp_value_sub(lp_value_from(1), t), lp_row_value(row, row->rest));
}
static void means(squares *s, const lp_row *row, bool precise) {
    if (s->known[precise]) return;
    lp_sum sum = lp_sum_open();
    for (int64_t j = 0; j < s->soft.k; j++)
        if (j != s->soft.top)
            lp_sum_add(&sum, lp_value_mul(probability(s, row, j), distance(s, row, j)));
    s->known[precise] = true;
    s->others[precise] = lp_sum_get(&sum);
    lp_value at_top = lp_value_mul(probability(s, row, s->soft.top), distance(s, row, s->soft.top));
    s->mean[precise] = lp_value_add(s->others[precise], at_top);
}
static lp_value softmax_fast(void *context, int out, int64_t j, bool precise) {
    squares *s = context;
    const lp_row *row = lp_soft_row_at(&s->soft, precise);
    if (out == LP_EVAL_LOSS) {
        lp_sum sum = lp_sum_open();
        for (int64_t k = 0; k < s->soft.k; k++) {
            lp_value d = distance(s, row, k);
            lp_sum_add(&sum, lp_value_mul(d, d));
        }
        return half_of(lp_sum_get(&sum));
    }
    means(s, row, precise);
    lp_value x = distance(s, row, j);
    if (j == s->soft.top)
        x = lp_value_sub(lp_value_mul(lp_row_value(row, row->rest), x), s->others[precise]);
    else
        x = lp_value_sub(x, s->mean[precise]);
    return lp_value_mul(probability(s, row, j), x);
}

/* D_j, at a (1 - t_a) - t_a rest */
static void big_distance(lp_big *d, const squares *s, int64_t j, const lp_big *e) {
    const lp_big_row *row = &s->soft.big;
    double t = lp_at(s->t, j);
    lp_big x;
    bool top = j == s->soft.top;
    lp_big_mul_d(&x, top ? &row->rest : &row->all, t);
    if (top)
        lp_big_difference(d, row->n, 1, t);
    else
        *d = *e;
    lp_big_sub(d, d, &x);
}
static void big_sums(squares *s, int n, lp_big *loss) {
    if (s->n == n && !loss) return;
    s->n = n;
    lp_big_set(&s->big_others, n, 0);
    if (loss) lp_big_set(loss, n, 0);
    for (int64_t j = 0; j < s->soft.k; j++) {
        lp_big e, d;
        lp_big_row_exp(&e, &s->soft.big, j, lp_at(s->z, j));
        big_distance(&d, s, j, &e);
        lp_big_mul(&e, &e, &d);
        if (j != s->soft.top) lp_big_add(&s->big_others, &s->big_others, &e);
        if (j == s->soft.top) s->big_all = e;
        if (!loss) continue;
        lp_big_mul(&d, &d, &d);
        lp_big_add(loss, loss, &d);
    }
    lp_big_add(&s->big_all, &s->big_all, &s->big_others);
}
static void softmax_exact(lp_big *r, void *context, int out, int64_t j) {
    squares *s = context;
    lp_big e, square;
    r->n = lp_soft_row_big(&s->soft, r->n);
    const lp_big *all = &s->soft.big.all;
    lp_big_mul(&square, all, all);
    if (out == LP_EVAL_LOSS) {
        big_sums(s, r->n, r);
        lp_big_scale(r, r, -1);
        lp_big_div(r, r, &square);
        return;
    }
    big_sums(s, r->n, NULL);
    bool top = j == s->soft.top;
    lp_big_row_exp(&e, &s->soft.big, j, lp_at(s->z, j));
    big_distance(r, s, j, &e);
    lp_big_mul(r, r, top ? &s->soft.big.rest : all);
    lp_big_sub(r, r, top ? &s->big_others : &s->big_all);
    lp_big_mul(r, r, &e);
    lp_big_mul(&square, &square, all);
    lp_big_div(r, r, &square);
}
static void softmax_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {softmax_fast, softmax_exact, true, false};
    squares s;
    bool nan = false;
    (void)context;
    s.z = lp_view_row(c, LP_IN_LOGITS, i);
    s.t = lp_view_row(c, LP_IN_TARGETS, i);
    s.known[0] = s.known[1] = false;
    s.n = 0;
    for (int64_t j = 0; j < c->k; j++) nan |= isnan(lp_at(s.t, j));
    if (nan || !lp_soft_row_set(&s.soft, s.z, c->k, 1))
        lp_job_fill(job, c->k, NAN);
    else
        lp_job_answer(job, &eval, &s, c->k);
}

void lp_run_mse_sigmoid(const lp_call *c) {
    lp_batch_answer(c, 1, sigmoid_answer, NULL);
}
void lp_run_mse_softmax(const lp_call *c) {
    lp_batch_answer(c, c->k, softmax_answer, NULL);
}
