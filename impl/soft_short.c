/* Plain rows of softmax_xent_soft of up to LP_SHORT_K classes, LP_LANES rows at a time, a row a
 * lane. With the largest logit m left out of the sum of exponentials as a label is (split.h):
 *   loss = log sum t + sum t_j (m - z_j)        gradient_j = exp(z_j) factor sum t - t_j scale
 * Bounds as in soft_plain.c and soft_lanes.c: log's 2^-66.8, in binary32 2^-49.9, terms that are
 * not negative; sums of up to 64 terms are good to 2^-94. A row in doubt anywhere goes the way of
 * mixed rows. */
#include "impl/soft_short.h"

#include "impl/bounds.h"
#include "impl/group.h"
#include "impl/lanes.h"
#include "impl/single_math.h"
#include "impl/tested.h"

#include <math.h>

#define EACH LP_EACH_LANE

typedef struct block {
    lp_short b;
    _Alignas(64) double z[LP_SHORT_K][LP_LANES], t[LP_SHORT_K][LP_LANES];
    lp_lanes targets, gaps, factor; /* sum t, sum t (m - z), what exponentials are multiplied by */
    double wild[LP_LANES];          /* a target beyond 2^-300 to 2^100, or at -inf */
} block;

static const void *row_at(const lp_group *g, lp_in role, int64_t q) {
    return lp_view_row(g->c, role, g->first + (q < g->rows ? q : 0)).data;
}
static void load(double x[LP_SHORT_K][LP_LANES], const lp_group *g, lp_in role) {
    const bool single = g->c->format == LP_BINARY32;
    EACH(q) {
        const void *from = row_at(g, role, q);
        for (int64_t j = 0; j < g->c->k; j++)
            x[j][q] = single ? (double)((const float *)from)[j] : ((const double *)from)[j];
    }
}
/* The largest logits, and -inf in their places of b->b.z as lp_short_load leaves it of labels. NaN
 * is the largest of none, and stays. */
static void leave_out_top(block *b, lp_split *s, int64_t k) {
    double top[LP_LANES], at[LP_LANES];
    EACH(q) top[q] = -INFINITY, at[q] = 0;
    for (int64_t j = 0; j < k; j++) EACH(q) {
            int more = b->z[j][q] > top[q];
            at[q] = more ? (double)j : at[q];
            top[q] = more ? b->z[j][q] : top[q];
        }
    memcpy(b->b.z, b->z, (size_t)k * sizeof *b->z);
    EACH(q) {
        s->own[q] = top[q];
        b->b.label[q] = (int64_t)at[q];
        b->b.z[(int64_t)at[q]][q] = -INFINITY;
    }
}

LP_INLINE void add(lp_lanes *restrict sum, int q, double hi, double lo) {
    lp_dd next = lp_two_sum(sum->hi[q], hi);
    sum->hi[q] = next.hi;
    sum->lo[q] += next.lo + lo;
}
static void sum_targets(block *b, const double *restrict top, int64_t k) {
    b->targets = b->gaps = (lp_lanes){.hi = {0}};
    EACH(q) b->wild[q] = 0;
    for (int64_t j = 0; j < k; j++) EACH(q) {
            double z = b->z[j][q], t = b->t[j][q];
            int absent = z < -DBL_MAX, none = t == 0;
            int fits = (t >= 0x1p-300) & (t <= 0x1p100) & !absent;
            lp_dd gap = lp_two_diff(top[q], absent ? top[q] : z), p = lp_two_prod(t, gap.hi);
            b->wild[q] = (none | fits) ? b->wild[q] : 1;
            add(&b->targets, q, t, 0);
            add(&b->gaps, q, p.hi, p.lo + t * gap.lo);
        }
}

/* After lp_split_rows: the losses and the factor; what is not tame stays so. */
static void mix(block *b, lp_split *s) {
    EACH(q) {
        lp_dd sum = lp_fast_two_sum(b->targets.hi[q], b->targets.lo[q]);
        lp_dd gap = lp_fast_two_sum(b->gaps.hi[q], b->gaps.lo[q]);
        lp_dd loss = lp_dd_add(lp_dd_mul(lp_lane(&s->log, q), sum), gap);
        lp_dd f = lp_dd_mul(lp_lane(&s->factor, q), sum);
        int in = (b->wild[q] == 0) & (loss.hi >= 0x1p-900) & (loss.hi <= 0x1p900) &
                 (fabs(f.hi) >= 0x1p-700);
        s->wild[q] = in ? s->wild[q] : 1;
        lp_lane_put(&s->loss, q, loss);
        lp_lane_put(&b->factor, q, f);
    }
    lp_lanes_round(s->loss_rounded, s->loss_unsure, &s->loss, LP_EPS_LOSS);
}

/* As soft_lanes.c has it: LP_EPS_SOFT of exp(z_j) factor and 2^-99 of t_j scale. */
LP_INLINE void entry(double *restrict unsure, double *restrict out, const double *restrict hi,
                     const double *restrict lo, const double *restrict z, const double *restrict t,
                     const lp_lanes *restrict factor, const lp_lanes *restrict scale) {
    EACH(q) {
        int absent = z[q] < -DBL_MAX;
        double h = absent ? 0 : hi[q], l = absent ? 0 : lo[q];
        lp_dd p = lp_weighed((lp_dd){h, l}, lp_lane(factor, q));
        lp_dd w = lp_two_prod(t[q], scale->hi[q]);
        w.lo = lp_muladd(1, t[q], scale->lo[q], w.lo);
        lp_dd within = lp_dd_within(p, w, fabs(p.hi) * LP_EPS_SOFT + fabs(w.hi) * 0x1p-99);
        double above = within.hi, below = within.lo;
        int large = fabs(above) >= 0x1p-960, zero = absent & (t[q] == 0);
        int sure = (above == below) & ((large & ((hi[q] >= 0x1.6p-498) | absent)) | zero);
        unsure[q] = sure ? unsure[q] : 1;
        out[q] = above;
    }
}
LP_INLINE void entry_single(double *restrict unsure, double *restrict out,
                            const double *restrict hi, const double *restrict z,
                            const double *restrict t, const double *restrict factor,
                            const double *restrict scale) {
    EACH(q) {
        int absent = z[q] < -DBL_MAX;
        double p = absent ? 0 : hi[q] * factor[q], w = t[q] * scale[q], d = p - w;
        double width = fabs(p) * LP_EPS_SINGLE + fabs(w) * 0x1p-50, high = d + width,
               low = d - width;
        float above = (float)high, below = (float)low;
        int good = (hi[q] >= 0x1.6p-498) | absent | (fabs(p) < 0x1p-300);
        int zero = absent & (t[q] == 0),
            signs = ((high > 0) & (low > 0)) | ((high < 0) & (low < 0));
        unsure[q] = ((above == below) & (signs | zero) & good) ? unsure[q] : 1;
        out[q] = (double)above;
    }
}
static void gradients(block *b, const lp_split *s, bool sure[LP_LANES], int64_t k, bool single) {
    double unsure[LP_LANES];
    lp_lanes top;
    lp_lanes_exp(&top, s->own);
    EACH(q) {
        int64_t at = b->b.label[q];
        unsure[q] = s->wild[q];
        b->b.hi[at][q] = top.hi[q];
        b->b.lo[at][q] = top.lo[q];
    }
    for (int64_t j = 0; j < k; j++)
        if (single)
            entry_single(unsure, b->b.z[j], b->b.hi[j], b->z[j], b->t[j], b->factor.hi,
                         s->scale.hi);
        else
            entry(unsure, b->b.z[j], b->b.hi[j], b->b.lo[j], b->z[j], b->t[j], &b->factor,
                  &s->scale);
    EACH(q) sure[q] = unsure[q] == 0;
}

static void group(lp_group *g, block *b) {
    const lp_call *c = g->c;
    const lp_matrix *grad = &c->out[LP_OUT_GRAD];
    const bool single = c->format == LP_BINARY32;
    lp_split *s = &g->split;
    bool sure[LP_LANES];
    load(b->z, g, LP_IN_LOGITS);
    load(b->t, g, LP_IN_TARGETS);
    leave_out_top(b, s, c->k);
    for (int64_t q = 0; q < LP_LANES; q++)
        if (!g->take[q]) s->own[q] = NAN;
    (single ? lp_short_losses_single : lp_short_losses)(&b->b, s, c->k);
    sum_targets(b, s->own, c->k);
    mix(b, s);
    EACH(q) sure[q] = s->wild[q] == 0;
    if (grad->data) gradients(b, s, sure, c->k, single);
    lp_group_settle(g, sure);
    if (!grad->data) return;
    char *out = (char *)grad->data + g->first * grad->stride * (single ? 4 : 8);
    if (single)
        lp_short_store_single((float *)(void *)out, grad->stride, sure, &b->b, c->k);
    else
        lp_short_store((double *)(void *)out, grad->stride, sure, &b->b, c->k);
}

bool lp_soft_short_run(const lp_call *c, const lp_targets *t, lp_row_answer *row) {
    lp_group g = {.c = c, .t = t, .row = row};
    block b;
    if (c->k < 2 || c->k > LP_SHORT_K || c->n == 0) return false;
    lp_batch_open(&g.b, c);
    if (g.b.bits) return false;
    lp_group_set(&g);
    g.whole = true;
    g.eps_loss = 4 * LP_EPS_SINGLE;
    lp_short_order(&b.b, c->n, c->k);
    for (int64_t i = 0; i < c->n; i += LP_LANES) {
        lp_group_open(&g, i, c->n - i < LP_LANES ? c->n - i : LP_LANES);
        group(&g, &b);
    }
    lp_group_finish(&g);
    return true;
}
