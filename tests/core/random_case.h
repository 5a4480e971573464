/* Cases of every built operation with everything that the table allows: for the text form, where no
 * value is too odd. */
#ifndef LP_TESTS_CORE_RANDOM_CASE_H
#define LP_TESTS_CORE_RANDOM_CASE_H

#include "core/case.h"
#include "core/rng.h"

/* The built operations in turn: number i of them, i taken modulo their count. */
lp_op built_op(int i);
int built_ops(void);
void random_case(lp_case *c, lp_rng *r, lp_op op);

#endif
