/* Shared by the value and the bound of focal_softmax. */
#ifndef LP_REF_FOCAL_SOFTMAX_H
#define LP_REF_FOCAL_SOFTMAX_H

#include "ref/family.h"

/* gamma = 0, alpha = 0, no other class, or the label absent: the row of softmax_xent with weights
 * alpha, value, gradient and bound. */
bool lp_focal_plain(const lp_scope *s, const lp_row *row);
/* alpha_c, 1 where it is not given. */
double lp_focal_alpha(const lp_scope *s, const lp_row *row);
/* p_c and 1 - p_c, started by the call. */
void lp_focal_p(lp_iv *p, const lp_scope *s, const lp_row *row);
void lp_focal_rest(lp_iv *rest, lp_scope *s, const lp_row *row);
/* F = d^g (g p l + d), started by the call. */
void lp_focal_factor(lp_iv *f, const lp_scope *s, const lp_row *row);
bool lp_bound_focal_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                            const lp_enclosure *x);

#endif
