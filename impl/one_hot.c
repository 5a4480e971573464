#include "impl/one_hot.h"

#include "impl/lanes.h"
#include "impl/long_row.h"
#include "impl/one_hot_row.h"

/* Scratch on the stack, in doubles: enough that a group of rows of K = 1000 pays for its
 * logarithms. */
enum { SCRATCH = 4096 };

typedef struct group {
    const lp_call *c;
    const lp_targets *t;
    lp_row_answer *row;
    lp_batch b;
    bool in_place, even; /* even: all rows count, as they are */
    lp_split split;
    int64_t first, rows;
    bool take[LP_LANES]; /* worth the fast path */
} group;

static const double *logits(const group *g, int64_t q) {
    return lp_view_row(g->c, LP_IN_LOGITS, g->first + q).data;
}
static double *gradient(const group *g, int64_t q) {
    const lp_matrix *m = &g->c->out[LP_OUT_GRAD];
    return (double *)m->data + (g->first + q) * m->stride;
}
static int64_t label(const group *g, int64_t q) {
    return g->c->label[g->first + q];
}
static lp_wide weight(const group *g, int64_t q) {
    const lp_wide one = {{1, 0}, 0};
    return g->t->weights.data ? lp_targets_weigh(g->t, label(g, q), one) : one;
}

/* What a row's gradient is multiplied by; rows that count for nothing, or by a number far from 1 or
 * none at all, are left to `row`. */
static bool weigh(group *g, int64_t q) {
    lp_wide scale;
    if (lp_batch_skips(&g->b, g->first + q)) return false;
    if (g->t->weights.data && !isfinite(lp_at(g->t->weights, label(g, q)))) return false;
    lp_sink sink = lp_batch_sink(&g->b, LP_OUT_GRAD, g->first + q);
    if (!lp_sink_scale(&scale, &sink)) return false;
    scale = lp_wide_mul(scale, weight(g, q));
    if (scale.m.hi == 0 || fabs(scale.e) >= 300) return false;
    lp_dd plain = lp_wide_dd(scale);
    g->split.scale.hi[q] = plain.hi;
    g->split.scale.lo[q] = plain.lo;
    return true;
}
/* Starts the rows from `first` on; what is not taken is never tame. */
static void open_group(group *g, int64_t first, int64_t rows) {
    g->first = first;
    g->rows = rows;
    for (int64_t q = 0; q < LP_LANES; q++) {
        g->split.sum.hi[q] = g->split.max[q] = g->split.own[q] = NAN;
        g->split.scale.hi[q] = 1;
        g->split.sum.lo[q] = g->split.scale.lo[q] = 0;
    }
    for (int64_t q = 0; q < LP_LANES; q++) g->take[q] = q < rows && (g->even || weigh(g, q));
}

static void open_row(lp_one_hot_row *r, const group *g, int64_t q) {
    const lp_view *w = &g->t->weights;
    lp_one_hot_open(r, (lp_view){logits(g, q), false}, g->c->k, label(g, q), 1,
                    w->data ? lp_at(*w, label(g, q)) : 1);
}
/* The loss of a tame row; with a reduction it goes into the sum, which is rounded in the end.
 * Before its gradient is written, which may lie over the logits. */
static void add_loss(group *g, int64_t q) {
    const lp_split *s = &g->split;
    double *loss = g->c->out[LP_OUT_LOSS].data, rounded;
    if (!loss) return;
    bool each = g->c->reduction == LP_REDUCE_NONE;
    if (each && s->loss_unsure[q] == 0 && !g->t->weights.data) {
        loss[g->first + q] = s->loss_rounded[q];
        return;
    }
    lp_wide x = lp_wide_make((lp_dd){s->loss.hi[q], s->loss.lo[q]}, 0);
    lp_value v = lp_value_mul(lp_good_to(x, LP_QUICK_BITS), lp_exact(weight(g, q)));
    if (!each) {
        lp_batch_add(&g->b, g->first + q, v);
        return;
    }
    if (!lp_value_decided(&rounded, v, false)) {
        const lp_sink plain = {.single = false};
        lp_one_hot_row r;
        open_row(&r, g, q);
        rounded = lp_one_hot_loss(&r, &plain);
    }
    loss[g->first + q] = rounded;
}
static void slow_row(group *g, int64_t q) {
    const lp_call *c = g->c;
    int64_t i = g->first + q;
    lp_job job = {.in_place = g->in_place, .total = c->reduction != LP_REDUCE_NONE};
    job.out[LP_EVAL_GRAD] = lp_batch_sink(&g->b, LP_OUT_GRAD, i);
    if (!job.total && c->out[LP_OUT_LOSS].data) {
        job.out[LP_EVAL_LOSS] = lp_sink_row(c, LP_OUT_LOSS, 0);
        job.out[LP_EVAL_LOSS].data = (double *)c->out[LP_OUT_LOSS].data + i;
    }
    if (lp_batch_skips(&g->b, i))
        lp_job_fill(&job, c->k, 0);
    else
        g->row(g->t, c, i, &job);
    if (job.total) lp_batch_add(&g->b, i, job.loss);
}

static void short_group(group *g, lp_short *b, bool grad) {
    const lp_call *c = g->c;
    bool sure[LP_LANES];
    int64_t start[LP_LANES], own[LP_LANES];
    for (int64_t q = 0; q < LP_LANES; q++) {
        start[q] = q < g->rows ? q * c->in[LP_IN_LOGITS].stride : 0;
        own[q] = g->take[q] ? label(g, q) : 0;
    }
    lp_short_load(b, &g->split, logits(g, 0), start, own, c->k);
    for (int64_t q = 0; q < LP_LANES; q++)
        if (!g->take[q]) g->split.own[q] = NAN;
    lp_short_losses(b, &g->split, c->k);
    for (int64_t q = 0; q < LP_LANES; q++) sure[q] = g->split.wild[q] == 0;
    if (grad) lp_short_gradients(sure, b, &g->split, c->k);
    for (int64_t q = 0; q < g->rows; q++) {
        if (!sure[q]) {
            slow_row(g, q);
            continue;
        }
        add_loss(g, q);
        double *out = grad ? gradient(g, q) : NULL;
        for (int64_t j = 0; grad && j < c->k; j++) out[j] = b->z[j][q];
    }
}
static void short_rows(group *g, bool grad) {
    lp_short b;
    for (int64_t i = 0; i < g->c->n; i += LP_LANES) {
        open_group(g, i, g->c->n - i < LP_LANES ? g->c->n - i : LP_LANES);
        short_group(g, &b, grad);
    }
}

/* The gradient of a tame row, from the exponentials hi and lo. In place, what `row` reads has to
 * be read before anything is written: a dry run goes first. */
static void put_gradient(group *g, int64_t q, const double *hi, const double *lo) {
    const lp_split *s = &g->split;
    lp_dd factor = {s->factor.hi[q], s->factor.lo[q]};
    lp_sink sink = lp_batch_sink(&g->b, LP_OUT_GRAD, g->first + q);
    lp_one_hot_row row;
    open_row(&row, g, q);
    double own = s->own_unsure[q] == 0 ? s->own_rounded[q] : lp_one_hot_own(&row, &sink);
    double *out = gradient(g, q);
    const double *z = logits(g, q);
    if (g->in_place) lp_long_row_scale(NULL, hi, lo, z, g->c->k, factor, &row, &sink);
    lp_long_row_scale(out, hi, lo, z, g->c->k, factor, &row, &sink);
    out[label(g, q)] = own;
}

/* Where the exponentials of row q go: the high parts to the gradient's row, the low parts to the
 * stack or, where that is too small, to the next row of the gradient, which is written later
 * anyway; in place both to the stack. False: nowhere. */
static bool place(const group *g, int64_t q, double *scratch, double **hi, double **lo) {
    int64_t k = g->c->k;
    if (g->in_place) {
        *hi = scratch + 2 * q * k;
        *lo = *hi + k;
        return 2 * k <= SCRATCH;
    }
    *hi = gradient(g, q);
    *lo = k <= SCRATCH ? scratch + q * k : gradient(g, q + 1);
    return k <= SCRATCH || g->first + q + 1 < g->c->n;
}

static void long_group(group *g, double *scratch, bool grad) {
    const lp_call *c = g->c;
    lp_split *s = &g->split;
    double *hi[LP_LANES] = {NULL}, *lo[LP_LANES] = {NULL};
    for (int64_t q = 0; q < g->rows; q++) {
        if (!g->take[q] || (grad && !place(g, q, scratch, &hi[q], &lo[q]))) continue;
        const double *z = logits(g, q);
        lp_long_sum all = lp_long_row_sum(hi[q], lo[q], z, c->k, label(g, q));
        s->sum.hi[q] = all.sum.hi;
        s->sum.lo[q] = all.sum.lo;
        s->max[q] = all.max;
        s->own[q] = z[label(g, q)];
    }
    lp_split_rows(s);
    for (int64_t q = 0; q < g->rows; q++) {
        if (s->wild[q] != 0) {
            slow_row(g, q);
            continue;
        }
        add_loss(g, q);
        if (grad) put_gradient(g, q, hi[q], lo[q]);
    }
}
static void long_rows(group *g, bool grad) {
    int64_t n = g->c->n, most = LP_LANES, room = SCRATCH / (g->in_place ? 2 : 1) / g->c->k;
    double scratch[SCRATCH];
    if (grad && room < most) most = room > 0 ? room : 1;
    for (int64_t i = 0; i < n; i += most) {
        open_group(g, i, n - i < most ? n - i : most);
        long_group(g, scratch, grad);
    }
}

/* Whether the gradient lies where logits do, in whatever order. */
static bool overlaps(const lp_call *c) {
    const lp_matrix *z = &c->in[LP_IN_LOGITS], *g = &c->out[LP_OUT_GRAD];
    if (!g->data || c->n == 0) return false;
    uintptr_t a = (uintptr_t)z->data, b = (uintptr_t)g->data;
    uintptr_t a_end = a + (uintptr_t)((c->n - 1) * z->stride + c->k) * sizeof(double);
    uintptr_t b_end = b + (uintptr_t)((c->n - 1) * g->stride + c->k) * sizeof(double);
    return a < b_end && b < a_end;
}

/* The sum or mean of what was added up; false: it is no finite number or not sure. */
static bool reduced(double *y, const lp_batch *b) {
    lp_value sum = lp_sum_get(&b->total);
    if (sum.special != 0 || b->empty || b->count.special != 0) return false;
    return lp_value_decided(y, lp_value_div(sum, b->count.x), false);
}
static void run(const lp_call *c, const lp_targets *t, lp_row_answer *row) {
    group g = {.c = c, .t = t, .row = row, .in_place = overlaps(c)};
    bool grad = c->out[LP_OUT_GRAD].data;
    double *loss = c->out[LP_OUT_LOSS].data, y;
    lp_batch_open(&g.b, c);
    g.even = g.b.plain && !t->weights.data;
    if (c->k <= LP_SHORT_K)
        short_rows(&g, grad);
    else
        long_rows(&g, grad);
    if (!loss || c->reduction == LP_REDUCE_NONE) return;
    if (reduced(&y, &g.b)) {
        *loss = y;
        return;
    }
    lp_call alone = *c;
    alone.out[LP_OUT_GRAD].data = NULL;
    lp_batch_answer(&alone, c->k, row, t);
}

/* A sum of losses that may have to be read again comes before gradients that lie over the logits.
 */
void lp_one_hot_run(const lp_call *c, const lp_targets *t, lp_row_answer *row) {
    if (c->reduction == LP_REDUCE_NONE || !c->out[LP_OUT_LOSS].data || !overlaps(c)) {
        run(c, t, row);
        return;
    }
    lp_call alone = *c, rest = *c;
    alone.out[LP_OUT_GRAD].data = NULL;
    rest.out[LP_OUT_LOSS].data = NULL;
    run(&alone, t, row);
    run(&rest, t, row);
}
