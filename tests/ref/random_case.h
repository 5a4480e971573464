/* Cases of the built operations from the families where an oracle errs: everything of section B3 of
 * the research, options in every mixture. */
#ifndef LP_TESTS_REF_RANDOM_CASE_H
#define LP_TESTS_REF_RANDOM_CASE_H

#include "core/case.h"
#include "core/rng.h"

/* One row, K in 1..max_k, into an uninitialised c; never a special value beyond masks and zeros. */
void random_case(lp_case *c, lp_rng *rng, lp_op op, int64_t max_k);

#endif
