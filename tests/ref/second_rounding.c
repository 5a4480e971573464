#include "second_rounding.h"

#include <math.h>

static const mpfr_rnd_t rnd[LP_ROUNDING_COUNT] = {MPFR_RNDN, MPFR_RNDZ, MPFR_RNDU, MPFR_RNDD};

/* OCP E4M3 spends the code of 480 = 1.875 * 2^8, which its exponent range would hold, on NaN, and
 * has no infinity: what rounds to either overflowed, unless the mode points back. */
static double without_480(double r, lp_rounding mode) {
    if (fabs(r) < 480) return r;
    bool back = mode == LP_ROUND_ZERO || mode == (r > 0 ? LP_ROUND_DOWN : LP_ROUND_UP);
    return back ? copysign(448, r) : NAN;
}

/* MPFR's significands lie in [1/2, 1): its exponents are one more, and the least subnormal of a
 * format with p bits has the exponent emin - p + 2. */
double second_rounding(const mpfr_t x, const lp_format *f, lp_rounding mode) {
    mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_t r;
    mpfr_init2(r, f->p);
    int ternary = mpfr_set(r, x, rnd[mode]);
    mpfr_set_emin(f->emin - f->p + 2);
    mpfr_set_emax(f->emax + 1);
    ternary = mpfr_check_range(r, ternary, rnd[mode]);
    mpfr_subnormalize(r, ternary, rnd[mode]);
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
    double d = mpfr_get_d(r, MPFR_RNDN);
    mpfr_clear(r);
    /* 464 is the middle of 448 and 480, even at 448; above it MPFR would round to 480. */
    return f->has_inf ? d : without_480(d, mode);
}
