/* An exact real as the reference knows it: x = (a + r) / b with a and b > 0 exact dyadic numbers
 * and r in the open interval (lo, hi), or r = 0 (`whole`), where x is that rational number.
 *
 * Why apart: a loss like D + log1p(tiny), D a dyadic number of any size, is decided against a
 * boundary by a - boundary * b exactly and the sign of r, however small r is; adding them up first
 * would take as many bits as lie between them. Why open: r is always the value of a transcendental
 * expression (each family names its theorem), which no bound of ours, a dyadic number, can equal.
 *
 * Between a family and the batch a value that will be given in bits may hold a multiple of ln 2
 * apart as well: x = (a + two ln 2 + r) / b. Divided by ln 2 that is (two + (a + r) / ln 2) / b:
 * what is rational in bits (two), and what is next to it, are then exact part and remainder again,
 * while a / ln 2 is transcendental for a /= 0 and needs no place apart.
 */
#ifndef LP_REF_ENCLOSURE_H
#define LP_REF_ENCLOSURE_H

#include "ref/interval.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct lp_enclosure {
    mpfr_t a, b;
    mpfr_t two; /* 0 but between a family and batch.c, with base 2 */
    lp_iv r;
    bool whole; /* r = 0 */
    bool unit;  /* b = 1 */
    bool minus; /* x = 0 is -0: log_sigmoid at +inf, the only such value of section 2 */
    mpfr_t work, other;
} lp_enclosure;

void lp_enclosure_init(lp_enclosure *x);
void lp_enclosure_clear(lp_enclosure *x);
/* a = 0, b = 1, r of the precision, not whole: what a family starts from. */
void lp_enclosure_start(lp_enclosure *x, mpfr_prec_t prec);
/* x / ln 2, of the precision; from then on two = 0. */
void lp_enclosure_to_bits(lp_enclosure *x, mpfr_prec_t prec);
/* x = n, an integer. */
void lp_enclosure_set_int(lp_enclosure *x, int64_t n);

/* Sign of x - beta: -1, 0, 1, or 2: undecided. */
int lp_enclosure_compare(lp_enclosure *x, const mpfr_t beta);
/* ... and of x - num / den, den > 0. */
int lp_enclosure_compare_ratio(lp_enclosure *x, const mpfr_t num, const mpfr_t den);
int lp_enclosure_compare_d(lp_enclosure *x, double beta);
/* x = 0 exactly. */
bool lp_enclosure_zero(const lp_enclosure *x);
/* Outward bounds of x in the precision of the result; these alone may be asked with two /= 0. */
void lp_enclosure_lower(mpfr_t lo, const lp_enclosure *x);
void lp_enclosure_upper(mpfr_t hi, const lp_enclosure *x);
/* Upper bound of |x|. */
void lp_enclosure_magnitude(mpfr_t hi, const lp_enclosure *x);
/* lo <= |got - x| <= hi. */
void lp_enclosure_distance(mpfr_t lo, mpfr_t hi, lp_enclosure *x, const mpfr_t got);

#endif
