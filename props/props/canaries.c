/* Planted faults at this campaign's operations and formats: the run's own proof of power. */
#include "core/memory.h"
#include "props/props/effort.h"
#include "props/props/herd.h"

#include <stdio.h>
#include <stdlib.h>

/* What the certificate speaks of, and the canaries' rows so far, one for each name. */
typedef struct aviary {
    lp_certificate *cert;
    lp_canary_row *row;
    lp_op op[LP_OP_COUNT];
    lp_format_id format[LP_FORMAT_COUNT];
    int ops, formats;
} aviary;

static void find_pairs(aviary *a) {
    uint64_t ops = 0, formats = 0;
    for (int i = 0; i < a->cert->rows; i++) {
        ops |= UINT64_C(1) << a->cert->row[i].op;
        formats |= UINT64_C(1) << a->cert->row[i].format;
    }
    for (int op = 0; op < LP_OP_COUNT; op++)
        if (ops >> op & 1) a->op[a->ops++] = (lp_op)op;
    for (int f = 0; f < LP_FORMAT_COUNT; f++)
        if (formats >> f & 1) a->format[a->formats++] = (lp_format_id)f;
}

/* A canary is dead where it is dead in every format that it was tried in. */
static void told(void *ctx, const lp_herd_result *result) {
    aviary *a = ctx;
    lp_canary_row *row = &a->row[result->member];
    bool first = row->evaluations == 0;
    row->evaluations += result->evaluations;
    row->killed = result->killed && (first || row->killed);
    if (first || !row->killed) snprintf(row->by, sizeof row->by, "%s", result->by);
}

static void append(lp_certificate *cert, const lp_canary_row *row) {
    size_t count = (size_t)cert->canaries;
    cert->canary = lp_memory_resize(cert->canary, count + 1, sizeof *cert->canary);
    cert->canary[cert->canaries++] = *row;
}

static bool run(aviary *a, const char *const *spec, int count, const lp_campaign *campaign,
                lp_error *err) {
    lp_herd herd = {.spec = spec,
                    .count = count,
                    .seed = campaign->seed,
                    .effort = LP_EFFORT_SMOKE,
                    .asked = campaign->asked,
                    .evals = lp_effort_get(campaign->effort)->canary,
                    .op = a->op,
                    .ops = a->ops,
                    .format = a->format,
                    .formats = a->formats,
                    .stop = campaign->stop,
                    .told = told,
                    .ctx = a};
    if (a->ops == 0 || !lp_herd_run(&herd, err)) return a->ops == 0;
    for (int i = 0; i < count; i++)
        if (a->row[i].evaluations > 0) append(a->cert, &a->row[i]);
    lp_certificate_sort(a->cert);
    return true;
}

bool lp_campaign_canaries(lp_certificate *cert, const char *const *names,
                          const lp_campaign *campaign, lp_error *err) {
    aviary a = {.cert = cert};
    int count = 0;
    while (names[count]) count++;
    char(*text)[80] = lp_memory_zeros((size_t)count, sizeof *text);
    const char **spec = lp_memory_zeros((size_t)count, sizeof *spec);
    a.row = lp_memory_zeros((size_t)count, sizeof *a.row);
    for (int i = 0; i < count; i++) {
        snprintf(text[i], sizeof text[i], "mutant:%s", names[i]);
        snprintf(a.row[i].name, sizeof a.row[i].name, "%s", names[i]);
        spec[i] = text[i];
    }
    find_pairs(&a);
    bool ok = run(&a, spec, count, campaign, err);
    free(a.row);
    free(spec);
    free(text);
    return ok;
}
