#include "props/engine/provider.h"

#include "core/rng.h"
#include "props/engine/order.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct random_provider {
    lp_provider base;
    lp_rng rng;
    int used, prefixed;
    int64_t prefix[];
} random_provider;

static uint64_t range_size(const lp_int_ask *ask) {
    return (uint64_t)ask->hi - (uint64_t)ask->lo + 1; /* 0: all of int64 */
}

static int64_t into_range(const lp_int_ask *ask, int64_t v) {
    if (ask->lo <= v && v <= ask->hi) return v;
    return (int64_t)((uint64_t)ask->lo + (uint64_t)v % range_size(ask));
}

static int64_t weighted(lp_rng *rng, const lp_int_ask *ask) {
    double total = 0;
    int64_t n = ask->hi - ask->lo + 1, last = 0;
    for (int64_t i = 0; i < n; i++) total += ask->weight[i];
    double at = lp_rng_unit(rng) * total;
    for (int64_t i = 0; i < n; i++) {
        if (ask->weight[i] <= 0) continue;
        last = i;
        if ((at -= ask->weight[i]) < 0) break;
    }
    return ask->lo + last; /* rounding can leave at = 0 past the end: the last one that may be */
}

static int64_t random_integer(lp_provider *self, const lp_int_ask *ask) {
    random_provider *r = (random_provider *)self;
    if (r->used < r->prefixed) return into_range(ask, r->prefix[r->used++]);
    if (ask->weight) return weighted(&r->rng, ask);
    uint64_t size = range_size(ask);
    return (int64_t)((uint64_t)ask->lo +
                     (size ? lp_rng_below(&r->rng, size) : lp_rng_u64(&r->rng)));
}

/* Limits of the formats and values next to one; those outside the domain fall back to its ends. */
static double constant(lp_rng *rng, const lp_f64_domain *d) {
    static const double pool[] = {
        0,       1,       0.5,      2,         DBL_EPSILON,     1 - DBL_EPSILON / 2,
        0x1p24,  0x1p53,  0x1p-24,  0x1p-53,   DBL_MAX,         DBL_MIN,
        FLT_MAX, FLT_MIN, 0x1p-149, 0x1p-1074, 1 + DBL_EPSILON, FLT_EPSILON};
    const size_t size = sizeof pool / sizeof *pool;
    uint64_t pick = lp_rng_below(rng, size + 6);
    if (pick >= size) {
        const double special[] = {INFINITY, -INFINITY, NAN, -0.0, d->lo, d->hi};
        double x = special[pick - size];
        return lp_domain_holds(d, x) ? x : lp_domain_simplest(d);
    }
    double x = lp_rng_u64(rng) & 1 ? -pool[pick] : pool[pick];
    if (lp_domain_holds(d, x)) return x;
    return lp_domain_holds(d, -x) ? -x : lp_domain_simplest(d);
}

static double random_f64(lp_provider *self, const lp_f64_ask *ask) {
    lp_rng *rng = &((random_provider *)self)->rng;
    const lp_f64_domain *d = ask->domain;
    if (!ask->normal && lp_rng_unit(rng) < 0.05) return constant(rng, d);
    double x;
    if (ask->normal) {
        x = ask->mean + ask->sd * lp_rng_normal(rng);
    } else {
        double t = lp_rng_unit(rng);
        x = (1 - t) * d->lo + t * d->hi;
    }
    x = fmin(fmax(lp_domain_round(d, x), d->lo), d->hi);
    return lp_domain_holds(d, x) ? x : lp_domain_simplest(d); /* -0.0 where it is not allowed */
}

lp_provider *lp_provider_random(uint64_t seed, uint64_t domain, uint64_t index,
                                const int64_t *prefix, int n) {
    random_provider *r = malloc(sizeof *r + (size_t)n * sizeof *prefix);
    if (!r) abort();
    r->base = (lp_provider){random_integer, random_f64};
    lp_rng_init(&r->rng, seed, domain, index);
    r->used = 0;
    r->prefixed = n;
    if (n) memcpy(r->prefix, prefix, (size_t)n * sizeof *prefix);
    return &r->base;
}
