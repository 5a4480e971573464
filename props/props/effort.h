/* How much is tried: counts, never clocks, so that the same seed gives the same certificate. */
#ifndef LP_PROPS_EFFORT_H
#define LP_PROPS_EFFORT_H

#include "props/props/campaign.h"

typedef struct lp_effort_row {
    int64_t evals;  /* calls of the subject in all, related cases of properties included */
    int64_t max_k;  /* usual ceiling of K */
    int64_t wide_k; /* of the few wide rows */
    int checks;     /* properties tried on a generated case; the user's and special cases get all */
    int shrink_each;    /* calls per counterexample */
    int64_t shrink_all; /* calls for all counterexamples together, beside `evals` */
    int64_t reach;      /* calls of the domain finder together, beside `evals` */
    int64_t canary;     /* calls per planted fault */
    int64_t recorded;   /* logits of recorded rows, for each operation and format */
} lp_effort_row;

const lp_effort_row *lp_effort_get(lp_effort effort);
/* What the operation counts for when evaluations are shared out. */
int lp_effort_weight(lp_op op);
/* The effort's wide_k for the operation: less where a wide row costs much. */
int64_t lp_effort_wide(const lp_effort_row *effort, lp_op op);

#endif
