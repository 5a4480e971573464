/* Rows of one logit, of labels each by itself, and margins. */
#include "random_draws.h"

#include <math.h>

void random_draw_logit(lp_case *c, lp_rng *rng) {
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    random_family[random_below(rng, 7)](z, rng, 1, 0);
    z[0] = random_stored(c, random_below(rng, 20) ? z[0] : 0);
}

void random_draw_focal(lp_case *c, lp_rng *rng) {
    static const double g[] = {0, 0.5, 1, 2, 5, 0x1p-60, 1e-300, 1e4, 1e300, 37.5};
    static const double a[] = {0.25, 1, 0, 0.5, 2, 0.1};
    random_draw_logit(c, rng);
    lp_case_alloc_label(c)[0] = random_below(rng, 2);
    if (random_below(rng, 4))
        lp_case_set(c, LP_PARAM_GAMMA,
                    random_below(rng, 3) ? g[random_below(rng, 10)] : 4 * lp_rng_unit(rng));
    if (random_below(rng, 2)) lp_case_set(c, LP_PARAM_ALPHA, a[random_below(rng, 6)]);
}

/* Margins that are 0 exactly, or by an ulp not. */
static double at_margin(const lp_case *c, lp_rng *rng, double z) {
    const lp_format *f = lp_format_get(c->format);
    z = random_stored(c, z);
    int64_t how = random_below(rng, 4);
    return how == 0 ? lp_format_above(f, z) : how == 1 ? lp_format_below(f, z) : z;
}

void random_draw_hinge(lp_case *c, lp_rng *rng) {
    random_draw_logit(c, rng);
    int64_t y = random_below(rng, 2) ? 1 : -1;
    lp_case_alloc_label(c)[0] = y;
    if (random_below(rng, 3) == 0) c->in[LP_IN_LOGITS][0] = at_margin(c, rng, (double)y);
}

void random_draw_hinges(lp_case *c, lp_rng *rng, int64_t label) {
    double *z = c->in[LP_IN_LOGITS];
    lp_case_alloc_label(c)[0] = label;
    if (random_below(rng, 2)) lp_case_set(c, LP_PARAM_FORM, (double)random_below(rng, 2));
    bool near = random_below(rng, 2);
    for (int64_t j = 0; near && j < c->k; j++)
        if (j != label && random_below(rng, 2)) z[j] = at_margin(c, rng, z[label] - 1);
}

static void draw_pos_weight(lp_case *c, lp_rng *rng) {
    static const double q[] = {1, 0, 2, 0.1, 0x1p-300, 0x1p70};
    if (random_below(rng, 2) == 0) return;
    if (c->op == LP_OP_MULTILABEL_BCE && random_below(rng, 2)) {
        double *w = lp_case_alloc(c, LP_IN_POS_WEIGHT);
        for (int64_t j = 0; j < c->k; j++) {
            double x = random_stored(c, q[random_below(rng, 6)]);
            w[j] = random_below(rng, 3) ? x : random_stored(c, lp_rng_unit(rng));
        }
        return;
    }
    lp_case_set(c, LP_PARAM_POS_WEIGHT,
                random_below(rng, 3) ? q[random_below(rng, 6)] : lp_rng_unit(rng));
}

void random_draw_binary(lp_case *c, lp_rng *rng) {
    static const double y[] = {0, 1, 0.5, 0x1p-55, 0x1p-54, 1 - 0x1p-24};
    double *z = lp_case_alloc(c, LP_IN_LOGITS), *t = lp_case_alloc(c, LP_IN_TARGETS);
    int64_t zeros = random_below(rng, 20);
    for (int64_t j = 0; j < c->k; j++) {
        if (j == 0 || random_below(rng, 3) == 0)
            random_family[random_below(rng, 7)](z + j, rng, 1, 0);
        else
            random_family[0](z + j, rng, 1, 0);
        z[j] = random_stored(c, zeros ? z[j] : 0);
        int64_t how = random_below(rng, 9);
        t[j] = random_stored(c, how < 6    ? y[how]
                                : how == 6 ? 1 / (1 + exp(-z[j]))
                                           : lp_rng_unit(rng));
    }
    if (c->op != LP_OP_MSE_SIGMOID) draw_pos_weight(c, rng);
    if (c->op == LP_OP_MULTILABEL_BCE && random_below(rng, 2))
        lp_case_set(c, LP_PARAM_LABEL_REDUCTION, (double)random_below(rng, 2));
}
