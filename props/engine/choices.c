#include "props/engine/choices.h"

#include "props/engine/order.h"
#include "props/engine/provider.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct lp_choices {
    lp_provider *provider;
    lp_choice *record;
    int count, room;
    lp_span *span;
    int spans, span_room;
    int *open; /* indices of the spans that are open */
    int depth, open_room;
    bool rejected;
    bool unrecorded; /* nothing is pushed below */
};

static void *grown(void *block, int used, int *room, size_t size) {
    if (used < *room) return block;
    *room = *room ? 2 * *room : 32;
    block = realloc(block, (size_t)*room * size);
    if (!block) abort();
    return block;
}

static lp_choices *with(lp_provider *provider) {
    lp_choices *tc = calloc(1, sizeof *tc);
    if (!tc) abort();
    tc->provider = provider;
    return tc;
}

lp_choices *lp_choices_random(uint64_t seed, uint64_t domain, uint64_t index, const int64_t *prefix,
                              int n) {
    return with(lp_provider_random(seed, domain, index, prefix, n));
}

void lp_choices_unrecord(lp_choices *tc) {
    tc->unrecorded = true;
}

lp_choices *lp_choices_replay(const lp_choice *record, int n) {
    return with(lp_provider_replay(record, n));
}

lp_choices *lp_choices_bytes(const uint8_t *data, size_t size) {
    return with(lp_provider_bytes(data, size));
}

void lp_choices_free(lp_choices *tc) {
    if (!tc) return;
    free(tc->provider);
    free(tc->record);
    free(tc->span);
    free(tc->open);
    free(tc);
}

static lp_choice *push(lp_choices *tc) {
    tc->record = grown(tc->record, tc->count, &tc->room, sizeof *tc->record);
    return &tc->record[tc->count++];
}

static int64_t draw_int(lp_choices *tc, const lp_int_ask *ask) {
    assert(ask->lo <= ask->toward && ask->toward <= ask->hi);
    bool forced = ask->lo == ask->hi;
    int64_t i = tc->rejected ? ask->toward : tc->provider->integer(tc->provider, ask);
    assert(ask->lo <= i && i <= ask->hi);
    if (!tc->unrecorded)
        *push(tc) = (lp_choice){LP_CHOICE_INT, forced, i, ask->lo, ask->hi, ask->toward, 0, NULL};
    return i;
}

static double draw_f64(lp_choices *tc, const lp_f64_ask *ask) {
    const lp_f64_domain *d = ask->domain;
    bool forced = d->lo == d->hi && !d->inf && !d->ninf && !d->nan && !(d->lo == 0 && d->neg_zero);
    double x = tc->rejected ? lp_domain_simplest(d) : tc->provider->f64(tc->provider, ask);
    if (isnan(x)) x = NAN; /* one NaN: a case in text has no payload */
    assert(lp_domain_holds(d, x));
    if (!tc->unrecorded)
        *push(tc) = (lp_choice){.kind = LP_CHOICE_F64, .forced = forced, .x = x, .domain = d};
    return x;
}

bool lp_draw_bool(lp_choices *tc, double probability) {
    const double weight[2] = {1 - probability, probability};
    return draw_int(tc, &(lp_int_ask){0, 1, 0, weight}) == 1;
}

int64_t lp_draw_int(lp_choices *tc, int64_t lo, int64_t hi, int64_t toward) {
    return draw_int(tc, &(lp_int_ask){lo, hi, toward, NULL});
}

int lp_draw_pick(lp_choices *tc, const double *weight, int n) {
    return (int)draw_int(tc, &(lp_int_ask){0, n - 1, 0, weight});
}

double lp_draw_f64(lp_choices *tc, const lp_f64_domain *domain) {
    return draw_f64(tc, &(lp_f64_ask){.domain = domain});
}

double lp_draw_normal(lp_choices *tc, const lp_f64_domain *domain, double mean, double sd) {
    return draw_f64(tc, &(lp_f64_ask){domain, true, mean, sd});
}

void lp_span_begin(lp_choices *tc, int label) {
    if (tc->unrecorded) return;
    tc->span = grown(tc->span, tc->spans, &tc->span_room, sizeof *tc->span);
    tc->open = grown(tc->open, tc->depth, &tc->open_room, sizeof *tc->open);
    tc->open[tc->depth] = tc->spans;
    tc->span[tc->spans++] = (lp_span){label, tc->count, tc->count, tc->depth++};
}

void lp_span_end(lp_choices *tc) {
    if (tc->unrecorded) return;
    assert(tc->depth > 0);
    tc->span[tc->open[--tc->depth]].end = tc->count;
}

bool lp_assume(lp_choices *tc, bool condition) {
    tc->rejected |= !condition;
    return condition;
}

bool lp_choices_rejected(const lp_choices *tc) {
    return tc->rejected;
}

int lp_choices_count(const lp_choices *tc) {
    return tc->count;
}

const lp_choice *lp_choices_record(const lp_choices *tc) {
    return tc->record;
}

int lp_choices_spans(const lp_choices *tc, const lp_span **span) {
    *span = tc->span;
    return tc->spans;
}
