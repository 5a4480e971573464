/* bce_prob, p and y in [0, 1]:
 *
 *   loss  -[y ln p + (1 - y) ln(1 - p)]      gradient  (1 - y)/(1 - p) - y/p
 *
 * Terms with coefficient 0 are dropped. ln(1 - p) is log1p of the exact -p: neither 1 - p nor 1 - y
 * is ever rounded. Both terms of the loss are >= 0, and one that is not 0 is dyadic times the
 * logarithm of a rational number other than 1; so the loss, and a sum of losses, is 0 only where
 * every p = y is 0 or 1, and transcendental elsewhere (Baker: a linear combination of logarithms of
 * algebraic numbers with algebraic coefficients is 0 or transcendental). Nothing cancels. In bits
 * the logarithms of powers of two are apart: of a positive sum of the others the odd parts, all >
 * 1, have no product of powers that is 1, so that it is no rational multiple of ln 2.
 *
 * The gradient is rational: for 0 < p < 1 it is (p - y) / (p (1 - p)), numerator and denominator
 * exact. */
#include "ref/bce_prob.h"

#include "ref/dyadic.h"

#include <math.h>

/* row->nature */
enum { NUMBER, MISSED_ONE, MISSED_ZERO, ROW_NAN };

double lp_bce_prob_p(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_P][row->at];
}

double lp_bce_prob_y(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_TARGETS][row->at];
}

/* Rule 1; NaN is rule 3. */
static lp_status domain(const lp_case *c) {
    const double *p = c->in[LP_IN_P], *y = c->in[LP_IN_TARGETS];
    for (int64_t i = 0; i < c->n; i++)
        if (p[i] < 0 || p[i] > 1 || y[i] < 0 || y[i] > 1) return LP_E_ARGUMENT;
    return LP_OK;
}

/* p = 0 < y, or y < 1 = p: a positive coefficient beside an infinite logarithm. */
static void open_row(lp_scope *s, lp_row *row) {
    double p = lp_bce_prob_p(s, row), y = lp_bce_prob_y(s, row);
    row->nature = isnan(p) || isnan(y) ? ROW_NAN
                  : p == 0 && y > 0    ? MISSED_ONE
                  : p == 1 && y < 1    ? MISSED_ZERO
                                       : NUMBER;
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)j;
    if (row->nature == ROW_NAN) return LP_KIND_NAN;
    if (row->nature == NUMBER) return LP_KIND_NUMBER;
    return out == LP_OUT_LOSS || row->nature == MISSED_ZERO ? LP_KIND_PINF : LP_KIND_NINF;
}

/* ln p, or ln(1 - p) where `rest`: rounded down, and the neighbour above, since it is irrational
 * (p is neither 0 nor 1). */
static void set_log(lp_iv *log, mpfr_t scratch, double p, bool rest) {
    mpfr_set_d(scratch, rest ? -p : p, MPFR_RNDZ);
    if (rest)
        mpfr_log1p(log->lo, scratch, MPFR_RNDD);
    else
        mpfr_log(log->lo, scratch, MPFR_RNDD);
    lp_iv_upper(log->hi, log->lo, 1);
}

static void evaluate(lp_scope *s, lp_row *row) {
    double p = lp_bce_prob_p(s, row), y = lp_bce_prob_y(s, row);
    for (int i = LP_BCE_LOG_P; i <= LP_BCE_LOG_REST; i++) {
        lp_iv *log = &row->iv[i];
        bool rest = i == LP_BCE_LOG_REST;
        lp_iv_set_prec(log, row->prec);
        mpfr_set_zero(log->lo, 1);
        mpfr_set_zero(log->hi, 1);
        if (p > 0 && p < 1 && (rest ? y < 1 : y > 0)) set_log(log, s->work[0], p, rest);
    }
}

/* x less c ln a, c = work[0] >= 0 and a = work[1] exact, log its logarithm: whole as long as
 * nothing but multiples of ln 2 came in. */
static void add_term(lp_enclosure *x, lp_scope *s, const lp_iv *log, mpfr_prec_t prec) {
    mpfr_t *c = &s->work[0], *a = &s->work[1];
    lp_iv *term = &s->iv[0];
    if (mpfr_zero_p(*c)) return;
    if (s->bits && mpfr_min_prec(*a) == 1) { /* a = 2^(exponent - 1), MPFR's mantissa being 1/2 */
        lp_dyadic_set_int(*a, 1 - (int64_t)mpfr_get_exp(*a));
        lp_dyadic_mul(*c, *c, *a);
        lp_dyadic_add(x->two, x->two, *c);
        return;
    }
    mpfr_neg(*c, *c, MPFR_RNDZ);
    lp_iv_set_prec(term, prec);
    lp_iv_scale(term, log, *c);
    if (x->whole)
        lp_iv_set(&x->r, term);
    else
        lp_iv_add(&x->r, &x->r, term);
    x->whole = false;
}

static void enclose_loss(lp_enclosure *x, lp_scope *s, lp_row *row) {
    double p = lp_bce_prob_p(s, row), y = lp_bce_prob_y(s, row);
    x->whole = true;
    if (p == 0 || p == 1) return;
    lp_dyadic_set(s->work[0], y);
    lp_dyadic_set(s->work[1], p);
    add_term(x, s, &row->iv[LP_BCE_LOG_P], row->prec);
    lp_dyadic_diff(s->work[0], 1, y);
    lp_dyadic_diff(s->work[1], 1, p);
    add_term(x, s, &row->iv[LP_BCE_LOG_REST], row->prec);
}

static void enclose_grad(lp_enclosure *x, lp_scope *s, const lp_row *row) {
    double p = lp_bce_prob_p(s, row), y = lp_bce_prob_y(s, row);
    x->whole = true;
    if (p == 0 || p == 1) { /* p = y: the other term is dropped */
        lp_dyadic_set(x->a, p == 0 ? 1 : -1);
        return;
    }
    lp_dyadic_diff(x->a, p, y);
    lp_dyadic_diff(s->work[0], 1, p);
    lp_dyadic_mul_d(x->b, s->work[0], p);
    x->unit = false;
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)j;
    if (out == LP_OUT_LOSS)
        enclose_loss(x, s, row);
    else
        enclose_grad(x, s, row);
}

/* |p grad| = |p - y| / (1 - p); at p = y = 1 the gradient is -1. As for bce_logits the target is
 * not counted among the inputs. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    long double p = lp_bce_prob_p(s, row), y = lp_bce_prob_y(s, row);
    (void)j;
    if (out != LP_OUT_LOSS) return 0;
    return p == 1 ? 1 : fabsl(p - y) / (1 - p);
}

const lp_family lp_family_bce_prob = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = lp_bound_bce_prob,
    .sensitivity = sensitivity,
};
