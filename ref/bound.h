/* The a-priori bound of section 4: running error of a textbook straight-line program with the exact
 * values of its nodes. 64 bits, every operation rounded up, so that what comes out is at least the
 * bound; the exact values enter as upper (|v|) or lower (divisors, logarithms) bounds taken from
 * the enclosures. Each function adds to, or makes, the error of one node. */
#ifndef LP_REF_BOUND_H
#define LP_REF_BOUND_H

#include "core/format.h"
#include "ref/interval.h"
#include "ref/vec.h"

#include <mpfr.h>
#include <stdbool.h>
#include <stdint.h>

#define LP_BOUND_PREC  64
#define LP_BOUND_SLOTS 6

/* u = 2^-p and eta = the least subnormal, of the format the program runs in. */
typedef struct lp_bound_unit {
    mpfr_t eta;
    int p;
    mpfr_t t[4]; /* scratch of bound.c */
    mpfr_t n[8]; /* scratch of the families: nodes */
} lp_bound_unit;

/* Errors of the nodes that a row's components share. */
typedef struct lp_row_bound {
    bool done, is_void[LP_BOUND_SLOTS];
    mpfr_t err[LP_BOUND_SLOTS];
    lp_vec each;  /* of one node per class */
    lp_vec logit; /* of the logits, where they are computed (linear_xent) */
} lp_row_bound;

void lp_bound_unit_init(lp_bound_unit *b, const lp_format *f);
void lp_bound_unit_clear(lp_bound_unit *b);
void lp_bound_unit_set(lp_bound_unit *b, const lp_format *f);

/* err += u |v| + eta, and err += 8 u |v| + eta: the node's own rounding. */
void lp_bound_round(mpfr_t err, lp_bound_unit *b, const mpfr_t v);
void lp_bound_libm(mpfr_t err, lp_bound_unit *b, const mpfr_t v);
/* err += u |v| + eta of the format f that v is stored in. */
void lp_bound_store(mpfr_t err, const lp_format *f, const mpfr_t v);
/* err = |a| eb + |b| ea + ea eb. */
void lp_bound_mul(mpfr_t err, lp_bound_unit *b, const mpfr_t x, const mpfr_t ex, const mpfr_t y,
                  const mpfr_t ey);
/* err = (ea + |q| eb) / (|b| - eb) for the quotient q; false where eb >= |b|. */
bool lp_bound_div(mpfr_t err, lp_bound_unit *b, const mpfr_t ea, const mpfr_t quotient,
                  const mpfr_t divisor_lo, const mpfr_t eb);
/* err = e^v (e^E - 1) for v in [v_lo, v_lo + 4 neighbours], value = e^v enclosed. */
void lp_bound_exp(mpfr_t err, lp_bound_unit *b, const mpfr_t v_lo, const mpfr_t value_lo,
                  const mpfr_t value_hi, const mpfr_t e);
/* err = -ln(1 - E/v), v from below; false where E >= v. */
bool lp_bound_log(mpfr_t err, lp_bound_unit *b, const mpfr_t v_lo, const mpfr_t e);

/* err = max((a + E)^g - a^g, a^g - max(a - E, 0)^g) for a >= 0 in [a_lo, a_hi], g > 0 and a^g in
 * `value`; the computed base is not negative. */
void lp_bound_pow(mpfr_t err, lp_bound_unit *b, const mpfr_t a_lo, const mpfr_t a_hi, double g,
                  const lp_iv *value, const mpfr_t e);

/* r = |x| rounded up. */
void lp_bound_abs(mpfr_t r, const mpfr_t x);
void lp_bound_abs_d(mpfr_t r, double x);

/* Recursive summation in index order: the running sum's enclosure and the error so far. The first
 * term is copied, not added. */
typedef struct lp_bound_sum {
    mpfr_t lo, hi, err;
    int64_t terms;
} lp_bound_sum;
void lp_bound_sum_init(lp_bound_sum *s);
void lp_bound_sum_clear(lp_bound_sum *s);
void lp_bound_sum_add(lp_bound_sum *s, lp_bound_unit *b, const mpfr_t lo, const mpfr_t hi,
                      const mpfr_t err);

#endif
