/* softmax and log_softmax with their vector-Jacobian products, on softrow.h. "Top" is a class of
 * the top group, n classes with R < n.
 *
 *   softmax      p_j;                              top: (1 - Q) / n, Q = R / S
 *     VJP        e_j (A_j + D_j) / (T S^2)         A_j = n v_j - (sum of v over the top group),
 * exact D_j = (v_j - v_a) R - H H   = sum of e_k (v_k - v_a) over the others top: A_j = 0: D_j / (T
 * S^2), else (A_j + (n^2 D_j - A_j R (2n + R)) / S^2) / (T n^2) log_softmax  ((z_j - z_a) - T log
 * S) / T VJP        (v_j - V p_j) / T, V = sum of v;  top: ((n v_j - V) + V Q) / (n T)
 *
 * A common offset of v drops out of A, D and H exactly. Rational cases: all participating logits
 * equal (R = 0); V = 0; one class. The softmax VJP is rational otherwise only where it is 0: in
 * x T S^2 = e_j sum_k e_k (v_j - v_k) the largest exponent on the right is at most that of e_j e_a,
 * on the left that of e_a^2, and the smallest likewise, so z_j would be both largest and smallest.
 * It is 0 where the sum of v_j - v_k over {k: z_k = y} is 0 for every distinct logit y; then A_j =
 * 0.
 *
 * Beside an exact A_j / (T n^2) stands the sum of (n^2 (v_j - v_k) - 2 n A_j) e_k - A_j R^2 over
 * S^2, a sum of exponentials that is not 0 where A_j is not. Its first order may cancel exactly and
 * leave the second, v = (1, 0, 1/4) at z = (0, 0, -1e9), or one group of equal logits may and leave
 * the next: where intervals straddle 0 it is taken as the sum of exponentials that it is
 * (expsum.h), and its sign is found however small it is.
 *
 * An absent class has p_j = +0, its softmax VJP is +0 and its v takes no part in it. NaN in v makes
 * the row's VJP NaN; an infinity that takes part enters as the IEEE formula has it. */
#include "ref/softmax.h"

#include "ref/softrow.h"

#include "ref/dyadic.h"

#include <math.h>

/* row->x: sum of v over what takes part, and over the top group. */
enum { X_V = 2, X_TOP };

void lp_softmax_vjp_open(lp_scope *s, lp_row *row) {
    const double *v = lp_softmax_cotangent(s, row);
    mpfr_set_zero(row->x[X_V], 1);
    mpfr_set_zero(row->x[X_TOP], 1);
    row->v_nan = false;
    row->v_inf = 0;
    for (int64_t j = 0; v && j < s->c->k; j++) {
        bool takes_part = s->c->op == LP_OP_LOG_SOFTMAX || !lp_softrow_absent(s, row, j);
        if (isnan(v[j])) row->v_nan = true;
        if (isinf(v[j]) && takes_part) row->v_inf += v[j];
        if (!isfinite(v[j]) || !takes_part) continue;
        lp_dyadic_set(s->work[0], v[j]);
        lp_dyadic_add(row->x[X_V], row->x[X_V], s->work[0]);
        if (row->nature != LP_SOFT_NAN && lp_softmax_in_top(s, row, j))
            lp_dyadic_add(row->x[X_TOP], row->x[X_TOP], s->work[0]);
    }
}

static void open_row(lp_scope *s, lp_row *row) {
    lp_softrow_open(s, row);
    lp_softmax_vjp_open(s, row);
}

static lp_kind kind_of(double infinity) {
    return isnan(infinity) ? LP_KIND_NAN : infinity > 0 ? LP_KIND_PINF : LP_KIND_NINF;
}

/* v_j - p_j v_inf where something is infinite. */
static lp_kind vjp_kind(const lp_row *row, double v) {
    if (row->v_inf == 0) return LP_KIND_NUMBER;
    return isinf(v) ? LP_KIND_NAN : kind_of(-row->v_inf);
}

lp_kind lp_softmax_vjp_kind(const lp_scope *s, const lp_row *row, int64_t j) {
    if (row->v_nan) return LP_KIND_NAN;
    return lp_softrow_absent(s, row, j) ? LP_KIND_NUMBER
                                        : vjp_kind(row, lp_softmax_cotangent(s, row)[j]);
}

static lp_kind softmax_kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    if (row->nature == LP_SOFT_NAN) return LP_KIND_NAN;
    return out == LP_OUT_VALUE ? LP_KIND_NUMBER : lp_softmax_vjp_kind(s, row, j);
}

static lp_kind log_softmax_kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    if (row->nature == LP_SOFT_NAN) return LP_KIND_NAN;
    bool gone = lp_softrow_absent(s, row, j);
    if (out == LP_OUT_VALUE) return gone ? LP_KIND_NINF : LP_KIND_NUMBER;
    if (row->v_nan || isnan(row->v_inf)) return LP_KIND_NAN;
    double v = lp_softmax_cotangent(s, row)[j];
    if (gone) return isinf(v) ? kind_of(v) : LP_KIND_NUMBER;
    return vjp_kind(row, v);
}

/* H: each e_k within its own bounds, in the directions of v_k - v_a. */
static void evaluate_dot(lp_scope *s, lp_row *row) {
    const double *v = lp_softmax_cotangent(s, row);
    lp_iv *dot = &row->iv[LP_SOFT_DOT], *term = &s->iv[0];
    mpfr_set_zero(dot->lo, 1);
    mpfr_set_zero(dot->hi, 1);
    lp_iv_set_prec(term, row->prec);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (lp_softrow_absent(s, row, k) || lp_softmax_in_top(s, row, k)) continue;
        lp_dyadic_diff(s->work[0], v[k], v[row->top]);
        lp_softrow_e(term, s, row, k);
        lp_iv_scale(term, term, s->work[0]);
        lp_iv_add(dot, dot, term);
    }
}

void lp_softmax_vjp_evaluate(lp_scope *s, lp_row *row) {
    if (lp_softmax_cotangent(s, row) && !row->v_nan && row->v_inf == 0) evaluate_dot(s, row);
}

static void evaluate_softmax(lp_scope *s, lp_row *row) {
    lp_softrow_evaluate(s, row, false);
    lp_softmax_vjp_evaluate(s, row);
}

static void evaluate_log_softmax(lp_scope *s, lp_row *row) {
    lp_softrow_evaluate(s, row, true);
}

static void divide(lp_enclosure *x, const lp_scope *s, int64_t n) {
    lp_dyadic_set_int(x->b, n);
    lp_dyadic_mul_d(x->b, x->b, lp_softrow_temperature(s));
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
}

static void enclose_p(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    x->whole = lp_softrow_absent(s, row, j);
    if (x->whole) return;
    if (!lp_softrow_tops(s, row, j)) {
        lp_softrow_p(&x->r, s, row, j);
        return;
    }
    mpfr_set_ui(x->a, 1, MPFR_RNDZ);
    lp_dyadic_set_int(x->b, row->ties);
    x->unit = row->ties == 1;
    x->whole = row->equal;
    lp_iv_set(&x->r, &row->iv[LP_SOFT_Q]);
    lp_iv_neg(&x->r);
}

/* D_j. */
static void set_rest(lp_iv *rest, lp_scope *s, lp_row *row, int64_t j) {
    const double *v = lp_softmax_cotangent(s, row);
    lp_iv_set_prec(rest, row->prec);
    lp_dyadic_diff(s->work[0], v[j], v[row->top]);
    lp_iv_scale(rest, &row->iv[LP_SOFT_R], s->work[0]);
    mpfr_sub(rest->lo, rest->lo, row->iv[LP_SOFT_DOT].hi, MPFR_RNDD);
    mpfr_sub(rest->hi, rest->hi, row->iv[LP_SOFT_DOT].lo, MPFR_RNDU);
}

/* r = x / S^2. */
static void over_s_squared(lp_iv *r, lp_iv *x, const lp_row *row) {
    lp_iv_mul_nonneg(r, x, &row->iv[LP_SOFT_INV]);
    lp_iv_set(x, r);
    lp_iv_mul_nonneg(r, x, &row->iv[LP_SOFT_INV]);
}

/* a = A_j /= 0, b = T n^2, r = (n^2 D_j - A_j R (2n + R)) / S^2. */
static void enclose_top_vjp(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j, lp_iv *rest) {
    lp_iv *bend = &s->iv[1];
    const lp_iv *r = &row->iv[LP_SOFT_R];
    lp_dyadic_set_int(s->work[1], row->ties);
    lp_dyadic_mul(x->b, x->b, s->work[1]);
    lp_dyadic_mul(x->b, x->b, s->work[1]);
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
    lp_iv_scale(rest, rest, s->work[1]);
    lp_iv_scale(rest, rest, s->work[1]);
    lp_iv_set_prec(bend, row->prec);
    mpfr_add_si(bend->lo, r->lo, 2 * row->ties, MPFR_RNDD);
    mpfr_add_si(bend->hi, r->hi, 2 * row->ties, MPFR_RNDU);
    mpfr_mul(bend->lo, bend->lo, r->lo, MPFR_RNDD);
    mpfr_mul(bend->hi, bend->hi, r->hi, MPFR_RNDU);
    lp_iv_scale(bend, bend, x->a);
    mpfr_sub(rest->lo, rest->lo, bend->hi, MPFR_RNDD);
    mpfr_sub(rest->hi, rest->hi, bend->lo, MPFR_RNDU);
    if (lp_iv_straddles(rest)) lp_softmax_bent_by_groups(rest, s, row, j, x->a);
    over_s_squared(&x->r, rest, row);
}

void lp_softmax_vjp_enclose(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    lp_iv *rest = &s->iv[0];
    x->whole = lp_softrow_absent(s, row, j);
    if (x->whole) return;
    divide(x, s, 1);
    lp_dyadic_set_int(s->work[0], row->ties);
    lp_dyadic_mul_d(x->a, s->work[0], lp_softmax_cotangent(s, row)[j]);
    lp_dyadic_sub(x->a, x->a, row->x[X_TOP]);
    x->whole = row->equal; /* D = 0: A_j / (T n^2) */
    if (x->whole) {
        divide(x, s, row->ties);
        lp_dyadic_mul(x->b, x->b, s->work[0]);
        x->unit = mpfr_cmp_ui(x->b, 1) == 0;
        return;
    }
    set_rest(rest, s, row, j);
    if (!mpfr_zero_p(x->a) && lp_softrow_tops(s, row, j)) {
        enclose_top_vjp(x, s, row, j, rest);
        return;
    }
    x->whole =
        mpfr_zero_p(x->a) && lp_iv_straddles(rest) && lp_softmax_rest_by_groups(rest, s, row, j);
    if (x->whole) return;
    lp_iv_shift(rest, rest, x->a);
    mpfr_set_zero(x->a, 1);
    over_s_squared(&x->r, rest, row);
    if (lp_softmax_in_top(s, row, j)) return;
    lp_softrow_e(&s->iv[1], s, row, j);
    lp_iv_set(rest, &x->r);
    lp_iv_mul_nonneg(&x->r, rest, &s->iv[1]);
}

static void enclose_log_p(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row);
    divide(x, s, 1);
    lp_dyadic_diff(x->a, z[j], z[row->top]);
    x->whole = row->count == 1;
    if (x->whole) return;
    mpfr_set_d(s->work[0], -lp_softrow_temperature(s), MPFR_RNDZ);
    lp_iv_scale(&x->r, &row->iv[LP_SOFT_LOG], s->work[0]);
}

static void enclose_log_softmax_vjp(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    divide(x, s, 1);
    lp_dyadic_set(x->a, lp_softmax_cotangent(s, row)[j]);
    x->whole = lp_softrow_absent(s, row, j) || mpfr_zero_p(row->x[X_V]);
    if (x->whole) return;
    if (lp_softrow_tops(s, row, j)) {
        divide(x, s, row->ties);
        lp_dyadic_set_int(s->work[0], row->ties);
        lp_dyadic_mul(x->a, x->a, s->work[0]);
        lp_dyadic_sub(x->a, x->a, row->x[X_V]);
        lp_iv_scale(&x->r, &row->iv[LP_SOFT_Q], row->x[X_V]);
        x->whole = row->equal;
    } else {
        lp_softrow_p(&x->r, s, row, j);
        lp_iv_scale(&x->r, &x->r, row->x[X_V]);
        lp_iv_neg(&x->r);
    }
}

static void enclose_softmax(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out == LP_OUT_VALUE)
        enclose_p(x, s, row, j);
    else
        lp_softmax_vjp_enclose(x, s, row, j);
}

static void enclose_log_softmax(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out == LP_OUT_VALUE)
        enclose_log_p(x, s, row, j);
    else
        enclose_log_softmax_vjp(x, s, row, j);
}

const lp_family lp_family_softmax = {
    .open = open_row,
    .kind = softmax_kind,
    .evaluate = evaluate_softmax,
    .enclose = enclose_softmax,
    .bound = lp_bound_softmax,
};

const lp_family lp_family_log_softmax = {
    .open = open_row,
    .kind = log_softmax_kind,
    .evaluate = evaluate_log_softmax,
    .enclose = enclose_log_softmax,
    .bound = lp_bound_log_softmax,
};
