/* Looks, where an output fails, for the convention that its answers follow instead. */
#ifndef LP_PROPS_DETECTOR_H
#define LP_PROPS_DETECTOR_H

#include "core/certificate.h"
#include "props/props/conventions.h"
#include "props/props/trial.h"

/* Of one operation and format; zero at its start. */
typedef struct lp_detector {
    bool failed[LP_OUT_COUNT]; /* an answer below `stable` was seen */
    struct {
        int64_t apart, agree;
    } count[LP_OUT_COUNT][LP_CONVENTIONS_MOST];
} lp_detector;

/* Compares a judged trial with every convention that is not refuted yet and has not enough cases.
 * False: the tool failed (err). */
bool lp_detector_see(lp_detector *d, lp_trial *t, lp_error *err);
/* Writes what was compared into the certificate. */
void lp_detector_tell(lp_certificate *cert, const lp_detector *d, lp_op op, lp_format_id format);

#endif
