#include "cli/progress.h"

#include "cli/pool.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Of this program and all processes that it makes later: a signal to one of them is for all. */
static volatile int *stop_flag;
static volatile sig_atomic_t signalled; /* this one was */

static void on_signal(int number) {
    if (signalled) {
        signal(number, SIG_DFL);
        raise(number);
    }
    signalled = number;
    *stop_flag = number;
}

static const volatile int *handle(void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler};
    if (!stop_flag) stop_flag = lp_pool_memory(sizeof *stop_flag);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return stop_flag;
}

const volatile int *lp_stop_on_signals(void) {
    return handle(on_signal);
}

const volatile int *lp_end_on_signals(void) {
    return handle(SIG_DFL);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void lp_progress_start(lp_progress *p) {
    *p = (lp_progress){.terminal = isatty(STDERR_FILENO) == 1, .last = now()};
}

void lp_progress_step(void *ctx, int64_t done, int64_t all, const char *what) {
    lp_progress *p = ctx;
    double t = now();
    if (t - p->last < (p->terminal ? 0.1 : 10)) return;
    p->last = t;
    double share = all > 0 ? (double)done / (double)all : 0;
    if (!p->terminal) {
        fprintf(stderr, "lossproof: %lld of %lld evaluations, %s\n", (long long)done,
                (long long)all, what);
        return;
    }
    char bar[31];
    for (int i = 0; i < 30; i++) bar[i] = i < (int)(share * 30) ? '#' : '.';
    bar[30] = 0;
    fprintf(stderr, "\r\033[K[%s] %3.0f %%  %s", bar, share * 100, what);
    p->shown = true;
}

void lp_progress_end(lp_progress *p) {
    if (p->shown) fputs("\r\033[K", stderr);
    p->shown = false;
}
