/* Rows of logits where implementations break: the generator of the accuracy tests. */
#ifndef LP_TESTS_IMPL_FAMILIES_H
#define LP_TESTS_IMPL_FAMILIES_H

#include "core/rng.h"

#define FAMILIES 14
const char *family_name(int family);
/* A row of k finite logits (in family `masked`, some are -inf but never that of c). */
void family_row(double *z, int64_t k, int64_t c, int family, lp_rng *rng);
/* A positive double of any magnitude; a probability-like one most of the time. */
double family_positive(lp_rng *rng);
double family_any(lp_rng *rng); /* any finite bit pattern */
/* One logit for the scalar operations: ordinary, wide, at the exponential's ends, any bits, tiny, a
 * power of two, 0 (families 0 to 6). */
double family_logit(int family, lp_rng *rng);

#endif
