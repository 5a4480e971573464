/* focal_sigmoid: -a (1 - p)^g ln p, p = sigma(x), x = z for label 1 and -z for label 0, a =
 * alpha_t.
 *
 * With w = exp(-|x|), L = log1p(w), S = -ln p = softplus(-x), q = 1 - p = sigma(-x):
 *   F = q^g = exp(-E), E = g softplus(x)
 *   loss = a F S,   grad = -s a F (g p S + q), s = +-1 the label's sign
 * products and sums of positive terms: nothing cancels, and the power needs no logarithm of a q
 * that underflowed. Far below 0, F is next to 1 and the loss next to a |x|, the gradient next to -s
 * a: there (the "split") those are the exact parts and the rests are loss  a (expm1(-g L) |x| + F
 * L) grad  -s a (g F p S + expm1(-(g + 1) L)) whose signs, where w is beyond MPFR's range, are
 * those of 1 - g |x| and g |x| - (g + 1).
 *
 * In bits the loss at z = 0 is a 2^-g, rational for an integer g.
 *
 * For g = 0 and at z = 0 the values are transcendental or recognised (logistic.h; 2^-g is
 * algebraic, a double g being rational). Elsewhere no theorem says that exp(x) and ln(1 + exp(-x))
 * are independent (it would follow from Schanuel's conjecture): were a value ever on a boundary,
 * the precision would grow to the cap and the answer be undecided, aloud. */
#include "ref/focal_sigmoid.h"

#include "ref/dyadic.h"
#include "ref/logistic.h"

#include <math.h>

/* row->x */
enum { ALPHA };

double lp_focal_gamma(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_GAMMA);
}

static int sign(const lp_scope *s, const lp_row *row) {
    return s->c->label[row->at] ? 1 : -1;
}

double lp_focal_logit(const lp_scope *s, const lp_row *row) {
    return sign(s, row) * s->c->in[LP_IN_LOGITS][row->at];
}

static lp_status domain(const lp_case *c) {
    for (int64_t i = 0; i < c->n; i++)
        if (c->label[i] != 0 && c->label[i] != 1) return LP_E_LABEL;
    return LP_OK;
}

/* alpha, 1 - alpha or, where it is absent, 1. */
static void open_row(lp_scope *s, lp_row *row) {
    if (!lp_case_has(s->c, LP_PARAM_ALPHA))
        lp_dyadic_set(row->x[ALPHA], 1);
    else if (sign(s, row) > 0)
        lp_dyadic_set(row->x[ALPHA], s->c->param[LP_PARAM_ALPHA]);
    else
        lp_dyadic_diff(row->x[ALPHA], 1, s->c->param[LP_PARAM_ALPHA]);
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    double x = lp_focal_logit(s, row);
    int alpha = mpfr_sgn(row->x[ALPHA]);
    (void)j;
    if (isnan(x)) return LP_KIND_NAN;
    if (out == LP_OUT_GRAD || x != -INFINITY || alpha == 0) return LP_KIND_NUMBER;
    return alpha > 0 ? LP_KIND_PINF : LP_KIND_NINF;
}

/* Where to split is a matter of speed: both forms are right everywhere. */
static bool is_split(const lp_scope *s, const lp_row *row) {
    double x = lp_focal_logit(s, row), gamma = lp_focal_gamma(s->c);
    return x < 0 && (gamma == 0 || (gamma + 1) * exp(x) < 0.25);
}

/* r = a b, both >= 0; r may be either. */
static void mul(lp_iv *r, const lp_iv *a, const lp_iv *b) {
    mpfr_mul(r->lo, a->lo, b->lo, MPFR_RNDD);
    mpfr_mul(r->hi, a->hi, b->hi, MPFR_RNDU);
}

static void mul_d(lp_iv *r, const lp_iv *a, double x) {
    mpfr_mul_d(r->lo, a->lo, x, x < 0 ? MPFR_RNDU : MPFR_RNDD);
    mpfr_mul_d(r->hi, a->hi, x, x < 0 ? MPFR_RNDD : MPFR_RNDU);
    if (x < 0) mpfr_swap(r->lo, r->hi);
}

static void add_d(lp_iv *r, double x) {
    mpfr_add_d(r->lo, r->lo, x, MPFR_RNDD);
    mpfr_add_d(r->hi, r->hi, x, MPFR_RNDU);
}

/* r = expm1(-e) or exp(-e), decreasing in e. */
static void minus_exp(lp_iv *r, lp_iv *e, int (*f)(mpfr_t, const mpfr_t, mpfr_rnd_t)) {
    lp_iv_neg(e);
    f(r->lo, e->lo, MPFR_RNDD);
    f(r->hi, e->hi, MPFR_RNDU);
    lp_iv_neg(e);
}

typedef struct parts {
    lp_iv w, log, p, q, term;
} parts;

static void init(parts *t, mpfr_prec_t prec) {
    lp_iv *all[] = {&t->w, &t->log, &t->p, &t->q, &t->term};
    for (int i = 0; i < 5; i++) lp_iv_init(all[i], prec);
}

static void clear(parts *t) {
    lp_iv *all[] = {&t->w, &t->log, &t->p, &t->q, &t->term};
    for (int i = 0; i < 5; i++) lp_iv_clear(all[i]);
}

/* w, L, p, q, and E and F of the row. */
static void open_parts(parts *t, lp_scope *s, lp_row *row, double x) {
    lp_iv *small = x >= 0 ? &t->q : &t->p, *large = x >= 0 ? &t->p : &t->q;
    lp_iv *e = &row->iv[LP_FOCAL_E];
    lp_logistic_exp(&t->w, s->work[0], x);
    lp_logistic_log(&t->log, &t->w);
    lp_logistic_share(small, &t->w);
    mpfr_add_ui(large->hi, t->w.lo, 1, MPFR_RNDD);
    mpfr_add_ui(large->lo, t->w.hi, 1, MPFR_RNDU);
    mpfr_ui_div(large->hi, 1, large->hi, MPFR_RNDU);
    mpfr_ui_div(large->lo, 1, large->lo, MPFR_RNDD);
    lp_iv_set(e, &t->log);
    if (x > 0) add_d(e, x);
    mul_d(e, e, lp_focal_gamma(s->c));
    minus_exp(&row->iv[LP_FOCAL_F], e, mpfr_exp);
}

/* What the row's w is too small to tell, `measure` against 1 does, with room for the rounding. */
static void settle_sign(lp_iv *r, double measure) {
    if (measure > 1.01) mpfr_set_zero(r->lo, 1);
    if (measure < 0.99) mpfr_set_zero(r->hi, 1);
}

static void evaluate_loss(lp_row *row, parts *t, double x, double gamma, bool split) {
    lp_iv *loss = &row->iv[LP_FOCAL_LOSS], *f = &row->iv[LP_FOCAL_F];
    if (!split) {
        lp_iv_set(loss, &t->log);
        if (x < 0) add_d(loss, -x);
        mul(loss, loss, f);
        return;
    }
    minus_exp(loss, &row->iv[LP_FOCAL_E], mpfr_expm1);
    mul_d(loss, loss, -x);
    mul(&t->term, f, &t->log);
    lp_iv_add(loss, loss, &t->term);
    if (mpfr_zero_p(t->w.lo)) {
        lp_iv_neg(loss);
        settle_sign(loss, gamma * -x);
        lp_iv_neg(loss);
    }
}

static void evaluate_grad(lp_row *row, parts *t, double x, double gamma, bool split) {
    lp_iv *grad = &row->iv[LP_FOCAL_GRAD], *f = &row->iv[LP_FOCAL_F];
    lp_iv_set(grad, &t->log); /* g p S */
    if (x < 0) add_d(grad, -x);
    mul(grad, grad, &t->p);
    mul_d(grad, grad, gamma);
    if (!split) {
        lp_iv_add(grad, grad, &t->q);
        mul(grad, grad, f);
        return;
    }
    mul(grad, grad, f);
    lp_iv_add(&t->log, &t->log, &row->iv[LP_FOCAL_E]); /* (g + 1) L */
    minus_exp(&t->term, &t->log, mpfr_expm1);
    lp_iv_add(grad, grad, &t->term);
    if (mpfr_zero_p(t->w.lo)) settle_sign(grad, gamma / (gamma + 1) * -x);
}

static void evaluate(lp_scope *s, lp_row *row) {
    double x = lp_focal_logit(s, row), gamma = lp_focal_gamma(s->c);
    bool split = is_split(s, row);
    parts t;
    if (!isfinite(x)) return;
    for (int i = 0; i < LP_FOCAL_INTERVALS; i++) lp_iv_set_prec(&row->iv[i], row->prec);
    init(&t, row->prec);
    open_parts(&t, s, row, x);
    evaluate_loss(row, &t, x, gamma, split);
    evaluate_grad(row, &t, x, gamma, split);
    clear(&t);
}

/* 2^-g is a rational number that MPFR holds. */
static bool integer_power(double gamma) {
    return gamma == floor(gamma) && gamma < 0x1p60;
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    double at = lp_focal_logit(s, row);
    bool loss = out == LP_OUT_LOSS, split = is_split(s, row);
    (void)j;
    x->whole = mpfr_zero_p(row->x[ALPHA]) || isinf(at);
    if (mpfr_zero_p(row->x[ALPHA]) || at == INFINITY || (isinf(at) && loss)) return;
    lp_dyadic_copy(s->work[0], row->x[ALPHA]);
    if (!loss && sign(s, row) > 0) mpfr_neg(s->work[0], s->work[0], MPFR_RNDZ);
    if (!loss && at == 0 && lp_focal_gamma(s->c) == 0) {
        lp_dyadic_mul_d(x->a, s->work[0], 0.5);
        x->whole = true;
        return;
    }
    if (loss && at == 0 && s->bits && integer_power(lp_focal_gamma(s->c))) {
        mpfr_mul_2si(x->two, s->work[0], -(long)lp_focal_gamma(s->c), MPFR_RNDZ);
        x->whole = true;
        return;
    }
    if (split) lp_dyadic_mul_d(x->a, s->work[0], loss ? -at : 1);
    if (isinf(at)) lp_dyadic_copy(x->a, s->work[0]);
    if (x->whole) return;
    lp_iv_scale(&x->r, &row->iv[loss ? LP_FOCAL_LOSS : LP_FOCAL_GRAD], s->work[0]);
}

/* |z grad|. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    double x = lp_focal_logit(s, row);
    (void)j;
    if (out != LP_OUT_LOSS || !isfinite(x)) return 0;
    long double grad = mpfr_get_ld(row->iv[LP_FOCAL_GRAD].hi, MPFR_RNDN);
    if (is_split(s, row)) grad += 1;
    return fabsl(x * grad * mpfr_get_ld(row->x[ALPHA], MPFR_RNDN));
}

const lp_family lp_family_focal_sigmoid = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = lp_bound_focal_sigmoid,
    .sensitivity = sensitivity,
};
