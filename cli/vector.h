/* One case as a test vector. */
#ifndef LP_CLI_VECTOR_H
#define LP_CLI_VECTOR_H

#include "core/case.h"
#include "reports/vectors.h"

/* Appends the case with its exact answers, rounded by the document's mode; counts it as undecided
 * where one of them is not settled. False with err: the reference does not take it. */
bool lp_vector_add(lp_vectors *v, lp_case *c, int64_t id, int digits, lp_error *err);

#endif
