#include "impl/lanes.h"

#include "impl/bounds.h"
#include "impl/log_dd.h"

#include <math.h>

#define EACH(q) for (int q = 0; q < LP_LANES; q++)

/* exp(x) as a plain double-double, |x| <= 600. */
LP_INLINE lp_dd exp_plain(lp_dd x) {
    lp_exp_value v = lp_exp_dd(x);
    double scale = lp_pow2(v.e);
    return (lp_dd){v.m.hi * scale, v.m.lo * scale};
}

/* One entry of each row. As in long_row.c, but for the terms: normalised, so that the sum's error
 * is E_EXP and k^2 2^-107. `take`: a factor, since compilers would make a choice guard the table's
 * loads. */
typedef struct sums {
    double sum[LP_LANES], err[LP_LANES], max[LP_LANES];
} sums;
LP_INLINE void add_entry(sums *restrict s, double *restrict hi, double *restrict lo,
                         const double *restrict z, const double *restrict label, double j) {
    EACH(q) {
        double take = label[q] == j ? 0 : 1, other = label[q] == j ? -INFINITY : z[q];
        s->max[q] = other > s->max[q] ? other : s->max[q];
        lp_dd e = lp_exp_term(-LP_FLOOR > z[q] ? -LP_FLOOR : z[q]);
        e = lp_fast_two_sum(e.hi, e.lo);
        double h = e.hi * take, l = e.lo * take, sum = s->sum[q];
        double big = sum > h ? sum : h, small = sum > h ? h : sum, next = sum + h;
        s->err[q] += (small - (next - big)) + l;
        s->sum[q] = next;
        hi[q] = h;
        lo[q] = l;
    }
}
void lp_short_losses(lp_short *b, lp_split *s, int64_t k) {
    sums t = {.sum = {0}};
    EACH(q) t.max[q] = -INFINITY;
    for (int64_t j = 0; j < k; j++) add_entry(&t, b->hi[j], b->lo[j], b->z[j], b->label, (double)j);
    EACH(q) {
        lp_dd all = lp_fast_two_sum(t.sum[q], t.err[q]);
        s->sum.hi[q] = all.hi;
        s->sum.lo[q] = all.lo;
        s->max[q] = t.max[q];
    }
    lp_split_rows(s);
}

/* Terms at the floor or with results below 2^-960 are not sure; the label's place, 0, is. */
LP_INLINE void scale_entry(double *restrict unsure, double *restrict out, const double *restrict hi,
                           const double *restrict lo, const lp_lanes *restrict factor,
                           const double *restrict least) {
    EACH(q) {
        lp_dd p = lp_two_prod(hi[q], factor->hi[q]);
        double low = lp_muladd(1, lo[q], factor->hi[q], lp_muladd(1, hi[q], factor->lo[q], p.lo));
        double above = p.hi + lp_muladd(1, p.hi, LP_EPS_GRAD, low);
        double below = p.hi + lp_muladd(1, p.hi, -LP_EPS_GRAD, low);
        unsure[q] = above != below || hi[q] < least[q] ? 1 : unsure[q];
        out[q] = above;
    }
}
void lp_short_gradients(bool sure[LP_LANES], lp_short *b, const lp_split *s, int64_t k) {
    double unsure[LP_LANES], least[LP_LANES];
    EACH(q) {
        double small = 0x1p-960 / fabs(s->factor.hi[q]);
        least[q] = small > 0x1.6p-498 ? small : 0x1.6p-498; /* exp(-344.96) */
        unsure[q] = 0;
        b->hi[(int64_t)b->label[q]][q] = least[q];
    }
    for (int64_t j = 0; j < k; j++)
        scale_entry(unsure, b->z[j], b->hi[j], b->lo[j], &s->factor, least);
    EACH(q) {
        sure[q] = s->tame[q] && s->own_sure[q] && unsure[q] == 0;
        b->z[(int64_t)b->label[q]][q] = s->own_rounded[q];
    }
}

/* evaluate in bce_logits.c without branches. Tame: |z| <= 600 and y = 0 or y >= 2^-300 (then |z| y
 * is a product without underflow). */
void lp_lanes_bce(bool tame[LP_LANES], double loss[LP_LANES], double grad[LP_LANES],
                  const double z[LP_LANES], const double y[LP_LANES]) {
    EACH(q) {
        double a = fabs(z[q]) <= 600 ? fabs(z[q]) : 0, sign = z[q] >= 0 ? 1 : -1;
        lp_dd up = lp_two_diff(1, y[q]), w = exp_plain((lp_dd){-a, 0});
        lp_dd far = {sign > 0 ? up.hi : y[q], sign > 0 ? up.lo : 0};
        lp_dd v = lp_dd_div(w, lp_dd_add((lp_dd){1, 0}, w));
        lp_dd g = lp_dd_add(far, lp_dd_neg(v));
        loss[q] = lp_dd_add(lp_log1p_dd(w), lp_dd_mul_d(far, a)).hi;
        grad[q] = g.hi == 0 ? 0 : sign * g.hi;
    }
    EACH(q) tame[q] = fabs(z[q]) <= 600 && (y[q] == 0 || y[q] >= 0x1p-300);
}
