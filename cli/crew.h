/* Processes that turn pieces of text into answers, which come out in the order of the pieces. */
#ifndef LP_CLI_CREW_H
#define LP_CLI_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct lp_crew lp_crew;

/* Answers one piece on `to`; an exit status. */
typedef int (*lp_crew_serve)(void *ctx, FILE *to, const char *text, size_t length);

/* NULL: no processes could be made. They end with their parent. */
lp_crew *lp_crew_open(int jobs, lp_crew_serve serve, void *ctx);
/* Hands a piece to the next process, after its last answer has gone to `out`: no more than `jobs`
 * pieces are anywhere. *status is made worse. False: a process died, or `out` failed. */
bool lp_crew_give(lp_crew *c, const char *text, size_t length, FILE *out, int *status);
/* The answers that are left. False as above, or where a process's reference contradicts itself. */
bool lp_crew_close(lp_crew *c, FILE *out, int *status);

#endif
