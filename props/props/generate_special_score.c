/* Section 2 for the losses on given probabilities with a target or a label. */
#include "props/props/generate_special.h"

static const lp_special bce_prob[] = {
    {0, 1, .x = {0}}, /* N = 0 */
    {1, 1, .x = {0}, .y = {0}},
    {1, 1, .x = {0}, .y = {1}},
    {1, 1, .x = {0}, .y = {0.5}},
    {1, 1, .x = {0}, .y = {LEAST}},
    {1, 1, .x = {1}, .y = {1}},
    {1, 1, .x = {1}, .y = {0}},
    {1, 1, .x = {1}, .y = {0.5}},
    {1, 1, .x = {-0.0}, .y = {0}}, /* -0 is a zero, not a negative number */
    {1, 1, .x = {-0.0}, .y = {1}},
    {1, 1, .x = {0.5}, .y = {-0.0}},
    {1, 1, .x = {-0.0}, .y = {-0.0}},
    {1, 1, .x = {1.5}, .y = {1}}, /* errors: p > 1 */
    {1, 1, .x = {0x1.000002p+0}, .y = {1}},
    {1, 1, .x = {MAX}, .y = {1}},
    {1, 1, .x = {INF}, .y = {1}},
    {1, 1, .x = {-0.5}, .y = {1}},
    {1, 1, .x = {-LEAST}, .y = {0}},
    {1, 1, .x = {0.5}, .y = {1.5}},
    {1, 1, .x = {0.5}, .y = {-LEAST}},
    {1, 1, .x = {0.5}, .y = {INF}},
    {1, 1, .x = {NAN}, .y = {2}}, /* error before NaN */
    {1, 1, .x = {2}, .y = {NAN}},
    {1, 1, .x = {NAN}, .y = {0}},
    {1, 1, .x = {NAN}, .y = {1}},
    {1, 1, .x = {0.5}, .y = {NAN}},
    {1, 1, .x = {0}, .y = {NAN}}, /* 0 beside NaN is NaN */
    {1, 1, .x = {1}, .y = {NAN}},
    {1, 1, .x = {0.5}, .y = {0.5}}, /* gradient +0 */
    {1, 1, .x = {0.5}, .y = {0}},
    {1, 1, .x = {0.5}, .y = {1}},
    {1, 1, .x = {LEAST}, .y = {0}}, /* the loss is the least number, the gradient 1 */
    {1, 1, .x = {LEAST}, .y = {1}}, /* the gradient overflows */
    {1, 1, .x = {LEAST}, .y = {LEAST}},
    {1, 1, .x = {0x1.fffffep-1}, .y = {0}},
    {1, 1, .x = {0x1.fffffep-1}, .y = {1}},
    {1, 1, .x = {1e-7}, .y = {1}},
    {1, 1, .x = {1e-20}, .y = {0}},
    {2, 1, .x = {NAN, 0.5}, .y = {1, 1}}, /* the other row is untouched */
    {2, 1, .x = {0.5, 0}, .y = {0, 1}},
    {2, 1, .x = {0.25, 1}, .y = {1, 0}},
};

/* nll, brier and perplexity. */
static const lp_special labelled[] = {
    {1, 0, .x = {0}}, /* K = 0 */
    {0, 3, .x = {0}}, /* N = 0 */
    {1, 1, .x = {1}},
    {1, 1, .x = {0}},
    {1, 1, .x = {2}},
    {1, 3, .x = {0.25, 0.25, 0.5}, .label = {3}}, /* labels outside */
    {1, 3, .x = {0.25, 0.25, 0.5}, .label = {-1}},
    {1, 3, .x = {0.25, 0.25, 0.5}, .label = {INT64_MAX}},
    {1, 3, .x = {0.25, 0.25, 0.5}, .label = {INT64_MIN}},
    {1, 3, .x = {0.25, 0.25, 0.5}, .label = {INT64_C(1) << 32}}, /* 0 if cut to 32 bits */
    {2, 2, .x = {0.5, 0.5, 0.5, 0.5}, .label = {0, -100}},
    {1, 3, .x = {NAN, 0.25, 0.5}, .label = {3}}, /* the error comes before the NaN */
    {1, 2, .x = {-0.5, 0.5}, .label = {1}},      /* a negative number, at the label or not */
    {1, 2, .x = {0.5, -LEAST}, .label = {1}},
    {1, 2, .x = {NAN, -1}, .label = {0}},
    {1, 2, .x = {0, 1}, .label = {0}}, /* q_c = 0 */
    {1, 2, .x = {-0.0, 1}, .label = {0}},
    {1, 2, .x = {0, 1}, .label = {1}}, /* +0, the other class too */
    {1, 2, .x = {NAN, 0.5}, .label = {0}},
    {1, 2, .x = {NAN, 0.5}, .label = {1}},
    {1, 2, .x = {INF, 0.5}, .label = {0}},
    {1, 2, .x = {INF, 0.5}, .label = {1}},
    {1, 2, .x = {MAX, 0.5}, .label = {0}},
    {1, 2, .x = {LEAST, 1}, .label = {0}}, /* the gradient overflows */
    {1, 2, .x = {1e-7, 1}, .label = {0}},
    {1, 2, .x = {0x1.fffffep-1, 0}, .label = {0}},
    {1, 2, .x = {3, 0.5}, .label = {0}},
    {1, 2, .x = {0.5, MAX}, .label = {0}},
    {1, 2, .x = {0.5, 0.5}, .label = {1}},
    {1, 3, .x = {LEAST, 1, LEAST}, .label = {1}}, /* squares that underflow */
    {1, 3, .x = {0, 0x1.000002p+0, 0}, .label = {1}},
    {1, 2, .x = {1e160, 0}, .label = {0}}, /* ... and overflow */
    {1, 2, .x = {0, 1e20}, .label = {0}},
    {2, 2, .x = {NAN, 1, 0.5, 0.5}, .label = {1, 1}}, /* the other row is untouched */
    {2, 2, .x = {0, 1, 0.5, 0.5}, .label = {0, 1}},
    {2, 2, .x = {0.5, 0.5, 0.5, 0.5}, .label = {0, 2}, NAN_ROW}, /* that row alone */
    {2, 2, .x = {0.5, 0.5, 0.5, 0.5}, .label = {-1, 1}, NAN_ROW},
    {1, 2, .x = {0, 1}, .label = {INT64_C(1) << 32}, NAN_ROW},
};

#define B(n) .set = LP_PARAM_BIT(LP_PARAM_BINS), .value = {[V_BINS] = (n)}

static const lp_special calibration[] = {
    {1, 0, .x = {0}}, /* K = 0 */
    {0, 3, .x = {0}}, /* N = 0 */
    {0, 3, .x = {0}, B(4)},
    {1, 3, .x = {0.25, 0.25, 0.5}, .label = {3}}, /* errors: labels, bins, negative numbers */
    {1, 3, .x = {0.25, 0.25, 0.5}, .label = {-1}},
    {1, 3, .x = {0.25, 0.25, 0.5}, .label = {INT64_C(1) << 32}},
    {2, 2, .x = {0.5, 0.5, 0.5, 0.5}, .label = {0, -100}},
    {1, 2, .x = {0.25, 0.75}, .label = {1}, B(0)},
    {1, 2, .x = {0.25, 0.75}, .label = {1}, B(-1)},
    {1, 2, .x = {NAN, 0.75}, .label = {1}, B(0)},
    {1, 2, .x = {-0.5, 0.5}, .label = {1}},
    {1, 2, .x = {0.5, -LEAST}, .label = {1}},
    {1, 2, .x = {NAN, -1}, .label = {0}},
    {1, 1, .x = {1}}, /* one row: |hit - p| */
    {1, 1, .x = {0}},
    {1, 1, .x = {-0.0}},
    {1, 2, .x = {0, 0}, .label = {0}}, /* a tie: the first class */
    {1, 2, .x = {0, 0}, .label = {1}},
    {1, 2, .x = {0.5, 0.5}, .label = {0}},
    {1, 2, .x = {0.5, 0.5}, .label = {1}},
    {1, 2, .x = {-0.0, 0.0}, .label = {1}},
    {2, 2, .x = {0.5, 0, 0.75, 0}, .label = {0, 1}, B(2)}, /* 1/2 is in the first of two */
    {2, 2, .x = {0.5, 0, 0x1.000002p-1, 0}, .label = {0, 1}, B(2)},
    {2, 2, .x = {0.5, 0, 0.25, 0}, .label = {0, 1}, B(2)},
    {2, 2, .x = {0, 0, 0.25, 0}, .label = {0, 1}, B(4)}, /* 0 is in the first */
    {2, 2, .x = {0.25, 0, 0.5, 0}, .label = {0, 1}, B(4)},
    {2, 2, .x = {1, 0, 1, 0}, .label = {0, 1}, B(1)},
    {2, 2, .x = {1, 0, 1, 0}, .label = {0, 1}, B(0x1p53)},
    {2, 2, .x = {1, 0, 3, 0}, .label = {0, 1}, B(3)}, /* above 1: the last */
    {1, 2, .x = {MAX, 0}, .label = {0}},
    {1, 2, .x = {LEAST, 0}, .label = {0}, B(0x1p53)},
    {1, 2, .x = {INF, 0}, .label = {0}},
    {2, 2, .x = {INF, 0, INF, 0}, .label = {0, 1}},
    {2, 2, .x = {INF, 0, NAN, 0}, .label = {0, 1}},
    {2, 2, .x = {0.5, 0.25, NAN, 0.5}, .label = {1, 1}},
    {2, 2, .x = {0.5, 0.25, 0.5, NAN}, .label = {1, 0}},
    {2, 2, .x = {0.5, 0.25, 0.5, 0.25}, .label = {0, 2}, NAN_ROW},
    {1, 2, .x = {0.5, 0.25}, .label = {INT64_C(1) << 32}, NAN_ROW},
};

lp_special_list lp_special_score(lp_op op) {
    if (op == LP_OP_NLL) return LIST(labelled, LP_IN_Q, LP_IN_V);
    if (op == LP_OP_PERPLEXITY) return LIST(labelled, LP_IN_Q, LP_IN_V);
    if (op == LP_OP_ECE) return LIST(calibration, LP_IN_P, LP_IN_V);
    if (op == LP_OP_BRIER) return LIST(labelled, LP_IN_P, LP_IN_V);
    return LIST(bce_prob, LP_IN_P, LP_IN_TARGETS);
}
