#include "props/engine/shrink.h"

#include "props/engine/order.h"

#include <stdlib.h>

#define SHORT 4

static int *integers(int n) {
    int *p = malloc((size_t)(n ? n : 1) * sizeof *p);
    if (!p) abort();
    return p;
}

int *lp_shrink_parents(const lp_shrinker *s) {
    int *parent = integers(s->spans), *path = integers(s->spans);
    for (int k = 0; k < s->spans; k++) {
        path[s->span[k].depth] = k;
        parent[k] = s->span[k].depth ? path[s->span[k].depth - 1] : -1;
    }
    free(path);
    return parent;
}

void lp_shrink_owners(const lp_shrinker *s, int *owner) {
    for (int i = 0; i < s->count; i++) owner[i] = -1;
    for (int k = 0; k < s->spans; k++) /* children come later and overwrite */
        for (int i = s->span[k].begin; i < s->span[k].end; i++) owner[i] = k;
}

/* Children with the label, numbered within their parent: of every parent (parent -2) or of one. In
 * a square table a row is a child of the table, its cells are children of the row, all of one
 * label: a choice then has the number of the outermost span and, behind, of the innermost. */
static int select_children(const lp_shrinker *s, const lp_sweep *w, int *number) {
    int *parent = lp_shrink_parents(s), *children = calloc((size_t)s->spans + 1, sizeof *children);
    int n = 0;
    if (!children) abort();
    for (int i = 0; i < 2 * s->count; i++) number[i] = -1;
    for (int k = 0; k < s->spans; k++) {
        if (s->span[k].label != w->label || (w->parent != -2 && parent[k] != w->parent)) continue;
        int ordinal = children[parent[k] + 1]++;
        for (int i = s->span[k].begin; i < s->span[k].end; i++) {
            if (number[i] < 0) number[i] = ordinal;
            number[s->count + i] = ordinal;
        }
        n = ordinal >= n ? ordinal + 1 : n;
    }
    free(children);
    free(parent);
    return n;
}

static int select_each(const lp_shrinker *s, const lp_sweep *w, int *number) {
    (void)w;
    for (int i = 0; i < s->count; i++) number[i] = number[s->count + i] = i;
    return s->count;
}

static int select_not_simplest(const lp_shrinker *s, const lp_sweep *w, int *number) {
    int n = 0;
    (void)w;
    for (int i = 0; i < s->count; i++)
        number[i] = number[s->count + i] = lp_order_is_simplest(&s->best[i]) ? -1 : n++;
    return n;
}

static void simplify(lp_choice *c) {
    if (c->kind == LP_CHOICE_INT)
        c->i = c->toward;
    else
        c->x = c->domain ? lp_domain_simplest(c->domain) : 0.0;
}

static bool try_run(lp_shrinker *s, const lp_sweep *w, const int *number, int from, int to) {
    lp_choice *work = lp_shrink_copy(s);
    int n = 0;
    for (int i = 0; i < s->count; i++) {
        int inner = number[s->count + i];
        bool inside = (from <= number[i] && number[i] < to) || (from <= inner && inner < to);
        if (inside && w->remove) continue;
        work[n] = s->best[i];
        if (inside) simplify(&work[n]);
        n++;
    }
    return lp_shrink_try(s, work, n);
}

/* Halving, then each of the short lengths. */
static int shorter_run(int run, int n) {
    if (run > n) run = n + 1;
    if (run <= SHORT) return run - 1;
    return run / 2 > SHORT ? run / 2 : SHORT;
}

void lp_shrink_sweep(lp_shrinker *s, const lp_sweep *w) {
    int *number = integers(2 * s->count), n = w->select(s, w, number);
    for (int run = n; run >= 1; run = shorter_run(run, n)) {
        int misses = 0;
        for (int end = n; end > 0 && misses < LP_SHRINK_MISSES && !lp_shrink_spent(s);) {
            int begin = end > run ? end - run : 0;
            bool done = try_run(s, w, number, begin, end);
            misses = done ? 0 : misses + 1;
            if (done) n = w->select(s, w, number);
            end = begin < n ? begin : n;
        }
    }
    free(number);
}

void lp_pass_columns(lp_shrinker *s) {
    for (int k = 0; k < s->spans && !lp_shrink_spent(s); k++) {
        int earlier = 0;
        while (s->span[earlier].label != s->span[k].label) earlier++;
        if (earlier == k)
            lp_shrink_sweep(s, &(lp_sweep){select_children, true, -2, s->span[k].label});
    }
}

/* Is k the first child of its parent with its label? It speaks for all of them. */
static bool is_first(const lp_shrinker *s, const int *parent, int k) {
    int i = parent[k] + 1;
    while (s->span[i].label != s->span[k].label || s->span[i].depth != s->span[k].depth) i++;
    return i == k;
}

void lp_pass_spans(lp_shrinker *s) {
    int *parent = lp_shrink_parents(s);
    for (int k = 0; k < s->spans && !lp_shrink_spent(s); k++) {
        if (!is_first(s, parent, k)) continue;
        int64_t before = s->accepted;
        lp_shrink_sweep(s, &(lp_sweep){select_children, true, parent[k], s->span[k].label});
        if (s->accepted == before) continue;
        free(parent);
        parent = lp_shrink_parents(s);
    }
    free(parent);
}

void lp_pass_blocks(lp_shrinker *s) {
    lp_shrink_sweep(s, &(lp_sweep){select_each, true, 0, 0});
}

void lp_pass_zero(lp_shrinker *s) {
    lp_shrink_sweep(s, &(lp_sweep){select_not_simplest, false, 0, 0});
}
