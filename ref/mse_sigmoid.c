/* mse_sigmoid, y in [0, 1]: (sigma(z) - y)^2 / 2 and (sigma(z) - y) sigma (1 - sigma).
 *
 * With w = exp(-|z|), V = w / (1 + w) and P = 1 - y for z > 0, y below, sigma - y = s (P - V), s
 * the sign of z, hence
 *   loss = P^2 / 2 + V (V/2 - P),   grad = s (P - V) w / (1 + w)^2.
 * Far from 0 the loss is P^2/2 but for less than any precision holds, and the sign of the rest,
 * negative while V < P, is all that matters; where it is not, the square itself is enclosed, which
 * keeps its digits as P - V does.
 *
 * For z /= 0 V is transcendental (logistic.h), and so is every polynomial in it with algebraic
 * coefficients that is not constant: neither output is rational, and P - V is never 0. A sum of
 * losses is not either: as functions of a common scale t of the logits the rows of the largest |z|
 * have a double pole at i pi / |z|, all of one sign, and no other row has one there, so that the
 * sum is no constant in t, and by Lindemann-Weierstrass it would have to be. At z = 0 and at an
 * infinite z everything is dyadic. */
#include "ref/dyadic.h"
#include "ref/logistic.h"

#include <math.h>

/* row->iv: P - V, V (1 - V); V. */
enum { GAP, SLOPE, SHARE };

static double logit(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_LOGITS][row->at];
}

static double target(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_TARGETS][row->at];
}

static lp_status domain(const lp_case *c) {
    for (int64_t i = 0; i < c->n; i++)
        if (c->in[LP_IN_TARGETS][i] < 0 || c->in[LP_IN_TARGETS][i] > 1) return LP_E_ARGUMENT;
    return LP_OK;
}

static void open_row(lp_scope *s, lp_row *row) {
    row->v_nan = isnan(logit(s, row)) || isnan(target(s, row));
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)out, (void)j;
    return row->v_nan ? LP_KIND_NAN : LP_KIND_NUMBER;
}

/* P; at z = 0 the distance 1/2 - y. */
static void set_share(mpfr_t r, const lp_scope *s, const lp_row *row) {
    double z = logit(s, row), y = target(s, row);
    if (z < 0)
        lp_dyadic_set(r, y);
    else
        lp_dyadic_diff(r, z > 0 ? 1 : 0.5, y);
}

static bool rational(double z) {
    return z == 0 || isinf(z);
}

static void evaluate(lp_scope *s, lp_row *row) {
    lp_iv *w = &s->iv[0], *gap = &row->iv[GAP], *share = &row->iv[SHARE];
    if (row->v_nan || rational(logit(s, row))) return;
    lp_iv_set_prec(w, row->prec);
    for (int i = GAP; i <= SHARE; i++) lp_iv_set_prec(&row->iv[i], row->prec);
    lp_logistic_exp(w, s->work[0], logit(s, row));
    lp_logistic_share(share, w);
    lp_logistic_slope(&row->iv[SLOPE], w);
    set_share(s->work[0], s, row);
    mpfr_sub(gap->lo, s->work[0], share->hi, MPFR_RNDD);
    mpfr_sub(gap->hi, s->work[0], share->lo, MPFR_RNDU);
}

/* V (V/2 - P) = -V (P - V/2), falling in V while V < P: each end from one end of V. */
static void enclose_rest(lp_iv *r, lp_scope *s, const lp_row *row) {
    const lp_iv *share = &row->iv[SHARE];
    mpfr_div_2ui(r->lo, share->hi, 1, MPFR_RNDD);
    mpfr_sub(r->lo, s->work[0], r->lo, MPFR_RNDU);
    mpfr_mul(r->lo, r->lo, share->hi, MPFR_RNDU);
    mpfr_neg(r->lo, r->lo, MPFR_RNDD);
    mpfr_div_2ui(r->hi, share->lo, 1, MPFR_RNDU);
    mpfr_sub(r->hi, s->work[0], r->hi, MPFR_RNDD);
    mpfr_mul(r->hi, r->hi, share->lo, MPFR_RNDD);
    mpfr_neg(r->hi, r->hi, MPFR_RNDU);
}

/* gap^2 / 2. */
static void enclose_square(lp_iv *r, lp_scope *s, const lp_row *row) {
    const lp_iv *gap = &row->iv[GAP];
    lp_iv *size = &s->iv[0];
    lp_iv_set_prec(size, row->prec);
    lp_iv_set(size, gap);
    if (mpfr_sgn(gap->hi) <= 0) lp_iv_neg(size);
    bool apart = mpfr_sgn(size->lo) > 0;
    if (!apart && mpfr_cmpabs(size->lo, size->hi) > 0) mpfr_neg(size->hi, size->lo, MPFR_RNDU);
    if (!apart) mpfr_set_zero(size->lo, 1);
    mpfr_sqr(r->lo, size->lo, MPFR_RNDD);
    mpfr_sqr(r->hi, size->hi, MPFR_RNDU);
    mpfr_div_2ui(r->lo, r->lo, 1, MPFR_RNDD);
    mpfr_div_2ui(r->hi, r->hi, 1, MPFR_RNDU);
}

static void enclose_loss(lp_enclosure *x, lp_scope *s, lp_row *row) {
    set_share(s->work[0], s, row);
    x->whole = rational(logit(s, row));
    bool far = !x->whole && mpfr_sgn(row->iv[GAP].lo) > 0;
    if (x->whole || far) {
        lp_dyadic_mul(x->a, s->work[0], s->work[0]);
        lp_dyadic_mul_d(x->a, x->a, 0.5);
    }
    if (far)
        enclose_rest(&x->r, s, row);
    else if (!x->whole)
        enclose_square(&x->r, s, row);
}

static void enclose_grad(lp_enclosure *x, lp_scope *s, lp_row *row) {
    double z = logit(s, row);
    x->whole = rational(z);
    if (z == 0) {
        set_share(s->work[0], s, row);
        lp_dyadic_mul_d(x->a, s->work[0], 0.25);
    }
    if (x->whole) return;
    lp_iv_mul_nonneg(&x->r, &row->iv[GAP], &row->iv[SLOPE]);
    if (z < 0) lp_iv_neg(&x->r);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)j;
    if (out == LP_OUT_LOSS)
        enclose_loss(x, s, row);
    else
        enclose_grad(x, s, row);
}

/* |z grad|; as for bce_logits the target is not counted among the inputs. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    double z = logit(s, row);
    (void)j;
    if (out != LP_OUT_LOSS || rational(z)) return 0;
    long double slope = mpfr_get_ld(row->iv[SLOPE].hi, MPFR_RNDN);
    return fabsl(z * slope * mpfr_get_ld(row->iv[GAP].hi, MPFR_RNDN));
}

/* The textbook programs, s = sigma(z) in the branch that cannot overflow, d = s - y:
 *   loss  0.5 * (d * d)      gradient  d * (s * (1 - s))
 * An infinite logit is a special value: nothing but the storing. */
static bool bound(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                  const lp_enclosure *x) {
    double z = logit(s, row);
    MPFR_DECL_INIT(d, LP_BOUND_PREC);
    MPFR_DECL_INIT(its_error, LP_BOUND_PREC);
    MPFR_DECL_INIT(slope, LP_BOUND_PREC);
    (void)j;
    mpfr_set_zero(err, 1);
    if (isinf(z)) return true;
    lp_logistic_bound_open(s, z);
    if (!lp_logistic_bound_sigma(its_error, d, s, z)) return false;
    set_share(s->work[0], s, row);
    mpfr_abs(d, s->work[0], MPFR_RNDU);
    if (z != 0 && mpfr_cmpabs(row->iv[GAP].lo, row->iv[GAP].hi) > 0)
        mpfr_abs(d, row->iv[GAP].lo, MPFR_RNDU);
    else if (z != 0)
        mpfr_abs(d, row->iv[GAP].hi, MPFR_RNDU);
    lp_bound_round(its_error, &s->unit, d);
    if (out == LP_OUT_LOSS) {
        lp_bound_mul(err, &s->unit, d, its_error, d, its_error);
        mpfr_sqr(d, d, MPFR_RNDU);
        lp_bound_round(err, &s->unit, d);
        mpfr_div_2ui(err, err, 1, MPFR_RNDU);
    } else {
        if (!lp_logistic_bound_slope(err, slope, s, z)) return false;
        mpfr_set(s->unit.n[4], err, MPFR_RNDU);
        lp_bound_mul(err, &s->unit, d, its_error, slope, s->unit.n[4]);
    }
    lp_enclosure_magnitude(d, x);
    lp_bound_round(err, &s->unit, d);
    return true;
}

const lp_family lp_family_mse_sigmoid = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = bound,
    .sensitivity = sensitivity,
};
