/* Section 2 for the squared errors. */
#include "props/props/generate_special.h"

static const lp_special sigmoid[] = {
    {0, 1, .x = {0}},              /* N = 0 */
    {1, 1, .x = {0}, .y = {-0.5}}, /* errors */
    {1, 1, .x = {0}, .y = {-LEAST}},
    {1, 1, .x = {0}, .y = {1.5}},
    {1, 1, .x = {0}, .y = {0x1.000002p+0}},
    {1, 1, .x = {NAN}, .y = {2}}, /* error before NaN */
    {1, 1, .x = {0}, .y = {INF}},
    {1, 1, .x = {NAN}, .y = {1}},
    {1, 1, .x = {1}, .y = {NAN}},
    {1, 1, .x = {INF}, .y = {NAN}},
    {1, 1, .x = {0}, .y = {0}},
    {1, 1, .x = {-0.0}, .y = {1}},
    {1, 1, .x = {0}, .y = {0.5}}, /* exactly 0 */
    {1, 1, .x = {0}, .y = {-0.0}},
    {1, 1, .x = {INF}, .y = {1}},
    {1, 1, .x = {INF}, .y = {0}},
    {1, 1, .x = {INF}, .y = {0.25}},
    {1, 1, .x = {-INF}, .y = {0}},
    {1, 1, .x = {-INF}, .y = {1}},
    {1, 1, .x = {-INF}, .y = {0.25}},
    {1, 1, .x = {MAX}, .y = {1}},
    {1, 1, .x = {MAX}, .y = {0.5}}, /* 1/8 but for less than anything */
    {1, 1, .x = {-MAX}, .y = {1}},
    {1, 1, .x = {LEAST}, .y = {0.5}},
    {1, 1, .x = {-LEAST}, .y = {1}},
    {1, 1, .x = {40}, .y = {1}}, /* the sigmoid rounds to 1 */
    {1, 1, .x = {20}, .y = {1}},
    {1, 1, .x = {-104}, .y = {1}}, /* the slope underflows */
    {1, 1, .x = {-746}, .y = {1}},
    {1, 1, .x = {372}, .y = {1}}, /* the loss is the least number or so */
    {1, 1, .x = {52}, .y = {1}},
    {1, 1, .x = {-372}, .y = {0}},
    {1, 1, .x = {0x1.193ea7aad030bp+0}, .y = {0.75}}, /* ln 3: sigma next to 3/4 */
    {2, 1, .x = {NAN, 1}, .y = {1, 0}},               /* the other row is untouched */
    {2, 1, .x = {INF, 1}, .y = {0, 1}},
};

static const lp_special softmax[] = {
    {1, 0, .x = {0}},                              /* K = 0 */
    {0, 3, .x = {0}},                              /* N = 0 */
    {1, 3, .x = {1, 2, 3}, .y = {-0.1, 0.5, 0.6}}, /* errors */
    {1, 3, .x = {1, 2, 3}, .y = {-LEAST, 1, 0}},
    {1, 3, .x = {NAN, 2, 3}, .y = {-1, 1, 0}}, /* error before NaN */
    {1, 3, .x = {1, 2, 3}, .y = {0, INF, 0}},
    {1, 3, .x = {1, 2, 3}, .y = {-0.0, 1, 0}},
    {1, 3, .x = {1, 2, 3}, .y = {NAN, 1, 0}},
    {1, 3, .x = {NAN, 2, 3}, .y = {0, 1, 0}},
    {1, 3, .x = {INF, 2, 3}, .y = {0, 1, 0}},
    {1, 3, .x = {INF, INF, 3}, .y = {0, 1, 0}},
    {1, 3, .x = {INF, -INF, 3}, .y = {0, NAN, 0}},
    {1, 3, .x = {INF, 2, 3}, .y = {0, 1, 0}, LIMITED}, /* a point mass */
    {1, 3, .x = {1, INF, -INF}, .y = {0.25, 1, 0.5}, LIMITED},
    {1, 3, .x = {INF, INF, 3}, .y = {0, 1, 0}, LIMITED},
    {1, 3, .x = {-INF, -INF, -INF}, .y = {0, 1, 0}},
    {1, 3, .x = {1, 2, 3}, .y = {0, 0, 0}},
    {1, 3, .x = {1, -INF, 3}, .y = {1, 0, 0}}, /* a mask, without and with a target */
    {1, 3, .x = {1, -INF, 3}, .y = {0.5, 0.5, 0}},
    {1, 3, .x = {-INF, 5, -INF}, .y = {0, 1, 0}},
    {1, 3, .x = {-INF, 5, -INF}, .y = {1, 0, 0}},
    {1, 1, .x = {3.5}, .y = {1}}, /* K = 1 */
    {1, 1, .x = {3.5}, .y = {0.25}},
    {1, 1, .x = {-INF}, .y = {1}},
    {1, 2, .x = {2, 2}, .y = {0.5, 0.5}}, /* exactly 0 */
    {1, 2, .x = {0.0, -0.0}, .y = {1, 0}},
    {1, 3, .x = {2, 2, 2}, .y = {1, 1, 1}},
    {1, 3, .x = {1, 0, -1}, .y = {1, 0, 1}}, /* 1/2 at every scale */
    {1, 3, .x = {0, 1, 2}, .y = {1, 0, 2}},  /* a slope that is exactly 0 */
    {1, 2, .x = {MAX, -MAX}, .y = {0, 1}},
    {1, 2, .x = {MAX, -MAX}, .y = {1, 0}},
    {1, 3, .x = {MAX, MAX, MAX}, .y = {1, 0, 0}},
    {1, 2, .x = {0, -746}, .y = {1, 0}}, /* subnormal, underflow */
    {1, 2, .x = {0, -372}, .y = {1, 0}},
    {1, 2, .x = {0, -104}, .y = {1, 0}},
    {1, 2, .x = {0, -52}, .y = {1, 0}},
    {1, 2, .x = {0, -40}, .y = {0.5, 0.5}},
    {1, 2, .x = {LEAST, -LEAST}, .y = {0.5, 0.5}},
    {1, 2, .x = {1, 2}, .y = {MAX, 0}},             /* the square overflows */
    {2, 2, .x = {NAN, 1, 2, 1}, .y = {1, 0, 0, 1}}, /* the other row is untouched */
};

lp_special_list lp_special_mse(lp_op op) {
    if (op == LP_OP_MSE_SIGMOID) return LIST(sigmoid, LP_IN_LOGITS, LP_IN_TARGETS);
    return LIST(softmax, LP_IN_LOGITS, LP_IN_TARGETS);
}
