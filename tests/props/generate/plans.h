/* Every built operation in every format of a subject, with all that is built declared. */
#ifndef LP_TESTS_PLANS_H
#define LP_TESTS_PLANS_H

#include "props/props/generate.h"

#define MAX_PLANS (LP_SUBJECT_FORMATS * LP_OP_COUNT)

static inline int all_plans(lp_gen_plan plan[MAX_PLANS]) {
    int n = 0;
    for (int op = 0; op < LP_OP_COUNT; op++)
        for (int f = LP_BINARY64; f < LP_SUBJECT_FORMATS; f++) {
            const lp_op_info *info = lp_op_get((lp_op)op);
            if (!info->built) continue;
            plan[n++] = (lp_gen_plan){
                (lp_op)op, (lp_format_id)f, info->built_params, info->built_reductions, 100,
                2000,      op % 2 == 0};
        }
    return n;
}

static inline lp_choices *structured(const lp_gen_plan *plan, int64_t i) {
    int64_t prefix[16];
    int n = lp_gen_prefix(prefix, plan, i);
    return lp_choices_random(9, (uint64_t)plan->op, (uint64_t)i, prefix, n);
}

#endif
