/* In the worker: calls of two threads that overlap. The first thread is interrupted in the middle
 * of its calls, as a scheduler does, until the second has made a whole one: on a machine with one
 * processor to spare or none too, where waiting for it to happen is waiting for long. */
#ifndef LP_HOST_TOGETHER_H
#define LP_HOST_TOGETHER_H

#include <stdbool.h>

typedef struct lp_turns {
    void (*prepare)(void *ctx); /* before the first's call, uninterrupted */
    void (*first)(void *ctx);
    void (*second)(void *ctx);
    bool (*same)(void *ctx); /* did the first give what it gives alone? */
    void *ctx;
} lp_turns;

/* Makes both calls again and again, each in its thread, until the first gives another answer or
 * until it was interrupted often enough. False: there is no second thread to be had. */
bool lp_together(const lp_turns *turns);

#endif
