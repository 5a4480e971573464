#include "impl/lanes.h"

#include "impl/bounds.h"
#include "impl/fetch.h"
#include "impl/single_math.h"
#include "impl/temper.h"

#include <math.h>
#include <string.h>

#define EACH LP_EACH_LANE

/* Cache lines that a number of each lane fills, where rows follow one another without a gap. */
enum { LINES = LP_LANES * (int)sizeof(double) / LP_FETCH_LINE };

/* -inf, that is -LP_FLOOR, stands for the label. */
static void set_labels(lp_short *b, const int64_t label[LP_LANES]) {
    EACH(q) {
        b->label[q] = label[q];
        b->z[label[q]][q] = -INFINITY;
    }
}
LP_INLINE void load_entry(double *restrict z, const double *restrict logits,
                          const int64_t *restrict start) {
    EACH(q) z[q] = logits[start[q]];
}
LP_INLINE void load_entry_single(double *restrict z, const float *restrict logits,
                                 const int64_t *restrict start) {
    EACH(q) z[q] = (double)logits[start[q]];
}
void lp_short_load(lp_short *b, lp_split *s, const double *logits, const int64_t start[LP_LANES],
                   const int64_t label[LP_LANES], int64_t k) {
    for (int64_t j = 0; j < k; j++) {
        lp_fetch_read(logits, j * LINES * LP_FETCH_LINE, LINES);
        load_entry(b->z[j], logits + j, start);
    }
    EACH(q) s->own[q] = logits[start[q] + label[q]];
    set_labels(b, label);
}
void lp_short_load_single(lp_short *b, lp_split *s, const float *logits,
                          const int64_t start[LP_LANES], const int64_t label[LP_LANES], int64_t k) {
    for (int64_t j = 0; j < k; j++) {
        lp_fetch_read(logits, j * LINES * LP_FETCH_LINE / 2, LINES / 2);
        load_entry_single(b->z[j], logits + j, start);
    }
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
                         const double *restrict z, double floor) {
    EACH(q) {
        lp_dd e = lp_exp_term(floor > z[q] ? floor : z[q]);
        add_term(s, q, z[q], e.hi, e.lo);
        hi[q] = e.hi;
        lo[q] = e.lo;
    }
}
/* In binary32 one double is enough; E_SINGLE_SUM as in single_row.c. */
LP_INLINE void add_single(sums *restrict s, double *restrict hi, const double *restrict z,
                          double floor) {
    EACH(q) {
        double e = lp_exp_single(floor > z[q] ? floor : z[q]);
        add_term(s, q, z[q], e, 0);
        hi[q] = e;
    }
}
LP_INLINE void add_tempered(sums *restrict s, double *restrict hi, double *restrict lo,
                            const double *restrict z, bool single) {
    EACH(q) {
        lp_dd gap = {z[q], lo[q]}, one = {single ? lp_temper_exp_single(gap) : 0, 0};
        lp_dd e = single ? one : lp_temper_exp(gap);
        add_term(s, q, z[q], e.hi, e.lo);
        hi[q] = e.hi;
        lo[q] = e.lo;
    }
}
LP_INLINE void fold(sums *restrict s) {
    EACH(q) {
        lp_dd all = lp_fast_two_sum(s->sum[q], s->err[q]);
        s->sum[q] = all.hi;
        s->err[q] = all.lo;
    }
}
LP_INLINE void losses(lp_short *b, lp_split *s, int64_t k, bool single, bool tempered) {
    sums t = {.sum = {0}};
    const double floor = lp_floor();
    EACH(q) t.max[q] = -INFINITY;
    for (int64_t from = 0; from < k; from += PIECE) {
        int64_t to = k - from < PIECE ? k : from + PIECE;
        for (int64_t j = from; j < to; j++)
            if (tempered)
                add_tempered(&t, b->hi[j], b->lo[j], b->z[j], single);
            else if (single)
                add_single(&t, b->hi[j], b->z[j], floor);
            else
                add_entry(&t, b->hi[j], b->lo[j], b->z[j], floor);
        fold(&t);
    }
    memcpy(s->sum.hi, t.sum, sizeof t.sum);
    memcpy(s->sum.lo, t.err, sizeof t.err);
    memcpy(s->max, t.max, sizeof t.max);
    lp_split_rows(s);
}
void lp_short_losses(lp_short *b, lp_split *s, int64_t k) {
    losses(b, s, k, false, false);
}
void lp_short_losses_single(lp_short *b, lp_split *s, int64_t k) {
    losses(b, s, k, true, false);
}
LP_INLINE void temper_entry(double *restrict z, double *restrict lo, const double *restrict own,
                            double temperature, double inverse) {
    EACH(q) {
        lp_dd gap = lp_temper_gap(z[q], own[q], temperature, inverse);
        z[q] = gap.hi;
        lo[q] = gap.lo;
    }
}
void lp_short_temper(lp_short *b, lp_split *s, double temperature, int64_t k) {
    for (int64_t j = 0; j < k; j++)
        temper_entry(b->z[j], b->lo[j], s->own, temperature, 1 / temperature);
    EACH(q) {
        s->own[q] = 0;
        lp_lane_put(&s->scale, q, lp_dd_div(lp_lane(&s->scale, q), (lp_dd){temperature, 0}));
    }
}
void lp_short_tempered(lp_short *b, lp_split *s, int64_t k) {
    losses(b, s, k, false, true);
}
void lp_short_tempered_single(lp_short *b, lp_split *s, int64_t k) {
    losses(b, s, k, true, true);
}

/* Terms at the floor or with results below 2^-960 are not sure; the label's place, 0, is. */
LP_INLINE void scale_entry(double *restrict unsure, double *restrict out, const double *restrict hi,
                           const double *restrict lo, const lp_lanes *restrict factor,
                           const double *restrict least, double eps) {
    EACH(q) {
        lp_dd p = lp_two_prod(hi[q], factor->hi[q]);
        double low = lp_muladd(1, lo[q], factor->hi[q], lp_muladd(1, hi[q], factor->lo[q], p.lo));
        double above = p.hi + lp_muladd(1, p.hi, eps, low);
        double below = p.hi + lp_muladd(1, p.hi, -eps, low);
        unsure[q] = above != below || hi[q] < least[q] ? 1 : unsure[q];
        out[q] = above;
    }
}
void lp_short_gradients(bool sure[LP_LANES], lp_short *b, const lp_split *s, int64_t k,
                        double eps) {
    double unsure[LP_LANES], least[LP_LANES];
    EACH(q) {
        double small = 0x1p-960 / fabs(s->factor.hi[q]);
        least[q] = small > 0x1.6p-498 ? small : 0x1.6p-498; /* exp(-344.96) */
        unsure[q] = 0;
        b->hi[b->label[q]][q] = least[q];
    }
    for (int64_t j = 0; j < k; j++)
        scale_entry(unsure, b->z[j], b->hi[j], b->lo[j], &s->factor, least, eps);
    EACH(q) {
        sure[q] = s->wild[q] + s->own_unsure[q] + unsure[q] == 0;
        b->z[b->label[q]][q] = s->own_rounded[q];
    }
}

/* What is cut at the floor is below 2^-150 all the same; -0 becomes +0, as a mask's exact 0 is. */
LP_INLINE void scale_single(double *restrict unsure, double *restrict out,
                            const double *restrict hi, const double *restrict factor, double eps) {
    EACH(q) {
        double p = hi[q] * factor[q];
        float above = (float)(p * (1 + eps)), below = (float)(p * (1 - eps));
        unsure[q] = above != below ? 1 : unsure[q];
        out[q] = (double)above + 0.0;
    }
}
void lp_short_single(bool sure[LP_LANES], lp_short *b, const lp_split *s, int64_t k, double eps) {
    double unsure[LP_LANES];
    EACH(q) unsure[q] = s->wild[q];
    for (int64_t j = 0; j < k; j++) scale_single(unsure, b->z[j], b->hi[j], s->factor.hi, eps);
    EACH(q) {
        float own = (float)(s->own_rounded[q] * (1 + eps));
        sure[q] = unsure[q] == 0 && own == (float)(s->own_rounded[q] * (1 - eps));
        b->z[b->label[q]][q] = (double)own;
    }
}

/* --- smoothed labels ------------------------------------------------------------------------ */

/* Without the labels' places; of up to 64 terms, what low parts' additions round is 2^-94 of the
 * sum of |z_j|. */
void lp_short_logits(lp_lanes *sum, const lp_short *b, int64_t k) {
    *sum = (lp_lanes){.hi = {0}};
    for (int64_t j = 0; j < k; j++) {
        EACH(q) {
            lp_dd next = lp_two_sum(sum->hi[q], b->label[q] == j ? 0 : b->z[j][q]);
            sum->hi[q] = next.hi;
            sum->lo[q] += next.lo;
        }
    }
}
/* Exact differences, and a division of 2^-100. */
void lp_short_gaps(lp_lanes *sum, const lp_short *b, const lp_split *s, double temperature,
                   int64_t k) {
    *sum = (lp_lanes){.hi = {0}};
    for (int64_t j = 0; j < k; j++) {
        EACH(q) {
            lp_dd d = lp_two_diff(b->label[q] == j ? s->own[q] : b->z[j][q], s->own[q]);
            lp_dd next = lp_two_sum(sum->hi[q], d.hi);
            sum->hi[q] = next.hi;
            sum->lo[q] += next.lo + d.lo;
        }
    }
    EACH(q) {
        lp_dd all = lp_fast_two_sum(sum->hi[q], sum->lo[q]);
        lp_lane_put(sum, q, lp_dd_div(all, (lp_dd){temperature, 0}));
    }
}
/* p_j less the share, LP_EPS_SOFT and 2^-99 as in soft_lanes.c. A share is at least 2^-80 of the
 * scale: what is cut at the floor, 2^-216 of it, is below 2^-99 of that. */
LP_INLINE void smooth_entry(double *restrict unsure, double *restrict out,
                            const double *restrict hi, const double *restrict lo,
                            const lp_lanes *restrict factor, const lp_lanes *restrict shares) {
    EACH(q) {
        lp_dd p = lp_two_prod(hi[q], factor->hi[q]), d = lp_two_diff(p.hi, shares->hi[q]);
        double low = lp_muladd(1, lo[q], factor->hi[q], lp_muladd(1, hi[q], factor->lo[q], p.lo));
        double width = fabs(p.hi) * LP_EPS_SOFT + fabs(shares->hi[q]) * 0x1p-99;
        double rest = d.lo + (low - shares->lo[q]);
        double above = d.hi + (rest + width), below = d.hi + (rest - width);
        unsure[q] = above != below ? 1 : unsure[q];
        out[q] = above;
    }
}
void lp_short_smooth(bool sure[LP_LANES], lp_short *b, const lp_split *s, const lp_lanes *shares,
                     int64_t k) {
    double unsure[LP_LANES];
    EACH(q) {
        unsure[q] = s->wild[q] + s->own_unsure[q];
        b->hi[b->label[q]][q] = b->lo[b->label[q]][q] = 0;
    }
    for (int64_t j = 0; j < k; j++)
        smooth_entry(unsure, b->z[j], b->hi[j], b->lo[j], &s->factor, shares);
    EACH(q) {
        sure[q] = unsure[q] == 0;
        b->z[b->label[q]][q] = s->own_rounded[q];
    }
}
LP_INLINE void smooth_single(double *restrict unsure, double *restrict out,
                             const double *restrict hi, const double *restrict factor,
                             const double *restrict shares) {
    EACH(q) {
        double p = hi[q] * factor[q], d = p - shares[q];
        double width = fabs(p) * LP_EPS_SINGLE + fabs(shares[q]) * 0x1p-50;
        float above = (float)(d + width), below = (float)(d - width);
        unsure[q] = above != below ? 1 : unsure[q];
        out[q] = (double)above;
    }
}
void lp_short_smooth_single(bool sure[LP_LANES], lp_short *b, const lp_split *s,
                            const lp_lanes *shares, int64_t k) {
    double unsure[LP_LANES];
    EACH(q) {
        unsure[q] = s->wild[q];
        b->hi[b->label[q]][q] = 0;
    }
    for (int64_t j = 0; j < k; j++)
        smooth_single(unsure, b->z[j], b->hi[j], s->factor.hi, shares->hi);
    EACH(q) {
        float own = (float)s->own_rounded[q];
        sure[q] = unsure[q] == 0 && own == (float)s->own_below[q];
        b->z[b->label[q]][q] = (double)own;
    }
}

/* Rows that follow one another without a gap, all of them taken, are one run of numbers. */
void lp_short_order(lp_short *b, int64_t rows, int64_t k) {
    b->ordered = rows >= LP_LANES;
    for (int32_t q = 0; q < LP_LANES && b->ordered; q++)
        for (int32_t j = 0; j < (int32_t)k; j++) b->order[q * k + j] = j * LP_LANES + q;
}
static bool whole(const lp_short *b, int64_t stride, const bool take[LP_LANES], int64_t k) {
    bool all = true;
    EACH(q) all &= take[q];
    return all && b->ordered && stride == k;
}
LP_INLINE void store_entry(double *restrict out, const double *restrict z,
                           const int32_t *restrict order) {
    EACH(q) out[q] = z[order[q]];
}
LP_INLINE void store_entry_single(float *restrict out, const double *restrict z,
                                  const int32_t *restrict order) {
    EACH(q) out[q] = (float)z[order[q]];
}
void lp_short_store(double *out, int64_t stride, const bool take[LP_LANES], const lp_short *b,
                    int64_t k) {
    if (whole(b, stride, take, k)) {
        for (int64_t j = 0; j < k; j++) {
            lp_fetch_write(out + j * LP_LANES, LINES);
            store_entry(out + j * LP_LANES, b->z[0], b->order + j * LP_LANES);
        }
        return;
    }
    for (int64_t q = 0; q < LP_LANES; q++)
        if (take[q])
            for (int64_t j = 0; j < k; j++) out[q * stride + j] = b->z[j][q];
}
void lp_short_store_single(float *out, int64_t stride, const bool take[LP_LANES], const lp_short *b,
                           int64_t k) {
    if (whole(b, stride, take, k)) {
        for (int64_t j = 0; j < k; j++) {
            lp_fetch_write(out + j * LP_LANES, LINES / 2);
            store_entry_single(out + j * LP_LANES, b->z[0], b->order + j * LP_LANES);
        }
        return;
    }
    for (int64_t q = 0; q < LP_LANES; q++)
        if (take[q])
            for (int64_t j = 0; j < k; j++) out[q * stride + j] = (float)b->z[j][q];
}
