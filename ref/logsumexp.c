/* logsumexp: z_a + log S, and v p_j with a cotangent v per row (absent: 1).
 *
 * z_a is exact and apart, log S irrational but for one participating class (softrow.h), so the
 * value is rational only there. It can cancel (z_a near -log S): precision follows. A class of the
 * top group has p_j = (1 - Q) / n.
 *
 * A NaN in v makes the row's gradient NaN, v = 0 makes it +0, an infinite v is the IEEE product,
 * and an absent class has +0 whatever v is, as for softmax. */
#include "ref/dyadic.h"
#include "ref/softrow.h"

#include <math.h>

/* row->nature beyond those of softrow.h. */
enum { LSE_PINF = LP_SOFT_ROW + 1, LSE_NINF };

static double cotangent(const lp_scope *s, const lp_row *row) {
    const double *v = s->c->in[LP_IN_V];
    return v ? v[row->at] : 1;
}

static bool absent(const lp_scope *s, const lp_row *row, int64_t j) {
    return lp_softrow_logits(s, row)[j] == -INFINITY;
}

/* A NaN before a +inf before all -inf. */
static void open_row(lp_scope *s, lp_row *row) {
    const double *z = lp_softrow_logits(s, row);
    lp_softrow_open(s, row);
    if (row->nature == LP_SOFT_ROW) return;
    row->nature = LSE_NINF;
    for (int64_t j = 0; j < s->c->k && row->nature != LP_SOFT_NAN; j++) {
        if (z[j] == INFINITY) row->nature = LSE_PINF;
        if (isnan(z[j])) row->nature = LP_SOFT_NAN;
    }
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    double v = cotangent(s, row);
    if (row->nature == LP_SOFT_NAN) return LP_KIND_NAN;
    if (out == LP_OUT_VALUE)
        return row->nature == LP_SOFT_ROW ? LP_KIND_NUMBER
               : row->nature == LSE_PINF  ? LP_KIND_PINF
                                          : LP_KIND_NINF;
    if (row->nature != LP_SOFT_ROW || isnan(v)) return LP_KIND_NAN;
    if (isfinite(v) || absent(s, row, j)) return LP_KIND_NUMBER;
    return v > 0 ? LP_KIND_PINF : LP_KIND_NINF;
}

static void evaluate(lp_scope *s, lp_row *row) {
    lp_softrow_evaluate(s, row, true);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    double v = cotangent(s, row);
    if (out == LP_OUT_VALUE) {
        lp_dyadic_set(x->a, lp_softrow_logits(s, row)[row->top]);
        x->whole = row->count == 1;
        if (!x->whole) lp_iv_set(&x->r, &row->iv[LP_SOFT_LOG]);
        return;
    }
    x->whole = v == 0 || absent(s, row, j);
    if (x->whole) return;
    lp_dyadic_set(s->work[0], v);
    if (!lp_softrow_tops(s, row, j)) {
        lp_softrow_p(&x->r, s, row, j);
        lp_iv_scale(&x->r, &x->r, s->work[0]);
        return;
    }
    lp_dyadic_copy(x->a, s->work[0]);
    lp_dyadic_set_int(x->b, row->ties);
    x->unit = row->ties == 1;
    x->whole = row->equal;
    if (x->whole) return;
    lp_iv_scale(&x->r, &row->iv[LP_SOFT_Q], s->work[0]);
    lp_iv_neg(&x->r);
}

/* The textbook program: m + L, and v * p_j (no multiplication without v). */
static bool bound(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                  const lp_enclosure *x) {
    if (!row->bound.done) lp_softrow_bound(s, row, true);
    row->bound.done = true;
    mpfr_set_zero(err, 1);
    if (out == LP_OUT_VALUE) {
        if (row->bound.is_void[LP_SOFT_B_LOG]) return false;
        mpfr_set(err, row->bound.err[LP_SOFT_B_LOG], MPFR_RNDU);
    } else {
        if (absent(s, row, j)) return true;
        if (!lp_softrow_bound_p(err, s, row, j)) return false;
        if (!s->c->in[LP_IN_V]) return true;
        mpfr_mul_d(err, err, fabs(cotangent(s, row)), MPFR_RNDU);
    }
    lp_enclosure_magnitude(s->unit.n[1], x);
    lp_bound_round(err, &s->unit, s->unit.n[1]);
    return true;
}

/* sum |z_j p_j|. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)j;
    const double *z = lp_softrow_logits(s, row);
    long double sum = 0;
    for (int64_t i = 0; out == LP_OUT_VALUE && i < s->c->k; i++)
        if (!absent(s, row, i)) sum += fabsl(z[i] * lp_softrow_p_approx(row, i));
    return sum;
}

const lp_family lp_family_logsumexp = {
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = bound,
    .sensitivity = sensitivity,
};
