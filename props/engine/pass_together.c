/* Several numbers at once: equal ones stay equal while they go down, siblings lose a common offset,
 * weight moves to the right. These reach the minima that no single edit leads to: a tie, two
 * numbers that cancel, a difference, a sum. */
#include "props/engine/shrink.h"

#include "props/engine/order.h"

#include <math.h>
#include <stdlib.h>

#define NEIGHBOURS 4 /* how many later numbers a number is paired with */

typedef struct ranked {
    uint64_t key;
    lp_choice_kind kind;
    int at;
} ranked;

static int by_rank(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* The choices that are not simplest, by kind and magnitude; returns how many. */
static int rank_all(const lp_shrinker *s, ranked **list) {
    int n = 0;
    *list = malloc((size_t)(s->count ? s->count : 1) * sizeof **list);
    if (!*list) abort();
    for (int i = 0; i < s->count; i++) {
        const lp_choice *c = &s->best[i];
        if (lp_order_is_simplest(c)) continue;
        uint64_t key =
            c->kind == LP_CHOICE_F64 ? lp_order_f64(c->x) : lp_order_int(c->i, c->toward);
        (*list)[n++] = (ranked){key, c->kind, i};
    }
    qsort(*list, (size_t)n, sizeof **list, by_rank);
    return n;
}

static void lower_equal(lp_shrinker *s, const ranked *list, int n) {
    int *at = malloc((size_t)(n ? n : 1) * sizeof *at);
    if (!at) abort();
    for (int i = 0, run; i < n && !lp_shrink_spent(s); i += run) {
        for (run = 0;
             i + run < n && list[i + run].kind == list[i].kind && list[i + run].key == list[i].key;
             run++)
            at[run] = list[i + run].at;
        if (run < 2) continue;
        if (list[i].kind == LP_CHOICE_INT)
            lp_lower_integers(s, at, run);
        else
            lp_lower_floats(s, at, run);
    }
    free(at);
}

static bool try_value(lp_shrinker *s, int i, double x) {
    if (i >= s->count || s->best[i].kind != LP_CHOICE_F64) return false;
    if (s->best[i].domain && !lp_domain_holds(s->best[i].domain, x)) return false;
    lp_choice *work = lp_shrink_copy(s);
    work[i].x = x;
    return lp_shrink_try(s, work, s->count);
}

/* Each double set to one of the few simplest others. */
static void make_equal(lp_shrinker *s, const ranked *list, int n) {
    double value[2 * NEIGHBOURS];
    int values = 0;
    for (int i = 0; i < n && values < 2 * NEIGHBOURS; i++) {
        if (list[i].kind != LP_CHOICE_F64 || list[i].at >= s->count) continue;
        if (i && list[i - 1].key == list[i].key && list[i - 1].kind == list[i].kind) continue;
        value[values++] = fabs(s->best[list[i].at].x);
    }
    for (int i = 0; i < n && !lp_shrink_spent(s); i++)
        for (int v = 0; v < values && list[i].kind == LP_CHOICE_F64; v++)
            if (try_value(s, list[i].at, value[v]) || try_value(s, list[i].at, -value[v])) break;
}

void lp_pass_ties(lp_shrinker *s) {
    ranked *list;
    int n = rank_all(s, &list);
    lower_equal(s, list, n);
    free(list);
    n = rank_all(s, &list);
    make_equal(s, list, n);
    free(list);
}

typedef struct moving {
    lp_shrinker *s;
    const int *at;
    int n;
    double pivot;
} moving;

static bool try_shifted(const moving *m, double by) {
    lp_choice *work = lp_shrink_copy(m->s);
    for (int k = 0; k < m->n; k++) {
        if (m->at[k] >= m->s->count || work[m->at[k]].kind != LP_CHOICE_F64) return false;
        lp_choice *c = &work[m->at[k]];
        c->x = c->domain ? lp_domain_round(c->domain, c->x + by) : c->x + by;
        if (c->x == 0) c->x = 0.0;
        if (c->domain && !lp_domain_holds(c->domain, c->x)) return false;
    }
    return lp_shrink_try(m->s, work, m->s->count);
}

/* The pivot keeps t of its integer part and all of its fraction. */
static bool try_offset(void *ctx, uint64_t t) {
    const moving *m = ctx;
    return try_shifted(m, copysign((double)t - floor(fabs(m->pivot)), m->pivot));
}

static void lower_offset(lp_shrinker *s, const int *at, int n) {
    if (n < 2 || at[n - 1] >= s->count) return;
    double least = INFINITY, most = -INFINITY;
    for (int k = 0; k < n; k++) {
        double x = s->best[at[k]].x;
        if (s->best[at[k]].kind != LP_CHOICE_F64) return;
        if (!isfinite(x)) continue;
        least = fmin(least, x);
        most = fmax(most, x);
    }
    const double pivot[] = {s->best[at[0]].x, s->best[at[n - 1]].x, least, most};
    for (int k = 0; k < 4; k++) {
        moving m = {s, at, n, pivot[k]};
        if (!isfinite(pivot[k]) || pivot[k] == 0) continue;
        if (try_shifted(&m, -pivot[k])) return;
        if (fabs(pivot[k]) < 0x1p53) lp_shrink_least((uint64_t)fabs(pivot[k]), try_offset, &m);
    }
}

/* Doubles in the children of one parent: a row. */
static void offset_of_siblings(lp_shrinker *s) {
    int *owner = malloc((size_t)(s->count + 1) * sizeof *owner), *parent = lp_shrink_parents(s);
    int *at = malloc((size_t)(s->count + 1) * sizeof *at), count = s->count;
    if (!owner || !at) abort();
    lp_shrink_owners(s, owner);
    for (int i = 0, n = 0; i < count; i++) {
        if (s->count < count || lp_shrink_spent(s))
            break; /* structure changed: the next round comes back */
        if (owner[i] < 0 || s->best[i].kind != LP_CHOICE_F64) continue;
        at[n++] = i;
        int next = i + 1;
        while (next < count && (owner[next] < 0 || s->best[next].kind != LP_CHOICE_F64)) next++;
        if (next < count && parent[owner[next]] == parent[owner[i]]) continue;
        lower_offset(s, at, n);
        n = 0;
    }
    free(owner);
    free(parent);
    free(at);
}

typedef struct pair {
    lp_shrinker *s;
    int i, j;
} pair;

static bool is_number(const lp_shrinker *s, int i, lp_choice_kind kind) {
    return i < s->count && s->best[i].kind == kind && !s->best[i].forced &&
           (kind == LP_CHOICE_INT || isfinite(s->best[i].x));
}

/* Adds delta; false where it leaves the domain. */
static bool add_int(lp_choice *c, int64_t delta) {
    int64_t sum;
    if (__builtin_add_overflow(c->i, delta, &sum) || sum < c->lo || sum > c->hi) return false;
    c->i = sum;
    return true;
}

static bool add_double(lp_choice *c, double delta) {
    c->x = c->domain ? lp_domain_round(c->domain, c->x + delta) : c->x + delta;
    if (c->x == 0) c->x = 0.0;
    return !c->domain || lp_domain_holds(c->domain, c->x);
}

/* Number i at distance t from its simplest value; what it lost is added to j, or j loses it too. */
static bool try_pair(const pair *p, uint64_t t, bool both_lose) {
    lp_choice *work = lp_shrink_copy(p->s);
    lp_choice_kind kind = work[p->i].kind;
    if (!is_number(p->s, p->i, kind) || !is_number(p->s, p->j, kind)) return false;
    lp_choice *a = &work[p->i], *b = &work[p->j];
    if (kind == LP_CHOICE_INT) {
        uint64_t lost = lp_order_int(a->i, a->toward) - t;
        if (lost > INT64_MAX) return false;
        int64_t delta = a->i > a->toward ? (int64_t)lost : -(int64_t)lost;
        if (!add_int(a, -delta) || !add_int(b, both_lose ? -delta : delta)) return false;
    } else {
        double left = copysign((double)t, a->x), delta = a->x - left;
        a->x = left == 0 ? 0.0 : left;
        if ((a->domain && !lp_domain_holds(a->domain, a->x)) ||
            !add_double(b, both_lose ? -delta : delta))
            return false;
    }
    return lp_shrink_try(p->s, work, p->s->count);
}

static bool try_weight(void *ctx, uint64_t t) {
    return try_pair(ctx, t, false);
}

static bool try_difference(void *ctx, uint64_t t) {
    return try_pair(ctx, t, true);
}

static void each_pair(lp_shrinker *s, lp_shrink_probe probe) {
    for (int i = 0; i < s->count && !lp_shrink_spent(s); i++) {
        for (int j = i + 1, near = 0; j < s->count && i < s->count && near < NEIGHBOURS; j++) {
            lp_choice_kind kind = s->best[i].kind;
            if (lp_order_is_simplest(&s->best[i]) || !is_number(s, i, kind)) break;
            if (!is_number(s, j, kind)) continue;
            near++;
            double x = fabs(s->best[i].x);
            if (kind == LP_CHOICE_F64 && x >= 0x1p53) continue;
            uint64_t known = kind == LP_CHOICE_INT ? lp_order_int(s->best[i].i, s->best[i].toward)
                                                   : (uint64_t)x + 1;
            lp_shrink_least(known, probe, &(pair){s, i, j});
        }
    }
}

void lp_pass_offset(lp_shrinker *s) {
    offset_of_siblings(s);
    each_pair(s, try_difference);
}

void lp_pass_weight(lp_shrinker *s) {
    each_pair(s, try_weight);
}
