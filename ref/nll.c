/* nll: -ln q_c, gradient -1/q_c at the label c, 0 elsewhere.
 *
 * The logarithm of a rational number other than 1 is transcendental (Lindemann), of 1 it is 0; a
 * sum over rows is 0 or transcendental (Baker) and told from 0 by the exponents of the primes
 * (logs.c); in bits of the odd parts of the q_c, what is a power of two being apart. The gradient
 * is rational. As in cross_entropy all of q takes part, so that a NaN in another class makes the
 * row NaN; what else is in other classes has no effect. */
#include "ref/prob.h"

#include "ref/dyadic.h"
#include "ref/labelled.h"

#include <math.h>

/* row->iv */
enum { LOG };

/* q_c, in bits its odd part: the rest of its logarithm is *two ln 2. */
static double own_odd(int *two, const lp_scope *s, double q) {
    *two = 0;
    return s->bits && q > 0 && isfinite(q) ? lp_logs_odd(two, q) : q;
}

static double own(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_Q][row->at * s->c->k + s->c->label[row->at]];
}

static lp_status domain(const lp_case *c) {
    return lp_labelled_domain(c, LP_IN_Q);
}

static void open_row(lp_scope *s, lp_row *row) {
    const double *q = s->c->in[LP_IN_Q] + row->at * s->c->k;
    row->v_nan = false;
    for (int64_t j = 0; j < s->c->k; j++) row->v_nan = row->v_nan || isnan(q[j]);
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    if (row->v_nan) return LP_KIND_NAN;
    double q = own(s, row);
    if (out == LP_OUT_LOSS) return q == 0 ? LP_KIND_PINF : isinf(q) ? LP_KIND_NINF : LP_KIND_NUMBER;
    return q == 0 && j == s->c->label[row->at] ? LP_KIND_NINF : LP_KIND_NUMBER;
}

/* ln q_c rounded down and the neighbour above: it is irrational, hence strictly between. */
static void evaluate(lp_scope *s, lp_row *row) {
    int two;
    double q = own_odd(&two, s, own(s, row));
    lp_iv *log = &row->iv[LOG];
    lp_iv_set_prec(log, row->prec);
    mpfr_set_zero(log->lo, 1);
    mpfr_set_zero(log->hi, 1);
    if (!(q > 0) || isinf(q) || q == 1) return;
    mpfr_set_d(s->work[0], q, MPFR_RNDZ);
    mpfr_log(log->lo, s->work[0], MPFR_RNDD);
    lp_iv_upper(log->hi, log->lo, 1);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    double q = own(s, row);
    int two;
    bool none = own_odd(&two, s, q) == 1;
    x->whole = out != LP_OUT_LOSS || none;
    if (out == LP_OUT_LOSS) lp_dyadic_set_int(x->two, -two);
    if (out == LP_OUT_LOSS && !none) {
        lp_iv_set(&x->r, &row->iv[LOG]);
        lp_iv_neg(&x->r);
    }
    if (out == LP_OUT_LOSS || j != s->c->label[row->at] || isinf(q)) return;
    lp_dyadic_set(x->a, -1);
    lp_dyadic_set(x->b, q);
    x->unit = q == 1;
}

/* The textbook programs -log(q_c) and -(1 / q_c). */
static bool bound(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                  const lp_enclosure *x) {
    mpfr_set_zero(err, 1);
    if (out != LP_OUT_LOSS && j != s->c->label[row->at]) return true;
    lp_enclosure_magnitude(s->unit.n[0], x);
    if (out == LP_OUT_LOSS)
        lp_bound_libm(err, &s->unit, s->unit.n[0]);
    else
        lp_bound_round(err, &s->unit, s->unit.n[0]);
    return true;
}

/* |q_c / q_c|. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)row, (void)j;
    return out == LP_OUT_LOSS ? 1 : 0;
}

const lp_family lp_family_nll = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = bound,
    .vanishes = lp_logs_labels_vanish,
    .sensitivity = sensitivity,
};
