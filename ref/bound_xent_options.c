/* What z_loss and softcap add to the textbook programs of softmax_xent (bound_softmax_xent.c).
 *
 * The cap: v_j = s * tanh(z_j / s) in place of z_j, m = max v_j, and the gradient * (1 - t * t)
 * with t = tanh(z_j / s).
 *
 * z_loss: h = m / T + L; loss + (l * h) * h; gradient (p_j * SW - W_j) + ((2 l) * p_j) * h, then /
 * T; no division without T, and a loss of no term is that of z_loss alone. */
#include "ref/softcap.h"
#include "ref/softmax_xent.h"
#include "ref/softrow.h"

#include <math.h>

/* err = error of h, mag = |h| from above. */
static void bound_h(mpfr_t err, mpfr_t mag, lp_scope *s, const lp_row *row) {
    double top = lp_softrow_logits(s, row)[row->top], cap = lp_softrow_cap(s);
    double t = lp_softrow_temperature(s);
    lp_iv h;
    lp_iv_init(&h, row->prec);
    mpfr_set_zero(err, 1);
    mpfr_set_d(h.lo, top, MPFR_RNDD);
    mpfr_set_d(h.hi, top, MPFR_RNDU);
    if (cap != 0) {
        lp_softcap_bound(err, &s->unit, top, cap);
        lp_softcap_rest(&h, top, cap);
        int level = lp_softcap_level(top, cap);
        mpfr_add_si(h.lo, h.lo, level, MPFR_RNDD);
        mpfr_add_si(h.hi, h.hi, level, MPFR_RNDU);
        mpfr_mul_d(h.lo, h.lo, cap, MPFR_RNDD);
        mpfr_mul_d(h.hi, h.hi, cap, MPFR_RNDU);
    }
    if (lp_case_has(s->c, LP_PARAM_TEMPERATURE)) {
        mpfr_div_d(err, err, t, MPFR_RNDU);
        mpfr_div_d(h.lo, h.lo, t, MPFR_RNDD);
        mpfr_div_d(h.hi, h.hi, t, MPFR_RNDU);
        lp_bound_round(err, &s->unit, mpfr_cmpabs(h.lo, h.hi) > 0 ? h.lo : h.hi);
    }
    lp_iv_add(&h, &h, &row->iv[LP_SOFT_LOG]);
    mpfr_add(err, err, row->bound.err[LP_SOFT_B_LOG], MPFR_RNDU);
    lp_bound_abs(mag, mpfr_cmpabs(h.lo, h.hi) > 0 ? h.lo : h.hi);
    lp_bound_round(err, &s->unit, mag);
    lp_iv_clear(&h);
}

bool lp_bound_z_loss(mpfr_t err, lp_scope *s, lp_row *row, const lp_enclosure *x) {
    MPFR_DECL_INIT(e, LP_BOUND_PREC);
    MPFR_DECL_INIT(h, LP_BOUND_PREC);
    MPFR_DECL_INIT(scaled, LP_BOUND_PREC);
    MPFR_DECL_INIT(its_error, LP_BOUND_PREC);
    double l = lp_z_loss(s->c);
    if (row->bound.is_void[LP_SOFT_B_LOG]) return false;
    bound_h(e, h, s, row);
    mpfr_mul_d(scaled, h, l, MPFR_RNDU);
    mpfr_mul_d(its_error, e, l, MPFR_RNDU);
    lp_bound_round(its_error, &s->unit, scaled);
    lp_bound_mul(e, &s->unit, scaled, its_error, h, e);
    mpfr_mul(h, h, scaled, MPFR_RNDU);
    lp_bound_round(e, &s->unit, h);
    bool none = mpfr_zero_p(row->x[LP_XENT_X_C]) && mpfr_zero_p(err); /* nothing to add to */
    mpfr_add(err, err, e, MPFR_RNDU);
    if (none) return true;
    lp_enclosure_magnitude(h, x);
    lp_bound_round(err, &s->unit, h);
    return true;
}

/* |p_j SW - W_j| and |p_j (SW + 2 l h) - W_j|, the gradient before T and the slope, from above, by
 * intervals of the row's precision. */
static void magnitudes(mpfr_t first, mpfr_t both, lp_scope *s, lp_row *row, int64_t j) {
    lp_enclosure plain;
    lp_enclosure_init(&plain);
    lp_enclosure_start(&plain, row->prec);
    lp_xent_plain_grad(&plain, s, row, j);
    lp_enclosure_magnitude(first, &plain);
    mpfr_mul_d(first, first, lp_softrow_temperature(s), MPFR_RNDU);
    lp_enclosure_start(&plain, row->prec);
    lp_xent_uncapped_grad(&plain, s, row, j);
    lp_enclosure_magnitude(both, &plain);
    mpfr_mul_d(both, both, lp_softrow_temperature(s), MPFR_RNDU);
    lp_enclosure_clear(&plain);
}

/* err = error of ((2 l) * p_j) * h on top of that of what it is added to. */
static bool add_z_slope(mpfr_t err, lp_scope *s, lp_row *row, int64_t j) {
    MPFR_DECL_INIT(e, LP_BOUND_PREC);
    MPFR_DECL_INIT(h, LP_BOUND_PREC);
    MPFR_DECL_INIT(p_error, LP_BOUND_PREC);
    MPFR_DECL_INIT(p, LP_BOUND_PREC);
    if (row->bound.is_void[LP_SOFT_B_LOG] || !lp_softrow_bound_p(p_error, s, row, j)) return false;
    mpfr_set(p, s->unit.n[1], MPFR_RNDU);
    bound_h(e, h, s, row);
    mpfr_mul_d(p_error, p_error, 2 * lp_z_loss(s->c), MPFR_RNDU);
    mpfr_mul_d(p, p, 2 * lp_z_loss(s->c), MPFR_RNDU);
    lp_bound_round(p_error, &s->unit, p);
    lp_bound_mul(e, &s->unit, h, e, p, p_error);
    mpfr_mul(h, h, p, MPFR_RNDU);
    lp_bound_round(e, &s->unit, h);
    mpfr_add(err, err, e, MPFR_RNDU);
    return true;
}

bool lp_bound_xent_slope(mpfr_t err, lp_scope *s, lp_row *row, int64_t j, const lp_enclosure *x) {
    double z = lp_softrow_logits(s, row)[j], cap = lp_softrow_cap(s);
    MPFR_DECL_INIT(mag, LP_BOUND_PREC);
    MPFR_DECL_INIT(first, LP_BOUND_PREC);
    MPFR_DECL_INIT(slope, LP_BOUND_PREC);
    MPFR_DECL_INIT(its_error, LP_BOUND_PREC);
    if (cap != 0 && isinf(z)) {
        mpfr_set_zero(err, 1);
        return true;
    }
    magnitudes(first, mag, s, row, j);
    if (lp_bound_xent_weight(s, row, j)) { /* n[6]: its error */
        mpfr_add(err, err, s->unit.n[6], MPFR_RNDU);
        lp_bound_round(err, &s->unit, first);
    }
    if (lp_z_loss(s->c) != 0) {
        if (!add_z_slope(err, s, row, j)) return false;
        lp_bound_round(err, &s->unit, mag);
    }
    if (lp_case_has(s->c, LP_PARAM_TEMPERATURE)) {
        mpfr_div_d(err, err, lp_softrow_temperature(s), MPFR_RNDU);
        mpfr_div_d(mag, mag, lp_softrow_temperature(s), MPFR_RNDU);
        lp_bound_round(err, &s->unit, mag);
    }
    if (cap == 0) return true;
    lp_iv range;
    lp_iv_init(&range, LP_BOUND_PREC);
    lp_softcap_slope(&range, z, cap);
    mpfr_set(slope, range.hi, MPFR_RNDU);
    lp_iv_clear(&range);
    lp_softcap_bound_slope(its_error, &s->unit, z, cap);
    lp_bound_mul(err, &s->unit, mag, err, slope, its_error);
    lp_enclosure_magnitude(mag, x);
    lp_bound_round(err, &s->unit, mag);
    return true;
}
