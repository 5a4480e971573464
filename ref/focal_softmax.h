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
/* z_j is the largest; the label is below and far enough for what its values are near to be apart,
 * which rows alike answer alike. */
bool lp_focal_on_top(const lp_scope *s, const lp_row *row, int64_t j);
bool lp_focal_apart(const lp_scope *s, const lp_row *row);
/* power = ((n - 1) / n)^g; false: it is not dyadic, or too long. */
bool lp_focal_equal_power(mpfr_t power, const lp_scope *s, const lp_row *row);

/* focal_softmax_order.c. Signs of what is beside D, and beside 1 in the gradients of the label and
 * of the top class, where the label is apart: at alpha = 1; 0: not known. */
int lp_focal_loss_sign(lp_scope *s, const lp_row *row);
int lp_focal_grad_sign(lp_scope *s, const lp_row *row, bool top);
bool lp_focal_expand(lp_orders *o, lp_scope *s, const lp_row *row);
bool lp_focal_vanishes(lp_scope *s, int64_t at, int64_t rows);
bool lp_bound_focal_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                            const lp_enclosure *x);

#endif
