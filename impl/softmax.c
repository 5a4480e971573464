/* softmax, log_softmax and logsumexp, and their products with a cotangent v. The row is split at
 * its largest logit a: p_j = exp(u_j - u_m) factor for j != a, log p_j = (u_j - u_a) - L with L =
 * LSE(u)
 * - u_a >= 0, two terms of one sign, and LSE(u) = u_a + L. What is common to v drops out exactly:
 * c_j = v_j - v_a.
 *   softmax       p_j (c_j - sum p_k c_k)/T              (product_exact)
 *   log_softmax   (v_j - p_j sum v)/T, at a              = (v_j S - e_j sum v)/(S T)
 *                 ((1 - p_a) v_a - p_a sum_{k != a} v_k)/T
 * signed sums, on the right as they are taken in many limbs, exact where all logits are equal. */
#include "impl/far.h"
#include "impl/log_lanes.h"
#include "impl/one_hot_row.h"
#include "impl/rows.h"
#include "impl/soft_row.h"

typedef struct product {
    lp_soft_row soft;
    lp_view z, v; /* v: cotangent, or data NULL */
    double v_top;
    double special;   /* IEEE sum of what is not finite in v; 0: v is finite */
    lp_value mean[2]; /* sum p_k c_k, quick and precise where known */
    bool mean_known[2];
    int n;               /* limbs of: */
    lp_big tied, moment; /* sum c_k over the largest logits, sum e_k c_k over the others */
    bool far_known;      /* these are, sum e_k and sum e_k c_k below the largest: */
    lp_far far_below, far_moment;
    lp_exact_sum others, all;
    lp_value quick_others, quick_all; /* of v but v_a, of v */
} product;

static bool absent(double z) {
    return z < -DBL_MAX;
}
static lp_value probability(const product *s, const lp_row *row, int64_t j) {
    if (j == s->soft.top) return lp_row_value(row, row->own);
    return lp_soft_row_other(row, lp_at(s->z, j));
}

/* Of classes that are absent too where `all`. A NaN anywhere in v makes the product NaN (rule 3).
 */
static double special_sum(const product *s, bool all) {
    double sum = 0;
    for (int64_t j = 0; j < s->soft.k; j++) {
        double v = lp_at(s->v, j);
        if (isnan(v) || (isinf(v) && (all || !absent(lp_at(s->z, j))))) sum += v;
    }
    return sum;
}
/* A present class beside an infinite sum: inf - inf or the sum's opposite. */
static double special_component(double v, double sum) {
    return isinf(v) ? NAN : -sum;
}

/* --- softmax --------------------------------------------------------------------------------- */

static lp_value mean(product *s, const lp_row *row, bool precise) {
    if (s->mean_known[precise]) return s->mean[precise];
    lp_sum sum = lp_sum_open();
    for (int64_t k = 0; k < s->soft.k; k++)
        if (!absent(lp_at(s->z, k)))
            lp_sum_add(&sum, lp_value_mul(probability(s, row, k),
                                          lp_difference(lp_at(s->v, k), s->v_top)));
    s->mean_known[precise] = true;
    return s->mean[precise] = lp_sum_get(&sum);
}
static lp_value softmax_fast(void *context, int out, int64_t j, bool precise) {
    product *s = context;
    const lp_row *row = lp_soft_row_at(&s->soft, precise);
    if (out == LP_EVAL_LOSS) return probability(s, row, j);
    bool masked = absent(lp_at(s->z, j));
    if (isnan(s->special)) return lp_special(NAN);
    if (masked) return lp_value_zero();
    if (s->special != 0) return lp_special(special_component(lp_at(s->v, j), s->special));
    lp_value off = lp_value_sub(lp_difference(lp_at(s->v, j), s->v_top), mean(s, row, precise));
    return lp_over_temperature(lp_value_mul(probability(s, row, j), off), s->soft.temperature);
}
static void moment(product *s, int n) {
    if (s->n == n) return;
    s->n = n;
    lp_big_set(&s->moment, n, 0);
    s->tied = s->moment;
    for (int64_t k = 0; k < s->soft.k; k++) {
        lp_big e, c;
        if (absent(lp_at(s->z, k)) || k == s->soft.top) continue; /* c_a = 0 */
        lp_big_difference(&c, n, lp_at(s->v, k), s->v_top);
        if (lp_at(s->z, k) == s->soft.z_top) {
            lp_big_add(&s->tied, &s->tied, &c);
            continue;
        }
        lp_big_row_exp(&e, &s->soft.big, k, lp_at(s->z, k));
        lp_big_mul(&c, &c, &e);
        lp_big_add(&s->moment, &s->moment, &c);
    }
}
/* e_k, and e_k c_k, below the largest */
static void each_below(lp_far *f, const void *context, bool weighted) {
    const product *s = context;
    lp_big c;
    lp_big_set(&c, LP_BIG_LIMBS, 1);
    for (int64_t k = 0; k < s->soft.k; k++) {
        double z = lp_at(s->z, k);
        if (absent(z) || z == s->soft.z_top) continue;
        if (weighted) lp_big_difference(&c, LP_BIG_LIMBS, lp_at(s->v, k), s->v_top);
        lp_far_add(f, s->soft.z_top, z, s->soft.temperature, &c);
    }
}
static void exponentials(lp_far *f, const void *context) {
    each_below(f, context, false);
}
static void moments(lp_far *f, const void *context) {
    each_below(f, context, true);
}
typedef struct tied_terms {
    const product *s;
    lp_big of_below, of_moment;
} tied_terms;
static void first_order(lp_far *f, const void *context) {
    const tied_terms *t = context;
    lp_far_add_sum(f, &t->s->far_below, &t->of_below);
    lp_far_add_sum(f, &t->s->far_moment, &t->of_moment);
}
/* n^2 D - A B (2 n + B) of exponentials out of reach has the sign of B (n^2 c_j - 2 n A) - n^2 sum
 * of e_k c_k. While the row is as it was: gradients may be written over it (answer.c). */
static void settle_tied(lp_big *d, product *s, const lp_big *a, const lp_big *c) {
    double n = s->soft.big.ties;
    tied_terms t = {.s = s};
    lp_big x;
    if (!s->far_known) {
        lp_far_sum(&s->far_below, exponentials, s);
        lp_far_sum(&s->far_moment, moments, s);
        s->far_known = true;
    }
    lp_big_mul_d(&t.of_below, c, n * n);
    lp_big_mul_d(&x, a, 2 * n);
    lp_big_sub(&t.of_below, &t.of_below, &x);
    lp_big_set(&t.of_moment, LP_BIG_LIMBS, -n * n);
    lp_far_settle(d, lp_far_sign(first_order, &t, true));
}
/* With n largest logits, B the sum of exponentials below them, A = n c_j - sum of c over them and D
 * = B c_j - sum of e_k c_k below: e_j (A + D)/(S^2 T), S = n + B; where e_j = 1 that is A/(n^2 T) +
 * (n^2 D - A B (2 n + B))/(n^2 S^2 T), so that an A/n^2 on a midpoint has its side. */
static void product_exact(lp_big *r, product *s, int64_t j, const lp_big *e) {
    const lp_big_row *row = &s->soft.big;
    double n = row->ties;
    lp_big a, c, d, x;
    lp_big_difference(&c, row->n, lp_at(s->v, j), s->v_top);
    lp_big_mul_d(&a, &c, n);
    lp_big_sub(&a, &a, &s->tied);
    lp_big_mul(&d, &c, &row->below);
    lp_big_sub(&d, &d, &s->moment);
    if (lp_at(s->z, j) == s->soft.z_top) {
        lp_big_mul_d(&d, &d, n * n);
        lp_big_set(&x, row->n, 2 * n);
        lp_big_add(&x, &x, &row->below);
        lp_big_mul(&x, &x, &row->below);
        lp_big_mul(&x, &x, &a);
        lp_big_sub(&d, &d, &x);
        if (row->n == LP_BIG_LIMBS && lp_big_sign(&d) == 2) settle_tied(&d, s, &a, &c);
        lp_big_div_d(&d, &d, n * n);
        lp_big_div_d(&a, &a, n * n);
    } else {
        lp_big_add(&d, &d, &a);
        lp_big_mul(&d, &d, e);
        lp_big_set(&a, row->n, 0);
    }
    lp_big_div(&d, &d, &row->all);
    lp_big_div(&d, &d, &row->all);
    lp_big_add(r, &a, &d);
    lp_big_div_d(r, r, s->soft.temperature);
}
static void softmax_exact(lp_big *r, void *context, int out, int64_t j) {
    product *s = context;
    const lp_big_row *row = &s->soft.big;
    lp_big e;
    r->n = lp_soft_row_big(&s->soft, r->n);
    lp_big_row_exp(&e, row, j, lp_at(s->z, j));
    if (out == LP_EVAL_LOSS) {
        lp_big_div(r, &e, &row->all);
        return;
    }
    moment(s, r->n);
    product_exact(r, s, j, &e);
}
static void softmax_value(const lp_sink *value, product *s, const lp_row_eval *eval,
                          bool in_place) {
    const lp_wide one = {{1, 0}, 0};
    int64_t k = s->soft.k, top = s->soft.top;
    lp_one_hot_row others; /* its gradient is p_j weight/T */
    double own = lp_job_component(value, eval, s, LP_EVAL_LOSS, top, k);
    (void)in_place;
    lp_one_hot_open(&others, s->z, k, top, s->soft.temperature, s->soft.temperature);
    lp_row_emit(value, &s->soft.row[0], s->z, k, top, lp_exact(one), &others);
    lp_sink_store(value, top, own);
}

/* --- log_softmax ----------------------------------------------------------------------------- */

/* Sums of v, of all classes and of all but a. Both are exact before they are rounded: v_j - p_j sum
 * v is a large part of v_j where the sum cancels, however small v_j is beside what cancels. */
static void sum_v(product *s) {
    for (int64_t j = 0; j < s->soft.k; j++)
        if (j != s->soft.top) lp_exact_sum_add(&s->others, lp_at(s->v, j));
    s->all = s->others;
    lp_exact_sum_add(&s->all, s->v_top);
    s->quick_others = lp_good_to(lp_exact_sum_get(&s->others), LP_OWN_BITS);
    s->quick_all = lp_good_to(lp_exact_sum_get(&s->all), LP_OWN_BITS);
}
static lp_value log_fast(void *context, int out, int64_t j, bool precise) {
    product *s = context;
    const lp_row *row = lp_soft_row_at(&s->soft, precise);
    double z = lp_at(s->z, j), t = s->soft.temperature;
    if (out == LP_EVAL_LOSS) {
        if (absent(z)) return lp_special(-INFINITY);
        lp_value gap = lp_over_temperature(lp_difference(z, s->soft.z_top), t);
        return lp_value_sub(gap, lp_row_loss(row));
    }
    double v = lp_at(s->v, j);
    if (isnan(s->special)) return lp_special(NAN);
    if (s->special != 0 && !absent(z)) return lp_special(special_component(v, s->special));
    if (isinf(v)) return lp_special(v);
    lp_value own = lp_value_from(v), p = probability(s, row, j), sum = s->quick_all;
    if (j == s->soft.top) {
        own = lp_value_mul(lp_row_value(row, row->rest), own);
        sum = s->quick_others;
    }
    return lp_over_temperature(lp_value_sub(own, lp_value_mul(p, sum)), t);
}
static void log_exact(lp_big *r, void *context, int out, int64_t j) {
    product *s = context;
    const lp_big_row *row = &s->soft.big;
    lp_big e;
    r->n = lp_soft_row_big(&s->soft, r->n);
    if (out == LP_EVAL_LOSS) {
        lp_big_difference(r, r->n, lp_at(s->z, j), s->soft.z_top);
        lp_big_div_d(r, r, s->soft.temperature);
        lp_big_sub(r, r, &row->log);
        return;
    }
    lp_big v, sum, others;
    lp_big_set(&v, r->n, lp_at(s->v, j));
    lp_big_set_sum(&sum, r->n, &s->all);
    lp_big_set_sum(&others, r->n, &s->others);
    lp_big_row_exp(&e, row, j, lp_at(s->z, j));
    double by = lp_big_row_difference(r, row, &e, &sum, &v, &others);
    lp_big_set(&e, r->n, -by);
    lp_big_mul_d(&e, &e, s->soft.temperature);
    lp_big_div(r, r, &e);
}
/* By lanes; rows that are overwritten are read once before, as far as they must be. */
static void log_value(const lp_sink *value, product *s, const lp_row_eval *eval, bool in_place) {
    const double *z = s->z.data;
    double *y = value->data;
    int64_t k = s->soft.k;
    lp_log_row row = lp_log_row_set(s->soft.z_top, s->soft.temperature, s->soft.row[0].loss);
    for (int dry = in_place; dry >= 0; dry--)
        for (int64_t j = 0; j < k; j += LP_LOG_LANES) {
            double in[LP_LOG_LANES], out[LP_LOG_LANES];
            bool sure[LP_LOG_LANES];
            int64_t count = k - j < LP_LOG_LANES ? k - j : LP_LOG_LANES;
            for (int64_t q = 0; q < LP_LOG_LANES; q++) in[q] = q < count ? z[j + q] : row.m - 1;
            if (!lp_log_lanes(out, sure, in, &row))
                for (int64_t q = 0; q < count; q++)
                    if (!sure[q]) out[q] = lp_job_component(value, eval, s, LP_EVAL_LOSS, j + q, k);
            if (!dry) memcpy(y + j, out, (size_t)count * sizeof *y);
        }
}

/* --- rows ------------------------------------------------------------------------------------ */

typedef struct soft_op {
    lp_row_eval eval;
    bool all; /* a class that is absent counts in an infinite v */
    void (*value)(const lp_sink *value, product *s, const lp_row_eval *eval,
                  bool in_place); /* by loops, binary64; */
    bool single;                  /* ... and binary32 */
} soft_op;

static void run(const soft_op *op, const lp_call *c) {
    double t = c->set & LP_PARAM_BIT(LP_PARAM_TEMPERATURE) ? c->param[LP_PARAM_TEMPERATURE] : 1;
    bool in_place = c->in[LP_IN_LOGITS].data == c->out[LP_OUT_VALUE].data ||
                    c->in[LP_IN_LOGITS].data == c->out[LP_OUT_GRAD].data;
    for (int64_t i = 0; i < c->n; i++) {
        lp_job job = {.in_place = in_place};
        lp_sink *y = &job.out[LP_EVAL_LOSS], *g = &job.out[LP_EVAL_GRAD];
        product s = {.z = lp_view_logits(c, i), .v = lp_view_row(c, LP_IN_V, i)};
        *y = lp_sink_row(c, LP_OUT_VALUE, i);
        *g = lp_sink_row(c, LP_OUT_GRAD, i);
        if (!s.v.data) g->data = NULL;
        if (!lp_soft_row_set(&s.soft, s.z, c->k, t)) {
            lp_sink_fill(y, c->k, NAN);
            lp_sink_fill(g, c->k, NAN);
        } else if (g->data) {
            s.v_top = lp_at(s.v, s.soft.top);
            s.special = special_sum(&s, op->all);
            if (s.special == 0 && op->all) sum_v(&s);
            lp_job_answer(&job, &op->eval, &s, c->k);
        } else if (y->data && (op->single || lp_view_plain(s.z))) {
            op->value(y, &s, &op->eval, in_place);
        } else {
            lp_job_answer(&job, &op->eval, &s, c->k);
        }
    }
}

void lp_run_softmax(const lp_call *c) {
    const soft_op op = {
        {.fast = softmax_fast, .exact = softmax_exact, .precise = true, .vector = true},
        false,
        softmax_value,
        true};
    run(&op, c);
}
void lp_run_log_softmax(const lp_call *c) {
    const soft_op op = {{.fast = log_fast, .exact = log_exact, .precise = true, .vector = true},
                        true,
                        log_value,
                        false};
    run(&op, c);
}

/* --- logsumexp ------------------------------------------------------------------------------- */

/* u_a + L, and p at the largest logit; p elsewhere comes by loops. */
static lp_value lse_fast(void *context, int out, int64_t j, bool precise) {
    lp_soft_row *s = context;
    const lp_row *row = lp_soft_row_at(s, precise);
    (void)j;
    if (out == LP_EVAL_GRAD) return lp_row_value(row, row->own);
    return lp_value_add(lp_value_from(s->z_top), lp_row_loss(row));
}
static void lse_exact(lp_big *r, void *context, int out, int64_t j) {
    lp_soft_row *s = context;
    r->n = lp_soft_row_big(s, r->n);
    lp_big_set(r, r->n, out == LP_EVAL_GRAD ? 1 : s->z_top);
    (void)j;
    if (out == LP_EVAL_GRAD)
        lp_big_div(r, r, &s->big.all);
    else
        lp_big_add(r, r, &s->big.log);
}
static const lp_row_eval lse = {.fast = lse_fast, .exact = lse_exact, .precise = true};

/* p v; a class that is absent has no part in an infinite v (as in softmax), but in a NaN. */
static void slope(lp_sink *g, lp_soft_row *s, double v) {
    if (isinf(v)) {
        for (int64_t j = 0; j < s->k; j++)
            lp_sink_put(g, j, absent(lp_at(s->z, j)) ? lp_value_zero() : lp_special(v));
        return;
    }
    const lp_wide one = {{1, 0}, 0};
    lp_sink_multiply(g, v);
    double own = lp_job_component(g, &lse, s, LP_EVAL_GRAD, s->top, s->k);
    lp_one_hot_row others;
    lp_one_hot_open(&others, s->z, s->k, s->top, 1, 1);
    lp_row_emit(g, &s->row[0], s->z, s->k, s->top, lp_exact(one), &others);
    lp_sink_store(g, s->top, own);
}

/* +inf for a +inf, -inf for nothing but -inf; the gradient is NaN then. */
void lp_run_logsumexp(const lp_call *c) {
    for (int64_t i = 0; i < c->n; i++) {
        lp_view z = lp_view_row(c, LP_IN_LOGITS, i), v = lp_view_row(c, LP_IN_V, 0);
        lp_sink y = lp_sink_row(c, LP_OUT_VALUE, 0), g = lp_sink_row(c, LP_OUT_GRAD, i);
        lp_soft_row s;
        bool number = lp_soft_row_set(&s, z, c->k, 1), nan = false;
        double x = s.z_top;
        if (!number) {
            for (int64_t j = 0; j < c->k; j++) nan |= isnan(lp_at(z, j));
            if (nan) x = NAN;
            lp_sink_fill(&g, c->k, NAN);
        } else {
            if (y.data) x = lp_job_component(&y, &lse, &s, LP_EVAL_LOSS, 0, c->k);
            if (g.data) slope(&g, &s, v.data ? lp_at(v, i) : 1);
        }
        if (y.data) lp_sink_store(&y, i, x);
    }
}
