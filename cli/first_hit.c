#include "cli/first_hit.h"

#include "cli/mutants.h"
#include "cli/pool.h"
#include "props/props/hunt.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS 16

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
} hits;

typedef struct table {
    const lp_first_hit *ask;
    int kill[4096], rows; /* of ask->power */
    hits *hit;
    atomic_bool *failed;
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
        for (int w = 0; w < WAYS && s < seeds_of(t->ask, w) && !*t->ask->stop; w++) {
            int64_t at = hunted(host, k, w, t->ask->power->seed + (uint64_t)s, t->ask, &err);
            t->hit[row].at[w][s] = at;
            ok = ok && (at != 0 || *t->ask->stop);
        }
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

static bool written(const table *t, const char *path, int all[WAYS], int every[WAYS]) {
    FILE *f = !strcmp(path, "-") ? stdout : fopen(path, "w");
    if (!f) {
        lp_complain("%s: %s", path, strerror(errno));
        return false;
    }
    fprintf(f,
            "# calls to the first case below stable, seeds from %llu; search: %d seeds, at most "
            "%lld calls; the others: %d, %lld\n",
            (unsigned long long)t->ask->power->seed, t->ask->seeds, (long long)t->ask->evals,
            seeds_of(t->ask, 1), (long long)t->ask->others);
    fputs("mutant\tclass\toperation\tformat", f);
    for (int w = 0; w < WAYS; w++) fprintf(f, "\t%s found\tmedian\tmost", way[w].name);
    fputc('\n', f);
    for (int r = 0; r < t->rows; r++) {
        const lp_kill *k = &t->ask->power->kill[t->kill[r]];
        const lp_mutant *m = &lp_mutants[k->mutant];
        fprintf(f, "%s\t%c\t%s\t%s", m->name, m->letter, m->op, lp_format_get(k->format)->name);
        for (int w = 0; w < WAYS; w++) {
            figure one = figure_of(t->hit[r].at[w], seeds_of(t->ask, w));
            all[w] += one.found;
            every[w] += one.found == seeds_of(t->ask, w);
            fprintf(f, "\t%d", one.found);
            put_calls(f, one.median);
            put_calls(f, one.most);
        }
        fputc('\n', f);
    }
    bool ok = fflush(f) == 0 && !ferror(f);
    if (f != stdout) ok = fclose(f) == 0 && ok;
    if (!ok) lp_complain("%s: %s", path, strerror(errno));
    return ok;
}

static void print_missed(const table *t) {
    for (int r = 0; r < t->rows; r++) {
        const lp_kill *k = &t->ask->power->kill[t->kill[r]];
        int found = figure_of(t->hit[r].at[0], t->ask->seeds).found;
        if (found < t->ask->seeds)
            printf("MISSED   %-28s %-9s found from %d of %d seeds\n", lp_mutants[k->mutant].name,
                   lp_format_get(k->format)->name, found, t->ask->seeds);
    }
}

int lp_first_hit_run(const lp_first_hit *ask, const char *path) {
    table t = {.ask = ask, .failed = lp_pool_memory(sizeof *t.failed)};
    if (ask->seeds > SEEDS) {
        lp_complain("--first-hit takes at most %d seeds", SEEDS);
        return LP_EXIT_USAGE;
    }
    for (int i = 0; i < ask->power->kills && t.rows < LP_COUNT(t.kill); i++)
        if (numeric(&ask->power->kill[i])) t.kill[t.rows++] = i;
    t.hit = lp_pool_memory((size_t)(t.rows + 1) * sizeof *t.hit);
    bool ran = lp_pool_run(ask->jobs, t.rows, row_run, &t) && !atomic_load(t.failed);
    int all[WAYS] = {0}, every[WAYS] = {0};
    bool ok = written(&t, path, all, every);
    print_missed(&t);
    printf("first hit: %d mutants times formats; found from every seed by", t.rows);
    for (int w = 0; w < WAYS; w++)
        printf("%s %s %d (%lld calls at most)", w ? "," : "", way[w].name, every[w],
               (long long)(w ? ask->others : ask->evals));
    puts(*ask->stop ? "; interrupted" : "");
    lp_flush_output();
    if (!ran || !ok) return LP_EXIT_USAGE;
    return every[0] == t.rows && !*ask->stop ? LP_EXIT_OK : LP_EXIT_BELOW;
}
