/* Shared by the value and the bound of softmax_xent, softmax_xent_soft and kl_logits, and by
 * focal_softmax where gamma = 0: one row, sum_j W_j (LSE(u) - u_j). */
#ifndef LP_REF_SOFTMAX_XENT_H
#define LP_REF_SOFTMAX_XENT_H

#include "ref/family.h"

/* scope->con: Q, A, B and Q T of softmax_xent.c. */
enum { LP_XENT_Q, LP_XENT_A, LP_XENT_B, LP_XENT_QT };
/* row->x: sum of V_j (z_a - z_j), and C = sum of V_j. */
enum { LP_XENT_X_SHIFT, LP_XENT_X_C };
/* row->iv of kl_logits: sum of t_j ln t_j. */
enum { LP_XENT_IV_ENTROPY = 5 };

bool lp_xent_smoothed(const lp_case *c);
/* Neither smoothing nor weights: W is one at the label. */
bool lp_xent_plain(const lp_case *c);
/* W can be nonzero at more than one class: smoothing, or targets. */
bool lp_xent_spread(const lp_case *c);
/* The row's targets, NULL where the operation has a label. */
const double *lp_xent_targets(const lp_scope *s, const lp_row *row);
/* *w = w_j (focal_softmax: alpha_j); false where there are none. */
bool lp_xent_weight(double *w, const lp_case *c, int64_t j);
/* V_j = Q W_j, exact. */
void lp_xent_coefficient(mpfr_t v, const lp_scope *s, const lp_row *row, int64_t j);
/* In bits: r and two of factor log S, factor exact and not 0; whole where all of it is a multiple
 * of ln 2. */
void lp_xent_scale_log(lp_enclosure *x, lp_scope *s, const lp_row *row, const mpfr_t factor);
bool lp_bound_softmax_xent(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                           const lp_enclosure *x);

/* L - d_j of the textbook program: n[1], n[2] bounds of its value, n[3] its error. */
void lp_bound_xent_surprise(lp_scope *s, const lp_row *row, int64_t j);

/* kl_logits.c: the part sum t_j ln t_j, its enclosure, and what it adds to the loss. */
void lp_kl_logits_evaluate(lp_scope *s, lp_row *row);
void lp_kl_logits_enclose(lp_enclosure *x, lp_scope *s, lp_row *row);

#endif
