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
 * (gradient) or one class participates (loss), or C = 0. Negative weights are taken as they are: a
 * sum over rows of both signs is 0 where rows alike cancel (alike.h), and what other rows leave of
 * each other is told by their orders (orders.h) or by the precision, within the cap.
 *
 * Behind a cap s (softcap.h) T (u_a - u_j) = s (tanh(z_a / s) - tanh(z_j / s)): s times the
 * difference of the levels, exact, and a rest, and the gradient has the cap's slope for a factor, 0
 * at +-inf and 1 at 0. With a z_loss see z_loss.c.
 *
 * In bits C T log S = C T k ln 2 + C T log(S / 2^k), k the exponent of 2 in n: rational only where
 * the second term and the first sum are 0 (softrow.h). The gradient over ln 2 is rational only
 * where it is 0 as far as it is rational in nats; of a p_j that is not, only Schanuel's conjecture
 * says that p_j and ln 2 are independent. */
#include "ref/softmax_xent.h"

#include "ref/alike.h"
#include "ref/dyadic.h"
#include "ref/hvp.h"
#include "ref/softcap.h"
#include "ref/softmax.h"
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
    for (int64_t i = 0; i < c->n; i++)
        if (!lp_case_label_fits(c, i)) return LP_E_LABEL;
    return lp_hvp_domain(c);
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

/* Of tanh(a / s) - tanh(b / s), a > b: 0, 1 or 2. Classes of one level are told apart by their gap.
 */
static int level_gap(double a, double b, double s) {
    return lp_softcap_level(a, s) - lp_softcap_level(b, s);
}

/* C, the exact part of the loss, and rule 6: -inf where the coefficient is not zero. */
static void add_class(lp_scope *s, lp_row *row, int64_t j) {
    double z = lp_softrow_logits(s, row)[j];
    mpfr_t *v = &s->work[1], *d = &s->work[2];
    lp_xent_coefficient(*v, s, row, j);
    if (mpfr_zero_p(*v)) return;
    lp_dyadic_add(row->x[LP_XENT_X_C], row->x[LP_XENT_X_C], *v);
    if (lp_softrow_absent(s, row, j)) {
        if (mpfr_sgn(*v) > 0)
            row->nature = LOSS_PINF;
        else if (row->nature == LP_SOFT_ROW)
            row->nature = LOSS_NINF;
        return;
    }
    double cap = lp_softrow_cap(s), top = lp_softrow_logits(s, row)[row->top];
    if (cap != 0)
        lp_dyadic_set(*d, cap * (top == z ? 0 : level_gap(top, z, cap)));
    else
        lp_dyadic_diff(*d, top, z);
    lp_dyadic_mul(*d, *d, *v);
    lp_dyadic_add(row->x[LP_XENT_X_SHIFT], row->x[LP_XENT_X_SHIFT], *d);
}

static void open_row(lp_scope *s, lp_row *row) {
    lp_softrow_open(s, row);
    if (row->nature == LP_SOFT_ROW && has_nan(s, row)) row->nature = LP_SOFT_NAN;
    mpfr_set_zero(row->x[LP_XENT_X_SHIFT], 1);
    mpfr_set_zero(row->x[LP_XENT_X_C], 1);
    if (row->nature == LP_SOFT_NAN) return;
    if (s->c->in[LP_IN_V]) lp_softmax_vjp_open(s, row);
    if (!lp_xent_spread(s->c)) {
        add_class(s, row, s->c->label[row->at]);
        return;
    }
    for (int64_t j = 0; j < s->c->k; j++) add_class(s, row, j);
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    if (row->nature == LP_SOFT_NAN) return LP_KIND_NAN;
    if (out == LP_OUT_HVP)
        return lp_hvp_kind(lp_softmax_vjp_kind(s, row, j), mpfr_sgn(row->x[LP_XENT_X_C]));
    if (row->limited && lp_z_loss(s->c) > 0) { /* LSE = inf; p_j LSE = 0 but at the point mass */
        if (out == LP_OUT_GRAD) return j == row->top ? LP_KIND_PINF : LP_KIND_NUMBER;
        return row->nature == LOSS_NINF ? LP_KIND_NAN : LP_KIND_PINF;
    }
    if (out == LP_OUT_GRAD || row->nature == LP_SOFT_ROW) return LP_KIND_NUMBER;
    return row->nature == LOSS_PINF ? LP_KIND_PINF : LP_KIND_NINF;
}

/* s (tanh(z_a / s) - tanh(z_j / s) - the difference of the levels), 0 where there is nothing: equal
 * logits, exact ones. */
static void cap_rest(lp_iv *r, lp_scope *s, const lp_row *row, int64_t j) {
    double cap = lp_softrow_cap(s), z = lp_softrow_logits(s, row)[j];
    double top = lp_softrow_logits(s, row)[row->top];
    lp_iv *other = &s->iv[1];
    lp_iv_set_prec(r, row->prec);
    mpfr_set_zero(r->lo, 1);
    mpfr_set_zero(r->hi, 1);
    if (z == top) return;
    if (level_gap(top, z, cap) == 0) {
        lp_softcap_gap(r, top, z, cap);
    } else {
        lp_iv_set_prec(other, row->prec);
        lp_softcap_rest(r, top, cap);
        lp_softcap_rest(other, z, cap);
        lp_iv_neg(other);
        lp_iv_add(r, r, other);
    }
    mpfr_mul_d(r->lo, r->lo, cap, MPFR_RNDD);
    mpfr_mul_d(r->hi, r->hi, cap, MPFR_RNDU);
}

static void evaluate_cap(lp_scope *s, lp_row *row) {
    lp_iv *sum = &row->iv[LP_XENT_IV_CAP], *term = &s->iv[0];
    bool all = lp_xent_spread(s->c);
    int64_t label = all ? 0 : s->c->label[row->at];
    mpfr_set_zero(sum->lo, 1);
    mpfr_set_zero(sum->hi, 1);
    for (int64_t j = label; j < (all ? s->c->k : label + 1); j++) {
        cap_rest(term, s, row, j);
        lp_xent_coefficient(s->work[1], s, row, j);
        lp_iv_scale(term, term, s->work[1]);
        lp_iv_add(sum, sum, term);
    }
}

static void evaluate(lp_scope *s, lp_row *row) {
    lp_softrow_evaluate(s, row, true);
    if (s->c->in[LP_IN_V]) lp_softmax_vjp_evaluate(s, row);
    if (lp_softrow_cap(s) != 0) evaluate_cap(s, row);
    if (lp_z_loss(s->c) != 0) lp_z_loss_evaluate(s, row);
    if (s->c->op == LP_OP_KL_LOGITS) lp_kl_logits_evaluate(s, row);
}

static void divide_by_qt(lp_enclosure *x, const lp_scope *s) {
    lp_dyadic_copy(x->b, s->con[LP_XENT_QT]);
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
}

void lp_xent_scale_log(lp_enclosure *x, lp_scope *s, const lp_row *row, const mpfr_t factor) {
    lp_iv *log = &s->iv[0];
    int k = lp_softrow_log_odd(log, s, row);
    lp_dyadic_set_int(x->two, k);
    lp_dyadic_mul(x->two, x->two, factor);
    x->whole = row->equal && row->ties == (int64_t)1 << k;
    if (!x->whole) lp_iv_scale(&x->r, log, factor);
}

static void add_cap(lp_enclosure *x, const lp_row *row) {
    const lp_iv *rest = &row->iv[LP_XENT_IV_CAP];
    if (mpfr_zero_p(rest->lo) && mpfr_zero_p(rest->hi)) return;
    if (x->whole)
        lp_iv_set(&x->r, rest);
    else
        lp_iv_add(&x->r, &x->r, rest);
    x->whole = false;
}

static void enclose_xent(lp_enclosure *x, lp_scope *s, lp_row *row) {
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

static void enclose_loss(lp_enclosure *x, lp_scope *s, lp_row *row) {
    if (lp_z_loss(s->c) != 0) {
        lp_z_loss_enclose(x, s, row);
        return;
    }
    enclose_xent(x, s, row);
    if (lp_softrow_cap(s) == 0) return;
    add_cap(x, row);
    if (s->bits && !x->whole && lp_iv_straddles(&x->r))
        lp_iv_settle(&x->r, lp_xent_near_loss_sign(s, row));
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

/* x times the cap's slope: what was exact no longer is, but for 0 and at 0. */
static void times_slope(lp_enclosure *x, lp_scope *s, const lp_row *row, int64_t j) {
    double z = lp_softrow_logits(s, row)[j];
    lp_iv *slope = &s->iv[0], *sum = &s->iv[1];
    if (z == 0 || lp_enclosure_zero(x)) return;
    lp_iv_set_prec(slope, row->prec);
    lp_iv_set_prec(sum, row->prec);
    lp_softcap_slope(slope, z, lp_softrow_cap(s));
    if (x->whole) {
        mpfr_set(sum->lo, x->a, MPFR_RNDD);
        mpfr_set(sum->hi, x->a, MPFR_RNDU);
    } else {
        lp_iv_shift(sum, &x->r, x->a);
    }
    lp_iv_mul_nonneg(&x->r, sum, slope);
    mpfr_set_zero(x->a, 1);
    x->whole = false;
}

void lp_xent_plain_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    divide_by_qt(x, s);
    lp_xent_coefficient(x->a, s, row, j);
    mpfr_neg(x->a, x->a, MPFR_RNDZ);
    /* p_j = 0, or C = 0: -V_j / (Q T) */
    x->whole = lp_softrow_absent(s, row, j) || mpfr_zero_p(row->x[LP_XENT_X_C]);
    if (x->whole) return;
    if (lp_softrow_cap(s) != 0 && lp_xent_near_grad(x, s, row, j)) return;
    if (lp_softrow_tops(s, row, j)) {
        enclose_top_grad(x, s, row);
        return;
    }
    lp_softrow_p(&x->r, s, row, j);
    if (!lp_xent_plain(s->c)) lp_iv_scale(&x->r, &x->r, row->x[LP_XENT_X_C]);
}

void lp_xent_uncapped_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    if (lp_z_loss(s->c) == 0) {
        lp_xent_plain_grad(x, s, row, j);
        return;
    }
    lp_xent_coefficient(x->a, s, row, j);
    mpfr_neg(x->a, x->a, MPFR_RNDZ);
    lp_z_loss_enclose_grad(x, s, row, j);
}

static void enclose_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    bool capped = lp_softrow_cap(s) != 0;
    if (capped && isinf(lp_softrow_logits(s, row)[j])) {
        x->whole = true; /* the slope is 0 */
        return;
    }
    lp_xent_uncapped_grad(x, s, row, j);
    if (capped) times_slope(x, s, row, j);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out == LP_OUT_HVP) {
        lp_softmax_vjp_enclose(x, s, row, j);
        lp_hvp_scale(x, row->x[LP_XENT_X_C], s->con[LP_XENT_QT]);
    } else if (out == LP_OUT_LOSS) {
        enclose_loss(x, s, row);
    } else {
        enclose_grad(x, s, row, j);
    }
}

/* sum |z_j grad_j| / |loss| needs grad_j to a few digits only; 1 - n p_a comes from R. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)j;
    if (out != LP_OUT_LOSS) return 0;
    const double *z = lp_softrow_logits(s, row);
    long double c = mpfr_get_ld(row->x[LP_XENT_X_C], MPFR_RNDN), sum = 0;
    long double qt = mpfr_get_ld(s->con[LP_XENT_QT], MPFR_RNDN);
    long double q = mpfr_get_ld(row->iv[LP_SOFT_Q].hi, MPFR_RNDN);
    double cap = lp_softrow_cap(s);
    for (int64_t i = 0; i < s->c->k; i++) {
        if (isinf(z[i])) continue;
        lp_xent_coefficient(s->work[1], s, row, i);
        long double v = mpfr_get_ld(s->work[1], MPFR_RNDN);
        long double n = (long double)row->ties;
        long double g =
            z[i] == z[row->top] ? (c - n * v - c * q) / n : c * lp_softrow_p_approx(row, i) - v;
        if (lp_z_loss(s->c) != 0) g += lp_z_loss_slope(s, row) * lp_softrow_p_approx(row, i);
        if (cap != 0) g /= coshl(z[i] / cap) * coshl(z[i] / cap);
        sum += fabsl(z[i] * (g / qt));
    }
    return sum;
}

#define FAMILY                                                                                     \
    .domain = domain, .prepare = prepare, .open = open_row, .kind = kind, .evaluate = evaluate,    \
    .enclose = enclose, .bound = lp_bound_softmax_xent, .sensitivity = sensitivity

/* C log S, without a soft cap or z_loss. */
static bool expand(lp_orders *o, lp_scope *s, const lp_row *row) {
    if (lp_z_loss(s->c) != 0 || lp_softrow_cap(s) != 0) return false;
    if (row->count > LP_ORDERS_TERMS) return false;
    lp_expsum r = {0};
    MPFR_DECL_INIT(one, 8);
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (lp_softrow_absent(s, row, k)) continue;
        lp_softrow_depth(s->work[0], s, row, k);
        if (mpfr_zero_p(s->work[0])) continue;
        lp_expsum_add(&r, one, s->work[0], lp_softrow_temperature(s));
    }
    lp_orders_add_log(o, row->x[LP_XENT_X_C], &r, row->ties);
    lp_expsum_clear(&r);
    return true;
}

static bool weight(double *w, const lp_scope *s, int64_t at, bool equal) {
    (void)equal;
    return lp_xent_weight(w, s->c, s->c->label[at]);
}

/* C log S with C = w_c, of both signs. */
static bool vanishes(lp_scope *s, int64_t at, int64_t rows) {
    bool other = lp_xent_spread(s->c) || lp_z_loss(s->c) != 0 || lp_softrow_cap(s) != 0;
    return !other && lp_alike_cancel(s, at, rows, weight, false);
}

const lp_family lp_family_softmax_xent = {FAMILY, .vanishes = vanishes, .expand = expand};
const lp_family lp_family_kl_logits = {FAMILY, .vanishes = lp_kl_logits_vanishes,
                                       .positive = lp_kl_logits_positive};
