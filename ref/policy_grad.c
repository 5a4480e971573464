/* policy_grad: -A ln p_c - b H(p), c the action, on softrow.h. With d_j = z_a - z_j >= 0 the depth
 * of a class below the maximum, D = d_c, and M = sum_k p_k d_k >= 0, its mean,
 *
 *   -ln p_j = d_j + log S       H = log S + M
 *   loss    = A D + ((A - b) log S - b M)
 *   grad_j  = A (p_j - [j = c]) + b p_j (ln p_j + H) = -A [j = c] + p_j ((A - b d_j) + b M)
 *   top group (d_j = 0, n classes, R < n): (A (1 - n [j = c]) + (b M n / S - A Q)) / n
 *
 * log S has left the gradient; what is exact (A D, A - b d_j) is formed exactly. The two brackets
 * of the loss and of the top can cancel, the precision follows.
 *
 * Rational or not (Lindemann-Weierstrass, as in softrow.h), logits not all equal, A and b not both
 * 0. Were M algebraic, sum e_k (d_k - M) = 0 would say d_k = M for all k: M is irrational. Were the
 * gradient q less A [j = c], then q S^2 = e_j (A S + b sum e_k (d_k - d_j)). The right side lacks
 * the largest exponent of S^2 where j is below the top and the least where it is not, so that q =
 * 0, and then A = b (d_j - d_k) for all k, which two distinct d_k exclude: the gradient is
 * irrational. Loss: b = 0 is cross entropy, A = b is A (D - M); otherwise no theorem is known (the
 * logarithm of a sum of exponentials beside a quotient of two: Schanuel's conjecture), and a
 * counterexample would be answered `undecided` at the cap. All participating logits equal: M = 0,
 * and (A - b) log n is 0 or irrational; in bits its multiple of ln 2 is apart, as in
 * softmax_xent.c.
 *
 * Where the terms of a bracket cancel it is taken as one sum of exponentials: policy_order.c. */
#include "ref/policy_grad.h"

#include "ref/alike.h"
#include "ref/dyadic.h"
#include "ref/softmax_xent.h"
#include "ref/softrow.h"

#include <math.h>

/* row->nature beyond those of softrow.h: the action's logit is -inf. */
enum { ACTION_MASKED = LP_SOFT_ROW + 1 };

bool lp_policy_weighed(const lp_case *c) {
    return c->in[LP_IN_ADVANTAGE] || lp_case_has(c, LP_PARAM_ADVANTAGE);
}

double lp_policy_beta(const lp_scope *s) {
    return lp_case_param(s->c, LP_PARAM_ENTROPY_WEIGHT);
}

static double advantage(const lp_scope *s, int64_t row) {
    const double *each = s->c->in[LP_IN_ADVANTAGE];
    return each ? each[row] : lp_case_param(s->c, LP_PARAM_ADVANTAGE);
}

static int64_t action(const lp_scope *s, const lp_row *row) {
    return s->c->label[row->at];
}

static lp_status domain(const lp_case *c) {
    const double *each = c->in[LP_IN_ADVANTAGE];
    for (int64_t i = 0; each && i < c->n; i++)
        if (isinf(each[i])) return LP_E_ARGUMENT;
    for (int64_t i = 0; i < c->n; i++)
        if (!lp_case_label_fits(c, i)) return LP_E_LABEL;
    return LP_OK;
}

static void open_row(lp_scope *s, lp_row *row) {
    double a = advantage(s, row->at);
    lp_softrow_open(s, row);
    if (isnan(a)) row->nature = LP_SOFT_NAN;
    if (row->nature == LP_SOFT_NAN) return;
    lp_dyadic_set(row->x[LP_POLICY_X_A], a);
    if (lp_softrow_logits(s, row)[action(s, row)] == -INFINITY) row->nature = ACTION_MASKED;
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)j;
    if (row->nature == LP_SOFT_NAN) return LP_KIND_NAN;
    int sign = mpfr_sgn(row->x[LP_POLICY_X_A]);
    if (out == LP_OUT_GRAD || row->nature == LP_SOFT_ROW || sign == 0) return LP_KIND_NUMBER;
    return sign > 0 ? LP_KIND_PINF : LP_KIND_NINF;
}

/* M: sum e_k d_k over S, each e_k within its own bounds. */
static void evaluate(lp_scope *s, lp_row *row) {
    const double *z = lp_softrow_logits(s, row);
    lp_iv *mean = &row->iv[LP_POLICY_IV_M], *term = &s->iv[0], *sum = &s->iv[1];
    lp_softrow_evaluate(s, row, true);
    lp_iv_set_prec(term, row->prec);
    lp_iv_set_prec(sum, row->prec);
    mpfr_set_zero(sum->lo, 1);
    mpfr_set_zero(sum->hi, 1);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (z[k] == -INFINITY || z[k] == z[row->top]) continue;
        lp_policy_depth(s->work[0], s, row, k);
        lp_softrow_e(term, s, row, k);
        lp_iv_scale(term, term, s->work[0]);
        lp_iv_add(sum, sum, term);
    }
    lp_iv_mul_nonneg(mean, sum, &row->iv[LP_SOFT_INV]);
}

static void enclose_loss(lp_enclosure *x, lp_scope *s, lp_row *row) {
    double b = lp_policy_beta(s);
    lp_iv *bend = &s->iv[0];
    if (row->nature == LP_SOFT_ROW) {
        lp_policy_depth(x->a, s, row, action(s, row));
        lp_dyadic_mul(x->a, x->a, row->x[LP_POLICY_X_A]);
    }
    lp_dyadic_set(s->work[0], b);
    lp_dyadic_sub(s->work[1], row->x[LP_POLICY_X_A], s->work[0]);
    bool none = mpfr_zero_p(s->work[1]);
    x->whole = row->count == 1 || (none && (row->equal || b == 0));
    if (x->whole) return;
    if (s->bits)
        lp_xent_scale_log(x, s, row, s->work[1]);
    else
        lp_iv_scale(&x->r, &row->iv[LP_SOFT_LOG], s->work[1]);
    if (x->whole) return; /* in bits, equal logits, n = 2^k of them */
    lp_iv_set_prec(bend, row->prec);
    lp_iv_scale(bend, &row->iv[LP_POLICY_IV_M], s->work[0]);
    lp_iv_neg(bend);
    lp_iv_add(&x->r, &x->r, bend);
    if (lp_iv_straddles(&x->r)) lp_iv_settle(&x->r, lp_policy_loss_sign(s, row));
}

/* a = A (1 - n [j = c]), b = n; r = b M n / S - A Q. */
static void enclose_top_grad(lp_enclosure *x, lp_scope *s, lp_row *row) {
    lp_iv *share = &s->iv[0], *pull = &s->iv[1];
    lp_dyadic_set_int(x->b, row->ties);
    x->unit = row->ties == 1;
    lp_dyadic_mul(x->a, x->a, x->b);
    lp_dyadic_add(x->a, x->a, row->x[LP_POLICY_X_A]);
    x->whole = row->equal;
    if (x->whole) return;
    lp_iv_set_prec(share, row->prec);
    lp_iv_set_prec(pull, row->prec);
    mpfr_set_d(s->work[0], lp_policy_beta(s), MPFR_RNDZ);
    lp_iv_scale(share, &row->iv[LP_SOFT_INV], x->b);
    lp_iv_scale(pull, &row->iv[LP_POLICY_IV_M], s->work[0]);
    lp_iv_mul_nonneg(&x->r, pull, share);
    lp_iv_scale(pull, &row->iv[LP_SOFT_Q], row->x[LP_POLICY_X_A]);
    lp_iv_neg(pull);
    lp_iv_add(&x->r, &x->r, pull);
    if (lp_iv_straddles(&x->r)) lp_policy_top_closely(&x->r, s, row);
}

/* a = -A [j = c] on entry. */
static void enclose_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    bool absent = lp_softrow_logits(s, row)[j] == -INFINITY;
    lp_iv *pull = &s->iv[0], *p = &s->iv[1];
    if (j == action(s, row)) lp_dyadic_sub(x->a, x->a, row->x[LP_POLICY_X_A]);
    x->whole = absent || (mpfr_zero_p(row->x[LP_POLICY_X_A]) && lp_policy_beta(s) == 0);
    if (x->whole) return;
    if (lp_softrow_tops(s, row, j)) {
        enclose_top_grad(x, s, row);
        return;
    }
    lp_iv_set_prec(pull, row->prec);
    lp_iv_set_prec(p, row->prec);
    lp_policy_pull(s, row, j);
    mpfr_set_d(s->work[1], lp_policy_beta(s), MPFR_RNDZ);
    lp_iv_scale(pull, &row->iv[LP_POLICY_IV_M], s->work[1]);
    lp_iv_shift(pull, pull, s->work[0]);
    lp_softrow_p(p, s, row, j);
    lp_iv_mul_nonneg(&x->r, pull, p);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out == LP_OUT_LOSS)
        enclose_loss(x, s, row);
    else
        enclose_grad(x, s, row, j);
}

/* Of several classes; b M > 0 has only others of its sign to cancel with. */
static bool weight(double *w, const lp_scope *s, int64_t at, bool equal) {
    double b = lp_policy_beta(s), lost;
    *w = lp_fixed_two_diff(&lost, advantage(s, at), b);
    return lost == 0 && (b == 0 || equal);
}

/* Centred advantages on equal rows do that: A and -A. */
static bool vanishes(lp_scope *s, int64_t at, int64_t rows) {
    return lp_alike_cancel(s, at, rows, weight, false);
}

/* sum |z_j grad_j|. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)j;
    if (out != LP_OUT_LOSS) return 0;
    const double *z = lp_softrow_logits(s, row);
    long double a = mpfr_get_ld(row->x[LP_POLICY_X_A], MPFR_RNDN), b = lp_policy_beta(s), sum = 0;
    long double mean = mpfr_get_ld(row->iv[LP_POLICY_IV_M].hi, MPFR_RNDN);
    for (int64_t i = 0; i < s->c->k; i++) {
        if (z[i] == -INFINITY) continue;
        long double d = (long double)z[row->top] - z[i];
        long double g = lp_softrow_p_approx(row, i) * (a + b * (mean - d));
        sum += fabsl(z[i] * (i == action(s, row) ? g - a : g));
    }
    return sum;
}

const lp_family lp_family_policy_grad = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = lp_bound_policy_grad,
    .vanishes = vanishes,
    .expand = lp_policy_expand,
    .sensitivity = sensitivity,
};
