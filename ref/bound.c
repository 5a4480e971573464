#include "ref/bound.h"

void lp_bound_unit_set(lp_bound_unit *b, const lp_format *f) {
    b->p = f->p;
    mpfr_set_d(b->eta, f->least, MPFR_RNDU);
}

void lp_bound_unit_init(lp_bound_unit *b, const lp_format *f) {
    mpfr_init2(b->eta, LP_BOUND_PREC);
    lp_bound_unit_set(b, f);
    for (int i = 0; i < 4; i++) mpfr_init2(b->t[i], LP_BOUND_PREC);
    for (int i = 0; i < 8; i++) mpfr_init2(b->n[i], LP_BOUND_PREC);
}

void lp_bound_unit_clear(lp_bound_unit *b) {
    mpfr_clear(b->eta);
    for (int i = 0; i < 4; i++) mpfr_clear(b->t[i]);
    for (int i = 0; i < 8; i++) mpfr_clear(b->n[i]);
}

/* err += 2^shift u |v| + eta. */
static void own_error(mpfr_t err, lp_bound_unit *b, const mpfr_t v, int shift) {
    mpfr_abs(b->t[0], v, MPFR_RNDU);
    mpfr_mul_2si(b->t[0], b->t[0], shift - b->p, MPFR_RNDU);
    mpfr_add(err, err, b->t[0], MPFR_RNDU);
    mpfr_add(err, err, b->eta, MPFR_RNDU);
}

void lp_bound_store(mpfr_t err, const lp_format *f, const mpfr_t v) {
    MPFR_DECL_INIT(own, LP_BOUND_PREC);
    mpfr_abs(own, v, MPFR_RNDU);
    mpfr_mul_2si(own, own, -f->p, MPFR_RNDU);
    mpfr_add(err, err, own, MPFR_RNDU);
    mpfr_add_d(err, err, f->least, MPFR_RNDU);
}

void lp_bound_round(mpfr_t err, lp_bound_unit *b, const mpfr_t v) {
    own_error(err, b, v, 0);
}

void lp_bound_libm(mpfr_t err, lp_bound_unit *b, const mpfr_t v) {
    own_error(err, b, v, 3);
}

void lp_bound_mul(mpfr_t err, lp_bound_unit *b, const mpfr_t x, const mpfr_t ex, const mpfr_t y,
                  const mpfr_t ey) {
    mpfr_abs(b->t[0], x, MPFR_RNDU);
    mpfr_add(b->t[0], b->t[0], ex, MPFR_RNDU); /* (|x| + ex) ey + |y| ex */
    mpfr_mul(b->t[0], b->t[0], ey, MPFR_RNDU);
    mpfr_abs(b->t[1], y, MPFR_RNDU);
    mpfr_mul(b->t[1], b->t[1], ex, MPFR_RNDU);
    mpfr_add(err, b->t[0], b->t[1], MPFR_RNDU);
}

bool lp_bound_div(mpfr_t err, lp_bound_unit *b, const mpfr_t ea, const mpfr_t quotient,
                  const mpfr_t divisor_lo, const mpfr_t eb) {
    mpfr_sub(b->t[0], divisor_lo, eb, MPFR_RNDD);
    if (!(mpfr_sgn(b->t[0]) > 0)) return false;
    mpfr_abs(b->t[1], quotient, MPFR_RNDU);
    mpfr_mul(b->t[1], b->t[1], eb, MPFR_RNDU);
    mpfr_add(b->t[1], b->t[1], ea, MPFR_RNDU);
    mpfr_div(err, b->t[1], b->t[0], MPFR_RNDU);
    return true;
}

/* e^E - 1 = E + E^2 (1/2 + E/6 + E^2/24 + ...), and for E <= 2^-10 the bracket is below 1/2 + E/4,
 * which costs no exponential: every ordinary logit ends here. Large E belong to logits so far below
 * the maximum (|d| > 64 / u) that the product form would be 0 * inf: there e^(v+E) - e^v itself. */
void lp_bound_exp(mpfr_t err, lp_bound_unit *b, const mpfr_t v_lo, const mpfr_t value_lo,
                  const mpfr_t value_hi, const mpfr_t e) {
    if (mpfr_cmp_d(e, 0x1p-10) <= 0) {
        mpfr_div_2ui(b->t[0], e, 2, MPFR_RNDU);
        mpfr_add_d(b->t[0], b->t[0], 0.5, MPFR_RNDU);
        mpfr_mul(b->t[0], b->t[0], e, MPFR_RNDU);
        mpfr_add_ui(b->t[0], b->t[0], 1, MPFR_RNDU);
        mpfr_mul(b->t[0], b->t[0], e, MPFR_RNDU);
        mpfr_mul(err, b->t[0], value_hi, MPFR_RNDU);
    } else if (mpfr_cmp_ui(e, 64) <= 0) {
        mpfr_expm1(b->t[0], e, MPFR_RNDU);
        mpfr_mul(err, b->t[0], value_hi, MPFR_RNDU);
    } else {
        mpfr_set(b->t[0], v_lo, MPFR_RNDU);
        for (int i = 0; i < 4; i++) mpfr_nextabove(b->t[0]);
        mpfr_add(b->t[0], b->t[0], e, MPFR_RNDU);
        mpfr_exp(b->t[0], b->t[0], MPFR_RNDU);
        mpfr_sub(err, b->t[0], value_lo, MPFR_RNDU);
    }
}

bool lp_bound_log(mpfr_t err, lp_bound_unit *b, const mpfr_t v_lo, const mpfr_t e) {
    if (!(mpfr_cmp(e, v_lo) < 0)) return false;
    mpfr_div(b->t[0], e, v_lo, MPFR_RNDU);
    if (!(mpfr_cmp_ui(b->t[0], 1) < 0)) return false;
    mpfr_neg(b->t[0], b->t[0], MPFR_RNDD);
    mpfr_log1p(b->t[0], b->t[0], MPFR_RNDD);
    mpfr_neg(err, b->t[0], MPFR_RNDU);
    return true;
}

/* E < a: a^g (e^(g log1p(E/a)) - 1), and with -E its opposite. */
void lp_bound_pow(mpfr_t err, lp_bound_unit *b, const mpfr_t a_lo, const mpfr_t a_hi, double g,
                  const lp_iv *value, const mpfr_t e) {
    if (mpfr_cmp(e, a_lo) < 0) {
        mpfr_div(b->t[0], e, a_lo, MPFR_RNDU);
        mpfr_neg(b->t[1], b->t[0], MPFR_RNDD);
        for (int i = 0; i < 2; i++) {
            mpfr_log1p(b->t[i], b->t[i], i ? MPFR_RNDD : MPFR_RNDU);
            mpfr_mul_d(b->t[i], b->t[i], g, i ? MPFR_RNDD : MPFR_RNDU);
            mpfr_expm1(b->t[i], b->t[i], i ? MPFR_RNDD : MPFR_RNDU);
        }
        mpfr_neg(b->t[1], b->t[1], MPFR_RNDU);
        mpfr_max(b->t[0], b->t[0], b->t[1], MPFR_RNDU);
        mpfr_mul(err, b->t[0], value->hi, MPFR_RNDU);
        return;
    }
    mpfr_set_d(b->t[1], g, MPFR_RNDU);
    mpfr_add(b->t[0], a_hi, e, MPFR_RNDU);
    mpfr_pow(b->t[0], b->t[0], b->t[1], MPFR_RNDU);
    mpfr_sub(b->t[0], b->t[0], value->lo, MPFR_RNDU);
    mpfr_max(err, b->t[0], value->hi, MPFR_RNDU);
}

void lp_bound_abs(mpfr_t r, const mpfr_t x) {
    mpfr_abs(r, x, MPFR_RNDU);
}

void lp_bound_abs_d(mpfr_t r, double x) {
    mpfr_set_d(r, x < 0 ? -x : x, MPFR_RNDU);
}

void lp_bound_sum_init(lp_bound_sum *s) {
    mpfr_inits2(LP_BOUND_PREC, s->lo, s->hi, s->err, (mpfr_ptr)0);
    mpfr_set_zero(s->lo, 1);
    mpfr_set_zero(s->hi, 1);
    mpfr_set_zero(s->err, 1);
    s->terms = 0;
}

void lp_bound_sum_clear(lp_bound_sum *s) {
    mpfr_clears(s->lo, s->hi, s->err, (mpfr_ptr)0);
}

void lp_bound_sum_add(lp_bound_sum *s, lp_bound_unit *b, const mpfr_t lo, const mpfr_t hi,
                      const mpfr_t err) {
    mpfr_add(s->lo, s->lo, lo, MPFR_RNDD);
    mpfr_add(s->hi, s->hi, hi, MPFR_RNDU);
    mpfr_add(s->err, s->err, err, MPFR_RNDU);
    if (s->terms++ == 0) return;
    if (mpfr_cmpabs(s->lo, s->hi) > 0)
        lp_bound_round(s->err, b, s->lo);
    else
        lp_bound_round(s->err, b, s->hi);
}
