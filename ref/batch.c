#include "ref/batch.h"

#include "ref/dyadic.h"
#include "ref/refine.h"

#include <math.h>

/* A common denominator of more bits is not worth its multiplications: further rows over another
 * denominator join as intervals. */
#define DENOMINATOR_BITS 4096

/* D and its program: a count is converted to the format that it computes in, weights are summed in
 * index order. */
static void add_weight(lp_batch *b, lp_bound_unit *unit, double w) {
    b->d_nan = b->d_nan || isnan(w);
    if (isnan(w)) return;
    MPFR_DECL_INIT(term, LP_BOUND_PREC);
    MPFR_DECL_INIT(none, LP_BOUND_PREC);
    mpfr_set_d(term, w, MPFR_RNDZ);
    mpfr_set_zero(none, 1);
    lp_dyadic_add(b->d, b->d, term);
    lp_bound_sum_add(&b->d_sum, unit, term, term, none);
}

static void count_rows(lp_batch *b, const lp_format *f, lp_bound_unit *unit) {
    lp_dyadic_set_int(b->d, b->rows);
    mpfr_set_si(b->d_sum.lo, b->rows, MPFR_RNDD);
    mpfr_set_si(b->d_sum.hi, b->rows, MPFR_RNDU);
    if (!lp_format_holds(f, (double)b->rows)) lp_bound_round(b->d_sum.err, unit, b->d_sum.hi);
}

static void find_denominator(lp_batch *b, const lp_case *c, const lp_format *within) {
    const double *w = c->in[LP_IN_WEIGHTS];
    bool weighted = w && lp_case_param(c, LP_PARAM_MEAN_RULE) == 1;
    lp_bound_unit unit;
    lp_bound_unit_init(&unit, within);
    if (weighted) mpfr_set_zero(b->d, 1);
    for (int64_t i = 0; i < c->n; i++) {
        if (lp_case_ignored(c, i)) continue;
        b->rows++;
        if (weighted) add_weight(b, &unit, lp_case_bad_label(c, i) ? NAN : w[c->label[i]]);
    }
    if (!weighted) count_rows(b, within, &unit);
    lp_bound_unit_clear(&unit);
}

void lp_batch_accumulate(lp_batch *b, const lp_case *c, const lp_format *within) {
    b->bound_known = 0;
    if (c->reduction != LP_REDUCE_MEAN) return;
    lp_bound_sum_clear(&b->d_sum);
    lp_bound_sum_init(&b->d_sum);
    mpfr_set_ui(b->d, 1, MPFR_RNDZ);
    b->rows = 0;
    find_denominator(b, c, within);
}

void lp_batch_init(lp_batch *b, const lp_case *c, const lp_format *within) {
    *b = (lp_batch){.cond = -1};
    mpfr_init2(b->d, 64);
    mpfr_init2(b->bound, LP_BOUND_PREC);
    lp_bound_sum_init(&b->d_sum);
    lp_enclosure_init(&b->sum);
    mpfr_set_ui(b->d, 1, MPFR_RNDZ);
    if (c && c->reduction == LP_REDUCE_MEAN) find_denominator(b, c, within);
}

void lp_batch_clear(lp_batch *b) {
    mpfr_clear(b->d);
    mpfr_clear(b->bound);
    lp_bound_sum_clear(&b->d_sum);
    lp_enclosure_clear(&b->sum);
}

/* ---- one row ---- */

static bool is_gradient(lp_out out) {
    return out >= LP_OUT_GRAD;
}

double lp_batch_upstream(const lp_case *c, lp_out out, int64_t row) {
    const double *up = c->in[LP_IN_UPSTREAM];
    if (!is_gradient(out) || !up) return 1;
    return up[c->reduction == LP_REDUCE_NONE ? row : 0];
}

static bool ignored(const lp_exact *e, lp_out out, int64_t i) {
    return lp_refine_ignored(e, i / lp_refine_row_length(e, out));
}

/* The row's own component, before upstream and D. */
static mpfr_prec_t enclose_plain(lp_exact *e, lp_out out, int64_t i, mpfr_prec_t prec) {
    int64_t j;
    lp_row *row = lp_refine_row(e, out, i, &j);
    lp_refine_evaluate(e, row, prec);
    lp_enclosure_start(&e->x, row->prec);
    e->family->enclose(&e->x, &e->scope, row, out, j);
    return row->prec;
}

static mpfr_prec_t next_precision(mpfr_prec_t prec) {
    return 2 * prec < LP_PRECISION_CAP ? 2 * prec : LP_PRECISION_CAP;
}

/* Sign of the row's own component; 2: undecided at the cap. */
static int plain_sign(lp_exact *e, lp_out out, int64_t i) {
    for (mpfr_prec_t prec = 0;;) {
        prec = enclose_plain(e, out, i, prec);
        if (e->scope.bits) lp_enclosure_to_bits(&e->x, prec); /* the sign stays */
        int sign = lp_enclosure_compare_d(&e->x, 0);
        if (sign != 2 || prec >= LP_PRECISION_CAP) return sign;
        prec = next_precision(prec);
    }
}

static lp_kind infinite(double sign) {
    return sign > 0 ? LP_KIND_PINF : LP_KIND_NINF;
}

/* Of kind * upstream / D. A sign that is undecided leaves a number of which nothing is known. */
static lp_kind scaled_kind(lp_exact *e, lp_out out, int64_t i, lp_kind kind, double up) {
    const lp_batch *b = &e->batch;
    double d = mpfr_sgn(b->d);
    if (kind == LP_KIND_NAN || isnan(up) || b->d_nan) return LP_KIND_NAN;
    if (kind != LP_KIND_NUMBER && d != 0)
        return up == 0 ? LP_KIND_NAN : infinite((kind == LP_KIND_PINF ? 1 : -1) * d * up);
    if (isfinite(up)) return LP_KIND_NUMBER;
    int sign = d == 0 ? 0 : plain_sign(e, out, i);
    if (sign == 2) return LP_KIND_NUMBER;
    return sign == 0 ? LP_KIND_NAN : infinite(sign * d * up);
}

static lp_kind row_kind(lp_exact *e, lp_out out, int64_t i) {
    int64_t j;
    if (ignored(e, out, i)) return LP_KIND_NUMBER;
    if (lp_refine_bad_label(e, i / lp_refine_row_length(e, out))) return LP_KIND_NAN;
    const lp_row *row = lp_refine_row(e, out, i, &j);
    lp_kind kind = e->family->kind(&e->scope, row, out, j);
    if (!is_gradient(out)) return kind;
    return scaled_kind(e, out, i, kind, lp_batch_upstream(e->scope.c, out, row->at));
}

static void enclose_zero(lp_exact *e) {
    lp_enclosure_set_int(&e->x, 0);
}

/* x = x * up / D, D /= 0. */
static void scale(lp_exact *e, double up) {
    lp_enclosure *x = &e->x;
    MPFR_DECL_INIT(s, 53);
    mpfr_set_d(s, mpfr_sgn(e->batch.d) < 0 ? -up : up, MPFR_RNDZ);
    lp_dyadic_mul(x->a, x->a, s);
    if (!x->whole) lp_iv_scale(&x->r, &x->r, s);
    if (e->scope.bits) lp_dyadic_mul(x->two, x->two, s);
    lp_dyadic_mul(x->b, x->b, e->batch.d);
    mpfr_abs(x->b, x->b, MPFR_RNDZ);
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
}

static void enclose_unknown(lp_exact *e) {
    lp_enclosure_start(&e->x, 64);
    mpfr_set_inf(e->x.r.lo, -1);
    mpfr_set_inf(e->x.r.hi, 1);
}

static mpfr_prec_t enclose_row(lp_exact *e, lp_out out, int64_t i, mpfr_prec_t prec) {
    double up = lp_batch_upstream(e->scope.c, out, i / lp_refine_row_length(e, out));
    bool grad = is_gradient(out), unity = mpfr_cmp_ui(e->batch.d, 1) == 0;
    bool zero = ignored(e, out, i) || (grad && (up == 0 || mpfr_zero_p(e->batch.d)));
    if (zero || isinf(up)) {
        zero ? enclose_zero(e) : enclose_unknown(e);
        return LP_PRECISION_CAP; /* nothing is narrower */
    }
    prec = enclose_plain(e, out, i, prec);
    if (grad && !(up == 1 && unity)) scale(e, up);
    if (e->scope.bits) lp_enclosure_to_bits(&e->x, prec);
    return prec;
}

bool lp_batch_segment(lp_exact *e, lp_out out, int64_t i, int64_t end[2]) {
    int64_t j;
    if (!e->family->segment || !is_gradient(out) || ignored(e, out, i)) return false;
    if (lp_case_bad_label(e->scope.c, i / lp_refine_row_length(e, out))) return false;
    lp_row *row = lp_refine_row(e, out, i, &j);
    return e->family->segment(&e->scope, row, out, j, end);
}

/* ---- the sum over the rows ---- */

static lp_kind sum_kind(lp_exact *e) {
    const lp_case *c = e->scope.c;
    lp_batch *b = &e->batch;
    for (int64_t i = 0; !b->kind_known && i < c->n; i++) {
        if (lp_case_ignored(c, i)) continue;
        if (lp_case_bad_label(c, i)) {
            b->nan = true;
            continue;
        }
        lp_kind kind = e->family->kind(&e->scope, lp_refine_open(e, i), LP_OUT_LOSS, 0);
        b->nan |= kind == LP_KIND_NAN;
        b->pinf |= kind == LP_KIND_PINF;
        b->ninf |= kind == LP_KIND_NINF;
    }
    b->kind_known = true;
    if (b->nan || b->d_nan) return LP_KIND_NAN;
    if (mpfr_zero_p(b->d))
        return lp_case_param(c, LP_PARAM_EMPTY_MEAN) == 0 ? LP_KIND_NAN : LP_KIND_NUMBER;
    if (b->pinf && b->ninf) return LP_KIND_NAN;
    if (!b->pinf && !b->ninf) return LP_KIND_NUMBER;
    return infinite((b->pinf ? 1 : -1) * mpfr_sgn(b->d));
}

/* a + b of another denominator: each times the other's. */
static void common_denominator(lp_enclosure *sum, lp_enclosure *x) {
    lp_dyadic_mul(sum->a, sum->a, x->b);
    if (!sum->whole) lp_iv_scale(&sum->r, &sum->r, x->b);
    lp_dyadic_mul(x->a, x->a, sum->b);
    if (!x->whole) lp_iv_scale(&x->r, &x->r, sum->b);
    lp_dyadic_mul(sum->two, sum->two, x->b);
    lp_dyadic_mul(x->two, x->two, sum->b);
    lp_dyadic_mul(sum->b, sum->b, x->b);
}

/* x as an interval over the sum's denominator: r = sum.b (a + r) / b. Where x is rational its
 * bounds may coincide with it and are moved apart: r is open. */
static void as_interval(const lp_enclosure *sum, lp_enclosure *x) {
    MPFR_DECL_INIT(lo, 256);
    MPFR_DECL_INIT(hi, 256);
    lp_enclosure_lower(lo, x);
    lp_enclosure_upper(hi, x);
    if (x->whole) { /* with a multiple of ln 2 too: two steps do no harm */
        mpfr_nextbelow(lo);
        mpfr_nextabove(hi);
    }
    mpfr_set_zero(x->two, 1);
    mpfr_mul(x->r.lo, lo, sum->b, MPFR_RNDD);
    mpfr_mul(x->r.hi, hi, sum->b, MPFR_RNDU);
    mpfr_set_zero(x->a, 1);
    x->whole = false;
}

static void add_row(lp_batch *b, lp_enclosure *x) {
    lp_enclosure *sum = &b->sum;
    bool small = mpfr_min_prec(sum->b) + mpfr_min_prec(x->b) <= DENOMINATOR_BITS;
    if (!b->started) {
        lp_dyadic_copy(sum->b, x->b);
    } else if (!mpfr_equal_p(sum->b, x->b)) {
        small ? common_denominator(sum, x) : as_interval(sum, x);
        b->mingled = b->mingled || !small;
    }
    b->started = true;
    lp_dyadic_add(sum->a, sum->a, x->a);
    lp_dyadic_add(sum->two, sum->two, x->two);
    if (x->whole) return;
    if (sum->whole)
        lp_iv_set(&sum->r, &x->r);
    else
        lp_iv_add(&sum->r, &sum->r, &x->r);
    sum->whole = false;
}

static bool straddles(const lp_enclosure *x) {
    return !x->whole && mpfr_sgn(x->r.lo) <= 0 && mpfr_sgn(x->r.hi) >= 0;
}

/* Every row at the precision, one after the other: what is kept is the sum. */
static void sum_rows(lp_exact *e, mpfr_prec_t prec) {
    const lp_case *c = e->scope.c;
    lp_batch *b = &e->batch;
    lp_enclosure_start(&b->sum, prec);
    b->sum.whole = true;
    b->started = b->mingled = false;
    b->prec = prec;
    for (int64_t i = 0; i < c->n; i++) {
        if (lp_case_ignored(c, i)) continue;
        lp_row *row = lp_refine_open(e, i);
        lp_refine_evaluate(e, row, prec);
        lp_enclosure_start(&e->x, row->prec);
        e->family->enclose(&e->x, &e->scope, row, LP_OUT_LOSS, 0);
        add_row(b, &e->x);
    }
    if (b->mingled) return; /* the intervals' sum is not that of the remainders */
    if (!b->looked && straddles(&b->sum)) lp_batch_look(e);
    if (b->vanishes) b->sum.whole = true;
    lp_iv_settle(&b->sum.r, b->sign);
}

static mpfr_prec_t enclose_sum(lp_exact *e, mpfr_prec_t prec) {
    lp_batch *b = &e->batch;
    if (mpfr_zero_p(b->d)) {
        enclose_zero(e);
        return LP_PRECISION_CAP;
    }
    if (prec < e->scope.start) prec = e->scope.start;
    if (b->prec < prec) sum_rows(e, prec);
    lp_enclosure_start(&e->x, b->prec);
    lp_dyadic_copy(e->x.a, b->sum.a);
    lp_dyadic_copy(e->x.b, b->sum.b);
    lp_dyadic_copy(e->x.two, b->sum.two);
    lp_iv_set(&e->x.r, &b->sum.r);
    e->x.whole = b->sum.whole;
    scale(e, 1);
    if (e->scope.bits) lp_enclosure_to_bits(&e->x, b->prec);
    return b->prec;
}

/* ---- either ---- */

lp_kind lp_batch_kind(lp_exact *e, lp_out out, int64_t i) {
    return e->reduced[out] ? sum_kind(e) : row_kind(e, out, i);
}

mpfr_prec_t lp_batch_enclose(lp_exact *e, lp_out out, int64_t i, mpfr_prec_t prec) {
    return e->reduced[out] ? enclose_sum(e, prec) : enclose_row(e, out, i, prec);
}
