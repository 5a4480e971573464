/* perplexity: x = (q_1 q_2 ... q_N)^(-1/N), the own probabilities of the N rows not ignored; one
 * number for the case, whose rows are this family's one row.
 *
 * Algebraic: x^N = 1/y, y the product, a dyadic number. x is dyadic only where y is a power of two
 * and N divides its exponent: the odd part of y is the product of those of the q, and if it is not
 * 1 then 1/y is not dyadic, hence x is not. That case is exact; every other x equals no boundary of
 * any format and no bound of ours, so that a narrow enough interval decides. How narrow has an
 * a-priori figure in N alone (x^N - b^N is a nonzero dyadic number for a boundary b), far beyond
 * what is met. Nothing cancels: y and its root are products.
 *
 * The mean of -ln q over no row is that of `empty_mean`: NaN, or 0 and the perplexity 1. */
#include "ref/labelled.h"

#include "ref/dyadic.h"

#include <math.h>

/* row->iv */
enum { ROOT };
/* row->nature; row->count: N; row->equal: x = 2^row->top */
enum { NUMBER, EMPTY, ROW_ZERO, ROW_PINF, ROW_NAN };

static double own(const lp_case *c, int64_t i) {
    return c->in[LP_IN_Q][i * c->k + c->label[i]];
}

static lp_status domain(const lp_case *c) {
    return lp_labelled_domain(c, LP_IN_Q);
}

static int nature_of(const lp_case *c, int64_t i) {
    if (lp_labelled_nan(c, LP_IN_Q, i)) return ROW_NAN;
    double q = own(c, i);
    return q == 0 ? ROW_PINF : isinf(q) ? ROW_ZERO : NUMBER;
}

/* +inf and -inf among the -ln q make NaN of their sum. */
static void open_case(lp_scope *s, lp_row *row) {
    const lp_case *c = s->c;
    bool pinf = false, zero = false, nan = false, powers = true;
    row->count = lp_labelled_count(c);
    row->top = 0;
    for (int64_t i = 0; i < c->n; i++) {
        if (lp_case_ignored(c, i)) continue;
        int nature = nature_of(c, i), e;
        nan |= nature == ROW_NAN;
        pinf |= nature == ROW_PINF;
        zero |= nature == ROW_ZERO;
        if (nature != NUMBER) continue;
        powers &= frexp(own(c, i), &e) == 0.5;
        row->top -= e - 1;
    }
    row->nature = nan || (pinf && zero) ? ROW_NAN
                  : pinf                ? ROW_PINF
                  : zero                ? ROW_ZERO
                  : row->count == 0     ? EMPTY
                                        : NUMBER;
    row->equal = row->nature == NUMBER && powers && row->top % row->count == 0;
    if (row->equal) row->top /= row->count;
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)out, (void)j;
    bool void_mean = row->nature == EMPTY && lp_case_param(s->c, LP_PARAM_EMPTY_MEAN) == 0;
    if (row->nature == ROW_NAN || void_mean) return LP_KIND_NAN;
    return row->nature == ROW_PINF ? LP_KIND_PINF : LP_KIND_NUMBER;
}

static void evaluate(lp_scope *s, lp_row *row) {
    const lp_case *c = s->c;
    lp_iv *x = &row->iv[ROOT];
    if (row->nature != NUMBER || row->equal) return;
    lp_iv_set_prec(x, row->prec);
    mpfr_set_ui(x->lo, 1, MPFR_RNDD);
    mpfr_set_ui(x->hi, 1, MPFR_RNDU);
    for (int64_t i = 0; i < c->n; i++) {
        if (lp_case_ignored(c, i)) continue;
        mpfr_mul_d(x->lo, x->lo, own(c, i), MPFR_RNDD);
        mpfr_mul_d(x->hi, x->hi, own(c, i), MPFR_RNDU);
    }
    mpfr_ui_div(x->lo, 1, x->lo, MPFR_RNDU);
    mpfr_ui_div(x->hi, 1, x->hi, MPFR_RNDD);
    mpfr_swap(x->lo, x->hi);
    mpfr_rootn_ui(x->lo, x->lo, (unsigned long)row->count, MPFR_RNDD);
    mpfr_rootn_ui(x->hi, x->hi, (unsigned long)row->count, MPFR_RNDU);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)out, (void)j;
    x->whole = row->nature != NUMBER || row->equal;
    if (row->nature == EMPTY) mpfr_set_ui(x->a, 1, MPFR_RNDZ);
    if (row->equal) mpfr_set_ui_2exp(x->a, 1, row->top, MPFR_RNDZ);
    if (!x->whole) lp_iv_set(&x->r, &row->iv[ROOT]);
}

/* The textbook program: exp((nll_0 + nll_1 + ...) / N), nll = -log(q_c), the sum in index order. */
static bool bound(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                  const lp_enclosure *x) {
    const lp_case *c = s->c;
    mpfr_t *n = s->unit.n;
    lp_bound_sum sum;
    (void)out, (void)j;
    mpfr_set_zero(err, 1);
    if (row->nature != NUMBER) return true; /* special values: nothing but the storing */
    lp_bound_sum_init(&sum);
    for (int64_t i = 0; i < c->n; i++) {
        if (lp_case_ignored(c, i)) continue;
        mpfr_set_d(n[0], own(c, i), MPFR_RNDZ);
        mpfr_log(n[1], n[0], MPFR_RNDU);
        mpfr_log(n[0], n[0], MPFR_RNDD);
        mpfr_neg(n[0], n[0], MPFR_RNDU);
        mpfr_neg(n[1], n[1], MPFR_RNDD);
        mpfr_set_zero(n[2], 1);
        lp_bound_libm(n[2], &s->unit, mpfr_cmpabs(n[0], n[1]) > 0 ? n[0] : n[1]);
        lp_bound_sum_add(&sum, &s->unit, n[1], n[0], n[2]);
    }
    mpfr_set(n[2], sum.err, MPFR_RNDU); /* of the mean */
    mpfr_div_ui(n[0], sum.hi, (unsigned long)row->count, MPFR_RNDU);
    if (row->count > 1) {
        mpfr_set_zero(n[3], 1);
        mpfr_set_si(n[4], row->count, MPFR_RNDD);
        if (!lp_format_holds(s->format, (double)row->count)) lp_bound_round(n[3], &s->unit, n[4]);
        mpfr_abs(n[1], mpfr_cmpabs(sum.lo, sum.hi) > 0 ? sum.lo : sum.hi, MPFR_RNDU);
        mpfr_div(n[1], n[1], n[4], MPFR_RNDU);
        lp_bound_div(n[2], &s->unit, sum.err, n[1], n[4], n[3]);
        lp_bound_round(n[2], &s->unit, n[1]);
    }
    lp_bound_sum_clear(&sum);
    lp_enclosure_lower(n[3], x);
    lp_enclosure_upper(n[4], x);
    lp_bound_exp(err, &s->unit, n[0], n[3], n[4], n[2]);
    lp_bound_libm(err, &s->unit, n[4]);
    return true;
}

/* sum |q dx/dq| = x. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)out, (void)j;
    if (row->nature != NUMBER) return 0;
    return row->equal ? ldexpl(1, (int)row->top) : mpfr_get_ld(row->iv[ROOT].hi, MPFR_RNDN);
}

const lp_family lp_family_perplexity = {
    .domain = domain,
    .open = open_case,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = bound,
    .sensitivity = sensitivity,
};
