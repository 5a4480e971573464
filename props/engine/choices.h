/* The choice sequence: a generator asks for small typed decisions, and the list of decisions is the
 * test case. Draws are total (past the end, or where a recorded decision does not fit, the simplest
 * value comes back), so a generator never fails; shrinking edits the list and generates again.
 * Knows no loss. */
#ifndef LP_ENGINE_CHOICES_H
#define LP_ENGINE_CHOICES_H

#include "core/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum lp_choice_kind {
    LP_CHOICE_INT,
    LP_CHOICE_F64
} lp_choice_kind; /* bool: INT in [0,1] */

typedef struct lp_choice {
    lp_choice_kind kind;
    bool forced;                        /* came from a domain of one value: never shrunk */
    int64_t i, lo, hi, toward;          /* LP_CHOICE_INT */
    double x;                           /* LP_CHOICE_F64 */
    const struct lp_f64_domain *domain; /* outlives the record: a static table */
} lp_choice;

typedef struct lp_f64_domain {
    double lo, hi;       /* finite bounds, closed; values of `format` */
    bool inf, ninf, nan; /* also allowed */
    bool neg_zero;
    lp_format_id format; /* values of it only; left out: binary64, that is all doubles */
} lp_f64_domain;

typedef struct lp_span {
    int label;
    int begin, end; /* choices [begin, end) */
    int depth;
} lp_span;

typedef struct lp_choices lp_choices; /* one test case being drawn */

/* Providers. Random: seeded by (seed, domain, index). Prefix: the first `n` integer draws (bool and
 * pick are integers too) take prefix[i], mapped into their range, the rest is random: how
 * structured cases are enumerated. Replay: recorded values. Bytes: fixed width, little-endian,
 * total and invertible (provider_bytes.c); all zeros is the simplest case. Data is not copied. */
lp_choices *lp_choices_random(uint64_t seed, uint64_t domain, uint64_t index, const int64_t *prefix,
                              int n);
lp_choices *lp_choices_replay(const lp_choice *record, int n);
lp_choices *lp_choices_bytes(const uint8_t *data, size_t size);
void lp_choices_free(lp_choices *tc);
/* Before the first draw: only the values are wanted, choices and spans are not kept. A wide row's
 * record is thirty times as large as the row. */
void lp_choices_unrecord(lp_choices *tc);

bool lp_draw_bool(lp_choices *tc, double probability);                       /* simplest: false */
int64_t lp_draw_int(lp_choices *tc, int64_t lo, int64_t hi, int64_t toward); /* uniform */
/* Index into n weights (relative frequencies under a random provider); simplest: 0. */
int lp_draw_pick(lp_choices *tc, const double *weight, int n);
/* A double of the domain; under a random provider uniform in [lo, hi], a constant of the pool with
 * probability 0.05. Simplicity order: sign aside, small integers, then fewer fraction bits. */
double lp_draw_f64(lp_choices *tc, const lp_f64_domain *domain);
/* The same, under a random provider N(mean, sd) clamped into the domain. */
double lp_draw_normal(lp_choices *tc, const lp_f64_domain *domain, double mean, double sd);
void lp_span_begin(lp_choices *tc, int label);
void lp_span_end(lp_choices *tc);
/* Marks the case as rejected where the condition is false; draws go on returning simplest values.
 */
bool lp_assume(lp_choices *tc, bool condition);
bool lp_choices_rejected(const lp_choices *tc);

/* What was drawn. */
int lp_choices_count(const lp_choices *tc);
const lp_choice *lp_choices_record(const lp_choices *tc);
int lp_choices_spans(const lp_choices *tc, const lp_span **span); /* parents before children */
/* The bytes that the bytes provider decodes to this record; malloc'd. */
uint8_t *lp_choices_encode(size_t *size, const lp_choice *record, int n);

/* Shortlex: fewer choices first, then simpler from the left. <0, 0, >0. */
int lp_choices_compare(const lp_choice *a, int na, const lp_choice *b, int nb);

/* Shrinking: `fails(env, tc)` generates from tc and says whether the case still fails in the same
 * way. Passes (shrink.h) run in turn until none of them finds anything simpler, or `budget` calls
 * are spent; deterministic. */
typedef struct lp_shrink_result {
    lp_choice *record; /* malloc'd, the smallest found */
    int count;
    int64_t tried, accepted;
} lp_shrink_result;
typedef bool (*lp_fails_fn)(void *env, lp_choices *tc);
lp_shrink_result lp_shrink(const lp_choice *record, int count, lp_fails_fn fails, void *env,
                           int64_t budget);

#endif
