#include "cli/first_hit.h"

#include "cli/mutants.h"
#include "cli/pool.h"
#include "props/props/hunt.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS LP_FIRST_HIT_SEEDS

static const struct {
    const char *name;
    unsigned arms;
} way[] = {{"search", LP_HUNT_PORTFOLIO},
           {"random", 1u << LP_HUNT_RANDOM},
           {"bits", 1u << LP_HUNT_BITS},
           {"climb", 1u << LP_HUNT_CLIMB}};
#define WAYS 4

/* Calls to the first case below `stable`, by way and seed; -1: none, 0: not run. */
typedef struct hits {
    int64_t at[WAYS][SEEDS];
    atomic_bool done;
} hits;

typedef struct table {
    const lp_first_hit *ask;
    int kill[4096], rows; /* of ask->power */
    int written;          /* rows in the file, */
    int every[WAYS];      /* and found from every seed among them */
    hits *hit;            /* shared with the processes, like */
    atomic_bool *failed;  /* a search, or a write */
} table;

/* A number that is off, in a case that the generator draws: what lies in memory, state or status is
 * no business of a search over numbers, and the special values are the hand-made list's. */
static bool numeric(const lp_kill *k) {
    const char *by = k->result.by;
    return k->told && k->result.killed && !k->result.special &&
           (!strncmp(by, "accuracy:", 9) || !strncmp(by, "lost:", 5));
}

static int seeds_of(const lp_first_hit *ask, int w) {
    return w && ask->other_seeds < ask->seeds ? ask->other_seeds : ask->seeds;
}

static int64_t hunted(lp_host *host, const lp_kill *k, int w, uint64_t seed,
                      const lp_first_hit *ask, lp_error *err) {
    const lp_host_info *info = lp_host_describe(host);
    lp_bench bench;
    lp_hunt h = {.op = k->result.op,
                 .format = k->format,
                 .seed = seed,
                 .islands = 1,
                 .evals = w ? ask->others : ask->evals,
                 .arms = way[w].arms,
                 .stop_below = LP_LEVEL_STABLE,
                 .stop = ask->stop};
    for (int i = 0; i < info->entries; i++) {
        if (info->entry[i].op != h.op || info->entry[i].format != h.format) continue;
        lp_bench_open(&bench, host, &info->entry[i], err);
        h.bench = &bench;
    }
    if (!h.bench || !lp_hunt_run(&h)) return 0;
    int64_t at = h.first_below;
    lp_hunt_clear(&h);
    return at;
}

static bool stopped(const table *t) {
    return *t->ask->stop || atomic_load(t->failed);
}

static void row_run(void *ctx, int row) {
    table *t = ctx;
    const lp_kill *k = &t->ask->power->kill[t->kill[row]];
    char spec[80];
    lp_error err = {""};
    lp_host *host = NULL;
    lp_host_options how = {.timeout = 2};
    snprintf(spec, sizeof spec, "mutant:%s", lp_mutants[k->mutant].name);
    bool ok = lp_host_open(&host, spec, &how, &err) == LP_HOST_OK;
    for (int s = 0; ok && s < t->ask->seeds; s++)
        for (int w = 0; w < WAYS && s < seeds_of(t->ask, w) && !stopped(t); w++) {
            int64_t at = hunted(host, k, w, t->ask->power->seed + (uint64_t)s, t->ask, &err);
            t->hit[row].at[w][s] = at;
            ok = ok && (at != 0 || *t->ask->stop);
        }
    if (ok && !stopped(t)) atomic_store(&t->hit[row].done, true);
    if (!ok) {
        lp_complain("%s: %s", spec, err.text[0] ? err.text : "the search failed");
        atomic_store(t->failed, true);
    }
    if (host) lp_host_close(host);
}

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Found from how many seeds, the median and the largest; what was not found counts as beyond. */
typedef struct figure {
    int found;
    int64_t median, most; /* INT64_MAX: beyond */
} figure;

static figure figure_of(const int64_t *at, int seeds) {
    int64_t sorted[SEEDS] = {0};
    figure f = {0};
    for (int s = 0; s < seeds; s++) {
        f.found += at[s] > 0;
        sorted[s] = at[s] > 0 ? at[s] : INT64_MAX;
    }
    qsort(sorted, (size_t)seeds, sizeof *sorted, ascending);
    f.median = sorted[(seeds - 1) / 2];
    f.most = sorted[seeds - 1];
    return f;
}

static void put_calls(FILE *f, int64_t calls) {
    if (calls == INT64_MAX)
        fputs("\tbeyond", f);
    else
        fprintf(f, "\t%lld", (long long)calls);
}

static bool flushed(const table *t) {
    if (fflush(t->ask->to) == 0 && !ferror(t->ask->to)) return true;
    if (!atomic_exchange(t->failed, true)) lp_complain("%s: %s", t->ask->path, strerror(errno));
    return false;
}

static bool head_written(const table *t) {
    FILE *f = t->ask->to;
    fprintf(f,
            "# calls to the first case below stable, seeds from %llu; search: %d seeds, at most "
            "%lld calls; the others: %d, %lld\n",
            (unsigned long long)t->ask->power->seed, t->ask->seeds, (long long)t->ask->evals,
            seeds_of(t->ask, 1), (long long)t->ask->others);
    fputs("mutant\tclass\toperation\tformat", f);
    for (int w = 0; w < WAYS; w++) fprintf(f, "\t%s found\tmedian\tmost", way[w].name);
    fputc('\n', f);
    return flushed(t);
}

static void row_written(table *t, int r) {
    FILE *f = t->ask->to;
    const lp_kill *k = &t->ask->power->kill[t->kill[r]];
    const lp_mutant *m = &lp_mutants[k->mutant];
    fprintf(f, "%s\t%c\t%s\t%s", m->name, m->letter, m->op, lp_format_get(k->format)->name);
    for (int w = 0; w < WAYS; w++) {
        figure one = figure_of(t->hit[r].at[w], seeds_of(t->ask, w));
        t->every[w] += one.found == seeds_of(t->ask, w);
        fprintf(f, "\t%d", one.found);
        put_calls(f, one.median);
        put_calls(f, one.most);
    }
    fputc('\n', f);
}

/* What is done so far, in the order of the mutants: a run of an hour that is cut short has left
 * what it found. */
static void write_done(void *ctx) {
    table *t = ctx;
    const int before = t->written;
    for (; t->written < t->rows && atomic_load(&t->hit[t->written].done); t->written++)
        row_written(t, t->written);
    if (t->written > before) flushed(t);
}

/* After the run: those that are done behind one that is not. */
static void write_rest(table *t) {
    for (int r = t->written; r < t->rows; r++)
        if (atomic_load(&t->hit[r].done)) row_written(t, r);
    flushed(t);
}

static void print_missed(const table *t) {
    for (int r = 0; r < t->rows; r++) {
        const lp_kill *k = &t->ask->power->kill[t->kill[r]];
        int found = figure_of(t->hit[r].at[0], t->ask->seeds).found;
        if (!atomic_load(&t->hit[r].done))
            printf("NOT RUN  %-28s %s\n", lp_mutants[k->mutant].name,
                   lp_format_get(k->format)->name);
        else if (found < t->ask->seeds)
            printf("MISSED   %-28s %-9s found from %d of %d seeds\n", lp_mutants[k->mutant].name,
                   lp_format_get(k->format)->name, found, t->ask->seeds);
    }
}

int lp_first_hit_run(const lp_first_hit *ask) {
    table t = {.ask = ask, .failed = lp_pool_memory(sizeof *t.failed)};
    for (int i = 0; i < ask->power->kills && t.rows < LP_COUNT(t.kill); i++)
        if (numeric(&ask->power->kill[i])) t.kill[t.rows++] = i;
    t.hit = lp_pool_memory((size_t)(t.rows + 1) * sizeof *t.hit);
    bool ran = head_written(&t) && lp_pool_watched(ask->jobs, t.rows, row_run, write_done, &t);
    write_rest(&t);
    print_missed(&t);
    printf("first hit: %d mutants times formats; found from every seed by", t.rows);
    for (int w = 0; w < WAYS; w++)
        printf("%s %s %d (%lld calls at most)", w ? "," : "", way[w].name, t.every[w],
               (long long)(w ? ask->others : ask->evals));
    puts(*ask->stop ? "; interrupted" : "");
    lp_flush_output();
    if (!ran || atomic_load(t.failed)) return LP_EXIT_USAGE;
    return t.every[0] == t.rows && !*ask->stop ? LP_EXIT_OK : LP_EXIT_BELOW;
}
