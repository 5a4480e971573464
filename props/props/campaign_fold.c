/* What one case adds to the certificate. */
#include "core/case_text.h"
#include "core/memory.h"
#include "props/props/campaign_run.h"

#include <stdio.h>
#include <string.h>

static char *line_of(void *ctx) {
    return lp_case_print(ctx);
}

static void note(lp_pair *p, lp_level level) {
    if (level < p->run->ask->asked) p->run->found = true;
}

static void fold_findings(lp_pair *p, const lp_case *c, unsigned findings, const char *text) {
    for (unsigned bit = 1; bit < 1u << LP_FIND_COUNT; bit <<= 1)
        if (findings & bit) lp_certificate_add_finding(p->run->cert, c, (lp_finding)bit, text);
    if (findings & ~(unsigned)LP_FIND_REPORTED) note(p, LP_LEVEL_FAIL);
}

/* The digits of a worst component are known here and nowhere later. */
static void digits(lp_worst *w, const lp_verdict *v, lp_trial *t) {
    if (!w->case_line || w->exact || w->at != v->at) return;
    char text[64];
    lp_exact_digits(text, sizeof text, t->exact, v->out, w->at, 40);
    w->exact = lp_memory_text(text);
}

/* Beside the largest errors, and of the sample: how much of an error is the inputs' own doing. The
 * reference knows it of losses and values. */
static void condition(lp_output_row *row, const lp_verdict *v, lp_trial *t) {
    if (v->out != LP_OUT_LOSS && v->out != LP_OUT_VALUE) return;
    lp_regime_row *regime = lp_output_row_regime(row, t->regime);
    if (!lp_regime_condition_due(regime, v)) return;
    const double number = lp_exact_condition(t->exact, v->out, v->at);
    lp_regime_condition_add(regime, v, number);
    /* The row's new worst value is its regime's too; its digits are not written yet. */
    lp_worst *w = &row->worst;
    if (w->case_line && !w->exact && w->at == v->at && number > 0) w->condition = number;
}

static void fold_verdict(lp_pair *p, const lp_verdict *v, lp_trial *t) {
    lp_certificate *cert = p->run->cert;
    lp_certificate_add(cert, &t->kase, t->regime, v, line_of, &t->kase);
    lp_output_row *row = lp_certificate_row(cert, t->kase.op, t->kase.format, v->out);
    condition(row, v, t);
    digits(&row->worst, v, t);
    digits(&row->worst_special, v, t);
}

/* Told at once: shrinking comes last, and a run may be killed before. */
static void hit(lp_pair *p, const lp_failure *f, const lp_case *c) {
    const lp_campaign *ask = p->run->ask;
    if (lp_hits_add(&p->hits, f, c, p->run->done + p->bench.evaluations) && ask->found)
        ask->found(ask->found_ctx, c);
}

/* What is below the level asked for, and beside it what is below `accurate`: lost digits are told
 * whatever was asked. */
static void collect(lp_pair *p, const lp_trial *t) {
    const lp_level asked = p->run->ask->asked, below[] = {asked, LP_LEVEL_ACCURATE};
    for (int k = 0; k < (asked < LP_LEVEL_ACCURATE ? 2 : 1); k++) {
        lp_failure f[LP_HITS];
        int n = lp_failures_of(f, LP_HITS, t, below[k]);
        for (int i = 0; i < n; i++) hit(p, &f[i], &t->kase);
    }
}

/* "parameters smoothing, weights": what an unsupported case had set. */
static void parameters(char *text, size_t size, const lp_case *c) {
    size_t used = 0;
    text[0] = '\0';
    for (int k = 0; k < LP_PARAM_COUNT && used < size; k++)
        if (lp_case_has(c, (lp_param)k)) {
            int n = snprintf(text + used, size - used, "%s%s", used ? ", " : " with ",
                             lp_param_name((lp_param)k));
            used += n > 0 ? (size_t)n : 0;
        }
}

void lp_pair_fold(lp_pair *p, lp_trial *t) {
    fold_findings(p, &t->kase, t->answer.findings, t->answer.note);
    if (t->unsupported) {
        p->run->cert->refused++;
        char with[160];
        parameters(with, sizeof with, &t->kase);
        lp_certificate_not_tested(p->run->cert, "%s %s%s: the subject answered \"unsupported\"",
                                  lp_op_get(t->kase.op)->name, lp_format_get(t->kase.format)->name,
                                  with);
        return;
    }
    collect(p, t);
    if (t->answer.findings & LP_FIND_FATAL) return; /* no numbers: the finding caps the rows */
    p->run->answered++;
    p->judged++;
    for (int i = 0; i < t->judgement.outs; i++) fold_verdict(p, &t->judgement.verdict[i], t);
    if (t->judgement.cause != LP_CAUSE_UNDECIDED) note(p, t->judgement.level);
}

/* --- properties ------------------------------------------------------------------------------- */

/* Levels are nested: what leaves `cap` broke with the bound of every level above it. */
static void count_levels(int64_t broken_at[LP_LEVEL_COUNT], lp_level cap) {
    for (int level = (int)cap + 1; level < LP_LEVEL_COUNT; level++) broken_at[level]++;
}

static void fold_check(lp_pair *p, const lp_property *property, const lp_check *check,
                       const lp_trial *t) {
    lp_property_row *row =
        lp_certificate_property(p->run->cert, property->name, t->kase.op, t->kase.format);
    row->number = property->number;
    row->outputs = property->outputs;
    row->tried += check->met;
    row->unmet += !check->met;
    row->broken += check->broken;
    count_levels(row->broken_at, check->least);
    for (int out = 0; out < LP_OUT_COUNT; out++)
        count_levels(row->broken_out[out], check->cap[out]);
    fold_findings(p, &check->culprit, check->findings, check->note);
}

static void collect_check(lp_pair *p, const lp_property *property, const lp_check *check,
                          const lp_trial *t) {
    lp_level asked = p->run->ask->asked;
    /* A property that only the level above `accurate` would have kept is no news below it. */
    lp_level below = check->least < asked ? asked : LP_LEVEL_ACCURATE;
    lp_failure f;
    if (lp_failure_of_check(&f, check, property, below)) hit(p, &f, &t->kase);
    for (unsigned bit = 1; bit < 1u << LP_FIND_COUNT; bit <<= 1)
        if (check->findings & bit & ~(unsigned)LP_FIND_REPORTED) {
            f = (lp_failure){.kind = LP_FAILURE_FINDING, .finding = (lp_finding)bit};
            hit(p, &f, &check->culprit);
        }
    if (check->broken) note(p, check->least);
}

static bool check_one(lp_pair *p, const lp_property *property, const lp_trial *t) {
    lp_check check;
    bool ok = lp_check_run(&check, &p->bench, property, t, LP_LEVEL_CORRECT);
    if (ok) {
        fold_check(p, property, &check, t);
        collect_check(p, property, &check, t);
    }
    lp_check_clear(&check);
    return ok;
}

static bool wanted(const lp_pair *p, const lp_property *property) {
    const uint32_t flags = p->bench.entry->flags;
    return lp_property_applies(property, p->plan.op) && !(property->flags & ~flags) &&
           !(property->barred & flags);
}

bool lp_pair_checks(lp_pair *p, const lp_trial *t, int some) {
    for (int seen = 0, tried = 0; seen < lp_property_count && tried < some; seen++) {
        if (p->run->ask->stop && *p->run->ask->stop) break; /* the campaign says what that means */
        const lp_property *property = lp_properties[p->turn];
        p->turn = (p->turn + 1) % lp_property_count;
        if (!wanted(p, property)) continue;
        if (property->every && p->rare++ % property->every) continue;
        tried++;
        if (!check_one(p, property, t)) return false;
    }
    return true;
}
