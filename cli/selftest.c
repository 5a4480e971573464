/* `lossproof selftest`: every planted fault must be rejected, the good subjects must pass. */
#include "cli/selftest.h"

#include "cli/certify.h"
#include "cli/first_hit.h"
#include "cli/mutants.h"
#include "cli/pool.h"
#include "cli/progress.h"
#include "core/memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const lp_option options[] = {
    {"seed", "N", false, "seed of all random choices (1)"},
    {"seeds", "N", false, "that many seeds, from --seed on (1)"},
    {"evals", "N", false, "evaluations per mutant and format at most (6000)"},
    {"good-evals", "N", false, "evaluations of each subject that must pass (20000)"},
    {"only-good", NULL, false, "no mutant, only those"},
    {"jobs", "N", false, "processes (one per processor)"},
    {"mutant", "NAME", true, "only this mutant"},
    {"table", "FILE", false, "who kills what, tab-separated, to FILE ('-': standard output)"},
    {"first-hit", "FILE", false,
     "then search for every numeric fault: calls to the first hit, to FILE"},
    {"search-evals", "N", false, "calls of that search at most (1000000)"},
    {"other-evals", "N", false, "calls of each of its arms alone, beside it (20000)"},
    {"other-seeds", "N", false, "from so many of the seeds (all)"},
};

static const char text[] =
    "Runs every mutant (a subject with one planted fault, 'lossproof list mutants') in each "
    "format\n"
    "through the campaign of certify, at level stable; a mutant leaves at the first check that\n"
    "rejects it. Generated cases come first, the hand-made list of special values last, so that\n"
    "what the list alone kills is counted apart. Then the subjects that must pass:\n"
    "builtin:accurate at faithful, builtin:textbook and mutant:control at stable, the reference "
    "as\n"
    "a subject: `oracle` at correct, `oracle --rounding down` at faithful. Exit status 0 only "
    "when\n"
    "every mutant is killed and nobody is accused.\n\n"
    "With --first-hit the faults that a wrong number gave away are searched for as\n"
    "`lossproof search` does, from every one of --seeds, and by its random, bits and climb arms\n"
    "alone; 0 then asks that the search find each from every seed.\n";

/* Mutants that one task runs together: enough to share exact answers, few enough that the last task
 * is short. */
#define TOGETHER 24
typedef struct task {
    int first, count; /* of power.kill; count 0: power.good[first] */
} task;

typedef struct selftest {
    lp_power power; /* kill and good lie in shared memory */
    task *task;
    int tasks;
    int64_t evals, good_evals;
    bool only_good;
    const volatile int *stop;
    struct shared {
        atomic_llong answers, evaluated;
        atomic_bool failed;
    } * shared;
} selftest;

/* --- one task ----------------------------------------------------------------------------------
 */

static void told(void *ctx, const lp_herd_result *result) {
    lp_kill *kill = (lp_kill *)ctx + result->member;
    kill->result = *result;
    kill->told = true;
}

static void mutants_run(const selftest *t, const task *job) {
    char spec[TOGETHER][80];
    const char *specs[TOGETHER];
    lp_kill *kill = t->power.kill + job->first;
    for (int i = 0; i < job->count; i++) {
        snprintf(spec[i], sizeof spec[i], "mutant:%s", lp_mutants[kill[i].mutant].name);
        specs[i] = spec[i];
    }
    lp_herd h = {.spec = specs,
                 .count = job->count,
                 .seed = t->power.seed,
                 .effort = LP_EFFORT_SMOKE,
                 .asked = LP_LEVEL_STABLE,
                 .evals = t->evals,
                 .special_last = true,
                 .format = &kill->format,
                 .formats = 1,
                 .stop = t->stop,
                 .told = told,
                 .ctx = kill};
    lp_error err = {""};
    if (!lp_herd_run(&h, &err)) {
        lp_complain("%s", err.text);
        atomic_store(&t->shared->failed, true);
    }
    atomic_fetch_add(&t->shared->answers, h.asked_answers);
    atomic_fetch_add(&t->shared->evaluated, h.exact_answers);
}

/* The first counterexample or, where the fault is a finding, the row's detail. */
static void accuser(char by[256], const lp_certificate *cert) {
    int64_t first = INT64_MAX;
    by[0] = 0;
    for (int i = 0; i < cert->counterexamples; i++) {
        const lp_counterexample *x = &cert->counterexample[i];
        if (x->level >= cert->asked || x->found_at >= first) continue;
        first = x->found_at;
        snprintf(by, 256, "%s at evaluation %lld: %.100s", x->origin, (long long)first, x->message);
    }
    for (int i = 0; i < cert->rows && !by[0]; i++)
        if (cert->row[i].level < cert->asked)
            snprintf(by, 256, "%s %.120s", lp_cause_name(cert->row[i].cause), cert->row[i].detail);
}

static void good_run(const selftest *t, lp_good *good) {
    lp_error err = {""};
    lp_host *host = NULL;
    lp_host_options how = {.timeout = 10, .check_twice = true};
    lp_certificate cert;
    lp_campaign one = {.seed = t->power.seed,
                       .effort = LP_EFFORT_SMOKE,
                       .evals = t->good_evals,
                       .asked = good->asked,
                       .stop = t->stop};
    good->status = LP_EXIT_USAGE;
    if (lp_host_open(&host, good->spec, &how, &err) != LP_HOST_OK) {
        lp_complain("%s", err.text);
        return;
    }
    lp_certificate_init(&cert);
    if (lp_campaign_run(&cert, host, &one, &err))
        good->status = lp_certificate_status(&cert);
    else
        lp_complain("%s: %s", good->spec, err.text);
    accuser(good->by, &cert);
    good->evaluations = cert.evaluations;
    good->told = !*t->stop;
    lp_certificate_clear(&cert);
    lp_host_close(host);
}

static void task_run(void *ctx, int i) {
    const selftest *t = ctx;
    if (*t->stop) return;
    if (t->task[i].count)
        mutants_run(t, &t->task[i]);
    else
        good_run(t, &t->power.good[t->task[i].first]);
}

/* --- which tasks -------------------------------------------------------------------------------
 */

static bool wanted(const lp_args *args, const char *name) {
    const char *const *value;
    int n = lp_args_all(args, "mutant", &value);
    for (int i = 0; i < n; i++)
        if (!strcmp(value[i], name)) return true;
    return n == 0;
}

static bool same_cases(const lp_mutant *a, const lp_mutant *b) {
    return !strcmp(a->op, b->op) && a->params == b->params;
}

static void add_task(selftest *t, int first, int count) {
    t->task[t->tasks++] = (task){first, count};
}

/* Mutants that see the same cases next to each other, binary64 and binary32; then tasks over them.
 */
static void kills_listed(selftest *t, const lp_args *args) {
    static const lp_format_id format[] = {LP_BINARY64, LP_BINARY32};
    bool *listed = lp_memory_zeros((size_t)lp_mutant_count, sizeof *listed);
    lp_power *p = &t->power;
    for (int m = 0; m < lp_mutant_count; m++) {
        if (listed[m] || !wanted(args, lp_mutants[m].name)) continue;
        for (int f = 0; f < LP_COUNT(format); f++) {
            int first = p->kills;
            for (int k = m; k < lp_mutant_count; k++) {
                if (!same_cases(&lp_mutants[m], &lp_mutants[k])) continue;
                if (!wanted(args, lp_mutants[k].name)) continue;
                listed[k] = true;
                p->kill[p->kills++] = (lp_kill){.mutant = k, .format = format[f]};
            }
            for (int at = first; at < p->kills; at += TOGETHER)
                add_task(t, at, p->kills - at < TOGETHER ? p->kills - at : TOGETHER);
        }
    }
    free(listed);
}

static void goods_listed(selftest *t) {
    static const lp_good good[] = {
        {.spec = "builtin:accurate", .asked = LP_LEVEL_FAITHFUL},
        {.spec = "builtin:textbook", .asked = LP_LEVEL_STABLE},
        /* the reference itself, through a pipe */
        {.spec = "cmd:/proc/self/exe oracle --hello", .asked = LP_LEVEL_CORRECT},
        {.spec = "cmd:/proc/self/exe oracle --hello --rounding down", .asked = LP_LEVEL_FAITHFUL},
        /* the mutants without a fault: what kills one is its fault and nothing else */
        {.spec = "mutant:control", .asked = LP_LEVEL_STABLE}};
    t->power.goods = LP_COUNT(good);
    memcpy(t->power.good, good, sizeof good);
    for (int i = 0; i < LP_COUNT(good); i++) add_task(t, i, 0); /* first: they last longest */
}

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static bool seed_run(selftest *t, const lp_args *args, int jobs, bool good) {
    const double start = now();
    t->tasks = t->power.kills = t->power.goods = 0;
    memset(t->shared, 0, sizeof *t->shared);
    if (good) goods_listed(t);
    if (!t->only_good) kills_listed(t, args);
    bool ok = lp_pool_run(jobs, t->tasks, task_run, t) && !atomic_load(&t->shared->failed);
    t->power.answers = atomic_load(&t->shared->answers);
    t->power.evaluated = atomic_load(&t->shared->evaluated);
    t->power.seconds = now() - start;
    return ok;
}

/* Before anything is run: a file that cannot be written is told now, not after an hour. */
static bool file_opened(FILE **f, const char *path) {
    *f = NULL;
    if (!path) return true;
    *f = !strcmp(path, "-") ? stdout : fopen(path, "w");
    if (!*f) lp_complain("%s: %s", path, strerror(errno));
    return *f != NULL;
}

static bool file_closed(FILE *f, const char *path) {
    if (!f || f == stdout) return true;
    const bool told = ferror(f); /* when it was written */
    if (fclose(f) == 0 || told) return !told;
    lp_complain("%s: %s", path, strerror(errno));
    return false;
}

static bool table_written(const lp_power *p, FILE *f, const char *path) {
    if (lp_power_table(p, f)) return true;
    lp_complain("%s: %s", path, strerror(errno));
    return false;
}

/* One run of the mutants says which are numeric; then the search, from all seeds. */
static bool first_hit_asked(lp_first_hit *ask, const selftest *t, const lp_args *args,
                            int64_t seeds, int64_t jobs) {
    int64_t others = seeds;
    *ask = (lp_first_hit){.power = &t->power,
                          .evals = 1000000,
                          .others = 20000,
                          .jobs = (int)(jobs < 256 ? jobs : 256),
                          .path = lp_args_get(args, "first-hit"),
                          .stop = t->stop};
    if (!lp_args_i64(&others, args, "other-seeds", 1) ||
        !lp_args_i64(&ask->evals, args, "search-evals", 1) ||
        !lp_args_i64(&ask->others, args, "other-evals", 1))
        return false;
    if (ask->path && seeds > LP_FIRST_HIT_SEEDS) {
        lp_complain("--first-hit takes at most %d seeds", LP_FIRST_HIT_SEEDS);
        return false;
    }
    ask->seeds = (int)seeds;
    ask->other_seeds = (int)(others < seeds ? others : seeds);
    return file_opened(&ask->to, ask->path);
}

static bool options_taken(selftest *t, int64_t *seeds, int64_t *jobs, const lp_args *args) {
    const char *const *names;
    int named = lp_args_all(args, "mutant", &names);
    if (args->words) {
        lp_complain("selftest takes no argument '%s'; --mutant NAME picks one", args->word[0]);
        return false;
    }
    for (int i = 0; i < named; i++)
        if (!lp_mutant_named(names[i])) {
            lp_complain("--mutant %s: no such mutant; 'lossproof list mutants'", names[i]);
            return false;
        }
    return lp_args_u64(&t->power.seed, args, "seed") && lp_args_i64(seeds, args, "seeds", 1) &&
           lp_args_i64(&t->evals, args, "evals", 1) &&
           lp_args_i64(&t->good_evals, args, "good-evals", 1) && lp_args_i64(jobs, args, "jobs", 1);
}

static void shared_made(selftest *t) {
    const size_t most = 2 * (size_t)lp_mutant_count;
    t->power.kill = lp_pool_memory(most * sizeof *t->power.kill);
    t->power.good = lp_pool_memory(8 * sizeof *t->power.good);
    t->shared = lp_pool_memory(sizeof *t->shared);
    t->task = lp_memory_zeros(most + 8, sizeof *t->task);
}

/* All seeds; where first hits are asked for the first, and then those. */
static int seeds_run(selftest *t, const lp_args *args, int64_t seeds, int64_t jobs, FILE *table,
                     const lp_first_hit *hits) {
    int status = LP_EXIT_OK;
    for (int64_t s = 0; s < (hits->path ? 1 : seeds) && !*t->stop; s++) {
        if (s > 0) t->power.seed++;
        bool ran = seed_run(t, args, (int)(jobs < 256 ? jobs : 256), !lp_args_get(args, "mutant"));
        status = lp_exit_worse(status, lp_power_print(&t->power, *t->stop));
        if (!ran && !*t->stop) status = LP_EXIT_USAGE;
        if (table && !table_written(&t->power, table, lp_args_get(args, "table")))
            return LP_EXIT_USAGE;
    }
    if (hits->path && !*t->stop && status != LP_EXIT_USAGE)
        status = lp_exit_worse(status, lp_first_hit_run(hits));
    return status;
}

static int run(const lp_args *args) {
    selftest t = {.power.seed = 1, .evals = 6000, .good_evals = 20000};
    int64_t seeds = 1, jobs = lp_pool_processors();
    const char *path = lp_args_get(args, "table");
    lp_first_hit hits;
    FILE *table;
    if (!options_taken(&t, &seeds, &jobs, args)) return LP_EXIT_USAGE;
    t.only_good = lp_args_get(args, "only-good") != NULL;
    t.stop = lp_stop_on_signals();
    if (!first_hit_asked(&hits, &t, args, seeds, jobs) || !file_opened(&table, path))
        return LP_EXIT_USAGE;
    if (!lp_reference_sound()) return LP_EXIT_BELOW;
    shared_made(&t);
    int status = seeds_run(&t, args, seeds, jobs, table, &hits);
    if (!file_closed(table, path) || !file_closed(hits.to, hits.path)) status = LP_EXIT_USAGE;
    free(t.task);
    return status;
}

const lp_command lp_selftest_command = {
    "selftest", "[OPTION...]", "Prove the tool's own power: every planted fault rejected",
    text,       options,       LP_COUNT(options),
    run};
