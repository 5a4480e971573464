/* The failures of one operation and format, first hit of each origin, and their reduction to
 * counterexamples. */
#ifndef LP_PROPS_HITS_H
#define LP_PROPS_HITS_H

#include "props/props/failure.h"
#include "props/props/generate.h"

#define LP_HITS 16

typedef struct lp_hit {
    char name[96];
    lp_failure failure;
    lp_case kase;
    int64_t found_at;
} lp_hit;

typedef struct lp_hits {
    lp_hit hit[LP_HITS];
    int count;
    lp_level asked; /* a hit below it takes the place of one that was not */
} lp_hits;

/* Kept, and the first of its name or below `asked` where that was not: true. */
bool lp_hits_add(lp_hits *h, const lp_failure *f, const lp_case *c, int64_t found_at);
const lp_hit *lp_hits_find(const lp_hits *h, const char *name);
void lp_hits_clear(lp_hits *h);

/* When to stop shrinking besides the budget of calls. */
typedef struct lp_limit {
    volatile const int *stop; /* NULL: none */
    double until;             /* of lp_clock, 0: none */
} lp_limit;
double lp_clock(void); /* seconds, monotonic */

/* Shrinks the hit by value, the subject in the loop, within `budget` calls, and appends the
 * counterexample; the case as found stands where it cannot be made smaller. False: the tool failed.
 */
bool lp_hit_report(lp_certificate *cert, const lp_hit *hit, lp_bench *b, const lp_gen_plan *plan,
                   int64_t budget, const lp_limit *limit);

#endif
