#define _GNU_SOURCE
#include "host/pipes.h"

#include "core/memory.h"
#include "host/process.h"
#include "host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 16 };

/* --- starting --------------------------------------------------------------------------------- */

/* In the child; writes errno to `tell` where the program cannot be run (closed by exec otherwise).
 */
static _Noreturn void become(const char *path, char *const *argv, const int in[2], const int out[2],
                             int tell, int parent) {
    lp_sandbox_limits(parent);
    if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0) _exit(127);
    int moved = fcntl(tell, F_DUPFD_CLOEXEC, 100);
    close_range(3, (unsigned)moved - 1, 0);
    close_range((unsigned)moved + 1, ~0u, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    execv(path, argv);
    int error = errno;
    ssize_t written = write(moved, &error, sizeof error);
    (void)written;
    _exit(127);
}

static void close_both(const int fd[2]) {
    if (fd[0] >= 0) close(fd[0]);
    if (fd[1] >= 0) close(fd[1]);
}

static bool make_pipes(int pipes[3][2]) {
    for (int i = 0; i < 3; i++) pipes[i][0] = pipes[i][1] = -1;
    for (int i = 0; i < 3; i++)
        if (pipe2(pipes[i], O_CLOEXEC) != 0) return false;
    return fcntl(pipes[0][1], F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(pipes[1][0], F_SETFL, O_NONBLOCK) == 0;
}

bool lp_pipes_start(lp_pipes *p, const char *path, char *const *argv, lp_error *err) {
    int pipes[3][2], error = 0; /* its input, its output, exec's errno */
    int parent = getpid();
    *p = (lp_pipes){0};
    pid_t pid = make_pipes(pipes) ? fork() : -1;
    if (pid == 0) become(path, argv, pipes[0], pipes[1], pipes[2][1], parent);
    if (pid < 0) {
        lp_error_set(err, "cannot start %s: %s", path, strerror(errno));
        for (int i = 0; i < 3; i++) close_both(pipes[i]);
        return false;
    }
    close(pipes[0][0]);
    close(pipes[1][1]);
    close(pipes[2][1]);
    *p = (lp_pipes){.pid = pid, .to = pipes[0][1], .from = pipes[1][0]};
    ssize_t told;
    do told = read(pipes[2][0], &error, sizeof error);
    while (told < 0 && errno == EINTR);
    close(pipes[2][0]);
    if (told <= 0) return true;
    lp_pipes_end(p, 0);
    return lp_error_set(err, "cannot run %s: %s", path, strerror(error));
}

int lp_pipes_end(lp_pipes *p, double grace) {
    int status = -1;
    if (p->pid <= 0) return status;
    if (p->to >= 0) close(p->to);
    close(p->from);
    status = lp_process_reap(p->pid, grace, true); /* it leads a session of its own */
    free(p->line);
    *p = (lp_pipes){0};
    return status;
}

/* --- talking ---------------------------------------------------------------------------------- */

/* A program that has closed its input raises SIGPIPE in whoever writes: kept from the caller, who
 * may have a handler of his own, by blocking it and taking the one that came. */
typedef struct pipe_guard {
    sigset_t mask, old;
    bool pending;
} pipe_guard;

static void guard_begin(pipe_guard *g) {
    sigset_t pending;
    sigemptyset(&g->mask);
    sigaddset(&g->mask, SIGPIPE);
    sigpending(&pending);
    g->pending = sigismember(&pending, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &g->mask, &g->old);
}

static void guard_end(pipe_guard *g) {
    const struct timespec now = {0, 0};
    while (!g->pending && sigtimedwait(&g->mask, NULL, &now) < 0 && errno == EINTR) continue;
    pthread_sigmask(SIG_SETMASK, &g->old, NULL);
}

/* Writes what goes in; a program that reads no more is seen by what it answers. */
static void push(lp_pipes *p, const char **bytes, size_t *count) {
    ssize_t n = write(p->to, *bytes, *count);
    if (n > 0) {
        *bytes += n;
        *count -= (size_t)n;
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        *count = 0;
    }
}

/* Bytes read; 0 at the end, -1 for nothing now. */
static ssize_t pull(lp_pipes *p) {
    if (p->room - p->used < READ_SIZE) {
        p->room = 2 * p->room + READ_SIZE;
        p->line = lp_memory_resize(p->line, p->room, 1);
    }
    ssize_t n = read(p->from, p->line + p->used, p->room - p->used);
    if (n < 0) return errno == EAGAIN || errno == EINTR ? -1 : 0;
    p->used += (size_t)n;
    return n;
}

static void drop_taken(lp_pipes *p) {
    memmove(p->line, p->line + p->taken, p->used - p->taken);
    p->used -= p->taken;
    p->taken = 0;
}

/* One turn of waiting: false when time is up. */
static bool wait_turn(const lp_pipes *p, bool writing, double end, bool *readable, bool *writable) {
    double left = fmax(end - lp_seconds(), 0);
    struct pollfd fd[2] = {{.fd = p->from, .events = POLLIN},
                           {.fd = writing ? p->to : -1, .events = POLLOUT}};
    double most = p->stop ? 1e3 * LP_STOP_LOOK : 1e9;
    int ready = poll(fd, 2, (int)fmin(ceil(left * 1e3), most));
    *readable = ready > 0 && fd[0].revents != 0;
    *writable = ready > 0 && fd[1].revents != 0;
    return !(ready == 0 && left == 0);
}

static lp_line_result converse(lp_pipes *p, const char *bytes, size_t count, size_t limit,
                               double end) {
    size_t seen = 0;
    bool cut = false;
    if (count > 0) push(p, &bytes, &count); /* a pipe has room nearly always */
    for (;;) {
        bool readable, writable;
        const char *newline = p->used > seen ? memchr(p->line + seen, '\n', p->used - seen) : NULL;
        seen = p->used;
        /* An answer that is there before the question has gone out answers something else; the
         * caller sees it as a line that does not fit. */
        if (newline && count == 0) {
            p->taken = (size_t)(newline - p->line) + 1;
            return LP_LINE_OK;
        }
        if (newline) seen = (size_t)(newline - p->line);
        if (p->used > limit) return LP_LINE_LONG;
        if (p->stop && *p->stop && !cut && end > lp_seconds() + LP_STOP_GRACE) {
            end = lp_seconds() + LP_STOP_GRACE;
            cut = true;
        }
        if (!wait_turn(p, count > 0, end, &readable, &writable))
            return cut ? LP_LINE_CUT : LP_LINE_LATE;
        if (writable) push(p, &bytes, &count);
        if (readable && pull(p) == 0) return p->used > 0 ? LP_LINE_HALF : LP_LINE_END;
    }
}

lp_line_result lp_pipes_exchange(lp_pipes *p, const char *bytes, size_t count, const char **line,
                                 size_t *length, size_t limit, double seconds) {
    pipe_guard guard;
    if (p->taken > 0) drop_taken(p);
    guard_begin(&guard);
    lp_line_result result = converse(p, bytes, count, limit, lp_seconds() + seconds);
    guard_end(&guard);
    *line = p->line;
    *length = result == LP_LINE_OK ? p->taken - 1 : p->used;
    return result;
}

bool lp_pipes_more(const lp_pipes *p) {
    return p->used > p->taken;
}
