/* linear_xent: cross-entropy of the logits Z = X W^T + b, the mean over the M rows not ignored. One
 * number for the case.
 *
 *   loss       (1 / M) sum over the rows of log S_i + (z_a - z_c) (stack.h) grad_x_id  (1 / M)
 * (sum_j p_ij w_jd - w_cd)                                           (shares.h) grad_w_jd  (1 / M)
 * sum_i (p_ij - [j = c_i]) x_id;   grad_b_j the same with 1 for x_id
 *
 * The logits are exact: sums of products of doubles between 2^-2148 and 2^2048 times D, in as many
 * bits as that takes. A row is handed to softrow.h as ranks, which tell what is equal and what is
 * larger, with the exact distances from its largest logit beside them. All exponents are rational,
 * and what softrow.h, stack.h and shares.h say of termination holds.
 *
 * Special values: z_ij is the IEEE sum of the IEEE products where one of its terms is infinite or
 * NaN (0 times infinity is NaN); the row is read by its logits. A row that is NaN is NaN in the
 * loss, in its own grad_x and in all of grad_w and grad_b, which it takes part in. Where p_ij - [j
 * = c] is exactly 0 (a class at -inf that is not the label, the label that is a point mass) an
 * infinite factor beside it adds 0; an infinite factor elsewhere stands beside exactly 1 or -1. */
#include "ref/linear_xent.h"

#include "core/memory.h"
#include "ref/dyadic.h"
#include "ref/part.h"
#include "ref/shares.h"

#include <math.h>
#include <stdlib.h>

/* scope->con: M. */
enum { SCALE };

static double element(const lp_case *c, lp_in role, int64_t i, int64_t d) {
    return c->in[role][i * c->d + d];
}

static lp_status domain(const lp_case *c) {
    for (int64_t i = 0; i < c->n; i++)
        if (!lp_case_label_fits(c, i)) return LP_E_LABEL;
    return c->d < 0 ? LP_E_ARGUMENT : LP_OK;
}

static void prepare(lp_scope *s) {
    lp_stack_views(s, s->c->n, true);
    s->part[0].integers = false; /* ranks are no logits */
}

/* ---- the logits ---- */

double lp_linear_special(const lp_case *c, int64_t i, int64_t j) {
    double sum = isfinite(c->in[LP_IN_B][j]) ? 0 : c->in[LP_IN_B][j];
    for (int64_t d = 0; d < c->d; d++) {
        double x = element(c, LP_IN_X, i, d), w = element(c, LP_IN_W, j, d);
        if (!isfinite(x) || !isfinite(w)) sum += x * w;
    }
    return sum;
}

static void set_logit(mpfr_t z, lp_scope *s, int64_t i, int64_t j) {
    const lp_case *c = s->c;
    lp_dyadic_set(z, c->in[LP_IN_B][j]);
    for (int64_t d = 0; d < c->d; d++) {
        lp_dyadic_set(s->work[0], element(c, LP_IN_X, i, d));
        lp_dyadic_mul_d(s->work[0], s->work[0], element(c, LP_IN_W, j, d));
        lp_dyadic_add(z, z, s->work[0]);
    }
}

typedef struct logit {
    mpfr_t z;
    int64_t j;
} logit;

static int descending(const void *a, const void *b) {
    return mpfr_cmp(((const logit *)b)->z, ((const logit *)a)->z);
}

/* Ranks 0, -1, ... from the largest down, equal for equal ones, and the distances. */
static void rank(double *ranks, lp_row *part, const logit *all, int64_t count, int64_t k) {
    mpfr_prec_t bits = 64;
    mpfr_t d;
    mpfr_init2(d, 64);
    for (int64_t m = 0; m < count; m++) {
        lp_dyadic_sub(d, all[0].z, all[m].z);
        if (mpfr_min_prec(d) > bits) bits = mpfr_min_prec(d);
    }
    lp_vec_shape(&part->depth, k, bits);
    for (int64_t m = 0; m < count; m++) {
        bool tied = m > 0 && mpfr_equal_p(all[m].z, all[m - 1].z);
        mpfr_sub(part->depth.at[all[m].j], all[0].z, all[m].z, MPFR_RNDZ); /* exact */
        ranks[all[m].j] = m == 0 ? 0 : ranks[all[m - 1].j] - (tied ? 0 : 1);
    }
    mpfr_clear(d);
}

static void rank_row(lp_scope *s, lp_row *part, int64_t i) {
    int64_t k = s->c->k, count = 0;
    double *ranks = s->stack + i * k;
    logit *all = lp_memory_zeros((size_t)k, sizeof *all);
    for (int64_t j = 0; j < k; j++) {
        ranks[j] = lp_linear_special(s->c, i, j);
        if (ranks[j] != 0) continue; /* NaN or infinite */
        all[count].j = j;
        mpfr_init2(all[count].z, 128);
        set_logit(all[count].z, s, i, j);
        count++;
    }
    qsort(all, (size_t)count, sizeof *all, descending);
    rank(ranks, part, all, count, k);
    for (int64_t m = 0; m < count; m++) mpfr_clear(all[m].z);
    free(all);
}

static void open_case(lp_scope *s, lp_row *row) {
    lp_row *part = lp_part_rows(row, s, s->c->n);
    for (int64_t i = 0; i < s->c->n; i++)
        if (lp_stack_counts(s, i)) rank_row(s, &part[i], i);
    lp_stack_open(s, row);
    lp_dyadic_set_int(s->con[SCALE], row->count);
}

/* ---- kinds ---- */

/* p_ij - [j = c] where it is no more than that: 0, 1 or -1. Else 2: a share. */
static int exact_slope(const lp_scope *s, const lp_row *row, int64_t i, int64_t j) {
    int own = j == lp_stack_label(s, i);
    if (lp_stack_absent(s, row, i, j)) return -own;
    return row->part[i].count == 1 ? 1 - own : 2;
}

static lp_kind kind_of(double sum) {
    return sum == 0     ? LP_KIND_NUMBER
           : isnan(sum) ? LP_KIND_NAN
           : sum > 0    ? LP_KIND_PINF
                        : LP_KIND_NINF;
}

/* What infinite factors make of a component: the IEEE sum of their products. */
static double infinite(const lp_scope *s, const lp_row *row, int64_t i, int64_t j, double factor) {
    int slope = exact_slope(s, row, i, j);
    return isinf(factor) && slope != 0 ? slope * factor : 0;
}

static lp_kind grad_x_kind(const lp_scope *s, const lp_row *row, int64_t at) {
    int64_t i = at / s->c->d, d = at % s->c->d;
    double sum = 0;
    if (!lp_stack_counts(s, i)) return LP_KIND_NUMBER;
    if (lp_stack_nan(row, i)) return LP_KIND_NAN;
    for (int64_t j = 0; j < s->c->k; j++)
        sum += infinite(s, row, i, j, element(s->c, LP_IN_W, j, d));
    return kind_of(sum);
}

/* d < 0: grad_b. */
static lp_kind grad_class_kind(const lp_scope *s, const lp_row *row, int64_t j, int64_t d) {
    double sum = 0;
    if (row->nature == LP_STACK_NAN) return LP_KIND_NAN;
    for (int64_t i = 0; d >= 0 && i < s->c->n; i++)
        if (lp_stack_counts(s, i)) sum += infinite(s, row, i, j, element(s->c, LP_IN_X, i, d));
    return kind_of(sum);
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t at) {
    switch (out) {
    case LP_OUT_GRAD_X:
        return grad_x_kind(s, row, at);
    case LP_OUT_GRAD_W:
        return grad_class_kind(s, row, at / s->c->d, at % s->c->d);
    case LP_OUT_GRAD_B:
        return grad_class_kind(s, row, at, -1);
    default:
        return lp_stack_loss_kind(s, row);
    }
}

/* ---- values ---- */

/* c = factor, 0 for an infinite one: what it stands beside is exactly 0. */
static void set_factor(mpfr_t c, double factor) {
    lp_dyadic_set(c, isfinite(factor) ? factor : 0);
}

static void weight(mpfr_t c, const lp_shares *sum, int64_t j, int64_t at) {
    set_factor(c, element(sum->s->c, LP_IN_W, j, at % sum->s->c->d));
}

static void gather_x(lp_shares *sum, int64_t at) {
    int64_t i = at / sum->s->c->d;
    mpfr_t own;
    mpfr_init2(own, 64);
    lp_shares_add_row(sum, i, weight, at);
    weight(own, sum, lp_stack_label(sum->s, i), at);
    mpfr_neg(own, own, MPFR_RNDZ);
    lp_shares_shift(sum, own);
    mpfr_clear(own);
}

/* Of class j over the rows, `at` < 0: grad_b. */
static void gather_class(lp_shares *sum, int64_t j, int64_t d) {
    const lp_scope *s = sum->s;
    mpfr_t x;
    mpfr_init2(x, 64);
    for (int64_t i = 0; i < s->c->n; i++) {
        if (!lp_stack_counts(s, i)) continue;
        set_factor(x, d < 0 ? 1 : element(s->c, LP_IN_X, i, d));
        lp_shares_add(sum, i, j, x);
        mpfr_neg(x, x, MPFR_RNDZ);
        if (j == lp_stack_label(s, i)) lp_shares_shift(sum, x);
    }
    mpfr_clear(x);
}

static void gather_w(lp_shares *sum, int64_t at) {
    gather_class(sum, at / sum->s->c->d, at % sum->s->c->d);
}

static void gather_b(lp_shares *sum, int64_t at) {
    gather_class(sum, at, -1);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t at) {
    bool none = row->count == 0 || (out == LP_OUT_GRAD_X && !lp_stack_counts(s, at / s->c->d));
    if (out == LP_OUT_LOSS) {
        lp_stack_enclose_loss(x, s, row);
        return;
    }
    x->whole = none; /* a row left out, or no row: +0 */
    if (none) return;
    lp_shares_enclose(x, s, row,
                      out == LP_OUT_GRAD_X   ? gather_x
                      : out == LP_OUT_GRAD_W ? gather_w
                                             : gather_b,
                      at, s->con[SCALE]);
}

/* sum |x dL/dx| + |w dL/dw| + |b dL/db|, each derivative from the rows' slopes. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t at) {
    const lp_case *c = s->c;
    long double sum = 0;
    (void)at;
    if (out != LP_OUT_LOSS || row->count == 0) return 0;
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t d = 0; lp_stack_counts(s, i) && d < c->d; d++) {
            long double g = 0;
            for (int64_t j = 0; j < c->k; j++)
                if (isfinite(element(c, LP_IN_W, j, d)))
                    g += lp_stack_slope(s, row, i, j) * element(c, LP_IN_W, j, d);
            if (isfinite(element(c, LP_IN_X, i, d))) sum += fabsl(g * element(c, LP_IN_X, i, d));
        }
    for (int64_t j = 0; j < c->k; j++)
        for (int64_t d = -1; d < c->d; d++) {
            long double g = 0;
            double own = d < 0 ? c->in[LP_IN_B][j] : element(c, LP_IN_W, j, d);
            for (int64_t i = 0; i < c->n; i++)
                if (lp_stack_counts(s, i) && (d < 0 || isfinite(element(c, LP_IN_X, i, d))))
                    g += lp_stack_slope(s, row, i, j) *
                         (d < 0 ? 1 : (long double)element(c, LP_IN_X, i, d));
            if (isfinite(own)) sum += fabsl(g * own);
        }
    return sum / (long double)row->count;
}

const lp_family lp_family_linear_xent = {
    .domain = domain,
    .prepare = prepare,
    .open = open_case,
    .kind = kind,
    .evaluate = lp_stack_evaluate,
    .enclose = enclose,
    .bound = lp_bound_linear_xent,
    .sensitivity = sensitivity,
};
