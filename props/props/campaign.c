#include "props/props/campaign.h"

#include "props/props/campaign_run.h"

static bool op_asked(const lp_campaign *ask, lp_op op) {
    for (int i = 0; i < ask->ops; i++)
        if (ask->op[i] == op) return true;
    return ask->ops == 0;
}

static bool format_asked(const lp_campaign *ask, lp_format_id format) {
    for (int i = 0; i < ask->formats; i++)
        if (ask->format[i] == format) return true;
    return ask->formats == 0;
}

static bool built(const lp_host_entry *e) {
    return lp_op_get(e->op)->built && lp_campaign_format_built(e->format);
}

bool lp_campaign_asked(const lp_campaign *ask, const lp_host_entry *e) {
    return built(e) && op_asked(ask, e->op) && format_asked(ask, e->format);
}

const char *const lp_phase_words[LP_PHASES] = {"explicit", "stored", "generate", "target",
                                               "shrink"};

/* Cases are made by the tool in some phase. */
static bool draws(const lp_campaign *ask) {
    return (ask->skip & LP_PHASE_DRAWN) != LP_PHASE_DRAWN;
}

static bool generated(const lp_campaign *ask, const lp_host_entry *e) {
    return draws(ask) && lp_campaign_asked(ask, e);
}

/* Is there an entry for it, and can this version try it? `op` or `format` may be -1: any. */
static bool available(const lp_campaign *ask, const lp_host_info *info, int op, int format,
                      const char *name, lp_error *err) {
    bool declared = false;
    for (int i = 0; i < info->entries; i++) {
        const lp_host_entry *e = &info->entry[i];
        if ((op >= 0 && (int)e->op != op) || (format >= 0 && (int)e->format != format)) continue;
        if (!op_asked(ask, e->op) || !format_asked(ask, e->format)) continue;
        declared = true;
        if (built(e)) return true;
    }
    return lp_error_set(err, "%s was asked for and is not %s", name,
                        declared ? "built in this version" : "declared by the subject");
}

static bool asked_is_there(const lp_campaign *ask, const lp_host_info *info, lp_error *err) {
    for (int i = 0; i < ask->ops; i++)
        if (!available(ask, info, (int)ask->op[i], -1, lp_op_get(ask->op[i])->name, err))
            return false;
    for (int i = 0; i < ask->formats; i++)
        if (!available(ask, info, -1, (int)ask->format[i], lp_format_get(ask->format[i])->name,
                       err))
            return false;
    return !draws(ask) || available(ask, info, -1, -1, "an operation", err);
}

/* The user's cases that the subject does not take: told one by one, and the run is no success. */
static int users_refused(lp_run *run) {
    int refused = 0;
    for (int i = 0; i < run->ask->users; i++) {
        const char *why = "operation not built in this version";
        const lp_case *c = &run->ask->user[i];
        if (lp_op_get(c->op)->built && lp_host_accepts(run->host, c, &why)) continue;
        lp_certificate_not_tested(run->cert, "user's case %d (%s %s): %s", i + 1,
                                  lp_op_get(c->op)->name, lp_format_get(c->format)->name, why);
        refused++;
    }
    return refused;
}

/* Stored cases are of every subject's operations and options: those of others are counted. */
static void stored_passed_over(const lp_run *run) {
    int left = 0;
    bool skipped = run->ask->skip & LP_PHASE_BIT(LP_PHASE_STORED);
    for (int i = 0; i < run->ask->storeds && !skipped; i++) {
        const lp_host_entry *e = lp_host_accepts(run->host, &run->ask->stored[i], NULL);
        left += !e || !lp_campaign_asked(run->ask, e);
    }
    if (left)
        lp_certificate_not_tested(run->cert,
                                  "%d of %d stored cases: of operations or options that this run "
                                  "does not have",
                                  left, run->ask->storeds);
}

/* Somebody who gives rows wants something of them: without a taker the run is refused. */
static bool recorded_taken(lp_certificate *cert, const lp_campaign *ask, const lp_host_info *info,
                           lp_error *err) {
    const char *why, *last = "no operation that was asked for and is declared takes logits";
    bool taken = false;
    for (int i = 0; ask->recorded && i < info->entries; i++) {
        const lp_host_entry *e = &info->entry[i];
        if (!lp_campaign_asked(ask, e)) continue;
        taken |= lp_recorded_fits(ask->recorded, e, &why);
        if (!why) continue;
        last = why;
        lp_certificate_not_tested(cert, "%s %s: %s", lp_op_get(e->op)->name,
                                  lp_format_get(e->format)->name, why);
    }
    return taken || !ask->recorded || lp_error_set(err, "nothing to do for --logits: %s", last);
}

/* Every pair in the order of declaration; seen[op] counts calls that led to a verdict or finding.
 */
static bool all_pairs(lp_run *run, const lp_host_info *info, int64_t seen[LP_OP_COUNT]) {
    int done = 0;
    for (int i = 0; i < info->entries && !run->ended; i++) {
        const lp_host_entry *e = &info->entry[i];
        bool mine = generated(run->ask, e);
        if (!built(e)) continue;
        done += mine;
        double share = run->ask->budget / (run->pairs ? run->pairs : 1);
        double until = share > 0 && mine ? run->started + share * done : 0;
        int64_t here = 0;
        if (!lp_pair_run(run, e, mine, until, &here)) return false;
        seen[e->op] += here;
    }
    return true;
}

static bool nothing_skipped(const lp_run *run, const lp_host_info *info,
                            const int64_t seen[LP_OP_COUNT], lp_error *err) {
    for (int i = 0; i < info->entries; i++) {
        const lp_host_entry *e = &info->entry[i];
        if (generated(run->ask, e) && seen[e->op] == 0 && !run->ended && run->cert->complete)
            return lp_error_set(err, "%s: nothing could be tested", lp_op_get(e->op)->name);
    }
    return true;
}

/* Declared, asked for, and not one value judged: said, and no success. */
static void told_unseen(lp_run *run, const lp_host_info *info) {
    for (int i = 0; i < info->entries && !run->ended; i++) {
        const lp_host_entry *e = &info->entry[i];
        if (!generated(run->ask, e)) continue;
        const lp_op_info *op = lp_op_get(e->op);
        for (int o = 0; o < op->out_count; o++) {
            if (!(e->outputs & LP_OUT_BIT(op->out[o].role)) ||
                lp_campaign_saw(run->cert, e->op, e->format, op->out[o].role))
                continue;
            run->cert->complete = false;
            lp_certificate_not_tested(run->cert, "%s %s" LP_NO_VALUE "%s was judged", op->name,
                                      lp_format_get(e->format)->name, lp_out_name(op->out[o].role));
        }
    }
}

bool lp_campaign_run(lp_certificate *cert, lp_host *host, const lp_campaign *campaign,
                     lp_error *err) {
    const lp_host_info *info = lp_host_describe(host);
    lp_run run = {.cert = cert,
                  .host = host,
                  .ask = campaign,
                  .effort = lp_effort_get(campaign->effort),
                  .err = err,
                  .started = lp_clock()};
    run.evals = campaign->evals > 0 ? campaign->evals : run.effort->evals;
    run.reach = run.effort->reach;
    if (run.reach > run.evals / 4) run.reach = run.evals / 4;
    cert->asked = campaign->asked;
    cert->seed = campaign->seed;
    if (!asked_is_there(campaign, info, err)) return false;
    if (!recorded_taken(cert, campaign, info, err)) return false;
    if (campaign->recorded && campaign->recorded->n < campaign->recorded->of)
        lp_certificate_not_tested(cert,
                                  "recorded logits: %lld of %lld rows were tried, a sample by the "
                                  "seed; a higher effort takes more",
                                  (long long)campaign->recorded->n,
                                  (long long)campaign->recorded->of);
    for (int i = 0; i < info->entries; i++) {
        const lp_host_entry *e = &info->entry[i];
        run.pairs += generated(campaign, e);
        run.weight += generated(campaign, e) ? lp_effort_weight(e->op) : 0;
        if (op_asked(campaign, e->op) && format_asked(campaign, e->format))
            lp_campaign_gaps(cert, e);
    }
    int refused = users_refused(&run);
    stored_passed_over(&run);
    int64_t seen[LP_OP_COUNT] = {0};
    bool ok = all_pairs(&run, info, seen);
    cert->evaluations = run.done;
    cert->subject_lost = run.answered == 0 && run.fatal > 0;
    bool skipped = ok && !nothing_skipped(&run, info, seen, err); /* before told_unseen */
    if (ok) told_unseen(&run, info);
    lp_certificate_settle(cert);
    if (!ok || skipped) return false;
    return refused == 0 ||
           lp_error_set(err, "%d of the given cases could not be tested on this subject", refused);
}
