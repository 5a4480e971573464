/* The textbook program of a batch, and its condition.
 *
 *   reduced loss  s = row_0 + row_1 + ... in index order over the rows not ignored, each by its own
 *                 program; s / D
 *   D             the count of rows, converted to the format, or w_0 + w_1 + ... in index order
 *   gradient      row's gradient * (upstream / D)
 *
 *   in bits       that / RN(ln 2), the constant rounded to the format
 *
 * Operations with a neutral operand (D = 1, upstream / D = 1) are absent. An ignored row and an
 * empty mean are no evaluation: nothing but the storing. */
#include "ref/batch.h"

#include "ref/refine.h"

#include <math.h>

/* |D| from below. */
static void least_divisor(mpfr_t d, const lp_batch *b) {
    mpfr_abs(d, b->d, MPFR_RNDD);
}

/* err = error of upstream / D, s = |upstream / D| from above; false: void. */
static bool bound_scale(mpfr_t s, mpfr_t err, lp_exact *e, double up) {
    lp_batch *b = &e->batch;
    MPFR_DECL_INIT(d, LP_BOUND_PREC);
    MPFR_DECL_INIT(none, LP_BOUND_PREC);
    lp_bound_abs_d(s, up);
    mpfr_set_zero(err, 1);
    if (mpfr_cmp_ui(b->d, 1) == 0) return true;
    mpfr_set_zero(none, 1);
    least_divisor(d, b);
    mpfr_div(s, s, d, MPFR_RNDU);
    if (!lp_bound_div(err, &e->scope.unit, none, s, d, b->d_sum.err)) return false;
    lp_bound_round(err, &e->scope.unit, s);
    return true;
}

/* *plain: the component is the row's own, and mag is its magnitude. */
static bool bound_row(mpfr_t err, mpfr_t mag, bool *plain, lp_exact *e, lp_out out, int64_t i) {
    const lp_case *c = e->scope.c;
    lp_bound_unit *unit = &e->scope.unit;
    int64_t j, at = i / lp_refine_row_length(e, out);
    double up = lp_batch_upstream(c, out, at);
    mpfr_set_zero(err, 1);
    if (lp_refine_ignored(e, at)) return true;
    if (lp_refine_bad_label(e, at)) return false;
    if (out >= LP_OUT_GRAD && (mpfr_zero_p(e->batch.d) || !isfinite(up))) return isfinite(up);
    lp_row *row = lp_refine_row(e, out, i, &j);
    lp_refine_evaluate(e, row, 0);
    lp_enclosure_start(&e->x, row->prec);
    e->family->enclose(&e->x, &e->scope, row, out, j);
    MPFR_DECL_INIT(own, LP_BOUND_PREC);
    MPFR_DECL_INIT(g, LP_BOUND_PREC);
    MPFR_DECL_INIT(s, LP_BOUND_PREC);
    MPFR_DECL_INIT(s_err, LP_BOUND_PREC);
    lp_enclosure_magnitude(g, &e->x);
    if (!e->family->bound(own, &e->scope, row, out, j, &e->x)) return false;
    mpfr_set(err, own, MPFR_RNDU);
    *plain = out < LP_OUT_GRAD || (up == 1 && mpfr_cmp_ui(e->batch.d, 1) == 0);
    if (*plain) mpfr_set(mag, g, MPFR_RNDU);
    if (*plain) return true;
    if (!bound_scale(s, s_err, e, up)) return false;
    lp_bound_mul(err, unit, g, own, s, s_err);
    mpfr_mul(g, g, s, MPFR_RNDU);
    lp_bound_round(err, unit, g);
    return true;
}

/* The rows one after the other, each enclosed at the precision it has. False: some row is void. */
static bool bound_rows(lp_bound_sum *sum, lp_exact *e) {
    const lp_case *c = e->scope.c;
    MPFR_DECL_INIT(lo, LP_BOUND_PREC);
    MPFR_DECL_INIT(hi, LP_BOUND_PREC);
    MPFR_DECL_INIT(err, LP_BOUND_PREC);
    for (int64_t i = 0; i < c->n; i++) {
        if (lp_case_ignored(c, i)) continue;
        if (lp_case_bad_label(c, i)) return false;
        lp_row *row = lp_refine_open(e, i);
        lp_refine_evaluate(e, row, 0);
        lp_enclosure_start(&e->x, row->prec);
        e->family->enclose(&e->x, &e->scope, row, LP_OUT_LOSS, 0);
        lp_enclosure_lower(lo, &e->x);
        lp_enclosure_upper(hi, &e->x);
        if (!e->family->bound(err, &e->scope, row, LP_OUT_LOSS, 0, &e->x)) return false;
        lp_bound_sum_add(sum, &e->scope.unit, lo, hi, err);
    }
    return true;
}

static bool bound_sum(lp_exact *e) {
    lp_batch *b = &e->batch;
    lp_bound_sum sum;
    MPFR_DECL_INIT(q, LP_BOUND_PREC);
    MPFR_DECL_INIT(d, LP_BOUND_PREC);
    mpfr_set_zero(b->bound, 1);
    if (mpfr_zero_p(b->d)) return true;
    lp_bound_sum_init(&sum);
    bool sound = bound_rows(&sum, e);
    mpfr_set(b->bound, sum.err, MPFR_RNDU);
    if (sound && mpfr_cmp_ui(b->d, 1) != 0) {
        least_divisor(d, b);
        lp_batch_enclose(e, LP_OUT_LOSS, 0, 0);
        lp_enclosure_magnitude(q, &e->x);
        sound = lp_bound_div(b->bound, &e->scope.unit, sum.err, q, d, b->d_sum.err);
        lp_bound_round(b->bound, &e->scope.unit, q);
    }
    lp_bound_sum_clear(&sum);
    return sound;
}

/* err = error of x / RN(ln 2), of x before; q = |x / ln 2| from above. The constant's own error is
 * at most u ln 2 < u. False: void, which no format's u makes it. */
static bool bound_bits(mpfr_t err, lp_exact *e, lp_out out, int64_t i) {
    MPFR_DECL_INIT(q, LP_BOUND_PREC);
    MPFR_DECL_INIT(ln2, LP_BOUND_PREC);
    MPFR_DECL_INIT(its_error, LP_BOUND_PREC);
    lp_batch_enclose(e, out, i, 0);
    if (lp_enclosure_zero(&e->x) && mpfr_zero_p(err)) return true; /* nothing is computed */
    lp_enclosure_magnitude(q, &e->x);
    mpfr_const_log2(ln2, MPFR_RNDD);
    mpfr_set_ui_2exp(its_error, 1, -e->scope.unit.p, MPFR_RNDU);
    mpfr_mul(its_error, its_error, ln2, MPFR_RNDU);
    mpfr_nextabove(its_error);
    if (!lp_bound_div(err, &e->scope.unit, err, q, ln2, its_error)) return false;
    lp_bound_round(err, &e->scope.unit, q);
    return true;
}

static bool bound_nats(mpfr_t err, mpfr_t mag, bool *plain, lp_exact *e, lp_out out, int64_t i) {
    lp_batch *b = &e->batch;
    if (!e->reduced[out]) return bound_row(err, mag, plain, e, out, i);
    if (b->bound_known == 0) b->bound_known = bound_sum(e) ? 1 : -1;
    mpfr_set(err, b->bound, MPFR_RNDU);
    return b->bound_known > 0;
}

bool lp_batch_bound(mpfr_t err, mpfr_t mag, lp_exact *e, lp_out out, int64_t i) {
    bool plain = false;
    if (!bound_nats(err, mag, &plain, e, out, i)) return false;
    if (plain && !e->scope.bits) return true;
    if (e->scope.bits && !bound_bits(err, e, out, i)) return false;
    lp_batch_enclose(e, out, i, 0);
    lp_enclosure_magnitude(mag, &e->x);
    return true;
}

/* ---- condition ---- */

static long double sensitivity(lp_exact *e, lp_out out, int64_t i) {
    int64_t j;
    int64_t at = i / lp_refine_row_length(e, out);
    if (lp_refine_ignored(e, at) || lp_refine_bad_label(e, at)) return 0;
    lp_row *row = lp_refine_row(e, out, i, &j);
    lp_refine_evaluate(e, row, 0);
    return e->family->sensitivity(&e->scope, row, out, j);
}

/* D and upstream cancel against the component's magnitude, which is taken without them. */
static double ratio(long double sum, const lp_enclosure *x) {
    MPFR_DECL_INIT(mag, LP_BOUND_PREC);
    lp_enclosure_magnitude(mag, x);
    return sum == 0 ? 0 : (double)(sum / mpfr_get_ld(mag, MPFR_RNDN));
}

static double row_condition(lp_exact *e, lp_out out, int64_t i) {
    int64_t j;
    int64_t at = i / lp_refine_row_length(e, out);
    if (lp_refine_ignored(e, at) || lp_refine_bad_label(e, at)) return 0;
    lp_row *row = lp_refine_row(e, out, i, &j);
    bool per_row = out == LP_OUT_LOSS;
    if (per_row && row->cond >= 0) return row->cond;
    long double sum = sensitivity(e, out, i);
    lp_enclosure_start(&e->x, row->prec);
    e->family->enclose(&e->x, &e->scope, row, out, j);
    double cond = ratio(sum, &e->x);
    if (per_row) row->cond = cond;
    return cond;
}

static double sum_condition(lp_exact *e) {
    long double sum = 0;
    if (mpfr_zero_p(e->batch.d)) return 0;
    lp_batch_enclose(e, LP_OUT_LOSS, 0, 0);
    for (int64_t i = 0; i < e->scope.c->n; i++) sum += sensitivity(e, LP_OUT_LOSS, i);
    return ratio(sum, &e->batch.sum);
}

double lp_batch_condition(lp_exact *e, lp_out out, int64_t i) {
    lp_batch *b = &e->batch;
    if (!e->family->sensitivity) return 0;
    if (!e->reduced[out]) return row_condition(e, out, i);
    if (b->cond < 0) b->cond = sum_condition(e);
    return b->cond;
}
