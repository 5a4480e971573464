/* Two certificates of the same tool: is one worse than the other? */
#ifndef LP_CORE_CERTIFICATE_COMPARE_H
#define LP_CORE_CERTIFICATE_COMPARE_H

#include "core/certificate.h"

/* False with err where they were made by different versions of the tool, whose levels and cases may
 * mean different things. */
bool lp_certificate_comparable(const lp_certificate *a, const lp_certificate *b, lp_error *err);
/* Outputs of the baseline at which `c` is worse: a lower level, not tested any more, or, of runs
 * with the same seed, effort and number of values, more values lost. One line about each is told
 * (tell may be NULL). Returns how many. Both settled and comparable. */
int lp_certificate_worse(const lp_certificate *baseline, const lp_certificate *c,
                         void (*tell)(void *ctx, const char *line), void *ctx);

#endif
