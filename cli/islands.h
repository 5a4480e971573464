/* Islands of a search, each in a process of its own, as many at once as there are cores. */
#ifndef LP_CLI_ISLANDS_H
#define LP_CLI_ISLANDS_H

#include "props/props/hunt.h"

#define LP_ISLANDS_MOST 64

typedef struct lp_islands {
    lp_op op;
    lp_format_id format;
    uint64_t seed;
    int islands;
    int64_t evals; /* of all together */
    unsigned arms;
    double timeout;
    const lp_case *known;
    int knowns;
    lp_level stop_below;
    volatile const int *stop;
    /* results */
    lp_hunt_best best[LP_OUT_COUNT][LP_HUNT_TARGETS];
    lp_level least;    /* level of any case */
    unsigned findings; /* LP_FIND_* of any call */
    int64_t calls;
    int64_t first_below; /* calls of all islands, taken in turn, until the first; -1: none */
} lp_islands;

/* False with err where an island failed; a subject that dies is the island's finding, not a
 * failure. */
bool lp_islands_run(lp_islands *y, const char *subject, lp_error *err);
void lp_islands_clear(lp_islands *y);

#endif
