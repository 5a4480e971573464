#include "props/props/hits.h"

#include "core/case_text.h"
#include "core/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double lp_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

const lp_hit *lp_hits_find(const lp_hits *h, const char *name) {
    for (int i = 0; i < h->count; i++)
        if (!strcmp(h->hit[i].name, name)) return &h->hit[i];
    return NULL;
}

bool lp_hits_add(lp_hits *h, const lp_failure *f, const lp_case *c, int64_t found_at) {
    char name[96];
    lp_failure_name(name, f);
    lp_hit *hit = (lp_hit *)lp_hits_find(h, name);
    if (hit && (f->level >= h->asked || hit->failure.level < h->asked)) return false;
    if (hit)
        lp_case_clear(&hit->kase);
    else if (h->count < LP_HITS)
        hit = &h->hit[h->count++];
    else
        return false;
    hit->failure = *f;
    hit->found_at = found_at;
    memcpy(hit->name, name, sizeof name);
    lp_case_copy(&hit->kase, c);
    return true;
}

void lp_hits_clear(lp_hits *h) {
    for (int i = 0; i < h->count; i++) lp_case_clear(&h->hit[i].kase);
    h->count = 0;
}

/* --- shrinking ------------------------------------------------------------------------------- */

typedef struct shrinking {
    const lp_failure *failure;
    lp_bench *bench;
    const lp_gen_plan *plan;
    const lp_limit *limit;
    int64_t most; /* calls of the subject, the bench's count */
    int64_t hangs;
    int64_t drawn; /* choices of all tries */
    bool ok;
} shrinking;

/* A try costs as much as its case is wide: at about 3 us a choice, some seconds of judging.
 * Counted, not timed, so that the same seed gives the same bytes. */
#define MOST_DRAWN 4000000
/* The shrinker's own work on a record, about 30 ns a choice and try: some seconds. */
#define MOST_EDITED 200000000

/* A hung call costs its whole time limit: two of them are enough to know. */
static bool worth_it(const shrinking *s) {
    const lp_limit *l = s->limit;
    if ((l->stop && *l->stop) || (l->until > 0 && lp_clock() > l->until)) return false;
    return s->ok && s->drawn < MOST_DRAWN && s->bench->evaluations < s->most &&
           s->bench->hangs < s->hangs + 2;
}

static bool still_fails(void *env, lp_choices *tc) {
    shrinking *s = env;
    if (!worth_it(s)) return false;
    lp_trial t = {.regime = ""};
    lp_generate(&t.kase, tc, s->plan, t.regime);
    s->drawn += lp_choices_count(tc);
    const char *why;
    if (lp_choices_rejected(tc) || !lp_bench_accepts(s->bench, &t.kase, &why)) {
        lp_case_clear(&t.kase);
        return false;
    }
    s->ok = lp_trial_run(&t, s->bench);
    if (!s->ok) return false;
    bool shows = false;
    s->ok = lp_failure_shows(&shows, NULL, s->failure, s->bench, &t);
    lp_trial_clear(&t);
    return shows;
}

/* By value a case has all that its operation requires; one whose very fault is a missing array is
 * reported as it is. */
static bool by_value(const lp_case *c) {
    const lp_op_info *info = lp_op_get(c->op);
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (info->required >> i & 1 && !c->in[i] && lp_case_in_len(c, (lp_in)i) > 0) return false;
    return true;
}

/* The smallest case found, into an uninitialised `small`; returns the accepted steps. */
static int64_t shrink(lp_case *small, const lp_hit *hit, shrinking *s, int64_t budget) {
    int count;
    if (!by_value(&hit->kase)) {
        lp_case_copy(small, &hit->kase);
        return 0;
    }
    lp_choice *record = lp_gen_by_value(&count, &hit->kase, s->plan);
    int64_t most = MOST_EDITED / (count > 0 ? count : 1);
    lp_shrink_result r = lp_shrink(record, count, still_fails, s, budget < most ? budget : most);
    free(record);
    if (r.accepted > 0) {
        char regime[24];
        lp_choices *tc = lp_choices_replay(r.record, r.count);
        lp_generate(small, tc, s->plan, regime);
        lp_choices_free(tc);
    } else {
        lp_case_copy(small, &hit->kase);
    }
    free(r.record);
    return r.accepted;
}

/* --- the counterexample ----------------------------------------------------------------------- */

/* The line without names is what the id is the hash of; the line kept carries it. */
static char *named_line(char id[24], lp_case *c) {
    free(c->id);
    free(c->source);
    free(c->tags);
    c->id = c->source = c->tags = NULL;
    char *bare = lp_case_print(c);
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (const char *p = bare; *p; p++) h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    free(bare);
    snprintf(id, 24, "ce-%016" PRIx64, h);
    c->id = lp_memory_text(id);
    return lp_case_print(c);
}

/* Evaluates the case once more and fills what is to be shown; *shows false: it does not fail now.
 */
static bool describe(lp_shown *shown, bool *shows, const lp_hit *hit, lp_bench *b, lp_case *c) {
    lp_trial t = {.regime = ""};
    lp_case_copy(&t.kase, c);
    if (!lp_trial_run(&t, b)) return false;
    bool ok = lp_failure_shows(shows, shown, &hit->failure, b, &t);
    lp_trial_clear(&t);
    return ok;
}

static void append(lp_certificate *cert, const lp_hit *hit, const lp_shown *shown, lp_case *small,
                   int64_t steps) {
    lp_counterexample x = {.op = hit->kase.op,
                           .format = hit->kase.format,
                           .level = shown->level,
                           .original = lp_case_print(&hit->kase),
                           .message = (char *)shown->why,
                           .exact = shown->exact[0] ? (char *)shown->exact : NULL,
                           .got = shown->got,
                           .want = shown->want,
                           .out = shown->out,
                           .at = shown->at,
                           .found_at = hit->found_at,
                           .shrinks = steps};
    memcpy(x.origin, hit->name, sizeof x.origin);
    x.case_line = named_line(x.id, small);
    lp_certificate_add_counterexample(cert, &x);
    free(x.case_line);
    free(x.original);
}

bool lp_hit_report(lp_certificate *cert, const lp_hit *hit, lp_bench *b, const lp_gen_plan *plan,
                   int64_t budget, const lp_limit *limit) {
    shrinking s = {.failure = &hit->failure,
                   .bench = b,
                   .plan = plan,
                   .limit = limit,
                   .most = b->evaluations + budget,
                   .hangs = b->hangs,
                   .ok = true};
    bool hang = hit->failure.kind == LP_FAILURE_FINDING && hit->failure.finding == LP_FIND_HANG;
    lp_case small;
    int64_t steps = 0;
    if (hang || budget <= 0)
        lp_case_copy(&small, &hit->kase);
    else
        steps = shrink(&small, hit, &s, budget);
    lp_shown shown = {.level = hit->failure.level, .at = -1};
    bool shows = false;
    if (s.ok && !hang) s.ok = describe(&shown, &shows, hit, b, &small);
    if (!shows) {
        /* Seen once: the case as found, and that it did not come again. */
        lp_case_clear(&small);
        lp_case_copy(&small, &hit->kase);
        shown = (lp_shown){.level = hit->failure.level, .at = -1};
        snprintf(shown.why, sizeof shown.why, "%s%s", hit->name,
                 hang ? "" : " was seen once and not when the case was run again");
        steps = 0;
    }
    append(cert, hit, &shown, &small, steps);
    lp_case_clear(&small);
    return s.ok;
}
