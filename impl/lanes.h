/* Whole rows as lanes: what the operations do with rows too short to fill vectors. Only for tame
 * rows (split.h); which rows are tame depends on the row alone, so that its result does not depend
 * on its neighbours. */
#ifndef LP_IMPL_LANES_H
#define LP_IMPL_LANES_H

#include <lossproof/loss.h>

#include "impl/split.h"

#include <stdbool.h>

/* A block of rows, one a lane; entry j of lane q is x[j][q]. */
typedef struct lp_short {
    _Alignas(64) double z[LP_SHORT_K][LP_LANES]; /* in: the logits; out: the gradient */
    double hi[LP_SHORT_K][LP_LANES],
        lo[LP_SHORT_K][LP_LANES]; /* exp(z_j), normalised; 0 at the label */
    int64_t label[LP_LANES];      /* in */
    bool ordered; /* order[i]: where, in z, entry i of the rows one after the other lies */
    int32_t order[LP_SHORT_K * LP_LANES];
} lp_short;

/* Before the first block: of how many rows of k entries there are blocks. */
void lp_short_order(lp_short *b, int64_t rows, int64_t k);

/* Takes the rows that start at logits + start[q], and their labels' logits. */
void lp_short_load(lp_short *b, lp_split *s, const double *logits, const int64_t start[LP_LANES],
                   const int64_t label[LP_LANES], int64_t k);
void lp_short_load_single(lp_short *b, lp_split *s, const float *logits,
                          const int64_t start[LP_LANES], const int64_t label[LP_LANES], int64_t k);
/* One-hot softmax_xent of LP_LANES rows, 2 <= k <= LP_SHORT_K: s->own and s->scale are set, the
 * rest of s is made. */
void lp_short_losses(lp_short *b, lp_split *s, int64_t k);
/* Over a temperature, 2^-60 to 2^60: after loading, z becomes (z_j - z_c)/T and what that leaves
 * out, in lo, so that the label's is an exact 0; and the scale over T. Then these instead. */
void lp_short_temper(lp_short *b, lp_split *s, double temperature, int64_t k);
void lp_short_tempered(lp_short *b, lp_split *s, int64_t k);
void lp_short_tempered_single(lp_short *b, lp_split *s, int64_t k);
/* The gradient, tested with eps; sure[q] false: that of row q is not sure in some place, or the row
 * not tame. Its label's place holds s->own_rounded. */
void lp_short_gradients(bool sure[LP_LANES], lp_short *b, const lp_split *s, int64_t k, double eps);
/* For results in binary32: exponentials in one double. The label's place holds what it rounds to or
 * nothing of meaning, then sure is false. */
void lp_short_losses_single(lp_short *b, lp_split *s, int64_t k);
void lp_short_single(bool sure[LP_LANES], lp_short *b, const lp_split *s, int64_t k, double eps);
/* The same of smoothed labels, out of lp_split_smooth's shares; and the sums that it asks for,
 * right after loading; over a temperature, of the distances. */
void lp_short_logits(lp_lanes *sum, const lp_short *b, int64_t k);
void lp_short_gaps(lp_lanes *sum, const lp_short *b, const lp_split *s, double temperature,
                   int64_t k);
void lp_short_smooth(bool sure[LP_LANES], lp_short *b, const lp_split *s, const lp_lanes *shares,
                     int64_t k);
void lp_short_smooth_single(bool sure[LP_LANES], lp_short *b, const lp_split *s,
                            const lp_lanes *shares, int64_t k);
/* The gradients of the rows that are taken, one `stride` after the other. */
void lp_short_store(double *out, int64_t stride, const bool take[LP_LANES], const lp_short *b,
                    int64_t k);
void lp_short_store_single(float *out, int64_t stride, const bool take[LP_LANES], const lp_short *b,
                           int64_t k);

#endif
