/* Names the formula that a failing output was computed by: its answers are those bits. */
#ifndef LP_PROPS_DIAGNOSIS_H
#define LP_PROPS_DIAGNOSIS_H

#include "core/certificate.h"
#include "props/props/formulas.h"
#include "props/props/trial.h"

/* Of one operation and format; zero at its start. */
typedef struct lp_diagnosis {
    bool failed[LP_OUT_COUNT]; /* an answer below the level asked for, or lost, was seen */
    struct {
        int64_t seen, same, alike; /* values compared; the formula's bits; within a step or two */
        int64_t apart, agree;      /* where the formula is off; where the answer is off alike */
    } count[LP_FORMULAS_MOST];
} lp_diagnosis;

/* Compares a judged trial with the formulas of its operation, in outputs that failed at `asked` so
 * far. */
void lp_diagnosis_see(lp_diagnosis *d, lp_trial *t, lp_level asked);
/* Writes what was compared into the certificate. */
void lp_diagnosis_tell(lp_certificate *cert, const lp_diagnosis *d, lp_op op, lp_format_id format);

#endif
