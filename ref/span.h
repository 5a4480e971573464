/* An open interval of 128-bit integers that holds a component: what the tier hands to the rounding
 * test. Private to the room. */
#ifndef LP_REF_SPAN_H
#define LP_REF_SPAN_H

#include "ref/fixed.h"
#include "ref/round.h"

/* |x| in the open interval (lo, hi) * 2^e, or x = 0 (`zero`). Open: x is transcendental where it is
 * not zero (ref/softrow.h names the theorem), the ends are dyadic, so an end that is a number of
 * the format, or a middle, still decides. */
typedef struct lp_span {
    lp_u128 lo, hi;
    int e;
    bool negative, zero;
} lp_span;

/* The lower end of `a`, normal and not 0, rounded down to r's precision, 128 bits at most. */
void lp_fixed_to_mpfr(mpfr_t r, lp_fixed a);
/* |x| in a. False: a is a point. */
bool lp_span_set(lp_span *x, lp_fixed a);
/* x may lie in [lo, hi] as far as the span knows. */
bool lp_span_meets(const lp_span *x, const mpfr_t lo, const mpfr_t hi);
/* As an enclosure of 128 bits. */
void lp_span_enclose(lp_enclosure *to, const lp_span *x);

/* n 2^q for a number of a format, exact: n <= 2^p and q is at least the least number's exponent. */
static inline double lp_span_number(uint64_t n, int q) {
    uint64_t bits = q >= -1022 ? (uint64_t)(q + 1023) << 52 : UINT64_C(1) << (q + 1074);
    double power;
    memcpy(&power, &bits, sizeof power);
    return (double)n * power;
}

/* The rounding test, subnormal results included: where x lies between two neighbours of the grid of
 * half ulps it is decided for every mode. False: undecided here, or beyond the largest number.
 *
 * q is the exponent of an ulp in the lower end's binade; an upper end in the next binade is on that
 * binade's grid, which is coarser and within this one. */
static inline bool lp_span_round(double *rounded, const lp_span *x, const lp_format *f,
                                 lp_rounding mode) {
    *rounded = 0;
    if (x->zero) return true;
    int binade = x->lo ? 127 - lp_fixed_clz(x->lo) + x->e : f->emin;
    if (f->flush && binade <= f->emin) return false;
    int q = (binade > f->emin ? binade : f->emin) - f->p + 1, shift = q - 1 - x->e;
    /* Beyond the largest binade; the interval's own unit coarser than the grid. */
    if (q + f->p - 1 > f->emax || shift <= 0) return false;
    lp_u128 half = lp_fixed_down(x->lo, shift); /* < 2^(p+1) */
    if (lp_fixed_down(x->hi - 1, shift) != half) return false;
    bool away = mode == LP_ROUND_NEAREST ? half & 1
                : mode == LP_ROUND_ZERO  ? false
                                         : (mode == LP_ROUND_UP) != x->negative;
    double r = lp_span_number((uint64_t)(half >> 1) + away, q);
    *rounded = x->negative ? -r : r;
    return r <= f->max;
}

#endif
