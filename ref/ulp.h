/* The ruler: a number against an enclosure. Private to the room. */
#ifndef LP_REF_ULP_H
#define LP_REF_ULP_H

#include "core/measure.h"
#include "ref/round.h"

/* Fills everything of m but bound, over_bound and cond. False: the enclosure is too wide; then m is
 * filled as far as it goes and m->undecided set. */
bool lp_ulp_measure(lp_measure *m, lp_enclosure *x, const lp_format *f, lp_rounding mode,
                    double got);

#endif
