#include "props/props/source.h"

#include "core/memory.h"
#include "core/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_REGIMES 64

/* A case is known by its number and shrunk by its values: nobody asks for its choices. */
static void drawn(lp_case *c, char regime[24], const lp_source *s, uint64_t index,
                  const int64_t *prefix, int n) {
    lp_choices *tc = lp_choices_random(s->seed, s->domain, index, prefix, n);
    lp_choices_unrecord(tc);
    lp_generate(c, tc, s->plan, regime);
    lp_choices_free(tc);
}

/* The structured case number i of the enumeration. */
static void structured_case(lp_case *c, char regime[24], const lp_source *s, int64_t i) {
    int64_t prefix[16];
    int n = lp_gen_prefix(prefix, s->plan, i);
    drawn(c, regime, s, (uint64_t)i, prefix, n);
}

static int64_t gcd(int64_t a, int64_t b) {
    while (b) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* A stride near the golden section, coprime to the count: any prefix of the walk is spread over the
 * enumeration whatever the lengths of its inner loops. */
static int64_t spread(int64_t count) {
    int64_t stride = (int64_t)((double)count * 0.6180339887498949);
    if (stride < 1) stride = 1;
    while (gcd(stride, count) != 1) stride++;
    return stride;
}

/* Regime numbers of the enumeration, in walking order. */
static int regimes_of(unsigned char *regime, const lp_source *s, int64_t stride) {
    char name[MOST_REGIMES][24];
    int names = 0;
    for (int64_t i = 0; i < s->structured; i++) {
        lp_case c;
        char mine[24] = "";
        structured_case(&c, mine, s, i * stride % s->structured);
        lp_case_clear(&c);
        int k = 0;
        while (k < names && strcmp(name[k], mine)) k++;
        if (k == names && names < MOST_REGIMES) memcpy(name[names++], mine, sizeof mine);
        regime[i] = (unsigned char)(k < MOST_REGIMES ? k : MOST_REGIMES - 1);
    }
    return names;
}

/* The regimes take turns, each in walking order, so that even the smallest budget sees every one:
 * confident rows are not left to luck. */
static void arrange(lp_source *s) {
    int64_t stride = spread(s->structured), filled = 0;
    unsigned char *regime = lp_memory_zeros((size_t)s->structured, 1);
    int names = regimes_of(regime, s, stride);
    int64_t at[MOST_REGIMES] = {0};
    while (filled < s->structured)
        for (int k = 0; k < names; k++) {
            while (at[k] < s->structured && regime[at[k]] != k) at[k]++;
            if (at[k] == s->structured) continue;
            s->order[filled++] = at[k]++ * stride % s->structured;
        }
    free(regime);
}

void lp_source_open(lp_source *s, const lp_gen_plan *plan, uint64_t seed) {
    char domain[64];
    snprintf(domain, sizeof domain, "%s/%s", lp_op_get(plan->op)->name,
             lp_format_get(plan->format)->name);
    *s = (lp_source){.plan = plan,
                     .seed = seed,
                     .domain = lp_rng_domain(domain),
                     .specials = lp_gen_special_count(plan),
                     .structured = lp_gen_structured_count(plan)};
    s->order = lp_memory_zeros((size_t)s->structured, sizeof *s->order);
    if (s->structured > 0) arrange(s);
}

void lp_source_close(lp_source *s) {
    free(s->order);
    s->order = NULL;
}

bool lp_source_special(const lp_source *s, int64_t i) {
    return i < s->specials;
}

void lp_source_case(lp_case *c, char regime[24], const lp_source *s, int64_t i) {
    if (i < s->specials) {
        lp_gen_special(c, s->plan, i, regime);
        return;
    }
    int64_t turn = i - s->specials;
    if (turn % 2 == 0 && turn / 2 < s->structured) {
        structured_case(c, regime, s, s->order[turn / 2]);
        return;
    }
    /* Numbers above the enumeration's keep the random streams apart from the structured ones. */
    drawn(c, regime, s, (uint64_t)(s->structured + turn), NULL, 0);
}
