#include "impl/distill_power.h"

#include <math.h>

enum { LANES = LP_DISTILL_LANES, PIECE = 8 };
#define EACH LP_EACH_CLASS

/* --- the largest ----------------------------------------------------------------------------- */

typedef struct range {
    double top[LANES], low[LANES], nan[LANES];
} range;
LP_INLINE void widen(range *restrict r, const double *restrict x) {
    EACH(q) {
        r->top[q] = x[q] > r->top[q] ? x[q] : r->top[q];
        r->low[q] = x[q] < r->low[q] ? x[q] : r->low[q];
        r->nan[q] = x[q] == x[q] ? r->nan[q] : x[q];
    }
}
/* The largest logit to *top, the distance from the least; NaN where there is one. */
LP_INLINE double extent(double *top, double *restrict last, const void *from, bool single,
                        int64_t k) {
    range r;
    double x[LANES];
    const int64_t whole = k / LANES, rest = k - whole * LANES;
    EACH(q) r.top[q] = -INFINITY, r.low[q] = INFINITY, r.nan[q] = 0;
    for (int64_t b = 0; b < whole; b++) {
        lp_distill_load(x, from, single, b * LANES);
        widen(&r, x);
    }
    for (int64_t q = 0; q < rest; q++)
        last[q] = single ? (double)((const float *)from)[whole * LANES + q]
                         : ((const double *)from)[whole * LANES + q];
    for (int64_t q = rest; q < LANES; q++) last[q] = rest > 0 ? last[0] : r.top[0];
    widen(&r, last);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int q = 0; q < half; q++) {
            r.top[q] = r.top[q + half] > r.top[q] ? r.top[q + half] : r.top[q];
            r.low[q] = r.low[q + half] < r.low[q] ? r.low[q + half] : r.low[q];
            r.nan[q] += r.nan[q + half];
        }
    *top = r.top[0];
    for (int64_t q = rest; q < LANES; q++) last[q] = *top;
    return r.top[0] - r.low[0] + r.nan[0];
}
bool lp_distill_tame(lp_distill_pair *r) {
    double z, y;
    if (r->single) {
        z = extent(&r->z_top, r->last_z, r->z, true, r->k);
        y = extent(&r->y_top, r->last_y, r->y, true, r->k);
    } else {
        z = extent(&r->z_top, r->last_z, r->z, false, r->k);
        y = extent(&r->y_top, r->last_y, r->y, false, r->k);
    }
    const double reach = LP_DISTILL_TAME * r->temperature;
    return (!r->hard || z <= LP_DISTILL_TAME) && z <= reach && y <= reach;
}

/* --- sums ------------------------------------------------------------------------------------ */

/* Terms and what additions lose, a lane each. Of a mass the larger of sum and term comes first, so
 * that the loss is exact; a lag's terms have any sign. The low parts are below 2^-30.3 of their
 * terms, and so is `lost` of their sizes' sum, but for u of that: adding each to the addition's
 * loss, and PIECE of these to `lost`, rounds (1 + (PIECE + 1)/2) u 2^-30.3 = 2^-80.8 of it. Pieces
 * are added in double-double, K/128 <= 2^13 of them a lane, 3 u^2 each: 2^-91. With E_EXP: 2^-79.6.
 * In binary32 the additions lose nothing that counts: 5.3 u. */
typedef struct part {
    double sum[LANES], lost[LANES];
} part;
typedef struct mass {
    part of;
    double ties[LANES];
} mass;
typedef struct state {
    mass p, s, t;
    part lag;
    double size[LANES];
} state;

LP_INLINE void add(part *restrict a, int q, double hi, double lo) {
    double sum = a->sum[q], big = sum > hi ? sum : hi, small = sum > hi ? hi : sum;
    double next = sum + hi;
    a->lost[q] += (small - (next - big)) + lo;
    a->sum[q] = next;
}
/* A gap that underflows to 0 is one of 2^-1000 of itself. */
LP_INLINE void add_power(mass *restrict m, int q, lp_dd gap, lp_dd e) {
    int top = gap.hi == 0;
    m->ties[q] += top ? 1.0 : 0.0;
    add(&m->of, q, top ? 0 : e.hi, top ? 0 : e.lo);
}
/* t (d - y), t a power, d and y exact distances from the largest, y 0 where its part is not asked
 * for: with |t.lo| <= 2^-30.3 t and |g.lo| <= 2^-52 (d + y), what is left out of the product is
 * 2^-82.3 of t (d + y), the three roundings u 2^-30.2 of it each: with E_EXP and the sum's 2^-80.7
 * below 2^-79, what sizes' own roundings are of that aside. In binary32 t's 5.3 u, g's and the
 * product's u each: 8.3 u. */
LP_INLINE void add_lag(state *restrict a, int q, lp_dd t, lp_dd d, lp_dd y, bool single) {
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
typedef struct store {
    double *hi, *lo;
} store;
LP_INLINE store store_at(lp_distill_pairs *k, int64_t b) {
    return (store){k->hi + b * LANES, k->lo + b * LANES};
}
LP_INLINE void put(store to, int q, lp_dd e, bool single) {
    to.hi[q] = e.hi;
    if (!single) to.lo[q] = e.lo;
}
typedef struct scales {
    double z_top, y_top, temperature, inverse, depth; /* 1, or 0 where the lag has no y */
} scales;
LP_INLINE void add_block(state *restrict a, lp_distill_kept *restrict keep, int64_t b,
                         const double *restrict z, const double *restrict y,
                         const scales *restrict r, bool hard, bool soft, bool single, bool kept) {
    for (int q = 0; q < LANES; q++) {
        lp_dd z_gap = lp_two_diff(z[q], r->z_top), y_gap = lp_two_diff(y[q], r->y_top);
        if (hard) {
            lp_dd p = lp_distill_power(z_gap, single);
            add_power(&a->p, q, z_gap, p);
            if (kept) put(store_at(&keep->p, b), q, p, single);
        }
        if (!soft) continue;
        lp_dd s_gap = lp_temper_gap(z[q], r->z_top, r->temperature, r->inverse);
        lp_dd t_gap = lp_temper_gap(y[q], r->y_top, r->temperature, r->inverse);
        lp_dd s = lp_distill_power(s_gap, single), t = lp_distill_power(t_gap, single);
        add_power(&a->s, q, s_gap, s);
        add_power(&a->t, q, t_gap, t);
        add_lag(a, q, t, lp_dd_neg(z_gap), (lp_dd){-y_gap.hi * r->depth, -y_gap.lo * r->depth},
                single);
        if (kept) put(store_at(&keep->s, b), q, s, single);
        if (kept) put(store_at(&keep->t, b), q, t, single);
    }
}
LP_INLINE void fold(part *restrict all, part *restrict piece) {
    EACH(q) {
        lp_dd more = lp_two_sum(piece->sum[q], piece->lost[q]);
        lp_dd sum = lp_dd_add((lp_dd){all->sum[q], all->lost[q]}, more);
        all->sum[q] = sum.hi;
        all->lost[q] = sum.lo;
        piece->sum[q] = piece->lost[q] = 0;
    }
}
typedef struct totals {
    part p, s, t, lag;
} totals;
LP_INLINE void fold_all(totals *all, state *a, bool hard, bool soft) {
    if (hard) fold(&all->p, &a->p.of);
    if (!soft) return;
    fold(&all->s, &a->s.of);
    fold(&all->t, &a->t.of);
    fold(&all->lag, &a->lag);
}
LP_INLINE void sum_row(state *a, totals *all, lp_distill_kept *keep, const lp_distill_pair *r,
                       bool hard, bool soft, bool single, bool kept) {
    const int64_t whole = r->k / LANES, blocks = (r->k + LANES - 1) / LANES;
    const scales scale = {r->z_top, r->y_top, r->temperature, r->inverse, r->kl ? 1 : 0};
    for (int64_t from = 0; from < blocks; from += PIECE) {
        const int64_t to = blocks - from < PIECE ? blocks : from + PIECE;
        for (int64_t b = from; b < to; b++) {
            double z[LANES], y[LANES];
            lp_distill_take(z, r->z, r->last_z, single, b, whole);
            lp_distill_take(y, r->y, r->last_y, single, b, whole);
            add_block(a, keep, b, z, y, &scale, hard, soft, single, kept);
        }
        fold_all(all, a, hard, soft);
    }
}
LP_INLINE void sum_format(state *a, totals *all, lp_distill_kept *keep, const lp_distill_pair *r,
                          bool single, bool kept) {
    if (!r->soft)
        sum_row(a, all, keep, r, true, false, single, kept);
    else if (r->hard)
        sum_row(a, all, keep, r, true, true, single, kept);
    else
        sum_row(a, all, keep, r, false, true, single, kept);
}

/* The four parts' lanes beside one another, and the numbers of ties and sizes. An addition's three
 * roundings are u^2 of the terms' sizes each. */
enum { PARTS = 4 };
typedef struct crosswise {
    double hi[LANES * PARTS], lo[LANES * PARTS], plain[LANES * PARTS];
} crosswise;
LP_INLINE void lay(crosswise *restrict c, const totals *restrict all, const state *restrict a) {
    EACH(q) {
        double *hi = c->hi + q * PARTS, *lo = c->lo + q * PARTS, *plain = c->plain + q * PARTS;
        hi[0] = all->p.sum[q], hi[1] = all->s.sum[q];
        hi[2] = all->t.sum[q], hi[3] = all->lag.sum[q];
        lo[0] = all->p.lost[q], lo[1] = all->s.lost[q];
        lo[2] = all->t.lost[q], lo[3] = all->lag.lost[q];
        plain[0] = a->p.ties[q], plain[1] = a->s.ties[q];
        plain[2] = a->t.ties[q], plain[3] = a->size[q];
    }
}
static void add_lanes(crosswise *c) {
    for (int half = LANES * PARTS / 2; half >= PARTS; half /= 2)
        for (int i = 0; i < half; i++) {
            lp_dd next = lp_two_sum(c->hi[i], c->hi[i + half]);
            next = lp_fast_two_sum(next.hi, next.lo + (c->lo[i] + c->lo[i + half]));
            c->hi[i] = next.hi;
            c->lo[i] = next.lo;
            c->plain[i] += c->plain[i + half];
        }
}
LP_INLINE lp_distill_mass mass_of(const crosswise *c, int at, double beyond) {
    return (lp_distill_mass){c->plain[at] - beyond, {c->hi[at], c->lo[at]}};
}
void lp_distill_sum(lp_distill_sums *sums, lp_distill_kept *keep, const lp_distill_pair *r) {
    state a = {.size = {0}};
    totals all = {.lag = {{0}, {0}}};
    crosswise c;
    const double beyond = (double)(-r->k & (LANES - 1));
    if (r->single && keep)
        sum_format(&a, &all, keep, r, true, true);
    else if (r->single)
        sum_format(&a, &all, NULL, r, true, false);
    else if (keep)
        sum_format(&a, &all, keep, r, false, true);
    else
        sum_format(&a, &all, NULL, r, false, false);
    lay(&c, &all, &a);
    add_lanes(&c);
    sums->p = mass_of(&c, 0, r->hard ? beyond : 0);
    sums->s = mass_of(&c, 1, r->soft ? beyond : 0);
    sums->t = mass_of(&c, 2, r->soft ? beyond : 0);
    sums->lag = (lp_dd){c.hi[3], c.lo[3]};
    sums->size = c.plain[3];
}
