/* A case of one row, written as a line of a table. */
#ifndef LP_TESTS_REF_LINE_H
#define LP_TESTS_REF_LINE_H

#include "core/case.h"

#define MAX_K 5

typedef struct line {
    const char *what;
    lp_op op;
    int64_t k;
    double in[MAX_K], other[MAX_K]; /* logits or p; targets, q, teacher or v where `with` */
    bool with;
    int64_t label;
    double temperature, smoothing, rule; /* 0: not set */
    bool weighted;
    double weight[MAX_K]; /* weights, or pos_weight per class */
    uint64_t set;         /* further scalar parameters, with their values */
    double param[LP_PARAM_WEIGHTS];
    double gamma, alpha;                             /* 0: not set */
    double first[MAX_K], grad[MAX_K], grad_p[MAX_K]; /* loss or value */
} line;

/* Into an uninitialised c. */
void build_line(lp_case *c, const line *l, lp_format_id format);

#define XENT   LP_OP_SOFTMAX_XENT
#define SOFT   LP_OP_SOFTMAX
#define LOGS   LP_OP_LOG_SOFTMAX
#define BCE    LP_OP_BCE_LOGITS
#define ENT    LP_OP_ENTROPY
#define CE     LP_OP_CROSS_ENTROPY
#define KL     LP_OP_KL_DIV
#define FOCAL  LP_OP_FOCAL_SIGMOID
#define MULTI  LP_OP_MULTILABEL_BCE
#define SIG    LP_OP_SIGMOID
#define LOGSIG LP_OP_LOG_SIGMOID
#define PLUS   LP_OP_SOFTPLUS
#define LSE    LP_OP_LOGSUMEXP
#define TARG   LP_OP_SOFTMAX_XENT_SOFT
#define KLZ    LP_OP_KL_LOGITS
#define FOC    LP_OP_FOCAL_SOFTMAX
#define KLG    LP_OP_KL_GEN
#define BRIER  LP_OP_BRIER
#define NLL    LP_OP_NLL
#define BCEP   LP_OP_BCE_PROB
#define MARGIN LP_OP_LOGISTIC_MARGIN
#define PG     LP_OP_POLICY_GRAD
#define HINGE  LP_OP_HINGE
#define HINGES LP_OP_HINGE_MULTI
#define MSE    LP_OP_MSE_SIGMOID
#define MSES   LP_OP_MSE_SOFTMAX
#define DISTIL LP_OP_DISTILL

#endif
