#include "impl/lanes.h"

#include "impl/bounds.h"
#include "impl/log_dd.h"

#include <math.h>

#define EACH LP_EACH_LANE

/* Row by row: reading as the rows lie is worth more than storing whole vectors. */
void lp_short_load(lp_short *b, lp_split *s, const double *logits, const int64_t start[LP_LANES],
                   const int64_t label[LP_LANES], int64_t k) {
    EACH(q) for (int64_t j = 0; j < k; j++) b->z[j][q] = logits[start[q] + j];
    EACH(q) s->own[q] = logits[start[q] + label[q]];
    EACH(q) b->label[q] = (double)label[q];
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
        sure[q] = s->wild[q] + s->own_unsure[q] + unsure[q] == 0;
        b->z[(int64_t)b->label[q]][q] = s->own_rounded[q];
    }
}

/* What is cut at the floor is below 2^-150 all the same; -0 becomes +0, as a mask's exact 0 is. */
LP_INLINE void scale_single(double *restrict unsure, double *restrict out,
                            const double *restrict hi, const double *restrict factor) {
    EACH(q) {
        double p = hi[q] * factor[q];
        float above = (float)(p * (1 + LP_EPS_SINGLE)), below = (float)(p * (1 - LP_EPS_SINGLE));
        unsure[q] = above != below ? 1 : unsure[q];
        out[q] = (double)above + 0.0;
    }
}
void lp_short_single(bool sure[LP_LANES], lp_short *b, const lp_split *s, int64_t k) {
    double unsure[LP_LANES];
    EACH(q) unsure[q] = s->wild[q];
    for (int64_t j = 0; j < k; j++) scale_single(unsure, b->z[j], b->hi[j], s->factor.hi);
    EACH(q) {
        float own = (float)(s->own_rounded[q] * (1 + LP_EPS_SINGLE));
        sure[q] = unsure[q] == 0 && own == (float)(s->own_rounded[q] * (1 - LP_EPS_SINGLE));
        b->z[(int64_t)b->label[q]][q] = (double)own;
    }
}
