/* Batches, between the families and the precision loop: a family knows one row, this file ignores
 * rows, sums or averages their losses and scales their gradients. Private to the room.
 *
 *   loss      row, or sum of rows, or (sum of rows) / D
 *   gradient  row's gradient * upstream / D
 *   D         1; for a mean the number of rows not ignored, or the sum of their unsmoothed weights
 *
 * With rows (a_i + r_i) / b_i the sum is (sum a_i + sum r_i) / b where all b_i are equal, else over
 * a common denominator: exact parts are added exactly, the open intervals of the remainders end by
 * end, D multiplies b. Nothing is rounded before the one rounding of the answer, and the sum of
 * open intervals is open, so that a comparison needs no theorem beyond each row's.
 *
 * Rational or not: rows that are rational leave a rational sum, which is recognised. Otherwise a
 * sum of remainders of one sign (losses >= 0) is decided at some precision, by the families'
 * theorems: softmax and sigmoid rows are positive multiples of ln(sum of exponentials), whose
 * product expands to distinct exponentials with positive coefficients and is e^q for no algebraic
 * q; a sum of remainders that is 0 is told by `vanishes`. With negative weights remainders can
 * cancel without being recognised: nothing guarantees termination then, and the answer may be
 * `undecided`.
 *
 * In bits (`base`) all of it is divided by ln 2, after D and upstream. A family then hands over
 * what it has as a multiple of ln 2 apart (enclosure.h), which is where rational numbers of bits
 * come from: the loss of n = 2^k equal logits, the entropy of powers of two. Exact parts, multiples
 * of ln 2 and remainders are summed each by itself.
 *
 * Special values: a row whose label is outside [0, K), where that is no error (`bad_label`
 * nan_row), is NaN, and so is the weight that it would have in D; it is never opened. An ignored
 * row is +0 whatever it holds, its gradient too, before upstream. A NaN row makes a reduced loss
 * NaN, and so does +inf beside -inf. A NaN weight that enters D makes loss and gradient NaN. D = 0,
 * no row or weights that sum to 0, is the mean over no row: NaN or +0 by `empty_mean`, a gradient
 * of 0. Upstream inf or NaN: the IEEE product with the exact gradient. */
#ifndef LP_REF_BATCH_H
#define LP_REF_BATCH_H

#include "core/case.h"
#include "core/measure.h"
#include "ref/bound.h"
#include "ref/enclosure.h"

typedef struct lp_exact lp_exact;

typedef struct lp_batch {
    int64_t rows; /* not ignored */
    mpfr_t d;     /* D */
    bool d_nan;
    lp_bound_sum d_sum; /* the program's D: bounds and error */
    bool kind_known, pinf, ninf, nan;
    lp_enclosure sum; /* of the rows at precision prec (0: none yet), over b, before D */
    bool started;     /* some row is in it */
    mpfr_prec_t prec;
    bool mingled;          /* ... and over b so many bits that rows' exact parts are in r */
    bool looked, vanishes; /* the remainders' sum was looked into; it is exactly 0 */
    int sign;              /* ... or has this sign; 0: not known */
    int bound_known;       /* 0: not yet, 1: yes, -1: void */
    mpfr_t bound;          /* of the reduced loss, before it is stored */
    double cond;           /* its condition number, -1: not yet */
} lp_batch;

/* `within`: the format that the program of the bound computes in. */
void lp_batch_init(lp_batch *b, const lp_case *c, const lp_format *within);
void lp_batch_accumulate(lp_batch *b, const lp_case *c, const lp_format *within);
void lp_batch_clear(lp_batch *b);

lp_kind lp_batch_kind(lp_exact *e, lp_out out, int64_t i);
/* e->x encloses the component, evaluated at `prec` bits or more (0: at what there is, at the first
 * precision where there is nothing); returns the precision that it has. Only for numbers. */
mpfr_prec_t lp_batch_enclose(lp_exact *e, lp_out out, int64_t i, mpfr_prec_t prec);
/* Where the component is any number of a segment: the ends of the row's own; false: one number. */
bool lp_batch_segment(lp_exact *e, lp_out out, int64_t i, int64_t end[2]);
/* Error of the component's program before the result is stored, and where it is not void the
 * component's magnitude from above, as lp_batch_enclose at what there is gives it; false: void
 * (batch_bound.c). */
bool lp_batch_bound(mpfr_t err, mpfr_t mag, lp_exact *e, lp_out out, int64_t i);
/* sum |input d x / d input| / |x|; to a few digits, no bound. */
double lp_batch_condition(lp_exact *e, lp_out out, int64_t i);

/* For batch.c: looked, vanishes and sign of the sum (batch_look.c). */
void lp_batch_look(lp_exact *e);

/* For batch_bound.c: what multiplies the row's gradient, 1 where nothing does. */
double lp_batch_upstream(const lp_case *c, lp_out out, int64_t row);

#endif
