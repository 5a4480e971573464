#include "props/props/generate_option.h"

#include <math.h>

bool lp_gen_takes(const lp_gen *g, lp_param p) {
    return g->plan->params & LP_PARAM_BIT(p);
}

static void draw_smoothing(lp_gen *g, int which) {
    static const double value[LP_GEN_SMOOTHINGS - 1] = {
        0.1, 0, 1, 0x1p-30, 0.5, 0.9, 0x1.fffffffffffffp-1, 0x1p-1000};
    double x = which < LP_GEN_SMOOTHINGS - 1 ? value[which] : 0.5 + lp_gen_uniform(g, 0.5);
    lp_case_set(g->c, LP_PARAM_SMOOTHING, x);
    if (g->plan->params & LP_PARAM_BIT(LP_PARAM_SMOOTHING_RULE) && lp_gen_coin(g, 0.6))
        lp_case_set(g->c, LP_PARAM_SMOOTHING_RULE, lp_gen_coin(g, 0.7));
}

static void draw_temperature(lp_gen *g, int which) {
    static const double value[LP_GEN_TEMPERATURES - 1] = {2,    0.5, 1, 0x1p-10, 0x1p10, 0.07,
                                                          1e-3, 1e3, 3, 0.1,     1e300,  0x1p-1000};
    double t = which < LP_GEN_TEMPERATURES - 1
                   ? value[which]
                   : ldexp(1.5 + lp_gen_uniform(g, 0.5), lp_gen_index(g, 13) - 6);
    lp_case_set(g->c, LP_PARAM_TEMPERATURE, t);
    if (lp_gen_coin(g, 0.5)) return; /* otherwise z / T keeps the shape */
    double *z = g->c->in[LP_IN_LOGITS];
    for (int64_t i = 0; i < g->c->n * g->c->k; i++) {
        double scaled = lp_gen_round(g, z[i] * t);
        if (isfinite(scaled)) z[i] = scaled;
    }
}

static double weight(lp_gen *g, int which, int64_t j) {
    switch (which) {
    case 0:
        return 1 + lp_gen_uniform(g, 1);
    case 1:
        return 1;
    case 2:
        return 2.5;
    case 3:
        return ldexp(1, lp_gen_index(g, 21) - 10);
    case 4:
        return lp_gen_coin(g, 0.4) ? 0 : 1 + lp_gen_index(g, 5);
    case 5:
        return 0;
    case 6:
        return ldexp(1 + 0.5 * lp_gen_uniform(g, 1), g->f->emin + 3 - lp_gen_index(g, 20));
    case 7:
        return ldexp(1 + 0.5 * lp_gen_uniform(g, 1), g->f->emax - 2 - lp_gen_index(g, 20));
    case 8:
        return j % 2 ? 0x1p-60 : 0x1p60;
    default: /* draw_weights has more to say */
        return 1 + lp_gen_index(g, 3);
    }
}

static void draw_weights(lp_gen *g, int which) {
    double *w = lp_case_alloc(g->c, LP_IN_WEIGHTS);
    const double *z = g->c->in[LP_IN_LOGITS];
    for (int64_t j = 0; j < g->c->k; j++) w[j] = lp_gen_round(g, weight(g, which, j));
    /* A masked class that is to count for nothing: its weight meets an infinite term. */
    for (int64_t j = 0; which == LP_GEN_WEIGHTINGS - 1 && g->c->n > 0 && j < g->c->k; j++)
        if (z[j] == -INFINITY) w[j] = 0;
}

static void draw_gamma(lp_gen *g, int which) {
    static const double value[LP_GEN_GAMMAS - 1] = {2,   1,   0.5,       0, 5,  0x1p-30,
                                                    1.5, 100, 0x1p-1000, 3, 1e6};
    lp_case_set(g->c, LP_PARAM_GAMMA,
                which < LP_GEN_GAMMAS - 1 ? value[which] : 4 + lp_gen_uniform(g, 4));
}

/* One for all classes, or one a class. */
static void draw_alpha(lp_gen *g, int which) {
    static const double value[] = {0.25, 1, 0, 0x1p40, -0.5};
    if (which < 5 && lp_gen_takes(g, LP_PARAM_ALPHA)) {
        lp_case_set(g->c, LP_PARAM_ALPHA, value[which]);
        return;
    }
    if (!lp_gen_takes(g, LP_PARAM_ALPHA_ARRAY)) return;
    static const int kind[] = {0, 3, 4};
    double *a = lp_case_alloc(g->c, LP_IN_ALPHA);
    for (int64_t j = 0; j < g->c->k; j++) a[j] = lp_gen_round(g, weight(g, kind[which % 3], j));
}

static void draw_z_loss(lp_gen *g, int which) {
    static const double value[LP_GEN_Z_LOSSES - 1] = {1e-4, 0x1p-13, 1, 0, 30, 1e-30};
    lp_case_set(g->c, LP_PARAM_Z_LOSS,
                which < LP_GEN_Z_LOSSES - 1 ? value[which] : lp_gen_uniform(g, 1) + 1);
}

/* Caps that people use, tight and wide ones, up to 2^-13 of what the format's digits reach: beyond
 * about 2^-5 the textbook's rounding of s tanh leaves the sum of exponentials no digit; half the
 * time the logits go where the cap bends. */
static void draw_softcap(lp_gen *g, int which) {
    static const double value[LP_GEN_SOFTCAPS - 2] = {30, 50, 1, 5, 0x1p-10, 1000};
    double s = which < LP_GEN_SOFTCAPS - 2
                   ? value[which]
                   : ldexp(1.5 + lp_gen_uniform(g, 0.5), lp_gen_index(g, 13) - 6);
    if (which == LP_GEN_SOFTCAPS - 2) s = ldexp(1, g->f->p - 13);
    lp_case_set(g->c, LP_PARAM_SOFTCAP, s);
    if (lp_gen_coin(g, 0.5)) return;
    double *z = g->c->in[LP_IN_LOGITS];
    for (int64_t i = 0; i < g->c->n * g->c->k; i++)
        if (isfinite(z[i])) z[i] = lp_gen_round(g, s * lp_gen_uniform(g, 4));
}

/* One +inf in a row, two, or none. */
static void draw_limit(lp_gen *g, int which) {
    lp_case *c = g->c;
    lp_case_set(c, LP_PARAM_SPECIAL, which < LP_GEN_LIMITS - 1);
    for (int64_t i = 0; which && i < c->n; i++) {
        double *z = c->in[LP_IN_LOGITS] + i * c->k;
        int many = which == 2 ? 2 : 1;
        for (int m = 0; m < many; m++) z[lp_gen_index(g, c->k)] = INFINITY;
        if (c->label && lp_gen_coin(g, 0.5))
            for (int64_t j = 0; j < c->k; j++)
                if (z[j] == INFINITY) c->label[i] = j;
    }
}

static const struct {
    lp_param param;
    int kinds;
    double chance; /* beside what another option is about */
    void (*draw)(lp_gen *g, int which);
} options[LP_GEN_OPTIONS] = {
    [LP_GEN_SMOOTHING] = {LP_PARAM_SMOOTHING, LP_GEN_SMOOTHINGS, 0.25, draw_smoothing},
    [LP_GEN_TEMPERATURE] = {LP_PARAM_TEMPERATURE, LP_GEN_TEMPERATURES, 0.25, draw_temperature},
    [LP_GEN_WEIGHTS] = {LP_PARAM_WEIGHTS, LP_GEN_WEIGHTINGS, 0.25, draw_weights},
    [LP_GEN_GAMMA] = {LP_PARAM_GAMMA, LP_GEN_GAMMAS, 0.9, draw_gamma},
    [LP_GEN_ALPHA] = {LP_PARAM_ALPHA, LP_GEN_ALPHAS, 0.25, draw_alpha},
    [LP_GEN_Z_LOSS] = {LP_PARAM_Z_LOSS, LP_GEN_Z_LOSSES, 0.15, draw_z_loss},
    [LP_GEN_SOFTCAP] = {LP_PARAM_SOFTCAP, LP_GEN_SOFTCAPS, 0.15, draw_softcap},
    [LP_GEN_LIMIT] = {LP_PARAM_SPECIAL, LP_GEN_LIMITS, 0.05, draw_limit},
};

void lp_gen_draw_option(lp_gen *g, lp_gen_option option, int which) {
    options[option].draw(g, which);
}

void lp_gen_draw_others(lp_gen *g, lp_gen_option own) {
    for (int i = 0; i < LP_GEN_OPTIONS; i++)
        if (i != (int)own && lp_gen_takes(g, options[i].param) && lp_gen_coin(g, options[i].chance))
            options[i].draw(g, lp_gen_index(g, options[i].kinds));
}
