#define _GNU_SOURCE /* pipe2 */
#include "reports/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 20

/* A file, not a pipe, feeds it: then nobody can wait for the other. */
static bool spawned(pid_t *pid, int in, int out, lp_error *err) {
    static char program[] = "gnuplot", defaults[] = "-d", locale[] = "LC_ALL=C.UTF-8";
    char *const argv[] = {program, defaults, NULL};
    char path[4096] = "PATH=/usr/bin:/bin";
    const char *search = getenv("PATH");
    if (search) snprintf(path, sizeof path, "PATH=%s", search);
    char *const environment[] = {path, locale, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    int failed = posix_spawnp(pid, program, &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    return !failed || lp_error_set(err, "gnuplot: %s", strerror(failed));
}

static double clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Until the end of what it writes, or until its time is over. */
static bool read_all(lp_text *drawn, int fd) {
    const double until = clock_seconds() + SECONDS;
    for (;;) {
        char buf[65536];
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        double left = until - clock_seconds();
        int seen = poll(&ready, 1, left > 0 ? (int)(left * 1000) + 1 : 0);
        if (seen < 0 && errno == EINTR) continue;
        if (seen <= 0) return false;
        ssize_t got = read(fd, buf, sizeof buf);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        lp_text_bytes(drawn, buf, (size_t)got);
    }
}

static bool finished(pid_t pid, bool all, lp_error *err) {
    int status;
    if (!all) kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    if (!all) return lp_error_set(err, "gnuplot did not finish within %d s", SECONDS);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    return lp_error_set(err, "gnuplot failed");
}

bool lp_gnuplot(lp_text *drawn, const char *script, lp_error *err) {
    FILE *in = tmpfile();
    int out[2];
    pid_t pid;
    if (!in || fputs(script, in) < 0 || fflush(in) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        if (in) fclose(in);
        return lp_error_set(err, "gnuplot: %s", strerror(errno));
    }
    rewind(in);
    bool good = spawned(&pid, fileno(in), out[1], err);
    fclose(in);
    close(out[1]);
    if (good) good = finished(pid, read_all(drawn, out[0]), err);
    close(out[0]);
    return good;
}
