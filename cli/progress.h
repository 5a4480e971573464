/* Long work shown: a bar on a terminal, a plain line every ten seconds elsewhere. */
#ifndef LP_CLI_PROGRESS_H
#define LP_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct lp_progress {
    bool terminal, shown;
    double last; /* seconds */
} lp_progress;

void lp_progress_start(lp_progress *p);
/* Signature of lp_campaign.progress; ctx is the lp_progress. */
void lp_progress_step(void *ctx, int64_t done, int64_t all, const char *what);
void lp_progress_end(lp_progress *p);

/* SIGINT and SIGTERM set the flag once, for the processes made later too; a second one ends the
 * program at once. */
const volatile int *lp_stop_on_signals(void);
/* The first ends it: while nothing is found yet that could be lost, as when input is read or a
 * subject takes its minute to say its first word. */
const volatile int *lp_end_on_signals(void);

#endif
