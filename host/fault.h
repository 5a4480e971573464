/* How a worker ended, in words. */
#ifndef LP_HOST_FAULT_H
#define LP_HOST_FAULT_H

#include "host/layout.h"

/* Into the answer: what the dead worker's fault record and wait status say. */
void lp_fault_explain(lp_answer *answer, const lp_layout *l, const lp_arena *a, int wait_status);
/* The same for a death while loading, as text. */
void lp_fault_describe(char *text, size_t room, const lp_block *b, int wait_status);

#endif
