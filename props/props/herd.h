/* Several subjects over one stream of cases: each case is drawn once and its exact answer computed
 * once; a subject leaves at its first failure below the level asked for. What makes hundreds of
 * planted faults cheap. */
#ifndef LP_PROPS_HERD_H
#define LP_PROPS_HERD_H

#include "props/props/campaign.h"

/* What became of one subject at one operation and format. */
typedef struct lp_herd_result {
    int member; /* index into `spec` */
    lp_op op;
    lp_format_id format;
    bool killed;
    bool special;        /* the case belongs to the hand-made list of special values */
    char by[96];         /* the first check that failed, as origins of counterexamples are named */
    char also[96];       /* further ones on the same case, "" where there are none */
    char regime[24];     /* of the case */
    int64_t evaluations; /* calls of the subject, those of derived cases included */
} lp_herd_result;

typedef struct lp_herd {
    const char *const *spec;
    int count;
    uint64_t seed;
    lp_effort effort;
    lp_level asked;
    int64_t evals;     /* calls of one subject at one operation and format, at most */
    bool special_last; /* the hand-made list only for those that generated cases left alive */
    const lp_op *op;   /* those to try; 0: all declared */
    int ops;
    const lp_format_id *format;
    int formats;
    volatile const int *stop; /* may be NULL; what is not settled then is not told */
    void (*told)(void *ctx, const lp_herd_result *result);
    void *ctx;
    int64_t asked_answers, exact_answers; /* out: exact answers asked for, and computed */
} lp_herd;

/* False with err where a subject cannot be opened or the tool failed. */
bool lp_herd_run(lp_herd *h, lp_error *err);

#endif
