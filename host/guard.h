/* The worker's last words: which signal, where, or that exit() was called. */
#ifndef LP_HOST_GUARD_H
#define LP_HOST_GUARD_H

#include "host/block.h"

/* Gives every signal its default action back, then watches the fatal ones on a stack of their own
 * (a subject may have used up its own). Call again after loading: a library may have put its own
 * handlers in. */
void lp_guard_install(lp_block *block);
/* That stack, of the calling thread: each needs its own. */
void lp_guard_stack(void);
/* Once: exit() from the subject ends here, before the caller's own exit handlers, which the fork
 * has copied. */
void lp_guard_exit(void);

#endif
