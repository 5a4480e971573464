/* What the files of mse_softmax share. */
#ifndef LP_REF_MSE_SOFTMAX_H
#define LP_REF_MSE_SOFTMAX_H

#include "ref/softrow.h"

/* An identity of exponentials in the logits of a row, with t' the sums of the targets over groups
 * of equal logits, n' their sizes, d' whether the group holds `own`:
 *   sum over groups v of (ones n_v + own_part d_v n_v) x_v^2
 *   + sum over all v, w of (targets n_v t_w + pairs n_v n_w + ...) x_v x_w = 0, x_v = e^(z_v). */
typedef struct lp_quadratic {
    int64_t ones, targets, own_part; /* A1, A2, A4 */
    mpfr_srcptr pairs;               /* A3 */
    int64_t own;                     /* a class, -1: none */
} lp_quadratic;

/* It holds for these logits, hence by Lindemann-Weierstrass coefficient by coefficient: those of
 * every distinct exponent z_v + z_w,
 *   v = w: ones n_v + targets n_v t_v + pairs n_v^2 + own_part d_v n_v
 *   v < w: targets (n_v t_w + n_w t_v) + 2 pairs n_v n_w + own_part (d_v n_w + d_w n_v).
 * False too where there are more than 128 distinct logits, or some beyond 2^1000. */
bool lp_quadratic_vanishes(lp_scope *s, const lp_row *row, const lp_quadratic *q);

bool lp_bound_mse_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                          const lp_enclosure *x);

#endif
