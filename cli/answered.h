/* The reference's answer to a case, ready to be printed as an answer line. */
#ifndef LP_CLI_ANSWERED_H
#define LP_CLI_ANSWERED_H

#include "core/case_text.h"
#include "ref/exact.h"

typedef struct lp_answered {
    lp_answer_line line; /* status: "ok" or the name of the error that the case is */
    lp_answer answer;
    double *hvp;       /* NULL where the case has no `v` */
    int64_t undecided; /* components whose rounding is not settled */
    int64_t open;      /* components whose decimals are not, though their rounding may be */
} lp_answered;

/* Into an uninitialised `a`, which points into itself: not to be copied. `digits` 0: no decimals.
 */
void lp_answered_take(lp_answered *a, const lp_case *c, lp_exact *e, int digits);
void lp_answered_clear(lp_answered *a);

#endif
