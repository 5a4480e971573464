/* What focal_softmax makes of a one-hot split (split.h), for LP_LANES rows, one a lane. */
#ifndef LP_IMPL_FOCAL_SPLIT_H
#define LP_IMPL_FOCAL_SPLIT_H

#include "impl/focal_lanes.h"
#include "impl/split.h"

/* s->loss, -ln p, to 2^-78.3: of long rows, whose many components would be in doubt too often. */
void lp_focal_split_sharpen(lp_split *s);
/* After lp_split_rows and lp_focal_split_sharpen: loss, factor, share, and what they round to,
 * tested with eps; gamma is whole, 0 to LP_FOCAL_GAMMA. Rows become wild whose numbers leave the
 * range where doubles keep their low parts. */
void lp_focal_split(lp_split *s, int gamma, double eps);

#endif
