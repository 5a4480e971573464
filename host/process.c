#define _GNU_SOURCE
#include "host/process.h"

#include "host/worker.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
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

lp_wait lp_process_wait(const lp_process *p, double seconds) {
    double end = lp_seconds() + seconds;
    for (;;) {
        double left = fmax(end - lp_seconds(), 0);
        struct pollfd watch = {.fd = p->line, .events = POLLIN};
        int ready = poll(&watch, 1, (int)fmin(ceil(left * 1e3), 1e9));
        if (ready == 0 && left == 0) return LP_WAIT_LATE;
        if (ready <= 0) continue; /* a signal for us, or the clocks' last millisecond */
        char byte;
        ssize_t n = recv(p->line, &byte, 1, MSG_DONTWAIT);
        if (n == 1) return LP_WAIT_BYTE;
        if (n == 0 || (errno != EINTR && errno != EAGAIN)) return LP_WAIT_GONE;
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

int lp_process_reap(pid_t pid, double grace, bool group) {
    int status = -1;
    pid_t reaped = 0;
    long pause = 20000; /* ns, doubled each turn */
    for (double end = lp_seconds() + grace; reaped == 0 && lp_seconds() < end; pause *= 2) {
        reaped = waitpid(pid, &status, WNOHANG);
        if (reaped == 0)
            nanosleep(&(struct timespec){0, pause < 10000000 ? pause : 10000000}, NULL);
    }
    if (group) kill(-pid, SIGKILL);
    if (reaped == 0) kill(pid, SIGKILL);
    while (reaped == 0 || (reaped < 0 && errno == EINTR)) reaped = waitpid(pid, &status, 0);
    return reaped < 0 ? -1 : status;
}

int lp_process_end(lp_process *p, double grace) {
    if (p->pid <= 0) return -1;
    int status = lp_process_reap(p->pid, grace, false);
    close(p->line);
    *p = (lp_process){0};
    return status;
}
