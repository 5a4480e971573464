/* `lossproof shrink`: a failing case down to the smallest that fails in the same way. */
#include "cli/certify.h"
#include "cli/pick.h"
#include "cli/progress.h"
#include "props/props/campaign.h"
#include "reports/reports.h"

static const lp_option options[] = {
    LP_PICK_OPTIONS,
    {"level", "LEVEL", false, "what counts as failing: below stable by default"},
    {"evals", "N", false, "calls of the subject for each failure (20000)"},
    {"timeout", "TIME", false, "longest call, a hang beyond it (10s)"},
};

static const char text[] =
    "Each way in which a case fails (a special value, an output's error, a property, a crash) is\n"
    "reduced on its own, by value: fewer classes and rows, simpler numbers. The result goes to\n"
    "standard output as a line of counterexamples.jsonl, which `lossproof replay -` reads; what\n"
    "was wrong goes to standard error. Exit status 1 where something failed, 0 where nothing "
    "did.\n\n"
    "  lossproof shrink rows.jsonl --subject ./libmine.so > small.jsonl\n"
    "  fuzz_replay --print accurate crash-0123 | lossproof shrink - --subject builtin:accurate\n";

typedef struct shrink {
    const lp_args *args;
    double timeout;
    lp_campaign campaign;
} shrink;

static void tell(const lp_certificate *cert, const char *where) {
    for (int i = 0; i < cert->counterexamples; i++) {
        const lp_counterexample *x = &cert->counterexample[i];
        fprintf(stderr, "%s%s%s: %s, after %lld steps\n", where ? where : "", where ? ": " : "",
                x->origin, x->message, (long long)x->shrinks);
    }
    if (!cert->counterexamples)
        fprintf(stderr, "%s%snothing fails: not shrunk\n", where ? where : "", where ? ": " : "");
}

static int with_host(shrink *s, const char *subject, lp_host *host, const char *where) {
    lp_error err = {""};
    lp_certificate cert;
    lp_certificate_init(&cert);
    lp_certificate_header(&cert, subject, lp_host_describe(host), &s->campaign, s->args);
    bool ran = lp_campaign_run(&cert, host, &s->campaign, &err);
    if (!ran) lp_complain("%s", err.text);
    tell(&cert, where);
    lp_report_counterexample_lines(stdout, &cert);
    lp_flush_output();
    int status = ran ? lp_certificate_status(&cert) : LP_EXIT_USAGE;
    /* A case whose right answer is an error has no value to judge, and may be answered rightly. */
    if (ran && status == LP_EXIT_USAGE && !cert.counterexamples) status = LP_EXIT_OK;
    lp_certificate_clear(&cert);
    return status;
}

static int one(void *ctx, const char *subject, const lp_case *c, const char *where) {
    shrink *s = ctx;
    lp_error err = {""};
    lp_host *host = NULL;
    lp_host_options how = {.timeout = s->timeout, .check_twice = true};
    lp_end_on_signals();
    lp_host_result opened = lp_host_open(&host, subject, &how, &err);
    lp_stop_on_signals();
    if (opened != LP_HOST_OK) {
        lp_complain("%s", err.text);
        return opened == LP_HOST_DIED ? LP_EXIT_BELOW : LP_EXIT_USAGE;
    }
    s->campaign.user = c;
    s->campaign.users = 1;
    int status = with_host(s, subject, host, where);
    lp_host_close(host);
    return status;
}

static int run(const lp_args *args) {
    int64_t evals = 20000;
    shrink s = {.args = args,
                .timeout = 10,
                .campaign = {.seed = 1, .asked = LP_LEVEL_STABLE, .skip = LP_PHASE_DRAWN}};
    if (!lp_level_taken(&s.campaign.asked, args) || !lp_args_i64(&evals, args, "evals", 1) ||
        !lp_args_seconds(&s.timeout, args, "timeout"))
        return LP_EXIT_USAGE;
    s.campaign.shrink_budget = evals < INT32_MAX ? (int)evals : INT32_MAX;
    if (!lp_reference_sound()) return LP_EXIT_USAGE;
    s.campaign.stop = lp_end_on_signals();
    return lp_pick_each(args, one, &s);
}

const lp_command lp_shrink_command = {"shrink",
                                      "FILE|ID [OPTION...]",
                                      "Reduce a failing case to the smallest that fails alike",
                                      text,
                                      options,
                                      LP_COUNT(options),
                                      run};
