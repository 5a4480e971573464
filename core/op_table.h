/* The rows themselves; everybody else goes through lp_op_get. */
#ifndef LP_CORE_OP_TABLE_H
#define LP_CORE_OP_TABLE_H

#include "core/op.h"

extern const lp_op_info lp_op_table[LP_OP_COUNT];

#endif
