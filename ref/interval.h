/* Intervals [lo, hi] of MPFR numbers by directed rounding: whatever the operations below leave in
 * `lo` is at most, in `hi` at least, the exact result for every value of the operands' intervals.
 */
#ifndef LP_REF_INTERVAL_H
#define LP_REF_INTERVAL_H

#include <mpfr.h>
#include <stdbool.h>

typedef struct lp_iv {
    mpfr_t lo, hi;
} lp_iv;

static inline void lp_iv_init(lp_iv *r, mpfr_prec_t prec) {
    mpfr_init2(r->lo, prec);
    mpfr_init2(r->hi, prec);
}
static inline void lp_iv_clear(lp_iv *r) {
    mpfr_clear(r->lo);
    mpfr_clear(r->hi);
}
/* Loses the value. */
static inline void lp_iv_set_prec(lp_iv *r, mpfr_prec_t prec) {
    mpfr_set_prec(r->lo, prec);
    mpfr_set_prec(r->hi, prec);
}
static inline void lp_iv_set(lp_iv *r, const lp_iv *a) {
    mpfr_set(r->lo, a->lo, MPFR_RNDD);
    mpfr_set(r->hi, a->hi, MPFR_RNDU);
}
static inline void lp_iv_add(lp_iv *r, const lp_iv *a, const lp_iv *b) {
    mpfr_add(r->lo, a->lo, b->lo, MPFR_RNDD);
    mpfr_add(r->hi, a->hi, b->hi, MPFR_RNDU);
}
static inline void lp_iv_neg(lp_iv *r) {
    mpfr_neg(r->lo, r->lo, MPFR_RNDD);
    mpfr_neg(r->hi, r->hi, MPFR_RNDU);
    mpfr_swap(r->lo, r->hi);
}
/* r = s * a for a number s; r may be a. */
static inline void lp_iv_scale(lp_iv *r, const lp_iv *a, const mpfr_t s) {
    mpfr_mul(r->lo, a->lo, s, mpfr_sgn(s) < 0 ? MPFR_RNDU : MPFR_RNDD);
    mpfr_mul(r->hi, a->hi, s, mpfr_sgn(s) < 0 ? MPFR_RNDD : MPFR_RNDU);
    if (mpfr_sgn(s) < 0) mpfr_swap(r->lo, r->hi);
}
/* r = a * p for p >= 0: each end takes the end of p that pushes it outward. r is neither. */
static inline void lp_iv_mul_nonneg(lp_iv *r, const lp_iv *a, const lp_iv *p) {
    mpfr_mul(r->lo, a->lo, mpfr_sgn(a->lo) < 0 ? p->hi : p->lo, MPFR_RNDD);
    mpfr_mul(r->hi, a->hi, mpfr_sgn(a->hi) < 0 ? p->lo : p->hi, MPFR_RNDU);
}
/* r = a * b of any signs: the ends are among the four products of ends. r is neither. */
static inline void lp_iv_mul(lp_iv *r, const lp_iv *a, const lp_iv *b) {
    mpfr_srcptr x[] = {a->lo, a->lo, a->hi, a->hi}, y[] = {b->lo, b->hi, b->lo, b->hi};
    mpfr_t p;
    mpfr_init2(p, mpfr_get_prec(r->lo));
    for (int i = 0; i < 4; i++) {
        mpfr_mul(p, x[i], y[i], MPFR_RNDD);
        if (i == 0 || mpfr_less_p(p, r->lo)) mpfr_set(r->lo, p, MPFR_RNDD);
        mpfr_mul(p, x[i], y[i], MPFR_RNDU);
        if (i == 0 || mpfr_greater_p(p, r->hi)) mpfr_set(r->hi, p, MPFR_RNDU);
    }
    mpfr_clear(p);
}
/* r = a + s for an exact s. */
static inline void lp_iv_shift(lp_iv *r, const lp_iv *a, const mpfr_t s) {
    mpfr_add(r->lo, a->lo, s, MPFR_RNDD);
    mpfr_add(r->hi, a->hi, s, MPFR_RNDU);
}
static inline bool lp_iv_straddles(const lp_iv *x) {
    return mpfr_sgn(x->lo) <= 0 && mpfr_sgn(x->hi) >= 0;
}
/* The sign of what r holds is known by other means, -1 or 1; 0: it is not. */
static inline void lp_iv_settle(lp_iv *r, int sign) {
    if (sign > 0) mpfr_set_zero(r->lo, 1);
    if (sign < 0) mpfr_set_zero(r->hi, 1);
}
/* `steps` neighbours up: the upper end that belongs to a lower one, where the error was counted in
 * units of the last place. */
static inline void lp_iv_upper(mpfr_t hi, const mpfr_t lo, int steps) {
    mpfr_set(hi, lo, MPFR_RNDU);
    for (int i = 0; i < steps; i++) mpfr_nextabove(hi);
}

#endif
