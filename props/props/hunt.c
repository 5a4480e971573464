#include "props/props/hunt.h"

#include "core/case_text.h"
#include "core/memory.h"
#include "props/engine/order.h"
#include "props/props/generate_family.h"
#include "props/props/hunt_space.h"
#include "props/props/source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_K 8    /* of what is climbed: the worst inputs shrink to a few classes */
#define WIDE_K 1200 /* of the families as they are: faults of lanes, blocks and tails need room */
#define SLICE  600  /* calls of one turn of climbing or evolving */
#define STALE  160  /* failures in a row after which a climb starts elsewhere */
#define IDLE   1000 /* turns without a call: nothing is left that the subject takes */
#define ULPS   3    /* exhaustive neighbourhood of the best */

static const char *const target_name[] = {"ulp", "bound"};
static const char *const arm_name[] = {"known", "structured", "climb", "evolve", "bits", "random"};

const char *lp_hunt_target_name(lp_hunt_target t) {
    return target_name[t];
}

const char *lp_hunt_arm_name(lp_hunt_arm a) {
    return arm_name[a];
}

/* An island's state beside its results. */
typedef struct island {
    lp_hunt *h;
    lp_gen_plan plan, wide;
    lp_source source, families; /* of plan and of wide */
    int64_t next, family;       /* their next cases, island by island in turn */
    int known;
    lp_rng rng;
    lp_hunt_arm arm;
    const lp_case *base; /* of the vectors that are scored, */
    int n;               /* how long they are, */
    lp_out out;          /* and what for */
    lp_hunt_target target;
    bool ok;
} island;

/* --- results ---------------------------------------------------------------------------------- */

void lp_hunt_fold(lp_hunt_best *into, const lp_hunt_best *from) {
    if (!from->case_line) return;
    bool first = into->case_line && from->score == into->score &&
                 strcmp(from->case_line, into->case_line) < 0;
    if (into->case_line && !(from->score > into->score) && !first) return;
    free(into->case_line);
    *into = *from;
    into->case_line = lp_memory_text(from->case_line);
}

void lp_hunt_clear(lp_hunt *h) {
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int t = 0; t < LP_HUNT_TARGETS; t++) free(h->best[o][t].case_line);
    memset(h->best, 0, sizeof h->best);
}

static double score_of(const lp_verdict *v, lp_hunt_target target) {
    if (v->special > 0) return INFINITY;
    if (v->at < 0 || v->worst.exact_zero) return 0;
    return target == LP_HUNT_ULP ? v->worst.ulp_lo : v->over_bound;
}

static void remember(island *s, const lp_trial *t, const lp_verdict *v) {
    for (int target = 0; target < LP_HUNT_TARGETS; target++) {
        double score = score_of(v, (lp_hunt_target)target);
        lp_hunt_best *best = &s->h->best[v->out][target];
        if (!(score > 0) || (best->case_line && !(score > best->score))) continue;
        free(best->case_line);
        *best = (lp_hunt_best){.case_line = lp_case_print(&t->kase),
                               .score = score,
                               .level = t->judgement.level,
                               .arm = s->arm,
                               .found_at = s->h->calls,
                               .at = v->at,
                               .got = v->worst.got,
                               .want = v->worst.want};
    }
}

static bool over(const island *s) {
    const lp_hunt *h = s->h;
    return !s->ok || h->calls >= h->evals || (h->stop && *h->stop) || h->bench->hangs > 2 ||
           (h->stop_below > LP_LEVEL_FAIL && h->first_below >= 0);
}

/* Takes the case over; its score for the island's focus, -1 where it gives none. */
static double tried(island *s, lp_case *c) {
    lp_hunt *h = s->h;
    lp_trial t = {.kase = *c, .regime = "search"};
    const char *why;
    double score = -1;
    if (over(s) || !lp_bench_accepts(h->bench, &t.kase, &why)) {
        lp_case_clear(&t.kase);
        return -1;
    }
    s->ok = lp_trial_run(&t, h->bench);
    if (!s->ok) return -1;
    h->calls++;
    h->findings |= t.answer.findings & ~(unsigned)LP_FIND_REPORTED;
    if (!t.unsupported && t.judgement.level < h->least) h->least = t.judgement.level;
    bool counts = !t.unsupported && lp_exact_status(t.exact) == LP_OK;
    if (h->first_below < 0 && !t.unsupported && t.judgement.level < h->stop_below)
        h->first_below = h->calls;
    for (int i = 0; counts && i < t.judgement.outs; i++) {
        const lp_verdict *v = &t.judgement.verdict[i];
        remember(s, &t, v);
        if (v->out == s->out) score = score_of(v, s->target);
    }
    lp_trial_clear(&t);
    return score;
}

static double score_vector(void *env, const double *x) {
    island *s = env;
    lp_case c;
    lp_case_copy(&c, s->base);
    lp_hunt_put(&c, x, s->n);
    return tried(s, &c);
}

/* --- where climbs begin ----------------------------------------------------------------------- */

static void next_of(lp_case *c, const island *s, const lp_source *source, int64_t *next) {
    char regime[24];
    lp_source_case(c, regime, source, *next);
    *next += s->h->islands;
}

static bool any_best(lp_case *c, island *s) {
    const char *status;
    const lp_hunt_best *best = &s->h->best[s->out][s->target];
    return best->case_line &&
           lp_case_parse(c, best->case_line, strlen(best->case_line), &status, NULL);
}

/* A known input is of any operation and format. */
static bool fits(const lp_hunt *h, const lp_case *c) {
    return c->op == h->op && c->format == h->format;
}

/* A known input, one of the generator's, or the best so far. */
static void begin(lp_case *c, island *s) {
    const lp_hunt *h = s->h;
    while (s->known < h->knowns && !fits(h, &h->known[s->known])) s->known += h->islands;
    if (h->arms & 1u << LP_HUNT_KNOWN && s->known < h->knowns) {
        lp_case_copy(c, &h->known[s->known]);
        s->known += h->islands;
        return;
    }
    if (lp_rng_below(&s->rng, 3) == 0 && any_best(c, s)) return;
    if (h->arms & 1u << LP_HUNT_STRUCTURED) {
        next_of(c, s, &s->source, &s->next);
        return;
    }
    lp_choices *tc = lp_choices_random(h->seed, lp_rng_domain("hunt/begin"),
                                       (uint64_t)(s->next * h->islands + h->island), NULL, 0);
    char regime[24];
    lp_generate(c, tc, &s->plan, regime);
    lp_choices_free(tc);
    s->next++;
}

/* --- arms ------------------------------------------------------------------------------------- */

static void structured(island *s) {
    for (int i = 0; i < 64 && !over(s); i++) {
        lp_case c;
        next_of(&c, s, &s->families, &s->family);
        tried(s, &c);
    }
}

/* Fresh values for every number of one of the generator's cases. */
static void rewritten(island *s, bool bits) {
    for (int i = 0; i < 64 && !over(s); i++) {
        lp_case c;
        lp_search_space space;
        double x[LP_SEARCH_MOST];
        begin(&c, s);
        lp_hunt_space(&space, &c);
        for (int k = 0; k < space.n; k++) {
            const lp_f64_domain *d = space.domain[k];
            uint64_t raw = lp_rng_u64(&s->rng);
            lp_format_unpack(&x[k], lp_format_get(d->format), &raw, 1);
            if (bits && d->lo < 0 && isfinite(x[k])) continue; /* logits: anything at all */
            if (bits && x[k] >= d->lo && x[k] <= d->hi) continue;
            x[k] = lp_domain_round(d, d->lo + (d->hi - d->lo) * lp_rng_unit(&s->rng));
        }
        lp_hunt_put(&c, x, space.n);
        tried(s, &c);
    }
}

static void uphill(island *s, bool evolve) {
    lp_case c;
    lp_search_space space;
    double x[LP_SEARCH_MOST];
    begin(&c, s);
    lp_hunt_space(&space, &c);
    lp_hunt_vector(x, &c, space.n);
    s->base = &c; /* cppcheck-suppress autoVariables ; read while the search below runs */
    s->n = space.n;
    lp_search search = {.space = &space,
                        .score = score_vector,
                        .env = s,
                        .left =
                            SLICE < s->h->evals - s->h->calls ? SLICE : s->h->evals - s->h->calls,
                        .gap = lp_gen_threshold,
                        .gaps = LP_GEN_THRESHOLDS};
    lp_rng_init(&search.rng, s->h->seed, lp_rng_domain("hunt/uphill") + (uint64_t)s->h->island,
                (uint64_t)s->h->calls);
    if (space.n > 0 && evolve) lp_search_evolve(&search, x, SLICE);
    if (space.n > 0 && !evolve) lp_search_climb(&search, x, STALE);
    lp_case_clear(&c);
}

/* The best of each output and target, every neighbour of it. */
static void polish(island *s) {
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int t = 0; t < LP_HUNT_TARGETS && !over(s); t++) {
            lp_case c;
            lp_search_space space;
            double x[LP_SEARCH_MOST];
            s->out = (lp_out)o;
            s->target = (lp_hunt_target)t;
            if (!any_best(&c, s)) continue;
            lp_hunt_space(&space, &c);
            lp_hunt_vector(x, &c, space.n);
            s->base = &c; /* cppcheck-suppress autoVariables ; as above */
            s->n = space.n;
            lp_search search = {.space = &space, .score = score_vector, .env = s, .left = SLICE};
            lp_search_polish(&search, x, ULPS);
            lp_case_clear(&c);
        }
}

/* --- the island ------------------------------------------------------------------------------- */

static void aim(island *s, int64_t turn) {
    const lp_op_info *info = lp_op_get(s->h->op);
    s->out = info->out[(turn / LP_HUNT_TARGETS) % info->out_count].role;
    s->target = (lp_hunt_target)(turn % LP_HUNT_TARGETS);
}

static void one_turn(island *s, int64_t turn) {
    s->arm = (lp_hunt_arm)(turn % LP_HUNT_ARMS);
    if (!(s->h->arms & 1u << s->arm)) return;
    aim(s, turn / LP_HUNT_ARMS);
    switch (s->arm) {
    case LP_HUNT_KNOWN:
        if (s->known < s->h->knowns) uphill(s, false);
        break;
    case LP_HUNT_STRUCTURED:
        structured(s);
        break;
    case LP_HUNT_CLIMB:
    case LP_HUNT_EVOLVE:
        uphill(s, s->arm == LP_HUNT_EVOLVE);
        break;
    case LP_HUNT_BITS:
    case LP_HUNT_RANDOM:
        rewritten(s, s->arm == LP_HUNT_BITS);
        break;
    }
}

bool lp_hunt_run(lp_hunt *h) {
    const lp_op_info *info = lp_op_get(h->op);
    island s = {.h = h,
                .next = h->island,
                .family = h->island,
                .known = h->island,
                .ok = true,
                .plan = {.op = h->op,
                         .format = h->format,
                         .params = h->bench->entry->params & info->built_params,
                         .reductions = h->bench->entry->reductions & info->built_reductions,
                         .max_k = MOST_K,
                         .wide_k = MOST_K}};
    h->first_below = -1;
    h->least = LP_LEVEL_CORRECT;
    lp_rng_init(&s.rng, h->seed, lp_rng_domain("hunt"), (uint64_t)h->island);
    s.wide = s.plan;
    s.wide.max_k = INT64_C(3) * MOST_K;
    s.wide.wide_k = WIDE_K;
    lp_source_open(&s.source, &s.plan, h->seed);
    lp_source_open(&s.families, &s.wide, h->seed);
    int64_t whole = h->evals, share = h->evals - h->evals / 10;
    h->evals = share; /* the rest is for polishing */
    for (int64_t turn = 0, idle = 0, calls = 0; !over(&s) && idle < IDLE; turn++, idle++) {
        one_turn(&s, turn);
        if (h->calls > calls) idle = 0;
        calls = h->calls;
    }
    h->evals = whole;
    polish(&s);
    lp_source_close(&s.families);
    lp_source_close(&s.source);
    return s.ok;
}
