/* Section 2 for policy_grad and distill. */
#include "props/props/generate_special.h"

#define A(a)     .set = ADV, .value = {[V_ADVANTAGE] = (a)}
#define B(b)     .set = BETA, .value = {[V_ENTROPY_WEIGHT] = (b)}
#define AB(a, b) .set = ADV | BETA, .value = {[V_ADVANTAGE] = (a), [V_ENTROPY_WEIGHT] = (b)}

/* q: an advantage a row. */
static const lp_special policy[] = {
    {1, 0, .x = {0}}, /* K = 0 */
    {0, 3, .x = {0}}, /* N = 0 */
    {1, 3, .x = {1, 2, 3}},
    {1, 3, .x = {1, 2, 3}, .label = {3}}, /* errors */
    {1, 3, .x = {1, 2, 3}, .label = {-1}},
    {1, 3, .x = {NAN, 2, 3}, .label = {INT64_MAX}},
    {1, 3, .x = {1, 2, 3}, A(INF)},
    {1, 3, .x = {1, 2, 3}, A(NAN)},
    {1, 3, .x = {1, 2, 3}, B(-INF)},
    {1, 3, .x = {1, 2, 3}, B(NAN)},
    {2, 2, .x = {1, 2, 3, 4}, .set = ADVS, .q = {1, INF}},
    {2, 2, .x = {1, 2, 3, 4}, .set = ADVS, .q = {1, -INF}},
    {2, 2, .x = {1, 2, 3, 4}, .set = ADVS, .q = {NAN, 1}}, /* the other row is untouched */
    {2, 2, .x = {1, 2, 3, 4}, .label = {0, 1}, .set = ADVS, .q = {-3, 0}},
    {1, 1, .x = {3.5}, AB(2, 3)},
    {1, 1, .x = {-INF}, A(0)},
    {1, 3, .x = {-INF, 5, -INF}, .label = {1}, AB(2, 3)}, /* one class left */
    {1, 3, .x = {1, -INF, 2}, AB(1, 1)},                  /* a mask */
    {1, 3, .x = {1, -INF, 2}, .label = {1}, A(2)},        /* the action masked */
    {1, 3, .x = {1, -INF, 2}, .label = {1}, A(-2)},
    {1, 3, .x = {1, -INF, 2}, .label = {1}, A(0)},
    {1, 3, .x = {1, -INF, 2}, .label = {1}, AB(0, 1)},
    {1, 3, .x = {1, -INF, 2}, .label = {1}, AB(-0.0, -1)},
    {1, 3, .x = {1, -INF, 2}, .label = {1}, AB(1, MAX)},
    {1, 3, .x = {NAN, 1, 2}, AB(0, 0)}, /* NaN beside 0 */
    {1, 3, .x = {INF, 1, 2}, AB(0, 0)},
    {1, 3, .x = {-INF, -INF, -INF}, AB(0, 0)},
    {2, 3, .x = {NAN, 1, 2, 1, 2, 3}, .label = {1, 2}, AB(1, 0.5)},
    {1, 3, .x = {1, 2, 3}, AB(0, 0)}, /* nothing */
    {1, 2, .x = {5, 5}, AB(1, 1)},    /* loss exactly 0 */
    {1, 2, .x = {5, 5}, AB(0, 1)},    /* gradient exactly 0 */
    {1, 4, .x = {-7, -7, -7, -7}, AB(0.5, -0.5)},
    {1, 2, .x = {0.0, -0.0}, AB(-1, 1)},
    {1, 2, .x = {MAX, -MAX}, .label = {1}}, /* the loss overflows */
    {1, 2, .x = {MAX, -MAX}, .label = {1}, A(0.25)},
    {1, 2, .x = {MAX, -MAX}, .label = {0}, AB(1, 1)},
    {1, 2, .x = {0, -746}, .label = {0}, AB(1, 0)}, /* underflow */
    {1, 2, .x = {0, -746}, .label = {0}, AB(0, 1)},
    {1, 2, .x = {0, -104}, .label = {1}, AB(1, -1)},
    {1, 2, .x = {0, -40}, .label = {0}, AB(41, 1)}, /* (A - b) log S against b M */
    {1, 2, .x = {0, -40}, .label = {0}, AB(40, 1)}, /* A - b d = 0 */
    {1, 3, .x = {1, 2, 3}, AB(LEAST, LEAST)},
    {1, 3, .x = {1, 2, 3}, AB(0x1p1000, 0x1p-1000)},
};

#define CE(m)   .set = MIXED, .value = {[V_MIX] = (m)}
#define KL(m)   .set = MIXED | FORM, .value = {[V_MIX] = (m), [V_FORM] = 1}
#define MASS(m) .set = MIXED | LIMIT, .value = {[V_MIX] = (m), [V_SPECIAL] = 1}
#define HOT(m, t)                                                                                  \
    .set = MIXED | FORM | TEMP, .value = {[V_MIX] = (m), [V_FORM] = 1, [V_TEMPERATURE] = (t)}

/* y: the teacher. */
static const lp_special distill[] = {
    {1, 0, .x = {0}}, /* K = 0 */
    {0, 3, .x = {0}}, /* N = 0 */
    {1, 3, .x = {1, 2, 3}, .y = {3, 1, 2}},
    {1, 3, .x = {1, 2, 3}, .y = {3, 1, 2}, .label = {3}, CE(0.5)}, /* errors */
    {1, 3, .x = {1, 2, 3}, .y = {3, 1, 2}, .label = {-1}, KL(0.5)},
    {1, 3, .x = {NAN, 2, 3}, .y = {3, 1, 2}, .label = {INT64_MIN}, KL(0.5)},
    {1, 3, .x = {1, 2, 3}, .y = {3, 1, 2}, CE(-0.5)},
    {1, 3, .x = {1, 2, 3}, .y = {3, 1, 2}, CE(INF)},
    {1, 3, .x = {1, 2, 3}, .y = {3, 1, 2}, CE(NAN)},
    {1, 3, .x = {1, 2, 3}, .y = {3, 1, 2}, HOT(0.5, 0)},
    {1, 3, .x = {1, 2, 3}, .y = {3, 1, 2}, HOT(0.5, INF)},
    {1, 3, .x = {1, 2, 3}, .y = {1, 2, 3}, KL(0)}, /* student = teacher */
    {1, 3, .x = {1, 2, 3}, .y = {11, 12, 13}, HOT(0, 3)},
    {1, 3, .x = {1, 2, 3}, .y = {1, 2, 3}, CE(0)},
    {1, 3, .x = {1, 2, 3}, .y = {1, 3, 2}, KL(0)}, /* one component exactly 0 */
    {1, 2, .x = {5, 5}, .y = {1, 1}, CE(0)},
    {1, 2, .x = {5, 5}, .y = {1, 1}, HOT(0.5, 2)},
    {1, 1, .x = {5}, .y = {-3}, KL(0)},
    {1, 1, .x = {5}, .y = {-3}, CE(0.5)},
    {1, 3, .x = {NAN, 2, 3}, .y = {3, 1, 2}, KL(0)},
    {1, 3, .x = {1, 2, 3}, .y = {3, NAN, 2}, KL(0)},
    {1, 3, .x = {1, 2, 3}, .y = {3, NAN, 2}, CE(1)}, /* at mix = 1 too */
    {1, 3, .x = {1, 2, 3}, .y = {INF, 1, 2}, KL(0)},
    {1, 3, .x = {INF, 2, 3}, .y = {3, 1, 2}, KL(0)},
    {1, 3, .x = {-INF, -INF, -INF}, .y = {3, 1, 2}, KL(0)},
    {1, 3, .x = {1, 2, 3}, .y = {-INF, -INF, -INF}, KL(0)},
    {1, 3, .x = {1, 2, 3}, .y = {3, -INF, 2}, KL(0)}, /* masks */
    {1, 3, .x = {1, -INF, 3}, .y = {3, -INF, 2}, KL(0.5)},
    {1, 3, .x = {1, -INF, 3}, .y = {3, -INF, 2}, HOT(0, 0.5)},
    {1, 3, .x = {1, -INF, 3}, .y = {3, 1, 2}, KL(0)}, /* +inf */
    {1, 3, .x = {1, -INF, 3}, .y = {3, 1, 2}, CE(0.5)},
    {1, 3, .x = {1, -INF, 3}, .y = {3, 1, 2}, CE(1)}, /* 0 * inf */
    {1, 3, .x = {1, -INF, 3}, .y = {3, -INF, 2}, .label = {1}, KL(0.5)},
    {1, 3, .x = {1, -INF, 3}, .y = {3, -INF, 2}, .label = {1}, KL(0)},
    {1, 3, .x = {-INF, 5, -INF}, .y = {-INF, 7, -INF}, .label = {1}, KL(0.5)},
    {1, 3, .x = {INF, 2, 3}, .y = {3, 1, 2}, MASS(0)}, /* rule `limit` */
    {1, 3, .x = {1, 2, 3}, .y = {3, INF, 2}, MASS(0)},
    {1, 3, .x = {1, INF, 3}, .y = {3, INF, 2}, .label = {1}, MASS(0.5)},
    {1, 3, .x = {1, INF, 3}, .y = {3, INF, 2}, MASS(0.5)},
    {1, 3, .x = {INF, INF, 3}, .y = {3, 1, 2}, MASS(0)},
    {1, 3, .x = {1, 2, 3}, .y = {INF, NAN, 2}, MASS(0)},
    {1, 2, .x = {MAX, -MAX}, .y = {-MAX, MAX}, KL(0)}, /* overflow */
    {1, 2, .x = {MAX, -MAX}, .y = {MAX, -MAX}, KL(0)},
    {1, 2, .x = {0, -746}, .y = {0, -745}, KL(0)}, /* underflow */
    {1, 2, .x = {0, -104}, .y = {0, -103}, CE(0)},
    {1, 2, .x = {0, 100}, .y = {100, 0}, HOT(0, 0x1p10)},
    {1, 2, .x = {1, 2}, .y = {2, 1}, HOT(0, MAX)},
    {1, 2, .x = {1, 2}, .y = {2, 1}, HOT(0, 0x1p-1000)},
    {2, 2, .x = {NAN, 1, 1, 2}, .y = {1, 2, 2, 1}, KL(0)}, /* the other row is untouched */
    {2, 2, .x = {1, 2, 1, 2}, .y = {NAN, 2, 2, 1}, KL(0.5)},
};

lp_special_list lp_special_policy(lp_op op) {
    if (op == LP_OP_DISTILL) return LIST(distill, LP_IN_LOGITS, LP_IN_TEACHER);
    return LIST(policy, LP_IN_LOGITS, LP_IN_V);
}
