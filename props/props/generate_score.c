/* Families of the losses on given probabilities with a target or a label: bce_prob and nll. */
#include "props/props/generate_family.h"

#include <math.h>

/* ---- beside p ---- */

#define TARGETS 18
/* Hard ones thrice; soft ones, where p - y cancels or 1 - y is not a number of the format. */
static double target(lp_gen *g, int which, double p) {
    switch (which) {
    case 0:
    case 9:
    case 14:
        return 0;
    case 1:
    case 10:
    case 15:
        return 1;
    case 2:
        return p;
    case 3:
        return lp_gen_nudge(g, p, 1 + lp_gen_index(g, 3));
    case 4:
        return lp_gen_nudge(g, p, -1 - lp_gen_index(g, 3));
    case 5:
        return 0.5;
    case 6:
        return 0.5 + lp_gen_uniform(g, 0.5);
    case 7:
        return ldexp(1, -g->f->p - 2); /* 1 - y is not a number */
    case 8:
        return lp_format_below(g->f, 1);
    case 11:
        return g->f->least * (1 + lp_gen_index(g, 3));
    case 12:
        return 0.1;
    case 13:
        return 0.9;
    case 16:
        return 1 - p;
    default: /* near p, but well apart */
        return p * (1 + ldexp(lp_gen_uniform(g, 1), -13));
    }
}

static double within_unit(const lp_gen *g, double x) {
    return lp_gen_round(g, x >= 0 ? fmin(x, 1) : 0);
}

/* ---- p ---- */

static double ordinary_p(lp_gen *g, int a) {
    static const double sd[] = {1, 4};
    if (a < 2) {
        double w = lp_gen_exp(lp_gen_normal(g, sd[a]));
        return w / (1 + w);
    }
    if (a == 2) return 0.5 + lp_gen_uniform(g, 0.5);
    return lp_gen_nudge(g, 0.5, lp_gen_index(g, 9) - 4);
}

/* What implementations clip at, from both sides, and its distance from 1. The last is e^-100, where
 * PyTorch's logarithm stops; its 1 - p is 1. */
#define CLIPS 12
static double clip_p(lp_gen *g, int a) {
    static const double at[CLIPS / 2] = {1e-7, 1e-15, 1e-12, 1e-8, 1e-6, 0x1.3a1dde93378dap-145};
    double x = at[a / 2] * (1 + lp_gen_uniform(g, 0.9));
    return a % 2 ? 1 - x : x;
}

#define DEPTHS 40
static double near_zero_p(lp_gen *g, int a) {
    int most = a % 2 ? g->f->p + 4 : -g->f->emin; /* about the precision, and all over */
    return ldexp(1 + lp_gen_uniform(g, 0.5), -1 - (a * most) / DEPTHS - lp_gen_index(g, 3));
}

static double near_one_p(lp_gen *g, int a) {
    double rest = ldexp(1 + lp_gen_uniform(g, 0.5), -1 - (a * g->f->p) / DEPTHS);
    return a % 4 == 3 ? lp_gen_nudge(g, 1, -1 - lp_gen_index(g, 5)) : 1 - rest;
}

static double subnormal_p(lp_gen *g, int a) {
    static const int most[] = {1, 3, 1000};
    if (a < 3) return (double)(1 + lp_gen_index(g, most[a])) * g->f->least;
    return lp_gen_nudge(g, ldexp(1, g->f->emin), lp_gen_index(g, 7) - 3);
}

static double end_p(lp_gen *g, int a) {
    (void)g;
    return a == 1 ? 1 : a == 2 ? -0.0 : 0;
}

static double special_p(lp_gen *g, int a) {
    (void)g;
    return a ? 0.5 : NAN;
}

typedef double (*p_fn)(lp_gen *g, int a);

static void draw_cells(lp_gen *g, p_fn draw, int a, int b) {
    for (int64_t i = 0; i < g->c->n; i++) {
        double p = draw(g, i == 0 || lp_gen_coin(g, 0.3) ? a : 0);
        p = isnan(p) || p == 0 ? p : within_unit(g, p);
        g->c->in[LP_IN_P][i] = p;
        double y = target(g, i == 0 ? b : lp_gen_index(g, TARGETS), p);
        g->c->in[LP_IN_TARGETS][i] = within_unit(g, y);
    }
}

#define FAMILY(name)                                                                               \
    static void name(lp_gen *g, int a, int b) {                                                    \
        lp_gen_open(g, lp_gen_rows(g, 8), 1);                                                      \
        draw_cells(g, name##_p, a, b);                                                             \
    }
FAMILY(ordinary)
FAMILY(clip)
FAMILY(near_zero)
FAMILY(near_one)
FAMILY(subnormal)
FAMILY(end)

static void special(lp_gen *g, int a, int b) {
    lp_gen_open(g, lp_gen_rows(g, 8), 1);
    draw_cells(g, special_p, a, b);
    if (a) g->c->in[LP_IN_TARGETS][0] = NAN;
}

static void tall(lp_gen *g, int a, int b) {
    (void)a;
    lp_gen_open(g, lp_gen_tall_rows(g, 1), 1);
    draw_cells(g, b ? near_one_p : ordinary_p, 0, b);
}

const lp_gen_family lp_gen_binary_prob_families[] = {
    {"ordinary", 4, 4, TARGETS, 0, ordinary},     {"clip", 3, CLIPS, TARGETS, 0, clip},
    {"near_zero", 3, DEPTHS, 9, 0, near_zero},    {"near_one", 3, DEPTHS, 9, 0, near_one},
    {"subnormal", 1, 4, TARGETS, 0, subnormal},   {"end", 0.5, 3, TARGETS, 0, end},
    {"special", 0.3, 2, TARGETS / 2, 0, special}, {"tall", 0.005, 1, 2, 0, tall}};
const int lp_gen_binary_prob_count =
    sizeof lp_gen_binary_prob_families / sizeof *lp_gen_binary_prob_families;
