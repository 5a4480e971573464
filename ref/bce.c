/* bce_logits, and multilabel_bce, whose row is the sum or the mean of K of them:
 *   (1 - y) softplus(z) + q y softplus(-z),   (1 - y) sigma(z) - q y sigma(-z)
 *
 * With w = exp(-|z|), L = log1p(w), V = w / (1 + w), P = 1 - y, Q = q y, C = P + Q:
 *   loss = |z| R + C L, R = P for z >= 0 and Q below     both terms >= 0
 *   grad = P - C V for z > 0, -Q + C V below, (P - Q) / 2 at 0
 * P, Q and C are exact. Where C /= 0 and z /= 0, C V is transcendental (logistic.h), and so is a
 * sum of C_j L_j > 0: were it algebraic, say A, then prod (1 + e^-|z_j|)^(m C_j) = e^(mA) with m a
 * power of two that makes the exponents integers; the left side expands into exponentials with
 * positive coefficients, at least two distinct ones unless all z_j are 0, which one exponential
 * cannot equal (Lindemann-Weierstrass); at z = 0 alone it is a power of 2, and ln 2 is
 * transcendental. In bits the labels at z = 0 are apart, as multiples of ln 2, and what is left is
 * no rational multiple of it: that would be A = 0 with 2^q for the right side. A gradient in bits
 * is a rational combination of 1 and exponentials over ln 2; no theorem, only Schanuel's
 * conjecture, says that such a quotient is never dyadic. */
#include "ref/bce.h"

#include "ref/dyadic.h"
#include "ref/hvp.h"
#include "ref/logistic.h"

#include <math.h>

/* row->iv: sum of C_j L_j, and the V of one label; row->x: the sum of |z_j| R_j; in bits that
 * of C_j over the labels at 0, which are apart. */
enum { SUM, SHARE };
enum { REACH, TWO };
/* row->nature */
enum { NUMBER, LOSS_PINF, ROW_NAN };

bool lp_bce_weighted(const lp_case *c) {
    return c->in[LP_IN_POS_WEIGHT] || lp_case_has(c, LP_PARAM_POS_WEIGHT);
}

bool lp_bce_mean(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_LABEL_REDUCTION) == 1;
}

lp_bce_label lp_bce_label_get(const lp_scope *s, const lp_row *row, int64_t j) {
    const lp_case *c = s->c;
    const double *q = c->in[LP_IN_POS_WEIGHT];
    int64_t at = row->at * c->k + j;
    return (lp_bce_label){c->in[LP_IN_LOGITS][at], c->in[LP_IN_TARGETS][at],
                          q ? q[j] : lp_case_param(c, LP_PARAM_POS_WEIGHT)};
}

/* NaN is a row's answer; a weight that is infinite is a parameter that is not finite. */
static lp_status domain(const lp_case *c) {
    const double *y = c->in[LP_IN_TARGETS], *q = c->in[LP_IN_POS_WEIGHT];
    for (int64_t j = 0; q && j < c->k; j++)
        if (q[j] < 0 || isinf(q[j])) return LP_E_ARGUMENT;
    for (int64_t i = 0; i < c->n * c->k; i++)
        if (y[i] < 0 || y[i] > 1) return LP_E_ARGUMENT;
    return LP_OK;
}

/* P, the coefficient of softplus(z), and Q, that of softplus(-z). */
static void set_low(mpfr_t r, const lp_bce_label *l) {
    lp_dyadic_diff(r, 1, l->y);
}

static void set_high(mpfr_t r, const lp_bce_label *l) {
    lp_dyadic_set(r, l->y);
    if (l->q != 1) lp_dyadic_mul_d(r, r, l->q);
}

/* C; `other` is scratch. */
static void set_total(mpfr_t r, mpfr_t other, const lp_bce_label *l) {
    if (l->q == 1) {
        lp_dyadic_set(r, 1);
        return;
    }
    set_low(other, l);
    set_high(r, l);
    lp_dyadic_add(r, r, other);
}

/* C = 0: nothing depends on the logit. */
static bool is_idle(const lp_bce_label *l) {
    return l->y == 1 && l->q == 0;
}

static int nature_of(const lp_bce_label *l) {
    if (isnan(l->z) || isnan(l->y) || isnan(l->q)) return ROW_NAN;
    if (!isinf(l->z)) return NUMBER;
    return (l->z > 0 ? l->y < 1 : l->y > 0 && l->q > 0) ? LOSS_PINF : NUMBER;
}

/* In bits a label at 0 is C ln 2, apart. */
static bool is_apart(const lp_scope *s, const lp_bce_label *l) {
    return s->bits && l->z == 0;
}

/* A NaN anywhere makes the row NaN; row->count: labels with a C L in the loss. */
static void open_row(lp_scope *s, lp_row *row) {
    row->nature = NUMBER;
    row->count = 0;
    mpfr_set_zero(row->x[REACH], 1);
    mpfr_set_zero(row->x[TWO], 1);
    for (int64_t j = 0; j < s->c->k; j++) {
        lp_bce_label l = lp_bce_label_get(s, row, j);
        int nature = nature_of(&l);
        if (nature > row->nature) row->nature = nature;
        if (nature != NUMBER || isinf(l.z) || is_idle(&l)) continue;
        if (is_apart(s, &l)) {
            set_total(s->work[0], s->work[1], &l);
            lp_dyadic_add(row->x[TWO], row->x[TWO], s->work[0]);
            continue;
        }
        row->count++;
        if (l.z == 0) continue;
        if (l.z > 0)
            set_low(s->work[0], &l);
        else
            set_high(s->work[0], &l);
        lp_dyadic_mul_d(s->work[0], s->work[0], fabs(l.z));
        lp_dyadic_add(row->x[REACH], row->x[REACH], s->work[0]);
    }
}

/* C sigma(z) sigma(-z) v. */
static lp_kind product_kind(const lp_scope *s, const lp_row *row, int64_t j) {
    lp_bce_label l = lp_bce_label_get(s, row, j);
    double v = s->c->in[LP_IN_V][row->at * s->c->k + j];
    if (isnan(v)) return LP_KIND_NAN;
    if (!isinf(v) || is_idle(&l)) return LP_KIND_NUMBER;
    return isinf(l.z) ? LP_KIND_NAN : v > 0 ? LP_KIND_PINF : LP_KIND_NINF;
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    if (row->nature == ROW_NAN) return LP_KIND_NAN;
    if (out == LP_OUT_HVP) return product_kind(s, row, j);
    return out == LP_OUT_LOSS && row->nature == LOSS_PINF ? LP_KIND_PINF : LP_KIND_NUMBER;
}

/* w_j of every finite label, by one exponential rounded down, and the sum of the C_j L_j. */
static void evaluate(lp_scope *s, lp_row *row) {
    lp_iv *sum = &row->iv[SUM], *w = &s->iv[0], *term = &s->iv[1];
    lp_iv_set_prec(sum, row->prec);
    lp_iv_set_prec(w, row->prec);
    lp_iv_set_prec(term, row->prec);
    lp_iv_set_prec(&row->iv[SHARE], row->prec);
    mpfr_set_zero(sum->lo, 1);
    mpfr_set_zero(sum->hi, 1);
    lp_vec_shape(&row->e, s->c->k, row->prec);
    if (row->nature == ROW_NAN) return;
    for (int64_t j = 0; j < s->c->k; j++) {
        lp_bce_label l = lp_bce_label_get(s, row, j);
        if (!isfinite(l.z)) continue; /* enclose needs no value */
        lp_logistic_exp(w, s->work[0], l.z);
        mpfr_set(row->e.at[j], w->lo, MPFR_RNDD);
        if (is_apart(s, &l)) continue;
        lp_logistic_log(term, w);
        set_total(s->work[0], s->work[1], &l);
        lp_iv_scale(term, term, s->work[0]);
        lp_iv_add(sum, sum, term);
    }
}

static void over_labels(lp_enclosure *x, const lp_case *c) {
    if (!lp_bce_mean(c) || c->k == 1) return;
    lp_dyadic_set_int(x->b, c->k);
    x->unit = false;
}

static void enclose_loss(lp_enclosure *x, const lp_row *row) {
    lp_dyadic_copy(x->a, row->x[REACH]);
    lp_dyadic_copy(x->two, row->x[TWO]);
    x->whole = row->count == 0;
    if (!x->whole) lp_iv_set(&x->r, &row->iv[SUM]);
}

/* V of a label whose logit is finite and not 0. */
static void set_share(lp_scope *s, lp_row *row, int64_t j) {
    lp_iv *w = &s->iv[0];
    lp_iv_set_prec(w, row->prec);
    mpfr_set(w->lo, row->e.at[j], MPFR_RNDD);
    lp_iv_upper(w->hi, w->lo, 1);
    lp_logistic_share(&row->iv[SHARE], w);
}

static void enclose_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    lp_bce_label l = lp_bce_label_get(s, row, j);
    x->whole = l.z == 0 || isinf(l.z) || is_idle(&l);
    if (l.z >= 0) set_low(x->a, &l);
    if (l.z <= 0) {
        set_high(s->work[0], &l);
        if (l.z < 0) mpfr_set_zero(x->a, 1);
        lp_dyadic_sub(x->a, x->a, s->work[0]);
    }
    if (l.z == 0) lp_dyadic_mul_d(x->a, x->a, 0.5);
    if (x->whole) return;
    set_share(s, row, j);
    set_total(s->work[0], s->work[1], &l);
    lp_iv_scale(&x->r, &row->iv[SHARE], s->work[0]);
    if (l.z > 0) lp_iv_neg(&x->r);
}

static void enclose_product(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    lp_bce_label l = lp_bce_label_get(s, row, j);
    double v = s->c->in[LP_IN_V][row->at * s->c->k + j];
    lp_iv *w = &s->iv[0];
    x->whole = v == 0 || l.z == 0 || isinf(l.z) || is_idle(&l);
    if (v == 0 || isinf(l.z) || is_idle(&l)) return;
    set_total(s->work[0], s->work[1], &l);
    lp_dyadic_mul_d(s->work[0], s->work[0], v);
    if (x->whole) {
        lp_dyadic_mul_d(x->a, s->work[0], 0.25);
        return;
    }
    lp_iv_set_prec(w, row->prec);
    mpfr_set(w->lo, row->e.at[j], MPFR_RNDD);
    lp_iv_upper(w->hi, w->lo, 1);
    lp_logistic_slope(&x->r, w);
    lp_iv_scale(&x->r, &x->r, s->work[0]);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out == LP_OUT_HVP)
        enclose_product(x, s, row, j);
    else if (out == LP_OUT_LOSS)
        enclose_loss(x, row);
    else
        enclose_grad(x, s, row, j);
    over_labels(x, s->c);
}

/* sum |z_j grad_j|. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    long double sum = 0;
    (void)j;
    if (out != LP_OUT_LOSS) return 0;
    for (int64_t i = 0; i < s->c->k; i++) {
        lp_bce_label l = lp_bce_label_get(s, row, i);
        if (!isfinite(l.z) || l.z == 0) continue;
        set_share(s, row, i);
        long double share = mpfr_get_ld(row->iv[SHARE].hi, MPFR_RNDN);
        long double low = 1 - (long double)l.y, high = (long double)l.q * l.y;
        long double grad = (l.z > 0 ? low : -high) + (l.z > 0 ? -1 : 1) * (low + high) * share;
        sum += fabsl(l.z * grad);
    }
    return lp_bce_mean(s->c) ? sum / (long double)s->c->k : sum;
}

const lp_family lp_family_bce = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = lp_bound_bce,
    .sensitivity = sensitivity,
};
