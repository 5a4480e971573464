/* What the loops of distill_lanes.h share: rows as blocks of classes, a class a lane, and their
 * exponentials. u = 2^-53. */
#ifndef LP_IMPL_DISTILL_POWER_H
#define LP_IMPL_DISTILL_POWER_H

#include "impl/distill_lanes.h"
#include "impl/lookup.h"
#include "impl/temper.h"

#include <math.h>

enum { LP_DISTILL_PIECE = 8 }; /* blocks that are looked up, and added up, together */
#define LP_EACH_CLASS(q) for (int q = 0; q < LP_DISTILL_LANES; q++)

LP_INLINE void lp_distill_load(double *restrict x, const void *from, bool single, int64_t at) {
    if (single)
        LP_EACH_CLASS(q) x[q] = (double)((const float *)from)[at + q];
    else
        LP_EACH_CLASS(q) x[q] = ((const double *)from)[at + q];
}
/* The largest and the least of what was looked at, a lane each, and a NaN that was among it. */
typedef struct lp_distill_range {
    double top[LP_DISTILL_LANES], low[LP_DISTILL_LANES], nan[LP_DISTILL_LANES];
} lp_distill_range;
LP_INLINE lp_distill_range lp_distill_range_open(void) {
    lp_distill_range r;
    LP_EACH_CLASS(q) r.top[q] = -INFINITY, r.low[q] = INFINITY, r.nan[q] = 0;
    return r;
}
LP_INLINE void lp_distill_widen(lp_distill_range *restrict r, const double *restrict x) {
    LP_EACH_CLASS(q) {
        r->top[q] = x[q] > r->top[q] ? x[q] : r->top[q];
        r->low[q] = x[q] < r->low[q] ? x[q] : r->low[q];
        r->nan[q] = x[q] == x[q] ? r->nan[q] : x[q];
    }
}
/* Block b of logits, `last` being what is behind the whole ones. */
LP_INLINE void lp_distill_take(double *restrict x, const void *from, const double *restrict last,
                               bool single, int64_t b, int64_t whole) {
    if (b < whole)
        lp_distill_load(x, from, single, b * LP_DISTILL_LANES);
    else
        LP_EACH_CLASS(q) x[q] = last[q];
}

/* Of a difference of doubles: E_EXP 2^-80.4, over T lp_temper_gap's 2^-94 beside it. In binary32
 * E_SINGLE 4.3 u and what e + e lo rounds, 5.3 u. */
LP_INLINE lp_dd lp_distill_power(lp_dd gap) {
    double place = lp_exp_place(gap.hi);
    return lp_temper_exp_at(gap.hi, gap.lo, place, lp_exp_table[lp_exp_index(place)]);
}
LP_INLINE double lp_distill_power_single(lp_dd gap) {
    double e = lp_exp_single(gap.hi);
    return e + e * gap.lo;
}

/* Exponents a lane each, and, but in binary32, what exp's table has of them: a piece's blocks are
 * looked up before they are gone through (lookup.h). */
typedef struct lp_distill_terms {
    double hi[LP_DISTILL_LANES], lo[LP_DISTILL_LANES], place[LP_DISTILL_LANES];
    lp_exp_entry entry[LP_DISTILL_LANES];
} lp_distill_terms;
LP_INLINE void lp_distill_set_term(lp_distill_terms *restrict t, int q, lp_dd gap, bool single) {
    t->hi[q] = gap.hi;
    t->lo[q] = gap.lo;
    if (!single) t->place[q] = lp_exp_place(gap.hi);
}
LP_INLINE lp_dd lp_distill_gap(const lp_distill_terms *t, int q) {
    return (lp_dd){t->hi[q], t->lo[q]};
}
LP_INLINE lp_dd lp_distill_term(const lp_distill_terms *t, int q, bool single) {
    lp_dd gap = lp_distill_gap(t, q);
    if (single) return (lp_dd){lp_distill_power_single(gap), 0};
    return lp_temper_exp_at(gap.hi, gap.lo, t->place[q], t->entry[q]);
}
typedef struct lp_distill_scales {
    double z_top[LP_DISTILL_LANES], y_top[LP_DISTILL_LANES];
    double temperature, inverse, depth; /* 1, or 0 where the lag has no y */
} lp_distill_scales;
LP_INLINE lp_distill_scales lp_distill_scales_of(const lp_distill_pair *r) {
    lp_distill_scales s = {
        .temperature = r->temperature, .inverse = r->inverse, .depth = r->kl ? 1 : 0};
    LP_EACH_CLASS(q) s.z_top[q] = r->z_top, s.y_top[q] = r->y_top;
    return s;
}
typedef struct lp_distill_block {
    double z[LP_DISTILL_LANES], y[LP_DISTILL_LANES];
    lp_distill_terms p, s, t;
} lp_distill_block;
LP_INLINE void lp_distill_look_up(lp_distill_block *restrict b, const lp_distill_scales *restrict r,
                                  bool hard, bool soft, bool single) {
    LP_KEEP_LOOP
    LP_EACH_CLASS(q) {
        if (hard) lp_distill_set_term(&b->p, q, lp_two_diff(b->z[q], r->z_top[q]), single);
        if (!soft) continue;
        lp_dd s = lp_temper_gap(b->z[q], r->z_top[q], r->temperature, r->inverse);
        lp_dd t = lp_temper_gap(b->y[q], r->y_top[q], r->temperature, r->inverse);
        lp_distill_set_term(&b->s, q, s, single);
        lp_distill_set_term(&b->t, q, t, single);
    }
    if (single) return;
    if (hard) lp_exp_look_up(b->p.entry, b->p.place, LP_DISTILL_LANES);
    if (!soft) return;
    lp_exp_look_up(b->s.entry, b->s.place, LP_DISTILL_LANES);
    lp_exp_look_up(b->t.entry, b->t.place, LP_DISTILL_LANES);
}

#endif
