/* A case's real inputs as one vector. Private to the hunt. */
#ifndef LP_PROPS_HUNT_SPACE_H
#define LP_PROPS_HUNT_SPACE_H

#include "core/case.h"
#include "props/engine/search.h"

/* Coordinates of the case's arrays, first to last, as far as they fit. */
void lp_hunt_space(lp_search_space *space, const lp_case *c);
void lp_hunt_vector(double *x, const lp_case *c, int n);
void lp_hunt_put(lp_case *c, const double *x, int n);

#endif
