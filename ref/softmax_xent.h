/* Shared by the value and the bound of softmax_xent, softmax_xent_soft and kl_logits, and by
 * focal_softmax where gamma = 0: one row, sum_j W_j (LSE(u) - u_j). */
#ifndef LP_REF_SOFTMAX_XENT_H
#define LP_REF_SOFTMAX_XENT_H

#include "ref/family.h"

/* scope->con: Q, A, B and Q T of softmax_xent.c. */
enum { LP_XENT_Q, LP_XENT_A, LP_XENT_B, LP_XENT_QT };
/* row->x: sum of V_j (z_a - z_j), and C = sum of V_j. */
enum { LP_XENT_X_SHIFT, LP_XENT_X_C };
/* row->iv: of kl_logits, sum of t_j ln t_j; behind a cap the rest of sum V_j T (u_a - u_j); with
 * z_loss that of T LSE(u). */
enum { LP_XENT_IV_ENTROPY = 5, LP_XENT_IV_CAP, LP_XENT_IV_LSE };

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

/* bound_xent_options.c. z_loss on top of the loss's error; false: void. */
bool lp_bound_z_loss(mpfr_t err, lp_scope *s, lp_row *row, const lp_enclosure *x);
/* The rest of the gradient's program behind a cap or with z_loss, err that of p_j SW, of a class
 * that takes part. */
bool lp_bound_xent_slope(mpfr_t err, lp_scope *s, lp_row *row, int64_t j, const lp_enclosure *x);
/* n[5] = |W_j| rounded up, n[6] = its error; false: W_j = 0, exactly. */
bool lp_bound_xent_weight(lp_scope *s, const lp_row *row, int64_t j);

/* L - d_j of the textbook program: n[1], n[2] bounds of its value, n[3] its error. */
void lp_bound_xent_surprise(lp_scope *s, const lp_row *row, int64_t j);

/* softmax_xent.c: the gradient without cap and z_loss, and without the cap's slope, of a class that
 * takes part. */
void lp_xent_plain_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j);
/* xent_near.c: a = -V_j on entry. False: class j is not nearly equal to the top. */
bool lp_xent_near_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j);
int lp_xent_near_loss_sign(lp_scope *s, const lp_row *row);
void lp_xent_uncapped_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j);

/* z_loss.c: lambda, 0 where there is none; the rest of T LSE(u); loss and gradient with it. */
double lp_z_loss(const lp_case *c);
void lp_z_loss_evaluate(lp_scope *s, lp_row *row);
void lp_z_loss_enclose(lp_enclosure *x, lp_scope *s, lp_row *row);
void lp_z_loss_enclose_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j);
long double lp_z_loss_slope(const lp_scope *s, const lp_row *row);

/* kl_logits.c: the part sum t_j ln t_j, its enclosure, and what it adds to the loss. */
void lp_kl_logits_evaluate(lp_scope *s, lp_row *row);
void lp_kl_logits_enclose(lp_enclosure *x, lp_scope *s, lp_row *row);
bool lp_kl_logits_vanishes(lp_scope *s, int64_t row, int64_t rows);
bool lp_kl_logits_positive(lp_scope *s, int64_t row, int64_t rows);

#endif
