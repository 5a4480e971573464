#include "impl/lanes.h"

#include "impl/bounds.h"
#include "impl/single_math.h"

#include <math.h>
#include <string.h>

#define EACH LP_EACH_LANE

/* -inf, that is -LP_FLOOR, stands for the label. */
static void set_labels(lp_short *b, const int64_t label[LP_LANES]) {
    EACH(q) {
        b->label[q] = label[q];
        b->z[label[q]][q] = -INFINITY;
    }
}
void lp_short_load(lp_short *b, lp_split *s, const double *logits, const int64_t start[LP_LANES],
                   const int64_t label[LP_LANES], int64_t k) {
    EACH(q) for (int64_t j = 0; j < k; j++) b->z[j][q] = logits[start[q] + j];
    EACH(q) s->own[q] = logits[start[q] + label[q]];
    set_labels(b, label);
}
void lp_short_load_single(lp_short *b, lp_split *s, const float *logits,
                          const int64_t start[LP_LANES], const int64_t label[LP_LANES], int64_t k) {
    EACH(q) for (int64_t j = 0; j < k; j++) b->z[j][q] = (double)logits[start[q] + j];
    EACH(q) s->own[q] = (double)logits[start[q] + label[q]];
    set_labels(b, label);
}

/* One class of each row; `err` as in long_row.c, for PIECE classes, then it goes into the sum: with
 * what that rounds, 2^-106 a piece, the sum's error is E_SUM as there. */
enum { PIECE = 16 };
typedef struct sums {
    double sum[LP_LANES], err[LP_LANES], max[LP_LANES];
} sums;
LP_INLINE void add_term(sums *restrict s, int q, double z, double hi, double lo) {
    double sum = s->sum[q], big = sum > hi ? sum : hi, small = sum > hi ? hi : sum;
    double next = sum + hi;
    s->max[q] = z > s->max[q] ? z : s->max[q];
    s->err[q] += (small - (next - big)) + lo;
    s->sum[q] = next;
}
LP_INLINE void add_entry(sums *restrict s, double *restrict hi, double *restrict lo,
                         const double *restrict z) {
    EACH(q) {
        lp_dd e = lp_exp_term(-LP_FLOOR > z[q] ? -LP_FLOOR : z[q]);
        add_term(s, q, z[q], e.hi, e.lo);
        hi[q] = e.hi;
        lo[q] = e.lo;
    }
}
/* In binary32 one double is enough; E_SINGLE_SUM as in single_row.c. */
LP_INLINE void add_single(sums *restrict s, double *restrict hi, const double *restrict z) {
    EACH(q) {
        double e = lp_exp_single(-LP_FLOOR > z[q] ? -LP_FLOOR : z[q]);
        add_term(s, q, z[q], e, 0);
        hi[q] = e;
    }
}
LP_INLINE void fold(sums *restrict s) {
    EACH(q) {
        lp_dd all = lp_fast_two_sum(s->sum[q], s->err[q]);
        s->sum[q] = all.hi;
        s->err[q] = all.lo;
    }
}
LP_INLINE void losses(lp_short *b, lp_split *s, int64_t k, bool single) {
    sums t = {.sum = {0}};
    EACH(q) t.max[q] = -INFINITY;
    for (int64_t from = 0; from < k; from += PIECE) {
        int64_t to = k - from < PIECE ? k : from + PIECE;
        for (int64_t j = from; j < to; j++)
            if (single)
                add_single(&t, b->hi[j], b->z[j]);
            else
                add_entry(&t, b->hi[j], b->lo[j], b->z[j]);
        fold(&t);
    }
    memcpy(s->sum.hi, t.sum, sizeof t.sum);
    memcpy(s->sum.lo, t.err, sizeof t.err);
    memcpy(s->max, t.max, sizeof t.max);
    lp_split_rows(s);
}
void lp_short_losses(lp_short *b, lp_split *s, int64_t k) {
    losses(b, s, k, false);
}
void lp_short_losses_single(lp_short *b, lp_split *s, int64_t k) {
    losses(b, s, k, true);
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
        b->hi[b->label[q]][q] = least[q];
    }
    for (int64_t j = 0; j < k; j++)
        scale_entry(unsure, b->z[j], b->hi[j], b->lo[j], &s->factor, least);
    EACH(q) {
        sure[q] = s->wild[q] + s->own_unsure[q] + unsure[q] == 0;
        b->z[b->label[q]][q] = s->own_rounded[q];
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
        b->z[b->label[q]][q] = (double)own;
    }
}

void lp_short_store(double *out, int64_t stride, const bool take[LP_LANES], const lp_short *b,
                    int64_t k) {
    for (int64_t q = 0; q < LP_LANES; q++)
        if (take[q])
            for (int64_t j = 0; j < k; j++) out[q * stride + j] = b->z[j][q];
}
void lp_short_store_single(float *out, int64_t stride, const bool take[LP_LANES], const lp_short *b,
                           int64_t k) {
    for (int64_t q = 0; q < LP_LANES; q++)
        if (take[q])
            for (int64_t j = 0; j < k; j++) out[q * stride + j] = (float)b->z[j][q];
}
