/* Families of bce_logits: one logit and one target a row. */
#include "props/props/generate_family.h"

#include <math.h>

#define LN2 0x1.62e42fefa39efp-1

static double sigma(double z) {
    double w = lp_gen_exp(-fabs(z));
    return z < 0 ? w / (1 + w) : 1 / (1 + w);
}

#define TARGETS 18
/* Hard targets, thrice; soft ones, where sigma(z) - y can cancel or 1 - y is not exact. */
static double target(lp_gen *g, int which, double z) {
    switch (which) {
    case 0:
    case 14:
    case 16:
        return 0;
    case 1:
    case 15:
    case 17:
        return 1;
    case 2:
        return 0.5;
    case 3:
        return lp_gen_round(g, 0.5 + lp_gen_uniform(g, 0.5));
    case 4:
        return lp_gen_round(g, sigma(z));
    case 5:
        return lp_gen_nudge(g, sigma(z), 1 + lp_gen_index(g, 3));
    case 6:
        return lp_gen_nudge(g, sigma(z), -1 - lp_gen_index(g, 3));
    case 7:
        return ldexp(1, -g->f->p - 2); /* 2^-55: 1/2 - y is a midpoint */
    case 8:
        return ldexp(1, -g->f->p - 1);
    case 9:
        return lp_format_below(g->f, 1);
    case 10:
        return g->f->least * (1 + lp_gen_index(g, 3));
    case 11:
        return 0.1;
    case 12:
        return 0.9;
    default: /* near sigma(z), but well apart */
        return lp_gen_round(g, sigma(z) * (1 + ldexp(lp_gen_uniform(g, 1), -13)));
    }
}

static double within_unit(const lp_gen *g, double y) {
    return lp_gen_round(g, y >= 0 ? fmin(y, 1) : 0); /* -0.0 and NaN become 0 */
}

typedef double (*logit_fn)(lp_gen *g, int a);

static void draw_rows(lp_gen *g, logit_fn logit, int a, int b) {
    lp_gen_open(g, lp_gen_rows(g, 8), 1);
    for (int64_t i = 0; i < g->c->n; i++) {
        double z = lp_gen_round(g, logit(g, a));
        int which = i == 0 ? b : lp_gen_index(g, TARGETS);
        g->c->in[LP_IN_LOGITS][i] = z;
        g->c->in[LP_IN_TARGETS][i] = within_unit(g, target(g, which, z));
    }
}

static double ordinary_z(lp_gen *g, int a) {
    static const double sd[] = {1, 3, 10, 0.3, 30, 0.01};
    return lp_gen_normal(g, sd[a]);
}

static double threshold_z(lp_gen *g, int a) {
    double z = lp_gen_nudge(g, lp_gen_threshold[a], lp_gen_index(g, 5) - 2);
    return lp_gen_coin(g, 0.5) ? -z : z;
}

static double confident_z(lp_gen *g, int a) {
    double z = (10 * (a + 1) + lp_gen_uniform(g, 5)) * LN2; /* 1 - sigma near 2^-10 ... 2^-1080 */
    return lp_gen_coin(g, 0.5) ? -z : z;
}

static double extreme_z(lp_gen *g, int a) {
    switch (a) {
    case 0:
        return g->f->max;
    case 1:
        return -g->f->max;
    case 2:
        return lp_gen_bits(g);
    default:
        return ldexp(lp_gen_normal(g, 1), 10 * a);
    }
}

static double subnormal_z(lp_gen *g, int a) {
    double some = (double)(1 + lp_gen_index(g, 1000)) * g->f->least;
    if (a < 2) return a ? -some : some;
    double t = 0.5 + 0.5 * lp_gen_uniform(g, 1); /* sigma or 1 - sigma subnormal */
    double z = ((g->f->emin - 1) * (1 - t) + (g->f->emin - g->f->p) * t) * LN2;
    return a == 2 ? z : -z;
}

static double special_z(lp_gen *g, int a) {
    const double z[] = {INFINITY, -INFINITY, NAN, 0.0, -0.0};
    (void)g;
    return z[a];
}

#define FAMILY(name)                                                                               \
    static void name(lp_gen *g, int a, int b) {                                                    \
        draw_rows(g, name##_z, a, b);                                                              \
    }
FAMILY(ordinary)
FAMILY(threshold)
FAMILY(confident)
FAMILY(extreme)
FAMILY(subnormal)
FAMILY(special)

const lp_gen_family lp_gen_bce_families[] = {
    {"ordinary", 3, 6, TARGETS, 0, ordinary},
    {"threshold", 4, LP_GEN_THRESHOLDS, TARGETS, 0, threshold},
    {"confident", 2, 108, 4, 0, confident},
    {"extreme", 1, 8, TARGETS, 0, extreme},
    {"subnormal", 1, 4, TARGETS, 0, subnormal},
    {"special", 1, 5, TARGETS, 0, special},
};
const int lp_gen_bce_count = sizeof lp_gen_bce_families / sizeof *lp_gen_bce_families;
