/* What a subject gave for a case. */
#ifndef LP_CORE_ANSWER_H
#define LP_CORE_ANSWER_H

#include "core/case.h"

/* Findings: what the host saw besides numbers. Bits. Those of LP_FIND_REPORTED do not fail
 * the entry. */
typedef enum lp_finding {
    LP_FIND_CRASH = 1 << 0,     /* signal, abort, exit */
    LP_FIND_HANG = 1 << 1,      /* past the time limit */
    LP_FIND_OVERREAD = 1 << 2,  /* fault just outside an input */
    LP_FIND_OVERWRITE = 1 << 3, /* canary changed or fault just outside an output */
    LP_FIND_INPUT_CHANGED = 1 << 4,
    LP_FIND_UNWRITTEN = 1 << 5, /* an output element kept its poison */
    LP_FIND_WROTE_ON_ERROR = 1 << 6,
    LP_FIND_ROUNDING = 1 << 7, /* rounding mode changed by the call */
    LP_FIND_FTZ = 1 << 8,      /* flush-to-zero or denormals-are-zero changed by the call */
    LP_FIND_NOISE = 1 << 9,    /* cmd: unreadable line, wrong id, wrong length, early end */
    LP_FIND_NONDETERMINISTIC = 1 << 10,
    LP_FIND_ERRNO = 1 << 11, /* reported, never failed */
    LP_FIND_LOAD_FTZ =
        1 << 12, /* loading switched flush-to-zero on: reported, it shows in values */
    LP_FIND_LOAD_ROUNDING = 1 << 13, /* loading changed the rounding mode: likewise */
    LP_FIND_ACCUMULATE = 1 << 14 /* `accumulate`: a call did not add to what the gradient held */
} lp_finding;
#define LP_FIND_COUNT 15
#define LP_FIND_FATAL                                                                              \
    (LP_FIND_CRASH | LP_FIND_HANG | LP_FIND_OVERREAD | LP_FIND_OVERWRITE | LP_FIND_NOISE)
#define LP_FIND_REPORTED (LP_FIND_ERRNO | LP_FIND_LOAD_FTZ | LP_FIND_LOAD_ROUNDING)

const char *lp_finding_name(lp_finding one); /* "crash", "hang", "overread" ... */

typedef struct lp_answer {
    lp_status status;  /* what the subject returned */
    unsigned findings; /* LP_FIND_* */
    char note[160];    /* one line about the findings or the status: signal, byte offset, text */
    double *out[LP_OUT_COUNT]; /* values, NULL where not delivered; length len[] */
    int64_t len[LP_OUT_COUNT];
    double ns; /* time of the call, 0 where unknown */
} lp_answer;

void lp_answer_init(lp_answer *a);
void lp_answer_clear(lp_answer *a);
void lp_answer_copy(lp_answer *to, const lp_answer *from);
/* Allocates out[role] for the case's length, zeros. */
double *lp_answer_alloc(lp_answer *a, const lp_case *c, lp_out role);

#endif
