/* Section 2 for logsumexp, for the losses with targets on rows of logits, and for the focal loss.
 */
#include "props/props/generate_special.h"

static const lp_special logsumexp[] = {
    {1, 0, .x = {0}}, /* K = 0 */
    {0, 3, .x = {0}}, /* N = 0 */
    {1, 1, .x = {3.5}},
    {1, 1, .x = {-0.0}},
    {1, 1, .x = {-INF}}, /* -inf, gradient NaN */
    {1, 1, .x = {INF}},
    {1, 1, .x = {NAN}},
    {1, 3, .x = {-INF, -INF, -INF}},
    {1, 3, .x = {INF, 1, -INF}},
    {1, 3, .x = {INF, INF, INF}},
    {1, 3, .x = {NAN, INF, -INF}}, /* NaN before +inf */
    {1, 3, .x = {1, -INF, 2}},
    {1, 3, .x = {-INF, 5, -INF}},
    {1, 2, .x = {MAX, -MAX}},
    {1, 3, .x = {MAX, MAX, MAX}},
    {1, 3, .x = {-MAX, -MAX, -MAX}},
    {1, 2, .x = {0.0, -0.0}},
    {1, 2, .x = {LEAST, -LEAST}},
    {1, 2, .x = {0, -746}},
    {1, 2, .x = {0, -104}},
    {1, 2, .x = {-0x1.62e42fefa39efp-1, -0x1.62e42fefa39efp-1}}, /* near 0 */
    {2, 3, .x = {NAN, 1, 2, 1, 2, 3}},
    {1, 2, .x = {1, 2}, .y = {0}, .has_y = true},
    {1, 2, .x = {1, 2}, .y = {-3}, .has_y = true},
    {1, 2, .x = {1, 2}, .y = {NAN}, .has_y = true},
    {1, 3, .x = {1, -INF, 2}, .y = {INF}, .has_y = true}, /* +0 at the mask */
    {1, 3, .x = {1, -INF, 2}, .y = {-INF}, .has_y = true},
    {1, 2, .x = {-INF, -INF}, .y = {0}, .has_y = true},
    {1, 2, .x = {0, -746}, .y = {-1}, .has_y = true},
    {2, 2, .x = {1, 2, 3, 4}, .y = {NAN, 1}, .has_y = true},
};

/* y: targets; q: weights. */
static const lp_special soft[] = {
    {1, 0, .x = {0}},                              /* K = 0 */
    {0, 3, .x = {0}},                              /* N = 0 */
    {1, 3, .x = {1, 2, 3}, .y = {-0.1, 0.5, 0.6}}, /* errors */
    {1, 3, .x = {1, 2, 3}, .y = {-LEAST, 1, 0}},
    {1, 3, .x = {NAN, 2, 3}, .y = {-1, 1, 0}}, /* error before NaN */
    {1, 3, .x = {1, 2, 3}, .y = {-0.0, 1, 0}},
    {1, 3, .x = {1, 2, 3}, .y = {NAN, 1, 0}},
    {1, 3, .x = {NAN, 2, 3}, .y = {0, 1, 0}},
    {1, 3, .x = {INF, 2, 3}, .y = {0, 1, 0}},
    {1, 3, .x = {INF, 2, 3}, .y = {0, NAN, 0}},
    {1, 3, .x = {-INF, -INF, -INF}, .y = {0, 1, 0}},
    {1, 3, .x = {-INF, -INF, -INF}, .y = {0, 0, 0}},
    {1, 3, .x = {1, 2, 3}, .y = {0, 0, 0}},        /* no target at all: +0 */
    {1, 3, .x = {1, -INF, 3}, .y = {1, 0, 0}},     /* a mask */
    {1, 3, .x = {1, -INF, 3}, .y = {0.5, 0.5, 0}}, /* +inf */
    {1, 3, .x = {-INF, 5, -INF}, .y = {0, 1, 0}},
    {1, 3, .x = {-INF, 5, -INF}, .y = {0, 0.5, 0}},
    {1, 1, .x = {3.5}, .y = {1}},
    {1, 1, .x = {3.5}, .y = {0.3}},
    {1, 1, .x = {-INF}, .y = {1}},
    {1, 3, .x = {2, 2, 2}, .y = {1, 1, 1}}, /* gradient exactly zero */
    {1, 2, .x = {2, 2}, .y = {0.5, 0.5}},   /* ... divergence too */
    {1, 4, .x = {-7, -7, -7, -7}, .y = {0.25, 0.25, 0.25, 0.25}},
    {1, 3, .x = {2, -INF, 2}, .y = {0.5, 0, 0.5}},
    {1, 2, .x = {MAX, -MAX}, .y = {0, 1}},
    {1, 2, .x = {MAX, -MAX}, .y = {1, 0}},
    {1, 2, .x = {MAX, -MAX}, .y = {0.5, 0x1p-60}},
    {1, 2, .x = {1, 2}, .y = {LEAST, LEAST}},
    {1, 2, .x = {1, 2}, .y = {MAX, 0}},
    {1, 2, .x = {0, -746}, .y = {1, 0}},
    {2, 2, .x = {NAN, 1, 1, 2}, .y = {0.5, 0.5, 0.5, 0.5}}, /* the other row is untouched */
    {2, 2, .x = {1, 2, 1, 2}, .y = {NAN, 0.5, 0.5, 0.5}},
    {1, 3, .x = {1, -INF, 3}, .y = {1, 1, 0}, .set = WEIGHTED, .q = {1, 0, 1}},
    {1, 3, .x = {1, 2, 3}, .y = {1, 0, 0}, .set = WEIGHTED, .q = {1, NAN, 1}}, /* takes no part */
    {1, 3, .x = {1, 2, 3}, .y = {1, 1, 0}, .set = WEIGHTED, .q = {1, NAN, 1}},
    {1, 3, .x = {1, 2, 3}, .y = {1, 1, 0}, .set = WEIGHTED, .q = {1, INF, 1}}, /* error */
    {1, 3, .x = {1, 2, 3}, .y = {1, 1, 0}, .set = WEIGHTED, .q = {0, 0, 0}},
    {1, 3, .x = {1, -INF, 3}, .y = {1, 0, 0}, .set = SMOOTH, .value = {0.1}}, /* +inf */
    {1, 3, .x = {1, 2, 3}, .y = {1, 0, 0}, .set = SMOOTH, .value = {1}},
    {1, 3, .x = {1, 2, 3}, .y = {1, 0, 0}, .set = SMOOTH, .value = {1.5}},
    {1, 3, .x = {1, 2, 3}, .y = {1, 0, 0}, .set = SMOOTH | WEIGHTED, .value = {0.1},
     .q = {1, 1, NAN}},
    {1, 2, .x = {1, 2}, .y = {1, 0}, .set = TEMP, .value = {0, 0, 0}}, /* errors */
    {1, 2, .x = {1, 2}, .y = {1, 0}, .set = TEMP, .value = {0, 0, NAN}},
    {1, 2, .x = {1, 2}, .y = {0.25, 0.5}, .set = TEMP, .value = {0, 0, MAX}},
    {1, 3, .x = {1, INF, 2}, .y = {0, 0.5, 0}, LIMITED}, /* a point mass */
    {1, 3, .x = {1, INF, 2}, .y = {0.5, 0.5, 0}, LIMITED},
    {1, 3, .x = {1, INF, INF}, .y = {0.5, 0.5, 0}, LIMITED},
    {1, 1, .x = {3}, .y = {0}, Z_LOSS(1)}, /* without a target: LSE^2 alone */
    {1, 2, .x = {3, 1}, .y = {0, 0}, Z_LOSS(2)},
    {1, 2, .x = {-INF, 1}, .y = {0, 1}, Z_LOSS(2)},
    {1, 3, .x = {-INF, 0, 1}, .y = {0.5, 0.5, 0}, SOFTCAP(2)}, /* no mask */
    {1, 3, .x = {-INF, INF, 1}, .y = {0.5, 0.5, 0}, SOFTCAP(2)},
    {1, 2, .x = {1, 1}, .y = {0.25, 0.25}, BITS}, /* half a bit */
    {1, 2, .x = {1, 1}, .y = {0.5, 0.5}, BITS},
};

#define G(g)     .set = GAMMA, .value = {[V_GAMMA] = (g)}
#define GA(g, a) .set = GAMMA | ALPHA, .value = {[V_GAMMA] = (g), [V_ALPHA] = (a)}

/* q: alpha per class. */
static const lp_special focal[] = {
    {1, 0, .x = {0}, G(2)},                     /* K = 0 */
    {0, 3, .x = {0}, G(2)},                     /* N = 0 */
    {1, 3, .x = {1, 2, 3}, .label = {3}, G(2)}, /* errors */
    {1, 3, .x = {1, 2, 3}, .label = {-1}, G(2)},
    {1, 3, .x = {1, 2, 3}, G(-1)},
    {1, 3, .x = {1, 2, 3}, G(NAN)},
    {1, 3, .x = {1, 2, 3}, G(INF)},
    {1, 3, .x = {1, 2, 3}, GA(2, INF)},
    {1, 3, .x = {1, 2, 3}},
    {1, 3, .x = {1, 2, 3}, G(0)},
    {1, 3, .x = {1, 2, 3}, G(-0.0)},
    {1, 1, .x = {3.5}, G(2)}, /* p = 1 exactly: +0 */
    {1, 1, .x = {3.5}, G(0)},
    {1, 3, .x = {-INF, 5, -INF}, .label = {1}, G(0.5)},
    {1, 3, .x = {-INF, 5, -INF}, .label = {0}, G(2)},
    {1, 3, .x = {NAN, 1, 2}, .label = {1}, G(2)},
    {1, 3, .x = {INF, 1, 2}, .label = {1}, G(2)},
    {1, 3, .x = {INF, 1, 2}, .label = {0}, G(2)},
    {1, 3, .x = {-INF, -INF, -INF}, G(2)},
    {1, 3, .x = {1, -INF, 2}, .label = {0}, G(2)}, /* a mask */
    {1, 3, .x = {1, -INF, 2}, .label = {1}, G(2)}, /* the label masked */
    {1, 3, .x = {1, -INF, 2}, .label = {1}, GA(2, 0)},
    {1, 3, .x = {1, -INF, 2}, .label = {1}, GA(0.5, 0.25)},
    {1, 2, .x = {MAX, -MAX}, .label = {0}, G(2)},
    {1, 2, .x = {MAX, -MAX}, .label = {1}, G(2)},
    {1, 2, .x = {0, -746}, .label = {0}, G(0.5)}, /* underflow */
    {1, 2, .x = {0, -400}, .label = {0}, G(1)},
    {1, 2, .x = {0, -800}, .label = {1}, G(2)},
    {1, 2, .x = {0, -60}, .label = {0}, G(2)},
    {1, 2, .x = {0, -60}, .label = {0}, G(0x1p-40)},
    {1, 2, .x = {5, 5}, .label = {0}, G(1000)},
    {1, 2, .x = {5, 5}, .label = {0}, G(0.5)},
    {1, 3, .x = {1, 2, 3}, GA(2, 0)},
    {1, 3, .x = {1, 2, 3}, GA(2, 0.25)},
    {1, 3, .x = {1, 2, 3}, GA(2, LEAST)},
    {1, 3, .x = {1, 2, 3}, GA(0, MAX)},
    {1, 3, .x = {1, 2, 3}, .set = ALPHAS, .q = {NAN, 2, 1}, .label = {1}}, /* takes no part */
    {1, 3, .x = {1, 2, 3}, .set = ALPHAS, .q = {1, NAN, 1}, .label = {1}},
    {1, 3, .x = {1, 2, 3}, .set = ALPHAS, .q = {1, INF, 1}, .label = {0}}, /* error */
    {1, 3, .x = {1, 2, 3}, .set = ALPHAS, .q = {0, 0, 0}, .label = {0}},
    {2, 3, .x = {NAN, 1, 2, 1, 2, 3}, .label = {1, 2}, G(2)},
    {1, 2, .x = {5, 5}, .set = GAMMA | BASE, .value = {[V_GAMMA] = 2, [V_BASE] = 1}}, /* 1/4 bit */
    {1, 2, .x = {INF, 5}, .set = GAMMA | LIMIT, .value = {[V_GAMMA] = 2, [V_SPECIAL] = 1}},
    {1, 2, .x = {INF, 5}, .label = {1}, .set = GAMMA | LIMIT,
     .value = {[V_GAMMA] = 2, [V_SPECIAL] = 1}},
};

lp_special_list lp_special_rows(lp_op op) {
    if (op == LP_OP_LOGSUMEXP) return LIST(logsumexp, LP_IN_LOGITS, LP_IN_V);
    if (op == LP_OP_FOCAL_SOFTMAX) return LIST(focal, LP_IN_LOGITS, LP_IN_WEIGHTS);
    return LIST(soft, LP_IN_LOGITS, LP_IN_TARGETS);
}
