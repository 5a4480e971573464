/* In the worker: brings a subject in and reads its table into the block. */
#ifndef LP_HOST_LOAD_H
#define LP_HOST_LOAD_H

#include "host/block.h"

typedef lp_status (*lp_run_fn)(const lp_call *call);

/* Fills block->env_before, env, raw and run[] (LP_ENTRY_MAX slots). False with block->text where
 * the object cannot be used; a subject that crashes here takes the worker with it. */
bool lp_load(lp_block *block, lp_run_fn *run, const char *path);

#endif
