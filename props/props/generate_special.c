/* Section 2 of the specification by hand: every row of its table that applies to a built operation,
 * the error rows included. */
#include "props/props/generate_special.h"

#include "core/memory.h"

#include <stdio.h>

typedef lp_special special;

static const lp_param scalar[VALUES] = {[V_SMOOTHING] = LP_PARAM_SMOOTHING,
                                        [V_RULE] = LP_PARAM_SMOOTHING_RULE,
                                        [V_TEMPERATURE] = LP_PARAM_TEMPERATURE,
                                        [V_GAMMA] = LP_PARAM_GAMMA,
                                        [V_ALPHA] = LP_PARAM_ALPHA,
                                        [V_POS_WEIGHT] = LP_PARAM_POS_WEIGHT,
                                        [V_LABEL_REDUCTION] = LP_PARAM_LABEL_REDUCTION,
                                        [V_BINS] = LP_PARAM_BINS,
                                        [V_ADVANTAGE] = LP_PARAM_ADVANTAGE,
                                        [V_ENTROPY_WEIGHT] = LP_PARAM_ENTROPY_WEIGHT,
                                        [V_FORM] = LP_PARAM_FORM,
                                        [V_Z_LOSS] = LP_PARAM_Z_LOSS,
                                        [V_SOFTCAP] = LP_PARAM_SOFTCAP,
                                        [V_SPECIAL] = LP_PARAM_SPECIAL,
                                        [V_BASE] = LP_PARAM_BASE,
                                        [V_MIX] = LP_PARAM_MIX,
                                        [V_BAD_LABEL] = LP_PARAM_BAD_LABEL,
                                        [V_SYMMETRIC] = LP_PARAM_SYMMETRIC,
                                        [V_EMPTY_MEAN] = LP_PARAM_EMPTY_MEAN};

static const special link[] = {
    {1, 0, .x = {0}},    /* K = 0 */
    {0, 3, .x = {0}},    /* N = 0 */
    {1, 1, .x = {3.5}},  /* K = 1 */
    {1, 1, .x = {-INF}}, /* all -inf */
    {1, 1, .x = {INF}},  /* +inf: NaN under `ieee` */
    {1, 1, .x = {NAN}},
    {1, 3, .x = {-INF, -INF, -INF}},
    {1, 3, .x = {NAN, 1, 2}},
    {1, 3, .x = {1, 2, NAN}},
    {1, 3, .x = {NAN, -INF, -INF}}, /* NaN before all -inf */
    {1, 3, .x = {INF, 1, 2}},
    {1, 3, .x = {INF, INF, 2}},
    {1, 3, .x = {INF, -INF, 2}},
    {1, 3, .x = {INF, INF, INF}},
    {1, 3, .x = {NAN, INF, -INF}},
    {1, 3, .x = {1, -INF, 2}},    /* a mask */
    {1, 3, .x = {-INF, 5, -INF}}, /* a point mass */
    {1, 3, .x = {-INF, -INF, -MAX}},
    {1, 2, .x = {MAX, -MAX}}, /* differences that overflow */
    {1, 2, .x = {-MAX, MAX}},
    {1, 3, .x = {MAX, MAX, MAX}},
    {1, 3, .x = {-MAX, -MAX, 0}},
    {1, 2, .x = {0.0, -0.0}},
    {1, 3, .x = {-0.0, -0.0, -0.0}},
    {1, 2, .x = {LEAST, -LEAST}},
    {1, 3, .x = {0x1p-1030, 0, -0x1p-1040}},
    {1, 2, .x = {0, -746}}, /* underflow to zero, to a subnormal, just above */
    {1, 2, .x = {0, -745.1}},
    {1, 2, .x = {0, -104}},
    {1, 2, .x = {0, -103.5}},
    {1, 2, .x = {0, -708}},
    {2, 3, .x = {NAN, 1, 2, 1, 2, 3}}, /* the other row is untouched */
    {2, 3, .x = {1, 2, 3, -INF, -INF, -INF}},
    {1, 3, .x = {1, 2, 3}, .y = {1, 1, 1}, .has_y = true}, /* v: the gradient cancels exactly */
    {1, 3, .x = {1, 2, 3}, .y = {0, 0, 0}, .has_y = true},
    {1, 3, .x = {1, 2, 3}, .y = {0, NAN, 0}, .has_y = true},
    {1, 3, .x = {1, -INF, 3}, .y = {1, 2, 3}, .has_y = true},
    {1, 3, .x = {-INF, 2, -INF}, .y = {1, 2, 3}, .has_y = true},
    {1, 3, .x = {NAN, 2, 1}, .y = {1, 2, 3}, .has_y = true},
    {1, 1, .x = {3.5}, .y = {2}, .has_y = true},
    {1, 2, .x = {0, -746}, .y = {1, -1}, .has_y = true},
    {1, 2, .x = {1, 2}, .set = TEMP, .value = {0, 0, 0}}, /* errors: T <= 0, not finite */
    {1, 2, .x = {1, 2}, .set = TEMP, .value = {0, 0, -0.0}},
    {1, 2, .x = {1, 2}, .set = TEMP, .value = {0, 0, -1}},
    {1, 2, .x = {1, 2}, .set = TEMP, .value = {0, 0, NAN}},
    {1, 2, .x = {1, 2}, .set = TEMP, .value = {0, 0, INF}},
    {1, 3, .x = {-INF, 2, 3}, .set = TEMP, .value = {0, 0, 2}},
    {1, 3, .x = {NAN, 2, 3}, .set = TEMP, .value = {0, 0, 2}},
    {1, 3, .x = {1, 2, 3}, .set = TEMP, .value = {0, 0, LEAST}}, /* z / T beyond every format */
    {1, 3, .x = {1, 2, 3}, .set = TEMP, .value = {0, 0, MAX}},
    {1, 2, .x = {MAX, -MAX}, .set = TEMP, .value = {0, 0, 0.5}},
    {1, 3, .x = {1, INF, -INF}, LIMITED}, /* a point mass */
    {1, 3, .x = {1, INF, 2}, .y = {1, 2, 3}, .has_y = true, LIMITED},
    {1, 3, .x = {INF, INF, 2}, LIMITED},
    {1, 3, .x = {INF, NAN, 2}, LIMITED},
    {1, 1, .x = {INF}, LIMITED},
};

static const special xent[] = {
    {1, 0, .x = {0}},                     /* K = 0 */
    {0, 3, .x = {0}},                     /* N = 0 */
    {1, 3, .x = {1, 2, 3}, .label = {3}}, /* labels outside */
    {1, 3, .x = {1, 2, 3}, .label = {-1}},
    {1, 3, .x = {1, 2, 3}, .label = {INT64_MAX}},
    {1, 3, .x = {1, 2, 3}, .label = {INT64_MIN}},
    {1, 3, .x = {1, 2, 3}, .label = {INT64_C(1) << 32}}, /* 0 if cut to 32 bits */
    {2, 3, .x = {1, 2, 3, 4, 5, 6}, .label = {0, -100}},
    {1, 3, .x = {NAN, 1, 2}, .label = {3}}, /* the error comes before the NaN */
    {1, 1, .x = {3.5}},                     /* K = 1: exactly zero */
    {1, 1, .x = {-INF}},
    {1, 1, .x = {INF}},
    {1, 1, .x = {NAN}},
    {1, 1, .x = {-MAX}},
    {1, 3, .x = {NAN, 1, 2}, .label = {0}},
    {1, 3, .x = {NAN, 1, 2}, .label = {1}},
    {1, 3, .x = {1, 2, NAN}, .label = {0}},
    {1, 3, .x = {NAN, -INF, -INF}, .label = {1}},
    {1, 3, .x = {INF, 1, 2}, .label = {0}},
    {1, 3, .x = {INF, 1, 2}, .label = {1}},
    {1, 3, .x = {INF, INF, 2}, .label = {0}},
    {1, 3, .x = {INF, -INF, 2}, .label = {1}},
    {1, 3, .x = {INF, INF, INF}, .label = {2}},
    {1, 3, .x = {-INF, -INF, -INF}, .label = {1}},
    {1, 3, .x = {1, -INF, 2}, .label = {0}},    /* a mask */
    {1, 3, .x = {1, -INF, 2}, .label = {1}},    /* the label masked: +inf */
    {1, 3, .x = {-INF, 5, -INF}, .label = {1}}, /* all but the label: +0 */
    {1, 3, .x = {-INF, 5, -INF}, .label = {0}},
    {1, 3, .x = {-INF, -MAX, -INF}, .label = {1}},
    {1, 2, .x = {MAX, -MAX}, .label = {0}}, /* the exact loss rounds to 0 */
    {1, 2, .x = {MAX, -MAX}, .label = {1}}, /* ... and to +inf */
    {1, 2, .x = {0, MAX}, .label = {0}},
    {1, 3, .x = {MAX, MAX, MAX}, .label = {0}},
    {1, 2, .x = {0.0, -0.0}, .label = {1}},
    {1, 2, .x = {LEAST, -LEAST}, .label = {0}},
    {1, 2, .x = {LEAST, -LEAST}, .label = {1}},
    {1, 2, .x = {0, -746}, .label = {0}}, /* the loss underflows: +0 or least */
    {1, 2, .x = {0, -745.1}, .label = {0}},
    {1, 2, .x = {0, -104}, .label = {0}},
    {1, 2, .x = {0, -103.5}, .label = {0}},
    {1, 2, .x = {0, -708}, .label = {0}},
    {2, 3, .x = {NAN, 1, 2, 1, 2, 3}, .label = {1, 2}}, /* the other row is untouched */
    {2, 3, .x = {1, 2, 3, -INF, -INF, -INF}, .label = {1, 2}},
    {2, 3, .x = {INF, 2, 3, 1, 2, 3}, .label = {1, 2}},
    /* options */
    {1, 3, .x = {1, INF, 2}, .label = {1}, LIMITED}, /* a point mass */
    {1, 3, .x = {1, INF, 2}, .label = {0}, LIMITED},
    {1, 3, .x = {1, INF, -INF}, .label = {1}, LIMITED},
    {1, 3, .x = {INF, INF, 2}, .label = {1}, LIMITED},
    {1, 3, .x = {INF, NAN, 2}, .label = {0}, LIMITED},
    {1, 3, .x = {1, -INF, 2}, .label = {0}, LIMITED},
    {1, 3, .x = {1, 2, 3}, .label = {1}, Z_LOSS(-1)}, /* errors */
    {1, 3, .x = {1, 2, 3}, .label = {1}, Z_LOSS(NAN)},
    {1, 3, .x = {1, 2, 3}, .label = {1}, Z_LOSS(INF)},
    {1, 1, .x = {-3}, Z_LOSS(2)}, /* by the formula with one class */
    {1, 3, .x = {-INF, 3, -INF}, .label = {1}, Z_LOSS(1)},
    {1, 3, .x = {-INF, 3, 1}, .label = {0}, Z_LOSS(1)},
    {1, 3, .x = {-INF, -INF, -INF}, .label = {0}, Z_LOSS(1)},
    {1, 3, .x = {INF, 3, 1}, .label = {0}, Z_LOSS(0)},
    {1, 2, .x = {-MAX, -MAX}, Z_LOSS(1)},
    {1, 3, .x = {INF, 3, 1}, .label = {0}, .set = LIMIT | ZLOSS,
     .value = {[V_SPECIAL] = 1, [V_Z_LOSS] = 1}},
    {1, 3, .x = {1, 2, 3}, .label = {1}, SOFTCAP(0)}, /* errors */
    {1, 3, .x = {1, 2, 3}, .label = {1}, SOFTCAP(-1)},
    {1, 3, .x = {1, 2, 3}, .label = {1}, SOFTCAP(NAN)},
    {1, 3, .x = {1, 2, 3}, .label = {1}, SOFTCAP(INF)},
    {1, 3, .x = {-INF, 0, 1}, .label = {0}, SOFTCAP(2)}, /* a number, its slope 0 */
    {1, 3, .x = {-INF, INF, 0}, .label = {1}, SOFTCAP(0.5)},
    {1, 2, .x = {-INF, -INF}, SOFTCAP(30)},
    {1, 2, .x = {INF, INF}, SOFTCAP(30)},
    {1, 3, .x = {NAN, INF, 0}, .label = {1}, SOFTCAP(2)},
    {1, 2, .x = {MAX, -MAX}, .label = {1}, SOFTCAP(1)},
    {1, 2, .x = {0, LEAST}, SOFTCAP(1)},
    {2, 3, .x = {1, 2, 3, 4, 5, 6}, .label = {0, 3}, NAN_ROW}, /* that row alone */
    {2, 3, .x = {1, 2, 3, 4, 5, 6}, .label = {-1, 2}, NAN_ROW},
    {1, 3, .x = {1, 2, 3}, .label = {INT64_C(1) << 32}, NAN_ROW},
    {1, 2, .x = {5, 5}, BITS}, /* one bit */
    {1, 4, .x = {5, 5, 5, 5}, .label = {2}, BITS},
    {1, 3, .x = {0, 0, -1e4}, BITS}, /* next to one bit */
    {1, 3, .x = {1, -INF, 2}, .label = {1}, BITS},
    /* weights */
    {1, 3, .x = {1, 2, 3}, .y = {0, 0, 0}, .has_y = true, .label = {1}}, /* all zero: +0 */
    {1, 3, .x = {1, 2, 3}, .y = {1, 0, 1}, .has_y = true, .label = {1}},
    {1, 3, .x = {1, -INF, 3}, .y = {1, 0, 1}, .has_y = true, .label = {1}}, /* 0 beside inf: +0 */
    {1, 3, .x = {1, INF, 3}, .y = {1, 0, 1}, .has_y = true, .label = {1}},
    {1, 3, .x = {1, NAN, 3}, .y = {1, 0, 1}, .has_y = true, .label = {1}},
    {1, 3, .x = {-INF, -INF, -INF}, .y = {1, 0, 1}, .has_y = true, .label = {1}},
    {1, 3, .x = {1, -INF, 3}, .y = {1, 2, 1}, .has_y = true, .label = {1}},
    {1, 3, .x = {1, 2, 3}, .y = {NAN, 2, 1}, .has_y = true, .label = {1}}, /* takes no part */
    {1, 3, .x = {1, 2, 3}, .y = {1, NAN, 1}, .has_y = true, .label = {1}},
    {1, 3, .x = {1, 2, 3}, .y = {1, INF, 1}, .has_y = true,
     .label = {1}}, /* a parameter that is not finite */
    {1, 3, .x = {1, 2, 3}, .y = {LEAST, LEAST, LEAST}, .has_y = true, .label = {1}},
    {1, 3, .x = {1, 2, 3}, .y = {MAX, MAX, MAX}, .has_y = true, .label = {0}},
    {1, 1, .x = {1}, .y = {2}, .has_y = true, .label = {0}},
    /* smoothing */
    {1, 3, .x = {1, 2, 3}, .label = {1}, .set = SMOOTH, .value = {-0.1}}, /* errors */
    {1, 3, .x = {1, 2, 3}, .label = {1}, .set = SMOOTH, .value = {1.5}},
    {1, 3, .x = {1, 2, 3}, .label = {1}, .set = SMOOTH, .value = {NAN}},
    {1, 3, .x = {1, 2, 3}, .label = {1}, .set = SMOOTH, .value = {-LEAST}},
    {1, 3, .x = {1, 2, 3}, .label = {1}, .set = SMOOTH, .value = {-0.0}},
    {1, 3, .x = {1, 2, 3}, .label = {1}, .set = SMOOTH, .value = {1}},
    {1, 3, .x = {1, 2, 3}, .label = {1}, .set = SMOOTH | RULE, .value = {1, 1}},
    {1, 3, .x = {1, -INF, 3}, .label = {1}, .set = SMOOTH | RULE, .value = {1, 1}}, /* W_c = 0 */
    {1, 3, .x = {1, -INF, 3}, .label = {0}, .set = SMOOTH, .value = {0}},
    {1, 3, .x = {1, -INF, 3}, .label = {0}, .set = SMOOTH, .value = {0.1}}, /* +inf */
    {1, 3, .x = {1, -INF, 3}, .label = {0}, .set = SMOOTH | RULE, .value = {0.1, 1}},
    {1, 3, .x = {1, -INF, 3}, .y = {1, 0, 1}, .has_y = true, .label = {0}, .set = SMOOTH,
     .value = {0.1}}, /* w = 0 there */
    {1, 3, .x = {1, 2, 3}, .y = {1, NAN, 1}, .has_y = true, .label = {0}, .set = SMOOTH,
     .value = {0.1}},
    {1, 3, .x = {1, 2, 3}, .y = {0, 0, 0}, .has_y = true, .label = {0}, .set = SMOOTH,
     .value = {0.1}},
    {1, 1, .x = {3.5}, .set = SMOOTH, .value = {0.1}},
    {1, 1, .x = {3.5}, .set = SMOOTH | RULE, .value = {0.1, 1}}, /* t' = 1 - eps */
    {1, 1, .x = {3.5}, .set = SMOOTH | RULE, .value = {1, 1}},
    {1, 3, .x = {2, 2, 2}, .label = {1}, .set = SMOOTH, .value = {1}}, /* gradient exactly zero */
    {1, 3, .x = {-INF, -INF, -INF}, .label = {1}, .set = SMOOTH, .value = {0.1}},
    /* temperature */
    {1, 2, .x = {1, 2}, .set = TEMP, .value = {0, 0, 0}}, /* errors */
    {1, 2, .x = {1, 2}, .set = TEMP, .value = {0, 0, -0.0}},
    {1, 2, .x = {1, 2}, .set = TEMP, .value = {0, 0, -1}},
    {1, 2, .x = {1, 2}, .set = TEMP, .value = {0, 0, NAN}},
    {1, 2, .x = {1, 2}, .set = TEMP, .value = {0, 0, INF}},
    {1, 3, .x = {-INF, 2, 3}, .label = {1}, .set = TEMP, .value = {0, 0, 2}},
    {1, 3, .x = {1, 2, 3}, .label = {1}, .set = TEMP, .value = {0, 0, LEAST}},
    {1, 3, .x = {1, 2, 3}, .label = {1}, .set = TEMP, .value = {0, 0, MAX}},
    {1, 2, .x = {MAX, -MAX}, .label = {1}, .set = TEMP, .value = {0, 0, 2}},
};

static const special pair[] = {
    {1, 0, .x = {0}}, /* K = 0 */
    {0, 3, .x = {0}}, /* N = 0 */
    {1, 1, .x = {1}, .y = {1}},
    {1, 1, .x = {0}, .y = {0}},
    {1, 1, .x = {0.5}, .y = {0.25}},
    {1, 2, .x = {0, 1}, .y = {0, 1}},     /* p = 0 = q */
    {1, 2, .x = {0.5, 0.5}, .y = {0, 1}}, /* q = 0 < p */
    {1, 2, .x = {0, 1}, .y = {0.5, 0.5}}, /* p = 0 < q */
    {1, 3, .x = {0, 0.5, 0.5}, .y = {0, 0, 1}},
    {1, 2, .x = {0, 0}, .y = {0, 0}},
    {1, 2, .x = {0, 0}, .y = {0.5, 0.5}},
    {1, 2, .x = {0.5, 0.5}, .y = {0, 0}},
    {1, 2, .x = {-0.0, 1}, .y = {0.0, 1}}, /* -0 is a zero, not a negative number */
    {1, 2, .x = {0.5, 0.5}, .y = {-0.0, 1}},
    {1, 2, .x = {-0.5, 1}, .y = {0.5, 0.5}}, /* errors */
    {1, 2, .x = {0.5, 0.5}, .y = {-0.5, 1}},
    {1, 2, .x = {-LEAST, 1}, .y = {0.5, 0.5}},
    {1, 2, .x = {NAN, -1}, .y = {0.5, 0.5}}, /* error before NaN */
    {1, 2, .x = {NAN, 0.5}, .y = {0.5, 0.5}},
    {1, 2, .x = {0.5, 0.5}, .y = {NAN, 0.5}},
    {1, 2, .x = {0, 1}, .y = {NAN, 0.5}}, /* 0 beside NaN is NaN */
    {1, 2, .x = {NAN, 1}, .y = {0, 0.5}},
    {1, 2, .x = {0.5, 0.5}, .y = {0.5, 0.5}}, /* p = q: +0 */
    {1, 3, .x = {LEAST, LEAST, 1}, .y = {LEAST, 1, LEAST}},
    {1, 2, .x = {MAX, MAX}, .y = {LEAST, LEAST}}, /* quotients that overflow and underflow */
    {1, 2, .x = {LEAST, LEAST}, .y = {MAX, MAX}},
    {1, 2, .x = {MAX, 1}, .y = {MAX / 4, 1}}, /* p ln(p/q) overflows, less p - q it does not */
    {1, 2, .x = {1, 0x1p-600}, .y = {1, 0x1p-601}},
    {1, 2, .x = {1, 1}, .y = {0x1.000002p+0, 0x1.fffffep-1}},
    {1, 2, .x = {INF, 1}, .y = {1, 1}}, /* infinite entries */
    {1, 2, .x = {1, 1}, .y = {1, INF}},
    {1, 2, .x = {0, 1}, .y = {INF, 1}},
    {1, 2, .x = {INF, 1}, .y = {INF, 1}},
    {1, 2, .x = {INF, 1}, .y = {0, 1}},
    {1, 2, .x = {1, 1}, .y = {1, 1}},
    {1, 2, .x = {2, 3}, .y = {4, 0.5}},
    {2, 2, .x = {NAN, 1, 0.5, 0.5}, .y = {0.5, 0.5, 0.5, 0.5}}, /* the other row is untouched */
    {2, 2, .x = {0.5, 0.5, 0.5, 0.5}, .y = {0, 1, 0.25, 0.75}},
};

/* entropy takes the pairs' p. */
static lp_special_list list_of(lp_op op) {
    switch (op) {
    case LP_OP_ENTROPY:
    case LP_OP_CROSS_ENTROPY:
    case LP_OP_KL_DIV:
    case LP_OP_KL_GEN:
        return LIST(pair, LP_IN_P, LP_IN_Q);
    case LP_OP_SIGMOID:
    case LP_OP_LOG_SIGMOID:
    case LP_OP_SOFTPLUS:
    case LP_OP_BCE_LOGITS:
    case LP_OP_MULTILABEL_BCE:
    case LP_OP_FOCAL_SIGMOID:
    case LP_OP_LOGISTIC_MARGIN:
        return lp_special_binary(op);
    case LP_OP_LOGSUMEXP:
    case LP_OP_SOFTMAX_XENT_SOFT:
    case LP_OP_KL_LOGITS:
    case LP_OP_FOCAL_SOFTMAX:
        return lp_special_rows(op);
    case LP_OP_NLL:
    case LP_OP_BRIER:
    case LP_OP_PERPLEXITY:
    case LP_OP_ECE:
    case LP_OP_BCE_PROB:
        return lp_special_score(op);
    case LP_OP_POLICY_GRAD:
    case LP_OP_DISTILL:
        return lp_special_policy(op);
    case LP_OP_HINGE:
    case LP_OP_HINGE_MULTI:
        return lp_special_hinge(op);
    case LP_OP_MSE_SIGMOID:
    case LP_OP_MSE_SOFTMAX:
        return lp_special_mse(op);
    case LP_OP_INFO_NCE:
    case LP_OP_LINEAR_XENT:
        return lp_special_stacked(op);
    case LP_OP_SOFTMAX_XENT:
        return LIST(xent, LP_IN_LOGITS, LP_IN_WEIGHTS);
    default:
        return LIST(link, LP_IN_LOGITS, LP_IN_V);
    }
}

static bool is_declared(const special *s, lp_in y, const lp_gen_plan *plan) {
    if (s->set & ~plan->params) return false;
    return !(y == LP_IN_WEIGHTS && s->has_y) || plan->params & LP_PARAM_BIT(LP_PARAM_WEIGHTS);
}

int64_t lp_gen_special_count(const lp_gen_plan *plan) {
    lp_special_list all = list_of(plan->op);
    int64_t count = 0;
    for (int i = 0; i < all.count; i++) count += is_declared(&all.at[i], all.y, plan);
    return count;
}

static void fill(lp_case *c, lp_in role, const double *x) {
    const lp_format *f = lp_format_get(c->format);
    double *to = lp_case_alloc(c, role);
    for (int64_t i = 0, n = lp_case_in_len(c, role); i < n; i++) {
        to[i] = lp_format_round(f, x[i]);
        if (isfinite(x[i]) && !isfinite(to[i])) to[i] = copysign(f->max, x[i]);
        if (x[i] != 0 && to[i] == 0) to[i] = copysign(f->least, x[i]);
    }
}

void lp_gen_special(lp_case *c, const lp_gen_plan *plan, int64_t i, char regime[24]) {
    lp_special_list all = list_of(plan->op);
    const special *s = all.at;
    for (int64_t left = i; !is_declared(s, all.y, plan) || left-- > 0; s++) {
    }
    const lp_op_info *op = lp_op_get(plan->op);
    lp_case_init(c, plan->op);
    c->format = plan->format;
    c->reduction = lp_gen_reduction(plan, LP_REDUCE_NONE);
    c->n = s->n;
    c->k = c->stride = s->k;
    c->d = s->d;
    fill(c, all.x, s->x);
    if (op->in[all.y] && (s->has_y || op->required & 1u << all.y)) fill(c, all.y, s->y);
    if (op->label != LP_LABEL_NONE) lp_case_alloc_label(c);
    for (int64_t row = 0; c->label && row < c->n; row++) c->label[row] = s->label[row];
    if (op->in[LP_IN_B]) fill(c, LP_IN_B, s->q);
    if (s->set & POSWS) fill(c, LP_IN_POS_WEIGHT, s->q);
    if (s->set & WEIGHTED) fill(c, LP_IN_WEIGHTS, s->q);
    if (s->set & ALPHAS) fill(c, LP_IN_ALPHA, s->q);
    if (s->set & ADVS) fill(c, LP_IN_ADVANTAGE, s->q);
    for (int p = 0; p < VALUES; p++)
        if (s->set & LP_PARAM_BIT(scalar[p])) lp_case_set(c, scalar[p], s->value[p]);
    lp_case_sync(c);
    lp_gen_regime(regime, c);
    c->tags = lp_memory_text(regime);
}
