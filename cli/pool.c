#define _GNU_SOURCE
#include "cli/pool.h"

#include "cli/cli.h"
#include "ref/exact.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void *lp_pool_memory(size_t bytes) {
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at != MAP_FAILED) return at;
    lp_complain("cannot map %zu bytes of shared memory: %s", bytes, strerror(errno));
    _exit(LP_EXIT_USAGE);
}

int lp_pool_processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static pid_t child(atomic_int *next, int tasks, void (*task)(void *ctx, int i), void *ctx) {
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(LP_EXIT_USAGE); /* it ended before the line above */
    for (int i; (i = atomic_fetch_add(next, 1)) < tasks;) task(ctx, i);
    fflush(NULL);
    _exit(lp_ref_stats_get().disagreed ? LP_EXIT_USAGE : 0); /* main sees only its own counts */
}

/* One child that has ended; false: a failure. *none: none has. */
static bool reap(bool *none, bool block) {
    int status = 0;
    pid_t pid;
    do pid = waitpid(-1, &status, block ? 0 : WNOHANG);
    while (pid < 0 && errno == EINTR);
    *none = pid == 0;
    return pid == 0 || (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static bool wait_for(int made, void (*watch)(void *ctx), void *ctx) {
    const struct timespec moment = {.tv_nsec = 20000000};
    bool ok = true;
    while (made > 0) {
        bool none;
        if (watch) watch(ctx);
        ok = reap(&none, !watch) && ok;
        if (none)
            nanosleep(&moment, NULL);
        else
            made--;
    }
    if (watch) watch(ctx);
    return ok;
}

bool lp_pool_watched(int jobs, int tasks, void (*task)(void *ctx, int i), void (*watch)(void *ctx),
                     void *ctx) {
    atomic_int *next = lp_pool_memory(sizeof *next);
    bool ok = true;
    int made = 0;
    for (; made < jobs && ok; made++) {
        pid_t pid = child(next, tasks, task, ctx);
        if (pid < 0) {
            lp_complain("cannot make a process: %s", strerror(errno));
            ok = false;
            break;
        }
    }
    ok = wait_for(made, watch, ctx) && ok;
    munmap(next, sizeof *next);
    return ok;
}

bool lp_pool_run(int jobs, int tasks, void (*task)(void *ctx, int i), void *ctx) {
    return lp_pool_watched(jobs, tasks, task, NULL, ctx);
}
