#include "props/props/reach.h"

#include "core/memory.h"
#include "props/props/place.h"

#include <math.h>
#include <stdlib.h>

#define ROUNDS     4  /* probes at one place, */
#define WIDE       64 /* one with more classes: it holds as many components */
#define LEAST_GRID 8
#define LEAST      80  /* calls below which a grid would be more than was asked for */
#define MOST       160 /* places on a way */
#define SLOTS      (LP_OUT_COUNT * LP_PART_COUNT)
#define CLOSE      1.02 /* an edge known to 2 % is known */

/* What was seen at one place: for every output and part, which marks all of its components had. */
typedef struct place {
    double x;
    bool seen[SLOTS], has[SLOTS][LP_REACH_COUNT];
} place;

typedef struct finder {
    lp_pair *pair;
    lp_way way;
    double from, to;
    int64_t calls;
    uint64_t round;
    place at[MOST];
    int places;
    bool ok;
} finder;

static lp_part part_of(const lp_op_info *info, lp_out out, int64_t i, int64_t about) {
    if (info->scalar || lp_op_output(info, out)->shape != LP_SHAPE_NK) return LP_PART_ALL;
    return i == about ? LP_PART_LABEL : LP_PART_OTHER;
}

static void look(place *at, lp_trial *t, lp_out out, int64_t about) {
    const lp_op_info *info = lp_op_get(t->kase.op);
    for (int64_t i = 0; i < t->answer.len[out]; i++) {
        lp_measure m;
        lp_cause cause;
        lp_exact_measure(&m, t->exact, out, i, t->answer.out[out][i]);
        lp_level level = lp_judge_component(&cause, &m, lp_case_contract(&t->kase, out),
                                            lp_format_get(t->kase.format));
        int slot = (int)out * LP_PART_COUNT + (int)part_of(info, out, i, about);
        at->seen[slot] = true;
        for (int k = 0; k < LP_REACH_COUNT; k++)
            if (!lp_reach_has((lp_reach_mark)k, level, lp_judge_lost(&m, level)))
                at->has[slot][k] = false;
    }
}

/* One call; what the subject does not take, or answers with an error, shows nothing here. */
static void probe(finder *f, place *at) {
    lp_pair *p = f->pair;
    lp_trial t = {.regime = "reach"};
    int64_t about;
    const char *why;
    lp_reach_case(&t.kase, &about, f->way, at->x, p->plan.op, p->plan.format, p->plan.max_k,
                  p->run->ask->seed, f->round++);
    if (!lp_bench_accepts(&p->bench, &t.kase, &why)) {
        lp_case_clear(&t.kase);
        return;
    }
    lp_place where = {.cert = p->run->cert};
    const lp_judge_watch watch = {lp_place_see, &where};
    p->bench.watch = &watch; /* a probe is counted where it lies, as any case is */
    f->ok = lp_trial_run(&t, &p->bench);
    p->bench.watch = NULL;
    if (!f->ok) return;
    f->calls++;
    lp_pair_fold(p, &t);
    for (int i = 0; i < t.judgement.outs; i++) look(at, &t, t.judgement.verdict[i].out, about);
    lp_trial_clear(&t);
}

static void visit(finder *f, double x) {
    if (f->places == MOST) return;
    place *at = &f->at[f->places++];
    *at = (place){.x = x};
    for (int s = 0; s < SLOTS; s++)
        for (int k = 0; k < LP_REACH_COUNT; k++) at->has[s][k] = true;
    int rounds = f->way == LP_WAY_CLASSES && x > WIDE ? 1 : ROUNDS;
    for (int r = 0; r < rounds && f->ok; r++) probe(f, at);
}

/* The first place without the mark, and the last one before it that has it. */
static void edge(double *holds, double *fails, const finder *f, int slot, int mark) {
    *fails = INFINITY;
    *holds = 0;
    for (int i = 0; i < f->places; i++)
        if (f->at[i].seen[slot] && !f->at[i].has[slot][mark] && f->at[i].x < *fails)
            *fails = f->at[i].x;
    for (int i = 0; i < f->places; i++)
        if (f->at[i].seen[slot] && f->at[i].x < *fails && f->at[i].x > *holds) *holds = f->at[i].x;
}

static bool seen(const finder *f, int slot) {
    for (int i = 0; i < f->places; i++)
        if (f->at[i].seen[slot]) return true;
    return false;
}

/* The middle of the widest edge; false: all are narrow. */
static bool widest(double *x, const finder *f) {
    double most = CLOSE;
    for (int s = 0; s < SLOTS; s++)
        for (int k = 0; seen(f, s) && k < LP_REACH_COUNT; k++) {
            double holds, fails;
            edge(&holds, &fails, f, s, k);
            bool open =
                holds > 0 && isfinite(fails) && !(f->way == LP_WAY_CLASSES && fails - holds <= 1);
            if (!open || !(fails / holds > most)) continue;
            most = fails / holds;
            *x = sqrt(holds * fails);
            if (f->way == LP_WAY_CLASSES) *x = fmin(fmax(round(*x), holds + 1), fails - 1);
        }
    return most > CLOSE;
}

static void record(const finder *f) {
    const lp_gen_plan *plan = &f->pair->plan;
    for (int s = 0; s < SLOTS; s++) {
        if (!seen(f, s)) continue;
        lp_reach_row one = {.op = plan->op,
                            .format = plan->format,
                            .out = (lp_out)(s / LP_PART_COUNT),
                            .part = (lp_part)(s % LP_PART_COUNT),
                            .way = f->way,
                            .tried_from = f->from,
                            .tried_to = f->to,
                            .probes = f->calls};
        for (int k = 0; k < LP_REACH_COUNT; k++) edge(&one.holds[k], &one.fails[k], f, s, k);
        lp_reach_merge(lp_certificate_reach(f->pair->run->cert, one.op, one.format, one.out,
                                            one.part, one.way),
                       &one);
    }
}

static bool stopped(const finder *f) {
    const lp_campaign *ask = f->pair->run->ask;
    bool late = f->pair->until > 0 && lp_clock() > f->pair->until;
    return !f->ok || late || (ask->stop && *ask->stop) || f->pair->bench.hangs > 1;
}

/* Sixteen bits of it: pow may differ in the last place from machine to machine. */
static double coarse(double x) {
    int e;
    double m = frexp(x, &e);
    return ldexp(round(ldexp(m, 16)), e - 16);
}

static void lay_grid(finder *f, int64_t evals) {
    int64_t grid = evals / 2 / ROUNDS;
    if (grid < LEAST_GRID) grid = LEAST_GRID;
    if (grid > MOST / 2) grid = MOST / 2;
    for (int64_t i = 0; i < grid && !stopped(f); i++) {
        double x = coarse(f->from * pow(f->to / f->from, (double)i / (double)(grid - 1)));
        visit(f, f->way == LP_WAY_CLASSES ? round(x) : x);
    }
}

/* Grids first, edges with what is left: only where a mark is lost there is one. */
bool lp_pair_reach(lp_pair *p, int64_t evals) {
    if (evals < LEAST) return true;
    finder *f = lp_memory_zeros(LP_WAY_COUNT, sizeof *f);
    int64_t left = evals + p->run->reach_saved;
    int ways = 0;
    bool ok = true;
    for (int w = 0; ok && w < LP_WAY_COUNT; w++) {
        f[ways] = (finder){.pair = p, .way = (lp_way)w, .ok = true};
        if (!lp_reach_range(&f[ways].from, &f[ways].to, (lp_way)w, p->plan.op, p->plan.format,
                            p->plan.wide_k))
            continue;
        lay_grid(&f[ways], evals / LP_WAY_COUNT);
        left -= f[ways].calls;
        ok = f[ways++].ok;
    }
    for (int w = 0; ok && w < ways; w++) {
        double x;
        int64_t before = f[w].calls;
        while (left > f[w].calls - before && f[w].places < MOST && !stopped(&f[w]) &&
               widest(&x, &f[w]))
            visit(&f[w], x);
        left -= f[w].calls - before;
        ok = f[w].ok;
        if (!stopped(&f[w])) record(&f[w]);
    }
    p->run->reach_saved = left > 0 ? left : 0;
    free(f);
    return ok;
}
