#include "ref/round.h"

#include <math.h>

/* Greatest number of the format that is at most q; -infinity below the most negative one. */
static double round_down(const mpfr_t q, const lp_format *f) {
    double d = mpfr_get_d(q, MPFR_RNDD); /* once: formats are subsets of binary64 */
    if (d < -f->max) return -INFINITY;
    if (d >= f->max) return f->max;
    if (d == 0) return 0;
    double near = lp_format_round(f, d);
    return near > d ? lp_format_below(f, near) : near;
}

static double next(double x, const lp_format *f) {
    if (x == -INFINITY) return -f->max;
    return x == f->max ? INFINITY : lp_format_above(f, x);
}

/* The middle of a cell; beyond the largest number the next one is where the exponent range would
 * continue (IEEE 754 4.3.1). p + 1 <= 54 bits, exact. */
static void set_middle(mpfr_t mid, double below, const lp_format *f) {
    double inner = below == -INFINITY ? -f->max : below;
    double other = next(below, f);
    if (isfinite(below) && isfinite(other)) {
        mpfr_set_d(mid, below, MPFR_RNDZ);
        mpfr_add_d(mid, mid, other, MPFR_RNDZ);
        mpfr_div_2ui(mid, mid, 1, MPFR_RNDZ);
        return;
    }
    mpfr_set_d(mid, copysign(1, inner), MPFR_RNDZ);
    mpfr_mul_2si(mid, mid, lp_format_ulp_exp(f, inner) - 1, MPFR_RNDZ);
    mpfr_add_d(mid, mid, inner, MPFR_RNDZ);
}

/* The lower bound of x in 64 bits rounds down to a candidate; exact comparisons settle it. The
 * candidate is too low only where a divisor of more than 64 bits spoils the quotient, never at 0,
 * whose product with any divisor is 0: no -0 becomes `below`. */
bool lp_cell_find(lp_cell *cell, lp_enclosure *x, const lp_format *f) {
    MPFR_DECL_INIT(q, 64);
    lp_enclosure_lower(q, x);
    cell->below = round_down(q, f);
    int at = lp_enclosure_compare_d(x, cell->below);
    for (;;) {
        cell->above = next(cell->below, f);
        int end = lp_enclosure_compare_d(x, cell->above);
        if (end == 2 || at == 2) return false;
        if (end < 0) break;
        cell->below = cell->above;
        at = end;
    }
    cell->place = LP_AT_BELOW;
    if (at == 0 && x->minus) cell->below = -0.0;
    if (at == 0) return true;
    MPFR_DECL_INIT(mid, 64);
    set_middle(mid, cell->below, f);
    int half = lp_enclosure_compare(x, mid);
    if (half == 2) return false;
    cell->place = half < 0 ? LP_UNDER_MIDDLE : half > 0 ? LP_OVER_MIDDLE : LP_AT_MIDDLE;
    return true;
}

/* The lower bound's neighbours are the candidates; both middles are compared with exactly. */
bool lp_cell_nearest(double *nearest, lp_enclosure *x, const lp_format *f) {
    MPFR_DECL_INIT(q, 64);
    MPFR_DECL_INIT(under, 64);
    MPFR_DECL_INIT(over, 64);
    lp_enclosure_lower(q, x);
    double candidate = round_down(q, f);
    for (int i = 0; i < 2; i++, candidate = next(candidate, f)) {
        /* Where numbers are flushed, what lies below half the least normal is a zero for certain.
         */
        bool edge = f->flush && candidate != 0 && fabs(candidate) <= f->least;
        if (!isfinite(candidate) || edge) continue;
        set_middle(under, lp_format_below(f, candidate), f);
        set_middle(over, candidate, f);
        if (lp_enclosure_compare(x, under) != 1 || lp_enclosure_compare(x, over) != -1) continue;
        *nearest = candidate + 0.0;
        return true;
    }
    return false;
}

static double delivered(double x, const lp_format *f) {
    return isinf(x) && !f->has_inf ? NAN : x;
}

double lp_cell_inner(const lp_cell *cell) {
    if (cell->place == LP_AT_BELOW) return cell->below;
    return cell->below >= 0 ? cell->below : cell->above;
}

/* Within a cell numbers are multiples of one ulp, and of two neighbouring multiples one is even. */
static double even_end(const lp_cell *cell, const lp_format *f) {
    double inner = lp_cell_inner(cell), outer = inner == cell->below ? cell->above : cell->below;
    double multiple = ldexp(inner, -lp_format_ulp_exp(f, inner)); /* exact: an integer < 2^p */
    return fmod(multiple, 2) == 0 ? inner : outer;
}

/* What is flushed is a zero of its sign in every mode, as hardware has it. */
double lp_cell_round(const lp_cell *cell, const lp_format *f, lp_rounding mode) {
    if (cell->place == LP_AT_BELOW) return delivered(cell->below, f);
    if (f->flush && lp_cell_inner(cell) == 0) return lp_cell_inner(cell);
    switch (mode) {
    case LP_ROUND_ZERO:
        return delivered(lp_cell_inner(cell), f);
    case LP_ROUND_UP:
        return delivered(cell->above, f);
    case LP_ROUND_DOWN:
        return delivered(cell->below, f);
    case LP_ROUND_NEAREST:
        break;
    }
    if (cell->place == LP_AT_MIDDLE) return delivered(even_end(cell, f), f);
    return delivered(cell->place == LP_UNDER_MIDDLE ? cell->below : cell->above, f);
}

double lp_cell_down(const lp_cell *cell, const lp_format *f) {
    return delivered(cell->below, f);
}

double lp_cell_up(const lp_cell *cell, const lp_format *f) {
    return delivered(cell->place == LP_AT_BELOW ? cell->below : cell->above, f);
}
