#include "props/engine/shrink.h"

#include "props/engine/order.h"

#include <stdlib.h>

/* Exchanges the neighbouring ranges [a, b) and [b', c), what lies between them stays. */
static bool try_swap(lp_shrinker *s, const lp_span *left, const lp_span *right) {
    lp_choice *work = lp_shrink_copy(s);
    int n = left->begin;
    for (int i = right->begin; i < right->end; i++) work[n++] = s->best[i];
    for (int i = left->end; i < right->begin; i++) work[n++] = s->best[i];
    for (int i = left->begin; i < left->end; i++) work[n++] = s->best[i];
    return lp_shrink_try(s, work, s->count);
}

static bool out_of_order(const lp_shrinker *s, const lp_span *left, const lp_span *right) {
    int a = left->end - left->begin, b = right->end - right->begin;
    for (int i = 0; i < a && i < b; i++) {
        int d = lp_order_choice(&s->best[left->begin + i], &s->best[right->begin + i]);
        if (d) return d > 0;
    }
    return a > b;
}

static int next_sibling(const lp_shrinker *s, const int *parent, int k) {
    for (int i = k + 1; i < s->spans && s->span[i].depth >= s->span[k].depth; i++)
        if (parent[i] == parent[k] && s->span[i].label == s->span[k].label) return i;
    return -1;
}

/* Bubbles from k to the left end of its siblings' order; the swaps refused count as misses. */
static int bubble(lp_shrinker *s) {
    int misses = 0, *parent = lp_shrink_parents(s);
    for (int k = 0; k < s->spans && misses < LP_SHRINK_MISSES && !lp_shrink_spent(s); k++) {
        int next = next_sibling(s, parent, k);
        if (next < 0 || !out_of_order(s, &s->span[k], &s->span[next])) continue;
        if (!try_swap(s, &s->span[k], &s->span[next])) {
            misses++;
            continue;
        }
        free(parent);
        parent = lp_shrink_parents(s);
    }
    free(parent);
    return misses;
}

void lp_pass_sort(lp_shrinker *s) {
    for (int64_t before = -1; s->accepted != before && !lp_shrink_spent(s);) {
        before = s->accepted;
        if (bubble(s) >= LP_SHRINK_MISSES) return;
    }
}
