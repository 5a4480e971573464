/* Families of the operations on rows of logits: each shape alone, then wide rows and parameters
 * over every shape. */
#include "props/props/generate_hinge.h"
#include "props/props/generate_logits.h"

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

/* ---- parameters ---- */

#define SMOOTHINGS 9
static void draw_smoothing(lp_gen *g, int which) {
    static const double value[SMOOTHINGS - 1] = {
        0.1, 0, 1, 0x1p-30, 0.5, 0.9, 0x1.fffffffffffffp-1, 0x1p-1000};
    double x = which < SMOOTHINGS - 1 ? value[which] : 0.5 + lp_gen_uniform(g, 0.5);
    lp_case_set(g->c, LP_PARAM_SMOOTHING, x);
    if (g->plan->params & LP_PARAM_BIT(LP_PARAM_SMOOTHING_RULE) && lp_gen_coin(g, 0.6))
        lp_case_set(g->c, LP_PARAM_SMOOTHING_RULE, lp_gen_coin(g, 0.7));
}

#define TEMPERATURES 13
static void draw_temperature(lp_gen *g, int which) {
    static const double value[TEMPERATURES - 1] = {2,    0.5, 1, 0x1p-10, 0x1p10, 0.07,
                                                   1e-3, 1e3, 3, 0.1,     1e300,  0x1p-1000};
    double t = which < TEMPERATURES - 1
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

#define WEIGHTINGS 10
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
    for (int64_t j = 0; which == WEIGHTINGS - 1 && g->c->n > 0 && j < g->c->k; j++)
        if (z[j] == -INFINITY) w[j] = 0;
}

#define GAMMAS 12
static void draw_gamma(lp_gen *g, int which) {
    static const double value[GAMMAS - 1] = {2, 1, 0.5, 0, 5, 0x1p-30, 1.5, 100, 0x1p-1000, 3, 1e6};
    lp_case_set(g->c, LP_PARAM_GAMMA, which < GAMMAS - 1 ? value[which] : 4 + lp_gen_uniform(g, 4));
}

static bool takes(const lp_gen *g, lp_param p);

/* One for all classes, or one a class. */
#define ALPHAS 8
static void draw_alpha(lp_gen *g, int which) {
    static const double value[] = {0.25, 1, 0, 0x1p40, -0.5};
    if (which < 5 && takes(g, LP_PARAM_ALPHA)) {
        lp_case_set(g->c, LP_PARAM_ALPHA, value[which]);
        return;
    }
    if (!takes(g, LP_PARAM_ALPHA_ARRAY)) return;
    static const int kind[] = {0, 3, 4};
    double *a = lp_case_alloc(g->c, LP_IN_ALPHA);
    for (int64_t j = 0; j < g->c->k; j++) a[j] = lp_gen_round(g, weight(g, kind[which % 3], j));
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
    bool each = takes(g, LP_PARAM_ADVANTAGE_ARRAY) &&
                (!takes(g, LP_PARAM_ADVANTAGE) || which == 4 || lp_gen_coin(g, 0.5));
    double a = g->c->n ? lp_gen_round(g, advantage(g, which, 0)) : 1;
    if (which != 5 && each) {
        double *x = lp_case_alloc(g->c, LP_IN_ADVANTAGE);
        for (int64_t i = 0; i < g->c->n; i++) x[i] = lp_gen_round(g, advantage(g, which, i));
        if (g->c->n) a = x[0];
    } else if (which != 5 && takes(g, LP_PARAM_ADVANTAGE)) {
        lp_case_set(g->c, LP_PARAM_ADVANTAGE, a);
    }
    double b = isnan(weight[which]) ? a : weight[which];
    if (takes(g, LP_PARAM_ENTROPY_WEIGHT) && (b != 0 || lp_gen_coin(g, 0.3)))
        lp_case_set(g->c, LP_PARAM_ENTROPY_WEIGHT, b);
}

static bool takes(const lp_gen *g, lp_param p) {
    return g->plan->params & LP_PARAM_BIT(p);
}

#define Z_LOSSES 7
static void draw_z_loss(lp_gen *g, int which) {
    static const double value[Z_LOSSES - 1] = {1e-4, 0x1p-13, 1, 0, 30, 1e-30};
    lp_case_set(g->c, LP_PARAM_Z_LOSS,
                which < Z_LOSSES - 1 ? value[which] : lp_gen_uniform(g, 1) + 1);
}

/* Caps that people use, tight and wide ones, up to 2^-13 of what the format's digits reach: beyond
 * about 2^-5 the textbook's rounding of s tanh leaves the sum of exponentials no digit; half the
 * time the logits go where the cap bends. */
#define SOFTCAPS 8
static void draw_softcap(lp_gen *g, int which) {
    static const double value[SOFTCAPS - 2] = {30, 50, 1, 5, 0x1p-10, 1000};
    double s = which < SOFTCAPS - 2 ? value[which]
                                    : ldexp(1.5 + lp_gen_uniform(g, 0.5), lp_gen_index(g, 13) - 6);
    if (which == SOFTCAPS - 2) s = ldexp(1, g->f->p - 13);
    lp_case_set(g->c, LP_PARAM_SOFTCAP, s);
    if (lp_gen_coin(g, 0.5)) return;
    double *z = g->c->in[LP_IN_LOGITS];
    for (int64_t i = 0; i < g->c->n * g->c->k; i++)
        if (isfinite(z[i])) z[i] = lp_gen_round(g, s * lp_gen_uniform(g, 4));
}

/* One +inf in a row, two, or none. */
#define LIMITS 4
static void draw_limit(lp_gen *g, int which) {
    lp_case *c = g->c;
    lp_case_set(c, LP_PARAM_SPECIAL, which < LIMITS - 1);
    for (int64_t i = 0; which && i < c->n; i++) {
        double *z = c->in[LP_IN_LOGITS] + i * c->k;
        int many = which == 2 ? 2 : 1;
        for (int m = 0; m < many; m++) z[lp_gen_index(g, c->k)] = INFINITY;
        if (c->label && lp_gen_coin(g, 0.5))
            for (int64_t j = 0; j < c->k; j++)
                if (z[j] == INFINITY) c->label[i] = j;
    }
}

/* Each parameter of the plan besides `own`, now and then: they interact. */
static void draw_others(lp_gen *g, lp_param own) {
    if (own != LP_PARAM_SMOOTHING && takes(g, LP_PARAM_SMOOTHING) && lp_gen_coin(g, 0.25))
        draw_smoothing(g, lp_gen_index(g, SMOOTHINGS));
    if (own != LP_PARAM_TEMPERATURE && takes(g, LP_PARAM_TEMPERATURE) && lp_gen_coin(g, 0.25))
        draw_temperature(g, lp_gen_index(g, TEMPERATURES));
    if (own != LP_PARAM_WEIGHTS && takes(g, LP_PARAM_WEIGHTS) && lp_gen_coin(g, 0.25))
        draw_weights(g, lp_gen_index(g, WEIGHTINGS));
    if (own != LP_PARAM_GAMMA && takes(g, LP_PARAM_GAMMA) && lp_gen_coin(g, 0.9))
        draw_gamma(g, lp_gen_index(g, GAMMAS));
    if (own != LP_PARAM_ALPHA && takes(g, LP_PARAM_ALPHA) && lp_gen_coin(g, 0.25))
        draw_alpha(g, lp_gen_index(g, ALPHAS));
    if (own != LP_PARAM_Z_LOSS && takes(g, LP_PARAM_Z_LOSS) && lp_gen_coin(g, 0.15))
        draw_z_loss(g, lp_gen_index(g, Z_LOSSES));
    if (own != LP_PARAM_SOFTCAP && takes(g, LP_PARAM_SOFTCAP) && lp_gen_coin(g, 0.15))
        draw_softcap(g, lp_gen_index(g, SOFTCAPS));
    if (own != LP_PARAM_SPECIAL && takes(g, LP_PARAM_SPECIAL) && lp_gen_coin(g, 0.05))
        draw_limit(g, lp_gen_index(g, LIMITS));
}

static void rows_of_shape(lp_gen *g, int shape) {
    int64_t k = lp_gen_classes(g);
    const lp_gen_shape *s = &lp_gen_shapes[shape];
    lp_gen_open(g, lp_gen_rows(g, 5), k);
    int a = lp_gen_index(g, s->a), b = lp_gen_index(g, s->b);
    draw_rows(g, shape, a, b);
}

static void smoothing(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_smoothing(g, a);
    draw_others(g, LP_PARAM_SMOOTHING);
}

static void temperature(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_temperature(g, a);
    draw_others(g, LP_PARAM_TEMPERATURE);
}

static void weights(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_weights(g, a);
    draw_others(g, LP_PARAM_WEIGHTS);
}

static void focusing(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_gamma(g, a);
    draw_others(g, LP_PARAM_GAMMA);
}

static void alpha(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_alpha(g, a);
    draw_others(g, LP_PARAM_ALPHA);
}

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
    if (takes(g, LP_PARAM_MIX)) lp_case_set(g->c, LP_PARAM_MIX, mix[which]);
    if (takes(g, LP_PARAM_FORM) && lp_gen_coin(g, 0.7))
        lp_case_set(g->c, LP_PARAM_FORM, lp_gen_coin(g, 0.7));
}

static void distilling(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_teacher(g, a, b);
    draw_mix(g, lp_gen_index(g, MIXES));
    draw_others(g, LP_PARAM_MIX);
}

static void policy(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_policy(g, a);
}

/* hinge_multi's two forms. */
static void form(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    if (takes(g, LP_PARAM_FORM)) lp_case_set(g->c, LP_PARAM_FORM, a != 1);
}

static void margin(lp_gen *g, int a, int b) {
    int64_t k = lp_gen_classes(g);
    lp_gen_open(g, lp_gen_rows(g, 4), k);
    for (int64_t i = 0; i < g->c->n; i++)
        lp_gen_hinge_row(g, g->c->in[LP_IN_LOGITS] + i * k, k, &g->c->label[i],
                         i ? lp_gen_index(g, LP_GEN_HINGE_A) : a,
                         i ? lp_gen_index(g, LP_GEN_HINGE_B) : b);
    if (takes(g, LP_PARAM_FORM) && lp_gen_coin(g, 0.6))
        lp_case_set(g->c, LP_PARAM_FORM, lp_gen_coin(g, 0.8));
}

static void z_loss(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_z_loss(g, a);
    draw_others(g, LP_PARAM_Z_LOSS);
}

static void softcap(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_softcap(g, a);
    draw_others(g, LP_PARAM_SOFTCAP);
}

static void limit(lp_gen *g, int a, int b) {
    rows_of_shape(g, b);
    draw_limit(g, a);
    draw_others(g, LP_PARAM_SPECIAL);
}

#define BIT(p)                              LP_PARAM_BIT(LP_PARAM_##p)
#define SHAPE(function, NAME, a, b, weight) {#function, weight, a, b, 0, function},
#define SHAPES                                                                                     \
    LP_GEN_SHAPE_LIST(SHAPE){"wide", 0.02, 5, 2, 0, wide}, {                                       \
        "tall", 0.005, 1, 2, 0, tall                                                               \
    }

const lp_gen_family lp_gen_logit_families[] = {
    SHAPES,
    {"smoothing", 3, SMOOTHINGS, LP_GEN_SHAPES, BIT(SMOOTHING), smoothing},
    {"weights", 3, WEIGHTINGS, LP_GEN_SHAPES, BIT(WEIGHTS), weights},
    {"temperature", 3, TEMPERATURES, LP_GEN_SHAPES, BIT(TEMPERATURE), temperature},
    {"gamma", 12, GAMMAS, LP_GEN_SHAPES, BIT(GAMMA), focusing},
    {"alpha", 3, ALPHAS, LP_GEN_SHAPES, BIT(ALPHA) | BIT(ALPHA_ARRAY), alpha},
    {"z_loss", 2, Z_LOSSES, LP_GEN_SHAPES, BIT(Z_LOSS), z_loss},
    {"softcap", 2, SOFTCAPS, LP_GEN_SHAPES, BIT(SOFTCAP), softcap},
    {"limit", 0.5, LIMITS, LP_GEN_SHAPES, BIT(SPECIAL), limit},
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
