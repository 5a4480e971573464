#include "props/engine/search.h"

#include "props/engine/order.h"

#include <math.h>
#include <string.h>

static int below(lp_search *s, int n) {
    return (int)lp_rng_below(&s->rng, (uint64_t)n);
}

/* Into the domain from outside: its nearest value. A NaN comes from inf - inf: the simplest one. */
static double fit(const lp_f64_domain *d, double x) {
    if (lp_domain_holds(d, x)) return x;
    if (isnan(x) || x == 0) return lp_domain_simplest(d);
    return fmin(fmax(lp_domain_round(d, x), d->lo), d->hi);
}

static double neighbour(const lp_f64_domain *d, double x, int64_t steps) {
    const lp_format *f = lp_format_get(d->format);
    for (; steps > 0; steps--) x = lp_format_above(f, x);
    for (; steps < 0; steps++) x = lp_format_below(f, x);
    return fit(d, x);
}

static double ask(lp_search *s, const double *x) {
    if (s->left <= 0) return -1;
    s->left--;
    return s->score(s->env, x);
}

/* --- moves ------------------------------------------------------------------------------------ */

/* A step whose size is drawn over forty octaves below that of the number, or about 1. */
static void step(lp_search *s, double *x) {
    int i = below(s, s->space->n);
    double size = fabs(x[i]) > 1 || below(s, 2) ? fabs(x[i]) : 1;
    double by = lp_rng_normal(&s->rng) * ldexp(size, -below(s, 40));
    x[i] = fit(s->space->domain[i], x[i] + by);
}

static void few_ulps(lp_search *s, double *x) {
    int i = below(s, s->space->n);
    int64_t steps = 1 << below(s, 8);
    x[i] = neighbour(s->space->domain[i], x[i], below(s, 2) ? steps : -steps);
}

/* Moves that concern a group apply to all of its coordinates. */
static void each(lp_search *s, double *x, int group, double factor, double by) {
    for (int i = 0; i < s->space->n; i++)
        if (s->space->group[i] == group) x[i] = fit(s->space->domain[i], x[i] * factor + by);
}

static void shift_all(lp_search *s, double *x) {
    int i = below(s, s->space->n);
    double by = below(s, 4) ? ldexp(lp_rng_normal(&s->rng), below(s, 16) - 6) : -x[i];
    each(s, x, s->space->group[i], 1, by);
}

static void scale_all(lp_search *s, double *x) {
    double factor = below(s, 2) ? exp2(below(s, 2) ? 1 : -1) : 1 + lp_rng_normal(&s->rng) / 8;
    each(s, x, s->space->group[below(s, s->space->n)], factor, 0);
}

/* Another coordinate of the same group, i itself where there is none. */
static int partner(lp_search *s, int i) {
    for (int tries = 0; tries < 16; tries++) {
        int k = below(s, s->space->n);
        if (k != i && s->space->group[k] == s->space->group[i]) return k;
    }
    return i;
}

static void tie(lp_search *s, double *x) {
    int i = below(s, s->space->n), k = partner(s, i);
    x[i] = fit(s->space->domain[i], neighbour(s->space->domain[i], x[k], below(s, 5) - 2));
}

static void at_gap(lp_search *s, double *x) {
    int i = below(s, s->space->n), k = partner(s, i);
    double by = s->gaps ? s->gap[below(s, s->gaps)] : 1;
    x[i] = fit(s->space->domain[i], below(s, 2) ? x[k] - by : x[k] + by);
}

static void swap(lp_search *s, double *x) {
    int i = below(s, s->space->n), k = partner(s, i);
    double was = x[i];
    x[i] = fit(s->space->domain[i], x[k]);
    x[k] = fit(s->space->domain[k], was);
}

static void afresh(lp_search *s, double *x) {
    int i = below(s, s->space->n);
    const lp_f64_domain *d = s->space->domain[i];
    x[i] = fit(d, d->lo + (d->hi - d->lo) * lp_rng_unit(&s->rng));
}

static void move(lp_search *s, double *x) {
    static void (*const kinds[])(lp_search *, double *) = {
        step, step, few_ulps, shift_all, scale_all, tie, at_gap, swap, afresh};
    for (int left = 1 + below(s, 2); left > 0; left--)
        kinds[below(s, (int)(sizeof kinds / sizeof *kinds))](s, x);
}

/* --- the ways to search ----------------------------------------------------------------------- */

double lp_search_climb(lp_search *s, double *x, int64_t moves) {
    const size_t size = (size_t)s->space->n * sizeof *x;
    double tried[LP_SEARCH_MOST], best = ask(s, x);
    for (int64_t missed = 0; missed < moves && s->left > 0; missed++) {
        memcpy(tried, x, size);
        move(s, tried);
        double score = ask(s, tried);
        if (score < best) continue;
        if (score > best) missed = -1;
        best = score; /* sideways too: plateaus are wide */
        memcpy(x, tried, size);
    }
    return best;
}

#define POPULATION 24

typedef struct population {
    double x[POPULATION][LP_SEARCH_MOST], score[POPULATION];
} population;

static void found(lp_search *s, population *p, const double *x) {
    for (int i = 0; i < POPULATION; i++) {
        memcpy(p->x[i], x, (size_t)s->space->n * sizeof *x);
        for (int k = 0; k < s->space->n && i > 0; k++) {
            const lp_f64_domain *d = s->space->domain[k];
            double to = d->lo + (d->hi - d->lo) * lp_rng_unit(&s->rng);
            p->x[i][k] = fit(d, i % 2 ? to : x[k] + lp_rng_normal(&s->rng));
        }
        p->score[i] = ask(s, p->x[i]);
    }
}

/* DE/rand/1/bin with F in (0.4, 0.9), crossover 0.9 (Storn and Price, J. Global Optimization 11,
 * 1997). */
static void offspring(lp_search *s, double *x, const population *p, int i) {
    int a = below(s, POPULATION), b = below(s, POPULATION), c = below(s, POPULATION);
    int kept = below(s, s->space->n);
    double f = 0.4 + 0.5 * lp_rng_unit(&s->rng);
    for (int k = 0; k < s->space->n; k++) {
        bool cross = k == kept || lp_rng_unit(&s->rng) < 0.9;
        double y = p->x[a][k] + f * (p->x[b][k] - p->x[c][k]);
        x[k] = cross ? fit(s->space->domain[k], y) : p->x[i][k];
    }
}

double lp_search_evolve(lp_search *s, double *x, int64_t calls) {
    static _Thread_local population p; /* 50 KiB: too much for a small stack */
    double tried[LP_SEARCH_MOST];
    const size_t size = (size_t)s->space->n * sizeof *x;
    int64_t until = s->left - calls;
    found(s, &p, x);
    for (int i = 0; s->left > 0 && s->left > until; i = (i + 1) % POPULATION) {
        offspring(s, tried, &p, i);
        double score = ask(s, tried);
        if (score < p.score[i]) continue;
        p.score[i] = score;
        memcpy(p.x[i], tried, size);
    }
    int best = 0;
    for (int i = 1; i < POPULATION; i++)
        if (p.score[i] > p.score[best]) best = i;
    memcpy(x, p.x[best], size);
    return p.score[best];
}

/* One round over all neighbours; true: a better one was taken. */
static bool polished(lp_search *s, double *x, double *best, int ulps) {
    double at[LP_SEARCH_MOST], tried[LP_SEARCH_MOST];
    const size_t size = (size_t)s->space->n * sizeof *x;
    bool better = false;
    memcpy(at, x, size);
    for (int i = 0; i < s->space->n; i++)
        for (int by = -ulps; by <= ulps && s->left > 0; by++) {
            if (by == 0) continue;
            memcpy(tried, at, size);
            tried[i] = neighbour(s->space->domain[i], at[i], by);
            double score = ask(s, tried);
            if (!(score > *best)) continue;
            *best = score;
            better = true;
            memcpy(x, tried, size);
        }
    return better;
}

double lp_search_polish(lp_search *s, double *x, int ulps) {
    double best = ask(s, x);
    while (s->left > 0 && polished(s, x, &best, ulps)) continue;
    return best;
}
