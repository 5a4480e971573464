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
};

lp_special_list lp_special_binary(lp_op op) {
    if (op == LP_OP_BCE_LOGITS) return LIST(bce, LP_IN_LOGITS, LP_IN_TARGETS);
    return LIST(link, LP_IN_LOGITS, LP_IN_V);
}
