#include "props/engine/shrink.h"

/* Span k becomes span d, which lies inside it. */
static bool try_descendant(lp_shrinker *s, int k, int d) {
    lp_choice *work = lp_shrink_copy(s);
    int n = s->span[k].begin;
    for (int i = s->span[d].begin; i < s->span[d].end; i++) work[n++] = s->best[i];
    for (int i = s->span[k].end; i < s->count; i++) work[n++] = s->best[i];
    return lp_shrink_try(s, work, n);
}

static bool descend(lp_shrinker *s, int k, int *misses) {
    const lp_span *top = &s->span[k];
    for (int d = k + 1; d < s->spans && s->span[d].depth > top->depth; d++) {
        bool alike = s->span[d].label == top->label &&
                     s->span[d].end - s->span[d].begin < top->end - top->begin;
        if (!alike) continue;
        if (*misses >= LP_SHRINK_MISSES || lp_shrink_spent(s)) return false;
        if (try_descendant(s, k, d)) return true;
        ++*misses;
    }
    return false;
}

void lp_pass_descend(lp_shrinker *s) {
    int misses = 0;
    for (int k = 0; k < s->spans && misses < LP_SHRINK_MISSES && !lp_shrink_spent(s); k++)
        while (descend(s, k, &misses)) misses = 0;
}
