#include "line.h"

#include <string.h>

static lp_in second(lp_op op) {
    const lp_in role[] = {LP_IN_TARGETS, LP_IN_Q, LP_IN_TEACHER, LP_IN_V};
    int at = 0;
    while (!lp_op_get(op)->in[role[at]]) at++;
    return role[at];
}

void build_line(lp_case *c, const line *l, lp_format_id format) {
    lp_case_init(c, l->op);
    c->format = format;
    c->n = 1;
    c->k = c->stride = l->k;
    const lp_op_info *info = lp_op_get(l->op);
    lp_in first = info->in[LP_IN_LOGITS] ? LP_IN_LOGITS : info->in[LP_IN_P] ? LP_IN_P : LP_IN_Q;
    memcpy(lp_case_alloc(c, first), l->in, (size_t)l->k * sizeof(double));
    if (l->with) {
        double *other = lp_case_alloc(c, second(l->op));
        memcpy(other, l->other, (size_t)lp_case_in_len(c, second(l->op)) * sizeof(double));
    }
    if (lp_op_get(l->op)->label != LP_LABEL_NONE) lp_case_alloc_label(c)[0] = l->label;
    if (l->temperature != 0) lp_case_set(c, LP_PARAM_TEMPERATURE, l->temperature);
    if (l->smoothing != 0) {
        lp_case_set(c, LP_PARAM_SMOOTHING, l->smoothing);
        if (l->op == XENT) lp_case_set(c, LP_PARAM_SMOOTHING_RULE, l->rule);
    }
    if (l->gamma != 0) lp_case_set(c, LP_PARAM_GAMMA, l->gamma);
    if (l->alpha != 0) lp_case_set(c, LP_PARAM_ALPHA, l->alpha);
    lp_in weight = l->op == FOC ? LP_IN_ALPHA : l->op == MULTI ? LP_IN_POS_WEIGHT : LP_IN_WEIGHTS;
    if (l->weighted) memcpy(lp_case_alloc(c, weight), l->weight, (size_t)l->k * sizeof(double));
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++)
        if (l->set & LP_PARAM_BIT(p)) lp_case_set(c, (lp_param)p, l->param[p]);
}
