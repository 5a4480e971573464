/* ece: sum_b (n_b / N) |accuracy_b - confidence_b| over B bins of the rows not ignored; one number
 * for the case, whose rows are this family's one row.
 *
 * A row's confidence is its largest p, its guess the first class that has it. Bin b holds the
 * confidences in ((b - 1) / B, b / B], the first one 0 as well, the last one all above 1: b is
 * ceil(B p), found from the exact product. With hits h (0 or 1) the value is
 *   (1 / N) sum_b |sum of h - p over the bin's rows|,
 * rational: every sum is exact and the quotient is never formed. */
#include "ref/labelled.h"

#include "core/memory.h"
#include "ref/dyadic.h"

#include <math.h>
#include <stdlib.h>

/* row->x: the sum of |S_b|; row->count: N */
enum { SUM };
/* row->nature */
enum { NUMBER, EMPTY, ROW_PINF, ROW_NAN };

static int64_t bins(const lp_case *c) {
    return (int64_t)lp_case_param(c, LP_PARAM_BINS);
}

typedef struct guess {
    double confidence;
    int64_t bin, row;
    bool hit;
} guess;

/* ceil(B p), from 1 to B; the product is exact, and its ceiling no more than B. */
static int64_t bin_of(mpfr_t work, double p, int64_t b) {
    if (!(p > 0)) return 1;
    if (p >= 1) return b;
    lp_dyadic_set_int(work, b);
    lp_dyadic_mul_d(work, work, p);
    mpfr_ceil(work, work);
    return mpfr_get_si(work, MPFR_RNDU);
}

static guess guess_of(mpfr_t work, const lp_case *c, int64_t i) {
    const double *p = c->in[LP_IN_P] + i * c->k;
    int64_t best = 0;
    for (int64_t j = 1; j < c->k; j++)
        if (p[j] > p[best]) best = j;
    return (guess){p[best], bin_of(work, p[best], bins(c)), i, best == c->label[i]};
}

static int by_bin(const void *a, const void *b) {
    const guess *x = a, *y = b;
    if (x->bin != y->bin) return x->bin < y->bin ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* The rows not ignored, by bin and in order there; *n of them. */
static guess *sorted(int64_t *n, lp_scope *s) {
    const lp_case *c = s->c;
    guess *all = lp_memory_zeros((size_t)(c->n > 0 ? c->n : 1), sizeof *all);
    *n = 0;
    for (int64_t i = 0; i < c->n; i++)
        if (!lp_case_ignored(c, i)) all[(*n)++] = guess_of(s->work[0], c, i);
    qsort(all, (size_t)*n, sizeof *all, by_bin);
    return all;
}

static int64_t end_of_bin(const guess *g, int64_t from, int64_t n) {
    int64_t to = from;
    while (to < n && g[to].bin == g[from].bin) to++;
    return to;
}

static lp_status domain(const lp_case *c) {
    return lp_labelled_domain(c, LP_IN_P);
}

static int nature_of(const lp_case *c, int64_t i) {
    int nature = NUMBER;
    for (int64_t j = i * c->k; j < (i + 1) * c->k; j++)
        if (isinf(c->in[LP_IN_P][j])) nature = ROW_PINF;
    return lp_labelled_nan(c, LP_IN_P, i) ? ROW_NAN : nature;
}

static void open_case(lp_scope *s, lp_row *row) {
    const lp_case *c = s->c;
    mpfr_set_zero(row->x[SUM], 1);
    row->count = lp_labelled_count(c);
    row->nature = row->count == 0 ? EMPTY : NUMBER;
    for (int64_t i = 0; i < c->n; i++) {
        if (lp_case_ignored(c, i)) continue;
        int nature = nature_of(c, i);
        if (nature > row->nature) row->nature = nature;
    }
    if (row->nature != NUMBER) return;
    int64_t n;
    guess *g = sorted(&n, s);
    for (int64_t from = 0, to; from < n; from = to) {
        to = end_of_bin(g, from, n);
        mpfr_set_zero(s->work[1], 1);
        for (int64_t i = from; i < to; i++) {
            lp_dyadic_diff(s->work[0], g[i].hit, g[i].confidence);
            lp_dyadic_add(s->work[1], s->work[1], s->work[0]);
        }
        mpfr_abs(s->work[1], s->work[1], MPFR_RNDZ);
        lp_dyadic_add(row->x[SUM], row->x[SUM], s->work[1]);
    }
    free(g);
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)out, (void)j;
    bool void_mean = row->nature == EMPTY && lp_case_param(s->c, LP_PARAM_EMPTY_MEAN) == 0;
    if (row->nature == ROW_NAN || void_mean) return LP_KIND_NAN;
    return row->nature == ROW_PINF ? LP_KIND_PINF : LP_KIND_NUMBER;
}

static void evaluate(lp_scope *s, lp_row *row) {
    (void)s, (void)row; /* all of it is exact, and found once */
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)out, (void)j;
    x->whole = true;
    if (row->count == 0) return;
    lp_dyadic_copy(x->a, row->x[SUM]);
    lp_dyadic_set_int(x->b, row->count);
    x->unit = row->count == 1;
}

/* A bin's term of the program below: its value from above and its error. */
static void bound_bin(mpfr_t hi, mpfr_t err, lp_scope *s, const guess *g, int64_t n, int64_t rows) {
    MPFR_DECL_INIT(x, LP_BOUND_PREC);
    MPFR_DECL_INIT(gap, LP_BOUND_PREC);
    MPFR_DECL_INIT(of_gap, LP_BOUND_PREC);
    lp_bound_sum sum;
    int64_t hits = 0;
    lp_bound_sum_init(&sum);
    mpfr_set_zero(s->work[1], 1);
    for (int64_t i = 0; i < n; i++) {
        hits += g[i].hit;
        mpfr_set_d(x, g[i].confidence, MPFR_RNDZ);
        mpfr_set_zero(err, 1);
        lp_bound_sum_add(&sum, &s->unit, x, x, err);
        lp_dyadic_diff(s->work[0], g[i].hit, g[i].confidence);
        lp_dyadic_add(s->work[1], s->work[1], s->work[0]);
    }
    mpfr_set_zero(of_gap, 1);
    if (n > 1) { /* hits / n, sum / n */
        mpfr_div_ui(of_gap, sum.err, (unsigned long)n, MPFR_RNDU);
        mpfr_div_ui(x, sum.hi, (unsigned long)n, MPFR_RNDU);
        lp_bound_round(of_gap, &s->unit, x);
        mpfr_set_si(x, hits, MPFR_RNDU);
        mpfr_div_ui(x, x, (unsigned long)n, MPFR_RNDU);
        if (hits > 0 && hits < n) lp_bound_round(of_gap, &s->unit, x);
    }
    lp_bound_sum_clear(&sum);
    mpfr_abs(gap, s->work[1], MPFR_RNDU);
    mpfr_div_ui(gap, gap, (unsigned long)n, MPFR_RNDU);
    lp_bound_round(of_gap, &s->unit, gap);
    mpfr_set_si(x, n, MPFR_RNDU); /* the bin's share of the rows, and its product with the gap */
    mpfr_div_ui(x, x, (unsigned long)rows, MPFR_RNDU);
    mpfr_set_zero(hi, 1);
    if (n < rows) lp_bound_round(hi, &s->unit, x);
    lp_bound_mul(err, &s->unit, x, hi, gap, of_gap);
    mpfr_mul(hi, x, gap, MPFR_RNDU);
    if (n < rows) lp_bound_round(err, &s->unit, hi);
}

/* The textbook program, over the bins that hold rows, in order: sum of (n_b / N) * |hits_b / n_b -
 * (sum of confidences) / n_b|, counts exact, sums in index order, a divisor and a factor of 1 no
 * operations. */
static bool bound(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                  const lp_enclosure *x) {
    MPFR_DECL_INIT(hi, LP_BOUND_PREC);
    MPFR_DECL_INIT(of_term, LP_BOUND_PREC);
    MPFR_DECL_INIT(zero, LP_BOUND_PREC);
    (void)out, (void)j, (void)x;
    mpfr_set_zero(err, 1);
    if (row->nature != NUMBER) return true;
    lp_bound_sum sum;
    int64_t n;
    guess *g = sorted(&n, s);
    lp_bound_sum_init(&sum);
    mpfr_set_zero(zero, 1);
    for (int64_t from = 0, to; from < n; from = to) {
        to = end_of_bin(g, from, n);
        bound_bin(hi, of_term, s, g + from, to - from, n);
        lp_bound_sum_add(&sum, &s->unit, zero, hi, of_term); /* terms >= 0: only hi counts */
    }
    mpfr_set(err, sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
    free(g);
    return true;
}

/* sum over the rows of p / N. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    long double sum = 0;
    int64_t n;
    (void)out, (void)j;
    if (row->nature != NUMBER) return 0;
    guess *g = sorted(&n, s);
    for (int64_t i = 0; i < n; i++) sum += g[i].confidence;
    free(g);
    return sum / (long double)n;
}

const lp_family lp_family_ece = {
    .domain = domain,
    .open = open_case,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = bound,
    .sensitivity = sensitivity,
};
