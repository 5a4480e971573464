#include "impl/split.h"

#include "impl/bounds.h"

LP_INLINE lp_dd choose(int first, lp_dd a, lp_dd b) {
    return (lp_dd){first ? a.hi : b.hi, first ? a.lo : b.lo};
}
LP_INLINE lp_dd lane(const lp_lanes *x, int q) {
    return (lp_dd){x->hi[q], x->lo[q]};
}
LP_INLINE void put(lp_lanes *x, int q, lp_dd v) {
    x->hi[q] = v.hi;
    x->lo[q] = v.lo;
}

/* Rows that are not tame get harmless numbers. Written so that NaN is not tame. */
static void find_wild(lp_split *s) {
    LP_EACH_LANE(q) {
        double own = s->own[q], max = s->max[q], sum = s->sum.hi[q], low = s->sum.lo[q];
        int in = (own >= -LP_TAME) & (own <= LP_TAME) & (max >= LP_TAME_LOW) & (max <= LP_TAME) &
                 (sum <= DBL_MAX);
        s->wild[q] = in ? 0 : 1;
        s->sum.hi[q] = in ? sum : 1;
        s->sum.lo[q] = in ? low : 0;
        s->own[q] = in ? own : 0;
        s->max[q] = in ? max : 0;
    }
}

/* With S = sum exp(z_j), w = exp(z_c), d = max - z_c (exact):
 *   d <= 0: loss = log1p(S/w)      d > 0: loss = d + log((S + w)/exp(max))
 *   p_j = exp(z_j)/(S + w), 1 - p_c = S/(S + w)
 * All terms are positive; in the second the quotient is at least 1, and its absolute error, 2^-78
 * of at most K, counts beside d + log(...) >= log 2. Relative errors: S 2^-79.5 (long_row.c), w and
 * exp(max) 2^-80.4, quotients 2^-101: S/w 2^-78.8, which log1p does not enlarge, then its own
 * 2^-66.8; factor 2^-79.5; 1 - p_c = S factor w/(S + w) (2^-79.5 +
 * 2^-80.4), below 2^-78.9. */
static void divide(lp_split *restrict s, lp_lanes *restrict own, lp_lanes *restrict quotient,
                   const lp_lanes *restrict w, const lp_lanes *restrict top) {
    LP_EACH_LANE(q) {
        lp_dd sum = lane(&s->sum, q), all = lp_dd_add(sum, lane(w, q));
        int above = s->max[q] > s->own[q];
        lp_dd t = lp_dd_div(choose(above, all, sum), choose(above, lane(top, q), lane(w, q)));
        put(quotient, q, choose(above, lp_dd_add_d(t, -1), t));
        lp_dd factor = lp_dd_div(lane(&s->scale, q), all);
        put(&s->factor, q, factor);
        put(own, q, lp_dd_mul(lp_dd_neg(sum), factor));
    }
}
static void add_gap(lp_split *restrict s, const lp_lanes *restrict log) {
    LP_EACH_LANE(q) {
        lp_dd d = lp_two_diff(s->max[q], s->own[q]);
        put(&s->loss, q, lp_dd_add(choose(d.hi > 0, d, (lp_dd){0, 0}), lane(log, q)));
    }
}
/* Below 2^-960 the low part of a product may be cut off, and results may be subnormal. */
static void mark_small(double *restrict unsure, const double *restrict y) {
    /* cppcheck-suppress incorrectLogicOperator ; it misreads hexadecimal numbers */
    LP_EACH_LANE(q) unsure[q] = y[q] >= 0x1p-960 || y[q] <= -0x1p-960 ? unsure[q] : 1;
}

void lp_split_rows(lp_split *s) {
    lp_lanes w, top, quotient, log, own;
    find_wild(s);
    lp_lanes_exp(&w, s->own);
    lp_lanes_exp(&top, s->max);
    divide(s, &own, &quotient, &w, &top);
    lp_lanes_log1p(&log, &quotient);
    add_gap(s, &log);
    lp_lanes_round(s->loss_rounded, s->loss_unsure, &s->loss, LP_EPS_LOSS);
    lp_lanes_round(s->own_rounded, s->own_unsure, &own, LP_EPS_GRAD);
    mark_small(s->loss_unsure, s->loss_rounded);
    mark_small(s->own_unsure, s->own_rounded);
}
