/* The process that a subject lives in. */
#ifndef LP_HOST_WORKER_H
#define LP_HOST_WORKER_H

#include "host/arena.h"

typedef struct lp_worker_start {
    const lp_arena *arena;
    const char *path;   /* absolute */
    const char *mutant; /* value of LOSSPROOF_MUTANT, NULL: none */
    int line;           /* our end of the socket: one byte is a request, one byte is its answer */
    int parent;         /* process id */
} lp_worker_start;

/* Runs in the child of a fork: loads, answers requests until the line closes. */
_Noreturn void lp_worker_main(const lp_worker_start *start);

#endif
