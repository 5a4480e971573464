/* Whole rows as lanes: what the operations do with rows too short to fill vectors. Only for tame
 * rows, whose numbers all stay in the range of doubles; which rows are tame depends on the row
 * alone, so that its result does not depend on its neighbours. */
#ifndef LP_IMPL_LANES_H
#define LP_IMPL_LANES_H

#include <lossproof/loss.h>

#include "impl/isa.h"

#include <stdbool.h>

enum { LP_LANES = 16, LP_SHORT_K = 64 };

/* Plain softmax_xent of `rows` <= LP_LANES rows, 2 <= k <= LP_SHORT_K. tame[i] false: row i is not
 * done, its outputs are untouched. loss NULL or grad.data NULL: not wanted. */
void lp_short_softmax_xent(bool tame[LP_LANES], double *loss, lp_loss_out grad, lp_loss_in logits,
                           const int64_t *label, int64_t rows, int64_t k);

/* bce_logits of LP_LANES entries; lanes that are not tame hold numbers of no meaning. */
void lp_lanes_bce(bool tame[LP_LANES], double loss[LP_LANES], double grad[LP_LANES],
                  const double z[LP_LANES], const double y[LP_LANES]);

#endif
