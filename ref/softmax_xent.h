/* Shared by the value and the bound of softmax_xent. */
#ifndef LP_REF_SOFTMAX_XENT_H
#define LP_REF_SOFTMAX_XENT_H

#include "ref/family.h"

/* scope->con: Q, A, B and Q T of softmax_xent.c. */
enum { LP_XENT_Q, LP_XENT_A, LP_XENT_B, LP_XENT_QT };
/* row->x: sum of V_j (z_a - z_j), and C = sum of V_j. */
enum { LP_XENT_X_SHIFT, LP_XENT_X_C };

bool lp_xent_smoothed(const lp_case *c);
/* Neither smoothing nor weights: W is one at the label. */
bool lp_xent_plain(const lp_case *c);
/* V_j = Q W_j, exact. */
void lp_xent_coefficient(mpfr_t v, const lp_scope *s, const lp_row *row, int64_t j);
bool lp_bound_softmax_xent(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                           const lp_enclosure *x);

#endif
