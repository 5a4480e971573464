/* info_nce: cross-entropy of the N rows of S / T, each with its own place for a label; symmetric of
 * the N columns too, M = 2N rows stacked. One number for the case.
 *
 *   loss      (1 / M) sum over the rows of log S_i + (z_a - z_c) / T                      (stack.h)
 *   grad_ij   (p_ij - [i=j]) / (M T), symmetric (p_ij + p'_ji - 2 [i=j]) / (M T),
 *             p' of the columns                                                          (shares.h)
 *   grad_tau  -(1 / T) sum S_ij grad_ij = (1 / (M T^2)) sum over the rows of
 *             sum_j p_ij (z_a - z_j) - (z_a - z_c): what the sum of S has in common drops out
 *
 * Rational or not: a gradient of one row as its p_ij. p + p' is rational only where both are, or
 * where one is of two groups, the entry's n on top and g at the distance d below, the other of n
 * below and h at the distance d above, and g h = n^2: by 1/p + 1/p' = q / (p p') that is the
 * product (q/p - 1)(q/p' - 1) = 1 of two sums of exponentials, whose inverses are such sums only
 * where they have one term each. These rows are of one kind (shares.h), so that it is recognised:
 * every question about a gradient is decided at some precision. grad_tau has a remainder whose
 * terms are all positive; it is 0 only where every row's logits are equal, and then grad_tau is 0.
 *
 * Special values: a row that is NaN is NaN in the loss, in grad_tau and in its own gradients; a
 * label at -inf (or beside a point mass) makes the loss +inf and grad_tau -inf, S_ij grad_ij being
 * +inf there, whatever the other terms; an infinite S_ij whose gradient is exactly 0 adds 0. */
#include "ref/info_nce.h"

#include "ref/dyadic.h"
#include "ref/shares.h"

#include <math.h>

/* scope->con: M T and M T^2. */
enum { SCALE, SCALE_TAU };

bool lp_info_nce_symmetric(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_SYMMETRIC) == 1;
}

static lp_status domain(const lp_case *c) {
    return c->k == c->n ? LP_OK : LP_E_ARGUMENT;
}

static void prepare(lp_scope *s) {
    const lp_case *c = s->c;
    bool both = lp_info_nce_symmetric(c);
    double *sim = c->in[LP_IN_SIM], t = lp_case_param(c, LP_PARAM_TEMPERATURE);
    lp_stack_views(s, both ? 2 * c->n : c->n, both);
    if (!both) s->view[0].in[LP_IN_LOGITS] = sim;
    for (int64_t i = 0; both && i < c->n; i++)
        for (int64_t j = 0; j < c->n; j++) {
            s->stack[i * c->n + j] = sim[i * c->n + j];
            s->stack[(c->n + j) * c->n + i] = sim[i * c->n + j];
        }
    lp_dyadic_set_int(s->con[SCALE], s->view[0].n);
    lp_dyadic_mul_d(s->con[SCALE], s->con[SCALE], t);
    lp_dyadic_mul_d(s->con[SCALE_TAU], s->con[SCALE], t);
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    int64_t n = s->c->n;
    lp_kind loss = lp_stack_loss_kind(s, row);
    if (out == LP_OUT_LOSS) return loss;
    if (out == LP_OUT_GRAD_TAU) return loss == LP_KIND_PINF ? LP_KIND_NINF : loss;
    bool nan =
        lp_stack_nan(row, j / n) || (lp_info_nce_symmetric(s->c) && lp_stack_nan(row, n + j % n));
    return nan ? LP_KIND_NAN : LP_KIND_NUMBER;
}

/* Component `at` of S. */
static void gather_entry(lp_shares *sum, int64_t at) {
    const lp_case *c = sum->s->c;
    int64_t i = at / c->n, j = at % c->n;
    bool both = lp_info_nce_symmetric(c);
    MPFR_DECL_INIT(x, 8);
    mpfr_set_ui(x, 1, MPFR_RNDZ);
    lp_shares_add(sum, i, j, x);
    if (both) lp_shares_add(sum, c->n + j, i, x);
    mpfr_set_si(x, both ? -2 : -1, MPFR_RNDZ);
    if (i == j) lp_shares_shift(sum, x);
}

/* z_a - z_j of row `at`. */
static void depth(mpfr_t c, const lp_shares *sum, int64_t j, int64_t at) {
    lp_softrow_depth(c, &sum->s->part[0], &sum->row->part[at], j);
}

static void gather_depths(lp_shares *sum, int64_t at) {
    mpfr_t gap;
    (void)at;
    mpfr_init2(gap, 64);
    for (int64_t i = 0; i < sum->row->parts; i++) {
        lp_shares_add_row(sum, i, depth, i);
        depth(gap, sum, lp_stack_label(sum->s, i), i);
        mpfr_neg(gap, gap, MPFR_RNDZ);
        lp_shares_shift(sum, gap);
    }
    mpfr_clear(gap);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out == LP_OUT_LOSS)
        lp_stack_enclose_loss(x, s, row);
    else if (out == LP_OUT_GRAD)
        lp_shares_enclose(x, s, row, gather_entry, j, s->con[SCALE]);
    else
        lp_shares_enclose(x, s, row, gather_depths, 0, s->con[SCALE_TAU]);
}

/* sum |S_ij dL/dS_ij|. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    const lp_case *c = s->c;
    int64_t n = c->n;
    long double sum = 0;
    (void)j;
    if (out != LP_OUT_LOSS) return 0;
    for (int64_t at = 0; at < n * n; at++) {
        double z = c->in[LP_IN_SIM][at];
        if (isinf(z)) continue;
        long double g = lp_stack_slope(s, row, at / n, at % n);
        if (lp_info_nce_symmetric(c)) g += lp_stack_slope(s, row, n + at % n, at / n);
        sum += fabsl(z * g);
    }
    return sum / mpfr_get_ld(s->con[SCALE], MPFR_RNDN);
}

const lp_family lp_family_info_nce = {
    .domain = domain,
    .prepare = prepare,
    .open = lp_stack_open,
    .kind = kind,
    .evaluate = lp_stack_evaluate,
    .enclose = enclose,
    .bound = lp_bound_info_nce,
    .sensitivity = sensitivity,
};
