#include "ref/ulp.h"

#include <math.h>

/* The distance is reported when its two bounds agree to 2^-16 ulp, or to 2^-16 of itself. */
#define AGREEMENT (-16)

/* e with 2^e <= |x| < 2^(e+1), for |x| >= 2^emin that is no number of the format's range: found
 * from the bounds, settled by an exact comparison with the power of two between them. False: |x| is
 * too near to 2^e for that, and the binade may be the one below. */
static bool exponent(int *e, lp_enclosure *x) {
    MPFR_DECL_INIT(hi, 64);
    lp_enclosure_magnitude(hi, x);
    MPFR_DECL_INIT(power, 64);
    bool negative = lp_enclosure_compare_d(x, 0) < 0;
    mpfr_set_si_2exp(power, negative ? -1 : 1, mpfr_get_exp(hi) - 1, MPFR_RNDZ);
    for (mpfr_exp_t k = mpfr_get_exp(hi) - 1;; k--) {
        int side = lp_enclosure_compare(x, power); /* +-2^k */
        *e = (int)k;
        if (side == 2) return false;
        if (side == 0 || (side > 0) != negative) return true;
        mpfr_div_2ui(power, power, 1, MPFR_RNDZ);
    }
}

/* Exponent of ulp(x). A cell's numbers share it with its inner end; beyond the largest number x has
 * its own. */
static bool ulp_exponent(int *ulp, const lp_cell *cell, lp_enclosure *x, const lp_format *f) {
    bool beyond = cell->place != LP_AT_BELOW && (isinf(cell->below) || isinf(cell->above));
    *ulp = lp_format_ulp_exp(f, beyond ? f->max : lp_cell_inner(cell));
    if (!beyond) return true;
    int e;
    bool settled = exponent(&e, x);
    if (e > f->emax) *ulp = e - f->p + 1;
    return settled;
}

/* Below level `correct` an infinity of the right sign counts as +-2^(emax+1) where |x| >= 2^emax.
 */
static bool stands_for(mpfr_t value, double got, const lp_format *f, lp_enclosure *x) {
    if (isnan(got)) return false;
    mpfr_set_d(value, got, MPFR_RNDZ);
    if (isfinite(got)) return true;
    MPFR_DECL_INIT(edge, 64);
    mpfr_set_si_2exp(edge, got > 0 ? 1 : -1, f->emax, MPFR_RNDZ);
    int side = lp_enclosure_compare(x, edge);
    if (side != 0 && side != (got > 0 ? 1 : -1)) return false;
    mpfr_mul_2ui(value, edge, 1, MPFR_RNDZ);
    return true;
}

static void no_distance(lp_measure *m) {
    m->ulp_lo = m->ulp_hi = m->abs_err = m->rel_err = INFINITY;
}

/* A special value that x, undecided, may be for all that is known: of an infinite multiple of a
 * sign that is open any of them, and an infinity where x may lie in or above the last binade. */
static bool may_be(double got, const lp_format *f, lp_enclosure *x) {
    MPFR_DECL_INIT(end, 64);
    lp_enclosure_lower(end, x);
    bool unknown = mpfr_inf_p(end);
    lp_enclosure_upper(end, x);
    if (isfinite(got) || (unknown && mpfr_inf_p(end))) return !isfinite(got);
    if (isnan(got)) return false;
    mpfr_set_si_2exp(end, got > 0 ? 1 : -1, f->emax, MPFR_RNDZ);
    return lp_enclosure_compare(x, end) == 2;
}

static double relative(const mpfr_t distance, const lp_enclosure *x) {
    MPFR_DECL_INIT(lo, 64);
    MPFR_DECL_INIT(hi, 64);
    if (mpfr_zero_p(distance)) return 0;
    lp_enclosure_lower(lo, x);
    lp_enclosure_upper(hi, x);
    if (mpfr_sgn(lo) <= 0 && mpfr_sgn(hi) >= 0) return INFINITY;
    if (mpfr_sgn(hi) < 0) mpfr_neg(lo, hi, MPFR_RNDD);
    mpfr_div(hi, distance, lo, MPFR_RNDU);
    return mpfr_get_d(hi, MPFR_RNDU);
}

static bool set_distance(lp_measure *m, lp_enclosure *x, const mpfr_t value) {
    MPFR_DECL_INIT(lo, 64);
    MPFR_DECL_INIT(hi, 64);
    MPFR_DECL_INIT(gap, 64);
    lp_enclosure_distance(lo, hi, x, value);
    m->abs_err = fabs(mpfr_get_d(hi, MPFR_RNDU)); /* no -0 */
    m->rel_err = relative(hi, x);
    int scale = m->exact_zero ? 0 : m->ulp_exp;
    mpfr_mul_2si(lo, lo, -scale, MPFR_RNDD);
    mpfr_mul_2si(hi, hi, -scale, MPFR_RNDU);
    m->ulp_lo = fabs(mpfr_get_d(lo, MPFR_RNDD));
    m->ulp_hi = mpfr_get_d(hi, MPFR_RNDU);
    mpfr_sub(gap, hi, lo, MPFR_RNDU);
    mpfr_add_ui(lo, lo, 1, MPFR_RNDD);
    mpfr_mul_2si(lo, lo, AGREEMENT, MPFR_RNDD);
    return mpfr_cmp(gap, lo) <= 0;
}

bool lp_ulp_measure(lp_measure *m, lp_enclosure *x, const lp_format *f, lp_rounding mode,
                    double got) {
    lp_cell cell;
    *m = (lp_measure){.got = got, .kind = LP_KIND_NUMBER, .bound = NAN, .over_bound = NAN};
    m->undecided = !lp_cell_find(&cell, x, f);
    if (m->undecided) cell = (lp_cell){cell.below, cell.below, LP_AT_BELOW};
    m->want = lp_cell_round(&cell, f, mode);
    m->down = lp_cell_down(&cell, f);
    m->up = lp_cell_up(&cell, f);
    m->exact_zero = lp_enclosure_zero(x);
    bool settled = !m->undecided && ulp_exponent(&m->ulp_exp, &cell, x, f);
    if (m->undecided) m->ulp_exp = lp_format_ulp_exp(f, isinf(cell.below) ? f->max : cell.below);
    if (isinf(got) && got == m->want) return settled; /* the right one: no error to speak of */
    if (m->undecided && may_be(got, f, x)) {
        no_distance(m);
        m->ulp_lo = 0; /* the certain part of the error */
        return false;
    }
    MPFR_DECL_INIT(value, 64);
    if (!stands_for(value, got, f, x)) {
        no_distance(m);
        return settled;
    }
    return set_distance(m, x, value) && settled;
}
