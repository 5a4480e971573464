#include "impl/one_hot.h"

#include "impl/lanes.h"
#include "impl/long_row.h"
#include "impl/one_hot_row.h"

/* Scratch on the stack, in doubles: enough that a group of rows of K = 1000 pays for its
 * logarithms. */
enum { SCRATCH = 4096 };

static double *gradient(const lp_group *g, int64_t q) {
    const lp_matrix *m = &g->c->out[LP_OUT_GRAD];
    return (double *)m->data + (g->first + q) * m->stride;
}

static void short_group(lp_group *g, lp_short *b, bool grad) {
    const lp_call *c = g->c;
    bool sure[LP_LANES];
    int64_t start[LP_LANES], own[LP_LANES];
    lp_group_starts(g, start, own);
    lp_short_load(b, &g->split, lp_group_logits(g, 0), start, own, c->k);
    for (int64_t q = 0; q < LP_LANES; q++)
        if (!g->take[q]) g->split.own[q] = NAN;
    lp_short_losses(b, &g->split, c->k);
    for (int64_t q = 0; q < LP_LANES; q++) sure[q] = g->split.wild[q] == 0;
    if (grad) lp_short_gradients(sure, b, &g->split, c->k);
    lp_group_settle(g, sure);
    if (grad) lp_short_store(gradient(g, 0), c->out[LP_OUT_GRAD].stride, sure, b, c->k);
}
static void short_rows(lp_group *g, bool grad) {
    lp_short b;
    for (int64_t i = 0; i < g->c->n; i += LP_LANES) {
        lp_group_open(g, i, g->c->n - i < LP_LANES ? g->c->n - i : LP_LANES);
        short_group(g, &b, grad);
    }
}

/* The gradient of a tame row, from the exponentials hi and lo. In place, what `row` reads has to
 * be read before anything is written: a dry run goes first. */
static void put_gradient(lp_group *g, int64_t q, const double *hi, const double *lo) {
    const lp_split *s = &g->split;
    lp_dd factor = {s->factor.hi[q], s->factor.lo[q]};
    lp_sink sink = lp_batch_sink(&g->b, LP_OUT_GRAD, g->first + q);
    lp_one_hot_row row;
    lp_group_row(&row, g, q);
    double own = s->own_unsure[q] == 0 ? s->own_rounded[q] : lp_one_hot_own(&row, &sink);
    double *out = gradient(g, q);
    const double *z = lp_group_logits(g, q);
    if (g->in_place) lp_long_row_scale(NULL, hi, lo, z, g->c->k, factor, &row, &sink);
    lp_long_row_scale(out, hi, lo, z, g->c->k, factor, &row, &sink);
    out[lp_group_label(g, q)] = own;
}

/* Where the exponentials of row q go: the high parts to the gradient's row, the low parts to the
 * stack or, where that is too small, to the next row of the gradient, which is written later
 * anyway; in place both to the stack. False: nowhere. */
static bool place(const lp_group *g, int64_t q, double *scratch, double **hi, double **lo) {
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

static void long_group(lp_group *g, double *scratch, bool grad) {
    const lp_call *c = g->c;
    lp_split *s = &g->split;
    double *hi[LP_LANES] = {NULL}, *lo[LP_LANES] = {NULL};
    for (int64_t q = 0; q < g->rows; q++) {
        if (!g->take[q] || (grad && !place(g, q, scratch, &hi[q], &lo[q]))) continue;
        const double *z = lp_group_logits(g, q);
        lp_long_sum all = lp_long_row_sum(hi[q], lo[q], z, c->k, lp_group_label(g, q));
        s->sum.hi[q] = all.sum.hi;
        s->sum.lo[q] = all.sum.lo;
        s->max[q] = all.max;
        s->own[q] = z[lp_group_label(g, q)];
    }
    lp_split_rows(s);
    for (int64_t q = 0; q < g->rows; q++) {
        if (s->wild[q] != 0) {
            lp_group_slow(g, q);
            continue;
        }
        lp_group_add(g, q);
        if (grad) put_gradient(g, q, hi[q], lo[q]);
    }
}
static void long_rows(lp_group *g, bool grad) {
    int64_t n = g->c->n, most = LP_LANES, room = SCRATCH / (g->in_place ? 2 : 1) / g->c->k;
    double scratch[SCRATCH];
    if (grad && room < most) most = room > 0 ? room : 1;
    for (int64_t i = 0; i < n; i += most) {
        lp_group_open(g, i, n - i < most ? n - i : most);
        long_group(g, scratch, grad);
    }
}

/* Whether the gradient lies where logits do, in whatever order. */
static bool overlaps(const lp_call *c) {
    const lp_matrix *z = &c->in[LP_IN_LOGITS], *g = &c->out[LP_OUT_GRAD];
    uintptr_t size = c->format == LP_BINARY32 ? sizeof(float) : sizeof(double);
    if (!g->data || c->n == 0) return false;
    uintptr_t a = (uintptr_t)z->data, b = (uintptr_t)g->data;
    uintptr_t a_end = a + (uintptr_t)((c->n - 1) * z->stride + c->k) * size;
    uintptr_t b_end = b + (uintptr_t)((c->n - 1) * g->stride + c->k) * size;
    return a < b_end && b < a_end;
}

/* The sum or mean of what was added up; false: it is no finite number or not sure. */
static bool reduced(double *y, const lp_batch *b, bool single) {
    lp_value sum = lp_sum_get(&b->total);
    if (sum.special != 0 || b->empty || b->count.special != 0) return false;
    return lp_value_decided(y, lp_value_div(sum, b->count.x), single);
}
static void run(const lp_call *c, const lp_targets *t, lp_row_answer *row) {
    lp_group g = {.c = c, .t = t, .row = row, .in_place = overlaps(c)};
    bool grad = c->out[LP_OUT_GRAD].data;
    void *loss = c->out[LP_OUT_LOSS].data;
    bool single = c->format == LP_BINARY32;
    double y;
    lp_batch_open(&g.b, c);
    g.even = g.b.plain && !t->weights.data;
    if (single)
        lp_one_hot_rows_single(&g, grad);
    else if (c->k <= LP_SHORT_K)
        short_rows(&g, grad);
    else
        long_rows(&g, grad);
    if (!loss || c->reduction == LP_REDUCE_NONE) return;
    if (reduced(&y, &g.b, single)) {
        lp_store_rounded(loss, single, 0, y);
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
