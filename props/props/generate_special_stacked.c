/* Section 2 for the means of cross-entropies: similarities N x N, logits X W^T + b. */
#include "props/props/generate_special.h"

static const lp_special similarity[] = {
    {0, 0, .x = {0}}, /* N = K = 0 */
    {0, 0, .x = {0}, SYMMETRIC},
    {1, 1, .x = {3.5}}, /* N = 1: exactly zero */
    {1, 1, .x = {-INF}},
    {1, 1, .x = {INF}},
    {1, 1, .x = {NAN}},
    {1, 1, .x = {-MAX}, SYMMETRIC},
    {2, 2, .x = {0, 0, 0, 0}},
    {2, 2, .x = {5, 5, 5, 5}, SYMMETRIC},
    {2, 2, .x = {5, 5, 1, 1}}, /* equal rows: grad_tau is 0 */
    {2, 2, .x = {5, 5, 1, 1}, SYMMETRIC},
    {2, 2, .x = {1, 0, 0, -1}, SYMMETRIC}, /* shares that add up to 1 */
    {2, 2, .x = {0.0, -0.0, -0.0, 0.0}},
    {2, 2, .x = {0, -INF, -INF, 3}}, /* masks */
    {2, 2, .x = {0, -INF, -INF, 3}, SYMMETRIC},
    {2, 2, .x = {0, -INF, 1, 0}, SYMMETRIC},
    {2, 2, .x = {-INF, 0, 0, -INF}}, /* labels masked: +inf */
    {2, 2, .x = {-INF, 0, 0, -INF}, SYMMETRIC},
    {2, 2, .x = {-INF, 0, 1, 2}},
    {2, 2, .x = {-INF, -INF, 0, 0}}, /* a row, a column of -inf */
    {2, 2, .x = {-INF, 0, -INF, 0}},
    {2, 2, .x = {-INF, 0, -INF, 0}, SYMMETRIC},
    {2, 2, .x = {0, NAN, 1, 0}}, /* NaN in its row alone, symmetric in its column too */
    {2, 2, .x = {0, NAN, 1, 0}, SYMMETRIC},
    {2, 2, .x = {NAN, 0, 1, 0}},
    {2, 2, .x = {-INF, 0, NAN, 0}},
    {2, 2, .x = {0, INF, 1, 0}},
    {2, 2, .x = {INF, 0, 1, 0}, SYMMETRIC},
    {2, 2, .x = {0, INF, 1, 0}, LIMITED}, /* point masses */
    {2, 2, .x = {INF, 0, 1, 0}, LIMITED},
    {2, 2, .x = {INF, INF, 1, 0}, LIMITED},
    {2, 2, .x = {MAX, -MAX, -MAX, MAX}}, /* differences that overflow */
    {2, 2, .x = {-MAX, MAX, MAX, -MAX}},
    {2, 2, .x = {MAX, MAX, MAX, MAX}, SYMMETRIC},
    {2, 2, .x = {LEAST, -LEAST, 0, LEAST}},
    {2, 2, .x = {0, -746, -746, 0}}, /* underflow */
    {2, 2, .x = {0, -745.1, -104, 0}},
    {2, 2, .x = {0, -103.5, -708, 0}, SYMMETRIC},
    {2, 2, .x = {1, 2, 3, 4}, BITS},
    {2, 2, .x = {5, 5, 1, 1}, BITS},
    {2, 2, .x = {1, 2, 3, 4}, .set = TEMP, .value = {0, 0, 0}}, /* errors */
    {2, 2, .x = {1, 2, 3, 4}, .set = TEMP, .value = {0, 0, -0.0}},
    {2, 2, .x = {1, 2, 3, 4}, .set = TEMP, .value = {0, 0, -1}},
    {2, 2, .x = {1, 2, 3, 4}, .set = TEMP, .value = {0, 0, NAN}},
    {2, 2, .x = {1, 2, 3, 4}, .set = TEMP, .value = {0, 0, INF}},
    {2, 2, .x = {1, 2, 3, 4}, .set = TEMP, .value = {0, 0, LEAST}},
    {2, 2, .x = {1, 2, 3, 4}, .set = TEMP, .value = {0, 0, MAX}},
    {2, 2, .x = {MAX, -MAX, 0, MAX}, .set = TEMP, .value = {0, 0, 2}},
    {2, 2, .x = {1, -INF, 3, 4}, .set = TEMP, .value = {0, 0, 0.07}},
};

#define SKIP_NONE .set = LP_PARAM_BIT(LP_PARAM_EMPTY_MEAN), .value = {[V_EMPTY_MEAN] = 1}

/* x: X; y: W; q: b. */
static const lp_special linear[] = {
    {1, 0, .x = {1}, .d = 1},    /* K = 0 */
    {0, 2, .y = {1, 2}, .d = 1}, /* N = 0 */
    {0, 2, .y = {1, 2}, .d = 1, SKIP_NONE},
    {1, 2, .label = {0}, .d = 0}, /* D = 0: the logits are b */
    {1, 2, .q = {1, 2}, .label = {1}, .d = 0},
    {1, 2, .x = {1}, .y = {1, 2}, .label = {2}, .d = 1}, /* labels outside */
    {1, 2, .x = {1}, .y = {1, 2}, .label = {-1}, .d = 1},
    {1, 2, .x = {NAN}, .y = {1, 2}, .label = {INT64_C(1) << 32}, .d = 1},
    {2, 2, .x = {1, 2}, .y = {1, 2}, .label = {0, -100}, .d = 1},
    {2, 2, .x = {1, 2}, .y = {1, 2}, .label = {0, 2}, .d = 1, NAN_ROW}, /* one row alone is NaN */
    {2, 2, .x = {1, 2}, .y = {1, 2}, .label = {-1, 1}, .d = 1, NAN_ROW},
    {1, 1, .x = {3}, .y = {2}, .q = {1}, .d = 1}, /* K = 1: exactly zero */
    {1, 1, .x = {MAX}, .y = {MAX}, .d = 1},
    {1, 1, .x = {INF}, .y = {1}, .d = 1},
    {1, 1, .x = {INF}, .y = {-1}, .d = 1},
    {1, 1, .x = {NAN}, .y = {1}, .d = 1},
    {1, 2, .x = {0}, .y = {0, 0}, .d = 1}, /* ties */
    {1, 2, .x = {3}, .y = {2, 2}, .label = {1}, .d = 1},
    {2, 2, .x = {1, -1}, .y = {1, 0}, .label = {0, 1}, .d = 1}, /* grad_b is 0 */
    {1, 3, .x = {1}, .y = {1, 2, 3}, .label = {1}, .d = 1},
    {2, 3, .x = {1, NAN}, .y = {1, 2, 3}, .label = {1, 0}, .d = 1}, /* NaN: its own row of grad_x */
    {2, 3, .x = {1, 2}, .y = {1, NAN, 3}, .label = {1, 0}, .d = 1},
    {1, 2, .x = {1}, .y = {1, 2}, .q = {NAN, 0}, .d = 1},
    {1, 2, .x = {0}, .y = {INF, 1}, .d = 1},             /* 0 times inf */
    {1, 2, .x = {1, 1}, .y = {INF, -INF, 0, 0}, .d = 2}, /* inf - inf */
    {1, 2, .x = {INF}, .y = {1, -1}, .d = 1},
    {1, 2, .x = {INF}, .y = {-1, -1}, .d = 1},                                 /* all at -inf */
    {1, 3, .x = {2}, .y = {1, 2, 3}, .q = {0, -INF, 0}, .label = {0}, .d = 1}, /* masks */
    {1, 3, .x = {2}, .y = {1, 2, 3}, .q = {-INF, 0, -INF}, .label = {1}, .d = 1},
    {1, 3, .x = {2}, .y = {1, 2, 3}, .q = {0, -INF, 0}, .label = {1}, .d = 1}, /* +inf */
    {1, 2, .x = {2}, .y = {1, -INF}, .label = {0}, .d = 1},
    {1, 2, .x = {2}, .y = {1, -INF}, .label = {1}, .d = 1},
    {1, 2, .x = {2}, .y = {1, 2}, .q = {0, INF}, .label = {1}, .d = 1},
    {1, 2, .x = {2}, .y = {1, INF}, .label = {1}, .d = 1, LIMITED}, /* point masses */
    {1, 2, .x = {2}, .y = {1, INF}, .label = {0}, .d = 1, LIMITED},
    {1, 2, .x = {INF}, .y = {1, -1}, .label = {1}, .d = 1, LIMITED},
    {1, 2, .x = {2}, .y = {INF, INF}, .label = {0}, .d = 1, LIMITED},
    {1, 2, .x = {MAX}, .y = {MAX, 0}, .label = {0}, .d = 1}, /* products that overflow */
    {1, 2, .x = {MAX}, .y = {MAX, 0}, .label = {1}, .d = 1},
    {1, 2, .x = {MAX}, .y = {MAX, MAX}, .label = {1}, .d = 1},
    {1, 2, .x = {MAX, -MAX}, .y = {MAX, MAX, 0, 0}, .label = {1}, .d = 2}, /* ... and cancel */
    {1, 2, .x = {LEAST}, .y = {LEAST, 0}, .label = {1}, .d = 1},
    {1, 2, .x = {1}, .y = {0, -746}, .label = {0}, .d = 1},
    {1, 2, .x = {1}, .y = {0, -103.5}, .label = {0}, .d = 1},
    {1, 2, .x = {1}, .y = {5, 5}, .d = 1, BITS},
};

lp_special_list lp_special_stacked(lp_op op) {
    if (op == LP_OP_INFO_NCE) return LIST(similarity, LP_IN_SIM, LP_IN_V);
    return LIST(linear, LP_IN_X, LP_IN_W);
}
