/* What the files of mse_softmax share. */
#ifndef LP_REF_MSE_SOFTMAX_H
#define LP_REF_MSE_SOFTMAX_H

#include "ref/softrow.h"

/* quadratic.c: what the parts leave with an open sign, over one denominator. There equal exponents
 * meet and what cancels leaves nothing: r is 0, both its ends, only where no coefficient is left
 * (Lindemann-Weierstrass), and else has a relative precision however many orders cancel. False: not
 * told. Either the largest exponential keeps its coefficient, so that r is not 0 and the parts tell
 * its sign at some precision, or the product has too many terms (expsum.h). */

/* M + 2 L of the loss, T the targets' sum on top. */
bool lp_mse_squares(lp_iv *r, lp_scope *s, const lp_row *row, const mpfr_t top);
/* p_j - t_j - sum p_k (p_k - t_k). */
bool lp_mse_slope(lp_iv *r, lp_scope *s, const lp_row *row, int64_t j);
/* n^2 of the gradient on top less A, given as `lead`. */
bool lp_mse_top_slope(lp_iv *r, lp_scope *s, const lp_row *row, int64_t j, const mpfr_t lead);
/* What the loss has beside its value at R = 0. */
bool lp_mse_expand(lp_orders *o, lp_scope *s, const lp_row *row);
/* The loss is that at p = 1/K' of the K' classes that are there. */
bool lp_mse_constant(lp_scope *s, const lp_row *row);

bool lp_bound_mse_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                          const lp_enclosure *x);

#endif
