/* How often the generated cases of one operation visited its regimes, and whether that was enough:
 * figures of a run that hardly saw confident rows say nothing about them. */
#ifndef LP_PROPS_VISITS_H
#define LP_PROPS_VISITS_H

#include "core/certificate.h"
#include "core/op.h"

#define LP_VISITS_MOST 8 /* regimes of one operation that have a least share */

typedef struct lp_visits {
    int64_t cases, seen[LP_VISITS_MOST];
    int64_t refused; /* generated, and not taken by the subject */
} lp_visits;

/* Counts a generated case of the regime. */
void lp_visits_see(lp_visits *v, lp_op op, const char *regime);
/* Tells the certificate what was visited too rarely to be chance, or refused too often, and that
 * the run is not complete; true: nothing is wrong. */
bool lp_visits_tell(lp_certificate *cert, const lp_visits *v, lp_op op, lp_format_id format);

#endif
