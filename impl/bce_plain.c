#include "impl/bce_plain.h"

#include "impl/binary_lanes.h"
#include "impl/lane_sum.h"
#include "impl/row.h"

typedef struct run {
    const lp_call *c;
    const lp_bce_op *op;
    const void *context;
    lp_row_answer *row;
    lp_batch b;
    bool single, wide; /* wide: a row has k labels, and one loss */
    bool each;         /* every loss for itself */
    bool scaled;       /* `scale` is what the gradients at hand are multiplied by */
    double q;          /* of all labels, where there are no pos_weights */
    int64_t k;         /* what a row's sum is divided by: 1, or the number of its labels */
    lp_dd scale;
    lp_bce lanes;  /* of the block at hand; q and scale stay where they are the same for all */
    lp_lanes sum;  /* of the losses of the row at hand or, of rows of one label, of all, ... */
    lp_sum others; /* ... but of these, which lanes are nothing for */
    bool nan;      /* in the row at hand */
} run;

static double param(const lp_call *c, lp_param p, double neutral) {
    return c->set & LP_PARAM_BIT(p) ? c->param[p] : neutral;
}

/* Of row i's gradients; false: none that lanes take. */
static bool scale_of(lp_dd *plain, const run *r, int64_t i) {
    lp_wide scale;
    lp_sink sink = lp_batch_sink(&r->b, LP_OUT_GRAD, i);
    if (!lp_sink_scale(&scale, &sink)) return false;
    scale = lp_wide_div(scale, lp_wide_from((double)r->k));
    if (scale.m.hi == 0 || !(fabs(scale.e) < (r->single ? 60 : 300))) return false;
    *plain = lp_wide_dd(scale);
    return true;
}

/* Labels `first` on of row i, or rows `first` on of one label each. */
typedef struct place {
    int64_t i, first, count;
} place;
static const void *at(const run *r, const lp_matrix *m, const place *p) {
    int64_t row = r->wide ? p->i : 0;
    return m->data ? (const char *)m->data + row * m->stride * (r->single ? 4 : 8) : NULL;
}
static void read(double x[LP_LANES], const run *r, lp_in role, const place *p) {
    const lp_matrix *m = &r->c->in[role];
    lp_lanes_read(x, at(r, m, p), r->single, r->wide ? 1 : m->stride, p->first, p->count);
}
static void load(lp_bce *b, const run *r, const place *p) {
    read(b->z, r, LP_IN_LOGITS, p);
    if (r->c->in[LP_IN_TARGETS].data)
        read(b->y, r, LP_IN_TARGETS, p);
    else
        LP_EACH_LANE(q) b->y[q] = q < p->count ? (double)r->c->label[p->first + q] : 0;
    const void *q = r->c->in[LP_IN_POS_WEIGHT].data;
    if (q) lp_lanes_read(b->q, q, r->single, 1, p->first, p->count);
}
/* What the blocks that follow have in common. */
static void settle(run *r) {
    lp_bce *b = &r->lanes;
    b->loss_wanted = r->c->out[LP_OUT_LOSS].data;
    b->grad_wanted = r->c->out[LP_OUT_GRAD].data;
    LP_EACH_LANE(q) {
        b->q[q] = r->q;
        b->scale.hi[q] = r->scale.hi;
        b->scale.lo[q] = r->scale.lo;
    }
}

static int64_t row_at(const run *r, const place *p, int64_t q) {
    return r->wide ? p->i : p->first + q;
}
/* Rows of one label with upstream factors of their own; 1 where lanes take none like it. */
static void scale_lanes(lp_bce *b, double unscaled[LP_LANES], const run *r, const place *p) {
    const double most = r->single ? 0x1p60 : 0x1p300;
    double up[LP_LANES];
    lp_lanes_read(up, r->c->in[LP_IN_UPSTREAM].data, r->single, 1, p->first, p->count);
    LP_EACH_LANE(q) {
        int fits = (fabs(up[q]) >= 1 / most) & (fabs(up[q]) <= most);
        b->scale.hi[q] = fits ? up[q] : 1;
        b->scale.lo[q] = 0;
        unscaled[q] = fits ? 0 : 1;
    }
}
static void put_gradients(lp_bce *b, const double unscaled[LP_LANES], const run *r,
                          const place *p) {
    const lp_matrix *m = &r->c->out[LP_OUT_GRAD];
    uint64_t doubt = 0;
    LP_EACH_LANE(q) {
        b->grad_unsure[q] += b->wild[q] + unscaled[q];
        doubt |= b->grad_unsure[q] != 0 ? 1u : 0u;
    }
    for (int64_t q = 0; doubt && q < p->count; q++) {
        if (b->grad_unsure[q] == 0) continue;
        lp_sink sink = lp_batch_sink(&r->b, LP_OUT_GRAD, row_at(r, p, q));
        b->grad_rounded[q] =
            r->op->component(r->context, &sink, LP_EVAL_GRAD, b->z[q], b->y[q], b->q[q], r->k);
    }
    void *to = (void *)(uintptr_t)at(r, m, p);
    lp_lanes_write(to, r->single, r->wide ? 1 : m->stride, p->first, p->count, b->grad_rounded);
}

static void put_losses(lp_bce *b, const run *r, const place *p) {
    const lp_sink plain = lp_sink_plain(NULL, r->single);
    uint64_t doubt = 0;
    LP_EACH_LANE(q) doubt |= b->wild[q] + b->loss_unsure[q] != 0 ? 1u : 0u;
    for (int64_t q = 0; doubt && q < p->count; q++)
        if (b->wild[q] + b->loss_unsure[q] != 0)
            b->loss_rounded[q] =
                r->op->component(r->context, &plain, LP_EVAL_LOSS, b->z[q], b->y[q], b->q[q], 1);
    lp_lanes_write(r->c->out[LP_OUT_LOSS].data, r->single, 1, p->first, p->count, b->loss_rounded);
}
static void add_losses(run *r, const lp_bce *b, const place *p) {
    double skip[LP_LANES];
    uint64_t wild = 0;
    LP_EACH_LANE(q) {
        skip[q] = q < p->count ? b->wild[q] : 1;
        wild |= b->wild[q] != 0 ? 1u : 0u;
    }
    lp_lanes_add(&r->sum, &b->loss, skip);
    for (int64_t q = 0; wild && q < p->count; q++)
        if (b->wild[q] != 0)
            lp_sum_add(&r->others, r->op->value(r->context, b->z[q], b->y[q], b->q[q]));
}

static void look_for_nan(run *r, const lp_bce *b, const place *p) {
    for (int64_t q = 0; q < p->count; q++)
        r->nan |= b->wild[q] != 0 && (isnan(b->z[q]) || isnan(b->y[q]) || isnan(b->q[q]));
}
static void block(run *r, const place *p) {
    const lp_call *c = r->c;
    const bool grad = c->out[LP_OUT_GRAD].data;
    double unscaled[LP_LANES];
    lp_bce *b = &r->lanes;
    load(b, r, p);
    LP_EACH_LANE(q) unscaled[q] = r->scaled ? 0 : 1;
    if (grad && !r->scaled && !r->wide) scale_lanes(b, unscaled, r, p);
    (r->single ? r->op->lanes_single : r->op->lanes)(b, r->context);
    if (r->wide) look_for_nan(r, b, p);
    if (r->nan) return;
    if (c->out[LP_OUT_LOSS].data) {
        if (r->each && !r->wide)
            put_losses(b, r, p);
        else
            add_losses(r, b, p);
    }
    if (grad) put_gradients(b, unscaled, r, p);
}

/* The sum of the losses added up since the last time: each is good to 2^-66.7, in binary32 as the
 * operation says. */
static lp_value take_sum(run *r) {
    lp_value sure = lp_good_to(lp_wide_make(lp_lanes_total(&r->sum), 0),
                               r->single ? r->op->single_bits : LP_QUICK_BITS);
    lp_value all = lp_value_add(lp_sum_get(&r->others), sure);
    r->sum = (lp_lanes){.hi = {0}};
    r->others = lp_sum_open();
    return all;
}
/* The loss of row i of several labels. */
static void end_row(run *r, int64_t i) {
    const lp_call *c = r->c;
    lp_value v = lp_value_div(take_sum(r), lp_wide_from((double)r->k));
    if (r->nan) v = lp_special(NAN);
    double y;
    if (!r->each) {
        lp_batch_add(&r->b, i, v);
    } else if (lp_value_decided(&y, v, r->single)) {
        lp_store_rounded(c->out[LP_OUT_LOSS].data, r->single, i, y);
    } else {
        lp_job job = {.out = {lp_sink_loss(c, i)}};
        r->row(NULL, c, i, &job);
    }
}
static void wide_row(run *r, int64_t i) {
    const lp_call *c = r->c;
    if (r->each) r->scaled = scale_of(&r->scale, r, i);
    settle(r);
    r->nan = false;
    for (int64_t j = 0; j < c->k; j += LP_LANES)
        block(r, &(place){i, j, c->k - j < LP_LANES ? c->k - j : LP_LANES});
    lp_sink grad = lp_batch_sink(&r->b, LP_OUT_GRAD, i);
    if (r->nan) lp_sink_fill(&grad, c->k, NAN);
    if (c->out[LP_OUT_LOSS].data) end_row(r, i);
}

static void rows(run *r) {
    const lp_call *c = r->c;
    settle(r);
    for (int64_t i = 0; i < c->n && r->wide; i++) wide_row(r, i);
    for (int64_t i = 0; i < c->n && !r->wide; i += LP_LANES)
        block(r, &(place){0, i, c->n - i < LP_LANES ? c->n - i : LP_LANES});
    if (r->each || !c->out[LP_OUT_LOSS].data) return;
    double y;
    lp_value sum = r->wide ? lp_sum_get(&r->b.total) : take_sum(r);
    if (sum.special == 0 && lp_value_decided(&y, lp_value_div(sum, r->b.count.x), r->single)) {
        lp_store_rounded(c->out[LP_OUT_LOSS].data, r->single, 0, y);
        return;
    }
    lp_batch_losses(c, c->k, r->row, NULL);
}

static bool start(run *r, const lp_call *c, const lp_bce_op *op, const void *context,
                  lp_row_answer *row) {
    *r = (run){.c = c,
               .op = op,
               .context = context,
               .row = row,
               .others = lp_sum_open(),
               .scaled = true,
               .scale = {1, 0}};
    lp_batch_open(&r->b, c);
    r->single = c->format == LP_BINARY32;
    r->wide = c->op == LP_OP_MULTILABEL_BCE;
    r->each = c->reduction == LP_REDUCE_NONE;
    r->q = param(c, LP_PARAM_POS_WEIGHT, 1);
    r->k = param(c, LP_PARAM_LABEL_REDUCTION, 0) != 0 ? c->k : 1;
    if (r->b.bits || r->b.empty || r->b.count.special != 0 || c->n == 0) return false;
    if (r->each && c->set & LP_PARAM_BIT(LP_PARAM_UPSTREAM))
        r->scaled = false;
    else
        r->scaled = scale_of(&r->scale, r, 0);
    return r->scaled || r->each;
}

/* Where gradients lie over logits, what losses may have to read again comes first. */
bool lp_bce_plain_run(const lp_call *c, const lp_bce_op *op, const void *context,
                      lp_row_answer *row) {
    run r;
    if (!start(&r, c, op, context, row)) return false;
    if ((r.each && !r.wide) || !c->out[LP_OUT_LOSS].data || !lp_batch_in_place(c)) {
        rows(&r);
        return true;
    }
    lp_call loss = *c, grad = *c;
    loss.out[LP_OUT_GRAD].data = NULL;
    grad.out[LP_OUT_LOSS].data = NULL;
    if (start(&r, &loss, op, context, row)) rows(&r);
    if (start(&r, &grad, op, context, row)) rows(&r);
    return true;
}
