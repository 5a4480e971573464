/* What rows of distill of few classes come to, LP_DISTILL_LANES rows at a time, a row a lane. */
#ifndef LP_IMPL_DISTILL_SHORT_H
#define LP_IMPL_DISTILL_SHORT_H

#include "impl/distill_lanes.h"

enum { LP_DISTILL_SHORT = 64 }; /* classes at most */

typedef struct lp_distill_lane_sums {
    double ties[LP_DISTILL_LANES], hi[LP_DISTILL_LANES], lo[LP_DISTILL_LANES];
    double log_hi[LP_DISTILL_LANES], log_lo[LP_DISTILL_LANES];
} lp_distill_lane_sums;
typedef struct lp_distill_rows {
    int64_t first, count; /* rows that are here, 0 or LP_DISTILL_LANES */
    double z_top[LP_DISTILL_LANES], y_top[LP_DISTILL_LANES];
    double wild[LP_DISTILL_LANES]; /* 1: the row is not tame, 0: it is */
    lp_distill_lane_sums p, s, t;
    double lag_hi[LP_DISTILL_LANES], lag_lo[LP_DISTILL_LANES], size[LP_DISTILL_LANES];
} lp_distill_rows;
/* Rows r->z and r->y and the next, so many numbers apart. */
void lp_distill_rows_set(lp_distill_rows *rows, const lp_distill_pair *r, int64_t z_stride,
                         int64_t y_stride);
/* Row q of them as lp_distill_tame and lp_distill_sum have it, of r's softmaxes. */
bool lp_distill_rows_get(lp_distill_sums *sums, lp_distill_pair *r, const lp_distill_rows *rows,
                         int64_t q);

#endif
