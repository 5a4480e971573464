/* What the fast paths of one-hot rows share: a group of rows, one a lane of lp_split, which of them
 * are taken, and what becomes of the others and of the losses. */
#ifndef LP_IMPL_GROUP_H
#define LP_IMPL_GROUP_H

#include "impl/bounds.h"
#include "impl/one_hot_row.h"
#include "impl/split.h"
#include "impl/xent.h"

typedef struct lp_group {
    const lp_call *c;
    const lp_targets *t;
    lp_row_answer *row;
    lp_batch b;
    bool in_place, even; /* even: all rows count, as they are */
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
LP_INLINE lp_wide lp_group_weight(const lp_group *g, int64_t q) {
    const lp_wide one = {{1, 0}, 0};
    return g->t->weights.data ? lp_targets_weigh(g->t, lp_group_label(g, q), one) : one;
}

/* What a row's gradient is multiplied by; rows that count for nothing, or by a number far from 1 or
 * none at all, are left to `row`. */
LP_INLINE bool lp_group_weigh(lp_group *g, int64_t q) {
    lp_wide scale;
    if (lp_batch_skips(&g->b, g->first + q) || lp_batch_spoiled(&g->b, g->first + q)) return false;
    if (g->t->weights.data && !isfinite(lp_at(g->t->weights, lp_group_label(g, q)))) return false;
    lp_sink sink = lp_batch_sink(&g->b, LP_OUT_GRAD, g->first + q);
    if (!lp_sink_scale(&scale, &sink)) return false;
    scale = lp_wide_mul(scale, lp_group_weight(g, q));
    if (scale.m.hi == 0 || fabs(scale.e) >= (g->c->format == LP_BINARY32 ? 60 : 300)) return false;
    lp_dd plain = lp_wide_dd(scale);
    g->split.scale.hi[q] = plain.hi;
    g->split.scale.lo[q] = plain.lo;
    return true;
}
/* Starts the rows from `first` on; what is not taken is never tame. */
LP_INLINE void lp_group_open(lp_group *g, int64_t first, int64_t rows) {
    g->first = first;
    g->rows = rows;
    for (int64_t q = 0; q < LP_LANES; q++) {
        g->split.sum.hi[q] = g->split.max[q] = g->split.own[q] = NAN;
        g->split.scale.hi[q] = 1;
        g->split.sum.lo[q] = g->split.scale.lo[q] = 0;
    }
    for (int64_t q = 0; q < LP_LANES; q++)
        g->take[q] = q < rows && (g->even || lp_group_weigh(g, q));
}

LP_INLINE void lp_group_row(lp_one_hot_row *r, const lp_group *g, int64_t q) {
    const lp_view *w = &g->t->weights;
    lp_one_hot_open(r, lp_view_row(g->c, LP_IN_LOGITS, g->first + q), g->c->k, lp_group_label(g, q),
                    1, w->data ? lp_at(*w, lp_group_label(g, q)) : 1);
}
/* The loss of a tame row; with a reduction it goes into the sum, which is rounded in the end.
 * Before its gradient is written, which may lie over the logits. */
LP_INLINE void lp_group_add(lp_group *g, int64_t q) {
    const lp_split *s = &g->split;
    void *loss = g->c->out[LP_OUT_LOSS].data;
    if (!loss) return;
    const lp_sink plain = {.single = g->c->format == LP_BINARY32};
    double rounded = s->loss_rounded[q], hi = s->loss.hi[q];
    bool each = g->c->reduction == LP_REDUCE_NONE, sure = s->loss_unsure[q] == 0;
    if (plain.single) {
        rounded = (double)(float)(hi * (1 + LP_EPS_SINGLE));
        sure = rounded == (double)(float)(hi * (1 - LP_EPS_SINGLE));
    }
    if (!each || !sure || g->t->weights.data) {
        lp_wide x = lp_wide_make((lp_dd){hi, s->loss.lo[q]}, 0);
        lp_value v = lp_good_to(x, plain.single ? 48 : LP_QUICK_BITS);
        v = lp_value_mul(v, lp_exact(lp_group_weight(g, q)));
        if (!each) {
            lp_batch_add(&g->b, g->first + q, v);
            return;
        }
        sure = lp_value_decided(&rounded, v, plain.single);
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
    if (!job.total && c->out[LP_OUT_LOSS].data) {
        job.out[LP_EVAL_LOSS] = lp_sink_row(c, LP_OUT_LOSS, 0);
        job.out[LP_EVAL_LOSS].data =
            (char *)c->out[LP_OUT_LOSS].data + i * (c->format == LP_BINARY32 ? 4 : 8);
    }
    if (lp_batch_skips(&g->b, i) || lp_batch_spoiled(&g->b, i))
        lp_job_fill(&job, c->k, lp_batch_skips(&g->b, i) ? 0 : NAN);
    else
        g->row(g->t, c, i, &job);
    if (job.total) lp_batch_add(&g->b, i, job.loss);
}
/* Where short rows start from the group's first on, and their labels; of a lane without a row the
 * first's. */
LP_INLINE void lp_group_starts(const lp_group *g, int64_t start[LP_LANES], int64_t own[LP_LANES]) {
    for (int64_t q = 0; q < LP_LANES; q++) {
        start[q] = q < g->rows ? q * g->c->in[LP_IN_LOGITS].stride : 0;
        own[q] = g->take[q] ? lp_group_label(g, q) : 0;
    }
}
/* The losses of the rows that are sure and all of the others, before gradients are written, which
 * may lie over the logits. */
LP_INLINE void lp_group_settle(lp_group *g, const bool sure[LP_LANES]) {
    for (int64_t q = 0; q < g->rows; q++)
        if (sure[q])
            lp_group_add(g, q);
        else
            lp_group_slow(g, q);
}

#endif
