/* Section 2 for the operations on binary logits. */
#include "props/props/generate_special.h"

static const lp_special link[] = {

    {0, 1, .x = {0}}, /* N = 0 */
    {1, 1, .x = {INF}},
    {1, 1, .x = {-INF}},
    {1, 1, .x = {NAN}},
    {1, 1, .x = {0.0}},
    {1, 1, .x = {-0.0}},
    {1, 1, .x = {MAX}},
    {1, 1, .x = {-MAX}},
    {1, 1, .x = {LEAST}},
    {1, 1, .x = {-LEAST}},
    {1, 1, .x = {36.7}},
    {1, 1, .x = {-36.7}},
    {1, 1, .x = {37.5}},
    {1, 1, .x = {-37.5}},
    {1, 1, .x = {88.8}},
    {1, 1, .x = {-88.8}},
    {1, 1, .x = {103.5}},
    {1, 1, .x = {-103.5}},
    {1, 1, .x = {104}},
    {1, 1, .x = {-104}},
    {1, 1, .x = {709.9}},
    {1, 1, .x = {-709.9}},
    {1, 1, .x = {745.1}},
    {1, 1, .x = {-745.1}},
    {1, 1, .x = {746}},
    {1, 1, .x = {-746}},
    {1, 1, .x = {800}},
    {2, 1, .x = {NAN, 1}}, /* the other row is untouched */
    {1, 1, .x = {2}, .y = {0}, .has_y = true},
    {1, 1, .x = {2}, .y = {-1}, .has_y = true},
    {1, 1, .x = {2}, .y = {NAN}, .has_y = true},
    {1, 1, .x = {2}, .y = {INF}, .has_y = true},
    {1, 1, .x = {-2}, .y = {-INF}, .has_y = true},
    {1, 1, .x = {NAN}, .y = {INF}, .has_y = true},
    {1, 1, .x = {INF}, .y = {-3}, .has_y = true}, /* a slope of exactly 0, or of 1 */
    {1, 1, .x = {-INF}, .y = {-3}, .has_y = true},
    {1, 1, .x = {INF}, .y = {INF}, .has_y = true}, /* 0 * inf */
    {1, 1, .x = {-INF}, .y = {INF}, .has_y = true},
    {1, 1, .x = {746}, .y = {-1}, .has_y = true}, /* an underflow keeps the sign */
    {1, 1, .x = {-746}, .y = {-1}, .has_y = true},
    {1, 1, .x = {0}, .y = {3}, .has_y = true},
    {1, 1, .x = {746}, .y = {MAX}, .has_y = true}, /* ... unless the product comes back */
    {1, 1, .x = {1}, .y = {LEAST}, .has_y = true},
    {2, 1, .x = {1, 2}, .y = {NAN, 1}, .has_y = true},
};

static const lp_special bce[] = {
    {0, 1, .x = {0}}, /* N = 0 */
    {1, 1, .x = {INF}, .y = {0}},
    {1, 1, .x = {INF}, .y = {1}},
    {1, 1, .x = {INF}, .y = {0.5}},
    {1, 1, .x = {-INF}, .y = {0}},
    {1, 1, .x = {-INF}, .y = {1}},
    {1, 1, .x = {-INF}, .y = {0.5}},
    {1, 1, .x = {NAN}, .y = {0}},
    {1, 1, .x = {NAN}, .y = {1}},
    {1, 1, .x = {2}, .y = {NAN}},
    {1, 1, .x = {INF}, .y = {NAN}},
    {1, 1, .x = {2}, .y = {-0.1}},
    {1, 1, .x = {2}, .y = {1.5}},
    {1, 1, .x = {2}, .y = {-LEAST}},
    {1, 1, .x = {2}, .y = {INF}},
    {1, 1, .x = {NAN}, .y = {2}}, /* error before NaN */
    {1, 1, .x = {2}, .y = {-0.0}},
    {1, 1, .x = {0.0}, .y = {0.5}},
    {1, 1, .x = {-0.0}, .y = {0.5}},
    {1, 1, .x = {0}, .y = {0}},
    {1, 1, .x = {-0.0}, .y = {1}},
    {1, 1, .x = {MAX}, .y = {0}},
    {1, 1, .x = {MAX}, .y = {1}},
    {1, 1, .x = {-MAX}, .y = {0}},
    {1, 1, .x = {-MAX}, .y = {1}},
    {1, 1, .x = {MAX}, .y = {0.5}},
    {1, 1, .x = {-MAX}, .y = {LEAST}},
    {1, 1, .x = {LEAST}, .y = {1}},
    {1, 1, .x = {-LEAST}, .y = {0}},
    {1, 1, .x = {746}, .y = {1}},
    {1, 1, .x = {-746}, .y = {0}},
    {1, 1, .x = {745.1}, .y = {1}},
    {1, 1, .x = {-745.1}, .y = {0}},
    {1, 1, .x = {104}, .y = {1}},
    {1, 1, .x = {-104}, .y = {0}},
    {1, 1, .x = {103.5}, .y = {1}},
    {1, 1, .x = {-103.5}, .y = {0}},
    {1, 1, .x = {0}, .y = {LEAST}},
    {1, 1, .x = {5}, .y = {LEAST}},
    {1, 1, .x = {100}, .y = {1}},
    {2, 1, .x = {NAN, 1}, .y = {1, 1}},
    {2, 1, .x = {1, INF}, .y = {0, 0}},
    /* pos_weight */
    {1, 1, .x = {2}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = -1}}, /* errors */
    {1, 1, .x = {2}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = -LEAST}},
    {1, 1, .x = {2}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = INF}},
    {1, 1, .x = {2}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = NAN}},
    {1, 1, .x = {2}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = 1}}, /* neutral */
    {1, 1, .x = {2}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = 0}}, /* nothing is left */
    {1, 1, .x = {-2}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = -0.0}},
    {1, 1, .x = {2}, .y = {0.5}, .set = POSW, .value = {[V_POS_WEIGHT] = 0}},
    {1, 1, .x = {0}, .y = {0.25}, .set = POSW, .value = {[V_POS_WEIGHT] = 3}}, /* gradient 0 */
    {1, 1, .x = {INF}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = 3}},
    {1, 1, .x = {-INF}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = 3}},
    {1, 1, .x = {-INF}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = 0}}, /* 0 * inf */
    {1, 1, .x = {-INF}, .y = {0.5}, .set = POSW, .value = {[V_POS_WEIGHT] = 0}},
    {1, 1, .x = {NAN}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = 0}},
    {1, 1, .x = {800}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = MAX}},
    {1, 1, .x = {-800}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = 2}},
    {1, 1, .x = {-MAX}, .y = {1}, .set = POSW, .value = {[V_POS_WEIGHT] = LEAST}},
};

#define MEAN .set = LABELS, .value = {[V_LABEL_REDUCTION] = 1}

static const lp_special multilabel[] = {
    {1, 0, .x = {0}}, /* K = 0 */
    {0, 3, .x = {0}}, /* N = 0 */
    {1, 1, .x = {2}, .y = {1}},
    {1, 1, .x = {2}, .y = {1}, MEAN},
    {1, 3, .x = {0, 0, 0}, .y = {0, 1, 0}},
    {1, 3, .x = {0, -0.0, 0}, .y = {0.5, 0.5, 0.5}, MEAN},
    {1, 3, .x = {1, 2, 3}, .y = {0, 1, 0}, MEAN},
    {1, 3, .x = {NAN, 2, 3}, .y = {0, 1, 0}}, /* the row is NaN */
    {1, 3, .x = {1, 2, 3}, .y = {0, NAN, 0}},
    {1, 3, .x = {INF, NAN, -INF}, .y = {0, 1, 1}},              /* NaN before +inf */
    {2, 3, .x = {NAN, 2, 3, 1, 2, 3}, .y = {0, 1, 0, 0, 1, 0}}, /* the other row is untouched */
    {2, 3, .x = {1, 2, 3, INF, 2, 3}, .y = {0, 1, 0, 0, 1, 0}},
    {1, 3, .x = {1, 2, 3}, .y = {0, 1.5, 0}}, /* errors */
    {1, 3, .x = {1, 2, 3}, .y = {0, 1, -LEAST}},
    {1, 3, .x = {INF, 2, 3}, .y = {1, 1, 0}},
    {1, 3, .x = {INF, 2, 3}, .y = {0, 1, 0}},
    {1, 3, .x = {-INF, 2, 3}, .y = {0, 1, 0}, MEAN},
    {1, 3, .x = {-INF, 2, 3}, .y = {1, 1, 0}, MEAN},
    {1, 2, .x = {INF, -INF}, .y = {1, 0}, MEAN},  /* nothing is left: +0 */
    {1, 3, .x = {MAX, MAX, MAX}, .y = {0, 0, 0}}, /* the sum overflows, the mean does not */
    {1, 3, .x = {MAX, MAX, MAX}, .y = {0, 0, 0}, MEAN},
    {1, 3, .x = {MAX, -MAX, 0}, .y = {0, 1, 0}, MEAN},
    {1, 3, .x = {MAX, -MAX, 0}, .y = {1, 0, 1}},
    {1, 3, .x = {746, -746, 800}, .y = {1, 0, 1}},
    {1, 3, .x = {746, -746, 800}, .y = {1, 0, 1}, MEAN},
    {1, 3, .x = {104, -104, 103.5}, .y = {1, 0, 1}, MEAN},
    {1, 3, .x = {LEAST, -LEAST, 0}, .y = {1, LEAST, 0}},
    {1, 3, .x = {1e16, 1, -1e-16}, .y = {0, 1, 0}},
    /* pos_weight: scalar, per class */
    {1, 3, .x = {1, 2, 3}, .y = {0, 1, 0}, .set = POSW, .value = {[V_POS_WEIGHT] = -1}},
    {1, 3, .x = {1, 2, 3}, .y = {0, 1, 0.5}, .set = POSW, .value = {[V_POS_WEIGHT] = 0}},
    {1, 3, .x = {1, 2, 3}, .y = {0, 1, 0.5}, .set = POSW, .value = {[V_POS_WEIGHT] = 1}},
    {1, 3, .x = {1, 2, 3}, .y = {0, 1, 0}, .set = POSWS, .q = {1, 1, 1}},
    {1, 3, .x = {1, 2, 3}, .y = {1, 1, 0}, .set = POSWS, .q = {2, 0.5, 0}},
    {1, 3, .x = {1, 2, 3}, .y = {1, 1, 0}, .set = POSWS, .q = {2, -1, 0}}, /* errors */
    {1, 3, .x = {1, 2, 3}, .y = {1, 1, 0}, .set = POSWS, .q = {2, INF, 0}},
    {1, 3, .x = {1, 2, 3}, .y = {1, 1, 0}, .set = POSWS, .q = {2, 1, NAN}},  /* a NaN row */
    {1, 3, .x = {-INF, 2, 3}, .y = {1, 1, 0}, .set = POSWS, .q = {0, 1, 1}}, /* 0 * inf */
    {1, 3, .x = {-INF, 2, 3}, .y = {1, 1, 0}, .set = POSWS, .q = {LEAST, 1, 1}},
    {1, 3, .x = {-1, 2, 3}, .y = {1, 1, 0}, .set = POSWS, .q = {MAX, MAX, 1}},
    {1, 2, .x = {-3, 2}, .y = {1, 1}, .set = POSWS, .q = {0, 0}},
    {1, 2, .x = {-3, 2}, .y = {1, 1}, .set = POSWS | LABELS, .value = {[V_LABEL_REDUCTION] = 1},
     .q = {3, 0.1}},
};

#define G(g)     .set = GAMMA, .value = {[V_GAMMA] = (g)}
#define GA(g, a) .set = GAMMA | ALPHA, .value = {[V_GAMMA] = (g), [V_ALPHA] = (a)}

static const lp_special focal[] = {
    {0, 1, .x = {0}},               /* N = 0 */
    {1, 1, .x = {2}, .label = {2}}, /* errors */
    {1, 1, .x = {2}, .label = {-1}},
    {1, 1, .x = {NAN}, .label = {INT64_C(1) << 32}},
    {1, 1, .x = {2}, .label = {1}, G(-1)},
    {1, 1, .x = {2}, .label = {1}, G(-LEAST)},
    {1, 1, .x = {2}, .label = {1}, G(INF)},
    {1, 1, .x = {2}, .label = {1}, G(NAN)},
    {1, 1, .x = {2}, .label = {1}, GA(2, NAN)},
    {1, 1, .x = {2}, .label = {1}, GA(2, INF)},
    {1, 1, .x = {2}, .label = {1}}, /* neither: the logistic loss */
    {1, 1, .x = {0}, .label = {0}},
    {1, 1, .x = {-0.0}, .label = {1}, G(0)},
    {1, 1, .x = {0}, .label = {1}, GA(0, 0.25)},
    {1, 1, .x = {0}, .label = {1}, G(2)},
    {1, 1, .x = {NAN}, .label = {1}, G(2)},
    {1, 1, .x = {NAN}, .label = {1}, GA(2, 0)}, /* 0 beside NaN is NaN */
    {1, 1, .x = {INF}, .label = {1}, G(2)},
    {1, 1, .x = {INF}, .label = {0}, G(2)},
    {1, 1, .x = {-INF}, .label = {1}, G(0.5)},
    {1, 1, .x = {-INF}, .label = {0}, G(0.5)},
    {1, 1, .x = {INF}, .label = {1}, G(0)},
    {1, 1, .x = {INF}, .label = {0}, GA(2, 1)}, /* alpha_t = 0 beside inf */
    {1, 1, .x = {-INF}, .label = {1}, GA(2, 0)},
    {1, 1, .x = {INF}, .label = {0}, GA(2, 2)}, /* alpha_t = -1 */
    {1, 1, .x = {3}, .label = {1}, GA(2, 0)},
    {1, 1, .x = {3}, .label = {0}, GA(2, 1)},
    {1, 1, .x = {MAX}, .label = {1}, G(2)},
    {1, 1, .x = {MAX}, .label = {0}, G(2)},
    {1, 1, .x = {-MAX}, .label = {1}, GA(0.5, 0.25)},
    {1, 1, .x = {-MAX}, .label = {0}, GA(LEAST, 0.25)},
    {1, 1, .x = {40}, .label = {1}, G(0.5)}, /* 1 - p rounds to 0 */
    {1, 1, .x = {800}, .label = {1}, G(0.5)},
    {1, 1, .x = {-800}, .label = {0}, G(0.1)},
    {1, 1, .x = {-800}, .label = {1}, G(2)},
    {1, 1, .x = {-104}, .label = {1}, G(5)},
    {1, 1, .x = {104}, .label = {1}, G(0.001)},
    {1, 1, .x = {746}, .label = {1}, G(0)},
    {1, 1, .x = {248}, .label = {1}, G(2)}, /* subnormal */
    {1, 1, .x = {1}, .label = {1}, G(MAX)},
    {1, 1, .x = {-800}, .label = {1}, G(MAX)},
    {1, 1, .x = {-1}, .label = {1}, G(LEAST)},
    {1, 1, .x = {LEAST}, .label = {1}, G(2)},
    {2, 1, .x = {NAN, 1}, .label = {1, 0}, G(2)}, /* the other row is untouched */
};

static const lp_special margin[] = {
    {0, 1, .x = {0}},               /* N = 0 */
    {1, 1, .x = {2}, .label = {0}}, /* errors */
    {1, 1, .x = {2}, .label = {2}},
    {1, 1, .x = {2}, .label = {-2}},
    {1, 1, .x = {NAN}, .label = {INT64_MAX}},
    {1, 1, .x = {2}, .label = {INT64_MIN}},
    {1, 1, .x = {2}, .label = {(INT64_C(1) << 32) + 1}}, /* 1 if cut to 32 bits */
    {2, 1, .x = {2, 3}, .label = {1, 0}},
    {1, 1, .x = {0}, .label = {1}},
    {1, 1, .x = {-0.0}, .label = {1}},
    {1, 1, .x = {0}, .label = {-1}},
    {1, 1, .x = {NAN}, .label = {1}},
    {1, 1, .x = {NAN}, .label = {-1}},
    {1, 1, .x = {INF}, .label = {1}}, /* +0, +0 */
    {1, 1, .x = {-INF}, .label = {-1}},
    {1, 1, .x = {INF}, .label = {-1}}, /* +inf, 1 */
    {1, 1, .x = {-INF}, .label = {1}},
    {1, 1, .x = {MAX}, .label = {1}},
    {1, 1, .x = {MAX}, .label = {-1}},
    {1, 1, .x = {-MAX}, .label = {1}},
    {1, 1, .x = {-MAX}, .label = {-1}},
    {1, 1, .x = {LEAST}, .label = {1}},
    {1, 1, .x = {-LEAST}, .label = {1}},
    {1, 1, .x = {37}, .label = {1}}, /* log(1 + e^-x) is 0, log1p is not */
    {1, 1, .x = {40}, .label = {1}},
    {1, 1, .x = {-40}, .label = {-1}},
    {1, 1, .x = {17}, .label = {1}},
    {1, 1, .x = {104}, .label = {1}}, /* subnormal, then 0 */
    {1, 1, .x = {745}, .label = {1}},
    {1, 1, .x = {746}, .label = {1}},
    {1, 1, .x = {-746}, .label = {1}},
    {1, 1, .x = {89}, .label = {-1}}, /* e^x overflows */
    {1, 1, .x = {710}, .label = {-1}},
    {1, 1, .x = {-1e16}, .label = {1}},
    {2, 1, .x = {NAN, 1}, .label = {1, -1}}, /* the other row is untouched */
    {2, 1, .x = {1, INF}, .label = {1, -1}},
};

lp_special_list lp_special_binary(lp_op op) {
    if (op == LP_OP_LOGISTIC_MARGIN) return LIST(margin, LP_IN_LOGITS, LP_IN_V);
    if (op == LP_OP_BCE_LOGITS) return LIST(bce, LP_IN_LOGITS, LP_IN_TARGETS);
    if (op == LP_OP_MULTILABEL_BCE) return LIST(multilabel, LP_IN_LOGITS, LP_IN_TARGETS);
    if (op == LP_OP_FOCAL_SIGMOID) return LIST(focal, LP_IN_LOGITS, LP_IN_V);
    return LIST(link, LP_IN_LOGITS, LP_IN_V);
}
