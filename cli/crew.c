#define _GNU_SOURCE
#include "cli/crew.h"

#include "cli/cli.h"
#include "core/memory.h"
#include "ref/exact.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct hand {
    pid_t pid;
    int line;
    bool busy;
} hand;

struct lp_crew {
    int jobs, next;
    hand hand[];
};

/* Before a piece and before its answer. */
typedef struct heading {
    int64_t length, status;
} heading;

static bool put(int fd, const void *from, size_t bytes) {
    const char *at = from;
    while (bytes > 0) {
        ssize_t n = send(fd, at, bytes, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        bytes -= (size_t)n;
    }
    return true;
}

static bool get(int fd, void *to, size_t bytes) {
    char *at = to;
    while (bytes > 0) {
        ssize_t n = recv(fd, at, bytes, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        bytes -= (size_t)n;
    }
    return true;
}

/* ---- a process ---- */

static bool serve_one(int line, lp_crew_serve serve, void *ctx) {
    heading h;
    if (!get(line, &h, sizeof h)) return false;
    char *text = lp_memory_resize(NULL, (size_t)h.length + 1, 1), *answer = NULL;
    size_t length = 0;
    bool ok = get(line, text, (size_t)h.length);
    FILE *to = ok ? open_memstream(&answer, &length) : NULL;
    if (to) {
        h.status = serve(ctx, to, text, (size_t)h.length);
        ok = fclose(to) == 0;
        h.length = (int64_t)length;
        ok = ok && put(line, &h, sizeof h) && put(line, answer, length);
    }
    free(answer);
    free(text);
    return ok && to;
}

static void serve_all(int line, pid_t parent, lp_crew_serve serve, void *ctx) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(LP_EXIT_USAGE);
    while (serve_one(line, serve, ctx)) continue;
    _exit(lp_ref_stats_get().disagreed ? LP_EXIT_USAGE : 0);
}

static bool hire(lp_crew *c, lp_crew_serve serve, void *ctx) {
    int line[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) != 0) return false;
    pid_t pid = fork();
    if (pid == 0) {
        close(line[0]);
        for (int i = 0; i < c->jobs; i++) close(c->hand[i].line);
        serve_all(line[1], parent, serve, ctx);
    }
    close(line[1]);
    if (pid < 0) {
        close(line[0]);
        return false;
    }
    c->hand[c->jobs++] = (hand){pid, line[0], false};
    return true;
}

/* ---- their parent ---- */

lp_crew *lp_crew_open(int jobs, lp_crew_serve serve, void *ctx) {
    lp_crew *c = lp_memory_zeros(1, sizeof *c + (size_t)jobs * sizeof(hand));
    fflush(NULL); /* nothing of ours is printed twice */
    while (c->jobs < jobs && hire(c, serve, ctx)) continue;
    if (c->jobs > 0) return c;
    lp_complain("no process could be made");
    free(c);
    return NULL;
}

static bool collect(hand *h, FILE *out, int *status) {
    heading head;
    if (!h->busy) return true;
    h->busy = false;
    if (!get(h->line, &head, sizeof head)) return false;
    char *text = lp_memory_resize(NULL, (size_t)head.length + 1, 1);
    bool ok = get(h->line, text, (size_t)head.length);
    ok = ok && fwrite(text, 1, (size_t)head.length, out) == (size_t)head.length;
    *status = lp_exit_worse(*status, (int)head.status);
    free(text);
    return ok;
}

bool lp_crew_give(lp_crew *c, const char *text, size_t length, FILE *out, int *status) {
    hand *h = &c->hand[c->next];
    heading head = {.length = (int64_t)length};
    if (!collect(h, out, status)) return false;
    h->busy = put(h->line, &head, sizeof head) && put(h->line, text, length);
    c->next = (c->next + 1) % c->jobs;
    return h->busy;
}

bool lp_crew_close(lp_crew *c, FILE *out, int *status) {
    bool ok = true;
    for (int i = 0; i < c->jobs; i++)
        ok = collect(&c->hand[(c->next + i) % c->jobs], out, status) && ok;
    for (int i = 0; i < c->jobs; i++) {
        int ended = 0;
        pid_t pid;
        close(c->hand[i].line);
        do pid = waitpid(c->hand[i].pid, &ended, 0);
        while (pid < 0 && errno == EINTR);
        ok = ok && pid > 0 && WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
    }
    free(c);
    return ok;
}
