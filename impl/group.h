/* What the fast paths of one-hot rows share: a group of rows, one a lane of lp_split, which of them
 * are taken, and what becomes of the others and of the losses. */
#ifndef LP_IMPL_GROUP_H
#define LP_IMPL_GROUP_H

#include "impl/bounds.h"
#include "impl/fetch.h"
#include "impl/focal_row.h"
#include "impl/focal_split.h"
#include "impl/lane_sum.h"
#include "impl/long_row.h"
#include "impl/one_hot_row.h"
#include "impl/split.h"
#include "impl/temper.h"
#include "impl/xent.h"

typedef struct lp_group {
    const lp_call *c;
    const lp_targets *t;
    lp_row_answer *row;
    lp_batch b;
    bool in_place;
    bool even;    /* all rows that count are multiplied by `factor`, but for their weights */
    bool picks;   /* some rows may not count */
    bool summed;  /* losses go into `sum` */
    lp_dd factor; /* in 2^-300 to 2^300 */
    lp_lanes sum;
    double weight[LP_LANES]; /* of the rows' labels, 2^-90 to 2^90 */
    bool whole;              /* losses in doubt are asked of `row` */
    double eps, eps_loss;    /* what the gradient's loops test with; losses in binary32 */
    bool smoothed;
    lp_smoothing smoothing;  /* where it is; then also the rows' sums of logits, and */
    lp_lanes logits, shares; /* what their gradients have less (lp_split_smooth) */
    lp_split split;
    int64_t first, rows;
    bool take[LP_LANES]; /* worth the fast path */
} lp_group;

LP_INLINE const void *lp_group_logits(const lp_group *g, int64_t q) {
    return lp_view_row(g->c, LP_IN_LOGITS, g->first + q).data;
}
LP_INLINE int64_t lp_group_label(const lp_group *g, int64_t q) {
    return g->c->label[g->first + q];
}
/* What the loops copy of a row before they come to it: its label's logit, and its end. */
LP_INLINE void lp_group_fetch(const lp_group *g, int64_t q, uint64_t size) {
    if (g->first + q >= g->c->n) return;
    const void *z = lp_group_logits(g, q);
    lp_fetch_one(z, (uint64_t)lp_group_label(g, q) * size);
    lp_fetch_one(z, (uint64_t)(g->c->k - 1) * size);
}
LP_INLINE double lp_group_weight(const lp_group *g, int64_t q) {
    return g->t->weights.data ? lp_at(g->t->weights, lp_group_label(g, q)) : g->t->weight;
}
LP_INLINE bool lp_group_weighs(const lp_group *g) {
    return g->t->weights.data || g->t->weight != 1;
}

/* What row i's gradient is multiplied by, but for a weight; false: a number far from 1, or none. */
LP_INLINE bool lp_group_scale(lp_dd *plain, const lp_group *g, int64_t i) {
    lp_wide scale;
    lp_sink sink = lp_batch_sink(&g->b, LP_OUT_GRAD, i);
    if (!lp_sink_scale(&scale, &sink)) return false;
    if (scale.m.hi == 0 || fabs(scale.e) >= (g->c->format == LP_BINARY32 ? 60 : 300)) return false;
    *plain = lp_wide_dd(scale);
    return true;
}
LP_INLINE bool lp_group_counts(const lp_group *g, int64_t q) {
    return !g->picks ||
           !(lp_batch_skips(&g->b, g->first + q) || lp_batch_spoiled(&g->b, g->first + q));
}
/* Rows that count for nothing, or by a number far from 1 or none at all, are left to `row`. The
 * scale stays good to 2^-100 and, with a weight, in the range it has without. */
LP_INLINE bool lp_group_take(lp_group *g, int64_t q) {
    const double most = g->c->format == LP_BINARY32 ? 0x1p60 : 0x1p300;
    lp_dd scale = g->factor;
    if (!lp_group_counts(g, q)) return false;
    double weight = lp_group_weight(g, q);
    if (!(weight >= 0x1p-90 && weight <= 0x1p90)) return false;
    if (!g->even && !lp_group_scale(&scale, g, g->first + q)) return false;
    if (weight != 1) scale = lp_dd_mul_d(scale, weight);
    if (!(fabs(scale.hi) >= 1 / most && fabs(scale.hi) <= most)) return false;
    g->split.scale.hi[q] = scale.hi;
    g->split.scale.lo[q] = scale.lo;
    g->weight[q] = weight;
    return true;
}
LP_INLINE void lp_group_set_eps(lp_group *g, bool single, bool few) {
    const bool focal = g->t->focal;
    double eps = focal ? few ? LP_EPS_LOSS : LP_EPS_SHARP : LP_EPS_GRAD;
    g->whole = g->smoothed || focal;
    g->eps_loss = focal ? LP_EPS_FOCAL : g->smoothed ? 4 * LP_EPS_SINGLE : LP_EPS_SINGLE;
    g->eps = !single ? eps : focal ? LP_EPS_FOCAL : LP_EPS_SINGLE;
}
/* What is the same for all rows; before the first of them. */
LP_INLINE void lp_group_set(lp_group *g) {
    const lp_call *c = g->c;
    bool each = c->reduction == LP_REDUCE_NONE;
    bool upstream = c->set & LP_PARAM_BIT(LP_PARAM_UPSTREAM);
    g->picks = g->b.lenient || c->set & LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
    g->summed = !each;
    g->factor = (lp_dd){1, 0};
    g->smoothed = g->t->smooth;
    g->smoothing = lp_targets_smoothing(g->t, c->k);
    lp_group_set_eps(g, c->format == LP_BINARY32, c->k <= LP_SHORT_K);
    g->even = !(each && upstream) && c->n > 0 && lp_group_scale(&g->factor, g, 0);
}
/* Starts the rows from `first` on; what is not taken is never tame. */
LP_INLINE void lp_group_open(lp_group *g, int64_t first, int64_t rows) {
    g->first = first;
    g->rows = rows;
    const bool alike = g->even && !g->picks && !lp_group_weighs(g);
    if (g->smoothed) g->logits = (lp_lanes){.hi = {0}};
    for (int64_t q = 0; q < LP_LANES; q++) {
        g->split.sum.hi[q] = g->split.max[q] = g->split.own[q] = NAN;
        g->split.scale.hi[q] = g->factor.hi;
        g->split.scale.lo[q] = g->factor.lo;
        g->split.sum.lo[q] = 0;
        g->weight[q] = 1;
        g->take[q] = q < rows;
    }
    for (int64_t q = 0; q < rows && !alike; q++) g->take[q] = lp_group_take(g, q);
}

LP_INLINE void lp_group_row(lp_one_hot_row *r, const lp_group *g, int64_t q) {
    lp_one_hot_open(r, lp_view_row(g->c, LP_IN_LOGITS, g->first + q), g->c->k, lp_group_label(g, q),
                    g->t->temperature, lp_group_weight(g, q));
}
/* What a row's loops and its label's gradient leave in doubt is asked of this. */
typedef struct lp_group_asked {
    lp_one_hot_row one_hot;
    lp_focal_row focal;
    lp_sink sink;
} lp_group_asked;
LP_INLINE double lp_group_other(void *asked, double z) {
    lp_group_asked *a = asked;
    return lp_one_hot_other(&a->one_hot, &a->sink, z);
}
LP_INLINE double lp_group_other_focal(void *asked, double z) {
    lp_group_asked *a = asked;
    return lp_focal_row_other(&a->focal, &a->sink, z);
}
LP_INLINE lp_asker lp_group_asker(lp_group_asked *a, const lp_group *g, int64_t q) {
    a->sink = lp_batch_sink(&g->b, LP_OUT_GRAD, g->first + q);
    if (g->t->focal)
        lp_focal_row_open(&a->focal, g->c, g->first + q);
    else
        lp_group_row(&a->one_hot, g, q);
    return (lp_asker){g->t->focal ? lp_group_other_focal : lp_group_other, a, lp_group_label(g, q)};
}
LP_INLINE double lp_group_own(lp_group_asked *a, const lp_group *g) {
    return g->t->focal ? lp_focal_row_own(&a->focal, &a->sink)
                       : lp_one_hot_own(&a->one_hot, &a->sink);
}
/* Of a row that counts, before its logits are overwritten; NULL for T = 1. */
LP_INLINE const lp_temper *lp_group_temper(lp_temper *t, const lp_group *g, int64_t q) {
    if (g->t->temperature == 1) return NULL;
    double own = lp_at(lp_view_row(g->c, LP_IN_LOGITS, g->first + q), lp_group_label(g, q));
    *t = lp_temper_set(own, g->t->temperature);
    return t;
}
/* Before lp_split_rows, of long rows: a label's distance is 0, and gradients are over T. */
LP_INLINE void lp_group_temper_scale(lp_group *g) {
    lp_split *s = &g->split;
    const lp_dd t = {g->t->temperature, 0};
    if (t.hi == 1) return;
    LP_EACH_LANE(q) {
        s->own[q] = 0;
        lp_lane_put(&s->scale, q, lp_dd_div(lp_lane(&s->scale, q), t));
    }
}
/* After lp_split_rows, of rows of focal_softmax. */
LP_INLINE void lp_group_focal(lp_group *g) {
    const bool single = g->c->format == LP_BINARY32;
    if (!g->t->focal) return;
    if (!single && g->c->k > LP_SHORT_K) lp_focal_split_sharpen(&g->split);
    lp_focal_split(&g->split, g->t->gamma, single ? LP_EPS_LOSS : g->eps);
}
/* What the rows' losses weigh, whose products are good to 2^-104 more. */
LP_INLINE void lp_group_weigh(lp_group *g) {
    lp_split *s = &g->split;
    if (!lp_group_weighs(g)) return;
    LP_EACH_LANE(q) lp_lane_put(&s->loss, q, lp_dd_mul_d(lp_lane(&s->loss, q), g->weight[q]));
    lp_lanes_round(s->loss_rounded, s->loss_unsure, &s->loss, LP_EPS_LOSS);
}
/* The loss of a row that counts, by `row`. */
LP_INLINE void lp_group_ask(const lp_group *g, int64_t q) {
    const lp_call *c = g->c;
    int64_t i = g->first + q;
    lp_job job = {.out = {lp_sink_loss(c, i)}};
    g->row(g->t, c, i, &job);
}
/* The loss of a tame row, where there is no reduction, whose sum is rounded in the end
 * (lp_group_sum). Before its gradient is written, which may lie over the logits. */
LP_INLINE void lp_group_add(lp_group *g, int64_t q) {
    const lp_split *s = &g->split;
    void *loss = g->c->out[LP_OUT_LOSS].data;
    if (!loss || g->summed) return;
    const lp_sink plain = {.single = g->c->format == LP_BINARY32};
    double rounded = s->loss_rounded[q], hi = s->loss.hi[q];
    bool sure = s->loss_unsure[q] == 0;
    if (plain.single) {
        rounded = (double)(float)(hi * (1 + g->eps_loss));
        sure = rounded == (double)(float)(hi * (1 - g->eps_loss));
    }
    if (!sure && g->whole) {
        lp_group_ask(g, q);
        return;
    }
    if (!sure) {
        lp_one_hot_row r;
        lp_group_row(&r, g, q);
        rounded = lp_one_hot_loss(&r, &plain);
    }
    lp_store_rounded(loss, plain.single, g->first + q, rounded);
}
LP_INLINE void lp_group_slow(lp_group *g, int64_t q) {
    const lp_call *c = g->c;
    int64_t i = g->first + q;
    lp_job job = {.in_place = g->in_place, .total = c->reduction != LP_REDUCE_NONE};
    job.out[LP_EVAL_GRAD] = lp_batch_sink(&g->b, LP_OUT_GRAD, i);
    if (!job.total) job.out[LP_EVAL_LOSS] = lp_sink_loss(c, i);
    if (lp_batch_skips(&g->b, i) || lp_batch_spoiled(&g->b, i))
        lp_job_fill(&job, c->k, lp_batch_skips(&g->b, i) ? 0 : NAN);
    else
        g->row(g->t, c, i, &job);
    if (job.total) lp_batch_add(&g->b, i, job.loss);
}
/* Where short rows start from the group's first on, and their labels; of a lane without a row the
 * first's. */
LP_INLINE void lp_group_starts(const lp_group *g, int64_t start[LP_LANES], int64_t own[LP_LANES]) {
    const int64_t stride = g->c->in[LP_IN_LOGITS].stride, *label = g->c->label + g->first;
    for (int64_t q = 0; q < LP_LANES; q++) {
        start[q] = q < g->rows ? q * stride : 0;
        own[q] = g->take[q] ? label[q] : 0;
    }
}
/* The losses of the rows that are sure, as far as they need no look each. */
LP_INLINE void lp_group_sum(lp_group *g, const bool sure[LP_LANES]) {
    double skip[LP_LANES];
    if (!g->summed || !g->c->out[LP_OUT_LOSS].data) return;
    for (int64_t q = 0; q < LP_LANES; q++) skip[q] = q < g->rows && sure[q] ? 0 : 1;
    lp_lanes_add(&g->sum, &g->split.loss, skip);
}
LP_INLINE void lp_group_sum_tame(lp_group *g) {
    bool sure[LP_LANES];
    for (int64_t q = 0; q < LP_LANES; q++) sure[q] = g->split.wild[q] == 0;
    lp_group_sum(g, sure);
}
/* The losses of a group of which everything is sure, in one sweep. */
LP_INLINE bool lp_group_put(const lp_group *g, const bool sure[LP_LANES]) {
    void *loss = g->summed ? NULL : g->c->out[LP_OUT_LOSS].data;
    if (g->rows < LP_LANES) return false;
    if (g->c->format == LP_BINARY32)
        return lp_split_put_single(loss ? (float *)loss + g->first : NULL, &g->split, sure,
                                   g->eps_loss);
    return lp_split_put(loss ? (double *)loss + g->first : NULL, &g->split, sure);
}
/* The losses of the rows that are sure and all of the others, before gradients are written, which
 * may lie over the logits. */
LP_INLINE void lp_group_settle(lp_group *g, const bool sure[LP_LANES]) {
    lp_group_sum(g, sure);
    if (lp_group_put(g, sure)) return;
    for (int64_t q = 0; q < g->rows; q++)
        if (sure[q])
            lp_group_add(g, q);
        else
            lp_group_slow(g, q);
}

/* The sum or mean of what was added up; false: it is no finite number or not sure. Losses are good
 * to 2^-66.7, in binary32 to eps_loss, of themselves and so of their sum. */
LP_INLINE bool lp_group_reduced(double *y, const lp_group *g, bool single) {
    const lp_batch *b = &g->b;
    lp_value sum = lp_sum_get(&b->total);
    lp_value sure = lp_good_to(lp_wide_make(lp_lanes_total(&g->sum), 0),
                               single ? -1 - lp_exponent(g->eps_loss) : LP_QUICK_BITS);
    if (g->summed) sum = lp_value_add(sum, sure);
    if (sum.special != 0 || b->empty || b->count.special != 0) return false;
    return lp_value_decided(y, lp_value_div(sum, b->count.x), single);
}
/* After the last row. */
LP_INLINE void lp_group_finish(const lp_group *g) {
    const bool single = g->c->format == LP_BINARY32;
    void *loss = g->c->out[LP_OUT_LOSS].data;
    double y;
    if (!loss || g->c->reduction == LP_REDUCE_NONE) return;
    if (lp_group_reduced(&y, g, single)) {
        lp_store_rounded(loss, single, 0, y);
        return;
    }
    lp_batch_losses(g->c, g->c->k, g->row, g->t);
}

#endif
