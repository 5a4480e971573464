#include "props/engine/shrink.h"

#include "props/engine/order.h"

#include <stdlib.h>
#include <string.h>

static void *block(size_t n, size_t size) {
    void *p = calloc(n ? n : 1, size);
    if (!p) abort();
    return p;
}

static uint64_t mixed(uint64_t h, uint64_t v) { /* splitmix64's finaliser over a running state */
    h += v + UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 31;
}

static uint64_t hash_of(const lp_choice *c, int n) {
    uint64_t h = (uint64_t)n;
    for (int i = 0; i < n; i++) {
        uint64_t v;
        if (c[i].kind == LP_CHOICE_F64)
            memcpy(&v, &c[i].x, sizeof v);
        else
            v = (uint64_t)c[i].i;
        h = mixed(c[i].kind == LP_CHOICE_F64 ? ~h : h, v); /* 0.0 is not the integer 0 */
    }
    return h ? h : 1;
}

/* True where the hash was not there yet. */
static bool remember(uint64_t *table, size_t room, uint64_t h) {
    size_t at = (size_t)h & (room - 1);
    for (; table[at]; at = (at + 1) & (room - 1))
        if (table[at] == h) return false;
    table[at] = h;
    return true;
}

static bool unseen(lp_shrinker *s, uint64_t h) {
    if (2 * s->seen_used >= s->seen_room) {
        size_t room = s->seen_room ? 2 * s->seen_room : 1024;
        uint64_t *table = block(room, sizeof *table);
        for (size_t i = 0; i < s->seen_room; i++)
            if (s->seen[i]) remember(table, room, s->seen[i]);
        free(s->seen);
        s->seen = table;
        s->seen_room = room;
    }
    bool is_new = remember(s->seen, s->seen_room, h);
    s->seen_used += is_new;
    return is_new;
}

static void adopt(lp_shrinker *s, const lp_choices *tc) {
    const lp_span *span;
    s->count = lp_choices_count(tc);
    if (s->count) memcpy(s->best, lp_choices_record(tc), (size_t)s->count * sizeof *s->best);
    s->spans = lp_choices_spans(tc, &span);
    free(s->span);
    s->span = block((size_t)s->spans, sizeof *s->span);
    if (s->spans) memcpy(s->span, span, (size_t)s->spans * sizeof *s->span);
}

bool lp_shrink_try(lp_shrinker *s, const lp_choice *candidate, int n) {
    if (lp_shrink_spent(s) || lp_choices_compare(candidate, n, s->best, s->count) >= 0)
        return false;
    if (!unseen(s, hash_of(candidate, n))) return false;
    s->tried++;
    lp_choices *tc = lp_choices_replay(candidate, n);
    bool fails = s->fails(s->env, tc) && !lp_choices_rejected(tc);
    bool better = fails && lp_choices_compare(lp_choices_record(tc), lp_choices_count(tc), s->best,
                                              s->count) < 0;
    if (better) {
        adopt(s, tc);
        unseen(s, hash_of(s->best, s->count));
        s->accepted++;
    }
    lp_choices_free(tc);
    return better;
}

bool lp_shrink_spent(const lp_shrinker *s) {
    return s->tried >= s->budget;
}

lp_choice *lp_shrink_copy(lp_shrinker *s) {
    if (s->count) memcpy(s->work, s->best, (size_t)s->count * sizeof *s->work);
    return s->work;
}

uint64_t lp_shrink_least(uint64_t known, lp_shrink_probe probe, void *ctx) {
    if (known == 0 || probe(ctx, 0)) return 0;
    uint64_t refused = 0;
    while (known - refused > 1) {
        uint64_t mid = refused + (known - refused) / 2;
        if (probe(ctx, mid))
            known = mid;
        else
            refused = mid;
    }
    return known;
}

/* The first run: the record as it really draws, with its spans. */
static bool start(lp_shrinker *s, const lp_choice *record, int count) {
    lp_choices *tc = lp_choices_replay(record, count);
    bool fails = s->fails(s->env, tc) && !lp_choices_rejected(tc);
    s->tried++;
    size_t room = (size_t)(count > lp_choices_count(tc) ? count : lp_choices_count(tc));
    s->best = block(room, sizeof *s->best);
    s->work = block(room, sizeof *s->work);
    if (fails) {
        adopt(s, tc);
    } else {
        s->count = count;
        if (count) memcpy(s->best, record, (size_t)count * sizeof *s->best);
    }
    lp_choices_free(tc);
    return fails;
}

lp_shrink_result lp_shrink(const lp_choice *record, int count, lp_fails_fn fails, void *env,
                           int64_t budget) {
    static void (*const pass[])(lp_shrinker *) = {
        lp_pass_columns, lp_pass_spans,  lp_pass_descend,  lp_pass_absent,   lp_pass_zero,
        lp_pass_ties,    lp_pass_offset, lp_pass_integers, lp_pass_floats,   lp_pass_weight,
        lp_pass_length,  lp_pass_mirror, lp_pass_sort,     lp_pass_renumber, lp_pass_blocks};
    lp_shrinker s = {.fails = fails, .env = env, .budget = budget};
    int64_t before = start(&s, record, count) ? -1 : 0;
    while (s.accepted != before && !lp_shrink_spent(&s)) {
        before = s.accepted;
        for (size_t i = 0; i < sizeof pass / sizeof *pass; i++) pass[i](&s);
    }
    free(s.span);
    free(s.work);
    free(s.seen);
    return (lp_shrink_result){s.best, s.count, s.tried, s.accepted};
}
