/* Families of the operations on binary logits: one logit, or K independent ones, a row; beside it a
 * target, a label, or for the links a cotangent. */
#include "props/props/generate_hinge.h"

#include <math.h>

#define LN2 0x1.62e42fefa39efp-1

static double sigma(double z) {
    double w = lp_gen_exp(-fabs(z));
    return z < 0 ? w / (1 + w) : 1 / (1 + w);
}

/* ---- beside the logit ---- */

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

static double cotangent(lp_gen *g, int which) {
    static const double some[] = {1, -1, 0, 0x1p-40, -0x1p40, 3};
    if (which == 6) return lp_gen_normal(g, 1);
    if (which == 7) return g->f->max;
    if (which == 8) return -g->f->least * (1 + lp_gen_index(g, 3));
    return which < 6 ? some[which] : ldexp(lp_gen_normal(g, 1), lp_gen_index(g, 81) - 40);
}

static void draw_partner(lp_gen *g, int64_t i, int64_t j, int which, double z) {
    lp_case *c = g->c;
    if (c->in[LP_IN_TARGETS])
        c->in[LP_IN_TARGETS][i * c->k + j] = within_unit(g, target(g, which, z));
    if (c->in[LP_IN_V]) c->in[LP_IN_V][i * c->k + j] = lp_gen_round(g, cotangent(g, which));
    if (c->label) c->label[i] = which % 2 ? 1 : lp_op_get(c->op)->label == LP_LABEL_SIGN ? -1 : 0;
}

/* ---- parameters ---- */

#define OPTIONS 14

static void set_real(lp_gen *g, lp_param p, double x) {
    if (g->plan->params & LP_PARAM_BIT(p)) lp_case_set(g->c, p, x);
}

/* Neutral, usual, tiny, huge; for gamma the range in which a power's derivative blows up too. */
static void draw_option(lp_gen *g, int which) {
    static const double gamma[OPTIONS] = {2,   0,   0.5,       1,      5,     1.5,   0x1p-1074,
                                          0.1, 1e4, 0x1p-1022, 0x1p20, 1e300, 1e-17, 37.25};
    static const double alpha[OPTIONS] = {0.25, 1, 0, 0.25, 0.5, 0.75, 0.1,
                                          0.25, 1, 2, 0,    0.9, 1,    0.25};
    static const double weight[OPTIONS] = {2,     1,    0,     0.5,  10,    0.1,    1e-300,
                                           1e300, 1e-5, 0x1p9, 37.5, 0.999, 0x1p-1, 3};
    bool free = lp_gen_coin(g, 0.25);
    double scale = ldexp(lp_gen_uniform(g, 1), lp_gen_index(g, 12) - 6);
    set_real(g, LP_PARAM_GAMMA, free ? fabs(scale) : gamma[which]);
    if (lp_gen_coin(g, 0.6))
        set_real(g, LP_PARAM_ALPHA, free ? fabs(lp_gen_uniform(g, 1)) : alpha[which]);
    bool array = g->plan->params & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT_ARRAY) && lp_gen_coin(g, 0.5);
    if (!array) set_real(g, LP_PARAM_POS_WEIGHT, free ? fabs(scale) : weight[which]);
    if (g->plan->params & LP_PARAM_BIT(LP_PARAM_LABEL_REDUCTION) && lp_gen_coin(g, 0.7))
        lp_case_set(g->c, LP_PARAM_LABEL_REDUCTION, lp_gen_coin(g, 0.7));
    if (!array) return;
    double *q = lp_case_alloc(g->c, LP_IN_POS_WEIGHT);
    for (int64_t j = 0; j < g->c->k; j++) {
        double x = lp_gen_round(g, j ? weight[lp_gen_index(g, OPTIONS)] : weight[which]);
        q[j] = isfinite(x) ? x : 1;
    }
}

/* ---- logits ---- */

/* The last four: what a first-order term still moves, and where it is all there is. */
#define SPREADS 10
static double ordinary_z(lp_gen *g, int a) {
    static const double sd[SPREADS] = {1, 3, 10, 0.3, 30, 0.01, 0x1p-12, 0x1p-25, 0x1p-38, 0x1p-50};
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

typedef double (*logit_fn)(lp_gen *g, int a);

/* Another label of a multi-label row: of the first one's shape, or at a threshold, or ordinary;
 * `plain` rows have ordinary ones with hard targets alone. */
static double another(lp_gen *g, logit_fn logit, int a, bool plain) {
    if (plain) return ordinary_z(g, lp_gen_coin(g, 0.5) ? 0 : 3);
    if (lp_gen_coin(g, 0.4)) return logit(g, a);
    return lp_gen_coin(g, 0.5) ? ordinary_z(g, lp_gen_index(g, SPREADS))
                               : threshold_z(g, lp_gen_index(g, LP_GEN_THRESHOLDS));
}

static void draw_cells(lp_gen *g, logit_fn logit, int a, int b) {
    bool many = !lp_op_get(g->c->op)->scalar, plain = many && lp_gen_coin(g, 0.6);
    if (lp_op_get(g->c->op)->in[LP_IN_V] && b % 3) lp_case_alloc(g->c, LP_IN_V);
    for (int64_t i = 0; i < g->c->n; i++)
        for (int64_t j = 0; j < g->c->k; j++) {
            bool first = i == 0 && j == 0;
            double z = first || !many ? logit(g, a) : another(g, logit, a, plain);
            int which = first ? b : lp_gen_index(g, plain ? 2 : TARGETS);
            z = lp_gen_round(g, z);
            g->c->in[LP_IN_LOGITS][i * g->c->k + j] = z;
            draw_partner(g, i, j, which, z);
        }
}

static void open_rows(lp_gen *g) {
    if (lp_op_get(g->c->op)->scalar) {
        lp_gen_open(g, lp_gen_rows(g, 8), 1);
    } else {
        int64_t k = lp_gen_classes(g);
        lp_gen_open(g, lp_gen_rows(g, 4), k);
    }
}

static void draw_rows(lp_gen *g, logit_fn logit, int a, int b) {
    open_rows(g);
    draw_cells(g, logit, a, b);
    if (lp_gen_coin(g, 0.3)) draw_option(g, lp_gen_index(g, OPTIONS));
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

static void margin(lp_gen *g, int a, int b) {
    draw_rows(g, lp_gen_hinge_z, a, b);
}

/* Each value of an option beside each kind of logit. */
static void options(lp_gen *g, int a, int b) {
    static const struct {
        logit_fn z;
        int a;
    } kind[] = {{ordinary_z, 0},  {ordinary_z, 2}, {confident_z, 3}, {confident_z, 40},
                {threshold_z, 0}, {extreme_z, 0},  {extreme_z, 1},   {special_z, 3}};
    open_rows(g);
    draw_cells(g, kind[b % 8].z, kind[b % 8].a, b);
    draw_option(g, a);
}

static void wide(lp_gen *g, int a, int b) {
    static const logit_fn z[] = {ordinary_z, threshold_z, confident_z, subnormal_z};
    lp_gen_open(g, 1, lp_gen_wide_classes(g));
    draw_cells(g, z[a], 0, b);
}

static void tall(lp_gen *g, int a, int b) {
    static const logit_fn z[] = {ordinary_z, threshold_z};
    int64_t k = lp_op_get(g->c->op)->scalar ? 1 : lp_gen_classes(g);
    lp_gen_open(g, lp_gen_tall_rows(g, k), k);
    draw_cells(g, z[b], 0, a);
}

#define PARAMETERS                                                                                 \
    (LP_PARAM_BIT(LP_PARAM_GAMMA) | LP_PARAM_BIT(LP_PARAM_ALPHA) |                                 \
     LP_PARAM_BIT(LP_PARAM_POS_WEIGHT) | LP_PARAM_BIT(LP_PARAM_POS_WEIGHT_ARRAY) |                 \
     LP_PARAM_BIT(LP_PARAM_LABEL_REDUCTION))

#define FAMILIES                                                                                   \
    {"ordinary", 3, SPREADS, TARGETS, 0, ordinary},                                                \
        {"threshold", 4, LP_GEN_THRESHOLDS, TARGETS, 0, threshold},                                \
        {"confident", 2, 108, 4, 0, confident}, {"extreme", 1, 8, TARGETS, 0, extreme},            \
        {"subnormal", 1, 4, TARGETS, 0, subnormal}, {"special", 1, 5, TARGETS, 0, special},        \
        {"options", 3, OPTIONS, 16, PARAMETERS, options}, {                                        \
        "tall", 0.005, 1, 2, 0, tall                                                               \
    }

const lp_gen_family lp_gen_binary_families[] = {FAMILIES};
const int lp_gen_binary_count = sizeof lp_gen_binary_families / sizeof *lp_gen_binary_families;

const lp_gen_family lp_gen_hinge_families[] = {FAMILIES,
                                               {"margin", 4, LP_GEN_HINGE_Z, 4, 0, margin}};
const int lp_gen_hinge_count = sizeof lp_gen_hinge_families / sizeof *lp_gen_hinge_families;

const lp_gen_family lp_gen_multilabel_families[] = {FAMILIES, {"wide", 0.01, 4, 4, 0, wide}};
const int lp_gen_multilabel_count =
    sizeof lp_gen_multilabel_families / sizeof *lp_gen_multilabel_families;
