/* Families of the means of cross-entropies: similarities whose rows, or columns, have the shapes of
 * logits, and features, weights and biases whose product has them. */
#include "props/props/generate_logits.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

static bool takes(const lp_gen *g, lp_param p) {
    return g->plan->params & LP_PARAM_BIT(p);
}

/* A row of the shape, the first at its grid point, most others there too: a case of several rows is
 * named by the most particular one. */
static void draw_row(lp_gen *g, double *z, int64_t k, int64_t *label, int shape, int a, int b,
                     bool first) {
    lp_gen_row r = {g, z, k, label};
    if (first || lp_gen_coin(g, 0.6))
        lp_gen_shapes[shape].draw(&r, a, b);
    else
        lp_gen_draw_shape(&r, lp_gen_coin(g, 0.1) ? lp_gen_index(g, LP_GEN_SHAPES) : shape);
}

/* ---- info_nce ---- */

#define SIDE 16
static int64_t side(lp_gen *g) {
    int64_t k = lp_gen_classes(g);
    if (g->rows) k = g->rows;
    return k <= SIDE ? k : 2 + k % (SIDE - 1);
}

/* The shape's label goes to the row's own place. */
static void place_row(lp_gen *g, const double *z, int64_t label, int64_t i, bool turned) {
    int64_t n = g->c->n;
    double *s = g->c->in[LP_IN_SIM];
    for (int64_t j = 0; j < n; j++) {
        int64_t to = (j + i - label + n) % n;
        s[turned ? to * n + i : i * n + to] = z[j];
    }
}

static void draw_similarities(lp_gen *g, int64_t n, int shape, int a, int b) {
    bool turned = lp_gen_coin(g, 0.3);
    double *z = lp_memory_zeros((size_t)n, sizeof *z);
    lp_gen_open(g, n, n);
    for (int64_t i = 0, label; i < n; i++) {
        draw_row(g, z, n, &label, shape, a, b, i == 0);
        place_row(g, z, label, i, turned);
    }
    free(z);
}

static void draw_symmetric(lp_gen *g, double probability) {
    if (takes(g, LP_PARAM_SYMMETRIC) && lp_gen_coin(g, probability))
        lp_case_set(g->c, LP_PARAM_SYMMETRIC, lp_gen_coin(g, 0.9));
}

#define SHAPE(function, NAME, sizes_a, sizes_b, weight)                                            \
    static void similar_##function(lp_gen *g, int a, int b) {                                      \
        draw_similarities(g, side(g), LP_SHAPE_##NAME, a, b);                                      \
        draw_symmetric(g, 0.5);                                                                    \
    }
LP_GEN_SHAPE_LIST(SHAPE)
#undef SHAPE

static void any_point(lp_gen *g, int64_t n, int shape) {
    int a = lp_gen_index(g, lp_gen_shapes[shape].a), b = lp_gen_index(g, lp_gen_shapes[shape].b);
    draw_similarities(g, n, shape, a, b);
}

#define TEMPERATURES 12
/* What contrastive losses are used with, and beyond; half of the time S / T keeps the shape. */
static void tempered(lp_gen *g, int a, int b) {
    static const double value[TEMPERATURES - 1] = {0.07, 0.5, 2,    1,     0.1,      0.01,
                                                   3,    1e3, 1e-3, 1e300, 0x1p-1000};
    double t = a < TEMPERATURES - 1 ? value[a] : ldexp(1.5 + lp_gen_uniform(g, 0.5), -4);
    any_point(g, side(g), b);
    draw_symmetric(g, 0.5);
    lp_case_set(g->c, LP_PARAM_TEMPERATURE, t);
    if (lp_gen_coin(g, 0.5)) return;
    for (int64_t i = 0; i < g->c->n * g->c->n; i++) {
        double scaled = lp_gen_round(g, g->c->in[LP_IN_SIM][i] * t);
        if (isfinite(scaled)) g->c->in[LP_IN_SIM][i] = scaled;
    }
}

/* A row and a column of two levels each whose shares may add up to a rational number; a the gap. */
static void mirrored(lp_gen *g, int a, int b) {
    static const double gap[] = {1, 0.5, 3, 40, 700, 0x1p-30, 0x1p40, 0x1p100};
    int64_t n = side(g), at = lp_gen_index(g, n), other = lp_gen_index(g, n);
    lp_gen_open(g, n, n);
    double *s = g->c->in[LP_IN_SIM], step = lp_gen_round(g, gap[a]);
    for (int64_t i = 0; i < n * n; i++) s[i] = b % 2 ? 0 : step * lp_gen_index(g, 3);
    for (int64_t j = 0; j < n; j++)
        s[at * n + j] = j == other || (b > 1 && lp_gen_coin(g, 0.4)) ? step : 0;
    for (int64_t i = 0; i < n; i++)
        s[i * n + other] = i == at || (b > 1 && lp_gen_coin(g, 0.4)) ? step : 2 * step;
    draw_symmetric(g, 1);
}

/* One infinity or two, on the diagonal or beside it. */
static void limit(lp_gen *g, int a, int b) {
    any_point(g, side(g), b);
    int64_t n = g->c->n, i = lp_gen_index(g, n), j = a % 2 ? lp_gen_index(g, n) : i;
    g->c->in[LP_IN_SIM][i * n + j] = INFINITY;
    if (a > 1) g->c->in[LP_IN_SIM][i * n + lp_gen_index(g, n)] = INFINITY;
    draw_symmetric(g, 0.5);
    lp_case_set(g->c, LP_PARAM_SPECIAL, lp_gen_coin(g, 0.8));
}

static void large(lp_gen *g, int a, int b) {
    (void)b;
    any_point(g, g->plan->max_k < 33 ? SIDE + 1 : 33, a ? LP_SHAPE_CONFIDENT : LP_SHAPE_ORDINARY);
    draw_symmetric(g, 0.5);
}

#define BIT(p) LP_PARAM_BIT(LP_PARAM_##p)

const lp_gen_family lp_gen_similarity_families[] = {
#define SHAPE(function, NAME, a, b, weight) {#function, weight, a, b, 0, similar_##function},
    LP_GEN_SHAPE_LIST(SHAPE)
#undef SHAPE
        {"temperature", 6, TEMPERATURES, LP_GEN_SHAPES, BIT(TEMPERATURE), tempered},
    {"mirrored", 2, 8, 4, BIT(SYMMETRIC), mirrored},
    {"limit", 0.5, 3, LP_GEN_SHAPES, BIT(SPECIAL), limit},
    {"large", 0.02, 2, 2, 0, large}};
const int lp_gen_similarity_count =
    sizeof lp_gen_similarity_families / sizeof *lp_gen_similarity_families;

/* ---- linear_xent ---- */

static void open_linear(lp_gen *g, int64_t n, int64_t k, int64_t d) {
    g->c->d = d;
    lp_gen_open(g, n, k);
    for (int64_t i = 0; i < n; i++) g->c->label[i] = lp_gen_index(g, k);
}

/* Rows that pick a feature each, whose weights are the logits; d features. */
static void through_w(lp_gen *g, int64_t k, int64_t d, int shape, int a, int b) {
    int64_t n = lp_gen_rows(g, 5);
    double *z = lp_memory_zeros((size_t)k, sizeof *z);
    open_linear(g, n, k, d);
    for (int64_t m = 0, label; m < d; m++) {
        draw_row(g, z, k, &label, shape, a, b, m == 0);
        for (int64_t j = 0; j < k; j++) g->c->in[LP_IN_W][j * d + m] = z[j];
        for (int64_t i = m; i < n; i += d) g->c->label[i] = label;
    }
    for (int64_t i = 0; i < n; i++) g->c->in[LP_IN_X][i * d + i % d] = 1;
    free(z);
}

/* A weight of 1 each, the features are the logits; K = D. */
static void through_x(lp_gen *g, int64_t k, int shape, int a, int b) {
    open_linear(g, lp_gen_rows(g, 5), k, k);
    for (int64_t i = 0; i < g->c->n; i++)
        draw_row(g, g->c->in[LP_IN_X] + i * k, k, &g->c->label[i], shape, a, b, i == 0);
    for (int64_t j = 0; j < k; j++) g->c->in[LP_IN_W][j * k + j] = 1;
}

/* Features of 0, the bias is the row of logits of all rows. */
static void through_b(lp_gen *g, int64_t k, int shape, int a, int b) {
    int64_t d = lp_gen_index(g, 4), label;
    open_linear(g, lp_gen_rows(g, 5), k, d);
    draw_row(g, g->c->in[LP_IN_B], k, &label, shape, a, b, true);
    for (int64_t i = 0; i < k * d; i++) g->c->in[LP_IN_W][i] = lp_gen_round(g, lp_gen_normal(g, 1));
    for (int64_t i = 0; i < g->c->n; i++)
        if (lp_gen_coin(g, 0.7)) g->c->label[i] = label;
}

/* 0 times infinity is NaN: what is infinite stands alone in its sum, or in the bias. */
static void shaped(lp_gen *g, int shape, int a, int b) {
    bool infinite = shape == LP_SHAPE_MASKED || shape == LP_SHAPE_SPECIAL;
    int64_t k = lp_gen_classes(g), rows = 1 + lp_gen_index(g, 3);
    int how = lp_gen_index(g, 3);
    if (how == 0 || (how == 1 && infinite))
        through_b(g, k, shape, a, b);
    else if (how == 1 && k <= 9)
        through_x(g, k, shape, a, b);
    else
        through_w(g, k, infinite ? 1 : rows, shape, a, b);
}

#define SHAPE(function, NAME, sizes_a, sizes_b, weight)                                            \
    static void linear_##function(lp_gen *g, int a, int b) {                                       \
        shaped(g, LP_SHAPE_##NAME, a, b);                                                          \
    }
LP_GEN_SHAPE_LIST(SHAPE)
#undef SHAPE

static void draw_normal(lp_gen *g, lp_in role, double sd) {
    for (int64_t i = 0; i < lp_case_in_len(g->c, role); i++)
        g->c->in[role][i] = lp_gen_round(g, lp_gen_normal(g, sd));
}

/* Products of ordinary and other sizes, D features, a bias half of the time. */
static void product(lp_gen *g, int a, int b) {
    static const double sd[] = {1, 0.1, 3, 10, 100, 1e4, 0x1p-20, 0x1p30, 0x1p55, 0x1p-60};
    static const int features[] = {2, 1, 3, 4, 5, 8, 16, 33};
    open_linear(g, lp_gen_rows(g, 5), lp_gen_classes(g), features[b]);
    draw_normal(g, LP_IN_X, lp_gen_coin(g, 0.5) ? 1 : sqrt(sd[a]));
    draw_normal(g, LP_IN_W, lp_gen_coin(g, 0.5) ? sd[a] : sqrt(sd[a]));
    if (lp_gen_coin(g, 0.5)) draw_normal(g, LP_IN_B, sd[a]);
}

/* Two features whose products are large and cancel but for what the third says. */
static void cancelling(lp_gen *g, int a, int b) {
    static const int size[] = {10, 20, 26, 30, 40, 52, 60, 100};
    open_linear(g, lp_gen_rows(g, 5), lp_gen_classes(g), 3);
    double big = ldexp(1, size[a] / 2);
    draw_normal(g, LP_IN_X, 1);
    draw_normal(g, LP_IN_W, 1);
    for (int64_t i = 0; i < g->c->n; i++) {
        double *x = g->c->in[LP_IN_X] + 3 * i;
        x[0] = big;
        x[1] = b % 2 ? -big : lp_gen_nudge(g, -big, 1);
    }
    for (int64_t j = 0; j < g->c->k; j++) {
        double *w = g->c->in[LP_IN_W] + 3 * j, v = b < 2 ? big : lp_gen_round(g, big * w[0]);
        w[0] = w[1] = v;
    }
}

/* Few small integers: ties within rows, rows that are alike, gradients that are exactly 0. */
static void integers(lp_gen *g, int a, int b) {
    open_linear(g, lp_gen_rows(g, 6), lp_gen_classes(g), 1 + a);
    for (int r = LP_IN_X; r <= LP_IN_B; r++)
        for (int64_t i = 0; i < lp_case_in_len(g->c, (lp_in)r); i++)
            g->c->in[r][i] = lp_gen_index(g, 2 + b) - (b > 0);
}

/* Products beyond the format, alone, against each other, as a class's mask in effect. */
static void overflowing(lp_gen *g, int a, int b) {
    int half = g->f->emax / 2 + (a < 2 ? 1 : a < 4 ? 20 : g->f->emax / 2 - 2);
    open_linear(g, lp_gen_rows(g, 4), lp_gen_classes(g), 1 + b);
    draw_normal(g, LP_IN_X, 1);
    draw_normal(g, LP_IN_W, 1);
    for (int64_t i = 0; i < g->c->n * g->c->d; i++)
        if (lp_gen_coin(g, 0.5))
            g->c->in[LP_IN_X][i] = ldexp(lp_gen_round(g, g->c->in[LP_IN_X][i]), half / 2);
    for (int64_t j = 0; j < g->c->k * g->c->d; j++) {
        double w = ldexp(1 + lp_gen_uniform(g, 0.5), half);
        if (lp_gen_coin(g, a % 2 ? 1 : 0.3))
            g->c->in[LP_IN_W][j] = lp_gen_round(g, lp_gen_coin(g, 0.5) ? w : -w);
    }
}

static void point(lp_gen *g, int a, int b) {
    int64_t label, k = lp_gen_classes(g), at = lp_gen_index(g, k);
    lp_gen_row r;
    open_linear(g, lp_gen_rows(g, 4), k, 1);
    r = (lp_gen_row){g, g->c->in[LP_IN_B], k, &label};
    lp_gen_draw_shape(&r, b);
    draw_normal(g, LP_IN_X, 1);
    if (a % 2)
        g->c->in[LP_IN_B][at] = INFINITY;
    else
        g->c->in[LP_IN_W][at] = INFINITY;
    if (a > 1 && lp_gen_coin(g, 0.7)) g->c->label[0] = at;
    lp_case_set(g->c, LP_PARAM_SPECIAL, lp_gen_coin(g, 0.8));
}

static void wide(lp_gen *g, int a, int b) {
    static const int shape[] = {LP_SHAPE_ORDINARY, LP_SHAPE_CONFIDENT, LP_SHAPE_TIES};
    int64_t k = lp_gen_wide_classes(g);
    (void)b;
    open_linear(g, 1, k, 1);
    lp_gen_row r = {g, g->c->in[LP_IN_W], k, g->c->label};
    lp_gen_draw_shape(&r, shape[a]);
    g->c->in[LP_IN_X][0] = 1;
}

static void tall(lp_gen *g, int a, int b) {
    int64_t k = lp_gen_classes(g);
    (void)b;
    open_linear(g, lp_gen_tall_rows(g, k), k, 2);
    draw_normal(g, LP_IN_X, a ? 10 : 1);
    draw_normal(g, LP_IN_W, 1);
}

const lp_gen_family lp_gen_linear_families[] = {
#define SHAPE(function, NAME, a, b, weight) {#function, weight, a, b, 0, linear_##function},
    LP_GEN_SHAPE_LIST(SHAPE)
#undef SHAPE
        {"product", 6, 10, 8, 0, product},
    {"cancelling", 3, 8, 4, 0, cancelling},
    {"integers", 3, 4, 3, 0, integers},
    {"overflowing", 1, 6, 4, 0, overflowing},
    {"limit", 0.5, 4, LP_GEN_SHAPES, BIT(SPECIAL), point},
    {"wide", 0.02, 3, 2, 0, wide},
    {"tall", 0.005, 2, 1, 0, tall}};
const int lp_gen_linear_count = sizeof lp_gen_linear_families / sizeof *lp_gen_linear_families;
