/* `lossproof replay`: one counterexample again, every number beside the exact one. */
#include "cli/certify.h"
#include "cli/pick.h"
#include "props/props/campaign.h"

static const lp_option options[] = {
    LP_PICK_OPTIONS,
    {"level", "LEVEL", false, "exit 1 where the case is below it: stable by default"},
    {"seed", "N", false, "seed of the properties' related cases (1)"},
};

static const char text[] = "FILE holds case lines or is a counterexamples.jsonl; ID is a "
                           "counterexample's id (\"ce-...\")\n"
                           "in DIR/counterexamples.jsonl. Shows each answer beside the exact "
                           "digits, its error in ulp, its\n"
                           "level, and the properties that break.\n\n"
                           "  lossproof replay ce-0123456789abcdef\n"
                           "  lossproof replay rows.jsonl --subject builtin:accurate\n";

static int case_replayed(const char *subject, const lp_case *c, uint64_t seed, lp_level asked) {
    lp_error err = {""};
    lp_host *host = NULL;
    lp_host_options how = {.timeout = 10, .check_twice = true};
    lp_host_result opened = lp_host_open(&host, subject, &how, &err);
    if (opened != LP_HOST_OK) {
        lp_complain("%s", err.text);
        return opened == LP_HOST_DIED ? LP_EXIT_BELOW : LP_EXIT_USAGE;
    }
    lp_level level = lp_campaign_replay(stdout, host, c, seed, &err);
    lp_host_close(host);
    if (err.text[0]) {
        lp_complain("%s", err.text);
        return LP_EXIT_USAGE;
    }
    return level >= asked ? LP_EXIT_OK : LP_EXIT_BELOW;
}

typedef struct replay {
    uint64_t seed;
    lp_level asked;
} replay;

static int one(void *ctx, const char *subject, const lp_case *c, const char *where) {
    const replay *r = ctx;
    if (where) printf("%s:\n", where);
    return case_replayed(subject, c, r->seed, r->asked);
}

static int run(const lp_args *args) {
    replay r = {.seed = 1, .asked = LP_LEVEL_STABLE};
    if (!lp_level_taken(&r.asked, args) || !lp_args_u64(&r.seed, args, "seed"))
        return LP_EXIT_USAGE;
    if (!lp_reference_sound()) return LP_EXIT_USAGE;
    return lp_pick_each(args, one, &r);
}

const lp_command lp_replay_command = {"replay",
                                      "FILE|ID [OPTION...]",
                                      "Run a counterexample again and show every number",
                                      text,
                                      options,
                                      LP_COUNT(options),
                                      run};
