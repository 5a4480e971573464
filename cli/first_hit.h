/* How many calls the search takes to the first input that gives a planted fault away, beside what
 * other ways of drawing inputs take. */
#ifndef LP_CLI_FIRST_HIT_H
#define LP_CLI_FIRST_HIT_H

#include "cli/selftest.h"

typedef struct lp_first_hit {
    const lp_power *power; /* whose numeric kills are searched for */
    int64_t evals, others; /* calls at most: of the search, of each other arm alone */
    int seeds, other_seeds, jobs;
    FILE *to; /* open, and what it is called */
    const char *path;
    const volatile int *stop;
} lp_first_hit;
#define LP_FIRST_HIT_SEEDS 16 /* at most */

/* Tab-separated, one row for each mutant and format that a wrong number gave away, into `to` as the
 * rows are done; lines for a reader. Exit status 0: the search found every one from every seed. */
int lp_first_hit_run(const lp_first_hit *ask);

#endif
