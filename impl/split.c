#include "impl/split.h"

#include "impl/bounds.h"
#include "impl/log_dd.h"

#define EACH(q) for (int q = 0; q < LP_LANES; q++)

LP_INLINE lp_dd exp_normal(double x) {
    lp_dd e = lp_exp_term(x);
    return lp_fast_two_sum(e.hi, e.lo);
}
LP_INLINE lp_dd choose(bool first, lp_dd a, lp_dd b) {
    return (lp_dd){first ? a.hi : b.hi, first ? a.lo : b.lo};
}

/* Lanes that are not tame get harmless numbers. Written so that NaN is not tame. */
static void find_tame(lp_split *s) {
    EACH(q) {
        bool in = s->own[q] >= -LP_TAME && s->own[q] <= LP_TAME && s->max[q] >= LP_TAME_LOW &&
                  s->max[q] <= LP_TAME && s->sum.hi[q] <= DBL_MAX;
        s->tame[q] = in;
        s->sum.hi[q] = in ? s->sum.hi[q] : 1;
        s->sum.lo[q] = in ? s->sum.lo[q] : 0;
        s->own[q] = in ? s->own[q] : 0;
        s->max[q] = in ? s->max[q] : 0;
    }
}

/* With S = sum exp(z_j), w = exp(z_c), d = max - z_c (exact):
 *   d <= 0: loss = log1p(S/w)      d > 0: loss = d + log((S + w)/exp(max))
 *   p_j = exp(z_j)/(S + w), 1 - p_c = S/(S + w)
 * All terms are positive; in the second the quotient is at least 1, and its absolute error, 2^-79
 * of at most K, counts beside d + log(...) >= log 2. Relative errors: S 2^-79.5 (long_row.c), w and
 * exp(max) 2^-80.4, quotients 2^-101: S/w 2^-78.8, which log1p does not enlarge, then its own
 * 2^-66.8; factor 2^-79.5, 1 - p_c 2^-78.5 less than S alone would say, since S + w holds S. */
static void split(lp_split *s) {
    EACH(q) {
        lp_dd sum = {s->sum.hi[q], s->sum.lo[q]}, scale = {s->scale.hi[q], s->scale.lo[q]};
        lp_dd w = exp_normal(s->own[q]), top = exp_normal(s->max[q]), all = lp_dd_add(sum, w);
        lp_dd d = lp_two_diff(s->max[q], s->own[q]);
        bool above = d.hi > 0;
        lp_dd t = lp_dd_div(choose(above, all, sum), choose(above, top, w));
        lp_dd loss = lp_log1p_dd(choose(above, lp_dd_add_d(t, -1), t));
        loss = lp_dd_add(choose(above, d, (lp_dd){0, 0}), loss);
        lp_dd factor = lp_dd_div(scale, all);
        lp_dd own = lp_dd_mul(sum, factor);
        s->loss.hi[q] = loss.hi;
        s->loss.lo[q] = loss.lo;
        s->factor.hi[q] = factor.hi;
        s->factor.lo[q] = factor.lo;
        s->own_rounded[q] = own.hi;
        s->max[q] = own.lo; /* done with: room for the low part */
    }
}

/* Below 2^-960 the low part of a product may be cut off, and results may be subnormal. */
static void test(lp_split *s) {
    double above[LP_LANES], below[LP_LANES];
    EACH(q) {
        double hi = s->loss.hi[q], lo = s->loss.lo[q];
        above[q] = hi + (lo + LP_EPS_LOSS * hi);
        below[q] = hi + (lo - LP_EPS_LOSS * hi);
    }
    EACH(q) {
        s->loss_rounded[q] = above[q];
        s->loss_sure[q] = above[q] == below[q] && above[q] >= 0x1p-960;
    }
    EACH(q) {
        double hi = s->own_rounded[q], lo = s->max[q];
        above[q] = hi + (lo + LP_EPS_GRAD * hi);
        below[q] = hi + (lo - LP_EPS_GRAD * hi);
    }
    EACH(q) {
        s->own_rounded[q] = -above[q];
        s->own_sure[q] = above[q] == below[q] && (above[q] >= 0x1p-960 || above[q] <= -0x1p-960);
    }
}

void lp_split_rows(lp_split *s) {
    find_tame(s);
    split(s);
    test(s);
}
