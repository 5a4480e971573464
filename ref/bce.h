#ifndef LP_REF_BCE_H
#define LP_REF_BCE_H

#include "ref/family.h"

bool lp_bound_bce_logits(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                         const lp_enclosure *x);

#endif
