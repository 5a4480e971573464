/* A difference of two exact values against a bound: both are enclosed ever more narrowly, to the
 * same absolute width, until the difference of the enclosures lies on one side. */
#include "ref/env.h"
#include "ref/refine.h"

typedef struct ends {
    mpfr_t lo, hi;
    mpfr_exp_t width; /* 2^width is narrow enough */
} ends;

static void ends_init(ends *x) {
    mpfr_inits2(64, x->lo, x->hi, (mpfr_ptr)0);
}

static void ends_clear(ends *x) {
    mpfr_clears(x->lo, x->hi, (mpfr_ptr)0);
}

/* Bits that hold a number of the enclosure's size down to a quarter of the width, so that rounding
 * the ends outward widens them by less than half of it. */
static mpfr_prec_t bits_for(const lp_enclosure *x, mpfr_exp_t width) {
    MPFR_DECL_INIT(size, 64);
    lp_enclosure_magnitude(size, x);
    if (!mpfr_regular_p(size) || mpfr_get_exp(size) <= width) return 64;
    mpfr_exp_t bits = mpfr_get_exp(size) - width + 3;
    const mpfr_prec_t most = 4 * (mpfr_prec_t)LP_PRECISION_CAP;
    return bits < 64 ? 64 : bits < most ? bits : most;
}

static bool narrow(void *answer, lp_exact *e) {
    ends *x = answer;
    mpfr_prec_t bits = bits_for(&e->x, x->width);
    MPFR_DECL_INIT(apart, 64);
    mpfr_set_prec(x->lo, bits);
    mpfr_set_prec(x->hi, bits);
    lp_enclosure_lower(x->lo, &e->x);
    lp_enclosure_upper(x->hi, &e->x);
    mpfr_sub(apart, x->hi, x->lo, MPFR_RNDU);
    return mpfr_zero_p(apart) || mpfr_get_exp(apart) <= x->width;
}

/* -1, 1, 0 where both are points, 2 where the ends leave it open. */
static int side(const ends *a, const ends *b, const mpfr_t bound, mpfr_prec_t bits) {
    mpfr_t lo, hi;
    mpfr_inits2(bits, lo, hi, (mpfr_ptr)0);
    mpfr_sub(lo, a->lo, b->hi, MPFR_RNDD);
    mpfr_sub(hi, a->hi, b->lo, MPFR_RNDU);
    int below = mpfr_cmp(hi, bound), above = mpfr_cmp(lo, bound);
    bool point = mpfr_equal_p(lo, hi);
    mpfr_clears(lo, hi, (mpfr_ptr)0);
    return below < 0 ? -1 : above > 0 ? 1 : point && above == 0 ? 0 : 2;
}

/* Where the bound says how finely to look, 64 bits below it; else 128 below 1. */
static mpfr_exp_t first_width(const mpfr_t bound) {
    return mpfr_regular_p(bound) ? mpfr_get_exp(bound) - 64 : -128;
}

int lp_exact_compare_difference(lp_exact *a, lp_exact *b, lp_out out, int64_t i, int scale,
                                double bound) {
    lp_env env;
    lp_env_enter(&env);
    ends x, y;
    int sign = 2;
    MPFR_DECL_INIT(limit, 53);
    mpfr_set_d(limit, bound, MPFR_RNDZ);
    mpfr_mul_2si(limit, limit, -scale, MPFR_RNDZ); /* exact: MPFR's exponents are far wider */
    ends_init(&x);
    ends_init(&y);
    mpfr_exp_t least = first_width(limit) - LP_PRECISION_CAP;
    for (mpfr_exp_t w = first_width(limit), step = 64; sign == 2 && w > least; w -= step *= 2) {
        x.width = y.width = w;
        if (!lp_refine_ask(a, out, i, narrow, &x) || !lp_refine_ask(b, out, i, narrow, &y)) break;
        mpfr_prec_t bits = mpfr_get_prec(x.lo) + mpfr_get_prec(y.lo);
        sign = side(&x, &y, limit, bits);
    }
    ends_clear(&x);
    ends_clear(&y);
    lp_env_leave(&env);
    return sign;
}
