/* Families of the operations on probabilities: a vector p, and where there is a q, one that is
 * related to it. */
#include "props/props/generate_family.h"

#include <math.h>

#define VECTORS 15

static void scale_to_one(const lp_gen *g, double *x, int64_t k) {
    double sum = 0;
    for (int64_t j = 0; j < k; j++) sum += x[j];
    for (int64_t j = 0; j < k; j++) x[j] = lp_gen_round(g, x[j] / sum);
}

/* Multiples of 2^-m that sum to 1 exactly: 2^m units are dealt out. More than 2^p classes leave no
 * room for that: then a sum near 1. */
static void dyadic(lp_gen *g, double *x, int64_t k) {
    int m = 4 + lp_gen_index(g, 7);
    if (m > g->f->p) m = g->f->p;
    while (k > INT64_C(1) << m) m++;
    int64_t left = INT64_C(1) << m;
    for (int64_t j = 0; j < k; j++) {
        int64_t most = left - (k - 1 - j), take = j == k - 1 ? left : 1 + lp_gen_index(g, most);
        if (j < k - 1 && take > 1 && lp_gen_coin(g, 0.5)) take = (take + 1) / 2;
        x[j] = lp_gen_round(g, ldexp((double)take, -m));
        left -= take;
    }
}

static void one_hot(lp_gen *g, double *x, int64_t k) {
    int64_t one = lp_gen_index(g, k);
    for (int64_t j = 0; j < k; j++) x[j] = j == one;
}

/* Softmax of normal logits: what a model gives. */
static void model(lp_gen *g, double *x, int64_t k, double sd) {
    for (int64_t j = 0; j < k; j++) x[j] = lp_gen_exp(lp_gen_normal(g, sd));
    scale_to_one(g, x, k);
}

static void confident(lp_gen *g, double *x, int64_t k) {
    int64_t top = lp_gen_index(g, k);
    /* From what the format can tell from 1 on; where its range is short, not all of it subnormal.
     */
    int from = g->f->p < 12 ? g->f->p - 2 : 10, span = g->f->p + 4;
    if (span > -g->f->emin - from) span = -g->f->emin - from - 3;
    double rest = ldexp(1, -from - lp_gen_index(g, span)), share = rest / (double)k;
    for (int64_t j = 0; j < k; j++) x[j] = lp_gen_round(g, j == top ? 1 - rest : share);
}

static double entry(lp_gen *g, int which, int64_t j) {
    static const double e1 = 0x1.78b56362cef38p-2; /* 1/e, where -ln p - 1 changes sign */
    switch (which) {
    case 5: /* nonnegative, not normalised */
        return fabs(lp_gen_normal(g, 3));
    case 6: /* of all magnitudes */
        return ldexp(1 + fabs(lp_gen_uniform(g, 1)),
                     lp_gen_index(g, 2 * g->f->emax - 2) - g->f->emax + 2);
    case 7:
        return (double)lp_gen_index(g, 1000) * g->f->least;
    case 8:
        return j % 2 ? 0.5 * fabs(lp_gen_uniform(g, 1))
                     : ldexp(1, g->f->emin + 2 - lp_gen_index(g, g->f->p + 1));
    case 9: /* around 1: the logarithm is near 0 */
        return lp_gen_nudge(g, 1, lp_gen_index(g, 9) - 4);
    case 10:
        return lp_gen_nudge(g, e1, lp_gen_index(g, 9) - 4);
    case 11: /* powers of two: exact logarithms in bits, products exact */
        return ldexp(1, -lp_gen_index(g, 60));
    case 12:
        return lp_gen_coin(g, 0.5) ? 0 : fabs(lp_gen_normal(g, 1));
    case 13:
        return j == 0 ? g->f->max : fabs(lp_gen_normal(g, 1));
    default: /* a product that is close to a cancelling sum: both sides of 1 */
        return 1 + ldexp(lp_gen_uniform(g, 1), -(lp_gen_index(g, 30)));
    }
}

static void draw_vector(lp_gen *g, double *x, int64_t k, int which) {
    static const double sd[] = {1, 4};
    switch (which) {
    case 0:
    case 1:
        model(g, x, k, sd[which]);
        return;
    case 2:
        dyadic(g, x, k);
        return;
    case 3:
        one_hot(g, x, k);
        return;
    case 4:
        confident(g, x, k);
        return;
    default:
        for (int64_t j = 0; j < k; j++) x[j] = lp_gen_round(g, entry(g, which, j));
    }
}

static void draw_zeros(lp_gen *g, double *x, int64_t k) {
    for (int64_t j = 0; j < k; j++)
        if (lp_gen_coin(g, 0.3)) x[j] = 0;
}

/* q beside p: of the same kind, of any kind, equal, ulps apart, 2^-20 apart; zeros in p, in q, in
 * both, in one place; from 9 on another distribution. */
#define RELATIONS 12
static void draw_related(lp_gen *g, double *q, double *p, int64_t k, int which, int vector) {
    bool same = which >= 2 && which <= 4;
    static const int distribution[] = {0, 2, 4};
    int kind = which == 1   ? lp_gen_index(g, VECTORS)
               : which >= 9 ? distribution[which - 9]
                            : vector;
    if (!same) draw_vector(g, q, k, kind);
    for (int64_t j = 0; same && j < k; j++) {
        int64_t ulps = which == 2 ? 0 : lp_gen_index(g, 7) - 3;
        q[j] = which == 4 ? lp_gen_round(g, p[j] * (1 + ldexp(lp_gen_uniform(g, 1), -20)))
                          : lp_gen_nudge(g, p[j], ulps);
        if (!(q[j] >= 0)) q[j] = 0;
        if (isinf(q[j])) q[j] = g->f->max;
    }
    if (which == 5 || which == 7) draw_zeros(g, p, k);
    if (which == 6 || which == 7) draw_zeros(g, q, k);
    if (which == 8) /* both zero in one place */
        p[0] = q[0] = 0;
}

static void draw_special(lp_gen *g, double *x, int64_t k, int which) {
    const double value[] = {NAN, -0.0, 0x1p-1074, 1, 0};
    int64_t at = lp_gen_index(g, k);
    for (int64_t j = 0; j < k; j++)
        if (j == at || which > 2) x[j] = lp_gen_round(g, value[which]);
}

/* ---- p alone, or q with a label ---- */

static double *alone(const lp_gen *g) {
    return g->c->in[g->c->in[LP_IN_P] ? LP_IN_P : LP_IN_Q];
}

/* Any class, but one at 0 half as often: its loss is +inf. */
static void draw_label(lp_gen *g, int64_t i) {
    const double *q = alone(g) + i * g->c->k;
    if (!g->c->label) return;
    g->c->label[i] = lp_gen_index(g, g->c->k);
    if (q[g->c->label[i]] == 0 && lp_gen_coin(g, 0.5)) g->c->label[i] = lp_gen_index(g, g->c->k);
}

/* The number of bins, and confidences at their edges: b / B rounded, and its neighbours. */
static void draw_bins(lp_gen *g, int which) {
    static const int64_t some[] = {15, 10, 1, 2, 3, 5, 7, 20, 100, 1000, INT64_C(1) << 53};
    int64_t bins = some[which % 11], k = g->c->k;
    if (!(g->plan->params & LP_PARAM_BIT(LP_PARAM_BINS)) || which % 11 == 0)
        bins = 15;
    else
        lp_case_set(g->c, LP_PARAM_BINS, (double)bins);
    for (int64_t i = 0; i < g->c->n; i++) {
        double *p = g->c->in[LP_IN_P] + i * k;
        if (!lp_gen_coin(g, 0.25)) continue;
        double edge = (double)(1 + lp_gen_index(g, bins < 2000 ? bins : 2000)) / (double)bins;
        int64_t top = lp_gen_index(g, k);
        for (int64_t j = 0; j < k; j++) p[j] = lp_gen_round(g, fmin(p[j], edge / 2));
        p[top] = lp_gen_nudge(g, edge, lp_gen_index(g, 3) - 1);
    }
}

/* What is one number over all rows wants several of them, often alike. */
static bool is_whole(const lp_gen *g) {
    return lp_op_whole(lp_op_get(g->plan->op));
}

static void vectors(lp_gen *g, int a, int b) {
    int64_t k = lp_gen_classes(g);
    bool several = is_whole(g) && lp_gen_coin(g, 0.6), alike = several && lp_gen_coin(g, 0.5);
    lp_gen_open(g, several ? lp_gen_batch_rows(g) : lp_gen_rows(g, 4), k);
    for (int64_t i = 0; i < g->c->n; i++) {
        double *p = alone(g) + i * k;
        draw_vector(g, p, k, i == 0 || alike ? a : lp_gen_index(g, VECTORS));
        if (b % 4 == 3) draw_zeros(g, p, k);
        draw_label(g, i);
    }
    if (g->plan->op == LP_OP_ECE) draw_bins(g, b);
}

static void specials(lp_gen *g, int a, int b) {
    vectors(g, 0, 0);
    draw_special(g, alone(g), g->c->k, a);
    if (b == 1) draw_zeros(g, alone(g), g->c->k);
}

static void wide(lp_gen *g, int a, int b) {
    int64_t k = lp_gen_wide_classes(g);
    (void)b;
    lp_gen_open(g, 1, k);
    for (int role = LP_IN_P; role <= LP_IN_Q; role++)
        if (g->c->in[role]) draw_vector(g, g->c->in[role], k, a);
    draw_label(g, 0);
}

static void tall(lp_gen *g, int a, int b) {
    int64_t k = lp_gen_classes(g);
    (void)a;
    lp_gen_open(g, lp_gen_tall_rows(g, k), k);
    for (int64_t i = 0; i < g->c->n; i++) {
        for (int role = LP_IN_P; role <= LP_IN_Q; role++)
            if (g->c->in[role]) draw_vector(g, g->c->in[role] + i * k, k, b);
        draw_label(g, i);
    }
}

/* ---- p and q ---- */

static void pairs(lp_gen *g, int a, int b) {
    int64_t k = lp_gen_classes(g);
    int vector = a % VECTORS;
    lp_gen_open(g, lp_gen_rows(g, 4), k);
    for (int64_t i = 0; i < g->c->n; i++) {
        double *p = g->c->in[LP_IN_P] + i * k, *q = g->c->in[LP_IN_Q] + i * k;
        draw_vector(g, p, k, i == 0 ? vector : lp_gen_index(g, VECTORS));
        draw_related(g, q, p, k, i == 0 ? b : lp_gen_index(g, RELATIONS), vector);
    }
}

static void pair_specials(lp_gen *g, int a, int b) {
    pairs(g, 0, 0);
    draw_special(g, g->c->in[b % 2 ? LP_IN_Q : LP_IN_P], g->c->k, a);
    if (b >= 2) draw_special(g, g->c->in[b % 2 ? LP_IN_P : LP_IN_Q], g->c->k, lp_gen_index(g, 5));
}

#define ALONE                                                                                      \
    {"vectors", 10, VECTORS, 60, 0, vectors}, {"specials", 1, 5, 20, 0, specials},                 \
        {"wide", 0.01, 6, 2, 0, wide}, {                                                           \
        "tall", 0.005, 1, 2, 0, tall                                                               \
    }

const lp_gen_family lp_gen_entropy_families[] = {ALONE};
const int lp_gen_entropy_count = sizeof lp_gen_entropy_families / sizeof *lp_gen_entropy_families;

const lp_gen_family lp_gen_nll_families[] = {ALONE};
const int lp_gen_nll_count = sizeof lp_gen_nll_families / sizeof *lp_gen_nll_families;

const lp_gen_family lp_gen_pair_families[] = {{"pairs", 10, 8 * VECTORS, RELATIONS, 0, pairs},
                                              {"specials", 1, 5, 20, 0, pair_specials},
                                              {"wide", 0.01, 6, 2, 0, wide},
                                              {"tall", 0.005, 1, 2, 0, tall}};
const int lp_gen_pair_count = sizeof lp_gen_pair_families / sizeof *lp_gen_pair_families;
