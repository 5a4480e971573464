/* The exact answers of a domain by the reference alone, in processes that take block after block:
 * what is left of a sweep without a subject and a judge. */
#include "cli/sweep.h"

#include "cli/cli.h"
#include "cli/pool.h"
#include "cli/progress.h"
#include "core/memory.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct alone {
    lp_sweep_domain domain;
    int64_t first, blocks;
    const volatile int *stop;
    struct {
        _Atomic int64_t done, undecided, processor_ns;
        atomic_int stop;
    } * shared;
    lp_progress progress;
} alone;

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void task(void *ctx, int i) {
    alone *a = ctx;
    lp_case c;
    lp_answer answer;
    lp_error err;
    if (atomic_load(&a->shared->stop)) return;
    double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    lp_sweep_fill(&c, &a->domain, a->first + i);
    lp_answer_init(&answer);
    lp_exact *e = lp_exact_new(&c, &err);
    a->shared->undecided += lp_exact_answer(&answer, e);
    lp_exact_free(e);
    lp_answer_clear(&answer);
    lp_case_clear(&c);
    a->shared->processor_ns += (int64_t)(1e9 * (seconds(CLOCK_THREAD_CPUTIME_ID) - start));
    a->shared->done++;
}

static void watch(void *ctx) {
    alone *a = ctx;
    if (*a->stop) atomic_store(&a->shared->stop, 1);
    lp_progress_step(&a->progress, a->shared->done * LP_SWEEP_BLOCK, a->blocks * LP_SWEEP_BLOCK,
                     lp_op_get(a->domain.op)->name);
}

int lp_sweep_alone(const lp_sweep_domain *d, int64_t first, int64_t blocks, int jobs,
                   const volatile int *stop) {
    alone a = {.domain = *d, .first = first, .blocks = blocks, .stop = stop};
    a.shared = lp_pool_memory(sizeof *a.shared);
    double start = seconds(CLOCK_MONOTONIC);
    lp_progress_start(&a.progress);
    bool ok = lp_pool_watched(jobs, (int)blocks, task, watch, &a);
    lp_progress_end(&a.progress);
    int64_t done = a.shared->done, undecided = a.shared->undecided;
    printf("reference: %" PRId64 " rows, %" PRId64 " undecided\n", done * LP_SWEEP_BLOCK,
           undecided);
    fprintf(stderr, "lossproof: %.2f s, %d processes; reference %.2f s\n",
            seconds(CLOCK_MONOTONIC) - start, jobs, 1e-9 * (double)a.shared->processor_ns);
    if (!ok || done < blocks) return LP_EXIT_USAGE;
    return undecided ? LP_EXIT_UNDECIDED : LP_EXIT_OK;
}
