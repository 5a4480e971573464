/* `lossproof certify`: the main job. */
#include "cli/certify.h"
#include "cli/asked.h"
#include "cli/cases.h"
#include "cli/certify_files.h"
#include "cli/cli.h"
#include "cli/found.h"
#include "cli/kept.h"
#include "cli/progress.h"
#include "cli/read_back.h"
#include "cli/recorded.h"
#include "props/props/campaign.h"
#include "props/props/effort.h"
#include "ref/exact.h"
#include "reports/reports.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const lp_option options[] = {
    {"out", "DIR", false, "where the certificate goes (lossproof-out); an existing one is refused"},
    {"force", NULL, false, "write into an existing directory"},
    {"resume", NULL, false,
     "a killed run left DIR/found.jsonl: its cases are tried first, then all from the start"},
    {"op", "OP", true, "only this operation; default all that the subject declares"},
    {"format", "FORMAT", true, "only this format: binary64, binary32, binary16, bfloat16"},
    {"level", "LEVEL", false, "level asked for: stable by default"},
    {"effort", "EFFORT", false, "smoke (default, under 10 s), standard (a minute), deep (nightly)"},
    {"evals", "N", false,
     "evaluations of all cases, in place of the effort's table; at most a half more shrinks, a "
     "quarter more finds edges"},
    {"budget", "TIME", false,
     "stop after this time (90s, 10m); the certificate says how far it got"},
    {"seed", "N", false, "seed of all random choices (1)"},
    {"cases", "FILE", false, "the user's own case lines, tried first; - reads standard input"},
    {"logits", "FILE", false,
     "a model's own rows, a 2-D .npy of floats, tried next: the regime \"recorded\""},
    {"labels", "FILE", false, "their classes, a 1-D .npy of integers: for softmax_xent"},
    {"only-cases", NULL, false, "nothing but the cases of --cases and the rows of --logits"},
    {"store", "DIR", false,
     "counterexamples by value, a file each: tried before cases are generated, and what fails now "
     "is added"},
    {"phase", "NAME", true,
     "only these of explicit, stored, generate, target, shrink; default all"},
    {"baseline", "FILE", false,
     "an earlier certificate: exit status 3 where this one is worse at any output"},
    {"timeout", "TIME", false, "longest that one call may take (10s)"},
    {"json", NULL, false, "the summary as one JSON line"},
};

static const char text[] =
    "Runs structured, special, random and property cases against SUBJECT in a process of its own,\n"
    "judges every answer by the exact one, shrinks what fails and writes into DIR: "
    "certificate.json,\n"
    "report.html, junit.xml, counterexamples.jsonl. With several subjects each has a directory\n"
    "inside DIR. The same seed, version and subject give the same bytes, the timestamp aside.\n\n"
    "  lossproof certify builtin:textbook\n"
    "  lossproof certify ./mylib.so --op softmax_xent --level accurate --effort standard\n"
    "  lossproof certify cmd:'python3 adapter.py' --cases rows.jsonl\n"
    "  lossproof certify ./mylib.so --logits logits.npy --labels labels.npy\n";

typedef struct certify {
    lp_campaign campaign;
    lp_asked named;
    lp_case_list cases, kept;
    const char *store; /* directory of kept; NULL: none */
    lp_recorded recorded;
    double timeout;
    const char *out;
    bool force, resume, json;
    int many;        /* subjects */
    lp_error stands; /* why a subject's run is no success whatever its certificate says */
    bool against;    /* --baseline: */
    lp_certificate baseline;
} certify;

/* --phase, and --only-cases, which is two of them. */
static bool phases_taken(unsigned *skip, const lp_args *args) {
    const unsigned all = LP_PHASE_BIT(LP_PHASES) - 1;
    const char *const *value;
    unsigned wanted = 0;
    int n = lp_args_all(args, "phase", &value);
    for (int i = 0; i < n; i++) {
        int p = 0;
        while (p < LP_PHASES && strcmp(value[i], lp_phase_words[p])) p++;
        if (p == LP_PHASES) {
            lp_complain("--phase %s: explicit, stored, generate, target or shrink", value[i]);
            return false;
        }
        wanted |= LP_PHASE_BIT(p);
    }
    if (n > 0 && lp_args_get(args, "only-cases")) {
        lp_complain("--only-cases is --phase explicit --phase shrink: not both");
        return false;
    }
    if (lp_args_get(args, "only-cases"))
        wanted = LP_PHASE_BIT(LP_PHASE_EXPLICIT) | LP_PHASE_BIT(LP_PHASE_SHRINK);
    *skip = wanted ? all & ~wanted : 0;
    return true;
}

static bool options_taken(certify *y, const lp_args *args) {
    int effort = LP_EFFORT_SMOKE;
    y->campaign.seed = 1;
    y->campaign.asked = LP_LEVEL_STABLE;
    if (!lp_ops_taken(&y->named, args) || !lp_level_taken(&y->campaign.asked, args) ||
        !lp_args_word(&effort, args, "effort", lp_effort_words, LP_COUNT(lp_effort_words)) ||
        !lp_args_i64(&y->campaign.evals, args, "evals", 1) ||
        !lp_args_u64(&y->campaign.seed, args, "seed") ||
        !lp_args_seconds(&y->campaign.budget, args, "budget") ||
        !lp_args_seconds(&y->timeout, args, "timeout"))
        return false;
    y->campaign.op = y->named.op;
    y->campaign.ops = y->named.ops;
    y->campaign.format = y->named.format;
    y->campaign.formats = y->named.formats;
    y->campaign.effort = (lp_effort)effort;
    if (!phases_taken(&y->campaign.skip, args)) return false;
    y->out = lp_args_get(args, "out") ? lp_args_get(args, "out") : "lossproof-out";
    y->force = lp_args_get(args, "force") != NULL;
    y->resume = lp_args_get(args, "resume") != NULL;
    y->json = lp_args_get(args, "json") != NULL;
    y->many = args->words;
    const bool logits = lp_args_get(args, "logits") != NULL;
    if (lp_args_get(args, "only-cases") && !lp_args_get(args, "cases") && !logits) {
        lp_complain("--only-cases needs --cases FILE or --logits FILE");
        return false;
    }
    if (lp_args_get(args, "labels") && !logits) {
        lp_complain("--labels needs --logits FILE");
        return false;
    }
    return true;
}

/* A few cases of the user's own are shown number by number: that is what they were given for. Wide
 * ones, and many, would fill the screen and cost their evaluation again. */
static void user_cases_shown(const certify *y, lp_host *host) {
    const int most = 10, wide = 4096;
    int left = y->cases.count;
    for (int i = 0; y->cases.count <= most && i < y->cases.count && !y->json; i++) {
        const lp_case *c = &y->cases.item[i];
        lp_error err = {""};
        if (c->n > wide || c->k > wide || *y->campaign.stop) continue;
        printf("case %lld:\n", (long long)y->cases.line[i]);
        lp_campaign_replay(stdout, host, c, y->campaign.seed, &err);
        if (err.text[0]) lp_complain("case %lld: %s", (long long)y->cases.line[i], err.text);
        left--;
    }
    if (left > 0 && !y->json)
        printf("(%d %s%s: in the report under the regime \"user\")\n", left,
               left < y->cases.count ? "more " : "", left == 1 ? "case" : "cases");
}

static lp_reference_count reference_since(lp_ref_stats before) {
    lp_ref_stats now = lp_ref_stats_get();
    return (lp_reference_count){
        .questions = (int64_t)(now.questions - before.questions),
        .integers = (int64_t)(now.tier - before.tier),
        .rechecked = (int64_t)(now.rechecked - before.rechecked),
        .disagreed = (int64_t)(now.disagreed - before.disagreed),
    };
}

static int subject_judged(certify *y, lp_certificate *cert, lp_host *host) {
    lp_progress progress;
    lp_ref_stats before = lp_ref_stats_get();
    lp_progress_start(&progress);
    y->campaign.progress = lp_progress_step;
    y->campaign.progress_ctx = &progress;
    bool ran = lp_campaign_run(cert, host, &y->campaign, &y->stands);
    if (ran && !(y->campaign.skip & LP_PHASE_BIT(LP_PHASE_GENERATE)) && !*y->campaign.stop)
        ran = lp_campaign_canaries(cert, lp_canary_names, &y->campaign, &y->stands);
    lp_progress_end(&progress);
    cert->reference = reference_since(before);
    user_cases_shown(y, host);
    return ran ? lp_certificate_status(cert) : LP_EXIT_USAGE;
}

static int certificate_shown(const certify *y, const lp_certificate *cert, const char *dir,
                             bool written) {
    if (y->json)
        lp_report_summary_json(stdout, cert, dir);
    else
        lp_report_summary(stdout, cert, written ? dir : NULL, lp_wants_colour(stdout));
    return written ? LP_EXIT_OK : LP_EXIT_USAGE;
}

/* Told beside the verdict; on standard error where the output is for machines. */
static int against_baseline(const certify *y, const lp_certificate *cert) {
    if (!y->against || cert->subject_lost) return LP_EXIT_OK;
    return lp_tell_worse(y->json ? stderr : stdout, &y->baseline, cert);
}

static bool baseline_taken(certify *y, const lp_args *args) {
    const char *path = lp_args_get(args, "baseline");
    char tool[] = "lossproof " LP_VERSION, here[] = "this run";
    const lp_certificate now = {.subject = here, .tool_version = tool};
    if (!path) return true;
    if (args->words > 1) {
        lp_complain("--baseline is for one subject");
        return false;
    }
    if (!lp_read_back(&y->baseline, path, NULL)) return false;
    y->against = true;
    if (lp_read_comparable(&y->baseline, &now)) return true;
    lp_certificate_clear(&y->baseline);
    return false;
}

static bool recorded_taken(certify *y, const lp_args *args) {
    const char *logits = lp_args_get(args, "logits"), *labels = lp_args_get(args, "labels");
    if (!logits) return true;
    if (!lp_recorded_load(&y->recorded, logits, labels, lp_effort_get(y->campaign.effort)->recorded,
                          y->campaign.seed))
        return false;
    y->campaign.recorded = &y->recorded;
    return true;
}

/* --resume: what killed runs found, of every subject, among the stored. */
static bool killed_taken(certify *y, const lp_args *args) {
    bool ok = true;
    for (int i = 0; i < args->words && ok; i++) {
        char *dir = lp_subject_directory(y->out, y->many, args->word[i]);
        ok = lp_found_read(&y->kept, dir);
        free(dir);
    }
    return ok;
}

/* Why the run is no success where no verdict says it. */
static void tell_last_word(certify *y, const char *subject, const lp_certificate *cert) {
    const bool said = cert->subject_lost || y->stands.text[0];
    if (!said && cert->evaluations == 0)
        lp_error_set(&y->stands, "%s: nothing was tested, no case is of what was asked for%s%s",
                     subject, cert->not_tested_count ? "; " : "",
                     cert->not_tested_count ? cert->not_tested[0] : "");
    else if (!said && lp_certificate_status(cert) == LP_EXIT_USAGE)
        lp_error_set(&y->stands, "%s: no value was judged, every case is refused or empty",
                     subject);
    if (y->stands.text[0]) lp_complain("%s", y->stands.text);
}

/* host NULL: the subject died while loading, and the certificate says so. */
static int certificate_made(certify *y, const char *subject, lp_host *host, const char *died,
                            const lp_args *args) {
    char *dir = lp_subject_directory(y->out, y->many, subject);
    int status = LP_EXIT_USAGE;
    y->stands.text[0] = 0;
    if (lp_directory_made(y->out) && lp_directory_made(dir)) {
        lp_certificate cert;
        lp_found found;
        bool written = false;
        lp_found_begin(&found, dir, y->resume);
        y->campaign.found = lp_found_add;
        y->campaign.found_ctx = &found;
        lp_certificate_init(&cert);
        lp_certificate_header(&cert, subject, host ? lp_host_describe(host) : NULL, &y->campaign,
                              args);
        if (host) {
            status = subject_judged(y, &cert, host);
        } else {
            cert.subject_lost = true;
            lp_certificate_not_tested(&cert, "everything: %s", died);
            lp_complain("%s", died);
            status = LP_EXIT_BELOW;
        }
        /* Refused before the first call (an undeclared operation): there is nothing to write. */
        if (cert.evaluations > 0 || cert.subject_lost) {
            written = lp_files_written(dir, &cert);
            status = lp_exit_worse(status, certificate_shown(y, &cert, dir, written));
        }
        lp_found_end(&found, written);
        if (cert.evaluations > 0) status = lp_exit_worse(status, against_baseline(y, &cert));
        if (y->store && !lp_kept_write(y->store, &cert))
            status = lp_exit_worse(status, LP_EXIT_USAGE);
        tell_last_word(y, subject, &cert);
        rmdir(dir); /* only where nothing was written: else it is not empty */
        rmdir(y->out);
        lp_certificate_clear(&cert);
    }
    free(dir);
    return status;
}

static int subject_certified(certify *y, const char *subject, const lp_args *args) {
    lp_error err = {""};
    lp_host *host = NULL;
    lp_host_options how = {.timeout = y->timeout, .check_twice = true, .stop = lp_end_on_signals()};
    lp_host_result opened = lp_host_open(&host, subject, &how, &err);
    lp_stop_on_signals();
    if (opened == LP_HOST_CANNOT) {
        lp_complain("%s", err.text);
        return LP_EXIT_USAGE;
    }
    int status = certificate_made(y, subject, host, err.text, args);
    lp_host_close(host);
    return status;
}

static int run(const lp_args *args) {
    certify y = {.timeout = 10};
    if (!args->words) {
        lp_complain(
            "certify what? 'lossproof certify builtin:textbook'; 'lossproof list subjects'");
        return LP_EXIT_USAGE;
    }
    if (!options_taken(&y, args) || !lp_subjects_differ(y.out, args)) return LP_EXIT_USAGE;
    if (!lp_reference_sound() || !baseline_taken(&y, args)) return LP_EXIT_USAGE;
    const char *cases = lp_args_get(args, "cases");
    if (cases && !lp_cases_load(&y.cases, cases)) return LP_EXIT_USAGE;
    if (cases && !y.cases.count) {
        lp_complain("%s: no case in it", cases);
        return LP_EXIT_USAGE;
    }
    if (!recorded_taken(&y, args)) return LP_EXIT_USAGE;
    y.campaign.user = y.cases.item;
    y.campaign.users = y.cases.count;
    y.store = lp_args_get(args, "store");
    if (y.store && !lp_kept_read(&y.kept, y.store)) return LP_EXIT_USAGE;
    if (y.resume && !killed_taken(&y, args)) return LP_EXIT_USAGE;
    y.campaign.stored = y.kept.item;
    y.campaign.storeds = y.kept.count;
    y.campaign.stop = lp_end_on_signals();
    int status = y.cases.bad || y.kept.bad ? LP_EXIT_USAGE : LP_EXIT_OK;
    if (lp_directory_free(y.out, y.force || y.resume, true)) {
        for (int i = 0; i < args->words && !*y.campaign.stop; i++)
            status = lp_exit_worse(status, subject_certified(&y, args->word[i], args));
    } else {
        status = LP_EXIT_USAGE;
    }
    if (y.cases.bad)
        lp_complain("%s: %d %s no case, which is why the exit status is 2", cases, y.cases.bad,
                    y.cases.bad == 1 ? "line is" : "lines are");
    if (y.kept.bad)
        lp_complain("%s: %d %s no case, which is why the exit status is 2",
                    y.store ? y.store : y.out, y.kept.bad,
                    y.kept.bad == 1 ? "line is" : "lines are");
    lp_cases_free(&y.cases);
    lp_cases_free(&y.kept);
    lp_recorded_free(&y.recorded);
    lp_certificate_clear(&y.baseline);
    return status;
}

const lp_command lp_certify_command = {"certify",
                                       "SUBJECT... [OPTION...]",
                                       "Certify an implementation: the main job",
                                       text,
                                       options,
                                       LP_COUNT(options),
                                       run};
