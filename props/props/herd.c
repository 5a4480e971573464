#include "props/props/herd.h"

#include "core/memory.h"
#include "props/props/campaign_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A planted fault is alive for seconds only: a hung one is caught soon. */
static const lp_host_options how = {.timeout = 2, .check_twice = true};

/* One subject at one operation and format. The campaign's parts point into it: it does not move. */
typedef struct head {
    int member;
    lp_campaign ask;
    lp_certificate cert;
    lp_run run;
    lp_pair *pair;
    bool alive;
} head;

/* The heads that see the same cases. */
typedef struct flock {
    lp_herd *herd;
    head *head;
    int count;
    lp_source source;
    lp_exacts shared;
    lp_error *err;
} flock;

static bool asked_for(const lp_herd *h, const lp_host_entry *e) {
    bool op = h->ops == 0, format = h->formats == 0;
    for (int i = 0; i < h->ops; i++) op |= h->op[i] == e->op;
    for (int i = 0; i < h->formats; i++) format |= h->format[i] == e->format;
    return op && format && lp_op_get(e->op)->built && lp_campaign_format_built(e->format);
}

static bool alike(const lp_host_entry *a, const lp_host_entry *b) {
    return a->op == b->op && a->format == b->format && a->params == b->params &&
           a->reductions == b->reductions && a->outputs == b->outputs && a->flags == b->flags;
}

static const lp_host_entry *entry_alike(lp_host *host, const lp_host_entry *e) {
    const lp_host_info *info = lp_host_describe(host);
    for (int i = 0; i < info->entries; i++)
        if (alike(&info->entry[i], e)) return &info->entry[i];
    return NULL;
}

static void head_begin(head *a, flock *f, lp_host *host, int member, const lp_host_entry *e) {
    const lp_herd *h = f->herd;
    a->member = member;
    a->alive = true;
    a->ask = (lp_campaign){.seed = h->seed,
                           .effort = h->effort,
                           .evals = h->evals,
                           .asked = h->asked,
                           .stop_at_first = true,
                           .stop = h->stop};
    lp_certificate_init(&a->cert);
    a->cert.asked = h->asked;
    a->run = (lp_run){.cert = &a->cert,
                      .host = host,
                      .ask = &a->ask,
                      .effort = lp_effort_get(h->effort),
                      .err = f->err,
                      .evals = h->evals,
                      .pairs = 1};
    a->pair = lp_pair_begin(&a->run, e, 0);
    a->pair->bench.shared = &f->shared;
}

/* The checks that failed on the first case that is below the level asked for. */
static void name_checks(lp_herd_result *r, const head *a) {
    const lp_hits *hits = &a->pair->hits;
    for (int i = 0; i < hits->count; i++) {
        const lp_hit *hit = &hits->hit[i];
        if (hit->failure.level >= a->ask.asked) continue;
        if (!r->by[0]) {
            snprintf(r->by, sizeof r->by, "%s", hit->name);
        } else {
            size_t used = strlen(r->also);
            snprintf(r->also + used, sizeof r->also - used, "%s%s", used ? " " : "", hit->name);
        }
    }
    if (!r->by[0]) snprintf(r->by, sizeof r->by, "below the level");
}

static void retire(flock *f, head *a, bool special, const char *regime) {
    const lp_bench *b = &a->pair->bench;
    lp_herd_result r = {.member = a->member,
                        .op = a->pair->plan.op,
                        .format = a->pair->plan.format,
                        .killed = a->run.found,
                        .evaluations = b->evaluations};
    if (r.killed) {
        r.special = special;
        snprintf(r.regime, sizeof r.regime, "%s", regime);
        name_checks(&r, a);
    }
    a->alive = false;
    f->herd->told(f->herd->ctx, &r);
}

static bool stopped(const flock *f) {
    return f->herd->stop && *f->herd->stop;
}

/* One case for every head that is alive and, where `most` is positive, has calls left. */
static bool one_case(flock *f, int64_t i, int64_t most, int *tried) {
    char regime[24] = "";
    lp_case c;
    const bool special = lp_source_special(&f->source, i);
    bool ok = true;
    lp_exacts_forget(&f->shared);
    lp_source_case(&c, regime, &f->source, i);
    for (int k = 0; ok && k < f->count && !stopped(f); k++) {
        head *a = &f->head[k];
        const char *why;
        if (!a->alive || (most > 0 && a->pair->bench.evaluations >= most)) continue;
        ++*tried;
        if (!lp_host_accepts(a->run.host, &c, &why)) continue;
        lp_trial t = {.regime = ""};
        memcpy(t.regime, regime, sizeof t.regime);
        lp_case_copy(&t.kase, &c);
        ok = lp_pair_try(a->pair, &t, special ? lp_property_count : a->run.effort->checks);
        if (ok && a->run.found) retire(f, a, special, regime);
    }
    lp_case_clear(&c);
    return ok;
}

static bool special_cases(flock *f) {
    bool ok = true;
    int tried = 1;
    for (int64_t i = 0; ok && tried && i < f->source.specials; i++) {
        tried = 0;
        ok = one_case(f, i, 0, &tried);
    }
    return ok;
}

static bool generated_cases(flock *f) {
    const int64_t most = f->herd->evals;
    bool ok = true;
    int tried = 1;
    /* Refused cases cost no call: the case number is bounded on its own. */
    for (int64_t i = 0; ok && tried && i < 2 * most; i++) {
        tried = 0;
        ok = one_case(f, f->source.specials + i, most, &tried);
    }
    return ok;
}

static void flock_end(flock *f) {
    lp_herd *h = f->herd;
    h->asked_answers += f->shared.asked;
    h->exact_answers += f->shared.evaluated;
    for (int k = 0; k < f->count; k++) {
        lp_pair_end(f->head[k].pair);
        lp_certificate_clear(&f->head[k].cert);
    }
    lp_exacts_free(&f->shared);
    free(f->head);
}

/* Everybody who declares the entry as `e` does. */
static bool flock_run(lp_herd *h, lp_host *const *host, const lp_host_entry *e, lp_error *err) {
    flock f = {.herd = h, .err = err};
    f.head = lp_memory_zeros((size_t)h->count, sizeof *f.head);
    for (int m = 0; m < h->count; m++) {
        const lp_host_entry *mine = entry_alike(host[m], e);
        if (mine) head_begin(&f.head[f.count++], &f, host[m], m, mine);
    }
    lp_source_open(&f.source, &f.head[0].pair->plan, h->seed);
    bool ok = h->special_last ? generated_cases(&f) && special_cases(&f)
                              : special_cases(&f) && generated_cases(&f);
    for (int k = 0; ok && k < f.count && !stopped(&f); k++)
        if (f.head[k].alive) retire(&f, &f.head[k], false, "");
    lp_source_close(&f.source);
    flock_end(&f);
    return ok;
}

/* Was the entry of member m met before, with an earlier member or entry? */
static bool met(lp_host *const *host, int m, const lp_host_entry *e) {
    const lp_host_info *info = lp_host_describe(host[m]);
    for (int k = 0; k < m; k++)
        if (entry_alike(host[k], e)) return true;
    for (const lp_host_entry *x = info->entry; x < e; x++)
        if (alike(x, e)) return true;
    return false;
}

static bool every_flock(lp_herd *h, lp_host *const *host, lp_error *err) {
    for (int m = 0; m < h->count; m++) {
        const lp_host_info *info = lp_host_describe(host[m]);
        for (int i = 0; i < info->entries && !(h->stop && *h->stop); i++) {
            const lp_host_entry *e = &info->entry[i];
            if (!asked_for(h, e) || met(host, m, e)) continue;
            if (!flock_run(h, host, e, err)) return false;
        }
    }
    return true;
}

bool lp_herd_run(lp_herd *h, lp_error *err) {
    lp_host **host = lp_memory_zeros((size_t)h->count, sizeof *host);
    bool ok = true;
    int open = 0;
    while (ok && open < h->count) {
        ok = lp_host_open(&host[open], h->spec[open], &how, err) == LP_HOST_OK;
        open += ok;
    }
    if (ok) ok = every_flock(h, host, err);
    while (open > 0) lp_host_close(host[--open]);
    free(host);
    return ok;
}
