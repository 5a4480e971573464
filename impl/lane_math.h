/* exp and log1p of LP_LANES numbers at once, in steps short enough that a processor works on
 * several vectors of a step at a time. The arithmetic and its bounds are exp_dd.h's and log_dd.h's.
 */
#ifndef LP_IMPL_LANE_MATH_H
#define LP_IMPL_LANE_MATH_H

#include "impl/lookup.h"

#include <stdbool.h>

enum { LP_LANES = 32, LP_SHORT_K = 64 }; /* rows of so many classes go a row a lane */
#define LP_EACH_LANE(q) for (int q = 0; q < LP_LANES; q++)

typedef struct lp_lanes {
    double hi[LP_LANES], lo[LP_LANES];
} lp_lanes;

LP_INLINE lp_dd lp_lane(const lp_lanes *x, int q) {
    return (lp_dd){x->hi[q], x->lo[q]};
}
LP_INLINE void lp_lane_put(lp_lanes *x, int q, lp_dd v) {
    x->hi[q] = v.hi;
    x->lo[q] = v.lo;
}
LP_INLINE lp_dd lp_lane_choose(int first, lp_dd a, lp_dd b) {
    return (lp_dd){first ? a.hi : b.hi, first ? a.lo : b.lo};
}

/* Lanes' exponentials stop here: exp(-350) is below 2^-504. */
#define LP_LANES_FAR 350.0

/* exp(x), |x| <= LP_LANES_FAR, normalised; lp_exp_term's bound */
LP_INLINE void lp_lanes_exp(lp_lanes *restrict y, const double *restrict x) {
    double place[LP_LANES];
    lp_exp_entry entry[LP_LANES];
    LP_EACH_LANE(q) place[q] = lp_exp_place(x[q]);
    lp_exp_look_up(entry, place, LP_LANES);
    LP_EACH_LANE(q) {
        lp_dd e = lp_exp_at(x[q], place[q], entry[q]);
        e = lp_fast_two_sum(e.hi, e.lo);
        y->hi[q] = e.hi;
        y->lo[q] = e.lo;
    }
}

/* log(1 + s); `unit`: 0 <= s <= 1 */
LP_INLINE void lp_lanes_log1p_of(lp_lanes *restrict y, const lp_lanes *restrict s, bool unit) {
    lp_lanes m, t, table;
    double e[LP_LANES], place[LP_LANES];
    lp_log_entry entry[LP_LANES];
    LP_EACH_LANE(q) {
        lp_dd x = {s->hi[q], s->lo[q]};
        lp_log_scaled all = unit ? lp_log1p_unit_scale(x) : lp_log1p_scale(x);
        m.hi[q] = all.m.hi;
        m.lo[q] = all.m.lo;
        e[q] = all.e;
        place[q] = lp_log_place(all.m.hi);
    }
    lp_log_look_up(entry, place, LP_LANES);
    LP_EACH_LANE(q) {
        lp_log_parts p = lp_log_at((lp_log_scaled){{m.hi[q], m.lo[q]}, e[q]}, &entry[q]);
        p = lp_log1p_parts((lp_dd){s->hi[q], s->lo[q]}, p);
        t.hi[q] = p.t.hi;
        t.lo[q] = p.t.lo;
        table.hi[q] = p.hi;
        table.lo[q] = p.lo;
    }
    LP_EACH_LANE(q) {
        lp_dd l = lp_log_finish(1, (lp_log_parts){{t.hi[q], t.lo[q]}, table.hi[q], table.lo[q]});
        y->hi[q] = l.hi;
        y->lo[q] = l.lo;
    }
}
/* 0 <= s < 2^900 or s a little below 0, above -2^-9; lp_log1p_dd's bound */
LP_INLINE void lp_lanes_log1p(lp_lanes *restrict y, const lp_lanes *restrict s) {
    lp_lanes_log1p_of(y, s, false);
}
/* 0 <= s <= 1; lp_log1p_dd's bound */
LP_INLINE void lp_lanes_log1p_unit(lp_lanes *restrict y, const lp_lanes *restrict s) {
    lp_lanes_log1p_of(y, s, true);
}

/* Whether a result that is good to eps rounds to one number; to a little more than it, if so. */
LP_INLINE void lp_lanes_round(double *restrict y, double *restrict unsure,
                              const lp_lanes *restrict x, double eps) {
    LP_EACH_LANE(q) {
        double hi = x->hi[q], lo = x->lo[q];
        double above = hi + lp_muladd(1, hi, eps, lo), below = hi + lp_muladd(1, hi, -eps, lo);
        y[q] = above;
        unsure[q] = above == below ? 0 : 1;
    }
}

#endif
