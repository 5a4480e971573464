#include "impl/one_hot.h"

#include "impl/lanes.h"
#include "impl/long_row.h"
#include "impl/one_hot_row.h"
#include "impl/smooth_row.h"

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
    const bool tempered = g->t->temperature != 1;
    if (g->smoothed && tempered)
        lp_short_gaps(&g->logits, b, &g->split, g->t->temperature, c->k);
    else if (g->smoothed)
        lp_short_logits(&g->logits, b, c->k);
    if (tempered) lp_short_temper(b, &g->split, g->t->temperature, c->k);
    for (int64_t q = 0; q < LP_LANES; q++)
        if (!g->take[q]) g->split.own[q] = NAN;
    (tempered ? lp_short_tempered : lp_short_losses)(b, &g->split, c->k);
    lp_group_focal(g);
    lp_group_weigh(g);
    if (g->smoothed) lp_split_smooth(&g->split, &g->shares, &g->logits, &g->smoothing, false);
    for (int64_t q = 0; q < LP_LANES; q++) sure[q] = g->split.wild[q] == 0;
    if (grad && g->smoothed)
        lp_short_smooth(sure, b, &g->split, &g->shares, c->k);
    else if (grad)
        lp_short_gradients(sure, b, &g->split, c->k, g->eps);
    lp_group_settle(g, sure);
    if (grad) lp_short_store(gradient(g, 0), c->out[LP_OUT_GRAD].stride, sure, b, c->k);
}
static void short_rows(lp_group *g, bool grad) {
    lp_short b;
    lp_short_order(&b, g->c->n, g->c->k);
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
    lp_group_asked asked;
    const lp_asker ask = lp_group_asker(&asked, g, q);
    double own = s->own_unsure[q] == 0 ? s->own_rounded[q] : lp_group_own(&asked, g);
    double *out = gradient(g, q);
    const double *z = lp_group_logits(g, q);
    lp_temper at;
    const lp_temper *t = lp_group_temper(&at, g, q);
    if (g->in_place) lp_long_row_scale(NULL, hi, lo, z, g->c->k, factor, g->eps, t, &ask);
    lp_long_row_scale(out, hi, lo, z, g->c->k, factor, g->eps, t, &ask);
    out[lp_group_label(g, q)] = own;
}

/* Where the exponentials of row q go: the high parts to the gradient's row, the low parts to the
 * stack or, where that is too small, to the next row of the gradient, which is written later
 * anyway; in place both to the stack. False: nowhere, they are computed again. */
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

static bool scale_smooth(const lp_group *g, int64_t q, double *out, const double *hi,
                         const double *lo) {
    lp_dd factor = lp_lane(&g->split.factor, (int)q), share = lp_lane(&g->shares, (int)q);
    lp_temper at;
    const lp_temper *t = lp_group_temper(&at, g, q);
    return lp_smooth_row_scale(out, hi, lo, lp_group_logits(g, q), g->c->k, factor, share, t);
}
/* The rows of a group with smoothed labels. In place, losses that have to be read again come
 * between a look whether all is sure and the gradients. */
static void smooth_group(lp_group *g, double *const *hi, double *const *lo, bool grad) {
    lp_split *s = &g->split;
    bool sure[LP_LANES] = {false};
    lp_split_smooth(s, &g->shares, &g->logits, &g->smoothing, false);
    for (int64_t q = 0; q < g->rows; q++) {
        sure[q] = s->wild[q] == 0 && (!grad || s->own_unsure[q] == 0);
        if (sure[q] && grad)
            sure[q] = scale_smooth(g, q, g->in_place ? NULL : gradient(g, q), hi[q], lo[q]);
    }
    lp_group_settle(g, sure);
    for (int64_t q = 0; grad && q < g->rows; q++) {
        if (!sure[q]) continue;
        double *out = gradient(g, q);
        if (g->in_place) scale_smooth(g, q, out, hi[q], lo[q]);
        out[lp_group_label(g, q)] = s->own_rounded[q];
    }
}
static void long_group(lp_group *g, double *scratch, bool grad) {
    const lp_call *c = g->c;
    lp_split *s = &g->split;
    double *hi[LP_LANES] = {NULL}, *lo[LP_LANES] = {NULL};
    for (int64_t q = 0; q < g->rows; q++) {
        if (!g->take[q]) continue;
        if (grad && !place(g, q, scratch, &hi[q], &lo[q])) hi[q] = lo[q] = NULL;
        lp_group_fetch(g, q + 1, sizeof(double));
        const double *z = lp_group_logits(g, q);
        lp_temper at;
        const lp_temper *t = lp_group_temper(&at, g, q);
        lp_long_sum all = lp_long_row_sum(hi[q], lo[q], z, c->k, lp_group_label(g, q), t);
        s->sum.hi[q] = all.sum.hi;
        s->sum.lo[q] = all.sum.lo;
        s->max[q] = all.max;
        s->own[q] = z[lp_group_label(g, q)];
        if (!g->smoothed) continue;
        lp_dd logits = lp_smooth_row_logits(z, false, c->k, lp_group_label(g, q), t);
        g->logits.hi[q] = logits.hi;
        g->logits.lo[q] = logits.lo;
    }
    lp_group_temper_scale(g);
    lp_split_rows(s);
    lp_group_focal(g);
    lp_group_weigh(g);
    if (g->smoothed) {
        smooth_group(g, hi, lo, grad);
        return;
    }
    lp_group_sum_tame(g);
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

static void run(const lp_call *c, const lp_targets *t, lp_row_answer *row) {
    lp_group g = {.c = c, .t = t, .row = row, .in_place = overlaps(c)};
    bool grad = c->out[LP_OUT_GRAD].data;
    lp_batch_open(&g.b, c);
    lp_group_set(&g);
    if (c->format == LP_BINARY32)
        lp_one_hot_rows_single(&g, grad);
    else if (c->k <= LP_SHORT_K)
        short_rows(&g, grad);
    else
        long_rows(&g, grad);
    lp_group_finish(&g);
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
