/* After a call that came back: what it did to memory and environment, and its numbers. */
#ifndef LP_HOST_INSPECT_H
#define LP_HOST_INSPECT_H

#include "host/layout.h"

void lp_inspect(lp_answer *answer, const lp_layout *l, const lp_plan *p, const lp_block *b);

#endif
