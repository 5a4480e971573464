/* one_hot.c for binary32, where double is enough for all that is quick. */
#include "impl/lanes.h"
#include "impl/one_hot.h"
#include "impl/single_row.h"
#include "impl/smooth_row.h"

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
    const bool tempered = g->t->temperature != 1;
    if (g->smoothed && tempered)
        lp_short_gaps(&g->logits, b, &g->split, g->t->temperature, c->k);
    else if (g->smoothed)
        lp_short_logits(&g->logits, b, c->k);
    if (tempered) lp_short_temper(b, &g->split, g->t->temperature, c->k);
    for (int64_t q = 0; q < LP_LANES; q++)
        if (!g->take[q]) g->split.own[q] = NAN;
    (tempered ? lp_short_tempered_single : lp_short_losses_single)(b, &g->split, c->k);
    lp_group_focal(g);
    lp_group_weigh(g);
    if (g->smoothed) lp_split_smooth(&g->split, &g->shares, &g->logits, &g->smoothing, true);
    for (int64_t q = 0; q < LP_LANES; q++) sure[q] = g->split.wild[q] == 0;
    if (grad && g->smoothed)
        lp_short_smooth_single(sure, b, &g->split, &g->shares, c->k);
    else if (grad)
        lp_short_single(sure, b, &g->split, c->k, g->eps);
    lp_group_settle(g, sure);
    if (grad) lp_short_store_single(gradient(g, 0), c->out[LP_OUT_GRAD].stride, sure, b, c->k);
}

/* In place, what `row` reads has to be read before anything is written: a dry run goes first. */
static void put_gradient(lp_group *g, int64_t q, const lp_loose *e) {
    const lp_split *s = &g->split;
    lp_group_asked asked;
    const lp_asker ask = lp_group_asker(&asked, g, q);
    double above = s->own_rounded[q] * (1 + g->eps), below = s->own_rounded[q] * (1 - g->eps);
    float own = (float)above, *out = gradient(g, q);
    if (own != (float)below) own = (float)lp_group_own(&asked, g);
    const float *z = logits(g, q);
    lp_temper at;
    const lp_temper *t = lp_group_temper(&at, g, q);
    const double factor = s->factor.hi[q];
    if (g->in_place) lp_single_row_scale(NULL, e, z, g->c->k, factor, g->eps, t, &ask);
    lp_single_row_scale(out, e, z, g->c->k, factor, g->eps, t, &ask);
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
/* As in one_hot.c. */
static bool scale_smooth(const lp_group *g, int64_t q, float *out, const lp_loose *e) {
    lp_temper at;
    const lp_temper *t = lp_group_temper(&at, g, q);
    return lp_smooth_row_scale_single(out, e, logits(g, q), g->c->k, g->split.factor.hi[q],
                                      g->shares.hi[q], t);
}
static void smooth_group(lp_group *g, lp_loose *const *e, bool grad) {
    lp_split *s = &g->split;
    bool sure[LP_LANES] = {false};
    lp_split_smooth(s, &g->shares, &g->logits, &g->smoothing, true);
    for (int64_t q = 0; q < g->rows; q++) {
        bool own = (float)s->own_rounded[q] == (float)s->own_below[q];
        sure[q] = s->wild[q] == 0 && (!grad || own);
        if (sure[q] && grad)
            sure[q] = scale_smooth(g, q, g->in_place ? NULL : gradient(g, q), e[q]);
    }
    lp_group_settle(g, sure);
    for (int64_t q = 0; grad && q < g->rows; q++) {
        if (!sure[q]) continue;
        float own = (float)s->own_rounded[q], *out = gradient(g, q);
        if (g->in_place) scale_smooth(g, q, out, e[q]);
        out[lp_group_label(g, q)] = own;
    }
}
static void long_group(lp_group *g, double *scratch, bool grad) {
    lp_split *s = &g->split;
    lp_loose *e[LP_LANES] = {NULL};
    for (int64_t q = 0; q < g->rows; q++) {
        if (!g->take[q]) continue;
        const float *z = logits(g, q);
        if (grad) e[q] = place(g, q, scratch);
        lp_group_fetch(g, q + 1, sizeof(float));
        lp_temper at;
        const lp_temper *t = lp_group_temper(&at, g, q);
        lp_long_sum all = lp_single_row_sum(e[q], z, g->c->k, lp_group_label(g, q),
                                            grad ? gradient(g, q) : NULL, t);
        s->sum.hi[q] = all.sum.hi;
        s->sum.lo[q] = all.sum.lo;
        s->max[q] = all.max;
        s->own[q] = (double)z[lp_group_label(g, q)];
        if (!g->smoothed) continue;
        lp_dd sum = lp_smooth_row_logits(z, true, g->c->k, lp_group_label(g, q), t);
        g->logits.hi[q] = sum.hi;
        g->logits.lo[q] = sum.lo;
    }
    lp_group_temper_scale(g);
    lp_split_rows(s);
    lp_group_focal(g);
    lp_group_weigh(g);
    if (g->smoothed) {
        smooth_group(g, e, grad);
        return;
    }
    lp_group_sum_tame(g);
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
    if (small) lp_short_order(&b, n, k);
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
