#include "impl/long_row.h"

#include "impl/bounds.h"
#include "impl/split.h"

/* Lanes of a loop, blocks of them whose sums are kept apart, and lanes of the gradient's loop. */
enum { LANES = 16, PIECE = 16, WIDE = 64 };

/* A lane's sum of one piece in `sum`, what its additions lost and the terms' low parts in `err`:
 * the larger of sum and term comes first, so that the loss of each addition is exact. The low parts
 * are below 2^-29.9 of their terms and so is err of the sum: PIECE additions to it, rounded, and
 * the terms' own: (PIECE/2 + 1) 2^-54 2^-29.9 = 2^-80.7 of the sum. Pieces are then added in
 * double-double, K/256 of them 2^-104 each: 2^-92. With E_EXP 2^-80.4: below 2^-79.5 = E_SUM. */
typedef struct sum_state {
    double hi[LANES], lo[LANES], max[LANES];
} sum_state;
typedef struct piece_state {
    double sum[LANES], err[LANES];
} piece_state;
LP_INLINE void add_block(piece_state *restrict s, double *restrict max, double *restrict hi,
                         double *restrict lo, const double *restrict x, bool keep) {
    for (int q = 0; q < LANES; q++) {
        double z = x[q], sum = s->sum[q];
        max[q] = z > max[q] ? z : max[q];
        lp_dd e = lp_exp_term(-LP_FLOOR > z ? -LP_FLOOR : z);
        double big = sum > e.hi ? sum : e.hi, small = sum > e.hi ? e.hi : sum;
        double next = sum + e.hi;
        s->err[q] += (small - (next - big)) + e.lo;
        s->sum[q] = next;
        if (keep) hi[q] = e.hi, lo[q] = e.lo;
    }
}
/* A row as blocks of LANES: as they lie, but the one with the label and the last, if it is not
 * whole, from copies where -inf stands for the label and for what is beyond the row. */
typedef struct row_blocks {
    const double *z;
    double *hi, *lo;
    int64_t label_block, last_block; /* -1: none */
    double label[LANES], last[LANES], last_hi[LANES], last_lo[LANES];
} row_blocks;
static void open_blocks(row_blocks *r, double *hi, double *lo, const double *z, int64_t k,
                        int64_t skip) {
    int64_t whole = k / LANES, rest = k - whole * LANES, at = skip / LANES;
    r->z = z;
    r->hi = hi;
    r->lo = lo;
    r->last_block = rest > 0 ? whole : -1;
    r->label_block = at < whole ? at : -1;
    for (int q = 0; q < LANES; q++) r->last[q] = -INFINITY;
    memcpy(r->last, z + whole * LANES, (size_t)rest * sizeof *z);
    memcpy(r->label, z + (at < whole ? at : 0) * LANES, at < whole ? sizeof r->label : 0);
    (at < whole ? r->label : r->last)[skip - at * LANES] = -INFINITY;
}
/* -inf counts as -LP_FLOOR. */
LP_INLINE void add_piece(sum_state *s, row_blocks *r, int64_t from, int64_t to, bool keep) {
    piece_state p = {.sum = {0}};
    double max[LANES];
    memcpy(max, s->max, sizeof max);
    for (int64_t b = from; b < to; b++) {
        const double *x = b == r->label_block ? r->label : r->z + b * LANES;
        x = b == r->last_block ? r->last : x;
        double *hi = keep ? b == r->last_block ? r->last_hi : r->hi + b * LANES : NULL;
        double *lo = keep ? b == r->last_block ? r->last_lo : r->lo + b * LANES : NULL;
        add_block(&p, max, hi, lo, x, keep);
    }
    memcpy(s->max, max, sizeof max);
    for (int q = 0; q < LANES; q++) {
        lp_dd all = lp_dd_add((lp_dd){s->hi[q], s->lo[q]}, lp_fast_two_sum(p.sum[q], p.err[q]));
        s->hi[q] = all.hi;
        s->lo[q] = all.lo;
    }
}

lp_long_sum lp_long_row_sum(double *hi, double *lo, const double *z, int64_t k, int64_t skip) {
    sum_state s = {.hi = {0}};
    row_blocks r;
    int64_t blocks = (k + LANES - 1) / LANES;
    for (int q = 0; q < LANES; q++) s.max[q] = -INFINITY;
    open_blocks(&r, hi, lo, z, k, skip);
    for (int64_t b = 0; b < blocks; b += PIECE) {
        int64_t to = blocks - b < PIECE ? blocks : b + PIECE;
        if (hi)
            add_piece(&s, &r, b, to, true);
        else
            add_piece(&s, &r, b, to, false);
    }
    if (hi && r.last_block >= 0) {
        int64_t at = r.last_block * LANES;
        memcpy(hi + at, r.last_hi, (size_t)(k - at) * sizeof *hi);
        memcpy(lo + at, r.last_lo, (size_t)(k - at) * sizeof *lo);
    }
    if (hi) hi[skip] = 1, lo[skip] = 0;
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int q = 0; q < half; q++) {
            lp_dd all =
                lp_dd_add((lp_dd){s.hi[q], s.lo[q]}, (lp_dd){s.hi[q + half], s.lo[q + half]});
            s.hi[q] = all.hi;
            s.lo[q] = all.lo;
            s.max[q] = s.max[q] > s.max[q + half] ? s.max[q] : s.max[q + half];
        }
    return (lp_long_sum){{s.hi[0], s.lo[0]}, s.max[0]};
}

typedef struct scale_state {
    lp_dd factor;
    double least; /* exponentials below it are cut at the floor, or the result is below 2^-960 */
    double none;  /* logits below it have a result below half the least subnormal */
    lp_one_hot_row *row;
    const lp_sink *sink;
} scale_state;

/* exp(z_j) factor made a little larger and a little smaller: sure where both are the same. The
 * product's low part is 2^-29.9 of it, so that its three roundings and the test's are 2^-81.9
 * beside E_EXP and E_SUM: 2^-78.6 in all. */
typedef struct bracket {
    double above, below;
} bracket;
LP_INLINE bracket scaled(double hi, double lo, const scale_state *s) {
    lp_dd p = lp_two_prod(hi, s->factor.hi);
    double e = lp_muladd(1, lo, s->factor.hi, lp_muladd(1, hi, s->factor.lo, p.lo));
    return (bracket){p.hi + lp_muladd(1, p.hi, LP_EPS_GRAD, e),
                     p.hi + lp_muladd(1, p.hi, -LP_EPS_GRAD, e)};
}
static double in_doubt(double z, const scale_state *s) {
    if (z < -DBL_MAX) return 0;
    return z < s->none ? 0 * s->factor.hi : lp_one_hot_other(s->row, s->sink, z);
}
/* `width` is a constant in each call. */
LP_INLINE void scale_block(double *out, const double *hi, const double *lo, const double *z,
                           const scale_state *state, int width) {
    const scale_state s = *state;
    double lane[WIDE];
    uint64_t doubts = 0;
    for (int q = 0; q < width; q++) {
        bracket p = scaled(hi[q], lo[q], &s);
        lane[q] = p.above;
        doubts |= (p.above != p.below ? 1u : 0u) | (hi[q] < s.least ? 1u : 0u);
    }
    if (doubts)
        for (int q = 0; q < width; q++) {
            bracket p = scaled(hi[q], lo[q], &s);
            if (!(p.above == p.below && hi[q] >= s.least)) lane[q] = in_doubt(z[q], &s);
        }
    if (out) memcpy(out, lane, (size_t)width * sizeof *lane);
}
/* What is left of a row. */
static void scale_last(double *out, const double *hi, const double *lo, const double *z, int64_t n,
                       const scale_state *s) {
    double lane[LANES], h[LANES], l[LANES], x[LANES];
    size_t size = (size_t)n * sizeof *lane;
    for (int q = 0; q < LANES; q++) h[q] = 1, l[q] = x[q] = 0;
    memcpy(h, hi, size);
    memcpy(l, lo, size);
    memcpy(x, z, size);
    scale_block(lane, h, l, x, s, LANES);
    if (out) memcpy(out, lane, size);
}

void lp_long_row_scale(double *out, const double *hi, const double *lo, const double *z, int64_t k,
                       lp_dd factor, lp_one_hot_row *row, const lp_sink *sink) {
    scale_state s = {.factor = factor, .row = row, .sink = sink};
    double size = fabs(factor.hi), small = 0x1p-960 / size;
    int64_t i = 0;
    s.least = small > 0x1.6p-498 ? small : 0x1.6p-498; /* exp(-344.96) */
    s.none = -(1076 + lp_exponent(size)) * 0.7;
    for (; i + WIDE <= k; i += WIDE)
        scale_block(out ? out + i : NULL, hi + i, lo + i, z + i, &s, WIDE);
    for (; i + LANES <= k; i += LANES)
        scale_block(out ? out + i : NULL, hi + i, lo + i, z + i, &s, LANES);
    if (i < k) scale_last(out ? out + i : NULL, hi + i, lo + i, z + i, k - i, &s);
}
