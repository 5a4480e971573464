/* Exact arithmetic on dyadic numbers: mpfr_t whose precision grows as the result needs. Sums and
 * products of doubles are dyadic, so A and B of an enclosure never carry an error. */
#ifndef LP_REF_DYADIC_H
#define LP_REF_DYADIC_H

#include <mpfr.h>
#include <stdint.h>

/* r may be a or b. x, y are finite. */
void lp_dyadic_set(mpfr_t r, double x);
void lp_dyadic_set_int(mpfr_t r, int64_t x);
void lp_dyadic_copy(mpfr_t r, const mpfr_t a);
void lp_dyadic_add(mpfr_t r, const mpfr_t a, const mpfr_t b);
void lp_dyadic_sub(mpfr_t r, const mpfr_t a, const mpfr_t b);
void lp_dyadic_mul(mpfr_t r, const mpfr_t a, const mpfr_t b);
/* r = x - y. */
void lp_dyadic_diff(mpfr_t r, double x, double y);
void lp_dyadic_mul_d(mpfr_t r, const mpfr_t a, double x);

#endif
