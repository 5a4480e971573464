/* What `lossproof selftest` finds out, and how it is told. */
#ifndef LP_CLI_SELFTEST_H
#define LP_CLI_SELFTEST_H

#include "cli/cli.h"
#include "props/props/herd.h"

/* One mutant in one format. */
typedef struct lp_kill {
    int mutant; /* of lp_mutants */
    lp_format_id format;
    bool told; /* false: not run, or interrupted */
    lp_herd_result result;
} lp_kill;

/* A subject that must pass. */
typedef struct lp_good {
    const char *spec;
    lp_level asked;
    bool told;
    int status; /* exit status of its certificate */
    int64_t evaluations;
    char by[256]; /* who accused it */
} lp_good;

typedef struct lp_power {
    uint64_t seed;
    lp_kill *kill;
    int kills; /* mutants times formats */
    lp_good *good;
    int goods;
    int64_t answers, evaluated; /* exact answers asked for, and computed */
    double seconds;
} lp_power;

/* Lines for a reader; returns the exit status: 0 only where all is killed and nobody accused. */
int lp_power_print(const lp_power *p, bool interrupted);
/* Tab-separated, one row for each mutant and format, a header; false after a message. */
bool lp_power_table(const lp_power *p, FILE *f);

#endif
