/* One probe of the domain finder. */
#include "props/props/reach.h"

#include "core/rng.h"

#include <math.h>

/* Beyond the ranges nothing changes any more: e^-x has left every format (745), logits have no
 * bits below 1 (2^52 in binary64), or have left the format. */
bool lp_reach_range(double *from, double *to, lp_way way, lp_op op, lp_format_id format,
                    int64_t most_k) {
    static const double range[LP_WAY_COUNT][2] = {[LP_WAY_AHEAD] = {0x1p-6, 1024},
                                                  [LP_WAY_BEHIND] = {0x1p-6, 1024},
                                                  [LP_WAY_OFFSET] = {1, 0x1p52},
                                                  [LP_WAY_CLASSES] = {2, 0},
                                                  [LP_WAY_SIZE] = {0x1p-20, 512}};
    const lp_op_info *info = lp_op_get(op);
    bool rows = !info->scalar && (way != LP_WAY_CLASSES || most_k > 2);
    *from = range[way][0];
    *to = way == LP_WAY_CLASSES ? (double)most_k : range[way][1];
    if (way == LP_WAY_OFFSET) *to = ldexp(1, lp_format_get(format)->p - 1);
    if (info->in[LP_IN_LOGITS] != LP_SHAPE_NK) return false;
    return rows || way == LP_WAY_AHEAD || way == LP_WAY_BEHIND || way == LP_WAY_SIZE;
}

static int64_t classes(lp_way way, double x, const lp_op_info *info, int64_t most, lp_rng *rng) {
    static const int64_t few[] = {2, 3, 10, 24};
    if (info->scalar) return 1;
    if (way == LP_WAY_CLASSES) return llround(x);
    int64_t k = few[lp_rng_below(rng, 4)];
    return k < most ? k : most;
}

/* One class stands x ahead of or behind the others, which lie close together. */
static void stand_apart(double *z, int64_t k, int64_t about, double by, lp_rng *rng) {
    double level = 2 * lp_rng_unit(rng) - 1;
    for (int64_t j = 0; j < k; j++) z[j] = level;
    int64_t nearest = (about + 1 + (int64_t)lp_rng_below(rng, (uint64_t)(k - 1))) % k;
    for (int64_t j = 0; j < k; j++)
        if (j != about && j != nearest) z[j] -= lp_rng_unit(rng);
    z[about] = level + by;
}

static void draw_row(double *z, int64_t k, int64_t about, lp_way way, double x, lp_rng *rng) {
    double jitter = x * (1 - lp_rng_unit(rng) / 64); /* all bits of the logits in play */
    for (int64_t j = 0; j < k; j++) z[j] = lp_rng_unit(rng) / 2; /* close together: harmless */
    switch (way) {
    case LP_WAY_AHEAD:
        stand_apart(z, k, about, jitter, rng);
        break;
    case LP_WAY_BEHIND:
        stand_apart(z, k, about, -jitter, rng);
        break;
    case LP_WAY_OFFSET:
        for (int64_t j = 0; j < k; j++) z[j] += jitter;
        break;
    case LP_WAY_CLASSES:
        break;
    case LP_WAY_SIZE:
        for (int64_t j = 0; j < k; j++) z[j] = jitter * (4 * z[j] - 1);
        break;
    }
}

/* A scalar operation's logit is on the side of its label: 1 above 0. */
static void draw_scalar(double *z, int64_t label, lp_way way, double x, lp_rng *rng) {
    double size = x * (1 - lp_rng_unit(rng) / 64);
    bool above = way == LP_WAY_SIZE ? lp_rng_below(rng, 2) : (way == LP_WAY_AHEAD) == (label == 1);
    *z = above ? size : -size;
}

static int64_t label_of(const lp_op_info *info, int64_t k, lp_rng *rng) {
    if (!info->scalar) return (int64_t)lp_rng_below(rng, (uint64_t)k);
    bool two_sided = info->label != LP_LABEL_NONE || info->in[LP_IN_TARGETS] != LP_SHAPE_NONE;
    return two_sided ? (int64_t)lp_rng_below(rng, 2) : 1;
}

void lp_reach_case(lp_case *c, int64_t *about, lp_way way, double x, lp_op op, lp_format_id format,
                   int64_t most_k, uint64_t seed, uint64_t round) {
    const lp_op_info *info = lp_op_get(op);
    const lp_format *f = lp_format_get(format);
    lp_rng rng;
    lp_rng_init(&rng, seed, lp_rng_domain("reach") + (uint64_t)(32 * way + op) * 8 + format, round);
    lp_case_init(c, op);
    c->format = format;
    c->n = 1;
    c->k = c->stride = classes(way, x, info, most_k, &rng);
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    *about = label_of(info, c->k, &rng);
    if (info->label != LP_LABEL_NONE)
        *lp_case_alloc_label(c) = info->label == LP_LABEL_SIGN ? 2 * *about - 1 : *about;
    if (info->in[LP_IN_TARGETS] != LP_SHAPE_NONE) {
        double *t = lp_case_alloc(c, LP_IN_TARGETS);
        if (info->scalar)
            t[0] = (double)*about;
        else
            t[*about] = 1;
    }
    for (int i = 0; i < LP_IN_COUNT; i++) /* a teacher that knows nothing */
        if (info->required >> i & 1 && !c->in[i]) lp_case_alloc(c, (lp_in)i);
    if (info->scalar)
        draw_scalar(z, *about, way, x, &rng);
    else
        draw_row(z, c->k, *about, way, x, &rng);
    for (int64_t j = 0; j < c->k; j++) z[j] = lp_format_round(f, z[j]);
    if (info->scalar) *about = 0;
}
