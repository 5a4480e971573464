#define _GNU_SOURCE
#include "host/process.h"

#include "host/worker.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double lp_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool lp_process_start(lp_process *p, const lp_arena *a, const char *path, const char *mutant,
                      lp_error *err) {
    int line[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) != 0)
        return lp_error_set(err, "cannot make a socket pair: %s", strerror(errno));
    lp_worker_start start = {a, path, mutant, line[1], getpid()};
    pid_t pid = fork();
    if (pid == 0) lp_worker_main(&start);
    close(line[1]);
    if (pid < 0) {
        close(line[0]);
        return lp_error_set(err, "cannot fork a worker: %s", strerror(errno));
    }
    *p = (lp_process){.pid = pid, .line = line[0]};
    return true;
}

bool lp_process_ask(const lp_process *p) {
    ssize_t n;
    do n = send(p->line, "", 1, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == 1;
}

/* The line's own time limit, so that waiting is one call of the system; 0 would be none. */
static void set_patience(lp_process *p, double seconds) {
    if (p->patience == seconds) return;
    double whole = floor(fmin(seconds, 1e6));
    struct timeval t = {(time_t)whole, (suseconds_t)(1e6 * (fmin(seconds, 1e6) - whole))};
    if (t.tv_sec == 0 && t.tv_usec == 0) t.tv_usec = 1;
    setsockopt(p->line, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    p->patience = seconds;
}

lp_wait lp_process_wait(lp_process *p, double seconds, volatile const int *stop) {
    double left = seconds, end = lp_seconds() + seconds;
    bool cut = false;
    for (;;) {
        char byte;
        set_patience(p, stop ? fmin(left, LP_STOP_LOOK) : left);
        ssize_t n = recv(p->line, &byte, 1, 0);
        if (n == 1) return LP_WAIT_BYTE;
        if (n == 0 || (errno != EINTR && errno != EAGAIN)) return LP_WAIT_GONE;
        if (stop && *stop && !cut && end > lp_seconds() + LP_STOP_GRACE) {
            end = lp_seconds() + LP_STOP_GRACE;
            cut = true;
        }
        left = end - lp_seconds();
        if (left <= 0) return cut ? LP_WAIT_CUT : LP_WAIT_LATE; /* else a signal, a look, a tick */
    }
}

static double ran(pid_t pid) {
    clockid_t clock;
    struct timespec t = {0, 0};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void lp_process_look(lp_process *p) {
    p->ran = ran(p->pid);
}

/* Of the process's own thread: 'R' where it runs or could, after the name in parentheses. */
static char state(pid_t pid) {
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    if (!f) return 0;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    const char *name = strrchr(text, ')');
    return name && name[1] == ' ' ? name[2] : '\0';
}

bool lp_process_starved(const lp_process *p, double seconds) {
    return state(p->pid) == 'R' && ran(p->pid) - p->ran < seconds / 2;
}

bool lp_process_ends(pid_t pid, double seconds) {
    const double end = lp_seconds() + seconds;
    for (long pause = 20000;; pause *= 2) { /* ns */
        siginfo_t left = {0};
        if (waitid(P_PID, (id_t)pid, &left, WEXITED | WNOHANG | WNOWAIT) != 0 || left.si_pid != 0)
            return true;
        if (lp_seconds() >= end) return false;
        nanosleep(&(struct timespec){0, pause < 10000000 ? pause : 10000000}, NULL);
    }
}

int lp_process_reap(pid_t pid, double grace, bool group) {
    int status = -1;
    pid_t reaped;
    if (grace > 0) lp_process_ends(pid, grace);
    if (group) kill(-pid, SIGKILL);
    kill(pid, SIGKILL); /* what has ended keeps its status */
    do reaped = waitpid(pid, &status, 0);
    while (reaped < 0 && errno == EINTR);
    return reaped < 0 ? -1 : status;
}

int lp_process_end(lp_process *p, double grace) {
    if (p->pid <= 0) return -1;
    int status = lp_process_reap(p->pid, grace, false);
    close(p->line);
    *p = (lp_process){0};
    return status;
}
