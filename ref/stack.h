/* Rows of logits that one number is the mean of (info_nce, linear_xent): the parts of the family's
 * one row (part.h), all of them rows of one view. Private to the room.
 *
 *   loss     sum over the M rows that count of (z_a - z_c) / T + log S, over M, c the row's label
 *
 * The first term is exact. sum log S is rational only where every row has one participating class:
 * the product of the S expands to distinct exponentials with positive coefficients, which is e^q
 * for no algebraic q (softrow.h); in bits only where, too, every row that has more is of 2^k equal
 * logits. */
#ifndef LP_REF_STACK_H
#define LP_REF_STACK_H

#include "ref/softrow.h"

/* row->nature, after lp_stack_open: no row counts; a label at -inf; a row that is NaN. row->count:
 * M. */
enum { LP_STACK_NUMBER, LP_STACK_EMPTY, LP_STACK_PINF, LP_STACK_NAN };

/* From `prepare`: one view of n rows under the temperature and the rule for special values of the
 * case; its logits are the family's affair. `made`: room for them. */
void lp_stack_views(lp_scope *s, int64_t n, bool made);
/* From `open`: reads the rows. A row is NaN whose label is no class. */
void lp_stack_open(lp_scope *s, lp_row *row);
void lp_stack_evaluate(lp_scope *s, lp_row *row);

/* Row i counts: it is not ignored. */
bool lp_stack_counts(const lp_scope *s, int64_t i);
bool lp_stack_nan(const lp_row *row, int64_t i);
/* Of a row that counts and is a row: its label; the row's own entry where there are no labels. */
int64_t lp_stack_label(const lp_scope *s, int64_t i);
bool lp_stack_absent(const lp_scope *s, const lp_row *row, int64_t i, int64_t j);
/* Of an operation whose loss is the stack's. */
lp_kind lp_stack_loss_kind(const lp_scope *s, const lp_row *row);
void lp_stack_enclose_loss(lp_enclosure *x, lp_scope *s, const lp_row *row);
/* bound_stack.c. The rows' own errors, once; those of the logits, where they are computed, are the
 * family's to set before (bound.logit of the parts). */
void lp_stack_bound_rows(lp_scope *s, lp_row *row);
/* The loss: (row_0 + row_1 + ...) / M, rows in index order; false: void. */
bool lp_stack_bound_loss(mpfr_t err, lp_scope *s, lp_row *row, const lp_enclosure *x);
/* err = error of p_ij - [j = c], slope its value; false: void. */
bool lp_stack_bound_slope(mpfr_t err, lp_iv *slope, lp_scope *s, lp_row *row, int64_t i, int64_t j);
/* err = error of sum / M, of the sum before; mean = |sum / M| from above. False: void. */
bool lp_stack_bound_mean(mpfr_t err, lp_scope *s, const mpfr_t mean, int64_t m);

/* p_ij - [j = c] to a few digits. */
long double lp_stack_slope(const lp_scope *s, const lp_row *row, int64_t i, int64_t j);

#endif
