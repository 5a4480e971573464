/* exp and log1p of LP_LANES numbers at once, in steps short enough that a processor works on
 * several vectors of a step at a time. The arithmetic and its bounds are exp_dd.h's and log_dd.h's.
 */
#ifndef LP_IMPL_LANE_MATH_H
#define LP_IMPL_LANE_MATH_H

#include "impl/lookup.h"

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

/* Numbers as lp_log_scale has them. */
typedef struct lp_lanes_scaled {
    lp_lanes m;
    double e[LP_LANES];
} lp_lanes_scaled;
LP_INLINE void lp_lanes_scale_put(lp_lanes_scaled *x, int q, lp_log_scaled v) {
    lp_lane_put(&x->m, q, v.m);
    x->e[q] = v.e;
}
/* log(x), but log(1 + s) where s < 2^-8; lp_log1p_dd's bounds */
LP_INLINE void lp_lanes_log_of(lp_lanes *restrict y, const lp_lanes_scaled *restrict x,
                               const lp_lanes *restrict s) {
    lp_lanes t, table;
    double place[LP_LANES];
    lp_log_entry entry[LP_LANES];
    LP_EACH_LANE(q) place[q] = lp_log_place(x->m.hi[q]);
    lp_log_look_up(entry, place, LP_LANES);
    LP_EACH_LANE(q) {
        lp_log_parts p = lp_log_at((lp_log_scaled){lp_lane(&x->m, q), x->e[q]}, &entry[q]);
        p = lp_log1p_parts(lp_lane(s, q), p);
        lp_lane_put(&t, q, p.t);
        table.hi[q] = p.hi;
        table.lo[q] = p.lo;
    }
    LP_EACH_LANE(q) {
        lp_dd l = lp_log_finish(1, (lp_log_parts){lp_lane(&t, q), table.hi[q], table.lo[q]});
        lp_lane_put(y, q, l);
    }
}
/* log(1 + s), 0 <= s <= 1; lp_log1p_dd's bound */
LP_INLINE void lp_lanes_log1p_unit(lp_lanes *restrict y, const lp_lanes *restrict s) {
    lp_lanes_scaled x;
    LP_EACH_LANE(q) lp_lanes_scale_put(&x, q, lp_log1p_unit_scale(lp_lane(s, q)));
    lp_lanes_log_of(y, &x, s);
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
