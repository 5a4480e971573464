#include "impl/distill_sums.h"

#include <math.h>

enum { LANES = LP_DISTILL_LANES, PIECE = LP_DISTILL_PIECE };
#define EACH LP_EACH_CLASS

/* --- the largest ----------------------------------------------------------------------------- */

LP_INLINE void set_last(double *restrict last, const void *from, bool single, int64_t k) {
    const int64_t whole = k / LANES * LANES;
    for (int64_t q = 0; q < k - whole; q++)
        last[q] =
            single ? (double)((const float *)from)[whole + q] : ((const double *)from)[whole + q];
}
/* The largest logit to *top, the distance from the least; NaN where there is one. */
LP_INLINE double extent(double *top, double *restrict last, const void *from, bool single,
                        int64_t k) {
    lp_distill_range r = lp_distill_range_open();
    double x[LANES];
    const int64_t whole = k / LANES, rest = k - whole * LANES;
    for (int64_t b = 0; b < whole; b++) {
        lp_distill_load(x, from, single, b * LANES);
        lp_distill_widen(&r, x);
    }
    set_last(last, from, single, k);
    for (int64_t q = rest; q < LANES; q++) last[q] = rest > 0 ? last[0] : r.top[0];
    lp_distill_widen(&r, last);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int q = 0; q < half; q++) {
            r.top[q] = r.top[q + half] > r.top[q] ? r.top[q + half] : r.top[q];
            r.low[q] = r.low[q + half] < r.low[q] ? r.low[q + half] : r.low[q];
            r.nan[q] += r.nan[q + half];
        }
    *top = r.top[0];
    for (int64_t q = rest; q < LANES; q++) last[q] = *top;
    return r.top[0] - r.low[0] + r.nan[0];
}
bool lp_distill_tame(lp_distill_pair *r) {
    double z, y;
    if (r->single) {
        z = extent(&r->z_top, r->last_z, r->z, true, r->k);
        y = extent(&r->y_top, r->last_y, r->y, true, r->k);
    } else {
        z = extent(&r->z_top, r->last_z, r->z, false, r->k);
        y = extent(&r->y_top, r->last_y, r->y, false, r->k);
    }
    const double reach = LP_DISTILL_TAME * r->temperature;
    return (!r->hard || z <= LP_DISTILL_TAME) && z <= reach && y <= reach;
}

void lp_distill_tops(lp_distill_pair *r, double z_top, double y_top) {
    r->z_top = z_top;
    r->y_top = y_top;
    EACH(q) r->last_z[q] = z_top, r->last_y[q] = y_top;
    set_last(r->last_z, r->z, r->single, r->k);
    set_last(r->last_y, r->y, r->single, r->k);
}

/* --- sums ------------------------------------------------------------------------------------ */

LP_INLINE void sum_row(lp_distill_state *a, lp_distill_totals *all, lp_distill_kept *keep,
                       const lp_distill_pair *r, bool hard, bool soft, bool single, bool kept) {
    const int64_t whole = r->k / LANES, blocks = (r->k + LANES - 1) / LANES;
    const lp_distill_scales scale = lp_distill_scales_of(r);
    for (int64_t from = 0; from < blocks; from += PIECE) {
        const int64_t count = blocks - from < PIECE ? blocks - from : PIECE;
        lp_distill_block b[PIECE];
        for (int64_t i = 0; i < count; i++) {
            lp_distill_take(b[i].z, r->z, r->last_z, single, from + i, whole);
            lp_distill_take(b[i].y, r->y, r->last_y, single, from + i, whole);
            lp_distill_look_up(&b[i], &scale, hard, soft, single);
        }
        for (int64_t i = 0; i < count; i++)
            lp_distill_add_block(a, keep, from + i, &b[i], &scale, hard, soft, single, kept);
        lp_distill_fold_all(all, a, hard, soft);
    }
}
LP_INLINE void sum_format(lp_distill_state *a, lp_distill_totals *all, lp_distill_kept *keep,
                          const lp_distill_pair *r, bool single, bool kept) {
    if (!r->soft)
        sum_row(a, all, keep, r, true, false, single, kept);
    else if (r->hard)
        sum_row(a, all, keep, r, true, true, single, kept);
    else
        sum_row(a, all, keep, r, false, true, single, kept);
}

/* The four parts' lanes beside one another, and the numbers of ties and sizes. An addition's three
 * roundings are u^2 of the terms' sizes each. */
enum { PARTS = 4 };
typedef struct crosswise {
    double hi[LANES * PARTS], lo[LANES * PARTS], plain[LANES * PARTS];
} crosswise;
LP_INLINE void lay(crosswise *restrict c, const lp_distill_totals *restrict all,
                   const lp_distill_state *restrict a) {
    EACH(q) {
        const int64_t at = (int64_t)q * PARTS;
        double *hi = c->hi + at, *lo = c->lo + at, *plain = c->plain + at;
        hi[0] = all->p.sum[q], hi[1] = all->s.sum[q];
        hi[2] = all->t.sum[q], hi[3] = all->lag.sum[q];
        lo[0] = all->p.lost[q], lo[1] = all->s.lost[q];
        lo[2] = all->t.lost[q], lo[3] = all->lag.lost[q];
        plain[0] = a->p.ties[q], plain[1] = a->s.ties[q];
        plain[2] = a->t.ties[q], plain[3] = a->size[q];
    }
}
static void add_lanes(crosswise *c) {
    for (int half = LANES * PARTS / 2; half >= PARTS; half /= 2)
        for (int i = 0; i < half; i++) {
            lp_dd next = lp_two_sum(c->hi[i], c->hi[i + half]);
            next = lp_fast_two_sum(next.hi, next.lo + (c->lo[i] + c->lo[i + half]));
            c->hi[i] = next.hi;
            c->lo[i] = next.lo;
            c->plain[i] += c->plain[i + half];
        }
}
LP_INLINE lp_distill_mass mass_of(const crosswise *c, int at, double beyond) {
    return (lp_distill_mass){.ties = c->plain[at] - beyond, .below = {c->hi[at], c->lo[at]}};
}
void lp_distill_sum(lp_distill_sums *sums, lp_distill_kept *keep, const lp_distill_pair *r) {
    lp_distill_state a = {.size = {0}};
    lp_distill_totals all = {.lag = {{0}, {0}}};
    crosswise c;
    const double beyond = (double)(-r->k & (LANES - 1));
    if (r->single && keep)
        sum_format(&a, &all, keep, r, true, true);
    else if (r->single)
        sum_format(&a, &all, NULL, r, true, false);
    else if (keep)
        sum_format(&a, &all, keep, r, false, true);
    else
        sum_format(&a, &all, NULL, r, false, false);
    lay(&c, &all, &a);
    add_lanes(&c);
    sums->p = mass_of(&c, 0, r->hard ? beyond : 0);
    sums->s = mass_of(&c, 1, r->soft ? beyond : 0);
    sums->t = mass_of(&c, 2, r->soft ? beyond : 0);
    sums->lag = (lp_dd){c.hi[3], c.lo[3]};
    sums->size = c.plain[3];
    sums->logs = false;
}
