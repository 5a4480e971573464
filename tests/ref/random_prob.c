/* Probabilities, one row or several together. */
#include "random_draws.h"

#include <math.h>

static void draw_vector(const lp_case *c, double *p, lp_rng *rng) {
    int64_t how = random_below(rng, 5);
    double sum = 0;
    for (int64_t j = 0; j < c->k; j++) {
        p[j] = how == 0   ? ldexp(1, -(int)random_below(rng, 12))
               : how == 1 ? ldexp(lp_rng_unit(rng), -(int)random_below(rng, 130))
               : how == 2 ? 1 - ldexp((double)random_below(rng, 16), -24)
                          : exp(3 * lp_rng_normal(rng));
        sum += p[j];
    }
    for (int64_t j = 0; j < c->k; j++) {
        if (how > 2) p[j] /= sum;
        p[j] = random_below(rng, 12) ? random_stored(c, p[j]) : 0;
    }
}

void random_draw_probabilities(lp_case *c, lp_rng *rng) {
    double *p = lp_case_alloc(c, LP_IN_P);
    draw_vector(c, p, rng);
    if (c->op == LP_OP_ENTROPY) return;
    double *q = lp_case_alloc(c, LP_IN_Q);
    int64_t how = random_below(rng, 4);
    draw_vector(c, q, rng);
    for (int64_t j = 0; j < c->k; j++) {
        if (how == 0)
            q[j] = random_stored(c, p[j] * (1 + ldexp((double)random_below(rng, 9) - 4, -21)));
        if (how == 1) q[j] = p[c->k - 1 - j];
        if (q[j] == 0) q[j] = p[j] > 0 ? p[j] : 0.25;
    }
}

/* p near 0, near 1, between; y hard, soft, near p. p beside a y that it excludes is no number. */
void random_draw_binary_probability(lp_case *c, lp_rng *rng) {
    static const double y[] = {0, 1, 0.5, 0x1p-55, 1 - 0x1p-24};
    double *p = lp_case_alloc(c, LP_IN_P), *t = lp_case_alloc(c, LP_IN_TARGETS);
    int64_t how = random_below(rng, 6), target = random_below(rng, 8);
    double part = lp_rng_unit(rng);
    *p = random_stored(
        c, how == 0   ? part
           : how == 1 ? ldexp(part, -(int)random_below(rng, 140))
           : how == 2
               ? 1 - ldexp(1 + (double)random_below(rng, 16), -(int)random_below(rng, 50) - 5)
           : how == 3 ? ldexp((double)random_below(rng, 9), c->format == LP_BINARY64 ? -1074 : -149)
           : how == 4 ? 0.5 + ldexp((double)random_below(rng, 9) - 4, -24)
                      : (double)random_below(rng, 2));
    *t = random_stored(c, target < 5    ? y[target]
                          : target == 5 ? *p
                          : target == 6 ? *p * (1 - ldexp((double)random_below(rng, 5), -20))
                                        : lp_rng_unit(rng));
    if (*p == 0 || *p == 1) *t = *p;
}

void random_draw_labelled_probability(lp_case *c, lp_rng *rng, int64_t label) {
    double *q = lp_case_alloc(c, c->op == LP_OP_BRIER ? LP_IN_P : LP_IN_Q);
    draw_vector(c, q, rng);
    if (q[label] == 0)
        q[label] = random_stored(c, ldexp(1 + lp_rng_unit(rng), -(int)random_below(rng, 130)));
    lp_case_alloc_label(c)[0] = label;
}

/* Rows together: powers of two, whose root may be rational, and confidences at edges of bins. */
void random_draw_rows(lp_case *c, lp_rng *rng) {
    static const double bins[] = {1, 2, 3, 10, 100, 0x1p53};
    c->n = 1 + random_below(rng, 8);
    double *p = lp_case_alloc(c, c->op == LP_OP_ECE ? LP_IN_P : LP_IN_Q);
    int64_t *label = lp_case_alloc_label(c), how = random_below(rng, 4);
    if (c->op == LP_OP_ECE && random_below(rng, 4))
        lp_case_set(c, LP_PARAM_BINS, bins[random_below(rng, 6)]);
    double b = lp_case_has(c, LP_PARAM_BINS) ? c->param[LP_PARAM_BINS] : 15;
    for (int64_t i = 0; i < c->n; i++) {
        double *x = p + i * c->k;
        draw_vector(c, x, rng);
        label[i] = random_below(rng, c->k);
        double edge = (double)(1 + random_below(rng, b < 100 ? (int64_t)b : 100)) / b;
        if (c->op == LP_OP_ECE && how < 2)
            x[label[i]] = random_stored(c, edge * (how ? 1 + 0x1p-52 : 1));
        if (how == 0 && c->op == LP_OP_PERPLEXITY)
            x[label[i]] = ldexp(1, (int)random_below(rng, 30) - 25);
        if (x[label[i]] == 0) x[label[i]] = 0.25;
    }
    if (random_below(rng, 3) == 0)
        lp_case_set(c, LP_PARAM_IGNORE_INDEX, (double)(label[0] + (random_below(rng, 2) ? 1 : -1)));
}
