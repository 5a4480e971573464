/* Batches: the rows of any other family, then what concerns rows together. A grid of what is done
 * with them and of reduction and rule for the mean over no row. */
#include "props/props/generate_family.h"

#include <math.h>

/* What a point of the grid is about. */
enum {
    PLAIN,
    WEIGHTED,        /* the mean over the sum of weights */
    IGNORED_CLASS,   /* rows ignored by a valid class */
    IGNORED_OUTSIDE, /* ... by a number that is none */
    IGNORED_SPECIAL, /* ... and holding NaN and infinities */
    ALL_IGNORED,
    NO_ROWS,
    UP_ANY, /* upstream: signed */
    UP_POWERS,
    UP_ZEROS,
    UP_EXTREME,
    UP_SPECIAL,
    BATCH_KINDS
};
_Static_assert(BATCH_KINDS == LP_GEN_BATCH_A, "the grid of generate_family.h");

static bool takes(const lp_gen_plan *plan, lp_param p) {
    return plan->params & LP_PARAM_BIT(p);
}

bool lp_gen_batch_idle(const lp_gen_plan *plan) {
    const uint64_t about = LP_PARAM_BIT(LP_PARAM_UPSTREAM) | LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
    return !(plan->reductions & ~LP_REDUCE_BIT(LP_REDUCE_NONE)) && !(plan->params & about);
}

/* The one that is wanted where the subject has it, else the first that it has. */
lp_reduction lp_gen_reduction(const lp_gen_plan *plan, lp_reduction wanted) {
    if (plan->reductions & LP_REDUCE_BIT(wanted)) return wanted;
    for (int r = LP_REDUCE_NONE; r <= LP_REDUCE_MEAN; r++)
        if (plan->reductions & LP_REDUCE_BIT(r)) return (lp_reduction)r;
    return LP_REDUCE_NONE;
}

static double upstream(lp_gen *g, int kind) {
    const lp_format *f = g->f;
    double sign = lp_gen_coin(g, 0.5) ? -1 : 1;
    switch (kind) {
    case UP_POWERS:
        return ldexp(sign, lp_gen_index(g, 41) - 20);
    case UP_ZEROS:
        return lp_gen_coin(g, 0.6) ? 0 * sign : sign;
    case UP_EXTREME: /* the product overflows, underflows, or is subnormal */
        return lp_gen_coin(g, 0.5)
                   ? ldexp(sign, f->emax - lp_gen_index(g, 8))
                   : ldexp(1.5 * sign, f->emin - f->p + 2 + lp_gen_index(g, (int64_t)2 * f->p));
    case UP_SPECIAL:
        return lp_gen_coin(g, 0.5) ? NAN : INFINITY * sign;
    default:
        return lp_gen_normal(g, lp_gen_coin(g, 0.3) ? 1000 : 2);
    }
}

static void draw_upstream(lp_gen *g, int kind) {
    if (!takes(g->plan, LP_PARAM_UPSTREAM)) return;
    double *up = lp_case_alloc(g->c, LP_IN_UPSTREAM);
    for (int64_t i = 0, n = lp_case_in_len(g->c, LP_IN_UPSTREAM); i < n; i++)
        up[i] = lp_gen_round(
            g, upstream(g, kind == UP_SPECIAL && i && lp_gen_coin(g, 0.7) ? UP_ANY : kind));
}

/* NaN, infinities and the largest number all over a row. */
static void spoil(lp_gen *g, int64_t row) {
    static const lp_in where[] = {LP_IN_LOGITS, LP_IN_X, LP_IN_P, LP_IN_Q};
    const double some[] = {NAN, INFINITY, -INFINITY, g->f->max};
    int kind = lp_gen_index(g, 4), at = 0;
    while (!g->c->in[where[at]]) at++;
    int64_t width = where[at] == LP_IN_X ? g->c->d : g->c->k;
    double *x = g->c->in[where[at]] + row * width;
    for (int64_t j = 0; j < width; j++)
        x[j] = at > 1 && kind == 2 ? NAN : some[lp_gen_coin(g, 0.7) ? kind : 0];
}

static void draw_ignored(lp_gen *g, int kind) {
    static const int64_t outside[] = {-100, -1, 255, INT32_MIN, INT32_MAX};
    lp_case *c = g->c;
    if (!takes(g->plan, LP_PARAM_IGNORE_INDEX) || !c->label || c->n == 0) return;
    bool a_class = kind == IGNORED_CLASS || (kind != IGNORED_OUTSIDE && lp_gen_coin(g, 0.3));
    c->ignore_index = a_class ? c->label[lp_gen_index(g, c->n)] : outside[lp_gen_index(g, 5)];
    if (c->ignore_index >= 0 && c->ignore_index < c->k && !a_class) c->ignore_index = -7;
    c->set |= LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
    for (int64_t i = 0; i < c->n; i++) {
        if (kind == ALL_IGNORED || (!a_class && lp_gen_coin(g, 0.4))) c->label[i] = c->ignore_index;
        if (kind == IGNORED_SPECIAL && lp_case_ignored(c, i)) spoil(g, i);
    }
}

static void draw_weights(lp_gen *g) {
    lp_case *c = g->c;
    if (takes(g->plan, LP_PARAM_MEAN_RULE)) lp_case_set(c, LP_PARAM_MEAN_RULE, lp_gen_coin(g, 0.8));
    if (!takes(g->plan, LP_PARAM_WEIGHTS) || c->in[LP_IN_WEIGHTS]) return;
    int kind = lp_gen_index(g, 4);
    double *w = lp_case_alloc(c, LP_IN_WEIGHTS);
    for (int64_t j = 0; j < c->k; j++) {
        const double some[] = {1.5 + lp_gen_uniform(g, 1), (double)lp_gen_index(g, 4),
                               ldexp(1, lp_gen_index(g, 21) - 10), 0};
        w[j] = lp_gen_round(g, some[lp_gen_coin(g, 0.9) ? kind : 0]);
    }
}

static void empty(lp_case *c) {
    const lp_op_info *op = lp_op_get(c->op);
    c->n = 0;
    if (op->in[LP_IN_SIM]) c->k = c->stride = 0;
    for (int i = 0; i < LP_IN_COUNT; i++) {
        lp_shape shape = op->in[i];
        bool of_rows = shape == LP_SHAPE_NK || shape == LP_SHAPE_N || shape == LP_SHAPE_NN ||
                       shape == LP_SHAPE_ND;
        if (c->in[i] && of_rows) lp_case_alloc(c, (lp_in)i);
    }
    if (c->label) lp_case_alloc_label(c);
}

/* Labels outside the classes whose rows are to be NaN. */
static void draw_bad_labels(lp_gen *g) {
    static const int64_t outside[] = {-1, -100, INT64_MIN, INT64_C(1) << 32, INT32_MAX};
    lp_case *c = g->c;
    if (!takes(g->plan, LP_PARAM_BAD_LABEL) || !c->label || !lp_gen_coin(g, 0.08)) return;
    lp_case_set(c, LP_PARAM_BAD_LABEL, 1);
    for (int64_t i = 0; i < c->n; i++)
        if (lp_gen_coin(g, 0.3))
            c->label[i] = lp_gen_coin(g, 0.3) ? c->k : outside[lp_gen_index(g, 5)];
}

static void draw_others(lp_gen *g, int kind) {
    if (kind > WEIGHTED && lp_gen_coin(g, 0.2)) draw_weights(g);
    /* Weights of ignored rows do not count: seen only where there are both. */
    if (kind == WEIGHTED && lp_gen_coin(g, 0.5))
        draw_ignored(g, lp_gen_coin(g, 0.5) ? IGNORED_CLASS : IGNORED_OUTSIDE);
    if (kind != NO_ROWS && kind < UP_ANY && lp_gen_coin(g, 0.3))
        draw_upstream(g, lp_gen_coin(g, 0.5) ? UP_ANY : UP_POWERS);
    if (kind >= UP_ANY && lp_gen_coin(g, 0.25)) draw_ignored(g, IGNORED_OUTSIDE);
    draw_bad_labels(g);
}

int64_t lp_gen_batch_rows(lp_gen *g) {
    static const int64_t some[] = {2, 3, 4, 5, 8, 9, 1, 17, 33};
    static const double weight[] = {4, 4, 3, 3, 2, 2, 1, .5, .2};
    return some[lp_draw_pick(g->tc, weight, 9)];
}

void lp_gen_batch(lp_gen *g, int a, int b) {
    static const lp_reduction wanted[] = {LP_REDUCE_MEAN, LP_REDUCE_SUM, LP_REDUCE_NONE};
    lp_case *c = g->c;
    c->reduction = lp_gen_reduction(g->plan, wanted[b % 3]);
    if (b >= 3 && takes(g->plan, LP_PARAM_EMPTY_MEAN))
        lp_case_set(c, LP_PARAM_EMPTY_MEAN, lp_gen_coin(g, 0.8));
    if (a == NO_ROWS) empty(c);
    if (a == WEIGHTED) draw_weights(g);
    if (a >= IGNORED_CLASS && a <= ALL_IGNORED) draw_ignored(g, a);
    if (a >= UP_ANY) draw_upstream(g, a);
    draw_others(g, a);
}
