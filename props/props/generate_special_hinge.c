/* Section 2 for the hinges: margins that are exactly 0, by a hair not, infinite, and ties. */
#include "props/props/generate_special.h"

#define BELOW 0x1.fffffffffffffp-1 /* 1 - ulp */
#define ABOVE 0x1.0000000000001p+0

static const lp_special hinge[] = {
    {0, 1, .x = {0}},                 /* N = 0 */
    {1, 1, .x = {0.5}, .label = {0}}, /* errors: labels are -1 and 1 */
    {1, 1, .x = {0.5}, .label = {2}},
    {1, 1, .x = {0.5}, .label = {-2}},
    {1, 1, .x = {NAN}, .label = {INT64_MIN}},
    {1, 1, .x = {0.5}, .label = {INT64_C(0x100000001)}}, /* 1 if cut to 32 bits */
    {1, 1, .x = {0.25}, .label = {1}},
    {1, 1, .x = {0.25}, .label = {-1}},
    {1, 1, .x = {1}, .label = {1}}, /* the kink */
    {1, 1, .x = {-1}, .label = {-1}},
    {1, 1, .x = {1}, .label = {-1}},
    {1, 1, .x = {-1}, .label = {1}},
    {1, 1, .x = {BELOW}, .label = {1}},
    {1, 1, .x = {ABOVE}, .label = {1}},
    {1, 1, .x = {-BELOW}, .label = {-1}},
    {1, 1, .x = {-ABOVE}, .label = {-1}},
    {1, 1, .x = {0x1.fffffep-1}, .label = {1}},
    {1, 1, .x = {0x1.000002p+0}, .label = {1}},
    {1, 1, .x = {0.0}, .label = {1}},
    {1, 1, .x = {-0.0}, .label = {-1}},
    {1, 1, .x = {LEAST}, .label = {1}}, /* 1 - x is next to 1 */
    {1, 1, .x = {-LEAST}, .label = {1}},
    {1, 1, .x = {MAX}, .label = {1}},
    {1, 1, .x = {MAX}, .label = {-1}},
    {1, 1, .x = {-MAX}, .label = {1}},
    {1, 1, .x = {INF}, .label = {1}},
    {1, 1, .x = {INF}, .label = {-1}},
    {1, 1, .x = {-INF}, .label = {1}},
    {1, 1, .x = {-INF}, .label = {-1}},
    {1, 1, .x = {NAN}, .label = {1}},
    {2, 1, .x = {NAN, 0.5}, .label = {1, -1}}, /* the other row is untouched */
    {2, 1, .x = {INF, 0.5}, .label = {-1, 1}},
    {2, 1, .x = {1, 1}, .label = {1, -1}},
};

#define SINGER .set = FORM, .value = {[V_FORM] = 1}

static const lp_special hinges[] = {
    {1, 0, .x = {0}}, /* K = 0 */
    {0, 3, .x = {0}}, /* N = 0 */
    {1, 1, .x = {7}}, /* K = 1: +0 */
    {1, 1, .x = {-INF}},
    {1, 1, .x = {NAN}},
    {1, 1, .x = {-INF}, SINGER},
    {1, 3, .x = {1, 2, 3}, .label = {3}}, /* labels outside */
    {1, 3, .x = {1, 2, 3}, .label = {-1}},
    {1, 3, .x = {1, 2, 3}, .label = {INT64_C(1) << 32}}, /* 0 if cut to 32 bits */
    {2, 2, .x = {0.5, 0.5, 0.5, 0.5}, .label = {0, -100}},
    {1, 3, .x = {NAN, 1, 2}, .label = {3}}, /* the error comes before the NaN */
    {1, 3, .x = {9, NAN, 0}, .label = {0}},
    {1, 3, .x = {0, 9, NAN}, .label = {0}, SINGER}, /* NaN below the largest */
    {1, 3, .x = {NAN, 9, 0}, .label = {0}},
    {1, 3, .x = {1, 0.5, -3}, .label = {0}},
    {1, 3, .x = {1, 0.5, 3}, .label = {0}, SINGER},
    {1, 3, .x = {2, 1, 1}, .label = {0}}, /* kinks */
    {1, 3, .x = {2, 1, 1}, .label = {0}, SINGER},
    {1, 3, .x = {2, 1, 3}, .label = {0}},
    {1, 3, .x = {2, 3, 3}, .label = {0}, SINGER}, /* ties */
    {1, 3, .x = {2, 2, 2}, .label = {1}, SINGER},
    {1, 3, .x = {2, 2, 2}, .label = {1}},
    {1, 2, .x = {0.0, -0.0}, .label = {0}},
    {1, 2, .x = {2, 0x1.0000000000001p+0}, .label = {0}},
    {1, 2, .x = {2, BELOW}, .label = {0}},
    {1, 2, .x = {1, LEAST}, .label = {0}}, /* a margin of the least number */
    {1, 2, .x = {1, -LEAST}, .label = {0}},
    {1, 2, .x = {1, 0x1p-60}, .label = {0}},
    {1, 3, .x = {0x1p60, 0x1p60, 0x1p60}, .label = {1}}, /* 1 is lost beside them */
    {1, 2, .x = {0x1p53, 0x1.fffffffffffffp+52}, .label = {0}},
    {1, 2, .x = {MAX, -MAX}, .label = {0}},
    {1, 2, .x = {-MAX, MAX}, .label = {0}}, /* a difference that overflows */
    {1, 3, .x = {MAX, MAX, -MAX}, .label = {0}},
    {1, 3, .x = {1, -INF, 2}, .label = {1}}, /* the label at -inf */
    {1, 3, .x = {1, -INF, 2}, .label = {1}, SINGER},
    {1, 3, .x = {1, INF, -5}, .label = {0}},
    {1, 3, .x = {1, INF, INF}, .label = {0}, SINGER},
    {1, 3, .x = {1, -INF, 1}, .label = {0}}, /* another at -inf: no term */
    {1, 3, .x = {INF, 1, -INF}, .label = {0}},
    {1, 2, .x = {-INF, INF}, .label = {0}},
    {1, 3, .x = {INF, INF, 0}, .label = {0}}, /* infinite alike */
    {1, 3, .x = {-INF, -INF, 0}, .label = {0}},
    {1, 3, .x = {-INF, -INF, 0}, .label = {0}, SINGER},
    {1, 2, .x = {-INF, -INF}, .label = {0}, SINGER},
    {2, 2, .x = {NAN, 1, 0.5, 0.5}, .label = {1, 1}}, /* the other row is untouched */
    {2, 2, .x = {-INF, 1, 0.5, 0.5}, .label = {0, 1}},
};

lp_special_list lp_special_hinge(lp_op op) {
    if (op == LP_OP_HINGE) return LIST(hinge, LP_IN_LOGITS, LP_IN_V);
    return LIST(hinges, LP_IN_LOGITS, LP_IN_V);
}
