#include "props/engine/provider.h"

#include "props/engine/order.h"

#include <stdlib.h>

typedef struct replay_provider {
    lp_provider base;
    const lp_choice *record;
    int n, used;
} replay_provider;

/* The recorded entry is consumed even where its kind does not fit: what follows stays aligned. */
static const lp_choice *next(replay_provider *r, lp_choice_kind kind) {
    const lp_choice *c = r->used < r->n ? &r->record[r->used++] : NULL;
    return c && c->kind == kind ? c : NULL;
}

static int64_t replay_integer(lp_provider *self, const lp_int_ask *ask) {
    const lp_choice *c = next((replay_provider *)self, LP_CHOICE_INT);
    return c && ask->lo <= c->i && c->i <= ask->hi ? c->i : ask->toward;
}

static double replay_f64(lp_provider *self, const lp_f64_ask *ask) {
    const lp_choice *c = next((replay_provider *)self, LP_CHOICE_F64);
    return c && lp_domain_holds(ask->domain, c->x) ? c->x : lp_domain_simplest(ask->domain);
}

lp_provider *lp_provider_replay(const lp_choice *record, int n) {
    replay_provider *r = malloc(sizeof *r);
    if (!r) abort();
    *r = (replay_provider){{replay_integer, replay_f64}, record, n, 0};
    return &r->base;
}
