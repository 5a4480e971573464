/* mse_sigmoid and mse_softmax.
 *   mse_sigmoid   d^2/2 and d s(1 - s), s = sigma(z), d = s - y. With w = exp(-|z|), d = +-(a - b
 *                 w)/(1 + w) as in bce.c: one term where y is 0 or 1, else a signed sum
 *   mse_softmax   sum d_j^2/2 and p_j (d_j - sum p_k d_k), d_j = p_j - t_j, a signed sum; at the
 *                 largest logit a d_a = (1 - t_a) - (1 - p_a) and the bracket is (1 - p_a) d_a -
 *                 sum_{k != a} p_k d_k. In many limbs the loss is sum D_j^2/(2 S^2), D_j = e_j -
 * t_j S, and the gradient what is exact, by the n classes of the largest logit, plus what the
 * others add: a sum that cancels has its sign however far they are */
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
    static const lp_row_eval eval = {.fast = sigmoid_fast, .exact = sigmoid_exact, .precise = true};
    sigmoid s = {lp_at(lp_view_row(c, LP_IN_LOGITS, i), 0),
                 lp_at(lp_view_row(c, LP_IN_TARGETS, i), 0)};
    (void)context;
    if (isnan(s.z) || isnan(s.y))
        lp_job_fill(job, 1, NAN);
    else
        lp_job_answer(job, &eval, &s, 1);
}

typedef struct squares {
    lp_soft_row soft;
    lp_view z, t;
    bool ready[2];                       /* quick, precise: */
    lp_value sum[2], others[2], mean[2]; /* sum d^2, sum p d but at the top, and with it */
    int64_t ties;                        /* n classes of the top's logit, */
    lp_exact_sum tied;                   /* their targets' sum less 1 */
    double z_next;                       /* the largest of the other logits, -inf: none; */
    lp_big next, reach;                  /* its e, R over it */
    lp_big lead, second, slope; /* C over it, Q over its square, N S over it; n = 0: not yet */
    double by;                  /* what is left to divide a gradient by */
} squares;

static lp_value probability(const squares *s, const lp_row *row, int64_t j) {
    return j == s->soft.top ? lp_row_value(row, row->own) : lp_soft_row_other(row, lp_at(s->z, j));
}
static lp_value distance(const squares *s, const lp_row *row, int64_t j, lp_value p) {
    double t = lp_at(s->t, j);
    if (j != s->soft.top) return lp_value_sub(p, lp_value_from(t));
    return lp_value_sub(lp_difference(1, t), lp_row_value(row, row->rest));
}

static void gather(squares *s, bool precise) {
    const lp_row *row = lp_soft_row_at(&s->soft, precise);
    lp_sum sum = lp_sum_open(), others = lp_sum_open();
    if (s->ready[precise]) return;
    s->ready[precise] = true;
    for (int64_t j = 0; j < s->soft.k; j++) {
        lp_value p = probability(s, row, j), d = distance(s, row, j, p);
        lp_sum_add(&sum, lp_value_mul(d, d));
        if (j != s->soft.top) lp_sum_add(&others, lp_value_mul(p, d));
    }
    lp_value p = probability(s, row, s->soft.top), d = distance(s, row, s->soft.top, p);
    s->sum[precise] = lp_sum_get(&sum);
    s->others[precise] = lp_sum_get(&others);
    s->mean[precise] = lp_value_add(s->others[precise], lp_value_mul(p, d));
}

static lp_value softmax_fast(void *context, int out, int64_t j, bool precise) {
    squares *s = context;
    const lp_row *row = lp_soft_row_at(&s->soft, precise);
    gather(s, precise);
    if (out == LP_EVAL_LOSS) return half_of(s->sum[precise]);
    lp_value p = probability(s, row, j), d = distance(s, row, j, p), x;
    if (j == s->soft.top)
        x = lp_value_sub(lp_value_mul(lp_row_value(row, row->rest), d), s->others[precise]);
    else
        x = lp_value_sub(d, s->mean[precise]);
    return lp_value_mul(p, x);
}

/* e_j and D_j = e_j - t_j S, at the top (1 - t) - t (S - 1). */
static void exact_distance(lp_big *e, lp_big *d, const squares *s, int64_t j) {
    const lp_big_row *row = &s->soft.big;
    double t = lp_at(s->t, j);
    bool top = j == s->soft.top;
    lp_big_row_exp(e, row, j, lp_at(s->z, j));
    lp_big_mul_d(d, top ? &row->rest : &row->all, t);
    if (top) {
        lp_big rest;
        lp_big_difference(&rest, row->n, 1, t);
        lp_big_sub(d, &rest, d);
    } else {
        lp_big_sub(d, e, d);
    }
}
static bool is_tied(const squares *s, int64_t j) {
    return j == s->soft.top || lp_at(s->z, j) == s->soft.z_top;
}
/* c_j = T - 1 - n t_j, T the sum of the targets of the n tied classes. */
static void set_lead(lp_big *c, const squares *s, int64_t j) {
    lp_big x;
    lp_big_set_sum(c, s->soft.big.n, &s->tied);
    lp_big_set(&x, s->soft.big.n, lp_at(s->t, j));
    lp_big_mul_d(&x, &x, (double)s->ties);
    lp_big_sub(c, c, &x);
}
/* e_j over the largest of the others. */
static void set_ratio(lp_big *e, const squares *s, double z) {
    lp_big_difference(e, s->soft.big.n, z, s->z_next);
    lp_big_exp(e, e);
}
/* n e_j + R, over `next`. */
static void set_far(lp_big *x, const squares *s, double z) {
    set_ratio(x, s, z);
    lp_big_mul_d(x, x, (double)s->ties);
    lp_big_add(x, x, &s->reach);
}
static void add_product(lp_big *sum, const lp_big *x, const lp_big *y) {
    lp_big product;
    lp_big_mul(&product, x, y);
    lp_big_add(sum, sum, &product);
}
/* R = sum e_k and N S = C + Q = sum e_k c_k + sum e_k (n e_k + R) / S over the others, from logits
 * that the gradient may overwrite later on. R, C and N S are kept over the largest e_k, so that
 * they have digits where every e_k is too small for any, and what is exact in a bracket then has
 * its sign. */
static void set_sums(squares *s) {
    const lp_big_row *row = &s->soft.big;
    lp_big e, x;
    if (s->slope.n == row->n) return;
    lp_big_set(&s->reach, row->n, 0);
    lp_big_set(&s->lead, row->n, 0);
    lp_big_set(&s->second, row->n, 0);
    lp_big_set(&s->next, row->n, 0);
    for (int64_t k = 0; k < s->soft.k; k++) {
        if (is_tied(s, k) || lp_at(s->z, k) < -DBL_MAX) continue;
        set_ratio(&e, s, lp_at(s->z, k));
        lp_big_add(&s->reach, &s->reach, &e);
        if (lp_at(s->z, k) == s->z_next) lp_big_row_exp(&s->next, row, k, s->z_next);
    }
    for (int64_t k = 0; k < s->soft.k; k++) {
        if (is_tied(s, k) || lp_at(s->z, k) < -DBL_MAX) continue;
        set_ratio(&e, s, lp_at(s->z, k));
        set_lead(&x, s, k);
        add_product(&s->lead, &x, &e);
        set_far(&x, s, lp_at(s->z, k));
        add_product(&s->second, &x, &e);
    }
    lp_big_div(&s->second, &s->second, &row->all);
    s->slope = s->lead;
    add_product(&s->slope, &s->second, &s->next);
}
/* Tied, A = c_j + 1: (A - N)/(n S) = A/n^2 - (n N + A R)/(n^2 S), R = S - n, so that an A/n^2 on a
 * midpoint, or on one once the upstream has multiplied it, has its side. There n N = N S - N R:
 * where C + A R cancels, the second order Q - N R tells it. */
static void tied_slope(lp_big *r, squares *s, int64_t j) {
    const lp_big_row *row = &s->soft.big;
    const double n = (double)s->ties;
    lp_big x, y;
    set_sums(s);
    set_lead(r, s, j);
    lp_big_set(&x, row->n, 1);
    lp_big_add(r, r, &x);
    lp_big_mul(&x, r, &s->reach);
    lp_big_add(&x, &x, &s->lead);
    s->by = n * n;
    if (s->z_next < -DBL_MAX) return;
    lp_big_mul(&y, &s->slope, &s->reach);
    lp_big_div(&y, &y, &row->all);
    lp_big_sub(&y, &s->second, &y);
    add_product(&x, &y, &s->next);
    lp_big_mul(&x, &x, &s->next);
    lp_big_div(&x, &x, &row->all);
    lp_big_sub(r, r, &x);
}
/* e_j [c_j + (n e_j + R - N S) / S] / (n S) */
static void other_slope(lp_big *r, squares *s, int64_t j) {
    const lp_big_row *row = &s->soft.big;
    const double z = lp_at(s->z, j);
    lp_big e, x;
    set_sums(s);
    set_lead(r, s, j);
    s->by = (double)s->ties;
    if (s->z_next >= -DBL_MAX && z >= -DBL_MAX) {
        set_far(&x, s, z);
        lp_big_sub(&x, &x, &s->slope);
        lp_big_mul(&x, &x, &s->next);
        lp_big_div(&x, &x, &row->all);
        lp_big_add(r, r, &x);
    }
    lp_big_row_exp(&e, row, j, z);
    lp_big_mul(r, r, &e);
    lp_big_div(r, r, &row->all);
}
/* sum D_j^2 / (2 S^2) */
static void exact_loss(lp_big *r, const squares *s) {
    const lp_big_row *row = &s->soft.big;
    lp_big e, d;
    lp_big_set(r, row->n, 0);
    for (int64_t k = 0; k < s->soft.k; k++) {
        exact_distance(&e, &d, s, k);
        lp_big_mul(&d, &d, &d);
        lp_big_add(r, r, &d);
    }
    lp_big_div(r, r, &row->all);
    lp_big_div(r, r, &row->all);
    lp_big_scale(r, r, -1);
}
static void softmax_exact(lp_big *r, void *context, int out, int64_t j) {
    squares *s = context;
    r->n = lp_soft_row_big(&s->soft, r->n);
    if (out == LP_EVAL_LOSS)
        exact_loss(r, s);
    else if (is_tied(s, j))
        tied_slope(r, s, j);
    else
        other_slope(r, s, j);
}

static void softmax_over(lp_big *d, void *context) {
    const squares *s = context;
    lp_big_set(d, s->soft.big.n, s->by);
}
static void softmax_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {
        .fast = softmax_fast, .exact = softmax_exact, .over = softmax_over, .precise = true};
    squares s = {.z = lp_view_logits(c, i), .t = lp_view_row(c, LP_IN_TARGETS, i)};
    bool nan = false;
    (void)context;
    for (int64_t j = 0; j < c->k; j++) nan |= isnan(lp_at(s.t, j));
    if (nan || !lp_soft_row_set(&s.soft, s.z, c->k, 1)) {
        lp_job_fill(job, c->k, NAN);
        return;
    }
    lp_exact_sum_add(&s.tied, -1);
    s.z_next = -INFINITY;
    for (int64_t j = 0; j < c->k; j++) {
        if (!is_tied(&s, j)) {
            if (lp_at(s.z, j) > s.z_next) s.z_next = lp_at(s.z, j);
            continue;
        }
        s.ties++;
        lp_exact_sum_add(&s.tied, lp_at(s.t, j));
    }
    lp_job_answer(job, &eval, &s, c->k);
}

void lp_run_mse_sigmoid(const lp_call *c) {
    lp_batch_answer(c, 1, sigmoid_answer, NULL);
}
void lp_run_mse_softmax(const lp_call *c) {
    lp_batch_answer(c, c->k, softmax_answer, NULL);
}
