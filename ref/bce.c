/* bce_logits: (1-y) softplus(z) + y softplus(-z), and sigma(z) - y.
 *
 * With w = exp(-|z|), Y = 1 - y for z >= 0 and y for z < 0:
 *   loss = |z| Y + log1p(w)            both terms >= 0
 *   grad = +-(w / (1 + w) - Y)         + for z < 0
 * |z| Y and Y are exact. log1p(w) is never algebraic: for z = 0 it is ln 2, else 1 + e^-|z| = e^q
 * would relate three exponentials. w / (1 + w) is algebraic only at z = 0, where it is 1/2. */
#include "ref/bce.h"

#include "ref/dyadic.h"

#include <math.h>

/* row->iv */
enum { LOG, V };

static lp_status domain(const lp_case *c) {
    const double *y = c->in[LP_IN_TARGETS];
    for (int64_t i = 0; i < c->n; i++)
        if (y[i] < 0 || y[i] > 1) return LP_E_ARGUMENT;
    return LP_OK;
}

static double logit(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_LOGITS][row->at];
}

static double target(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_TARGETS][row->at];
}

static void open_row(lp_scope *s, lp_row *row) {
    (void)s, (void)row; /* nothing to find once: the row is one component */
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    double z = logit(s, row), y = target(s, row);
    (void)j;
    if (isnan(z) || isnan(y)) return LP_KIND_NAN;
    if (out == LP_OUT_GRAD || isfinite(z)) return LP_KIND_NUMBER;
    return (z > 0 ? y < 1 : y > 0) ? LP_KIND_PINF : LP_KIND_NUMBER;
}

/* w by one exponential rounded down, its upper end one neighbour above; log1p and w / (1 + w) are
 * increasing, so each end comes from one end of w. */
static void evaluate(lp_scope *s, lp_row *row) {
    lp_iv *w = &s->iv[0], *log = &row->iv[LOG], *v = &row->iv[V];
    if (!isfinite(logit(s, row))) return; /* kind and enclose need no value */
    lp_iv_set_prec(w, row->prec);
    lp_iv_set_prec(log, row->prec);
    lp_iv_set_prec(v, row->prec);
    mpfr_set_d(s->work[0], -fabs(logit(s, row)), MPFR_RNDZ);
    mpfr_exp(w->lo, s->work[0], MPFR_RNDD);
    lp_iv_upper(w->hi, w->lo, 1);
    mpfr_log1p(log->lo, w->lo, MPFR_RNDD);
    mpfr_log1p(log->hi, w->hi, MPFR_RNDU);
    mpfr_add_ui(v->lo, w->lo, 1, MPFR_RNDU);
    mpfr_add_ui(v->hi, w->hi, 1, MPFR_RNDD);
    mpfr_div(v->lo, w->lo, v->lo, MPFR_RNDD);
    mpfr_div(v->hi, w->hi, v->hi, MPFR_RNDU);
}

/* r = Y */
static void set_reach(mpfr_t r, double z, double y) {
    if (z >= 0)
        lp_dyadic_diff(r, 1, y);
    else
        lp_dyadic_set(r, y);
}

/* loss and gradient where z is infinite and the answer a number: +0, and 1 - y or -y. */
static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    double z = logit(s, row);
    (void)j;
    set_reach(x->a, z, target(s, row));
    if (out == LP_OUT_LOSS) {
        x->whole = !isfinite(z);
        if (x->whole) {
            mpfr_set_zero(x->a, 1);
            return;
        }
        lp_dyadic_mul_d(x->a, x->a, fabs(z));
        lp_iv_set(&x->r, &row->iv[LOG]);
        return;
    }
    x->whole = z == 0 || !isfinite(z);
    if (z < 0) mpfr_neg(x->a, x->a, MPFR_RNDZ);
    if (z == 0) {
        lp_dyadic_set(s->work[0], 0.5);
        lp_dyadic_sub(x->a, x->a, s->work[0]);
    }
    if (x->whole) return;
    lp_iv_set(&x->r, &row->iv[V]);
    if (z > 0) lp_iv_neg(&x->r);
}

static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)j;
    if (out != LP_OUT_LOSS || !isfinite(logit(s, row))) return 0;
    double z = logit(s, row), reach = z >= 0 ? 1 - target(s, row) : target(s, row);
    return fabs(z) * fabsl(mpfr_get_ld(row->iv[V].hi, MPFR_RNDN) - reach);
}

const lp_family lp_family_bce_logits = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = lp_bound_bce_logits,
    .sensitivity = sensitivity,
};
