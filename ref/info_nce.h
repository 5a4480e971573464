/* Shared by the value and the bound of info_nce. */
#ifndef LP_REF_INFO_NCE_H
#define LP_REF_INFO_NCE_H

#include "ref/stack.h"

bool lp_info_nce_symmetric(const lp_case *c);
bool lp_bound_info_nce(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                       const lp_enclosure *x);

#endif
