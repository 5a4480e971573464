#include "line.h"

#include <string.h>

static lp_in second(lp_op op) {
    return op == BCE || op == MULTI      ? LP_IN_TARGETS
           : lp_op_get(op)->group == 'B' ? LP_IN_V
                                         : LP_IN_Q;
}

void build_line(lp_case *c, const line *l, lp_format_id format) {
    lp_case_init(c, l->op);
    c->format = format;
    c->n = 1;
    c->k = c->stride = l->k;
    bool prob = lp_op_get(l->op)->group == 'A';
    memcpy(lp_case_alloc(c, prob ? LP_IN_P : LP_IN_LOGITS), l->in, (size_t)l->k * sizeof(double));
    if (l->with) memcpy(lp_case_alloc(c, second(l->op)), l->other, (size_t)l->k * sizeof(double));
    if (l->op == XENT) lp_case_alloc_label(c)[0] = l->label;
    if (l->temperature != 0) lp_case_set(c, LP_PARAM_TEMPERATURE, l->temperature);
    if (l->smoothing != 0) {
        lp_case_set(c, LP_PARAM_SMOOTHING, l->smoothing);
        lp_case_set(c, LP_PARAM_SMOOTHING_RULE, l->rule);
    }
    if (l->weighted)
        memcpy(lp_case_alloc(c, l->op == MULTI ? LP_IN_POS_WEIGHT : LP_IN_WEIGHTS), l->weight,
               (size_t)l->k * sizeof(double));
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++)
        if (l->set & LP_PARAM_BIT(p)) lp_case_set(c, (lp_param)p, l->param[p]);
}
