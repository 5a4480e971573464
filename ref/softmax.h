#ifndef LP_REF_SOFTMAX_H
#define LP_REF_SOFTMAX_H

#include "ref/family.h"

bool lp_bound_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                      const lp_enclosure *x);
/* The VJP as a part of other families, on row->x[2], x[3] and iv[LP_SOFT_DOT]: after
 * lp_softrow_open, its enclosures after lp_softrow_evaluate. */
void lp_softmax_vjp_open(lp_scope *s, lp_row *row);
void lp_softmax_vjp_evaluate(lp_scope *s, lp_row *row);
lp_kind lp_softmax_vjp_kind(const lp_scope *s, const lp_row *row, int64_t j);
void lp_softmax_vjp_enclose(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j);

bool lp_bound_log_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                          const lp_enclosure *x);

#endif
