#include "cli/islands.h"

#include "core/memory.h"
#include "ref/exact.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What an island sends home: this, then the lines' lengths and bytes. Both ends are one program. */
typedef struct parcel {
    bool ok;
    lp_error err;
    lp_level least;
    unsigned findings;
    int64_t calls, first_below;
    lp_hunt_best best[LP_OUT_COUNT][LP_HUNT_TARGETS];
} parcel;

static void send(FILE *to, const parcel *p) {
    fwrite(p, sizeof *p, 1, to);
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int t = 0; t < LP_HUNT_TARGETS; t++) {
            const char *line = p->best[o][t].case_line;
            size_t length = line ? strlen(line) : 0;
            fwrite(&length, sizeof length, 1, to);
            fwrite(line ? line : "", 1, length, to);
        }
}

static bool receive(parcel *p, FILE *from) {
    if (fread(p, sizeof *p, 1, from) != 1) return false;
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int t = 0; t < LP_HUNT_TARGETS; t++) {
            size_t length;
            p->best[o][t].case_line = NULL;
            if (fread(&length, sizeof length, 1, from) != 1) return false;
            char *line = lp_memory_zeros(length + 1, 1);
            p->best[o][t].case_line = line;
            if (fread(line, 1, length, from) != length) return false;
            if (length > 0) continue;
            free(line);
            p->best[o][t].case_line = NULL;
        }
    return true;
}

static const lp_host_entry *entry_of(const lp_islands *y, const lp_host *host) {
    const lp_host_info *info = lp_host_describe(host);
    for (int i = 0; i < info->entries; i++)
        if (info->entry[i].op == y->op && info->entry[i].format == y->format)
            return &info->entry[i];
    return NULL;
}

/* In the island's process. */
static void live(const lp_islands *y, const char *subject, int number, FILE *home) {
    parcel p = {.first_below = -1, .least = LP_LEVEL_CORRECT};
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* nobody waits for an orphan */
    lp_host *host = NULL;
    lp_host_options how = {.timeout = y->timeout, .stop = y->stop};
    const lp_host_entry *entry = NULL;
    lp_hunt h = {.op = y->op,
                 .format = y->format,
                 .seed = y->seed,
                 .island = number,
                 .islands = y->islands,
                 .evals = y->evals / y->islands + (number < y->evals % y->islands),
                 .arms = y->arms,
                 .known = y->known,
                 .knowns = y->knowns,
                 .stop_below = y->stop_below,
                 .stop = y->stop};
    lp_bench bench;
    if (lp_host_open(&host, subject, &how, &p.err) == LP_HOST_OK) entry = entry_of(y, host);
    if (entry) {
        lp_bench_open(&bench, host, entry, &p.err);
        h.bench = &bench;
        p.ok = lp_hunt_run(&h);
        p.calls = h.calls;
        p.least = h.least;
        p.findings = h.findings;
        p.first_below = h.first_below;
        memcpy(p.best, h.best, sizeof p.best);
    }
    if (lp_ref_stats_get().disagreed)
        p.ok = lp_error_set(&p.err, "the reference contradicts itself: a defect of lossproof");
    send(home, &p);
    lp_host_close(host);
}

static bool start(pid_t *pid, const lp_islands *y, const char *subject, int number, FILE *home) {
    fflush(NULL);
    *pid = fork();
    if (*pid != 0) return *pid > 0;
    live(y, subject, number, home);
    _exit(fflush(home) == 0 ? 0 : 1);
}

/* The island's place in the order in which calls are counted when islands take turns. */
static void fold(lp_islands *y, const parcel *p, int number) {
    y->calls += p->calls;
    y->findings |= p->findings;
    if (p->least < y->least) y->least = p->least;
    if (p->first_below >= 0) {
        int64_t at = (p->first_below - 1) * y->islands + number + 1;
        if (y->first_below < 0 || at < y->first_below) y->first_below = at;
    }
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int t = 0; t < LP_HUNT_TARGETS; t++) lp_hunt_fold(&y->best[o][t], &p->best[o][t]);
}

static bool take_home(lp_islands *y, FILE *home, int number, lp_error *err) {
    parcel *p = lp_memory_zeros(1, sizeof *p);
    rewind(home);
    bool ok = receive(p, home) || lp_error_set(err, "island %d ended without a result", number);
    if (ok && !p->ok)
        ok = lp_error_set(err, "%s", p->err.text[0] ? p->err.text : "an island failed");
    if (ok) fold(y, p, number);
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int t = 0; t < LP_HUNT_TARGETS; t++) free(p->best[o][t].case_line);
    free(p);
    return ok;
}

bool lp_islands_run(lp_islands *y, const char *subject, lp_error *err) {
    FILE *home[LP_ISLANDS_MOST] = {NULL};
    pid_t pid[LP_ISLANDS_MOST];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int started = 0, ended = 0;
    bool ok = true;
    y->first_below = -1;
    y->least = LP_LEVEL_CORRECT;
    y->findings = 0;
    while (ok && ended < y->islands) {
        while (ok && started < y->islands && started - ended < (cores > 0 ? cores : 1)) {
            home[started] = tmpfile();
            ok = home[started] && start(&pid[started], y, subject, started, home[started]);
            if (!ok) lp_error_set(err, "an island could not be started: %s", strerror(errno));
            started += ok;
        }
        if (ended == started) break;
        int status;
        while (waitpid(pid[ended], &status, 0) < 0 && errno == EINTR) continue;
        if (ok) ok = take_home(y, home[ended], ended, err);
        ended++;
    }
    for (; ended < started; ended++) waitpid(pid[ended], NULL, 0);
    for (int i = 0; i < y->islands; i++)
        if (home[i]) fclose(home[i]);
    return ok;
}

void lp_islands_clear(lp_islands *y) {
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int t = 0; t < LP_HUNT_TARGETS; t++) free(y->best[o][t].case_line);
    memset(y->best, 0, sizeof y->best);
    y->calls = 0;
    y->first_below = -1;
}
