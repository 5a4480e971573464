/* What the loops of distill_lanes.h share: rows as blocks of classes, a class a lane, and their
 * exponentials. u = 2^-53. */
#ifndef LP_IMPL_DISTILL_POWER_H
#define LP_IMPL_DISTILL_POWER_H

#include "impl/distill_lanes.h"
#include "impl/temper.h"

#define LP_EACH_CLASS(q) for (int q = 0; q < LP_DISTILL_LANES; q++)

LP_INLINE void lp_distill_load(double *restrict x, const void *from, bool single, int64_t at) {
    if (single)
        LP_EACH_CLASS(q) x[q] = (double)((const float *)from)[at + q];
    else
        LP_EACH_CLASS(q) x[q] = ((const double *)from)[at + q];
}
/* Block b of logits, `last` being what is behind the whole ones. */
LP_INLINE void lp_distill_take(double *restrict x, const void *from, const double *restrict last,
                               bool single, int64_t b, int64_t whole) {
    if (b < whole)
        lp_distill_load(x, from, single, b * LP_DISTILL_LANES);
    else
        LP_EACH_CLASS(q) x[q] = last[q];
}

/* lp_exp_term of a pair, as lp_exp_dd has it: |x.lo| <= 2^-43 adds itself to an argument of 2^-42,
 * exact to 2^-94. */
LP_INLINE lp_dd lp_distill_exp(lp_dd x) {
    double t = lp_muladd(1, x.hi, LP_EXP_INV_STEP, LP_MAGIC), n = t - LP_MAGIC;
    uint64_t bits = lp_bits(t), i = bits & 255;
    double rl = lp_muladd(1, -n, LP_EXP_STEP_2, lp_exp_table[i].lo) + x.lo;
    double table = lp_from_bits(lp_bits(lp_exp_table[i].hi) + (bits << 44));
    return lp_exp_reduced(1, lp_exp_argument(x.hi, n), rl, table);
}
/* Of a difference of doubles: E_EXP 2^-80.4, over T lp_temper_gap's 2^-94 beside it. In binary32
 * E_SINGLE 4.3 u and what e + e lo rounds, 5.3 u. */
LP_INLINE lp_dd lp_distill_power(lp_dd gap, bool single) {
    double e = single ? lp_exp_single(gap.hi) : 0;
    return single ? (lp_dd){e + e * gap.lo, 0} : lp_distill_exp(gap);
}

typedef struct lp_distill_triple {
    lp_dd p, s, t;
} lp_distill_triple;
LP_INLINE lp_distill_triple lp_distill_powers(const lp_distill_pair *r, double z, double y,
                                              bool hard, bool soft, bool single) {
    lp_distill_triple e = {{0, 0}, {0, 0}, {0, 0}};
    if (hard) e.p = lp_distill_power(lp_two_diff(z, r->z_top), single);
    if (!soft) return e;
    e.s = lp_distill_power(lp_temper_gap(z, r->z_top, r->temperature, r->inverse), single);
    e.t = lp_distill_power(lp_temper_gap(y, r->y_top, r->temperature, r->inverse), single);
    return e;
}
#endif
