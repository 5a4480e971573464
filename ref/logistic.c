#include "ref/logistic.h"

#include <math.h>

void lp_logistic_exp(lp_iv *w, mpfr_t scratch, double z) {
    mpfr_set_prec(scratch, 53);
    mpfr_set_d(scratch, -fabs(z), MPFR_RNDZ);
    mpfr_exp(w->lo, scratch, MPFR_RNDD);
    if (z == 0)
        mpfr_set(w->hi, w->lo, MPFR_RNDU);
    else
        lp_iv_upper(w->hi, w->lo, 1);
}

void lp_logistic_log(lp_iv *log, const lp_iv *w) {
    mpfr_log1p(log->lo, w->lo, MPFR_RNDD);
    mpfr_log1p(log->hi, w->hi, MPFR_RNDU);
}

void lp_logistic_share(lp_iv *share, const lp_iv *w) {
    mpfr_add_ui(share->lo, w->lo, 1, MPFR_RNDU);
    mpfr_add_ui(share->hi, w->hi, 1, MPFR_RNDD);
    mpfr_div(share->lo, w->lo, share->lo, MPFR_RNDD);
    mpfr_div(share->hi, w->hi, share->hi, MPFR_RNDU);
}

/* Increasing for w <= 1; at most 1/4. */
void lp_logistic_slope(lp_iv *slope, const lp_iv *w) {
    mpfr_add_ui(slope->lo, w->lo, 1, MPFR_RNDU);
    mpfr_add_ui(slope->hi, w->hi, 1, MPFR_RNDD);
    mpfr_sqr(slope->lo, slope->lo, MPFR_RNDU);
    mpfr_sqr(slope->hi, slope->hi, MPFR_RNDD);
    mpfr_div(slope->lo, w->lo, slope->lo, MPFR_RNDD);
    mpfr_div(slope->hi, w->hi, slope->hi, MPFR_RNDU);
}

/* n[0] = e from above, n[1] its error, n[2] = 1 + e from below, n[3] its error. */
void lp_logistic_bound_open(lp_scope *s, double z) {
    mpfr_t *n = s->unit.n;
    mpfr_set_d(n[0], -fabs(z), MPFR_RNDU);
    mpfr_exp(n[0], n[0], MPFR_RNDU);
    mpfr_set_zero(n[1], 1);
    lp_bound_libm(n[1], &s->unit, n[0]);
    mpfr_add_ui(n[2], n[0], 1, MPFR_RNDU);
    mpfr_set(n[3], n[1], MPFR_RNDU);
    lp_bound_round(n[3], &s->unit, n[2]);
    mpfr_set_d(n[2], -fabs(z), MPFR_RNDD);
    mpfr_exp(n[2], n[2], MPFR_RNDD);
    mpfr_add_ui(n[2], n[2], 1, MPFR_RNDD);
}

/* -ln(1 - E / (1 + e)) and the logarithm's own rounding. */
bool lp_logistic_bound_log(mpfr_t err, mpfr_t hi, lp_scope *s) {
    mpfr_t *n = s->unit.n;
    if (!lp_bound_log(err, &s->unit, n[2], n[1])) return false;
    mpfr_log1p(hi, n[0], MPFR_RNDU);
    lp_bound_libm(err, &s->unit, hi);
    return true;
}

bool lp_logistic_bound_softplus(mpfr_t err, mpfr_t hi, lp_scope *s, double z) {
    if (!lp_logistic_bound_log(err, hi, s)) return false;
    if (z > 0) mpfr_add_d(hi, hi, z, MPFR_RNDU);
    lp_bound_round(err, &s->unit, hi);
    return true;
}

bool lp_logistic_bound_sigma(mpfr_t err, mpfr_t hi, lp_scope *s, double z) {
    mpfr_t *n = s->unit.n;
    MPFR_DECL_INIT(of_numerator, LP_BOUND_PREC);
    mpfr_set_zero(of_numerator, 1);
    if (z >= 0) {
        mpfr_ui_div(hi, 1, n[2], MPFR_RNDU);
    } else {
        mpfr_div(hi, n[0], n[2], MPFR_RNDU);
        mpfr_set(of_numerator, n[1], MPFR_RNDU);
    }
    if (!lp_bound_div(err, &s->unit, of_numerator, hi, n[2], n[3])) return false;
    lp_bound_round(err, &s->unit, hi);
    return true;
}

bool lp_logistic_bound_slope(mpfr_t err, mpfr_t hi, lp_scope *s, double z) {
    mpfr_t *n = s->unit.n;
    if (!lp_logistic_bound_sigma(n[5], hi, s, -z)) return false; /* hi = sigma(-z), 1 - s exactly */
    if (!lp_logistic_bound_sigma(n[5], n[6], s, z)) return false;
    mpfr_set(n[7], n[5], MPFR_RNDU);
    lp_bound_round(n[7], &s->unit, hi);
    lp_bound_mul(err, &s->unit, n[6], n[5], hi, n[7]);
    mpfr_mul(hi, hi, n[6], MPFR_RNDU);
    lp_bound_round(err, &s->unit, hi);
    return true;
}
