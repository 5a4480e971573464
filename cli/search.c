/* `lossproof search`: hunt the worst input. */
#include "cli/asked.h"
#include "cli/cases.h"
#include "cli/certify.h"
#include "cli/islands.h"
#include "cli/progress.h"
#include "cli/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const lp_option options[] = {
    {"op", "OP", true, "only this operation; default all that the subject declares"},
    {"format", "FORMAT", true, "only this format: binary64, binary32, binary16, bfloat16"},
    {"evals", "N", false, "evaluations of each operation and format (100000)"},
    {"seed", "N", false, "seed of all random choices (1)"},
    {"islands", "N", false, "independent searches that share the evaluations (4)"},
    {"arm", "NAME", true, "only this arm: known, structured, climb, evolve, bits, random"},
    {"first", "LEVEL", false, "stop at the first case below LEVEL and say at which call it came"},
    {"known", "FILE", true, "inputs to try and climb from first: case lines, a store"},
    {"store", "FILE", false, "worst inputs by value: read as known, written back with what is new"},
    {"level", "LEVEL", false, "exit 1 where a case is below it: stable by default"},
    {"timeout", "TIME", false, "longest that one call may take (10s)"},
};

static const char text[] =
    "Hunts the inputs on which SUBJECT is worst, by two measures at once: the error in ulp, and "
    "the\n"
    "error over the a-priori bound (which finds faults of the implementation where the first "
    "finds\n"
    "badly conditioned corners). The portfolio: known worst inputs, the generator's families, "
    "hill\n"
    "climbing in reals and ulps with common shifts, scales, ties and gaps, differential "
    "evolution,\n"
    "a few raw bit patterns; at the end every neighbour of the best. Seed, islands and "
    "evaluations\n"
    "determine the result, not the number of cores. What is found is a lower bound of the "
    "worst.\n\n"
    "  lossproof search builtin:textbook --op softmax_xent --store worst.jsonl\n"
    "  lossproof replay worst.jsonl\n";

typedef struct search {
    lp_islands islands;
    lp_asked named;
    lp_case_list known;
    const char *store;
    lp_level asked;
    int status;
} search;

static bool arms_taken(search *s, const lp_args *args) {
    const char *const *value;
    int n = lp_args_all(args, "arm", &value);
    if (n == 0) s->islands.arms = LP_HUNT_PORTFOLIO;
    for (int i = 0; i < n; i++) {
        int arm = 0;
        while (arm < LP_HUNT_ARMS && strcmp(value[i], lp_hunt_arm_name((lp_hunt_arm)arm))) arm++;
        if (arm == LP_HUNT_ARMS) {
            lp_complain("--arm %s: known, structured, climb, evolve, bits or random", value[i]);
            return false;
        }
        s->islands.arms |= 1u << arm;
    }
    return true;
}

static bool first_taken(search *s, const lp_args *args) {
    const char *name = lp_args_get(args, "first");
    if (!name || lp_level_by_name(&s->islands.stop_below, name)) return true;
    lp_complain("--first %s: no such level", name);
    return false;
}

static bool options_taken(search *s, const lp_args *args) {
    int64_t islands = 4;
    if (!lp_ops_taken(&s->named, args) || !arms_taken(s, args) || !first_taken(s, args) ||
        !lp_level_taken(&s->asked, args) || !lp_args_i64(&s->islands.evals, args, "evals", 1) ||
        !lp_args_u64(&s->islands.seed, args, "seed") ||
        !lp_args_i64(&islands, args, "islands", 1) ||
        !lp_args_seconds(&s->islands.timeout, args, "timeout"))
        return false;
    if (islands > LP_ISLANDS_MOST) {
        lp_complain("--islands %lld: at most %d", (long long)islands, LP_ISLANDS_MOST);
        return false;
    }
    s->islands.islands = (int)islands;
    s->store = lp_args_get(args, "store");
    return true;
}

/* --known and the store, in the order given. */
static bool known_taken(search *s, const lp_args *args) {
    const char *const *value;
    int n = lp_args_all(args, "known", &value);
    for (int i = 0; i < n; i++)
        if (!lp_cases_add(&s->known, value[i])) return false;
    if (!s->store) return true;
    if (!lp_store_usable(s->store)) return false;
    return !lp_store_exists(s->store) || lp_cases_add(&s->known, s->store);
}

static void show(const lp_islands *y, lp_out out, lp_hunt_target target, const lp_hunt_best *b) {
    char score[32];
    if (isinf(b->score))
        snprintf(score, sizeof score, "wrong special");
    else
        snprintf(score, sizeof score, "%.4g %s", b->score,
                 target == LP_HUNT_ULP ? "ulp" : "of the bound");
    printf("%-18s %-9s %-7s %-20s got %.17g, exact %.17g (%s, call %lld)\n", lp_op_get(y->op)->name,
           lp_format_get(y->format)->name, lp_out_name(out), score, b->got, b->want,
           lp_hunt_arm_name(b->arm), (long long)b->found_at);
}

/* Crashes and the like have no score; certify makes counterexamples of them. */
static void show_findings(const lp_islands *y) {
    for (unsigned bit = 1; bit < 1u << LP_FIND_COUNT; bit <<= 1)
        if (y->findings & bit)
            printf("%-18s %-9s finding %s\n", lp_op_get(y->op)->name,
                   lp_format_get(y->format)->name, lp_finding_name((lp_finding)bit));
}

static bool searched(search *s, const char *subject, const lp_host_entry *e) {
    lp_islands *y = &s->islands;
    lp_error err = {""};
    y->op = e->op;
    y->format = e->format;
    y->known = s->known.item;
    y->knowns = s->known.count;
    lp_islands_clear(y);
    if (!lp_islands_run(y, subject, &err)) {
        lp_complain("%s", err.text);
        s->status = lp_exit_worse(s->status, LP_EXIT_USAGE);
        return false;
    }
    bool measured = false;
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int t = 0; t < LP_HUNT_TARGETS; t++) {
            const lp_hunt_best *b = &y->best[o][t];
            if (!b->case_line) continue;
            show(y, (lp_out)o, (lp_hunt_target)t, b);
            measured = true;
        }
    show_findings(y);
    if (!measured && !y->findings) {
        printf("%-18s %-9s no value in %lld calls\n", lp_op_get(y->op)->name,
               lp_format_get(y->format)->name, (long long)y->calls);
        s->status = lp_exit_worse(s->status, LP_EXIT_UNDECIDED);
    }
    if (y->least < s->asked) s->status = lp_exit_worse(s->status, LP_EXIT_BELOW);
    if (y->stop_below > LP_LEVEL_FAIL && y->first_below < 0)
        printf("%-18s %-9s nothing below %s in %lld calls\n", lp_op_get(e->op)->name,
               lp_format_get(e->format)->name, lp_level_name(y->stop_below), (long long)y->calls);
    else if (y->stop_below > LP_LEVEL_FAIL)
        printf("%-18s %-9s below %s at call %lld\n", lp_op_get(e->op)->name,
               lp_format_get(e->format)->name, lp_level_name(y->stop_below),
               (long long)y->first_below);
    lp_flush_output();
    return !s->store || lp_store_write(s->store, subject, y);
}

static bool asked(const search *s, const lp_host_entry *e) {
    return lp_asked_op(&s->named, e->op) && lp_asked_format(&s->named, e->format) &&
           lp_op_get(e->op)->built && e->format < LP_SUBJECT_FORMATS;
}

static void every_entry(search *s, const char *subject) {
    lp_error err = {""};
    lp_host *host = NULL;
    lp_host_options how = {.timeout = s->islands.timeout};
    lp_host_result opened = lp_host_open(&host, subject, &how, &err);
    if (opened != LP_HOST_OK) {
        lp_complain("%s", err.text);
        s->status = opened == LP_HOST_DIED ? LP_EXIT_BELOW : LP_EXIT_USAGE;
        return;
    }
    const lp_host_info *info = lp_host_describe(host);
    int count = 0;
    lp_stop_on_signals();
    bool ok = true;
    for (int i = 0; i < info->entries && ok && !*s->islands.stop; i++) {
        if (!asked(s, &info->entry[i])) continue;
        count++;
        ok = searched(s, subject, &info->entry[i]);
    }
    if (!count) {
        lp_complain("%s declares nothing of what was asked for", subject);
        s->status = LP_EXIT_USAGE;
    }
    if (!ok) s->status = lp_exit_worse(s->status, LP_EXIT_USAGE);
    lp_host_close(host);
}

static int run(const lp_args *args) {
    search s = {.islands = {.seed = 1, .evals = 100000, .timeout = 10},
                .asked = LP_LEVEL_STABLE,
                .status = LP_EXIT_OK};
    if (args->words != 1) {
        lp_complain("search what? one SUBJECT; 'lossproof list subjects'");
        return LP_EXIT_USAGE;
    }
    if (!options_taken(&s, args) || !lp_reference_sound()) return LP_EXIT_USAGE;
    s.islands.stop = lp_end_on_signals();
    if (known_taken(&s, args))
        every_entry(&s, args->word[0]);
    else
        s.status = LP_EXIT_USAGE;
    if (*s.islands.stop) s.status = lp_exit_worse(s.status, LP_EXIT_UNDECIDED); /* cut short */
    if (s.known.bad) s.status = lp_exit_worse(s.status, LP_EXIT_USAGE);
    lp_islands_clear(&s.islands);
    lp_cases_free(&s.known);
    return s.status;
}

const lp_command lp_search_command = {
    "search", "SUBJECT [OPTION...]", "Hunt the worst input", text, options, LP_COUNT(options), run};
