/* mse_softmax, targets t_j >= 0 of any sum: sum (p_j - t_j)^2 / 2 and p_j [(p_j - t_j) - sum p_k
 * (p_k - t_k)], on softrow.h: n classes in the top group, R the rest, Q = R / S, p = (1 - Q) / n at
 * the top. With T the targets' sum over the top group, and over the other classes
 *   L = sum p_j (T - 1 - n t_j),   M = Q^2 + n sum p_j^2 = sum p_j (Q + n p_j),   N = L + M
 * everything is exact at Q = 0 plus a rest that is linear in small p_j:
 *   loss  [sum_top (1 - n t_j)^2 + n^2 sum_others t_j^2 + n (M + 2 L)] / (2 n^2)
 *   grad  top:    [A - (1 - Q) N - Q A] / n^2, A = T - n t_j; 1 - Q = n / S;
 *                 (1 - Q) N + Q A = sum p_j [(T - 1 - n t_j) + A + n p_j + Q - N]
 *         others: p_j [(T - 1 - n t_j) + n p_j + Q - N] / n
 * An absent class (-inf) has p_j = 0, gradient +0, and t_j^2 / 2 of the loss.
 *
 * Rational or not. Multiplied by S^2 (S^3) a rational loss (gradient) is an identity of
 * exponentials of the logits, which by Lindemann-Weierstrass holds coefficient by coefficient, and
 * then at every scale of the logits, at 0 too: the loss would be its value at p = 1/K. Such
 * rows exist: t = (1, 0, 1) at z = (h, 0, -h) has the loss 1/2 for every h. A gradient is rational,
 * where not all logits are equal, only as 0: at the top A is its leading coefficient and no other
 * term has the least exponent, three times the smallest logit; below the top nothing reaches three
 * times the largest. Both identities are looked into where the first precision leaves a question
 * open, and where what stands beside the exact part has an open sign it is taken over one
 * denominator, where what cancels leaves nothing (quadratic.c; up to 128 distinct logits, 31 for a
 * gradient on top; rows of both signs by their orders: beyond that a question that falls on the
 * number itself, or so near that only terms of a higher order tell, stays undecided). */
#include "ref/mse_softmax.h"

#include "core/memory.h"
#include "ref/dyadic.h"

#include <math.h>
#include <stdlib.h>

/* row->iv: N, and M + 2 L. */
enum { SLOPES = LP_SOFT_DOT, SQUARES = LP_SOFT_OWN };
/* row->x: T and the exact part of the loss's numerator. */
enum { X_TOP, X_LOSS };

static const double *targets(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_TARGETS] + row->at * s->c->k;
}

static bool in_top(const lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row);
    return z[j] == z[row->top];
}

static lp_status domain(const lp_case *c) {
    const double *t = c->in[LP_IN_TARGETS];
    for (int64_t i = 0; i < c->n * c->k; i++)
        if (t[i] < 0 || isinf(t[i])) return LP_E_ARGUMENT;
    return LP_OK;
}

/* r = n x. */
static void times(mpfr_t r, int64_t n, double x) {
    lp_dyadic_set_int(r, n);
    lp_dyadic_mul_d(r, r, x);
}

static void open_row(lp_scope *s, lp_row *row) {
    const double *t = targets(s, row);
    lp_softrow_open(s, row);
    for (int64_t j = 0; j < s->c->k; j++)
        if (isnan(t[j])) row->nature = LP_SOFT_NAN;
    if (row->nature == LP_SOFT_NAN) return;
    mpfr_set_zero(row->x[X_TOP], 1);
    mpfr_set_zero(row->x[X_LOSS], 1);
    MPFR_DECL_INIT(one, 8);
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    for (int64_t j = 0; j < s->c->k; j++) {
        times(s->work[0], row->ties, t[j]);
        if (in_top(s, row, j)) {
            lp_dyadic_sub(s->work[0], s->work[0], one);
            lp_dyadic_set(s->work[1], t[j]);
            lp_dyadic_add(row->x[X_TOP], row->x[X_TOP], s->work[1]);
        }
        lp_dyadic_mul(s->work[0], s->work[0], s->work[0]);
        lp_dyadic_add(row->x[X_LOSS], row->x[X_LOSS], s->work[0]);
    }
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)out, (void)j;
    return row->nature == LP_SOFT_NAN ? LP_KIND_NAN : LP_KIND_NUMBER;
}

/* r = T - n t_j - less. */
static void set_lead(mpfr_t r, mpfr_t work, const lp_scope *s, const lp_row *row, int64_t j,
                     int64_t less) {
    times(work, row->ties, targets(s, row)[j]);
    lp_dyadic_sub(r, row->x[X_TOP], work);
    lp_dyadic_set_int(work, less);
    lp_dyadic_sub(r, r, work);
}

/* sum over the others of p_j [alpha c_j + beta + gamma (n p_j + Q) + (n where j is `own`)], c_j = T
 * - 1 - n t_j. */
typedef struct form {
    int64_t alpha, beta, gamma, own;
    mpfr_srcptr more;  /* an exact number, and */
    const lp_iv *less; /* an enclosed one, added to and taken off the bracket; NULL: none */
} form;
static const form n_form = {1, 0, 1, -1, NULL, NULL}, loss_form = {2, 0, 1, -1, NULL, NULL};

static int by_logit(const void *a, const void *b) {
    double x = ((const double *const *)a)[0][0], y = ((const double *const *)b)[0][0];
    return (x > y) - (x < y);
}

/* work[2] += the exact part of class j's bracket. */
static void add_exact(lp_scope *s, const lp_row *row, const form *f, int64_t j) {
    set_lead(s->work[0], s->work[1], s, row, j, 1);
    lp_dyadic_set_int(s->work[1], f->alpha);
    lp_dyadic_mul(s->work[0], s->work[0], s->work[1]);
    lp_dyadic_add(s->work[2], s->work[2], s->work[0]);
    lp_dyadic_set_int(s->work[0], f->beta + (j == f->own ? row->ties : 0));
    lp_dyadic_add(s->work[2], s->work[2], s->work[0]);
    if (f->more) lp_dyadic_add(s->work[2], s->work[2], f->more);
}

/* sum += weight [work[2] + m gamma (n p_j + Q)], m classes of one logit; the bracket first, of
 * which the exact part tells the sign where p_j is beyond MPFR's range. */
static void add_group(lp_iv *sum, lp_scope *s, const lp_row *row, const form *f, int64_t j,
                      int64_t m, const lp_iv *weight) {
    lp_iv *p = &s->iv[0], bracket, term;
    lp_iv_init(&bracket, row->prec);
    lp_iv_init(&term, row->prec);
    lp_softrow_p(p, s, row, j);
    lp_dyadic_set_int(s->work[0], row->ties);
    lp_iv_scale(&bracket, p, s->work[0]);
    lp_iv_add(&bracket, &bracket, &row->iv[LP_SOFT_Q]);
    lp_dyadic_set_int(s->work[0], f->gamma * m);
    lp_iv_scale(&bracket, &bracket, s->work[0]);
    if (f->less) {
        lp_dyadic_set_int(s->work[0], -m);
        lp_iv_scale(&term, f->less, s->work[0]);
        lp_iv_add(&bracket, &bracket, &term);
    }
    lp_iv_shift(&bracket, &bracket, s->work[2]);
    lp_iv_mul_nonneg(&term, &bracket, weight ? weight : p);
    lp_iv_add(sum, sum, &term);
    lp_iv_clear(&term);
    lp_iv_clear(&bracket);
    mpfr_set_zero(s->work[2], 1);
}

/* exp(z - largest), by one exponential rounded down and its neighbour above. */
static void set_ratio(lp_iv *r, lp_scope *s, double z, double largest) {
    lp_dyadic_diff(s->work[0], z, largest);
    mpfr_exp(r->lo, s->work[0], MPFR_RNDD);
    lp_iv_upper(r->hi, r->lo, z == largest ? 0 : 1);
}

/* From the second precision on by groups of equal logits, whose exact parts are added exactly: what
 * cancels between them leaves nothing. It costs a sort. Where every other class is beyond MPFR's
 * range the terms are taken relative to the largest of them, which leaves the sum its sign. */
static void sum_form(lp_iv *sum, lp_scope *s, const lp_row *row, const form *f) {
    const double *z = lp_softrow_logits(s, row);
    const double **order = lp_memory_zeros((size_t)s->c->k, sizeof *order);
    int64_t count = 0, m = 0, largest = -1;
    bool grouped = row->prec > s->start, tiny = mpfr_zero_p(row->iv[LP_SOFT_R].lo);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (lp_softrow_absent(s, row, j) || in_top(s, row, j)) continue;
        if (largest < 0 || z[j] > z[largest]) largest = j;
        order[count++] = &z[j];
    }
    if (grouped) qsort(order, (size_t)count, sizeof *order, by_logit);
    lp_iv weight, *p = &s->iv[0];
    lp_iv_init(&weight, row->prec);
    lp_iv_set_prec(sum, row->prec);
    lp_iv_set_prec(p, row->prec);
    mpfr_set_zero(sum->lo, 1);
    mpfr_set_zero(sum->hi, 1);
    mpfr_set_zero(s->work[2], 1);
    for (int64_t i = 0; i < count; i++, m++) {
        add_exact(s, row, f, order[i] - z);
        if (grouped && i + 1 < count && *order[i + 1] == *order[i]) continue;
        if (tiny) set_ratio(&weight, s, *order[i], z[largest]);
        add_group(sum, s, row, f, order[i] - z, m + 1, tiny ? &weight : NULL);
        m = -1;
    }
    if (tiny && count) {
        lp_softrow_p(p, s, row, largest);
        lp_iv_mul_nonneg(&weight, sum, p);
        lp_iv_set(sum, &weight);
    }
    lp_iv_clear(&weight);
    free(order);
}

static void evaluate(lp_scope *s, lp_row *row) {
    if (row->nature == LP_SOFT_NAN) return;
    lp_softrow_evaluate(s, row, false);
    sum_form(&row->iv[SLOPES], s, row, &n_form);
    sum_form(&row->iv[SQUARES], s, row, &loss_form);
}

/* K' sum t^2 - 2 sum_present t + 1 over 2 K', the loss at p = 1/K' of the K' present classes. */
static void set_uniform(lp_enclosure *x, lp_scope *s, const lp_row *row) {
    const double *t = targets(s, row);
    lp_dyadic_set_int(x->a, 1);
    for (int64_t j = 0; j < s->c->k; j++) {
        times(s->work[0], row->count, t[j]);
        lp_dyadic_mul_d(s->work[0], s->work[0], t[j]);
        lp_dyadic_add(x->a, x->a, s->work[0]);
        if (lp_softrow_absent(s, row, j)) continue;
        lp_dyadic_set(s->work[0], -2 * t[j]);
        lp_dyadic_add(x->a, x->a, s->work[0]);
    }
    lp_dyadic_set_int(x->b, 2 * row->count);
    x->unit = false;
    x->whole = true;
}

static bool none(const lp_iv *x) {
    return mpfr_zero_p(x->lo) && mpfr_zero_p(x->hi);
}

/* Of the row, whatever the scale of its logits; told once. */
static bool is_constant(lp_scope *s, lp_row *row) {
    if (!row->zero) row->zero = lp_mse_constant(s, row) ? 1 : -1;
    return row->zero > 0;
}

static void enclose_loss(lp_enclosure *x, lp_scope *s, lp_row *row) {
    if (!row->equal && row->prec > s->start && is_constant(s, row)) {
        set_uniform(x, s, row);
        return;
    }
    lp_dyadic_copy(x->a, row->x[X_LOSS]);
    lp_dyadic_set_int(x->b, row->ties);
    lp_dyadic_mul(x->b, x->b, x->b);
    lp_dyadic_mul_d(x->b, x->b, 2);
    x->unit = false;
    x->whole = row->equal;
    if (x->whole) return;
    lp_iv *rest = &row->iv[SQUARES];
    if (lp_iv_straddles(rest)) {
        if (lp_mse_squares(&s->iv[0], s, row, row->x[X_TOP])) lp_iv_set(rest, &s->iv[0]);
    }
    x->whole = none(rest);
    lp_dyadic_set_int(s->work[0], row->ties);
    lp_iv_scale(&x->r, rest, s->work[0]);
}

/* r = -(1 - Q) N - Q A, A = `lead`; beyond MPFR's range term by term. */
static void set_top_rest(lp_iv *r, lp_scope *s, const lp_row *row, const mpfr_t lead) {
    const lp_iv *n = &row->iv[SLOPES];
    lp_iv *keep = &s->iv[0]; /* 1 - Q */
    if (mpfr_zero_p(row->iv[LP_SOFT_R].lo) && !mpfr_zero_p(lead)) {
        const form f = {1, 0, 1, -1, lead, n};
        sum_form(&s->iv[1], s, row, &f);
        lp_iv_set(r, &s->iv[1]);
        lp_iv_neg(r);
        return;
    }
    lp_dyadic_set_int(s->work[0], row->ties);
    lp_iv_set_prec(keep, row->prec);
    lp_iv_scale(keep, &row->iv[LP_SOFT_INV], s->work[0]);
    lp_iv_mul_nonneg(r, n, keep);
    lp_iv_scale(keep, &row->iv[LP_SOFT_Q], lead);
    lp_iv_add(r, r, keep);
    lp_iv_neg(r);
}

static void enclose_top(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    lp_iv *rest = &s->iv[0];
    set_lead(x->a, s->work[1], s, row, j, 0);
    lp_dyadic_set_int(x->b, row->ties);
    lp_dyadic_mul(x->b, x->b, x->b);
    x->unit = row->ties == 1;
    x->whole = row->equal;
    if (x->whole) return;
    set_top_rest(&x->r, s, row, x->a);
    if (!lp_iv_straddles(&x->r) || !lp_mse_top_slope(rest, s, row, j, x->a)) return;
    lp_iv_set(&x->r, rest);
    x->whole = none(rest);
}

/* n p_j + Q - N: by its parts, or where nothing exact stands beside it as a sum over the classes.
 */
static void set_bracket(lp_iv *n, lp_scope *s, lp_row *row, int64_t j, bool alone) {
    const form f = {-1, 1, -1, j, NULL, NULL};
    lp_iv *p = &s->iv[0];
    if (alone) {
        sum_form(n, s, row, &f);
        return;
    }
    lp_iv_set_prec(n, row->prec);
    lp_iv_set_prec(p, row->prec);
    lp_iv_set(n, &row->iv[SLOPES]);
    lp_iv_neg(n);
    lp_iv_add(n, n, &row->iv[LP_SOFT_Q]);
    lp_softrow_p(p, s, row, j);
    lp_dyadic_set_int(s->work[0], row->ties);
    lp_iv_scale(p, p, s->work[0]);
    lp_iv_add(n, n, p);
}

static void enclose_other(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    lp_iv *p = &s->iv[0], *n = &s->iv[1];
    set_lead(x->a, s->work[1], s, row, j, 1);
    set_bracket(n, s, row, j, mpfr_zero_p(x->a));
    lp_iv_shift(n, n, x->a);
    if (mpfr_zero_p(x->a) && lp_iv_straddles(n) && lp_mse_slope(p, s, row, j)) {
        lp_dyadic_set_int(s->work[0], row->ties);
        lp_iv_scale(n, p, s->work[0]);
        x->whole = none(n);
    }
    mpfr_set_zero(x->a, 1);
    if (x->whole) return;
    lp_iv_set_prec(p, row->prec);
    lp_softrow_p(p, s, row, j);
    lp_iv_mul_nonneg(&x->r, n, p);
    lp_dyadic_set_int(x->b, row->ties);
    x->unit = row->ties == 1;
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out == LP_OUT_LOSS) {
        enclose_loss(x, s, row);
        return;
    }
    x->whole = lp_softrow_absent(s, row, j);
    if (x->whole) return;
    if (in_top(s, row, j))
        enclose_top(x, s, row, j);
    else
        enclose_other(x, s, row, j);
}

/* sum |z_j grad_j|. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    const double *z = lp_softrow_logits(s, row), *t = targets(s, row);
    long double mean = 0, sum = 0;
    (void)j;
    if (out != LP_OUT_LOSS) return 0;
    for (int64_t k = 0; k < s->c->k; k++) {
        long double p = lp_softrow_p_approx(row, k);
        mean += p * (p - t[k]);
    }
    for (int64_t k = 0; k < s->c->k; k++) {
        long double p = lp_softrow_p_approx(row, k);
        if (isfinite(z[k])) sum += fabsl(z[k] * p * (p - t[k] - mean));
    }
    return sum;
}

const lp_family lp_family_mse_softmax = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = lp_bound_mse_softmax,
    .expand = lp_mse_expand,
    .sensitivity = sensitivity,
};
