#include "props/props/exacts.h"

#include "core/memory.h"
#include "props/props/trial.h"

#include <stdlib.h>

/* An exact answer borrows its case, which therefore must not move. */
typedef struct lp_exacts_item {
    uint64_t hash;
    lp_case *kase;
    lp_exact *exact;
} lp_exacts_item;

lp_exact *lp_exacts_get(lp_exacts *s, const lp_case *c, lp_error *err) {
    const uint64_t hash = lp_case_hash(c);
    s->asked++;
    for (int i = 0; i < s->count; i++)
        if (s->item[i].hash == hash && lp_case_equal(s->item[i].kase, c)) return s->item[i].exact;
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 16;
        s->item = lp_memory_resize(s->item, (size_t)s->room, sizeof *s->item);
    }
    lp_exacts_item one = {.hash = hash, .kase = lp_memory_zeros(1, sizeof *one.kase)};
    lp_case_copy(one.kase, c);
    one.exact = lp_exact_new(one.kase, err);
    if (!one.exact) {
        lp_case_clear(one.kase);
        free(one.kase);
        return NULL;
    }
    s->item[s->count++] = one;
    s->evaluated++;
    return one.exact;
}

void lp_exacts_forget(lp_exacts *s) {
    for (int i = 0; i < s->count; i++) {
        lp_exact_free(s->item[i].exact);
        lp_case_clear(s->item[i].kase);
        free(s->item[i].kase);
    }
    s->count = 0;
}

void lp_exacts_free(lp_exacts *s) {
    lp_exacts_forget(s);
    free(s->item);
    *s = (lp_exacts){0};
}
