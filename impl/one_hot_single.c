/* one_hot.c for binary32, where double is enough for all that is quick. */
#include "impl/lanes.h"
#include "impl/one_hot.h"
#include "impl/single_row.h"

enum { SCRATCH = 4096 };

static const float *logits(const lp_group *g, int64_t q) {
    return lp_group_logits(g, q);
}
static float *gradient(const lp_group *g, int64_t q) {
    return (float *)g->c->out[LP_OUT_GRAD].data + (g->first + q) * g->c->out[LP_OUT_GRAD].stride;
}

static void short_group(lp_group *g, lp_short *b, bool grad) {
    const lp_call *c = g->c;
    bool sure[LP_LANES];
    int64_t start[LP_LANES], own[LP_LANES];
    lp_group_starts(g, start, own);
    lp_short_load_single(b, &g->split, logits(g, 0), start, own, c->k);
    for (int64_t q = 0; q < LP_LANES; q++)
        if (!g->take[q]) g->split.own[q] = NAN;
    lp_short_losses_single(b, &g->split, c->k);
    for (int64_t q = 0; q < LP_LANES; q++) sure[q] = g->split.wild[q] == 0;
    if (grad) lp_short_single(sure, b, &g->split, c->k);
    lp_group_settle(g, sure);
    if (grad) lp_short_store_single(gradient(g, 0), c->out[LP_OUT_GRAD].stride, sure, b, c->k);
}

/* In place, what `row` reads has to be read before anything is written: a dry run goes first. */
static void put_gradient(lp_group *g, int64_t q, const lp_loose *e) {
    const lp_split *s = &g->split;
    lp_sink sink = lp_batch_sink(&g->b, LP_OUT_GRAD, g->first + q);
    lp_one_hot_row row;
    lp_group_row(&row, g, q);
    double above = s->own_rounded[q] * (1 + LP_EPS_SINGLE),
           below = s->own_rounded[q] * (1 - LP_EPS_SINGLE);
    float own = (float)above, *out = gradient(g, q);
    if (own != (float)below) own = (float)lp_one_hot_own(&row, &sink);
    const float *z = logits(g, q);
    if (g->in_place) lp_single_row_scale(NULL, e, z, g->c->k, s->factor.hi[q], &row, &sink);
    lp_single_row_scale(out, e, z, g->c->k, s->factor.hi[q], &row, &sink);
    out[lp_group_label(g, q)] = own;
}

/* Where the exponentials of row q go: to the stack, where they fit; else over the row's gradient
 * and the next one's, which are written later anyway. NULL: nowhere. */
static lp_loose *place(const lp_group *g, int64_t q, double *scratch) {
    int64_t k = g->c->k;
    if (k <= SCRATCH) return scratch + q * k;
    bool next = LP_LOOSE && g->first + q + 1 < g->c->n && g->c->out[LP_OUT_GRAD].stride == k;
    return next && !g->in_place ? (void *)gradient(g, q) : NULL;
}
static void long_group(lp_group *g, double *scratch, bool grad) {
    lp_split *s = &g->split;
    lp_loose *e[LP_LANES] = {NULL};
    for (int64_t q = 0; q < g->rows; q++) {
        if (!g->take[q]) continue;
        const float *z = logits(g, q);
        if (grad) e[q] = place(g, q, scratch);
        lp_long_sum all =
            lp_single_row_sum(e[q], z, g->c->k, lp_group_label(g, q), grad ? gradient(g, q) : NULL);
        s->sum.hi[q] = all.sum.hi;
        s->sum.lo[q] = all.sum.lo;
        s->max[q] = all.max;
        s->own[q] = (double)z[lp_group_label(g, q)];
    }
    lp_split_rows(s);
    for (int64_t q = 0; q < g->rows; q++) {
        if (s->wild[q] != 0) {
            lp_group_slow(g, q);
            continue;
        }
        lp_group_add(g, q);
        if (grad) put_gradient(g, q, e[q]);
    }
}

void lp_one_hot_rows_single(lp_group *g, bool grad) {
    int64_t n = g->c->n, k = g->c->k, most = LP_LANES;
    double scratch[SCRATCH];
    lp_short b;
    bool small = k <= LP_SHORT_K;
    if (!small && grad && SCRATCH / k < most) most = k > SCRATCH ? 1 : SCRATCH / k;
    for (int64_t i = 0; i < n; i += most) {
        lp_group_open(g, i, n - i < most ? n - i : most);
        if (small)
            short_group(g, &b, grad);
        else
            /* cppcheck-suppress legacyUninitvar ; written before it is read */
            long_group(g, scratch, grad);
    }
}
