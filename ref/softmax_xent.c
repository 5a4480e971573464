/* softmax_xent, softmax_xent_soft: sum_j W_j (LSE(u) - u_j) and p_j sum W - W_j over T, W_j = w_j
 * t'_j; kl_logits has the same row with W = t and a term more (kl_logits.c).
 *
 * The coefficients are scaled by Q, the denominator of the smoothing (K, K - 1 or 1), to be dyadic:
 * V_j = Q W_j = w_j A at the label and w_j B elsewhere, with
 *   no smoothing  Q = 1      A = 1                B = 0
 *   rule K        Q = K      A = K(1 - e) + e     B = e
 *   rule K - 1    Q = K - 1  A = (K - 1)(1 - e)   B = e      (K = 1: Q = 1, A = 1 - e)
 * or with targets V_j = w_j (A t_j + B), A = K(1 - e) under rule K; and with C = sum V_j
 *   loss    Q T = sum_j V_j (z_a - z_j) + C T log S
 *   grad_j  Q T = -V_j + C p_j       (top group, R < n: ((C - n V_j) - C R / S) / n)
 * where the first term is exact and the second has the sign of C. With w >= 0 the loss is a sum of
 * terms >= 0 and loses nothing. The gradient with smoothing is a difference that can cancel: the
 * precision follows. By softrow.h both are irrational unless all participating logits are equal
 * (gradient) or one class participates (loss), or C = 0. Negative weights are taken as they are;
 * then nothing bounds the cancellation and the cap may be met.
 *
 * In bits C T log S = C T k ln 2 + C T log(S / 2^k), k the exponent of 2 in n: rational only where
 * the second term and the first sum are 0 (softrow.h). The gradient over ln 2 is rational only
 * where it is 0 as far as it is rational in nats; of a p_j that is not, only Schanuel's conjecture
 * says that p_j and ln 2 are independent. */
#include "ref/softmax_xent.h"
#include "ref/dyadic.h"
#include "ref/softrow.h"

#include <math.h>

/* row->nature beyond those of softrow.h: a class with coefficient > 0 (< 0) at -inf. */
enum { LOSS_PINF = LP_SOFT_ROW + 1, LOSS_NINF };

/* An infinite weight is a parameter that is not finite, an infinite target no number of the sum; a
 * NaN weight matters only where it takes part. */
static lp_status domain(const lp_case *c) {
    const double *t = c->in[LP_IN_TARGETS];
    double w;
    for (int64_t j = 0; j < c->k; j++)
        if (lp_xent_weight(&w, c, j) && isinf(w)) return LP_E_ARGUMENT;
    for (int64_t i = 0; t && i < c->n * c->k; i++)
        if (t[i] < 0 || isinf(t[i])) return LP_E_ARGUMENT;
    for (int64_t i = 0; c->label && i < c->n; i++)
        if (!lp_case_ignored(c, i) && (c->label[i] < 0 || c->label[i] >= c->k)) return LP_E_LABEL;
    return LP_OK;
}

static void prepare(lp_scope *s) {
    double e = lp_case_param(s->c, LP_PARAM_SMOOTHING);
    bool rule_k = lp_case_param(s->c, LP_PARAM_SMOOTHING_RULE) == 0;
    int64_t q = !lp_xent_smoothed(s->c) ? 1 : rule_k ? s->c->k : s->c->k > 1 ? s->c->k - 1 : 1;
    lp_dyadic_set_int(s->con[LP_XENT_Q], q);
    lp_dyadic_diff(s->con[LP_XENT_A], 1, e);
    lp_dyadic_mul(s->con[LP_XENT_A], s->con[LP_XENT_A], s->con[LP_XENT_Q]);
    lp_dyadic_set(s->con[LP_XENT_B], e);
    if (rule_k && !s->c->in[LP_IN_TARGETS])
        lp_dyadic_add(s->con[LP_XENT_A], s->con[LP_XENT_A], s->con[LP_XENT_B]);
    lp_dyadic_mul_d(s->con[LP_XENT_QT], s->con[LP_XENT_Q], lp_softrow_temperature(s));
}

bool lp_xent_smoothed(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_SMOOTHING) != 0;
}

bool lp_xent_plain(const lp_case *c) {
    double w;
    return !lp_xent_spread(c) && !lp_xent_weight(&w, c, 0);
}

bool lp_xent_spread(const lp_case *c) {
    return lp_xent_smoothed(c) || c->in[LP_IN_TARGETS];
}

const double *lp_xent_targets(const lp_scope *s, const lp_row *row) {
    const double *t = s->c->in[LP_IN_TARGETS];
    return t ? t + row->at * s->c->k : NULL;
}

bool lp_xent_weight(double *w, const lp_case *c, int64_t j) {
    bool focal = c->op == LP_OP_FOCAL_SOFTMAX;
    const double *each = c->in[focal ? LP_IN_ALPHA : LP_IN_WEIGHTS];
    if (each)
        *w = each[j];
    else if (focal && lp_case_has(c, LP_PARAM_ALPHA))
        *w = c->param[LP_PARAM_ALPHA];
    else
        return false;
    return true;
}

/* t'_j > 0. */
static bool takes_part(const lp_scope *s, const lp_row *row, int64_t j) {
    const double *t = lp_xent_targets(s, row);
    if (!mpfr_zero_p(s->con[LP_XENT_B]) && (t || j != s->c->label[row->at])) return true;
    return !mpfr_zero_p(s->con[LP_XENT_A]) && (t ? t[j] > 0 : j == s->c->label[row->at]);
}

void lp_xent_coefficient(mpfr_t v, const lp_scope *s, const lp_row *row, int64_t j) {
    const double *t = lp_xent_targets(s, row);
    double w;
    if (!takes_part(s, row, j)) {
        mpfr_set_zero(v, 1); /* a weight that takes no part may be NaN */
        return;
    }
    lp_dyadic_copy(v, s->con[t || j == s->c->label[row->at] ? LP_XENT_A : LP_XENT_B]);
    if (t) lp_dyadic_mul_d(v, v, t[j]);
    if (t) lp_dyadic_add(v, v, s->con[LP_XENT_B]);
    if (lp_xent_weight(&w, s->c, j)) lp_dyadic_mul_d(v, v, w);
}

/* Rule 3 beyond the logits: a NaN target, or a NaN weight where t'_j > 0. */
static bool has_nan(const lp_scope *s, const lp_row *row) {
    const double *t = lp_xent_targets(s, row);
    int64_t label = s->c->label ? s->c->label[row->at] : 0;
    bool all = lp_xent_spread(s->c);
    double w;
    for (int64_t j = all ? 0 : label; j < (all ? s->c->k : label + 1); j++) {
        if (t && isnan(t[j])) return true;
        if (lp_xent_weight(&w, s->c, j) && isnan(w) && takes_part(s, row, j)) return true;
    }
    return false;
}

/* C, the exact part of the loss, and rule 6: -inf where the coefficient is not zero. */
static void add_class(lp_scope *s, lp_row *row, int64_t j) {
    double z = lp_softrow_logits(s, row)[j];
    mpfr_t *v = &s->work[1], *d = &s->work[2];
    lp_xent_coefficient(*v, s, row, j);
    if (mpfr_zero_p(*v)) return;
    lp_dyadic_add(row->x[LP_XENT_X_C], row->x[LP_XENT_X_C], *v);
    if (z == -INFINITY) {
        if (mpfr_sgn(*v) > 0)
            row->nature = LOSS_PINF;
        else if (row->nature == LP_SOFT_ROW)
            row->nature = LOSS_NINF;
        return;
    }
    lp_dyadic_diff(*d, lp_softrow_logits(s, row)[row->top], z);
    lp_dyadic_mul(*d, *d, *v);
    lp_dyadic_add(row->x[LP_XENT_X_SHIFT], row->x[LP_XENT_X_SHIFT], *d);
}

static void open_row(lp_scope *s, lp_row *row) {
    lp_softrow_open(s, row);
    if (row->nature == LP_SOFT_ROW && has_nan(s, row)) row->nature = LP_SOFT_NAN;
    mpfr_set_zero(row->x[LP_XENT_X_SHIFT], 1);
    mpfr_set_zero(row->x[LP_XENT_X_C], 1);
    if (row->nature == LP_SOFT_NAN) return;
    if (!lp_xent_spread(s->c)) {
        add_class(s, row, s->c->label[row->at]);
        return;
    }
    for (int64_t j = 0; j < s->c->k; j++) add_class(s, row, j);
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)j;
    if (row->nature == LP_SOFT_NAN) return LP_KIND_NAN;
    if (out == LP_OUT_GRAD || row->nature == LP_SOFT_ROW) return LP_KIND_NUMBER;
    return row->nature == LOSS_PINF ? LP_KIND_PINF : LP_KIND_NINF;
}

static void evaluate(lp_scope *s, lp_row *row) {
    lp_softrow_evaluate(s, row, true);
    if (s->c->op == LP_OP_KL_LOGITS) lp_kl_logits_evaluate(s, row);
}

static void divide_by_qt(lp_enclosure *x, const lp_scope *s) {
    lp_dyadic_copy(x->b, s->con[LP_XENT_QT]);
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
}

void lp_xent_scale_log(lp_enclosure *x, lp_scope *s, const lp_row *row, const mpfr_t factor) {
    lp_iv *log = &s->iv[0];
    int k = lp_softrow_log_odd(log, row);
    lp_dyadic_set_int(x->two, k);
    lp_dyadic_mul(x->two, x->two, factor);
    x->whole = row->equal && row->ties == (int64_t)1 << k;
    if (!x->whole) lp_iv_scale(&x->r, log, factor);
}

static void enclose_loss(lp_enclosure *x, lp_scope *s, lp_row *row) {
    divide_by_qt(x, s);
    lp_dyadic_copy(x->a, row->x[LP_XENT_X_SHIFT]);
    if (s->c->op == LP_OP_KL_LOGITS) {
        lp_kl_logits_enclose(x, s, row);
        return;
    }
    x->whole = mpfr_zero_p(row->x[LP_XENT_X_C]) || row->count == 1;
    if (x->whole) return;
    if (lp_xent_plain(s->c) && x->unit && !s->bits) {
        lp_iv_set(&x->r, &row->iv[LP_SOFT_LOG]);
        return;
    }
    lp_dyadic_mul_d(s->work[0], row->x[LP_XENT_X_C], lp_softrow_temperature(s));
    if (s->bits)
        lp_xent_scale_log(x, s, row, s->work[0]);
    else
        lp_iv_scale(&x->r, &row->iv[LP_SOFT_LOG], s->work[0]);
}

/* a = -V_j on entry. For R = 0, all participating logits equal, this is rational. */
static void enclose_top_grad(lp_enclosure *x, lp_scope *s, lp_row *row) {
    lp_dyadic_set_int(s->work[0], row->ties);
    lp_dyadic_mul(x->a, x->a, s->work[0]);
    lp_dyadic_add(x->a, x->a, row->x[LP_XENT_X_C]);
    lp_dyadic_mul(x->b, x->b, s->work[0]);
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
    x->whole = row->equal;
    if (x->whole) return;
    lp_iv_scale(&x->r, &row->iv[LP_SOFT_Q], row->x[LP_XENT_X_C]);
    lp_iv_neg(&x->r);
}

static void enclose_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    bool absent = lp_softrow_logits(s, row)[j] == -INFINITY;
    divide_by_qt(x, s);
    lp_xent_coefficient(x->a, s, row, j);
    mpfr_neg(x->a, x->a, MPFR_RNDZ);
    x->whole = absent || mpfr_zero_p(row->x[LP_XENT_X_C]); /* p_j = 0, or C = 0: -V_j / (Q T) */
    if (x->whole) return;
    if (lp_softrow_tops(s, row, j)) {
        enclose_top_grad(x, s, row);
        return;
    }
    lp_softrow_p(&x->r, s, row, j);
    if (!lp_xent_plain(s->c)) lp_iv_scale(&x->r, &x->r, row->x[LP_XENT_X_C]);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out == LP_OUT_LOSS)
        enclose_loss(x, s, row);
    else
        enclose_grad(x, s, row, j);
}

/* sum |z_j grad_j| / |loss| needs grad_j to a few digits only; 1 - n p_a comes from R. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)j;
    if (out != LP_OUT_LOSS) return 0;
    const double *z = lp_softrow_logits(s, row);
    long double c = mpfr_get_ld(row->x[LP_XENT_X_C], MPFR_RNDN), sum = 0;
    long double qt = mpfr_get_ld(s->con[LP_XENT_QT], MPFR_RNDN);
    long double q = mpfr_get_ld(row->iv[LP_SOFT_Q].hi, MPFR_RNDN);
    for (int64_t i = 0; i < s->c->k; i++) {
        if (z[i] == -INFINITY) continue;
        lp_xent_coefficient(s->work[1], s, row, i);
        long double v = mpfr_get_ld(s->work[1], MPFR_RNDN);
        long double n = (long double)row->ties;
        long double g =
            z[i] == z[row->top] ? (c - n * v - c * q) / n : c * lp_softrow_p_approx(row, i) - v;
        sum += fabsl(z[i] * (g / qt));
    }
    return sum;
}

const lp_family lp_family_softmax_xent = {
    .domain = domain,
    .prepare = prepare,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = lp_bound_softmax_xent,
    .sensitivity = sensitivity,
};
