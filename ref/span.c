#include "ref/span.h"

#include <math.h>

bool lp_span_set(lp_span *x, lp_fixed a) {
    *x = (lp_span){a.m, a.m + a.excess, a.e, false, false};
    return x->hi > x->lo;
}

/* 2^q, -1074 <= q <= 1023. */
static double power(int q) {
    uint64_t bits = q >= -1022 ? (uint64_t)(q + 1023) << 52 : UINT64_C(1) << (q + 1074);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* |x| between `half` and `half` + 1 halves of an ulp 2^q, q from the binade of the lower end: an
 * upper end in the next binade is on that binade's grid, which is coarser and within this one. */
typedef struct place {
    uint64_t half;
    int q;
} place;

static bool find_place(place *at, const lp_span *x, const lp_format *f) {
    int binade = x->lo ? 127 - lp_fixed_clz(x->lo) + x->e : f->emin;
    at->q = (binade > f->emin ? binade : f->emin) - f->p + 1;
    if (at->q > 1023 || at->q + f->p - 1 > f->emax) return false;
    int shift = at->q - 1 - x->e;
    if (shift <= 0) return false; /* the interval's own unit is coarser than the grid */
    lp_u128 half = lp_fixed_down(x->lo, shift); /* < 2^(p+1) */
    at->half = (uint64_t)half;
    return lp_fixed_down(x->hi - 1, shift) == half;
}

/* The format's number n 2^q, exact: n <= 2^p and q is at least the exponent of the least number. */
static double number(uint64_t n, int q) {
    return (double)n * power(q);
}

bool lp_span_round(double *rounded, const lp_span *x, const lp_format *f, lp_rounding mode) {
    place at;
    if (x->zero) {
        *rounded = 0;
        return true;
    }
    if (!find_place(&at, x, f)) return false;
    bool away = mode == LP_ROUND_NEAREST ? at.half & 1
                : mode == LP_ROUND_ZERO  ? false
                                         : (mode == LP_ROUND_UP) != x->negative;
    double r = number((at.half >> 1) + away, at.q);
    *rounded = x->negative ? -r : r;
    return r <= f->max;
}

bool lp_span_cell(lp_cell *cell, const lp_span *x, const lp_format *f) {
    place at;
    if (x->zero) {
        *cell = (lp_cell){0, f->least, LP_AT_BELOW};
        return true;
    }
    if (!find_place(&at, x, f)) return false;
    double inner = number(at.half >> 1, at.q), outer = number((at.half >> 1) + 1, at.q);
    bool over = (at.half & 1) != x->negative;
    *cell = x->negative ? (lp_cell){-outer, -inner, over ? LP_OVER_MIDDLE : LP_UNDER_MIDDLE}
                        : (lp_cell){inner, outer, over ? LP_OVER_MIDDLE : LP_UNDER_MIDDLE};
    return outer <= f->max;
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
