#ifndef LP_REF_SOFTMAX_H
#define LP_REF_SOFTMAX_H

#include "ref/family.h"

bool lp_bound_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                      const lp_enclosure *x);
bool lp_bound_log_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                          const lp_enclosure *x);

#endif
