#define _GNU_SOURCE
#include "cli/pool.h"

#include "cli/cli.h"
#include "ref/exact.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
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
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0) return pid;
    for (int i; (i = atomic_fetch_add(next, 1)) < tasks;) task(ctx, i);
    fflush(NULL);
    _exit(lp_ref_stats_get().disagreed ? LP_EXIT_USAGE : 0); /* main sees only its own counts */
}

bool lp_pool_run(int jobs, int tasks, void (*task)(void *ctx, int i), void *ctx) {
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
    for (int i = 0; i < made; i++) {
        int status = 0;
        pid_t pid;
        do pid = wait(&status);
        while (pid < 0 && errno == EINTR);
        ok = ok && pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    munmap(next, sizeof *next);
    return ok;
}
