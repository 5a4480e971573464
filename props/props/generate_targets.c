/* Targets of the operations on rows of logits: any numbers >= 0, mostly distributions. */
#include "props/props/generate_logits.h"

#include <math.h>

enum {
    ONE_HOT,
    SOFTMAX, /* of the logits, or a few ulps from it: gradient and divergence cancel */
    UNIFORM,
    RANDOM,
    DYADIC, /* multiples of a power of two that sum to exactly 1 */
    UNNORMALISED,
    SPARSE,
    EXTREME,
    KINDS
};

typedef struct targets {
    lp_gen *g;
    const double *z;
    double *t;
    int64_t k;
} targets;

static void softmax(const targets *r) {
    double m = -INFINITY, sum = 0;
    int64_t spread = lp_gen_index(r->g, 3);
    for (int64_t j = 0; j < r->k; j++)
        if (r->z[j] > m) m = r->z[j];
    for (int64_t j = 0; j < r->k; j++) sum += lp_gen_exp(r->z[j] - m);
    for (int64_t j = 0; j < r->k; j++) {
        double p = lp_gen_exp(r->z[j] - m) / sum;
        if (!(p >= 0 && p <= 1)) p = 0; /* a row without a softmax */
        r->t[j] = p > 0 ? lp_gen_nudge(r->g, p, lp_gen_index(r->g, (int)spread + 1)) : 0;
    }
}

static void dyadic(const targets *r) {
    int bits = 3 + lp_gen_index(r->g, r->g->f->p - 3);
    double left = 1;
    for (int64_t j = 0; j < r->k; j++) {
        double part = ldexp(floor(ldexp(left * lp_gen_index(r->g, 5) / 4, bits)), -bits);
        r->t[j] = j + 1 == r->k ? left : part;
        left -= r->t[j];
    }
}

static double entry(const targets *r, int kind) {
    lp_gen *g = r->g;
    switch (kind) {
    case UNIFORM:
        return 1.0 / (double)r->k;
    case RANDOM:
        return lp_gen_exp(lp_gen_normal(g, 2)) / (2.7 * (double)r->k);
    case UNNORMALISED:
        return ldexp(1.5 + lp_gen_uniform(g, 0.5), lp_gen_index(g, 41) - 20);
    case SPARSE:
        return lp_gen_coin(g, 0.7) ? 0 : 0.5 + lp_gen_uniform(g, 0.5);
    default:
        return fabs(lp_gen_bits(g));
    }
}

static void draw_row(const targets *r, int kind) {
    int64_t one = lp_gen_index(r->g, r->k);
    if (kind == SOFTMAX) softmax(r);
    if (kind == DYADIC) dyadic(r);
    if (kind == SOFTMAX || kind == DYADIC) return;
    for (int64_t j = 0; j < r->k; j++)
        r->t[j] = lp_gen_round(r->g, kind == ONE_HOT ? (double)(j == one) : entry(r, kind));
}

void lp_gen_draw_targets(lp_gen *g) {
    const lp_op_info *op = lp_op_get(g->c->op);
    if (op->in[LP_IN_TARGETS] != LP_SHAPE_NK) return;
    bool clear = lp_gen_coin(g, 0.8); /* no target at a mask */
    for (int64_t i = 0, k = g->c->k; i < g->c->n; i++) {
        targets r = {g, g->c->in[LP_IN_LOGITS] + i * k, g->c->in[LP_IN_TARGETS] + i * k, k};
        draw_row(&r, lp_gen_index(g, KINDS));
        for (int64_t j = 0; j < k; j++)
            if (clear && r.z[j] == -INFINITY) r.t[j] = 0;
    }
}
