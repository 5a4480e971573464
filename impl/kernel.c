#include "impl/bounds.h"
#include "impl/exp_sharp.h"
#include "impl/one_hot_row.h"

#include <math.h>

#define LANES 16

/* What a loop does with whole blocks of LANES entries: reads x, adds to its state, writes out
 * (which may be x: a block is written after it is read). */
typedef void block_loop(void *state, double *out, const double *x, int64_t blocks);

/* Runs a loop over a row: in place where blocks are whole, over a copy where a block holds the
 * skipped entry or the row's end, `fill` standing for what is not there. */
static void walk(block_loop *loop, void *state, double *out, const double *z, int64_t k,
                 int64_t skip, double fill) {
    for (int64_t i = 0; i < k;) {
        int64_t end = skip >= i ? skip : k, whole = (end - i) / LANES;
        if (whole > 0) {
            loop(state, out ? out + i : NULL, z + i, whole);
            i += whole * LANES;
            continue;
        }
        double copy[LANES], lane[LANES];
        int64_t n = k - i < LANES ? k - i : LANES;
        for (int64_t q = 0; q < LANES; q++) copy[q] = q < n && i + q != skip ? z[i + q] : fill;
        loop(state, out ? lane : NULL, copy, 1);
        if (out) memcpy(out + i, lane, (size_t)n * sizeof *lane);
        i += LANES;
    }
    if (out && skip >= 0) out[skip] = 0;
}

typedef struct scan_state {
    double max[LANES], min[LANES], nan[LANES];
} scan_state;
static void scan_loop(void *state, double *out, const double *x, int64_t blocks) {
    scan_state *s = state;
    double max[LANES], min[LANES], nan[LANES];
    (void)out;
    memcpy(max, s->max, sizeof max);
    memcpy(min, s->min, sizeof min);
    memcpy(nan, s->nan, sizeof nan);
    for (int64_t b = 0; b < blocks; b++, x += LANES)
        for (int q = 0; q < LANES; q++) {
            max[q] = x[q] > max[q] ? x[q] : max[q];
            min[q] = x[q] < min[q] ? x[q] : min[q];
            nan[q] = x[q] == x[q] ? nan[q] : x[q];
        }
    memcpy(s->max, max, sizeof max);
    memcpy(s->min, min, sizeof min);
    memcpy(s->nan, nan, sizeof nan);
}
lp_scan lp_scan_row(const double *z, int64_t k, int64_t skip) {
    lp_scan all = {.max = -INFINITY, .min = INFINITY};
    scan_state s = {.nan = {0}};
    if (k == 1 && skip == 0) return all;
    for (int q = 0; q < LANES; q++) s.max[q] = -INFINITY, s.min[q] = INFINITY;
    walk(scan_loop, &s, NULL, z, k, skip, z[skip == 0]); /* fill: an entry that counts anyway */
    for (int q = 0; q < LANES; q++) {
        all.max = s.max[q] > all.max ? s.max[q] : all.max;
        all.min = s.min[q] < all.min ? s.min[q] : all.min;
        all.bad |= s.nan[q] != 0; /* NaN != 0 */
    }
    all.bad |= all.max > DBL_MAX;
    return all;
}

/* (z - m)/T, not below about -2300. The difference is exact, its product with 1/T is off by 8u^2.
 */
LP_INLINE lp_dd exponent(double z, const lp_shift *s, bool plain) {
    const double low = s->floor, limit = s->limit, reach = -LP_EXP_LIMIT;
    double x = plain ? z : z * s->pre;
    x = x > low ? x : low;
    lp_dd d = lp_two_diff(x, s->m);
    if (!plain) {
        /* far: cut. near 0: keeps products in their domain; exp is 1 all the same. */
        double keep = d.hi < limit ? 0 : 1, cut = d.hi < limit ? limit : 0;
        double hi = ((d.hi * keep + cut) * s->post[0]) * s->post[1];
        double lo = ((d.lo * keep) * s->post[0]) * s->post[1];
        double near = hi > -0x1p-500 ? 0 : 1;
        d = lp_dd_mul((lp_dd){hi * near, lo * near}, s->inverse);
        d.lo = d.hi > reach ? d.lo : 0;
    }
    return (lp_dd){d.hi > reach ? d.hi : reach, d.lo};
}

/* Lanes start at 2, so that every term is the smaller one and its rounding error is exact
 * (Fast2Sum); the errors are summed in double. Terms below 2^-1000 count as 0 beside the one that
 * is 1. Relative error: that of exp, and of PIECE additions a lane PIECE^2 u^2 = 2^-94; pieces are
 * added in double-double, k/2^10 of them 2^-105 each. Sharp, every term is: k/16 of them. */
enum { PIECE = 64 };
typedef struct sum_state {
    double hi[LANES], lo[LANES];
    lp_shift shift;
} sum_state;
LP_INLINE void sum_exp(sum_state *t, const double *x, int64_t blocks, bool plain) {
    const lp_shift shift = t->shift; /* copies that x and each other cannot alias */
    double sum[LANES], err[LANES];
    for (int q = 0; q < LANES; q++) sum[q] = 2, err[q] = 0;
    for (int64_t b = 0; b < blocks; b++, x += LANES)
        for (int q = 0; q < LANES; q++) {
            lp_exp_value v = lp_exp_dd(exponent(x[q], &shift, plain));
            double power = lp_pow2(v.e), scale = v.e >= -1000 ? power : 0;
            double hi = v.m.hi * scale, lo = v.m.lo * scale, next = sum[q] + hi;
            err[q] += (hi - (next - sum[q])) + lo;
            sum[q] = next;
        }
    for (int q = 0; q < LANES; q++) {
        lp_dd all = lp_dd_add((lp_dd){t->hi[q], t->lo[q]}, lp_two_sum(sum[q] - 2, err[q]));
        t->hi[q] = all.hi;
        t->lo[q] = all.lo;
    }
}
static void sum_loop(void *state, double *out, const double *x, int64_t blocks) {
    sum_state *t = state;
    (void)out;
    for (int64_t b = 0; b < blocks; b += PIECE) {
        int64_t some = blocks - b < PIECE ? blocks - b : PIECE;
        if (t->shift.plain)
            sum_exp(t, x + b * LANES, some, true);
        else
            sum_exp(t, x + b * LANES, some, false);
    }
}
static void sum_loop_sharp(void *state, double *out, const double *x, int64_t blocks) {
    sum_state *t = state;
    const lp_shift shift = t->shift;
    double hi[LANES], lo[LANES];
    (void)out;
    memcpy(hi, t->hi, sizeof hi);
    memcpy(lo, t->lo, sizeof lo);
    for (int64_t b = 0; b < blocks; b++, x += LANES)
        for (int q = 0; q < LANES; q++) {
            lp_exp_value v = lp_exp_sharp(exponent(x[q], &shift, false));
            double power = lp_pow2(v.e), scale = v.e >= -1000 ? power : 0;
            lp_dd all = lp_dd_add((lp_dd){hi[q], lo[q]}, (lp_dd){v.m.hi * scale, v.m.lo * scale});
            hi[q] = all.hi;
            lo[q] = all.lo;
        }
    memcpy(t->hi, hi, sizeof hi);
    memcpy(t->lo, lo, sizeof lo);
}
static lp_dd sum_lanes(block_loop *loop, const double *z, int64_t k, int64_t skip,
                       const lp_shift *s) {
    sum_state t = {.shift = *s};
    lp_dd all = {0, 0};
    walk(loop, &t, NULL, z, k, skip, -INFINITY);
    for (int q = 0; q < LANES; q++) all = lp_dd_add(all, (lp_dd){t.hi[q], t.lo[q]});
    return all;
}
lp_dd lp_sum_exp(const double *z, int64_t k, int64_t skip, const lp_shift *s) {
    return sum_lanes(sum_loop, z, k, skip, s);
}
lp_dd lp_sum_exp_sharp(const double *z, int64_t k, int64_t skip, const lp_shift *s) {
    return sum_lanes(sum_loop_sharp, z, k, skip, s);
}

/* Sums of differences of doubles, exact but for the sum of the errors: relative error n u^2 since
 * no term is negative. */
typedef struct gap_state {
    double sum[LANES], err[LANES], m, pre;
} gap_state;
static void gap_loop(void *state, double *out, const double *x, int64_t blocks) {
    gap_state *g = state;
    const double m = g->m, pre = g->pre;
    double sum[LANES], err[LANES];
    (void)out;
    memcpy(sum, g->sum, sizeof sum);
    memcpy(err, g->err, sizeof err);
    for (int64_t b = 0; b < blocks; b++, x += LANES)
        for (int q = 0; q < LANES; q++) {
            lp_dd d = lp_two_diff(m, x[q] * pre), t = lp_two_sum(sum[q], d.hi);
            sum[q] = t.hi;
            err[q] += t.lo + d.lo;
        }
    memcpy(g->sum, sum, sizeof sum);
    memcpy(g->err, err, sizeof err);
}
lp_wide lp_sum_gap(const double *z, int64_t k, int64_t skip, double m, bool huge) {
    double pre = huge ? 0x1p-64 : 1;
    gap_state g = {.m = m * pre, .pre = pre};
    lp_wide all = {{0, 0}, 0};
    walk(gap_loop, &g, NULL, z, k, skip, m);
    for (int q = 0; q < LANES; q++)
        all = lp_wide_add(all, lp_wide_add(lp_wide_from(g.sum[q]), lp_wide_from(g.err[q])));
    if (huge && all.m.hi != 0) all.e += 64;
    return all;
}

/* The product's relative error is 7u^2; one rounding at the end, in the loop where the result is
 * sure and normal, else one by one. */
typedef struct emit_state {
    lp_shift shift;
    lp_wide factor;
    lp_one_hot_row *row;
    const lp_sink *sink;
    bool dry;
} emit_state;
/* m 2^e for the logit z. */
static double emit_one(const emit_state *s, lp_dd m, double e, double z) {
    double rounded;
    if (z < -DBL_MAX) return 0; /* an exact 0, even beside a negative weight */
    if (e < -1100) return 0 * m.hi;
    bool sure = lp_value_decided(&rounded, lp_good_to(lp_wide_make(m, e), LP_GRAD_BITS), false);
    return sure || !s->row ? rounded : lp_one_hot_other(s->row, s->sink, z);
}
LP_INLINE void emit_exp(const emit_state *state, double *out, const double *x, int64_t blocks,
                        bool plain) {
    const emit_state s = *state;
    double hi[LANES], lo[LANES], e[LANES], lane[LANES];
    for (int64_t b = 0; b < blocks; b++, x += LANES) {
        uint64_t outside = 0;
        for (int q = 0; q < LANES; q++) {
            lp_exp_value v = lp_exp_dd(exponent(x[q], &s.shift, plain));
            lp_dd p = lp_two_prod(v.m.hi, s.factor.m.hi);
            hi[q] = p.hi;
            lo[q] = p.lo + (v.m.hi * s.factor.m.lo + v.m.lo * s.factor.m.hi);
            e[q] = v.e + s.factor.e;
            double above = hi[q] + (lo[q] + LP_EPS_GRAD * hi[q]);
            double below = hi[q] + (lo[q] - LP_EPS_GRAD * hi[q]);
            lane[q] = above * lp_pow2(e[q]);
            outside |= (e[q] < -1021 ? 1u : 0u) | (e[q] > 1021 ? 1u : 0u);
            outside |= above != below ? 1u : 0u;
        }
        if (outside)
            for (int q = 0; q < LANES; q++)
                lane[q] = emit_one(&s, lp_fast_two_sum(hi[q], lo[q]), e[q], x[q]);
        if (!s.dry) memcpy(out + b * LANES, lane, sizeof lane);
    }
}
static void emit_exp_plain(void *state, double *out, const double *x, int64_t blocks) {
    emit_exp(state, out, x, blocks, true);
}
static void emit_exp_tempered(void *state, double *out, const double *x, int64_t blocks) {
    emit_exp(state, out, x, blocks, false);
}
void lp_emit_exp(double *out, const double *z, int64_t k, int64_t skip, const lp_shift *s,
                 lp_wide factor, lp_one_hot_row *row, const lp_sink *sink) {
    emit_state t = {.shift = *s, .factor = factor, .row = row, .sink = sink, .dry = !out};
    walk(s->plain ? emit_exp_plain : emit_exp_tempered, &t, out, z, k, skip, -INFINITY);
}

/* The difference is off by 3u^2 of it beside the errors of its terms, 2^-78.5 of p and less of b;
 * terms below 2^-1000 vanish beside b >= 2^-300. Results that are not 0 are above 2^-300-106-300:
 * normal, one rounding. */
typedef struct difference_state {
    lp_shift shift;
    lp_wide factor;
    lp_dd b;
    double e;
    lp_ask *ask;
    void *context;
    bool dry;
} difference_state;
LP_INLINE void emit_difference(const difference_state *state, double *out, const double *x,
                               int64_t blocks, bool plain) {
    const difference_state s = *state;
    double lane[LANES], back = lp_pow2(s.e);
    bool sure[LANES];
    for (int64_t b = 0; b < blocks; b++, x += LANES) {
        uint64_t outside = 0;
        for (int q = 0; q < LANES; q++) {
            lp_exp_value v = lp_exp_dd(exponent(x[q], &s.shift, plain));
            lp_dd p = lp_dd_mul(v.m, s.factor.m);
            double pe = v.e + s.factor.e, power = lp_pow2(pe), scale = pe >= -1000 ? power : 0;
            p.hi *= scale;
            lp_dd d = lp_dd_add((lp_dd){p.hi, p.lo * scale}, lp_dd_neg(s.b));
            double width = LP_EPS_GRAD * (p.hi + s.b.hi);
            double above = d.hi + (d.lo + width), below = d.hi + (d.lo - width);
            lane[q] = d.hi * back;
            sure[q] = above == below;
            outside |= above == below ? 0u : 1u;
        }
        for (int q = 0; outside && q < LANES; q++)
            if (!sure[q]) lane[q] = s.ask(s.context, x[q]);
        if (!s.dry) memcpy(out + b * LANES, lane, sizeof lane);
    }
}
static void emit_difference_plain(void *state, double *out, const double *x, int64_t blocks) {
    emit_difference(state, out, x, blocks, true);
}
static void emit_difference_tempered(void *state, double *out, const double *x, int64_t blocks) {
    emit_difference(state, out, x, blocks, false);
}
void lp_emit_difference(double *out, const double *z, int64_t k, int64_t skip, const lp_shift *s,
                        lp_wide factor, lp_dd b, double e, lp_ask *ask, void *context) {
    difference_state t = {*s, factor, b, e, ask, context, !out};
    walk(s->plain ? emit_difference_plain : emit_difference_tempered, &t, out, z, k, skip,
         -INFINITY);
}
