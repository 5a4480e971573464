/* Families of the operations on rows of logits: each shape alone, then wide rows and parameters
 * over every shape. */
#include "props/props/generate_hinge.h"
#include "props/props/generate_logits.h"
#include "props/props/generate_option.h"

#include <math.h>

/* Row i of the case. */
static lp_gen_row row_of(lp_gen *g, int64_t i, int64_t *nowhere) {
    int64_t k = g->c->k;
    return (lp_gen_row){g, g->c->in[LP_IN_LOGITS] + i * k, k,
                        g->c->label ? &g->c->label[i] : nowhere};
}

/* The gradient of a link is a product with a cotangent: random, all equal (it cancels exactly), one
 * of them, signs that alternate, a large range. */
static void draw_cotangent(lp_gen *g) {
    if (!lp_op_get(g->c->op)->in[LP_IN_V] || !lp_gen_coin(g, 0.6)) return;
    double *v = lp_case_alloc(g->c, LP_IN_V);
    int64_t each = lp_op_get(g->c->op)->in[LP_IN_V] == LP_SHAPE_N ? 1 : g->c->k;
    int kind = lp_gen_index(g, 5);
    for (int64_t i = 0; i < g->c->n; i++)
        for (int64_t j = 0, one = lp_gen_index(g, each); j < each; j++) {
            const double flat[] = {0, 1, j == one, j % 2 ? -1 : 1, 0};
            double x = flat[kind];
            if (kind == 0) x = lp_gen_normal(g, 1);
            if (kind == 4) x = ldexp(lp_gen_normal(g, 1), lp_gen_index(g, 81) - 40);
            v[i * each + j] = lp_gen_round(g, x);
        }
}

static void draw_teacher(lp_gen *g, int which, int shape);
static void draw_mix(lp_gen *g, int which);

/* Families that are about something else take any teacher, and a mixture that looks at it. */
#define TEACHERS 9
#define MIXES    8
static void draw_some_teacher(lp_gen *g, int shape) {
    if (!g->c->in[LP_IN_TEACHER]) return;
    draw_teacher(g, lp_gen_index(g, TEACHERS), shape);
    draw_mix(g, lp_gen_index(g, MIXES));
}

/* First row at the grid point, further ones like it or of any shape. */
static void draw_rows(lp_gen *g, int shape, int a, int b) {
    for (int64_t i = 0, nowhere; i < g->c->n; i++) {
        lp_gen_row r = row_of(g, i, &nowhere);
        if (i == 0)
            lp_gen_shapes[shape].draw(&r, a, b);
        else
            lp_gen_draw_shape(&r, lp_gen_coin(g, 0.4) ? lp_gen_index(g, LP_GEN_SHAPES) : shape);
    }
    draw_cotangent(g);
    lp_gen_draw_targets(g);
    draw_some_teacher(g, shape);
}

static void plain(lp_gen *g, int shape, int a, int b) {
    int64_t k = lp_gen_classes(g);
    if (shape == LP_SHAPE_NEAR_MIDPOINT && k > 1) k = INT64_C(1) << ilogb((double)k);
    lp_gen_open(g, lp_gen_rows(g, 5), k);
    draw_rows(g, shape, a, b);
}

#define SHAPE(function, NAME, sizes_a, sizes_b, weight)                                            \
    static void function(lp_gen *g, int a, int b) {                                                \
        plain(g, LP_SHAPE_##NAME, a, b);                                                           \
    }
LP_GEN_SHAPE_LIST(SHAPE)
#undef SHAPE

static void wide(lp_gen *g, int a, int b) {
    static const int shape[] = {LP_SHAPE_ORDINARY, LP_SHAPE_CONFIDENT, LP_SHAPE_OFFSET,
                                LP_SHAPE_TIES, LP_SHAPE_SUBNORMAL};
    (void)b;
    lp_gen_open(g, 1, lp_gen_wide_classes(g));
    int64_t nowhere;
    lp_gen_row r = row_of(g, 0, &nowhere);
    lp_gen_draw_shape(&r, shape[a]);
    lp_gen_draw_targets(g);
    draw_some_teacher(g, shape[a]);
}

static void tall(lp_gen *g, int a, int b) {
    static const int shape[] = {LP_SHAPE_ORDINARY, LP_SHAPE_CONFIDENT};
    int64_t k = lp_gen_classes(g);
    (void)a;
    lp_gen_open(g, lp_gen_tall_rows(g, k), k);
    draw_rows(g, shape[b], 0, 0);
}

/* Advantage, one for all or one a row, against the weight of the entropy: alone, of either sign,
 * equal (A - b = 0), and where A = b d for the depth d of a class (its pull cancels). */
#define POLICIES 12
static double advantage(lp_gen *g, int which, int64_t i) {
    const double *z = g->c->in[LP_IN_LOGITS] + i * g->c->k;
    switch (which) {
    case 0:
        return 1;
    case 1:
    case 6:
        return lp_gen_normal(g, 2);
    case 2:
        return 0;
    case 3:
        return -2;
    case 4: /* centred: the rows' sum cancels */
        return i % 2 ? -0.75 : 0.75;
    case 7:
        return ldexp(1 + lp_gen_uniform(g, 0.5), lp_gen_index(g, 81) - 40);
    case 8:
        return lp_gen_index(g, 3) - 1;
    case 9:
        return isfinite(z[0] - z[g->c->k - 1]) ? z[0] - z[g->c->k - 1] : 1;
    case 10:
        return ldexp(1.25, lp_gen_index(g, 21) - 10) * (i % 2 ? 1 : -1);
    default:
        return 1 + lp_gen_index(g, 4);
    }
}

static void draw_policy(lp_gen *g, int which) {
    static const double weight[POLICIES] = {0.01, 0,      -1, 0x1p-20, 0.5,    1,
                                            NAN,  -0.001, 0,  1,       0x1p20, 1};
    bool each = lp_gen_takes(g, LP_PARAM_ADVANTAGE_ARRAY) &&
                (!lp_gen_takes(g, LP_PARAM_ADVANTAGE) || which == 4 || lp_gen_coin(g, 0.5));
    double a = g->c->n ? lp_gen_round(g, advantage(g, which, 0)) : 1;
    if (which != 5 && each) {
        double *x = lp_case_alloc(g->c, LP_IN_ADVANTAGE);
        for (int64_t i = 0; i < g->c->n; i++) x[i] = lp_gen_round(g, advantage(g, which, i));
        if (g->c->n) a = x[0];
    } else if (which != 5 && lp_gen_takes(g, LP_PARAM_ADVANTAGE)) {
        lp_case_set(g->c, LP_PARAM_ADVANTAGE, a);
    }
    double b = isnan(weight[which]) ? a : weight[which];
    if (lp_gen_takes(g, LP_PARAM_ENTROPY_WEIGHT) && (b != 0 || lp_gen_coin(g, 0.3)))
        lp_case_set(g->c, LP_PARAM_ENTROPY_WEIGHT, b);
}

static void rows_of_shape(lp_gen *g, int shape) {
    int64_t k = lp_gen_classes(g);
    const lp_gen_shape *s = &lp_gen_shapes[shape];
    lp_gen_open(g, lp_gen_rows(g, 5), k);
    int a = lp_gen_index(g, s->a), b = lp_gen_index(g, s->b);
    draw_rows(g, shape, a, b);
}

/* One option over rows of every shape, others beside it. */
static void with_option(lp_gen *g, lp_gen_option own, int a, int b) {
    rows_of_shape(g, b);
    lp_gen_draw_option(g, own, a);
    lp_gen_draw_others(g, own);
}

#define OPTION(function, NAME)                                                                     \
    static void function(lp_gen *g, int a, int b) {                                                \
        with_option(g, LP_GEN_##NAME, a, b);                                                       \
    }
OPTION(smoothing, SMOOTHING)
OPTION(temperature, TEMPERATURE)
OPTION(weights, WEIGHTS)
OPTION(focusing, GAMMA)
OPTION(alpha, ALPHA)
OPTION(z_loss, Z_LOSS)
OPTION(softcap, SOFTCAP)
OPTION(limit, LIMIT)
#undef OPTION

/* A teacher: of another shape, the student itself, moved by a number, turned round, near it,
 * sharper, with one class masked; then the mixture. Every student's mask is the teacher's but now
 * and then. */
static void draw_teacher(lp_gen *g, int which, int shape) {
    int64_t k = g->c->k, nowhere = 0;
    for (int64_t i = 0; i < g->c->n; i++) {
        const double *z = g->c->in[LP_IN_LOGITS] + i * k;
        double *y = g->c->in[LP_IN_TEACHER] + i * k, by = ldexp(1, lp_gen_index(g, 21) - 10);
        bool spread = lp_gen_coin(g, 0.95);
        lp_gen_row r = {g, y, k, &nowhere};
        if (which < 2) lp_gen_draw_shape(&r, which ? LP_SHAPE_ORDINARY : shape);
        for (int64_t j = 0; which >= 2 && j < k; j++) {
            const double of[] = {z[j],
                                 z[j] + by,
                                 z[k - 1 - j],
                                 lp_gen_nudge(g, z[j], lp_gen_index(g, 5) - 2),
                                 3 * z[j],
                                 z[j] * (1 + ldexp(1, -20)),
                                 j == 0 && k > 1 ? -INFINITY : z[j]};
            y[j] = isnan(of[which - 2]) ? z[j] : lp_gen_round(g, of[which - 2]);
        }
        for (int64_t j = 0; spread && j < k; j++)
            if (z[j] == -INFINITY) y[j] = -INFINITY;
    }
}

static void draw_mix(lp_gen *g, int which) {
    static const double mix[MIXES] = {0, 0.5, 1, 0.1, 0.9, 0x1p-30, 0x1.fffffffffffffp-1, 0.7};
    if (lp_gen_takes(g, LP_PARAM_MIX)) lp_case_set(g->c, LP_PARAM_MIX, mix[which]);
    if (lp_gen_takes(g, LP_PARAM_FORM) && lp_gen_coin(g, 0.7))
        lp_case_set(g->c, LP_PARAM_FORM, lp_gen_coin(g, 0.7));
}

static void distilling(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_teacher(g, a, b);
    draw_mix(g, lp_gen_index(g, MIXES));
    lp_gen_draw_others(g, LP_GEN_OPTIONS);
}

static void policy(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_policy(g, a);
}

/* hinge_multi's two forms. */
static void form(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    if (lp_gen_takes(g, LP_PARAM_FORM)) lp_case_set(g->c, LP_PARAM_FORM, a != 1);
}

static void margin(lp_gen *g, int a, int b) {
    int64_t k = lp_gen_classes(g);
    lp_gen_open(g, lp_gen_rows(g, 4), k);
    for (int64_t i = 0; i < g->c->n; i++)
        lp_gen_hinge_row(g, g->c->in[LP_IN_LOGITS] + i * k, k, &g->c->label[i],
                         i ? lp_gen_index(g, LP_GEN_HINGE_A) : a,
                         i ? lp_gen_index(g, LP_GEN_HINGE_B) : b);
    if (lp_gen_takes(g, LP_PARAM_FORM) && lp_gen_coin(g, 0.6))
        lp_case_set(g->c, LP_PARAM_FORM, lp_gen_coin(g, 0.8));
}

#define BIT(p)                              LP_PARAM_BIT(LP_PARAM_##p)
#define SHAPE(function, NAME, a, b, weight) {#function, weight, a, b, 0, function},
#define SHAPES                                                                                     \
    LP_GEN_SHAPE_LIST(SHAPE){"wide", 0.02, 5, 2, 0, wide}, {                                       \
        "tall", 0.005, 1, 2, 0, tall                                                               \
    }

const lp_gen_family lp_gen_logit_families[] = {
    SHAPES,
    {"smoothing", 3, LP_GEN_SMOOTHINGS, LP_GEN_SHAPES, BIT(SMOOTHING), smoothing},
    {"weights", 3, LP_GEN_WEIGHTINGS, LP_GEN_SHAPES, BIT(WEIGHTS), weights},
    {"temperature", 3, LP_GEN_TEMPERATURES, LP_GEN_SHAPES, BIT(TEMPERATURE), temperature},
    {"gamma", 12, LP_GEN_GAMMAS, LP_GEN_SHAPES, BIT(GAMMA), focusing},
    {"alpha", 3, LP_GEN_ALPHAS, LP_GEN_SHAPES, BIT(ALPHA) | BIT(ALPHA_ARRAY), alpha},
    {"z_loss", 2, LP_GEN_Z_LOSSES, LP_GEN_SHAPES, BIT(Z_LOSS), z_loss},
    {"softcap", 2, LP_GEN_SOFTCAPS, LP_GEN_SHAPES, BIT(SOFTCAP), softcap},
    {"limit", 0.5, LP_GEN_LIMITS, LP_GEN_SHAPES, BIT(SPECIAL), limit},
    {"distilling", 12, TEACHERS, LP_GEN_SHAPES, BIT(MIX), distilling},
    {"policy", 12, POLICIES, LP_GEN_SHAPES,
     BIT(ADVANTAGE) | BIT(ADVANTAGE_ARRAY) | BIT(ENTROPY_WEIGHT), policy},
};
const int lp_gen_logit_count = sizeof lp_gen_logit_families / sizeof *lp_gen_logit_families;

const lp_gen_family lp_gen_hinge_multi_families[] = {
    SHAPES,
    {"form", 6, 3, LP_GEN_SHAPES, BIT(FORM), form},
    {"margin", 6, LP_GEN_HINGE_A, LP_GEN_HINGE_B, 0, margin},
};
const int lp_gen_hinge_multi_count =
    sizeof lp_gen_hinge_multi_families / sizeof *lp_gen_hinge_multi_families;
