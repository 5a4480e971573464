/* focal_sigmoid of LP_LANES logits, for the exponents that are whole numbers. */
#ifndef LP_IMPL_FOCAL_LANES_H
#define LP_IMPL_FOCAL_LANES_H

#include "impl/bce_lanes.h"

enum { LP_FOCAL_GAMMA = 6 };
typedef struct lp_focal {
    int gamma;       /* 0 to LP_FOCAL_GAMMA */
    lp_dd weight[2]; /* of label 0 and 1, 2^-100 to 1 */
} lp_focal;

/* lp_bce_op's; the context is a lp_focal, q is not looked at. Wild where |z| is above 350, the
 * gradient below 2^-600 or the scale beyond 2^-150 to 2^150. */
void lp_focal_lanes(lp_bce *b, const void *focal);
/* In binary32: any finite z. Losses are good to LP_EPS_FOCAL; what is below 2^-500 counts as 0. */
void lp_focal_lanes_single(lp_bce *b, const void *focal);

#endif
