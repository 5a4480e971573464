/* The textbook programs of focal_sigmoid, x = z or -z:
 *
 *   F = exp(-(gamma * softplus(x)))
 *   loss      alpha_t * (F * softplus(-x))
 *   gradient  alpha_t * (F * ((gamma * sigma(x)) * softplus(-x) + sigma(-x)))
 * alpha_t = alpha for label 1, 1 - alpha for label 0; without gamma no F and no product with it,
 * without alpha no factor. The power by the logarithm of 1 - p in its stable form: pow(1 - p,
 * gamma) would be void wherever 1 - p underflows. The sign is exact. The exponent is never computed
 * positive, so that F's error is at most 1: a huge gamma times an error of eta must not excuse
 * everything. */
#include "ref/focal_sigmoid.h"

#include "ref/logistic.h"

#include <math.h>

/* err of F. */
static bool bound_factor(mpfr_t err, lp_scope *s, const lp_row *row, double x) {
    MPFR_DECL_INIT(e, LP_BOUND_PREC);
    MPFR_DECL_INIT(v, LP_BOUND_PREC);
    MPFR_DECL_INIT(lo, LP_BOUND_PREC);
    MPFR_DECL_INIT(hi, LP_BOUND_PREC);
    if (!lp_logistic_bound_softplus(e, hi, s, x)) return false;
    mpfr_mul_d(e, e, lp_focal_gamma(s->c), MPFR_RNDU);
    mpfr_set(v, row->iv[LP_FOCAL_E].hi, MPFR_RNDU);
    lp_bound_round(e, &s->unit, v);
    mpfr_neg(v, v, MPFR_RNDD);
    mpfr_set(lo, row->iv[LP_FOCAL_F].lo, MPFR_RNDD);
    mpfr_set(hi, row->iv[LP_FOCAL_F].hi, MPFR_RNDU);
    lp_bound_exp(err, &s->unit, v, lo, hi, e);
    if (mpfr_cmp_ui(err, 1) > 0) mpfr_set_ui(err, 1, MPFR_RNDU);
    lp_bound_libm(err, &s->unit, hi);
    return true;
}

/* hi, err of (gamma * sigma(x)) * softplus(-x) + sigma(-x). */
static bool bound_bracket(mpfr_t err, mpfr_t hi, lp_scope *s, double x) {
    MPFR_DECL_INIT(a, LP_BOUND_PREC);
    MPFR_DECL_INIT(ea, LP_BOUND_PREC);
    MPFR_DECL_INIT(b, LP_BOUND_PREC);
    MPFR_DECL_INIT(eb, LP_BOUND_PREC);
    if (!lp_logistic_bound_sigma(err, hi, s, -x)) return false;
    if (!lp_case_has(s->c, LP_PARAM_GAMMA)) return true;
    if (!lp_logistic_bound_sigma(ea, a, s, x)) return false;
    mpfr_mul_d(a, a, lp_focal_gamma(s->c), MPFR_RNDU);
    mpfr_mul_d(ea, ea, lp_focal_gamma(s->c), MPFR_RNDU);
    lp_bound_round(ea, &s->unit, a);
    if (!lp_logistic_bound_softplus(eb, b, s, -x)) return false;
    lp_bound_mul(ea, &s->unit, a, ea, b, eb);
    mpfr_mul(a, a, b, MPFR_RNDU);
    lp_bound_round(ea, &s->unit, a);
    mpfr_add(err, err, ea, MPFR_RNDU);
    mpfr_add(hi, hi, a, MPFR_RNDU);
    lp_bound_round(err, &s->unit, hi);
    return true;
}

/* err = that of F * (what has hi, err). */
static bool bound_product(mpfr_t err, mpfr_t hi, lp_scope *s, const lp_row *row, double x) {
    MPFR_DECL_INIT(f, LP_BOUND_PREC);
    MPFR_DECL_INIT(ef, LP_BOUND_PREC);
    if (!lp_case_has(s->c, LP_PARAM_GAMMA)) return true;
    if (!bound_factor(ef, s, row, x)) return false;
    mpfr_set(f, row->iv[LP_FOCAL_F].hi, MPFR_RNDU);
    lp_bound_mul(err, &s->unit, f, ef, hi, err);
    mpfr_mul(hi, hi, f, MPFR_RNDU);
    lp_bound_round(err, &s->unit, hi);
    return true;
}

static void bound_alpha(mpfr_t err, mpfr_t hi, lp_scope *s, const lp_row *row,
                        const lp_enclosure *x) {
    MPFR_DECL_INIT(a, LP_BOUND_PREC);
    MPFR_DECL_INIT(ea, LP_BOUND_PREC);
    if (!lp_case_has(s->c, LP_PARAM_ALPHA)) return;
    lp_bound_abs(a, row->x[0]);
    mpfr_set_zero(ea, 1);
    if (!s->c->label[row->at]) lp_bound_round(ea, &s->unit, a); /* 1 - alpha */
    lp_bound_mul(err, &s->unit, a, ea, hi, err);
    lp_enclosure_magnitude(hi, x);
    lp_bound_round(err, &s->unit, hi);
}

bool lp_bound_focal_sigmoid(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                            const lp_enclosure *x) {
    MPFR_DECL_INIT(hi, LP_BOUND_PREC);
    double at = lp_focal_logit(s, row);
    (void)j;
    mpfr_set_zero(err, 1);
    mpfr_set_ui(hi, 1, MPFR_RNDU);
    if (isfinite(at)) {
        lp_logistic_bound_open(s, at);
        bool sound = out == LP_OUT_LOSS ? lp_logistic_bound_softplus(err, hi, s, -at)
                                        : bound_bracket(err, hi, s, at);
        if (!sound || !bound_product(err, hi, s, row, at)) return false;
    }
    bound_alpha(err, hi, s, row, x);
    return true;
}
