#include "impl/split.h"

#include "impl/bounds.h"

#include <math.h>
#include <string.h>

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

/* With S = sum exp(z_j), w = exp(z_c), m the largest logit of all:
 *   S < w: loss = log1p(S/w), and z_c is m      else: loss = log(S + w) - z_c
 *   p_j = exp(z_j)/(S + w), 1 - p_c = S/(S + w)
 * In the second the loss is log 2 at least, and the logarithm's absolute error counts, that of t,
 * which is 2^-74.3 of 1 (log_dd.h), S + w's, below 2^-79.4, and low parts' roundings, of numbers
 * up to 2^-30: 2^-74.2. Relative errors: S 2^-79.4 (long_row.c), w 2^-80.4, quotients 2^-101 (in
 * binary32, where S has a low part of 2^-38 of it, 2^-90): S/w 2^-78.8, which log1p does not
 * enlarge, then its own 2^-66.8; factor 2^-79.4; 1 - p_c = S factor w/(S + w) (2^-79.4 + 2^-80.4),
 * below 2^-78.8. */
static void divide(lp_split *restrict s, lp_lanes *restrict quotient, lp_lanes_scaled *restrict x,
                   const lp_lanes *restrict w) {
    LP_EACH_LANE(q) {
        lp_dd sum = lp_lane(&s->sum, q), own = lp_lane(w, q), all = lp_dd_add(sum, own);
        int near = sum.hi < own.hi;
        lp_dd t = lp_dd_ratio(sum, own);
        t = lp_lane_choose(near, lp_fast_two_sum(t.hi, t.lo), (lp_dd){1, 0});
        lp_lane_put(quotient, q, t);
        lp_lanes_scale_put(x, q, lp_log_scale_of(lp_lane_choose(near, lp_dd_add_d(t, 1), all)));
        lp_dd factor = lp_dd_ratio(lp_lane(&s->scale, q), all);
        factor = lp_fast_two_sum(factor.hi, factor.lo);
        lp_lane_put(&s->factor, q, factor);
        lp_lane_put(&s->share, q, lp_dd_mul(lp_dd_neg(sum), factor));
    }
}
static void subtract(lp_split *restrict s, const lp_lanes *restrict w) {
    LP_EACH_LANE(q) {
        double max = s->max[q], own = s->own[q];
        int near = s->sum.hi[q] < w->hi[q];
        lp_dd log = lp_lane(&s->log, q);
        lp_lane_put(&s->loss, q, lp_dd_add_d(log, near ? 0 : -own));
        lp_lane_put(&s->log, q, lp_dd_add_d(log, near ? 0 : max > own ? -max : -own));
    }
}
/* Below 2^-960 the low part of a product may be cut off, and results may be subnormal. */
static void mark_small(double *restrict unsure, const double *restrict y) {
    /* cppcheck-suppress incorrectLogicOperator ; it misreads hexadecimal numbers */
    LP_EACH_LANE(q) unsure[q] = y[q] >= 0x1p-960 || y[q] <= -0x1p-960 ? unsure[q] : 1;
}

void lp_split_rows(lp_split *s) {
    lp_lanes w, quotient;
    lp_lanes_scaled x;
    find_wild(s);
    lp_lanes_exp(&w, s->own);
    divide(s, &quotient, &x, &w);
    lp_lanes_log_of(&s->log, &x, &quotient);
    subtract(s, &w);
    lp_lanes_round(s->loss_rounded, s->loss_unsure, &s->loss, LP_EPS_LOSS);
    lp_lanes_round(s->own_rounded, s->own_unsure, &s->share, LP_EPS_GRAD);
    mark_small(s->loss_unsure, s->loss_rounded);
    mark_small(s->own_unsure, s->own_rounded);
}

static bool all(const bool sure[LP_LANES]) {
    bool every = true;
    LP_EACH_LANE(q) every &= sure[q];
    return every;
}
bool lp_split_put(double *loss, const lp_split *s, const bool sure[LP_LANES]) {
    double unsure = 0;
    if (!all(sure)) return false;
    if (!loss) return true;
    for (int q = 0; q < LP_LANES; q++) unsure = s->loss_unsure[q] != 0 ? 1 : unsure;
    if (unsure == 0) memcpy(loss, s->loss_rounded, sizeof s->loss_rounded);
    return unsure == 0;
}
bool lp_split_put_single(float *loss, const lp_split *s, const bool sure[LP_LANES], double eps) {
    float above[LP_LANES], below[LP_LANES];
    if (!all(sure)) return false;
    if (!loss) return true;
    LP_EACH_LANE(q) {
        above[q] = (float)(s->loss.hi[q] * (1 + eps));
        below[q] = (float)(s->loss.hi[q] * (1 - eps));
    }
    for (int q = 0; q < LP_LANES; q++)
        if (above[q] != below[q]) return false;
    memcpy(loss, above, sizeof above);
    return true;
}

/* With m the largest logit of all, t the label's target and o the others':
 *   loss = log + t (m - z_c) + o sum_{j != c} (m - z_j)      gradient_c = share + (1 - t) scale
 * The loss has terms that are not negative. log is relatively accurate where S < w; else it is good
 * to 2^-74.2, and the loss above t log 2, as log is or since the label is not the largest: 2^-71.6
 * of it. The
 * logits' sum is off by 2^-86 of sum |z_j|, which is sum (m - z_j) and 340 (k - 1) at most, and the
 * loss above min(t, 1 - t) log 2, since LSE is log 2 above every logit but one: 2^-75 of it. With
 * log1p's 2^-66.8 the loss is good to 2^-66.7; in binary32 log has 2^-50.6/(t log 2) and 2^-49.9:
 * 2^-47.3. share is good to 2^-78.8 of itself, in binary32 2^-49.3, the other term to 2^-100. */
void lp_split_smooth(lp_split *s, lp_lanes *shares, const lp_lanes *logits, const lp_smoothing *t,
                     bool single) {
    const double eps = single ? LP_EPS_SINGLE : LP_EPS_SOFT, other = single ? 0x1p-50 : 0x1p-99;
    LP_EACH_LANE(q) {
        double max = s->max[q], own = s->own[q], m = max > own ? max : own;
        int in = (logits->hi[q] <= 0x1p900) & (logits->hi[q] >= -0x1p900);
        lp_dd d = lp_two_diff(m, own), sum = in ? lp_lane(logits, q) : (lp_dd){0, 0};
        lp_dd gaps = lp_dd_add(lp_two_prod(t->others, m), lp_dd_neg(sum));
        lp_dd far = lp_dd_add(lp_dd_mul(t->label, d), lp_dd_mul(t->other, gaps));
        lp_lane_put(&s->loss, q, lp_dd_add(lp_lane(&s->log, q), far));
        s->wild[q] = in ? s->wild[q] : 1;
    }
    LP_EACH_LANE(q) {
        lp_dd scale = lp_lane(&s->scale, q), w = lp_dd_mul(t->rest, scale),
              g = lp_lane(&s->share, q);
        lp_dd sum = lp_two_sum(g.hi, w.hi);
        double low = sum.lo + (g.lo + w.lo), width = fabs(g.hi) * eps + fabs(w.hi) * other;
        s->own_rounded[q] = sum.hi + (low + width);
        s->own_below[q] = sum.hi + (low - width);
        s->own_unsure[q] = s->own_rounded[q] == s->own_below[q] ? 0 : 1;
        lp_lane_put(shares, q, lp_dd_mul(t->other, scale));
    }
    lp_lanes_round(s->loss_rounded, s->loss_unsure, &s->loss, LP_EPS_LOSS);
}
