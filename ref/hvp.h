/* What the Hessian-vector products of the families share. The product is an output beyond those of
 * a call, LP_OUT_HVP, asked for by giving `v`. Private to the room. */
#ifndef LP_REF_HVP_H
#define LP_REF_HVP_H

#include "ref/family.h"

/* LP_E_UNSUPPORTED for a case with `v` and an option that the formula does not have. */
lp_status lp_hvp_domain(const lp_case *c);
/* Of c * x, x of the kind and not exactly 0, c of the sign: 0 times an infinity is +0. */
lp_kind lp_hvp_kind(lp_kind kind, int sign);
/* x = x * c / divisor, both exact. */
void lp_hvp_scale(lp_enclosure *x, const mpfr_t c, const mpfr_t divisor);

#endif
