/* Choices into cases: structured families in the coordinates that matter, then random ones. */
#ifndef LP_PROPS_GENERATE_H
#define LP_PROPS_GENERATE_H

#include "core/case.h"
#include "props/engine/choices.h"

/* What may be generated: one operation and format with what the subject declares. */
typedef struct lp_gen_plan {
    lp_op op;
    lp_format_id format;
    uint64_t params; /* declared and built */
    uint32_t reductions;
    int64_t max_k; /* usual ceiling of K; a few ragged wide rows go up to wide_k */
    int64_t wide_k;
    bool strided; /* some cases have stride > k */
} lp_gen_plan;

/* Draws one case into an uninitialised `c` (never fails; values belong to the format) and names the
 * regime it belongs to, which is lp_gen_regime of the case: the families only make sure that every
 * regime is visited. c->tags = regime. */
void lp_generate(lp_case *c, lp_choices *tc, const lp_gen_plan *plan, char regime[24]);

/* Structured cases are an enumeration: case number i of `count` is the choice prefix that
 * lp_gen_prefix gives, handed to lp_choices_random. */
int64_t lp_gen_structured_count(const lp_gen_plan *plan);
int lp_gen_prefix(int64_t prefix[16], const lp_gen_plan *plan, int64_t i);

/* The hand-made special list of section 2 for the operation: case number i in [0, count). */
int64_t lp_gen_special_count(const lp_gen_plan *plan);
void lp_gen_special(lp_case *c, const lp_gen_plan *plan, int64_t i, char regime[24]);

/* The regime that a case by value belongs to (user's own cases). */
void lp_gen_regime(char regime[24], const lp_case *c);

/* Every case can be drawn as family "by value", whatever family or person made it: this builds the
 * record (malloc'd) from which lp_generate makes an equal case. Shrinking starts from it, so that
 * the shrinker deletes classes and rows and simplifies plain numbers. The case's parameters must be
 * among the plan's (where they are not, the subject does not take it anyway), and its stride is k
 * unless the plan is strided. */
lp_choice *lp_gen_by_value(int *count, const lp_case *c, const lp_gen_plan *plan);

#endif
