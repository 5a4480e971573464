/* `lossproof selftest`: every planted fault must be rejected, the good subjects must pass. */
#include "cli/certify.h"
#include "cli/mutants.h"
#include "cli/progress.h"

#include <string.h>

static const lp_option options[] = {
    {"seed", "N", false, "seed of all random choices (1)"},
    {"evals", "N", false, "evaluations per mutant at most (20000)"},
    {"mutant", "NAME", true, "only this mutant"},
};

static const char text[] =
    "Runs every mutant (a subject with one planted fault, 'lossproof list mutants') through the "
    "same\n"
    "campaign as certify, at level stable, and names the check that kills it; then the subjects "
    "that\n"
    "must pass: builtin:accurate at faithful, builtin:textbook and mutant:control at stable. Exit "
    "status 0 only when\n"
    "every mutant is killed and nobody is accused.\n";

typedef struct selftest {
    lp_campaign campaign;
    int killed, total, accused;
} selftest;

/* The first counterexample or, where the fault is a finding, the row's detail: who killed it. */
static void killer_of(char by[160], const lp_certificate *cert) {
    int64_t first = INT64_MAX;
    by[0] = 0;
    for (int i = 0; i < cert->counterexamples; i++) {
        const lp_counterexample *x = &cert->counterexample[i];
        if (x->level >= cert->asked || x->found_at >= first) continue;
        first = x->found_at;
        snprintf(by, 160, "%s at evaluation %lld", x->origin, (long long)first);
    }
    for (int i = 0; i < cert->findings && !by[0]; i++)
        if (!(cert->finding[i].finding & LP_FIND_REPORTED))
            snprintf(by, 160, "finding:%s", lp_finding_name(cert->finding[i].finding));
    for (int i = 0; i < cert->rows && !by[0]; i++)
        if (cert->row[i].level < cert->asked)
            snprintf(by, 160, "%s %s", lp_cause_name(cert->row[i].cause), cert->row[i].detail);
}

/* Runs one subject; returns its certificate's status, with who broke it in `by`. */
static int subject_run(char by[160], int64_t *evaluations, const char *spec,
                       const lp_campaign *campaign, lp_level asked) {
    lp_error err = {""};
    lp_host *host = NULL;
    lp_host_options how = {.timeout = 2, .check_twice = true};
    by[0] = 0;
    if (lp_host_open(&host, spec, &how, &err) != LP_HOST_OK) {
        lp_complain("%s", err.text);
        return LP_EXIT_USAGE;
    }
    lp_certificate cert;
    lp_certificate_init(&cert);
    cert.asked = asked;
    cert.seed = campaign->seed;
    lp_campaign one = *campaign;
    one.asked = asked;
    int status = LP_EXIT_USAGE;
    if (lp_campaign_run(&cert, host, &one, &err))
        status = lp_certificate_status(&cert);
    else
        lp_complain("%s: %s", spec, err.text);
    killer_of(by, &cert);
    *evaluations = cert.evaluations;
    lp_certificate_clear(&cert);
    lp_host_close(host);
    return status;
}

static bool mutant_wanted(const lp_args *args, const char *name) {
    const char *const *value;
    int n = lp_args_all(args, "mutant", &value);
    for (int i = 0; i < n; i++)
        if (!strcmp(value[i], name)) return true;
    return n == 0;
}

static int mutants_run(selftest *t, const lp_args *args) {
    int status = LP_EXIT_OK;
    for (int i = 0; i < lp_mutant_count && !*t->campaign.stop; i++) {
        const lp_mutant *m = &lp_mutants[i];
        char spec[128], by[160];
        int64_t evaluations = 0;
        if (!mutant_wanted(args, m->name)) continue;
        snprintf(spec, sizeof spec, "mutant:%s", m->name);
        lp_campaign one = t->campaign;
        one.stop_at_first = true;
        int got = subject_run(by, &evaluations, spec, &one, LP_LEVEL_STABLE);
        if (*t->campaign.stop) break; /* half a run is no survival */
        bool killed = got == LP_EXIT_BELOW && by[0];
        t->total++;
        t->killed += killed;
        if (!killed) status = lp_exit_worse(status, got == LP_EXIT_USAGE ? got : LP_EXIT_BELOW);
        printf("%-8s %-24s %c %-14s %s\n", killed ? "killed" : "SURVIVED", m->name, m->letter,
               m->op, killed ? by : m->note);
        fflush(stdout);
    }
    return status;
}

static int good_run(selftest *t) {
    static const struct {
        const char *spec;
        lp_level asked;
    } good[] = {{"builtin:accurate", LP_LEVEL_FAITHFUL},
                {"builtin:textbook", LP_LEVEL_STABLE},
                /* the mutants without a fault: what kills one is its fault and nothing else */
                {"mutant:control", LP_LEVEL_STABLE}};
    int status = LP_EXIT_OK;
    for (int i = 0; i < LP_COUNT(good) && !*t->campaign.stop; i++) {
        char by[160];
        int64_t evaluations = 0;
        int got = subject_run(by, &evaluations, good[i].spec, &t->campaign, good[i].asked);
        if (*t->campaign.stop) break; /* half a run accuses nobody */
        const char *word = got == LP_EXIT_OK      ? "passes"
                           : got == LP_EXIT_BELOW ? "ACCUSED"
                                                  : "unsettled";
        t->accused += got == LP_EXIT_BELOW;
        status = lp_exit_worse(status, got);
        printf("%-8s %-24s %s over %lld evaluations%s%s\n", word, good[i].spec,
               lp_level_name(good[i].asked), (long long)evaluations, by[0] ? ": " : "", by);
        fflush(stdout);
    }
    return status;
}

static int run(const lp_args *args) {
    selftest t = {.campaign = {.seed = 1, .effort = LP_EFFORT_SMOKE, .evals = 20000}};
    const char *const *names;
    int named = lp_args_all(args, "mutant", &names);
    if (args->words) {
        lp_complain("selftest takes no argument '%s'; --mutant NAME picks one", args->word[0]);
        return LP_EXIT_USAGE;
    }
    if (!lp_args_u64(&t.campaign.seed, args, "seed") ||
        !lp_args_i64(&t.campaign.evals, args, "evals", 1))
        return LP_EXIT_USAGE;
    for (int i = 0; i < named; i++)
        if (!lp_mutant_named(names[i])) {
            lp_complain("--mutant %s: no such mutant; 'lossproof list mutants'", names[i]);
            return LP_EXIT_USAGE;
        }
    if (!lp_reference_sound()) return LP_EXIT_BELOW;
    t.campaign.stop = lp_stop_on_signals();
    printf("seed %llu\n", (unsigned long long)t.campaign.seed);
    int status = mutants_run(&t, args);
    if (!named) status = lp_exit_worse(status, good_run(&t));
    if (*t.campaign.stop) status = lp_exit_worse(status, LP_EXIT_BELOW);
    printf("selftest: %d of %d mutants killed, %d good subjects accused%s\n", t.killed, t.total,
           t.accused, *t.campaign.stop ? ", interrupted" : "");
    return status;
}

const lp_command lp_selftest_command = {
    "selftest", "[OPTION...]", "Prove the tool's own power: every planted fault rejected",
    text,       options,       LP_COUNT(options),
    run};
