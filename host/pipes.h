/* A program on two pipes, spoken to in lines. Both directions are polled and neither blocks, so
 * that a program may answer while it is still being written to, in lines of any length. */
#ifndef LP_HOST_PIPES_H
#define LP_HOST_PIPES_H

#include "core/error.h"

#include <stddef.h>
#include <sys/types.h>

typedef struct lp_pipes {
    pid_t pid; /* 0: none */
    int to, from;
    char *line; /* what has come, a whole line first */
    size_t used, room, taken;
    volatile const int *stop; /* NULL, or an exchange is given up a second after it is set */
} lp_pipes;

typedef enum lp_line_result {
    LP_LINE_OK,
    LP_LINE_LATE, /* time is up */
    LP_LINE_CUT,  /* ... earlier than it would have been, since `stop` was set */
    LP_LINE_END,  /* the program closed its output before the line */
    LP_LINE_HALF, /* ... within the line */
    LP_LINE_LONG  /* longer than the limit */
} lp_line_result;

bool lp_pipes_start(lp_pipes *p, const char *path, char *const *argv, lp_error *err);
/* Sends `count` bytes (0: only listens) and waits for one line, which is valid until the next call.
 * What came before it was asked for is part of the answer. */
lp_line_result lp_pipes_exchange(lp_pipes *p, const char *bytes, size_t count, const char **line,
                                 size_t *length, size_t limit, double seconds);
/* Bytes have come beyond the last line. */
bool lp_pipes_more(const lp_pipes *p);
/* Closes its input, gives it `grace` seconds to end, kills it and what it started; wait status or
 * -1. */
int lp_pipes_end(lp_pipes *p, double grace);

#endif
