#include "core/op.h"

#include "core/op_table.h"

#include <string.h>

static const char *const in_name[LP_IN_COUNT] = {
    "logits",  "targets", "p",        "q", "x",     "w",          "b",        "sim",
    "teacher", "weights", "upstream", "v", "alpha", "pos_weight", "advantage"};
static const char *const out_name[LP_OUT_COUNT] = {"loss",   "value",  "grad",   "grad_p",
                                                   "grad_w", "grad_b", "grad_x", "grad_tau"};
static const char *const status_name[] = {"ok",          "argument", "label",
                                          "unsupported", "memory",   "internal"};
static const char *const reduction_name[] = {"none", "sum", "mean"};

/* Index of a name, -1 where it is not among them. */
static int find(const char *const *names, int count, const char *name) {
    for (int i = 0; i < count; i++)
        if (!strcmp(names[i], name)) return i;
    return -1;
}
#define FIND(names, name) find(names, (int)(sizeof names / sizeof *names), name)

const lp_op_info *lp_op_get(lp_op op) {
    return &lp_op_table[op];
}

bool lp_op_by_name(lp_op *op, const char *name) {
    for (int i = 0; i < LP_OP_COUNT; i++)
        if (!strcmp(lp_op_table[i].name, name)) {
            *op = (lp_op)i;
            return true;
        }
    return false;
}

lp_shape lp_op_input(const lp_op_info *info, lp_in role) {
    return role == LP_IN_V && info->hvp ? LP_SHAPE_NK : info->in[role];
}

bool lp_op_whole(const lp_op_info *info) {
    return info->out_count > 0 && info->out[0].shape == LP_SHAPE_ONE;
}

const lp_op_out *lp_op_output(const lp_op_info *info, lp_out role) {
    for (int i = 0; i < info->out_count; i++)
        if (info->out[i].role == role) return &info->out[i];
    return NULL;
}

const char *lp_in_name(lp_in role) {
    return in_name[role];
}

const char *lp_out_name(lp_out role) {
    return out_name[role];
}

bool lp_out_by_name(lp_out *role, const char *name) {
    int i = FIND(out_name, name);
    if (i >= 0) *role = (lp_out)i;
    return i >= 0;
}

const char *lp_status_name(lp_status s) {
    return status_name[s];
}

bool lp_status_by_name(lp_status *s, const char *name) {
    int i = FIND(status_name, name);
    if (i >= 0) *s = (lp_status)i;
    return i >= 0;
}

const char *lp_reduction_name(lp_reduction r) {
    return reduction_name[r];
}

bool lp_reduction_by_name(lp_reduction *r, const char *name) {
    int i = FIND(reduction_name, name);
    if (i >= 0) *r = (lp_reduction)i;
    return i >= 0;
}
