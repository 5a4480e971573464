/* Sums a lane each, of a row's classes or of rows. u = 2^-53. */
#ifndef LP_IMPL_DISTILL_SUMS_H
#define LP_IMPL_DISTILL_SUMS_H

#include "impl/distill_power.h"

/* Terms and what additions lose, a lane each. Of a mass the larger of sum and term comes first, so
 * that the loss is exact; a lag's terms have any sign. The low parts are below 2^-31 of their
 * terms, and so is `lost` of their sizes' sum, but for u of that: adding each to the addition's
 * loss, and LP_DISTILL_PIECE = 8 of these to `lost`, rounds (1 + 7) u 2^-31 = 2^-81 of it.
 * Pieces are added in double-double, K/128 <= 2^13 of them a lane, 3 u^2 each: 2^-91. With E_EXP:
 * 2^-79.6. In binary32 the additions lose nothing that counts: 5.3 u. */
typedef struct lp_distill_part {
    double sum[LP_DISTILL_LANES], lost[LP_DISTILL_LANES];
} lp_distill_part;
typedef struct lp_distill_lane_mass {
    lp_distill_part of;
    double ties[LP_DISTILL_LANES];
} lp_distill_lane_mass;
typedef struct lp_distill_state {
    lp_distill_lane_mass p, s, t;
    lp_distill_part lag;
    double size[LP_DISTILL_LANES];
} lp_distill_state;

LP_INLINE void lp_distill_add(lp_distill_part *restrict a, int q, double hi, double lo) {
    double sum = a->sum[q], big = sum > hi ? sum : hi, small = sum > hi ? hi : sum;
    double next = sum + hi;
    a->lost[q] += (small - (next - big)) + lo;
    a->sum[q] = next;
}
/* A gap that underflows to 0 is one of 2^-1000 of itself. Multiplied by 0, not left out: gcc would
 * look e up only where it counts, by masks, which it has no vectors for. */
LP_INLINE void lp_distill_add_power(lp_distill_lane_mass *restrict m, int q, lp_dd gap, lp_dd e) {
    double top = gap.hi == 0 ? 1 : 0, below = 1 - top;
    m->ties[q] += top;
    lp_distill_add(&m->of, q, e.hi * below, e.lo * below);
}
/* t (d - y), t a power, d and y exact distances from the largest, y 0 where its part is not asked
 * for: with |t.lo| <= 2^-31 t and |g.lo| <= 2^-52 (d + y), what is left out of the product is
 * 2^-82.3 of t (d + y), the three roundings u 2^-30.2 of it each: with E_EXP and the sum's 2^-80.7
 * below 2^-79, what sizes' own roundings are of that aside. In binary32 t's 5.3 u, g's and the
 * product's u each: 8.3 u. */
LP_INLINE void lp_distill_add_lag(lp_distill_state *restrict a, int q, lp_dd t, lp_dd d, lp_dd y,
                                  bool single) {
    lp_dd g = lp_two_diff(d.hi, y.hi);
    g.lo += d.lo - y.lo;
    lp_dd term = lp_two_prod(t.hi, g.hi);
    term.lo = single ? 0 : lp_muladd(1, t.lo, g.hi, lp_muladd(1, t.hi, g.lo, term.lo));
    lp_dd next = lp_two_sum(a->lag.sum[q], term.hi);
    a->lag.sum[q] = next.hi;
    a->lag.lost[q] += next.lo + term.lo;
    a->size[q] = lp_muladd(1, t.hi, d.hi + y.hi, a->size[q]);
}
/* 16 powers of what was kept, or NULL */
typedef struct lp_distill_store {
    double *hi, *lo;
} lp_distill_store;
LP_INLINE lp_distill_store lp_distill_store_at(lp_distill_pairs *k, int64_t b) {
    return (lp_distill_store){k->hi + b * LP_DISTILL_LANES, k->lo + b * LP_DISTILL_LANES};
}
LP_INLINE void lp_distill_put(lp_distill_store to, int q, lp_dd e, bool single) {
    to.hi[q] = e.hi;
    if (!single) to.lo[q] = e.lo;
}
LP_INLINE void lp_distill_add_block(lp_distill_state *restrict a, lp_distill_kept *restrict keep,
                                    int64_t at, const lp_distill_block *restrict b,
                                    const lp_distill_scales *restrict r, bool hard, bool soft,
                                    bool single, bool kept) {
    LP_KEEP_LOOP
    LP_EACH_CLASS(q) {
        if (hard) {
            lp_dd p = lp_distill_term(&b->p, q, single);
            lp_distill_add_power(&a->p, q, lp_distill_gap(&b->p, q), p);
            if (kept) lp_distill_put(lp_distill_store_at(&keep->p, at), q, p, single);
        }
        if (!soft) continue;
        lp_dd s = lp_distill_term(&b->s, q, single), t = lp_distill_term(&b->t, q, single);
        lp_dd z = lp_two_diff(r->z_top[q], b->z[q]), y = lp_two_diff(r->y_top[q], b->y[q]);
        lp_distill_add_power(&a->s, q, lp_distill_gap(&b->s, q), s);
        lp_distill_add_power(&a->t, q, lp_distill_gap(&b->t, q), t);
        lp_distill_add_lag(a, q, t, z, (lp_dd){y.hi * r->depth, y.lo * r->depth}, single);
        if (kept) lp_distill_put(lp_distill_store_at(&keep->s, at), q, s, single);
        if (kept) lp_distill_put(lp_distill_store_at(&keep->t, at), q, t, single);
    }
}
LP_INLINE void lp_distill_fold(lp_distill_part *restrict all, lp_distill_part *restrict piece) {
    LP_EACH_CLASS(q) {
        lp_dd more = lp_two_sum(piece->sum[q], piece->lost[q]);
        lp_dd sum = lp_dd_add((lp_dd){all->sum[q], all->lost[q]}, more);
        all->sum[q] = sum.hi;
        all->lost[q] = sum.lo;
        piece->sum[q] = piece->lost[q] = 0;
    }
}
typedef struct lp_distill_totals {
    lp_distill_part p, s, t, lag;
} lp_distill_totals;
LP_INLINE void lp_distill_fold_all(lp_distill_totals *all, lp_distill_state *a, bool hard,
                                   bool soft) {
    if (hard) lp_distill_fold(&all->p, &a->p.of);
    if (!soft) return;
    lp_distill_fold(&all->s, &a->s.of);
    lp_distill_fold(&all->t, &a->t.of);
    lp_distill_fold(&all->lag, &a->lag);
}
#endif
