/* The hand-made lists of section 2: one table a group of operations. Numbers are written for
 * binary64; in a smaller format a finite number that would become infinite is its largest and a
 * nonzero one that would become zero its least. */
#ifndef LP_PROPS_GENERATE_SPECIAL_H
#define LP_PROPS_GENERATE_SPECIAL_H

#include "props/props/generate_family.h"

#include <float.h>
#include <math.h>

#define INF   INFINITY
#define MAX   DBL_MAX
#define LEAST 0x1p-1074
#define CELLS 6

/* Scalar parameters that a line may give, in the order of `value`. */
enum {
    V_SMOOTHING,
    V_RULE,
    V_TEMPERATURE,
    V_GAMMA,
    V_ALPHA,
    V_POS_WEIGHT,
    V_LABEL_REDUCTION,
    V_BINS,
    V_ADVANTAGE,
    V_ENTROPY_WEIGHT,
    V_MIX,
    V_FORM,
    V_Z_LOSS,
    V_SOFTCAP,
    V_SPECIAL,
    V_BASE,
    V_BAD_LABEL,
    V_SYMMETRIC,
    V_EMPTY_MEAN,
    VALUES
};

/* One case of at most two rows. `x` are the logits or p; `y` the targets, q, v or weights. */
typedef struct lp_special {
    int n, k;
    double x[CELLS];
    double y[CELLS];
    bool has_y; /* for the optional ones: v, weights */
    int64_t label[2];
    uint64_t set; /* parameters given, with their values */
    double value[VALUES];
    double q[CELLS]; /* pos_weight[], weights, alpha[] or advantage[], where `set` has it; b */
    int d;
} lp_special;

#define SMOOTH   LP_PARAM_BIT(LP_PARAM_SMOOTHING)
#define RULE     LP_PARAM_BIT(LP_PARAM_SMOOTHING_RULE)
#define TEMP     LP_PARAM_BIT(LP_PARAM_TEMPERATURE)
#define GAMMA    LP_PARAM_BIT(LP_PARAM_GAMMA)
#define ALPHA    LP_PARAM_BIT(LP_PARAM_ALPHA)
#define POSW     LP_PARAM_BIT(LP_PARAM_POS_WEIGHT)
#define POSWS    LP_PARAM_BIT(LP_PARAM_POS_WEIGHT_ARRAY)
#define WEIGHTED LP_PARAM_BIT(LP_PARAM_WEIGHTS)
#define ALPHAS   LP_PARAM_BIT(LP_PARAM_ALPHA_ARRAY)
#define ADV      LP_PARAM_BIT(LP_PARAM_ADVANTAGE)
#define ADVS     LP_PARAM_BIT(LP_PARAM_ADVANTAGE_ARRAY)
#define BETA     LP_PARAM_BIT(LP_PARAM_ENTROPY_WEIGHT)
#define MIXED    LP_PARAM_BIT(LP_PARAM_MIX)
#define LABELS   LP_PARAM_BIT(LP_PARAM_LABEL_REDUCTION)
#define FORM     LP_PARAM_BIT(LP_PARAM_FORM)
#define ZLOSS    LP_PARAM_BIT(LP_PARAM_Z_LOSS)
#define CAP      LP_PARAM_BIT(LP_PARAM_SOFTCAP)
#define LIMIT    LP_PARAM_BIT(LP_PARAM_SPECIAL)
#define BASE     LP_PARAM_BIT(LP_PARAM_BASE)
/* One option and its value. */
#define Z_LOSS(l)  .set = ZLOSS, .value = {[V_Z_LOSS] = (l)}
#define SOFTCAP(s) .set = CAP, .value = {[V_SOFTCAP] = (s)}
#define LIMITED    .set = LIMIT, .value = {[V_SPECIAL] = 1}
#define NAN_ROW    .set = LP_PARAM_BIT(LP_PARAM_BAD_LABEL), .value = {[V_BAD_LABEL] = 1}
#define BITS       .set = BASE, .value = {[V_BASE] = 1}
#define SYMMETRIC  .set = LP_PARAM_BIT(LP_PARAM_SYMMETRIC), .value = {[V_SYMMETRIC] = 1}

typedef struct lp_special_list {
    const lp_special *at;
    int count;
    lp_in x, y;
} lp_special_list;
#define LIST(table, x, y)                                                                          \
    (lp_special_list) {                                                                            \
        table, (int)(sizeof table / sizeof *table), x, y                                           \
    }

/* generate_special_binary.c: the operations on binary logits. */
lp_special_list lp_special_binary(lp_op op);
/* generate_special_rows.c: logsumexp, softmax_xent_soft, kl_logits, focal_softmax. */
lp_special_list lp_special_rows(lp_op op);

/* generate_special_policy.c: policy_grad, distill. */
lp_special_list lp_special_policy(lp_op op);

/* generate_special_score.c: bce_prob, nll, brier, perplexity, ece. */
lp_special_list lp_special_score(lp_op op);
/* generate_special_hinge.c: hinge, hinge_multi. */
lp_special_list lp_special_hinge(lp_op op);
/* generate_special_mse.c: mse_sigmoid, mse_softmax. */
lp_special_list lp_special_mse(lp_op op);
/* generate_special_stacked.c: info_nce, linear_xent. */
lp_special_list lp_special_stacked(lp_op op);

#endif
