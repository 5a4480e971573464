/* policy_grad: -A ln p_c - b H(p). The row is split at its largest logit a: with L = LSE - z_a, the
 * depth d_j = z_a - z_j and M = sum p_k d_k, all >= 0,
 *   loss    (A - b) L + A d_c - b M                        = ... - b m/S, m = sum e_k d_k
 *   grad_j  p_j ((A - b d_j) + b M) - A [j = c]            = e_j ((A - b d_j) S + b m)/S^2 - A [j =
 * c] signed sums, on the right as they are taken in many limbs. Of one of n largest logits, B the
 * sum of the exponentials of those below, n grad_j                                               =
 * A (1 - n [j = c]) + (n P - A B^2)/S^2 with P = sum e_k (b d_k - A) over those below, which tells
 * the side of what is rational. */
#include "impl/far.h"
#include "impl/logarithm.h"
#include "impl/rows.h"
#include "impl/soft_row.h"

typedef struct policy {
    lp_soft_row soft;
    lp_view z;
    int64_t action;
    double a, b, z_action;
    lp_value mean[2]; /* M, quick and precise where known */
    bool mean_known[2];
    int n;                /* limbs of: */
    lp_big moment, pulls; /* m; P, */
    int side;             /* its sign where it is beyond them, 0: not known */
    double by;            /* what is left to divide a gradient by */
} policy;

static bool absent(double z) {
    return z < -DBL_MAX;
}

static lp_value mean(policy *s, const lp_row *row, bool precise) {
    if (s->mean_known[precise]) return s->mean[precise];
    lp_sum sum = lp_sum_open();
    for (int64_t k = 0; k < s->soft.k; k++) {
        double z = lp_at(s->z, k);
        if (absent(z) || k == s->soft.top) continue;
        lp_sum_add(&sum, lp_value_mul(lp_soft_row_other(row, z), lp_difference(s->soft.z_top, z)));
    }
    s->mean_known[precise] = true;
    return s->mean[precise] = lp_sum_get(&sum);
}

/* x times a coefficient; one of 0 drops the term. */
static lp_value part(double coefficient, lp_value x) {
    return coefficient == 0 ? lp_value_zero() : lp_value_mul(lp_value_from(coefficient), x);
}

static lp_value fast_loss(policy *s, const lp_row *row, bool precise) {
    bool masked = absent(s->z_action);
    if (masked && s->a != 0) return lp_special(s->a > 0 ? INFINITY : -INFINITY);
    lp_value logs = lp_value_mul(lp_difference(s->a, s->b), lp_row_loss(row));
    lp_value depth =
        masked ? lp_value_zero() : part(s->a, lp_difference(s->soft.z_top, s->z_action));
    lp_value sum = lp_value_add(depth, logs);
    return s->b == 0 ? sum : lp_value_sub(sum, part(s->b, mean(s, row, precise)));
}

static lp_value fast(void *context, int out, int64_t j, bool precise) {
    policy *s = context;
    const lp_row *row = lp_soft_row_at(&s->soft, precise);
    if (out == LP_EVAL_LOSS) return fast_loss(s, row, precise);
    double z = lp_at(s->z, j);
    bool top = j == s->soft.top, label = j == s->action;
    lp_value a = lp_value_from(s->a);
    if (absent(z)) return label ? lp_value_neg(a) : lp_value_zero();
    lp_value pull = part(s->b, s->b == 0 ? lp_value_zero() : mean(s, row, precise));
    lp_value p = top ? lp_row_value(row, row->own) : lp_soft_row_other(row, z);
    if (top && label)
        return lp_value_sub(lp_value_mul(p, pull), lp_value_mul(lp_row_value(row, row->rest), a));
    lp_value own = top ? a : lp_value_sub(a, part(s->b, lp_difference(s->soft.z_top, z)));
    lp_value g = lp_value_mul(p, lp_value_add(own, pull));
    return label ? lp_value_sub(g, a) : g;
}

static void add_product(lp_big *sum, lp_big *x, const lp_big *y) {
    lp_big_mul(x, x, y);
    lp_big_add(sum, sum, x);
}
/* P beyond the reach of the limbs. */
static void pull_terms(lp_far *f, const void *context) {
    const policy *s = context;
    for (int64_t k = 0; k < s->soft.k; k++) {
        lp_big c;
        double z = lp_at(s->z, k);
        if (absent(z) || z == s->soft.z_top) continue;
        lp_big_difference(&c, LP_BIG_LIMBS, s->soft.z_top, z);
        lp_big_mul_d(&c, &c, s->b);
        lp_big_add_d(&c, &c, -s->a);
        lp_far_add(f, s->soft.z_top, z, 1, &c);
    }
}
static void moment(policy *s, int n) {
    if (s->n == n) return;
    s->n = n;
    lp_big_set(&s->moment, n, 0);
    lp_big_set(&s->pulls, n, 0);
    for (int64_t k = 0; k < s->soft.k; k++) {
        lp_big e, d, pull;
        double z = lp_at(s->z, k);
        if (absent(z) || z == s->soft.z_top) continue;
        lp_big_row_exp(&e, &s->soft.big, k, z);
        lp_big_row_gap(&d, &s->soft.big, z);
        lp_big_mul_d(&pull, &d, s->b);
        lp_big_add_d(&pull, &pull, -s->a);
        add_product(&s->moment, &d, &e);
        add_product(&s->pulls, &pull, &e);
    }
    bool far = n == LP_BIG_LIMBS && s->pulls.limb[n - 1] == 0;
    s->side = far ? lp_far_sign(pull_terms, s, true) : 0;
}

/* (A - b) L - b m/S beyond the reach of the limbs, of one largest logit: to first order the sum of
 * e_k (A - b - b d_k). */
static void first_order(lp_far *f, const void *context) {
    const policy *s = context;
    for (int64_t k = 0; k < s->soft.k; k++) {
        lp_big c, d;
        double z = lp_at(s->z, k);
        if (absent(z) || k == s->soft.top) continue;
        lp_big_difference(&c, LP_BIG_LIMBS, s->a, s->b);
        lp_big_difference(&d, LP_BIG_LIMBS, s->soft.z_top, z);
        lp_big_mul_d(&d, &d, s->b);
        lp_big_sub(&c, &c, &d);
        lp_far_add(f, s->soft.z_top, z, 1, &c);
    }
}
/* What is small is summed first: its sign moves A d_c to its side. */
static void exact_loss(lp_big *r, policy *s) {
    const lp_big_row *row = &s->soft.big;
    lp_big term;
    lp_big_set(r, row->n, 0);
    if (s->a != s->b) {
        lp_big_difference(r, row->n, s->a, s->b);
        lp_big_mul(r, r, &row->log);
    }
    if (s->b != 0) {
        lp_big_div(&term, &s->moment, &row->all);
        lp_big_mul_d(&term, &term, s->b);
        lp_big_sub(r, r, &term);
    }
    if (lp_big_sign(r) == 2 && r->n == LP_BIG_LIMBS && row->ties == 1)
        lp_far_settle(r, lp_far_sign(first_order, s, true));
    if (s->a == 0 || absent(s->z_action)) return;
    lp_big_row_gap(&term, row, s->z_action);
    lp_big_mul_d(&term, &term, s->a);
    lp_big_add(r, r, &term);
}

/* A (1 - n [j = c]) + (n P - A B^2)/S^2 */
static void tied_slope(lp_big *r, policy *s, bool label) {
    const lp_big_row *row = &s->soft.big;
    lp_big x;
    s->by = row->ties;
    lp_big_mul(&x, &row->below, &row->below);
    lp_big_mul_d(&x, &x, s->a);
    lp_big_mul_d(r, &s->pulls, row->ties);
    lp_big_sub(r, r, &x);
    if (lp_big_sign(r) == 2) lp_far_settle(r, s->side);
    lp_big_mul(&x, &row->all, &row->all);
    lp_big_div(r, r, &x);
    lp_big_set(&x, row->n, label ? 1 - row->ties : 1);
    lp_big_mul_d(&x, &x, s->a);
    lp_big_add(r, &x, r);
}
/* e_j ((A - b d_j) S + b m)/S^2 - A [j = c] */
static void other_slope(lp_big *r, policy *s, int64_t j, double z) {
    const lp_big_row *row = &s->soft.big;
    lp_big x;
    s->by = 1;
    lp_big_set(r, row->n, 0);
    if (!absent(z)) {
        lp_big_row_gap(r, row, z);
        lp_big_mul_d(r, r, -s->b);
        lp_big_add_d(r, r, s->a);
        lp_big_mul(r, r, &row->all);
        lp_big_mul_d(&x, &s->moment, s->b);
        lp_big_add(r, r, &x);
        lp_big_row_exp(&x, row, j, z);
        lp_big_mul(r, r, &x);
        lp_big_mul(&x, &row->all, &row->all);
        lp_big_div(r, r, &x);
    }
    if (j == s->action) lp_big_add_d(r, r, -s->a);
}

static void exact(lp_big *r, void *context, int out, int64_t j) {
    policy *s = context;
    double z = lp_at(s->z, j);
    r->n = lp_soft_row_big(&s->soft, r->n);
    moment(s, r->n);
    if (out == LP_EVAL_LOSS)
        exact_loss(r, s);
    else if (z == s->soft.z_top)
        tied_slope(r, s, j == s->action);
    else
        other_slope(r, s, j, z);
}
static void over(lp_big *d, void *context) {
    const policy *s = context;
    lp_big_set(d, s->soft.big.n, s->by);
}

static void answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {.fast = fast, .exact = exact, .over = over, .precise = true};
    policy s = {.z = lp_view_logits(c, i), .action = c->label[i], .a = 1};
    lp_view each = lp_view_row(c, LP_IN_ADVANTAGE, 0);
    (void)context;
    if (c->set & LP_PARAM_BIT(LP_PARAM_ADVANTAGE)) s.a = c->param[LP_PARAM_ADVANTAGE];
    if (each.data) s.a = lp_at(each, i);
    if (c->set & LP_PARAM_BIT(LP_PARAM_ENTROPY_WEIGHT)) s.b = c->param[LP_PARAM_ENTROPY_WEIGHT];
    if (isnan(s.a) || !lp_soft_row_set(&s.soft, s.z, c->k, 1)) {
        lp_job_fill(job, c->k, NAN);
        return;
    }
    s.z_action = lp_at(s.z, s.action);
    lp_job_answer(job, &eval, &s, c->k);
}
void lp_run_policy_grad(const lp_call *c) {
    lp_batch_answer(c, c->k, answer, NULL);
}
