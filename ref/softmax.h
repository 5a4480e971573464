#ifndef LP_REF_SOFTMAX_H
#define LP_REF_SOFTMAX_H

#include "ref/softrow.h"

bool lp_bound_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                      const lp_enclosure *x);
/* The VJP as a part of other families, on row->x[2], x[3] and iv[LP_SOFT_DOT]: after
 * lp_softrow_open, its enclosures after lp_softrow_evaluate. */
void lp_softmax_vjp_open(lp_scope *s, lp_row *row);
void lp_softmax_vjp_evaluate(lp_scope *s, lp_row *row);
lp_kind lp_softmax_vjp_kind(const lp_scope *s, const lp_row *row, int64_t j);
void lp_softmax_vjp_enclose(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j);

/* v of the row, NULL where there is none. */
static inline const double *lp_softmax_cotangent(const lp_scope *s, const lp_row *row) {
    const double *v = s->c->in[LP_IN_V];
    return v ? v + row->at * s->c->k : NULL;
}
static inline bool lp_softmax_in_top(const lp_scope *s, const lp_row *row, int64_t j) {
    return lp_softrow_logits(s, row)[j] == lp_softrow_logits(s, row)[row->top];
}
/* softmax_groups.c: rest = D_j as its head in softmax.c has it; true: it is 0. */
bool lp_softmax_rest_by_groups(lp_iv *rest, lp_scope *s, const lp_row *row, int64_t j);
/* rest = n^2 D_j - a R (2n + R), a = A_j /= 0. */
void lp_softmax_bent_by_groups(lp_iv *rest, lp_scope *s, const lp_row *row, int64_t j,
                               const mpfr_t a);

bool lp_bound_log_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                          const lp_enclosure *x);

#endif
