/* What bce.c and bound_bce.c share. */
#ifndef LP_REF_BCE_H
#define LP_REF_BCE_H

#include "ref/family.h"

/* One label of a row: its logit, target and the weight of its positive term. */
typedef struct lp_bce_label {
    double z, y, q;
} lp_bce_label;

lp_bce_label lp_bce_label_get(const lp_scope *s, const lp_row *row, int64_t j);
/* `pos_weight` is given, scalar or per class. */
bool lp_bce_weighted(const lp_case *c);
/* `label_reduction` is mean. */
bool lp_bce_mean(const lp_case *c);

bool lp_bound_bce(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                  const lp_enclosure *x);

#endif
