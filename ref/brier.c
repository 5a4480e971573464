/* brier: sum_j (p_j - [j = c])^2, no gradient. Rational: the exact sum of exact squares. */
#include "ref/labelled.h"

#include "ref/dyadic.h"

#include <math.h>

/* row->x */
enum { SUM };
/* row->nature */
enum { NUMBER, ROW_PINF, ROW_NAN };

static const double *probabilities(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_P] + row->at * s->c->k;
}

static bool is_label(const lp_scope *s, const lp_row *row, int64_t j) {
    return s->c->label[row->at] == j;
}

static lp_status domain(const lp_case *c) {
    return lp_labelled_domain(c, LP_IN_P);
}

static void open_row(lp_scope *s, lp_row *row) {
    const double *p = probabilities(s, row);
    mpfr_set_zero(row->x[SUM], 1);
    row->nature = NUMBER;
    for (int64_t j = 0; j < s->c->k; j++) {
        int nature = isnan(p[j]) ? ROW_NAN : isinf(p[j]) ? ROW_PINF : NUMBER;
        if (nature > row->nature) row->nature = nature;
        if (nature != NUMBER) continue;
        lp_dyadic_diff(s->work[0], p[j], is_label(s, row, j));
        lp_dyadic_mul(s->work[0], s->work[0], s->work[0]);
        lp_dyadic_add(row->x[SUM], row->x[SUM], s->work[0]);
    }
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)out, (void)j;
    return row->nature == NUMBER     ? LP_KIND_NUMBER
           : row->nature == ROW_PINF ? LP_KIND_PINF
                                     : LP_KIND_NAN;
}

static void evaluate(lp_scope *s, lp_row *row) {
    (void)s, (void)row; /* all of it is exact, and found once */
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)out, (void)j;
    lp_dyadic_copy(x->a, row->x[SUM]);
    x->whole = true;
}

/* The textbook program: the sum in index order of d_j * d_j, d_j = p_j, at the label p_c - 1. */
static bool bound(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                  const lp_enclosure *x) {
    const double *p = probabilities(s, row);
    mpfr_t *d = &s->unit.n[0], *square = &s->unit.n[1], *of_d = &s->unit.n[2], *all = &s->unit.n[3];
    lp_bound_sum sum;
    (void)out, (void)j, (void)x;
    lp_bound_sum_init(&sum);
    for (int64_t i = 0; i < s->c->k; i++) {
        mpfr_set_zero(*of_d, 1);
        lp_bound_abs_d(*d, p[i]);
        if (is_label(s, row, i)) {
            lp_dyadic_diff(s->work[0], p[i], 1);
            lp_bound_abs(*d, s->work[0]);
            lp_bound_round(*of_d, &s->unit, *d);
        }
        lp_bound_mul(*all, &s->unit, *d, *of_d, *d, *of_d);
        mpfr_sqr(*square, *d, MPFR_RNDU);
        lp_bound_round(*all, &s->unit, *square);
        mpfr_sqr(*of_d, *d, MPFR_RNDD);
        lp_bound_sum_add(&sum, &s->unit, *of_d, *square, *all);
    }
    mpfr_set(err, sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
    return true;
}

/* sum |2 p d|. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    const double *p = probabilities(s, row);
    long double sum = 0;
    (void)out, (void)j;
    for (int64_t i = 0; i < s->c->k; i++)
        sum += fabsl(2 * (long double)p[i] * ((long double)p[i] - is_label(s, row, i)));
    return sum;
}

const lp_family lp_family_brier = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = bound,
    .sensitivity = sensitivity,
};
