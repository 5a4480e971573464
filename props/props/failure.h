/* What went wrong with a case, as an origin by which failures are kept apart and a question that
 * can be asked again of a smaller case. */
#ifndef LP_PROPS_FAILURE_H
#define LP_PROPS_FAILURE_H

#include "core/certificate.h"
#include "props/props/trial.h"

typedef enum lp_failure_kind {
    LP_FAILURE_FINDING,  /* finding:NAME */
    LP_FAILURE_STATUS,   /* status: an error where an answer is due, or the reverse */
    LP_FAILURE_SPECIAL,  /* special:OUT */
    LP_FAILURE_ACCURACY, /* accuracy:OUT, a number that is below the level `below` */
    LP_FAILURE_LOST,     /* lost:OUT, no digit right, whatever the level */
    /* undecided:OUT, values that the reference could not settle: the tool's failure, no subject's,
     * kept by the same road so that exit status 4 has a case to show */
    LP_FAILURE_UNDECIDED,
    LP_FAILURE_PROPERTY /* the property's name, broken with the bound of a level below `below` */
} lp_failure_kind;

typedef struct lp_failure {
    lp_failure_kind kind;
    lp_out out;
    lp_finding finding;
    const lp_property *property;
    lp_level below; /* ACCURACY and PROPERTY: the level that is denied */
    lp_level level; /* what it leaves, as it was seen */
} lp_failure;

void lp_failure_name(char name[96], const lp_failure *f);
/* The trial's failures, in the order of the enumeration; at most `most`. Numbers count as failures
 * below `below`. Findings that are only reported are none. */
int lp_failures_of(lp_failure *list, int most, const lp_trial *t, lp_level below);
/* The check denies a level at or under `below`. */
bool lp_failure_of_check(lp_failure *f, const lp_check *check, const lp_property *p,
                         lp_level below);
/* What to show of a failing case. */
typedef struct lp_shown {
    char why[256];  /* one line */
    lp_level level; /* that the case reaches */
    lp_out out;
    int64_t at; /* -1: no component; then got, want and exact are empty */
    double got, want;
    char exact[64]; /* 40 digits */
} lp_shown;

/* Does the trial fail in that way? Runs the property again where the failure is one. *shows says,
 * `shown` (may be NULL) tells. False: the tool failed. */
bool lp_failure_shows(bool *shows, lp_shown *shown, const lp_failure *f, lp_bench *b,
                      const lp_trial *t);

#endif
