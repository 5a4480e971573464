/* Integers: bisection toward the simplest value, alone or with others of the same distance; and the
 * length that goes down with what it counted. */
#include "props/engine/shrink.h"

#include "props/engine/order.h"

typedef struct lowering {
    lp_shrinker *s;
    const int *at;
    int n;
    bool mirror; /* to the other side of `toward` */
} lowering;

static bool is_integer_at(const lp_shrinker *s, int i) {
    return i < s->count && s->best[i].kind == LP_CHOICE_INT && !lp_order_is_simplest(&s->best[i]);
}

/* The integer at distance t from `toward`, on its side or the other; within its range. */
static int64_t moved(const lp_choice *c, uint64_t t, bool mirror) {
    bool above = (c->i >= c->toward) != mirror;
    uint64_t room = lp_order_int(above ? c->hi : c->lo, c->toward);
    uint64_t d = t < room ? t : room;
    return (int64_t)(above ? (uint64_t)c->toward + d : (uint64_t)c->toward - d);
}

static bool try_distance(void *ctx, uint64_t t) {
    const lowering *l = ctx;
    lp_choice *work = lp_shrink_copy(l->s);
    for (int k = 0; k < l->n; k++) {
        if (!is_integer_at(l->s, l->at[k])) return false; /* the structure changed under us */
        work[l->at[k]].i = moved(&work[l->at[k]], t, l->mirror);
    }
    return lp_shrink_try(l->s, work, l->s->count);
}

void lp_lower_integers(lp_shrinker *s, const int *at, int n) {
    if (!is_integer_at(s, at[0])) return;
    lowering l = {s, at, n, false};
    uint64_t d = lp_order_int(s->best[at[0]].i, s->best[at[0]].toward);
    lp_shrink_least(d, try_distance, &l);
    if (!is_integer_at(s, at[0])) return;
    d = lp_order_int(s->best[at[0]].i, s->best[at[0]].toward);
    /* Predicates are seldom monotone: two steps more, on either side. */
    for (uint64_t step = 0; step <= 2 && step < d; step++) {
        l.mirror = false;
        if (step && try_distance(&l, d - step)) continue;
        l.mirror = true;
        try_distance(&l, d - step);
    }
}

void lp_pass_integers(lp_shrinker *s) {
    for (int i = 0; i < s->count && !lp_shrink_spent(s); i++) lp_lower_integers(s, &i, 1);
}

/* Integer i to distance d on the other side of its simplest value, choices [from, to) deleted. */
static bool try_mirrored(lp_shrinker *s, int i, uint64_t d, int from, int to) {
    lp_choice *work = lp_shrink_copy(s);
    int n = from;
    work[i].i = moved(&work[i], d, true);
    for (int k = to; k < s->count; k++) work[n++] = work[k];
    return lp_shrink_try(s, work, n);
}

/* A sum that wraps needs a sign to change when a term goes. */
void lp_pass_mirror(lp_shrinker *s) {
    for (int i = 0; i < s->count && !lp_shrink_spent(s); i++) {
        if (!is_integer_at(s, i)) continue;
        const lp_choice *c = &s->best[i]; /* the best record stays where it is */
        if (c->lo >= c->toward || c->hi <= c->toward) continue;
        for (int k = 0; k < s->spans && k < LP_SHRINK_MISSES && is_integer_at(s, i); k++)
            if (i < s->span[k].begin || i >= s->span[k].end) {
                lp_span hole = s->span[k];
                uint64_t d = lp_order_int(c->i, c->toward);
                if (!try_mirrored(s, i, d, hole.begin, hole.end))
                    try_mirrored(s, i, UINT64_MAX, hole.begin, hole.end); /* the far end */
            }
    }
}

/* Integer i one nearer to its simplest value, choices [from, to) deleted; true where the record is
 * shorter for it (what was deleted at the end may come back as the simplest). */
static bool try_shorter(lp_shrinker *s, int i, int from, int to) {
    lp_choice *work = lp_shrink_copy(s);
    int n = from, before = s->count;
    work[i].i = moved(&work[i], lp_order_int(work[i].i, work[i].toward) - 1, false);
    for (int k = to; k < s->count; k++) work[n++] = s->best[k];
    return lp_shrink_try(s, work, n) && s->count < before;
}

static bool shorten(lp_shrinker *s, int i) {
    int last = i + LP_SHRINK_MISSES < s->count ? i + LP_SHRINK_MISSES : s->count - 1;
    for (int k = last; k > i && k < s->count && is_integer_at(s, i); k--)
        if (try_shorter(s, i, k, k + 1)) return true;
    for (int k = 0, misses = 0; k < s->spans && misses < LP_SHRINK_MISSES; k++) {
        if (s->span[k].begin <= i || s->span[k].end - s->span[k].begin < 2) continue;
        if (!is_integer_at(s, i)) return false;
        if (try_shorter(s, i, s->span[k].begin, s->span[k].end)) return true;
        misses++;
    }
    return false;
}

void lp_pass_length(lp_shrinker *s) {
    for (int i = 0; i < s->count && !lp_shrink_spent(s); i++) /* a bool counts nothing */
        while (is_integer_at(s, i) && lp_order_int(s->best[i].hi, s->best[i].lo) > 1 &&
               shorten(s, i)) {
        }
}
