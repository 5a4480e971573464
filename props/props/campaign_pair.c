/* One operation and format: its cases in order, until its share is spent. */
#include "props/props/campaign_run.h"

#include "core/memory.h"
#include "props/props/place.h"
#include "props/props/reach.h"

#include <stdio.h>
#include <stdlib.h>

/* A subject that dies or hangs is continued with, but not for ever. */
#define MOST_FATAL 20
#define MOST_HANGS 3

static void tell(lp_pair *p) {
    lp_run *run = p->run;
    run->cert->evaluations = run->done + p->bench.evaluations;
    if (!run->ask->progress) return;
    char what[64];
    snprintf(what, sizeof what, "%s %s", lp_op_get(p->plan.op)->name,
             lp_format_get(p->plan.format)->name);
    int64_t all = run->evals + run->reach; /* and what shrinking takes */
    if (all < run->cert->evaluations) all = run->cert->evaluations;
    run->ask->progress(run->ask->progress_ctx, run->cert->evaluations, all, what);
}

/* Nobody asked for hours: where neither calls nor time were named and a call takes so long that the
 * effort's count would take an hour, the pair ends after a few of them and says so. */
#define SLOW_AFTER 12
#define SLOW       3600.0

static bool too_slow(lp_pair *p) {
    const lp_run *run = p->run;
    if (p->paced || run->ask->evals > 0 || run->ask->budget > 0 ||
        p->bench.evaluations < SLOW_AFTER)
        return false;
    p->paced = true;
    double each = (lp_clock() - p->began) / (double)p->bench.evaluations,
           all = each * (double)run->evals;
    if (!(all > SLOW)) return false;
    lp_certificate_not_tested(
        run->cert,
        "%s %s: given up, a case takes %.2g s and %lld evaluations %.1f hours; "
        "--evals or --budget says how many are wanted",
        lp_op_get(p->plan.op)->name, lp_format_get(p->plan.format)->name, each,
        (long long)run->evals, all / 3600);
    run->cert->complete = false;
    return p->slow = true;
}

/* Why the pair should go no further; the certificate is told. */
static bool enough(lp_pair *p) {
    lp_run *run = p->run;
    bool stopped = run->ask->stop && *run->ask->stop;
    /* Late or not, one call is made of everything that was asked for. */
    double shrinking = run->pairs ? run->ask->budget / run->pairs / 4 : 0;
    bool late = p->until > 0 && p->bench.evaluations > 0 && lp_clock() > p->until - shrinking;
    if (stopped || late) run->cert->complete = false;
    if (stopped || (run->found && run->ask->stop_at_first)) run->ended = true;
    if (p->bench.fatal >= MOST_FATAL || p->bench.hangs >= MOST_HANGS) {
        lp_certificate_not_tested(run->cert,
                                  "%s %s: given up after %lld calls, %lld of which "
                                  "crashed, hung or gave no answer",
                                  lp_op_get(p->plan.op)->name, lp_format_get(p->plan.format)->name,
                                  (long long)p->bench.evaluations, (long long)p->bench.fatal);
        p->given_up = true;
    }
    p->given_up |= too_slow(p);
    return late || run->ended || p->given_up;
}

/* `rows`: of a recorded batch, else NULL. */
static bool try_watched(lp_pair *p, lp_trial *t, int checks, const lp_judge_watch *watch,
                        lp_recorded_watch *rows) {
    p->bench.watch = watch; /* of the campaign's own cases: what shrinking tries is not counted */
    bool ran = lp_trial_run(t, &p->bench);
    p->bench.watch = NULL;
    if (!ran) return false;
    if (rows && !t->unsupported)
        lp_recorded_count(rows, p->run->cert, &t->kase, &t->judgement, &t->answer, t->exact);
    lp_pair_fold(p, t);
    bool ok = lp_pair_checks(p, t, checks);
    /* Who leaves at the first failure asks whether there is one, not which. */
    if (ok && !t->unsupported && !p->run->ask->stop_at_first)
        ok = lp_detector_see(&p->detector, t, p->run->err);
    if (ok && !t->unsupported && !p->run->ask->stop_at_first)
        lp_diagnosis_see(&p->diagnosis, t, p->run->ask->asked);
    lp_trial_clear(t);
    tell(p);
    return ok;
}

bool lp_pair_try(lp_pair *p, lp_trial *t, int checks) {
    lp_place place = {.cert = p->run->cert};
    const lp_judge_watch watch = {lp_place_see, &place};
    return try_watched(p, t, checks, &watch, NULL);
}

static bool recorded_cases(lp_pair *p, const lp_host_entry *entry) {
    const char *why;
    const lp_recorded *r = p->run->ask->recorded;
    bool ok = true;
    if (!r || !lp_campaign_asked(p->run->ask, entry) || !lp_recorded_fits(r, entry, &why))
        return true;
    for (int64_t i = 0; ok && i < lp_recorded_batches(r) && !enough(p); i++) {
        lp_trial t = {.regime = LP_RECORDED};
        lp_recorded_watch rows = {.place = {.cert = p->run->cert}};
        const lp_judge_watch watch = {lp_recorded_see, &rows};
        lp_recorded_case(&t.kase, r, entry, i);
        ok = try_watched(p, &t, p->run->effort->checks, &watch, &rows);
        lp_recorded_watch_clear(&rows);
    }
    return ok;
}

/* The pair's among cases that are given, with every property; the campaign tells which of them the
 * subject does not take. */
static bool given_cases(lp_pair *p, const lp_host_entry *entry, const lp_case *given, int count,
                        const char *regime) {
    for (int i = 0; i < count && !enough(p); i++) {
        const char *why;
        const lp_case *c = &given[i];
        if (c->op != entry->op || c->format != entry->format) continue;
        if (!lp_host_accepts(p->run->host, c, &why)) continue;
        lp_trial t = {.regime = ""};
        snprintf(t.regime, sizeof t.regime, "%s", regime);
        lp_case_copy(&t.kase, c);
        if (!lp_pair_try(p, &t, lp_property_count)) return false;
    }
    return true;
}

/* What the subject does not take although it declares the plan's parameters is told, not tried. */
static bool refused(lp_pair *p, lp_case *c) {
    const char *why;
    if (lp_host_accepts(p->run->host, c, &why)) return false;
    lp_certificate_not_tested(p->run->cert, "%s %s: %s", lp_op_get(c->op)->name,
                              lp_format_get(c->format)->name, why);
    lp_case_clear(c);
    return true;
}

static bool generated_cases(lp_pair *p, int64_t share) {
    lp_source source;
    lp_source_open(&source, &p->plan, p->run->ask->seed);
    bool ok = true;
    int64_t most = share;
    /* Refused cases cost no call: the case number is bounded on its own. */
    for (int64_t i = 0; ok && p->bench.evaluations < most && i < 2 * most; i++) {
        if (enough(p)) break;
        /* The special list must not be all that a small share sees. */
        if (i == source.specials && most < p->bench.evaluations + share / 2)
            most = p->bench.evaluations + share / 2;
        lp_trial t = {.regime = ""};
        bool all = lp_source_special(&source, i);
        lp_source_case(&t.kase, t.regime, &source, i);
        if (refused(p, &t.kase)) {
            p->visits.refused += !all;
            continue;
        }
        if (!all) lp_visits_see(&p->visits, p->plan.op, t.regime);
        ok = lp_pair_try(p, &t, all ? lp_property_count : p->run->effort->checks);
    }
    lp_source_close(&source);
    lp_visits_tell(p->run->cert, &p->visits, p->plan.op, p->plan.format);
    return ok;
}

bool lp_pair_report(lp_pair *p) {
    const lp_run *run = p->run;
    const lp_effort_row *effort = run->effort;
    int64_t each = run->ask->shrink_budget > 0 ? run->ask->shrink_budget : effort->shrink_each;
    int64_t all = effort->shrink_all;
    if (run->ask->evals > 0 && all > run->ask->evals / 2) all = run->ask->evals / 2;
    int64_t left =
        run->ask->shrink_budget > 0 ? (int64_t)LP_HITS * each : all / (run->pairs ? run->pairs : 1);
    bool whole = run->ask->skip & LP_PHASE_BIT(LP_PHASE_SHRINK);
    if (whole || run->ask->stop_at_first || p->slow || (run->ask->stop && *run->ask->stop))
        left = 0;
    const lp_limit limit = {.stop = run->ask->stop, .until = p->until};
    for (int i = 0; i < p->hits.count; i++) {
        int64_t before = p->bench.evaluations;
        int64_t budget = left < each ? left : each;
        if (!lp_hit_report(run->cert, &p->hits.hit[i], &p->bench, &p->plan, budget, &limit))
            return false;
        left -= p->bench.evaluations - before;
    }
    return true;
}

lp_pair *lp_pair_begin(lp_run *run, const lp_host_entry *entry, double until) {
    lp_pair *p = lp_memory_zeros(1, sizeof *p);
    p->run = run;
    p->until = until;
    p->began = lp_clock();
    p->hits.asked = run->ask->asked;
    lp_bench_open(&p->bench, run->host, entry, run->err);
    const lp_op_info *info = lp_op_get(entry->op);
    p->plan = (lp_gen_plan){.op = entry->op,
                            .format = entry->format,
                            .params = entry->params & info->built_params,
                            .reductions = entry->reductions & info->built_reductions,
                            .max_k = run->effort->max_k,
                            .wide_k = lp_effort_wide(run->effort, entry->op),
                            .strided = (entry->flags & LP_FLAG_STRIDED) != 0};
    return p;
}

void lp_pair_end(lp_pair *p) {
    if (p) lp_hits_clear(&p->hits);
    free(p);
}

/* --- the phases ------------------------------------------------------------------------------- */

static bool explicit_phase(lp_pair *p, const lp_host_entry *entry) {
    const lp_campaign *ask = p->run->ask;
    return given_cases(p, entry, ask->user, ask->users, "user") && recorded_cases(p, entry);
}

static bool stored_phase(lp_pair *p, const lp_host_entry *entry) {
    const lp_campaign *ask = p->run->ask;
    return !lp_campaign_asked(ask, entry) ||
           given_cases(p, entry, ask->stored, ask->storeds, "stored");
}

static bool generate_phase(lp_pair *p, const lp_host_entry *entry) {
    const lp_run *run = p->run;
    return run->ended || generated_cases(p, run->evals * lp_effort_weight(entry->op) / run->weight);
}

static bool target_phase(lp_pair *p, const lp_host_entry *entry) {
    const lp_run *run = p->run;
    return enough(p) || run->ask->stop_at_first ||
           lp_pair_reach(p, run->reach * lp_effort_weight(entry->op) / run->weight);
}

static bool shrink_phase(lp_pair *p, const lp_host_entry *entry) {
    (void)entry;
    return lp_pair_report(p);
}

static const struct {
    lp_phase phase;
    bool (*run)(lp_pair *p, const lp_host_entry *entry);
} phases[LP_PHASES] = {{LP_PHASE_EXPLICIT, explicit_phase},
                       {LP_PHASE_STORED, stored_phase},
                       {LP_PHASE_GENERATE, generate_phase},
                       {LP_PHASE_TARGET, target_phase},
                       {LP_PHASE_SHRINK, shrink_phase}};

bool lp_pair_run(lp_run *run, const lp_host_entry *entry, bool generated, double until,
                 int64_t *seen) {
    lp_pair *p = lp_pair_begin(run, entry, until);
    bool ok = true;
    for (int i = 0; i < LP_PHASES && ok; i++) {
        const unsigned bit = LP_PHASE_BIT(phases[i].phase);
        /* Without shrinking what failed is reported as it was found. */
        if ((run->ask->skip & bit) && phases[i].phase != LP_PHASE_SHRINK) continue;
        if (!generated && (bit & LP_PHASE_DRAWN)) continue;
        ok = phases[i].run(p, entry);
    }
    lp_detector_tell(run->cert, &p->detector, entry->op, entry->format);
    lp_diagnosis_tell(run->cert, &p->diagnosis, entry->op, entry->format);
    tell(p);
    run->done += p->bench.evaluations;
    run->fatal += p->bench.fatal;
    *seen = p->judged + p->bench.fatal;
    lp_pair_end(p);
    return ok;
}
