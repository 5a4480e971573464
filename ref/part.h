/* Parts of a row: rows of logits that an operation is made of, each with a case of its own (a view
 * of the arrays of the whole one) and thus its own scope, so that all of softrow.h serves it.
 * Private to the room. */
#ifndef LP_REF_PART_H
#define LP_REF_PART_H

#include "ref/family.h"

/* From `prepare`: n views, each a softmax_xent case without parameters, arrays or labels, of the
 * sizes, the format and the rounding of the whole; the family fills them in. */
void lp_part_views(lp_scope *s, int n);
/* From `open`: the row has n parts, as they were; their scopes are the family's affair. */
lp_row *lp_part_rows(lp_row *row, const lp_scope *s, int64_t n);
/* Part i at row->prec, with log S; what the integer tier was held against counts for the whole. */
void lp_part_evaluate(lp_scope *s, lp_scope *of, lp_row *part, mpfr_prec_t prec);

/* exact.c */
void lp_scope_init(lp_scope *s, const lp_case *c);
void lp_scope_clear(lp_scope *s);
void lp_row_clear(lp_row *row);

#endif
