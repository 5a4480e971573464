/* Margins of the hinges on rows of logits: exactly 0, by an ulp or a hair not, tied for the
 * largest, lost beside logits of another size. */
#include "props/props/generate_hinge.h"

#include <math.h>

double lp_gen_hinge_z(lp_gen *g, int a) {
    double size = a < 9 ? lp_gen_nudge(g, 1, a - 4) : 1 + ldexp(lp_gen_uniform(g, 1), 8 - a);
    return lp_gen_coin(g, 0.5) ? -size : size;
}

/* The logit of a class beside the label's `own`, whose kink lies at own - 1. */
static double other(lp_gen *g, double own, int pattern) {
    const double kink = lp_gen_round(g, own - 1), least = g->f->least;
    switch (pattern) {
    case 0:
        return kink;
    case 1:
        return lp_gen_nudge(g, kink, lp_gen_index(g, 5) - 2);
    case 2: /* tied above it */
        return lp_gen_round(g, own + 0.5);
    case 3: /* some of each */
        return lp_gen_coin(g, 0.4) ? kink : lp_gen_round(g, kink + lp_gen_normal(g, 1));
    case 4: /* one row in which few are near it */
        return lp_gen_coin(g, 0.2) ? kink : lp_gen_round(g, own - 3 - fabs(lp_gen_normal(g, 2)));
    case 5: /* the margin is a hair */
        return lp_gen_coin(g, 0.5) ? (lp_gen_index(g, 5) - 2) * least
                                   : ldexp(lp_gen_uniform(g, 1), -60);
    default: /* at the label's own size, where 1 may be below its last place */
        return lp_gen_nudge(g, own, lp_gen_index(g, 5) - 2);
    }
}

void lp_gen_hinge_row(lp_gen *g, double *z, int64_t k, int64_t *label, int a, int b) {
    static const double level[LP_GEN_HINGE_A] = {2, 1,       0,      -3,     0.5,
                                                 1, 0x1p-20, 1000.5, 0x1p24, 0x1p53};
    *label = lp_gen_index(g, k);
    const double own = a == 5 ? lp_gen_round(g, lp_gen_normal(g, 3)) : level[a];
    for (int64_t j = 0; j < k; j++) z[j] = lp_gen_round(g, j == *label ? own : other(g, own, b));
}
