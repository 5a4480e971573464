/* An optional thing goes: the choice that says whether it is there becomes the simplest, and what
 * it announced is deleted, be it the rest of its span or everything of one kind further on. Neither
 * edit alone leaves the later choices in their places. */
#include "props/engine/shrink.h"

#include "props/engine/order.h"

#include <stdlib.h>

#define ANNOUNCERS 16 /* choices before the first span of a kind that may announce it */

static bool announces(const lp_choice *c) {
    return c->kind == LP_CHOICE_INT && !lp_order_is_simplest(c);
}

/* Choice i to its simplest, the choices that are marked deleted. */
static bool try_absent(lp_shrinker *s, int i, const bool *gone) {
    lp_choice *work = lp_shrink_copy(s);
    int n = 0;
    work[i].i = work[i].toward;
    for (int k = 0; k < s->count; k++)
        if (!gone[k]) work[n++] = work[k];
    return lp_shrink_try(s, work, n);
}

static bool *none_gone(const lp_shrinker *s) {
    bool *gone = calloc((size_t)s->count + 1, sizeof *gone);
    if (!gone) abort();
    return gone;
}

/* The span's first choice announces the rest of it. */
static void drop_rests(lp_shrinker *s) {
    for (int k = 0, misses = 0; k < s->spans && misses < LP_SHRINK_MISSES && !lp_shrink_spent(s);
         k++) {
        int begin = s->span[k].begin, end = s->span[k].end;
        if (end - begin < 2 || !announces(&s->best[begin])) continue;
        bool *gone = none_gone(s);
        for (int i = begin + 1; i < end; i++) gone[i] = true;
        misses = try_absent(s, begin, gone) ? 0 : misses + 1;
        free(gone);
    }
}

static void drop_kind(lp_shrinker *s, int first) {
    bool *gone = none_gone(s);
    for (int k = first; k < s->spans; k++)
        if (s->span[k].label == s->span[first].label)
            for (int i = s->span[k].begin; i < s->span[k].end; i++) gone[i] = true;
    for (int i = s->span[first].begin - 1, left = ANNOUNCERS; i >= 0 && left > 0; i--) {
        if (!announces(&s->best[i])) continue;
        if (try_absent(s, i, gone)) break;
        left--;
    }
    free(gone);
}

void lp_pass_absent(lp_shrinker *s) {
    drop_rests(s);
    for (int k = 0; k < s->spans && !lp_shrink_spent(s); k++) {
        int earlier = 0;
        while (s->span[earlier].label != s->span[k].label) earlier++;
        if (earlier == k) drop_kind(s, k);
    }
}
