/* A verdict is data: the level one answer's output reached, and why not the next. */
#ifndef LP_CORE_VERDICT_H
#define LP_CORE_VERDICT_H

#include "core/answer.h"
#include "core/measure.h"

typedef enum lp_level {
    LP_LEVEL_FAIL = 0,
    LP_LEVEL_FINITE = 1,
    LP_LEVEL_STABLE = 2,
    LP_LEVEL_ACCURATE = 3,
    LP_LEVEL_FAITHFUL = 4,
    LP_LEVEL_CORRECT = 5
} lp_level;
#define LP_LEVEL_COUNT 6
const char *lp_level_name(lp_level level);
bool lp_level_by_name(lp_level *level, const char *name);

/* Why a level was not reached: the origin by which failures are kept apart. */
typedef enum lp_cause {
    LP_CAUSE_NONE = 0,
    LP_CAUSE_ERROR,         /* a number, but too far off for the level above */
    LP_CAUSE_WRONG_SPECIAL, /* NaN or infinity where a number is, or the reverse */
    LP_CAUSE_ZERO_SIGN,     /* -0 where +0 is exact */
    LP_CAUSE_STATUS,        /* an error where an answer is due, or the reverse */
    LP_CAUSE_FINDING,       /* the host's findings */
    LP_CAUSE_PROPERTY,
    LP_CAUSE_UNDECIDED /* the reference could not settle it: counted, never passed */
} lp_cause;
#define LP_CAUSE_COUNT 8
const char *lp_cause_name(lp_cause cause);

typedef enum lp_evidence { LP_SEARCHED = 0, LP_EXHAUSTED = 1, LP_PROVED = 2 } lp_evidence;
const char *lp_evidence_name(lp_evidence e);

typedef struct lp_verdict {
    lp_out out;
    lp_level level;
    lp_cause cause;   /* of not reaching the next level */
    int64_t at;       /* index of the worst component, -1 where none */
    lp_measure worst; /* its measure (by ulp_lo; a wrong special before all) */
    int64_t components, correct, faithful, within1, within4, lost, special, zero_sign, undecided;
    /* counts over finite components: correct..within4; lost: relative error >= 1/4 of a nonzero
     * value */
    double over_bound; /* largest error over bound */
    bool void_bound;   /* some bound was not claimable */
} lp_verdict;

#endif
