/* The textbook programs of bce_prob, terms with coefficient 0 left out, negation exact:
 *
 *   loss      -(y * log(p) + (1 - y) * log1p(-p))
 *   gradient  (1 - y) / (1 - p) - y / p
 *
 * log1p and not log(1 - p): the operand is exact there, so that an implementation which rounds 1 -
 * p first, and at p = 1e-20 answers 0, is not excused. */
#include "ref/bce_prob.h"

/* Upper bounds of 1 - x and of the error of forming it. */
static void bound_rest(mpfr_t hi, mpfr_t err, lp_scope *s, double x) {
    mpfr_set_ui(hi, 1, MPFR_RNDU);
    mpfr_sub_d(hi, hi, x, MPFR_RNDU);
    mpfr_set_zero(err, 1);
    lp_bound_round(err, &s->unit, hi);
}

/* err of coefficient * log; log <= 0, so that -lo is its size from above. */
static void bound_term(mpfr_t err, lp_scope *s, const lp_iv *log, const mpfr_t coefficient,
                       const mpfr_t its_error) {
    MPFR_DECL_INIT(size, LP_BOUND_PREC);
    MPFR_DECL_INIT(log_error, LP_BOUND_PREC);
    mpfr_neg(size, log->lo, MPFR_RNDU);
    mpfr_set_zero(log_error, 1);
    lp_bound_libm(log_error, &s->unit, size);
    lp_bound_mul(err, &s->unit, coefficient, its_error, size, log_error);
    mpfr_mul(size, size, coefficient, MPFR_RNDU);
    lp_bound_round(err, &s->unit, size);
}

static void bound_loss(mpfr_t err, lp_scope *s, const lp_row *row, const lp_enclosure *x) {
    MPFR_DECL_INIT(coefficient, LP_BOUND_PREC);
    MPFR_DECL_INIT(its_error, LP_BOUND_PREC);
    MPFR_DECL_INIT(other, LP_BOUND_PREC);
    double y = lp_bce_prob_y(s, row);
    mpfr_set_zero(err, 1);
    if (y > 0) {
        mpfr_set_d(coefficient, y, MPFR_RNDU);
        mpfr_set_zero(its_error, 1);
        bound_term(err, s, &row->iv[LP_BCE_LOG_P], coefficient, its_error);
    }
    if (y < 1) {
        bound_rest(coefficient, its_error, s, y);
        bound_term(other, s, &row->iv[LP_BCE_LOG_REST], coefficient, its_error);
        mpfr_add(err, err, other, MPFR_RNDU);
    }
    if (y == 0 || y == 1) return;
    lp_enclosure_magnitude(other, x);
    lp_bound_round(err, &s->unit, other); /* the sum */
}

static bool bound_grad(mpfr_t err, lp_scope *s, const lp_row *row, const lp_enclosure *x) {
    MPFR_DECL_INIT(quotient, LP_BOUND_PREC);
    MPFR_DECL_INIT(divisor, LP_BOUND_PREC);
    MPFR_DECL_INIT(above, LP_BOUND_PREC);
    MPFR_DECL_INIT(below, LP_BOUND_PREC);
    double p = lp_bce_prob_p(s, row), y = lp_bce_prob_y(s, row);
    bool sound = true;
    mpfr_set_zero(err, 1);
    if (y < 1) {
        bound_rest(quotient, above, s, y);
        bound_rest(divisor, below, s, p);
        mpfr_set_ui(divisor, 1, MPFR_RNDD);
        mpfr_sub_d(divisor, divisor, p, MPFR_RNDD);
        mpfr_div(quotient, quotient, divisor, MPFR_RNDU);
        sound = lp_bound_div(err, &s->unit, above, quotient, divisor, below);
        if (sound) lp_bound_round(err, &s->unit, quotient);
    }
    if (y > 0) {
        mpfr_set_d(quotient, y, MPFR_RNDU);
        mpfr_div_d(quotient, quotient, p, MPFR_RNDU);
        lp_bound_round(err, &s->unit, quotient);
    }
    if (y == 0 || y == 1) return sound;
    lp_enclosure_magnitude(quotient, x);
    lp_bound_round(err, &s->unit, quotient); /* the difference */
    return sound;
}

bool lp_bound_bce_prob(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                       const lp_enclosure *x) {
    (void)j;
    if (out != LP_OUT_LOSS) return bound_grad(err, s, row, x);
    bound_loss(err, s, row, x);
    return true;
}
