/* The worker as its parent sees it: a process and a line of single bytes. */
#ifndef LP_HOST_PROCESS_H
#define LP_HOST_PROCESS_H

#include "host/arena.h"

#include <sys/types.h>

typedef struct lp_process {
    pid_t pid; /* 0: none */
    int line;
    double ran;      /* processor seconds when it was last asked, or looked at by lp_process_look */
    double patience; /* seconds that a read of the line waits at most; 0: not set */
} lp_process;

typedef enum lp_wait { LP_WAIT_BYTE, LP_WAIT_GONE, LP_WAIT_LATE, LP_WAIT_CUT } lp_wait;

/* Forks a worker that loads `path`. The worker is killed when the thread that calls this ends. */
bool lp_process_start(lp_process *p, const lp_arena *a, const char *path, const char *mutant,
                      lp_error *err);
/* False: the worker is gone. */
bool lp_process_ask(const lp_process *p);
/* CUT: *stop was set (NULL: never is), and since then, or since the call, a second went by. */
lp_wait lp_process_wait(lp_process *p, double seconds, volatile const int *stop);
/* Seconds between two looks at a stop flag, and that are left once it is set: an interrupted run
 * still shows what it found by calls that take no time. */
#define LP_STOP_LOOK  0.2
#define LP_STOP_GRACE 1.0
void lp_process_look(lp_process *p);
/* It wants a processor, and since the last look had one for less than half of `seconds`: that it is
 * late says nothing of it. */
bool lp_process_starved(const lp_process *p, double seconds);
/* Gives it `grace` seconds to end by itself (a worker that was seen to go has more to say than one
 * that was killed), kills and reaps it; wait status, -1: unknown. p->pid is 0 afterwards. */
int lp_process_end(lp_process *p, double grace);
/* The same for any child; kills its process group where `group`. */
int lp_process_reap(pid_t pid, double grace, bool group);
/* A child ends by itself within that time; it can be reaped all the same. */
bool lp_process_ends(pid_t pid, double seconds);

double lp_seconds(void); /* monotonic */

#endif
