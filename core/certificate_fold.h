/* The orders by which folding chooses, shared by adding and merging. Private to core. */
#ifndef LP_CORE_CERTIFICATE_FOLD_H
#define LP_CORE_CERTIFICATE_FOLD_H

#include "core/certificate.h"

/* Takes a deep copy of `from` where it is worse: by ulp, then the first line, then the component.
 */
void lp_worst_fold(lp_worst *w, const lp_worst *from);
/* The same for wrong special values, which have no size: the shortest line tells most. */
void lp_worst_special_fold(lp_worst *w, const lp_worst *from);
void lp_worst_clear(lp_worst *w);
/* The lowest level and, of equals, the first cause and the first regime; `first`: nothing was
 * folded into the row before. */
void lp_level_fold(lp_output_row *row, bool first, lp_level level, lp_cause cause,
                   const char *regime);
void lp_finding_fold(lp_certificate *c, const lp_finding_row *from);

/* Frees what it owns. */
void lp_counterexample_clear(lp_counterexample *x);

/* Room for one more element of a list of `count`; it grows at powers of two. */
void *lp_list_grow(void *list, int count, size_t size);

#endif
