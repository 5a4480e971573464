#include "props/props/effort.h"

/* Smoke: evals + shrink_all + reach stay below the 50 000 that section 8 allows, with room for the
 * cases beyond the special list that every pair gets (campaign_pair.c). The canaries are
 * calls of other subjects and most die within a few dozen. */
static const lp_effort_row effort[] = {
    [LP_EFFORT_SMOKE] = {.evals = 26000,
                         .max_k = 24,
                         .wide_k = 1200,
                         .checks = 2,
                         .shrink_each = 300,
                         .shrink_all = 7000,
                         .reach = 9000,
                         .canary = 1500,
                         .recorded = 20000},
    [LP_EFFORT_STANDARD] = {.evals = 200000,
                            .max_k = 64,
                            .wide_k = 4096,
                            .checks = 3,
                            .shrink_each = 2000,
                            .shrink_all = 60000,
                            .reach = 60000,
                            .canary = 10000,
                            .recorded = 500000},
    [LP_EFFORT_DEEP] = {.evals = 20000000,
                        .max_k = 256,
                        .wide_k = 131072,
                        .checks = 4,
                        .shrink_each = 10000,
                        .shrink_all = 1000000,
                        .reach = 1000000,
                        .canary = 50000,
                        .recorded = 50000000},
};

/* Everybody's first question weighs most, then what has many options or many special values; 0 is
 * one. A row of K binary losses costs K of them, and has no integer tier in the reference. */
static const struct {
    int weight, narrower;
} of_op[LP_OP_COUNT] = {[LP_OP_SOFTMAX_XENT] = {3, 1},  [LP_OP_SOFTMAX_XENT_SOFT] = {2, 1},
                        [LP_OP_BCE_LOGITS] = {2, 1},    [LP_OP_MULTILABEL_BCE] = {2, 4},
                        [LP_OP_FOCAL_SOFTMAX] = {2, 1}, [LP_OP_SOFTMAX] = {2, 1},
                        [LP_OP_LOG_SOFTMAX] = {2, 1},   [LP_OP_KL_LOGITS] = {2, 2},
                        [LP_OP_POLICY_GRAD] = {2, 2},   [LP_OP_DISTILL] = {2, 2},
                        [LP_OP_INFO_NCE] = {2, 1},      [LP_OP_LINEAR_XENT] = {2, 1}};

int lp_effort_weight(lp_op op) {
    return of_op[op].weight ? of_op[op].weight : 1;
}

int64_t lp_effort_wide(const lp_effort_row *e, lp_op op) {
    return of_op[op].narrower ? e->wide_k / of_op[op].narrower : e->wide_k;
}

const lp_effort_row *lp_effort_get(lp_effort e) {
    return &effort[e];
}
