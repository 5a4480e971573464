/* The sign of a sum of remainders by their first orders, where all of them are small. A remainder
 * is made of
 *
 *   c log(n + x) = c log n + c log(1 + x / n),   c y / (n + x)   and   c y / (n + x)^2,
 *
 * x and y sums of exponentials (expsum.h), x >= 0, n >= 1 an integer, c dyadic, and of c log n, all
 * of which must cancel (logs.c; in bits but for powers of two, whose logarithms are multiples of ln
 * 2 and apart). Of p orders
 *
 *   c sum_(i = 1..p) (-1)^(i+1) (x / n)^i / i,   c (y / n) sum_(i < p) (-x / n)^i
 *   and   c (y / n^2) sum_(i < p) (i + 1) (-x / n)^i
 *
 * are taken, and what is left out is at most |c| (x / n)^(p+1), |c y| (x / n)^p and (p + 1) times
 * that: Taylor's remainder of log(1 + u) is the integral of t^p / (1 + t) up to u, that of 1 / (1 +
 * u) is u^p / (1 + u), that of 1 / (1 + u)^2 is (p + 1) u^p / (1 + v)^(p+2) for a v between 0 and
 * u, for every u >= 0. What is taken is one sum of exponentials over a common denominator, in which
 * equal exponents meet exactly, from all remainders that are added: the rows of a batch, the parts
 * of a row. Its sign is that of the whole where it outweighs what is left out. Private to the room.
 */
#ifndef LP_REF_ORDERS_H
#define LP_REF_ORDERS_H

#include "ref/expsum.h"

#include <gmp.h>

/* Sums of more terms are not looked at. */
#define LP_ORDERS_TERMS 16384

/* Bits of the exponent of what is left out: of a power of an exponential g d, next to which d may
 * be 2^-1000 of it. */
#define LP_ORDERS_REST 2400

typedef struct lp_orders {
    int p;
    lp_expsum sum; /* what is taken, times den */
    mpz_t den;
    mpfr_t weight, rest; /* what is left out is at most weight e^-rest */
    mpfr_t *log;         /* coefficients of the logarithms of `of`, in pairs */
    int64_t *of, logs;
    bool fits; /* nothing had more terms than there is room for */
} lp_orders;

/* All exponents of one lp_orders are over one t. */
/* c log(n + x). */
void lp_orders_add_log(lp_orders *o, const mpfr_t c, lp_expsum *x, int64_t n);
/* c y / (by (n + x)). */
void lp_orders_add_quotient(lp_orders *o, const mpfr_t c, lp_expsum *y, lp_expsum *x, int64_t n,
                            int64_t by);

/* c y / (by (n + x)^2). */
void lp_orders_add_square(lp_orders *o, const mpfr_t c, lp_expsum *y, lp_expsum *x, int64_t n,
                          int64_t by);

/* c x / by, and what is left out of that: at most weight e^-rest. Of series that their owner knows
 * (focal_order.h). */
void lp_orders_add_sum(lp_orders *o, const mpfr_t c, const lp_expsum *x, unsigned long by);
void lp_orders_leave_out(lp_orders *o, const mpfr_t weight, const mpfr_t rest);

/* Adds remainders; false: they are not of this kind. */
typedef bool (*lp_orders_fill)(lp_orders *o, void *of);
/* -1 or 1; 0: no number of orders up to five tells, or there is no room for it. */
int lp_orders_sign(lp_orders_fill fill, void *of, bool bits);
/* The same of one row of a family (family.h). */
struct lp_scope;
struct lp_row;
typedef bool (*lp_orders_expand)(lp_orders *o, struct lp_scope *s, const struct lp_row *row);
int lp_orders_row_sign(lp_orders_expand expand, struct lp_scope *s, const struct lp_row *row);

#endif
