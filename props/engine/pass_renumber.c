#include "props/engine/shrink.h"

#include <stdlib.h>

/* Without span k, which is number `at` among its siblings: integers in the others that may stand
 * for places behind it move up. */
static bool try_without(lp_shrinker *s, const int *parent, int k, int at) {
    lp_choice *work = lp_shrink_copy(s);
    int n = 0, moved = 0;
    const lp_span *gone = &s->span[k];
    int begin = parent[k] < 0 ? 0 : s->span[parent[k]].begin;
    int end = parent[k] < 0 ? s->count : s->span[parent[k]].end;
    for (int i = 0; i < s->count; i++) {
        if (gone->begin <= i && i < gone->end) continue;
        work[n] = s->best[i];
        uint64_t width = (uint64_t)work[n].hi - (uint64_t)work[n].lo; /* all of int64: no place */
        bool number = work[n].kind == LP_CHOICE_INT && width > 1 && width <= INT64_MAX;
        if (number && begin <= i && i < end && work[n].i > at && work[n].i > work[n].lo) {
            work[n].i--;
            moved++;
        }
        n++;
    }
    return moved > 0 && lp_shrink_try(s, work, n);
}

/* Number of span k among its siblings of the same label. */
static int place_of(const lp_shrinker *s, const int *parent, int k) {
    int at = 0;
    for (int i = parent[k] + 1; i < k; i++)
        at += parent[i] == parent[k] && s->span[i].label == s->span[k].label;
    return at;
}

void lp_pass_renumber(lp_shrinker *s) {
    int misses = 0, *parent = lp_shrink_parents(s);
    for (int k = s->spans - 1; k >= 0 && misses < LP_SHRINK_MISSES && !lp_shrink_spent(s); k--) {
        if (k >= s->spans) continue;
        if (!try_without(s, parent, k, place_of(s, parent, k))) {
            misses++;
            continue;
        }
        misses = 0;
        free(parent);
        parent = lp_shrink_parents(s);
    }
    free(parent);
}
