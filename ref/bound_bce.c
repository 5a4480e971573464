/* The textbook programs of bce_logits.
 *
 *   loss      (max(z, 0) - z * y) + log1p(exp(-|z|))
 *   gradient  sigma(z) - y, sigma in the branch-stable form: z >= 0: 1 / (1 + exp(-z));
 *             z < 0: e / (1 + e), e = exp(z). One exponential that cannot overflow either way.
 * max, |.| and the negation are exact. */
#include "ref/bce.h"

#include <math.h>

/* n[0] = w = exp(-|z|) from above, n[1] its error. */
static void bound_exp(lp_scope *s, double z) {
    mpfr_t *n = s->unit.n;
    mpfr_set_d(n[0], -fabs(z), MPFR_RNDU);
    mpfr_exp(n[0], n[0], MPFR_RNDU);
    mpfr_set_zero(n[1], 1);
    lp_bound_libm(n[1], &s->unit, n[0]);
}

static bool bound_loss(mpfr_t err, lp_scope *s, double z, double y, const lp_enclosure *x) {
    mpfr_t *n = s->unit.n;
    mpfr_set_zero(n[2], 1); /* z y */
    lp_bound_abs_d(n[3], z);
    mpfr_mul_d(n[3], n[3], y, MPFR_RNDU);
    lp_bound_round(n[2], &s->unit, n[3]);
    lp_bound_abs_d(n[3], z); /* |z| Y */
    if (z >= 0) {
        mpfr_set_d(n[4], 1, MPFR_RNDU);
        mpfr_sub_d(n[4], n[4], y, MPFR_RNDU);
        mpfr_mul(n[3], n[3], n[4], MPFR_RNDU);
    } else {
        mpfr_mul_d(n[3], n[3], y, MPFR_RNDU);
    }
    lp_bound_round(n[2], &s->unit, n[3]);
    mpfr_set_d(n[4], 1, MPFR_RNDD); /* log1p: -ln(1 - E / (1 + w)), 1 + w >= 1 */
    mpfr_set_d(n[5], -fabs(z), MPFR_RNDD);
    mpfr_exp(n[5], n[5], MPFR_RNDD);
    mpfr_add(n[4], n[4], n[5], MPFR_RNDD);
    if (!lp_bound_log(err, &s->unit, n[4], n[1])) return false;
    mpfr_log1p(n[4], n[0], MPFR_RNDU);
    lp_bound_libm(err, &s->unit, n[4]);
    mpfr_add(err, err, n[2], MPFR_RNDU);
    lp_enclosure_magnitude(n[4], x);
    lp_bound_round(err, &s->unit, n[4]);
    return true;
}

static bool bound_grad(mpfr_t err, lp_scope *s, double z, const lp_enclosure *x) {
    mpfr_t *n = s->unit.n;
    mpfr_add_ui(n[2], n[0], 1, MPFR_RNDU); /* 1 + w */
    mpfr_set(n[3], n[1], MPFR_RNDU);
    lp_bound_round(n[3], &s->unit, n[2]);
    mpfr_set_d(n[4], -fabs(z), MPFR_RNDD);
    mpfr_exp(n[4], n[4], MPFR_RNDD);
    mpfr_add_ui(n[4], n[4], 1, MPFR_RNDD); /* 1 + w from below */
    if (z >= 0) {
        mpfr_ui_div(n[5], 1, n[4], MPFR_RNDU);
        mpfr_set_zero(n[1], 1); /* the numerator is 1 */
    } else {
        mpfr_div(n[5], n[0], n[4], MPFR_RNDU);
    }
    if (!lp_bound_div(err, &s->unit, n[1], n[5], n[4], n[3])) return false;
    lp_bound_round(err, &s->unit, n[5]);
    lp_enclosure_magnitude(n[2], x);
    lp_bound_round(err, &s->unit, n[2]);
    return true;
}

bool lp_bound_bce_logits(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                         const lp_enclosure *x) {
    double z = s->c->in[LP_IN_LOGITS][row->at], y = s->c->in[LP_IN_TARGETS][row->at];
    (void)j;
    if (!isfinite(z)) { /* a special value, not an evaluation: nothing but the storing */
        mpfr_set_zero(err, 1);
        return true;
    }
    bound_exp(s, z);
    return out == LP_OUT_LOSS ? bound_loss(err, s, z, y, x) : bound_grad(err, s, z, x);
}
