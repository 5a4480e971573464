#include "ref/span.h"

#include <math.h>

bool lp_span_set(lp_span *x, lp_fixed a) {
    lp_u128 top = a.m + a.excess;
    *x = (lp_span){a.m, top, a.e, false, false};
    if (top < a.m) /* 2^128 + top: one bit less of both ends */
        *x = (lp_span){a.m >> 1, ((lp_u128)1 << 127) + (top >> 1) + (top & 1), a.e + 1, false,
                       false};
    return a.excess > 0;
}

/* Two limbs are written as they are (MPFR's custom interface); mpfr_set would cost as much as the
 * exponential. */
void lp_fixed_to_mpfr(mpfr_t r, lp_fixed a) {
    mpfr_prec_t prec = mpfr_get_prec(r);
    _Static_assert(GMP_NUMB_BITS == 64, "a machine with 128-bit integers has limbs of 64 bits");
    if (prec <= 64) {
        mpfr_set_ui_2exp(r, lp_fixed_hi64(a.m), a.e + 64, MPFR_RNDD);
        return;
    }
    mp_limb_t *limb = mpfr_custom_get_significand(r);
    limb[0] = (mp_limb_t)((uint64_t)a.m >> (128 - prec) << (128 - prec));
    limb[1] = (mp_limb_t)lp_fixed_hi64(a.m);
    mpfr_custom_init_set(r, MPFR_REGULAR_KIND, a.e + 128, prec, limb);
}

/* 128 bits hold it. */
static void set_bits(mpfr_t x, lp_u128 m, int e) {
    mpfr_set_ui(x, lp_fixed_hi64(m), MPFR_RNDZ);
    mpfr_mul_2ui(x, x, 64, MPFR_RNDZ);
    mpfr_add_ui(x, x, (uint64_t)m, MPFR_RNDZ);
    mpfr_mul_2si(x, x, e, MPFR_RNDZ);
}

void lp_span_enclose(lp_enclosure *to, const lp_span *x) {
    lp_enclosure_start(to, 128);
    to->whole = x->zero;
    if (x->zero) return;
    set_bits(to->r.lo, x->lo, x->e);
    set_bits(to->r.hi, x->hi, x->e);
    if (x->negative) lp_iv_neg(&to->r);
}

bool lp_span_meets(const lp_span *x, const mpfr_t lo, const mpfr_t hi) {
    MPFR_DECL_INIT(low, 128);
    MPFR_DECL_INIT(high, 128);
    if (x->zero) return mpfr_zero_p(lo) && mpfr_zero_p(hi);
    set_bits(x->negative ? high : low, x->lo, x->e);
    set_bits(x->negative ? low : high, x->hi, x->e);
    if (x->negative) {
        mpfr_neg(low, low, MPFR_RNDZ);
        mpfr_neg(high, high, MPFR_RNDZ);
    }
    return mpfr_cmp(low, hi) < 0 && mpfr_cmp(lo, high) < 0;
}
