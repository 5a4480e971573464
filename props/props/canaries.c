/* Planted faults at this campaign's operations and formats: the run's own proof of power. */
#include "core/memory.h"
#include "props/props/campaign.h"
#include "props/props/effort.h"

#include <stdio.h>
#include <string.h>

#define MOST_PAIRS 64

/* A canary is alive for seconds only: a hung one is caught soon. */
static const lp_host_options how = {.timeout = 2, .check_twice = true};

typedef struct shared {
    lp_op op[MOST_PAIRS];
    lp_format_id format[MOST_PAIRS];
    int ops, formats;
} shared;

static bool has_row(const lp_certificate *cert, const lp_host_entry *e) {
    for (int i = 0; i < cert->rows; i++)
        if (cert->row[i].op == e->op && cert->row[i].format == e->format) return true;
    return false;
}

static void add_op(shared *s, lp_op op) {
    for (int i = 0; i < s->ops; i++)
        if (s->op[i] == op) return;
    if (s->ops < MOST_PAIRS) s->op[s->ops++] = op;
}

static void add_format(shared *s, lp_format_id format) {
    for (int i = 0; i < s->formats; i++)
        if (s->format[i] == format) return;
    if (s->formats < MOST_PAIRS) s->format[s->formats++] = format;
}

static void find_shared(shared *s, const lp_certificate *cert, const lp_host_info *info) {
    s->ops = s->formats = 0;
    for (int i = 0; i < info->entries; i++) {
        if (!has_row(cert, &info->entry[i])) continue;
        add_op(s, info->entry[i].op);
        add_format(s, info->entry[i].format);
    }
}

/* The check that killed it: the first counterexample below the level asked for, else the finding,
 * else the row. */
static void name_killer(char by[96], const lp_certificate *run) {
    int64_t first = INT64_MAX;
    snprintf(by, 96, "%s", "below the level");
    for (int i = 0; i < run->rows; i++)
        if (run->row[i].level < run->asked) snprintf(by, 96, "%.95s", run->row[i].detail);
    for (int i = 0; i < run->counterexamples; i++) {
        const lp_counterexample *x = &run->counterexample[i];
        if (x->level >= run->asked || x->found_at >= first) continue;
        first = x->found_at;
        snprintf(by, 96, "%s", x->origin);
    }
}

static bool canary_run(lp_canary_row *row, lp_host *host, const shared *s,
                       const lp_campaign *campaign, lp_error *err) {
    lp_certificate run;
    lp_certificate_init(&run);
    lp_campaign one = {.seed = campaign->seed,
                       .effort = LP_EFFORT_SMOKE,
                       .evals = lp_effort_get(campaign->effort)->canary,
                       .asked = campaign->asked,
                       .op = s->op,
                       .ops = s->ops,
                       .format = s->format,
                       .formats = s->formats,
                       .stop_at_first = true,
                       .stop = campaign->stop};
    bool ok = lp_campaign_run(&run, host, &one, err);
    row->killed = ok && lp_certificate_level(&run) < run.asked;
    row->evaluations = run.evaluations;
    if (row->killed) name_killer(row->by, &run);
    lp_certificate_clear(&run);
    return ok;
}

static void append(lp_certificate *cert, const lp_canary_row *row) {
    size_t count = (size_t)cert->canaries;
    cert->canary = lp_memory_resize(cert->canary, count + 1, sizeof *cert->canary);
    cert->canary[cert->canaries++] = *row;
}

bool lp_campaign_canaries(lp_certificate *cert, const char *const *names,
                          const lp_campaign *campaign, lp_error *err) {
    for (int i = 0; names[i] && !(campaign->stop && *campaign->stop); i++) {
        char spec[80];
        snprintf(spec, sizeof spec, "mutant:%s", names[i]);
        lp_host *host;
        if (lp_host_open(&host, spec, &how, err) != LP_HOST_OK) return false;
        lp_canary_row row = {.killed = false};
        snprintf(row.name, sizeof row.name, "%s", names[i]);
        shared s;
        find_shared(&s, cert, lp_host_describe(host));
        bool ok = s.ops == 0 || canary_run(&row, host, &s, campaign, err);
        lp_host_close(host);
        if (!ok) return false;
        if (s.ops > 0) append(cert, &row);
    }
    lp_certificate_sort(cert);
    return true;
}
