#include "ref/softcap.h"

#include "ref/dyadic.h"

#include <math.h>

int lp_softcap_level(double z, double s) {
    if (z == 0 || fabs(z) < s) return 0;
    return z > 0 ? 1 : -1;
}

/* Bits that exp(x / s) loses to the rounding of its argument: its exponent, which beyond 2^66 is
 * out of MPFR's range in any case; 8 more for the steps after it. */
static mpfr_prec_t working(mpfr_prec_t prec, double x, double s) {
    if (x == 0 || isinf(x)) return prec + 8;
    int e = ilogb(x) - ilogb(s) + 2;
    return prec + 8 + (e < 0 ? 0 : e > 66 ? 66 : e);
}

/* q = 2 x / s of the dyadic x. */
static void twice_quotient(lp_iv *q, const mpfr_t x, double s) {
    mpfr_div_d(q->lo, x, s, MPFR_RNDD);
    mpfr_div_d(q->hi, x, s, MPFR_RNDU);
    mpfr_mul_2ui(q->lo, q->lo, 1, MPFR_RNDD);
    mpfr_mul_2ui(q->hi, q->hi, 1, MPFR_RNDU);
}

/* r = exp(2 x / s), x finite or infinite: 0 and inf at the ends. */
static void exp_twice(lp_iv *r, double x, double s) {
    MPFR_DECL_INIT(exact, 53);
    mpfr_set_d(exact, x, MPFR_RNDZ);
    twice_quotient(r, exact, s);
    mpfr_exp(r->lo, r->lo, MPFR_RNDD);
    mpfr_exp(r->hi, r->hi, MPFR_RNDU);
}

/* r = n / (1 + d), d >= 0. */
static void over_one_plus(lp_iv *r, unsigned n, const lp_iv *d) {
    mpfr_t below;
    mpfr_init2(below, mpfr_get_prec(r->lo));
    mpfr_add_ui(below, d->lo, 1, MPFR_RNDD);
    mpfr_add_ui(r->lo, d->hi, 1, MPFR_RNDU);
    mpfr_ui_div(r->lo, n, r->lo, MPFR_RNDD);
    mpfr_ui_div(r->hi, n, below, MPFR_RNDU);
    mpfr_clear(below);
}

/* Level 1: tanh x - 1 = -2 / (1 + e^2x), level -1 its mirror. */
void lp_softcap_rest(lp_iv *rest, double z, double s) {
    int level = lp_softcap_level(z, s);
    mpfr_set_zero(rest->lo, 1);
    mpfr_set_zero(rest->hi, 1);
    if (z == 0 || isinf(z)) return;
    lp_iv t;
    lp_iv_init(&t, working(mpfr_get_prec(rest->lo), z, s));
    if (level == 0) {
        MPFR_DECL_INIT(exact, 53);
        mpfr_set_d(exact, z, MPFR_RNDZ);
        mpfr_div_d(t.lo, exact, s, MPFR_RNDD);
        mpfr_div_d(t.hi, exact, s, MPFR_RNDU);
        mpfr_tanh(rest->lo, t.lo, MPFR_RNDD);
        mpfr_tanh(rest->hi, t.hi, MPFR_RNDU);
    } else {
        exp_twice(&t, fabs(z), s);
        over_one_plus(rest, 2, &t);
        if (level > 0) lp_iv_neg(rest);
    }
    lp_iv_clear(&t);
}

/* With a = z / s, b = y / s: 2 (1 - e^(-2 (a - b))) / ((1 + e^(-2a)) (1 + e^(2b))); at an infinite
 * end the factor that belongs to it is 1 exactly. */
void lp_softcap_gap(lp_iv *gap, double z, double y, double s) {
    mpfr_prec_t prec = mpfr_get_prec(gap->lo), of_z = working(prec, z, s),
                of_y = working(prec, y, s);
    lp_iv t, f;
    mpfr_t d;
    lp_iv_init(&t, of_z > of_y ? of_z : of_y);
    lp_iv_init(&f, prec + 8);
    mpfr_init2(d, 128);
    mpfr_set_ui(gap->lo, 2, MPFR_RNDD);
    mpfr_set_ui(gap->hi, 2, MPFR_RNDU);
    if (isfinite(z) && isfinite(y)) {
        lp_dyadic_diff(d, y, z);
        twice_quotient(&t, d, s);
        mpfr_expm1(f.lo, t.hi, MPFR_RNDU);
        mpfr_expm1(f.hi, t.lo, MPFR_RNDD);
        mpfr_mul_si(gap->lo, f.lo, -2, MPFR_RNDD);
        mpfr_mul_si(gap->hi, f.hi, -2, MPFR_RNDU);
    }
    const double side[] = {-z, y};
    for (int i = 0; i < 2; i++) {
        if (isinf(side[i])) continue; /* -inf: e^-inf = 0 */
        exp_twice(&t, side[i], s);
        over_one_plus(&f, 1, &t);
        mpfr_mul(gap->lo, gap->lo, f.lo, MPFR_RNDD);
        mpfr_mul(gap->hi, gap->hi, f.hi, MPFR_RNDU);
    }
    lp_iv_clear(&t);
    lp_iv_clear(&f);
    mpfr_clear(d);
}

/* 4 w / (1 + w)^2 with w = e^(-2 |z| / s) in (0, 1], where it increases. */
void lp_softcap_slope(lp_iv *slope, double z, double s) {
    lp_iv w;
    lp_iv_init(&w, working(mpfr_get_prec(slope->lo), z, s));
    exp_twice(&w, -fabs(z), s);
    mpfr_add_ui(slope->lo, w.lo, 1, MPFR_RNDU);
    mpfr_add_ui(slope->hi, w.hi, 1, MPFR_RNDD);
    mpfr_sqr(slope->lo, slope->lo, MPFR_RNDU);
    mpfr_sqr(slope->hi, slope->hi, MPFR_RNDD);
    mpfr_div(slope->lo, w.lo, slope->lo, MPFR_RNDD);
    mpfr_div(slope->hi, w.hi, slope->hi, MPFR_RNDU);
    mpfr_mul_2ui(slope->lo, slope->lo, 2, MPFR_RNDD);
    mpfr_mul_2ui(slope->hi, slope->hi, 2, MPFR_RNDU);
    lp_iv_clear(&w);
}

/* ---- bounds ---- */

/* |z / s| and |tanh| of it, from above. */
static void magnitudes(mpfr_t q, mpfr_t t, double z, double s) {
    mpfr_set_d(q, fabs(z), MPFR_RNDU);
    mpfr_div_d(q, q, s, MPFR_RNDU);
    mpfr_tanh(t, q, MPFR_RNDU);
}

/* a = z / s, computed within E: tanh moves by at most E times its largest slope there, that at
 * max(|a| - E, 0). */
void lp_softcap_bound_tanh(mpfr_t err, lp_bound_unit *b, double z, double s) {
    MPFR_DECL_INIT(q, LP_BOUND_PREC);
    MPFR_DECL_INIT(t, LP_BOUND_PREC);
    mpfr_set_zero(err, 1);
    if (isinf(z)) return;
    magnitudes(q, t, z, s);
    lp_bound_round(err, b, q);
    mpfr_set_d(q, fabs(z), MPFR_RNDD);
    mpfr_div_d(q, q, s, MPFR_RNDD);
    mpfr_sub(q, q, err, MPFR_RNDD);
    if (mpfr_sgn(q) > 0) {
        mpfr_sech(q, q, MPFR_RNDU);
        mpfr_sqr(q, q, MPFR_RNDU);
        mpfr_mul(err, err, q, MPFR_RNDU);
    }
    lp_bound_libm(err, b, t);
}

void lp_softcap_bound(mpfr_t err, lp_bound_unit *b, double z, double s) {
    MPFR_DECL_INIT(q, LP_BOUND_PREC);
    MPFR_DECL_INIT(t, LP_BOUND_PREC);
    lp_softcap_bound_tanh(err, b, z, s);
    if (isinf(z)) return;
    magnitudes(q, t, z, s);
    mpfr_mul_d(err, err, s, MPFR_RNDU);
    mpfr_mul_d(t, t, s, MPFR_RNDU);
    lp_bound_round(err, b, t);
}

void lp_softcap_bound_slope(mpfr_t err, lp_bound_unit *b, double z, double s) {
    MPFR_DECL_INIT(q, LP_BOUND_PREC);
    MPFR_DECL_INIT(t, LP_BOUND_PREC);
    MPFR_DECL_INIT(its_error, LP_BOUND_PREC);
    lp_iv slope;
    lp_softcap_bound_tanh(its_error, b, z, s);
    mpfr_set_zero(err, 1);
    if (isinf(z)) return;
    magnitudes(q, t, z, s);
    lp_bound_mul(err, b, t, its_error, t, its_error);
    mpfr_sqr(t, t, MPFR_RNDU);
    lp_bound_round(err, b, t);
    lp_iv_init(&slope, LP_BOUND_PREC);
    lp_softcap_slope(&slope, z, s);
    lp_bound_round(err, b, slope.hi);
    lp_iv_clear(&slope);
}
