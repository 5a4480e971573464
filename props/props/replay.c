/* One case, number by number. */
#include "core/hexfloat.h"
#include "props/props/campaign.h"
#include "props/props/trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 32 /* components of an output; more are counted, the worst always shown */

/* Where one of the two is no number there is no distance, and no share of a bound. */
static void print_error(FILE *f, const lp_measure *m, double cond, lp_cause cause) {
    if (m->kind != LP_KIND_NUMBER || !isfinite(m->got)) {
        fputs(cause ? "no distance to it" : "the special value that is due", f);
        return;
    }
    fprintf(f, m->exact_zero ? "%.3g abs" : "%.4g ulp", m->ulp_hi + 0.0); /* 0, not -0 */
    if (!isnan(m->bound)) fprintf(f, ", %.3g of the a-priori bound", m->over_bound);
    if (cond > 0) fprintf(f, ", condition %.3g", cond);
}

static void print_component(FILE *f, lp_trial *t, lp_out out, int64_t i) {
    lp_measure m;
    lp_cause cause;
    char hex[LP_HEXFLOAT_SIZE], digits[80];
    lp_exact_measure(&m, t->exact, out, i, t->answer.out[out][i]);
    lp_level level = lp_judge_component(&cause, &m, lp_case_contract(&t->kase, out),
                                        lp_format_get(t->kase.format));
    lp_exact_digits(digits, sizeof digits, t->exact, out, i, 40);
    fprintf(f, "  %s[%lld] got %-24s %.17g\n", lp_out_name(out), (long long)i,
            lp_hexfloat_print(hex, m.got), m.got);
    fprintf(f, "  %*s exact %s\n  %*s ", (int)strlen(lp_out_name(out)) + 3, "", digits,
            (int)strlen(lp_out_name(out)) + 3, "");
    print_error(f, &m, lp_exact_condition(t->exact, out, i), cause);
    fprintf(f, ": %s%s%s\n", lp_level_name(level), cause ? ", " : "",
            cause ? lp_cause_name(cause) : "");
}

static void print_output(FILE *f, lp_trial *t, const lp_verdict *v) {
    if (!t->answer.out[v->out]) return;
    int64_t len = t->answer.len[v->out];
    for (int64_t i = 0; i < len && i < SHOWN; i++) print_component(f, t, v->out, i);
    if (len <= SHOWN) return;
    fprintf(f, "  ... %lld components in all, the worst:\n", (long long)len);
    print_component(f, t, v->out, v->at);
}

static void print_findings(FILE *f, const lp_answer *a) {
    for (unsigned bit = 1; bit < 1u << LP_FIND_COUNT; bit <<= 1)
        if (a->findings & bit)
            fprintf(f, "  finding: %s%s%s\n", lp_finding_name((lp_finding)bit),
                    a->note[0] ? ": " : "", a->note);
}

static void print_trial(FILE *f, lp_trial *t) {
    fprintf(f, "%s %s, n = %lld, k = %lld: status %s, exact %s\n", lp_op_get(t->kase.op)->name,
            lp_format_get(t->kase.format)->name, (long long)t->kase.n, (long long)t->kase.k,
            lp_status_name(t->answer.status), lp_status_name(lp_exact_status(t->exact)));
    print_findings(f, &t->answer);
    if (lp_exact_status(t->exact) != LP_OK) return; /* no number is due */
    for (int i = 0; i < t->judgement.outs; i++) print_output(f, t, &t->judgement.verdict[i]);
}

/* Prints each property that breaks; lowers *level by it. */
static bool print_checks(FILE *f, lp_bench *b, const lp_trial *t, lp_level *level) {
    int held = 0;
    for (int i = 0; i < lp_property_count; i++) {
        lp_check check;
        bool ok = lp_check_run(&check, b, lp_properties[i], t, LP_LEVEL_CORRECT);
        if (ok && check.met && !check.broken) held++;
        if (ok && check.broken) {
            fprintf(f, "  property %s broken, at most %s: %s\n", lp_properties[i]->name,
                    lp_level_name(check.least), check.why);
            if (check.least < *level) *level = check.least;
        }
        lp_check_clear(&check);
        if (!ok) return false;
    }
    fprintf(f, "  properties that hold: %d\n", held);
    return true;
}

lp_level lp_campaign_replay(void *stream, lp_host *host, const lp_case *c, uint64_t seed,
                            lp_error *err) {
    FILE *f = stream;
    const char *why;
    (void)seed; /* a check's random numbers are a function of its case */
    const lp_host_entry *entry = lp_host_accepts(host, c, &why);
    if (!entry) {
        fprintf(f, "  not tested: %s\n", why);
        lp_error_set(err, "%s", why);
        return LP_LEVEL_FAIL;
    }
    lp_bench b;
    lp_bench_open(&b, host, entry, err);
    lp_trial t = {.regime = "replay"};
    lp_case_copy(&t.kase, c);
    if (!lp_trial_run(&t, &b)) return LP_LEVEL_FAIL;
    if (t.unsupported) {
        fprintf(f, "  not tested: the subject answered \"unsupported\"\n");
        lp_error_set(err, "the subject answered \"unsupported\"");
        lp_trial_clear(&t);
        return LP_LEVEL_FAIL;
    }
    lp_level level = t.judgement.level;
    print_trial(f, &t);
    if (lp_exact_status(t.exact) != LP_OK || print_checks(f, &b, &t, &level))
        fprintf(f, "  level: %s\n", lp_level_name(level));
    lp_trial_clear(&t);
    return level;
}
