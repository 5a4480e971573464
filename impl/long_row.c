#include "impl/long_row.h"

#include "impl/bounds.h"
#include "impl/fetch.h"
#include "impl/lookup.h"
#include "impl/split.h"

#include <math.h>

/* Lanes of a loop, blocks of them whose sums are kept apart, and classes of the gradient that are
 * tested together; how many blocks before it is added up a block is looked up, of RING that are
 * kept. */
enum { LANES = 16, PIECE = 16, WIDE = 256, AHEAD = 2, RING = 4 };
#define LINES(lanes) ((lanes) * (int)sizeof(double) / LP_FETCH_LINE)

/* A lane's sum of one piece in `sum`, what its additions lost and the terms' low parts in `err`:
 * the larger of sum and term comes first, so that the loss of each addition is exact. The low parts
 * are below 2^-31 of their terms and so is err of the sum, which may have all of that from a
 * piece's first term on. Each term's is rounded once when it is put to what its addition lost, and
 * PIECE - 1 additions to err round, u of what is there: PIECE 2^-53 2^-31 = 2^-80 of the sum.
 * Pieces are then added in double-double, K/256 of them 2^-104 each: 2^-92. With 2^-81, to which
 * exponentials are proved: below 2^-79.4 = E_SUM. */
typedef struct sum_state {
    double hi[LANES], lo[LANES], max[LANES];
} sum_state;
typedef struct piece_state {
    double sum[LANES], err[LANES];
} piece_state;
/* A block of logits, -LP_FLOOR at least, and the entries of exp's table; lo: what the logits leave
 * out, over a temperature. */
typedef struct block_terms {
    _Alignas(64) double x[LANES], lo[LANES], place[LANES];
    lp_exp_entry entry[LANES];
} block_terms;
LP_INLINE void look_up(block_terms *restrict b, const double *restrict z, double floor,
                       const lp_temper *restrict t) {
    LP_KEEP_LOOP
    for (int q = 0; q < LANES; q++) {
        lp_dd gap = t ? lp_temper_gap(z[q], t->own, t->temperature, t->inverse) : (lp_dd){z[q], 0};
        double x = floor > gap.hi ? floor : gap.hi;
        b->x[q] = x;
        if (t) b->lo[q] = lp_temper_low(gap);
        b->place[q] = lp_exp_place(x);
    }
    lp_exp_look_up(b->entry, b->place, LANES);
}
LP_INLINE void add_block(piece_state *restrict s, double *restrict max, double *restrict hi,
                         double *restrict lo, const block_terms *restrict b, bool keep,
                         bool tempered) {
    for (int q = 0; q < LANES; q++) {
        double x = b->x[q], sum = s->sum[q];
        max[q] = x > max[q] ? x : max[q];
        lp_dd e = tempered ? lp_temper_exp_at(x, b->lo[q], b->place[q], b->entry[q])
                           : lp_exp_at(x, b->place[q], b->entry[q]);
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
LP_INLINE void look_up_block(block_terms *ring, const row_blocks *r, int64_t b, double floor,
                             const lp_temper *t) {
    const double *z = b == r->label_block ? r->label : r->z + b * LANES;
    z = b == r->last_block ? r->last : z;
    lp_fetch_read(r->z + b * LANES, 0, LINES(LANES));
    look_up(&ring[b % RING], z, floor, t);
}
LP_INLINE void add_piece(sum_state *s, row_blocks *r, block_terms *ring, int64_t from, int64_t to,
                         int64_t blocks, double floor, bool keep, const lp_temper *t) {
    piece_state p = {.sum = {0}};
    double max[LANES];
    memcpy(max, s->max, sizeof max);
    for (int64_t b = from; b < to; b++) {
        look_up_block(ring, r, b + AHEAD < blocks ? b + AHEAD : b, floor, t);
        if (keep) lp_fetch_write(r->hi + b * LANES, LINES(LANES));
        if (keep) lp_fetch_write(r->lo + b * LANES, LINES(LANES));
        double *hi = keep ? b == r->last_block ? r->last_hi : r->hi + b * LANES : NULL;
        double *lo = keep ? b == r->last_block ? r->last_lo : r->lo + b * LANES : NULL;
        add_block(&p, max, hi, lo, &ring[b % RING], keep, t != NULL);
    }
    memcpy(s->max, max, sizeof max);
    for (int q = 0; q < LANES; q++) {
        lp_dd all = lp_dd_add((lp_dd){s->hi[q], s->lo[q]}, lp_fast_two_sum(p.sum[q], p.err[q]));
        s->hi[q] = all.hi;
        s->lo[q] = all.lo;
    }
}

/* AHEAD blocks there are, of rows that are not short. */
LP_INLINE void add_pieces(sum_state *s, row_blocks *r, int64_t blocks, bool keep,
                          const lp_temper *t) {
    block_terms ring[RING];
    const double floor = lp_floor();
    for (int64_t b = 0; b < AHEAD; b++) look_up_block(ring, r, b < blocks ? b : 0, floor, t);
    for (int64_t b = 0; b < blocks; b += PIECE)
        add_piece(s, r, ring, b, blocks - b < PIECE ? blocks : b + PIECE, blocks, floor, keep, t);
}
/* One text for all; which it is, is known where it is called. */
static void add_row(sum_state *s, row_blocks *r, int64_t blocks, const lp_temper *temper) {
    const bool keep = r->hi;
    if (temper) {
        const lp_temper t = *temper; /* a copy that x cannot alias */
        if (keep)
            add_pieces(s, r, blocks, true, &t);
        else
            add_pieces(s, r, blocks, false, &t);
    } else if (keep) {
        add_pieces(s, r, blocks, true, NULL);
    } else {
        add_pieces(s, r, blocks, false, NULL);
    }
}

/* Terms are not negative: what a lane's low part rounds is 2^-105 of the sum, four times. */
LP_INLINE void fold(sum_state *s, int half) {
    for (int q = 0; q < half; q++) {
        lp_dd all = lp_two_sum(s->hi[q], s->hi[q + half]);
        s->hi[q] = all.hi;
        s->lo[q] = all.lo + (s->lo[q] + s->lo[q + half]);
        s->max[q] = s->max[q] > s->max[q + half] ? s->max[q] : s->max[q + half];
    }
}
lp_long_sum lp_long_row_sum(double *hi, double *lo, const double *z, int64_t k, int64_t skip,
                            const lp_temper *t) {
    sum_state s = {.hi = {0}};
    row_blocks r;
    int64_t blocks = (k + LANES - 1) / LANES;
    for (int q = 0; q < LANES; q++) s.max[q] = -INFINITY;
    open_blocks(&r, hi, lo, z, k, skip);
    add_row(&s, &r, blocks, t);
    if (hi && r.last_block >= 0) {
        int64_t at = r.last_block * LANES;
        memcpy(hi + at, r.last_hi, (size_t)(k - at) * sizeof *hi);
        memcpy(lo + at, r.last_lo, (size_t)(k - at) * sizeof *lo);
    }
    if (hi) hi[skip] = 1, lo[skip] = 0;
    fold(&s, 8);
    fold(&s, 4);
    fold(&s, 2);
    fold(&s, 1);
    return (lp_long_sum){lp_fast_two_sum(s.hi[0], s.lo[0]), s.max[0]};
}

typedef struct scale_state {
    lp_dd factor;
    double least; /* exponentials below it are cut at the floor, or the result is below 2^-960 */
    double none;  /* logits so far from `own` have a result below half the least subnormal */
    double own;
    const lp_temper *temper; /* or NULL */
    double eps;
    const lp_asker *ask;
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
    return (bracket){p.hi + lp_muladd(1, p.hi, s->eps, e), p.hi + lp_muladd(1, p.hi, -s->eps, e)};
}
static double in_doubt(double z, const scale_state *s) {
    if (z < -DBL_MAX) return 0;
    return z - s->own < s->none ? 0 * s->factor.hi : s->ask->other(s->ask->row, z);
}
/* What some lanes have come to: bits that differ between the ends of a bracket, and the least
 * exponential. */
typedef struct doubts {
    uint64_t bits[LANES];
    double least[LANES];
} doubts;
LP_INLINE void scale_lanes(doubts *restrict d, double *restrict out, const double *restrict hi,
                           const double *restrict lo, const scale_state *restrict s) {
    for (int q = 0; q < LANES; q++) {
        bracket p = scaled(hi[q], lo[q], s);
        d->bits[q] |= lp_bits(p.above) ^ lp_bits(p.below);
        d->least[q] = hi[q] < d->least[q] ? hi[q] : d->least[q];
        out[q] = p.above;
    }
}
LP_INLINE doubts no_doubts(void) {
    doubts d = {.bits = {0}};
    for (int q = 0; q < LANES; q++) d.least[q] = INFINITY;
    return d;
}
LP_INLINE bool any(const doubts *d, double least) {
    uint64_t bits = 0;
    for (int q = 0; q < LANES; q++) bits |= d->bits[q] | (d->least[q] < least ? 1u : 0u);
    return bits != 0;
}
/* n: a multiple of LANES. */
static void settle(double *lane, const double *hi, const double *lo, const double *z, int64_t n,
                   const scale_state *s) {
    for (int64_t i = 0; i < n; i += LANES) {
        doubts d = no_doubts();
        scale_lanes(&d, lane + i, hi + i, lo + i, s);
        if (!any(&d, s->least)) continue;
        for (int64_t q = i; q < i + LANES; q++) {
            bracket p = scaled(hi[q], lo[q], s);
            if (!(p.above == p.below && hi[q] >= s->least)) lane[q] = in_doubt(z[q], s);
        }
    }
}
/* n: a multiple of LANES, WIDE at most. Doubts are looked for once a block, which goes through
 * memory of its own since results may lie where hi does. */
static void scale_kept(double *out, const double *hi, const double *lo, const double *z, int64_t n,
                       const scale_state *state) {
    const scale_state s = *state;
    double lane[WIDE];
    doubts d = no_doubts();
    for (int64_t i = 0; i < n; i += LANES) {
        lp_fetch_read(hi + i, 0, LINES(LANES));
        lp_fetch_read(lo + i, 0, LINES(LANES));
        scale_lanes(&d, lane + i, hi + i, lo + i, &s);
    }
    if (any(&d, s.least)) settle(lane, hi, lo, z, n, state);
    if (out) memcpy(out, lane, (size_t)n * sizeof *lane);
}
LP_INLINE void take_again(double *restrict hi, double *restrict lo, const double *restrict z,
                          int64_t n, const lp_temper *restrict t) {
    const double floor = lp_floor();
    for (int64_t i = 0; i < n; i += LANES) {
        lp_fetch_read(z + i, 0, LINES(LANES));
        for (int64_t q = i; q < i + LANES; q++) {
            lp_dd e = t ? lp_temper_exp(lp_temper_gap(z[q], t->own, t->temperature, t->inverse))
                        : lp_exp_term(floor > z[q] ? floor : z[q]);
            hi[q] = e.hi;
            lo[q] = e.lo;
        }
    }
}
/* From class `at` on; hi NULL: the exponentials are not kept. The label's, which nothing asks for,
 * is 1, so that it leaves no doubt that is looked into. */
static void scale_block(double *out, const double *hi, const double *lo, const double *z,
                        int64_t at, int64_t n, const scale_state *s) {
    double high[WIDE], low[WIDE];
    if (hi) {
        scale_kept(out, hi, lo, z, n, s);
        return;
    }
    if (s->temper) {
        const lp_temper t = *s->temper; /* a copy that z cannot alias */
        take_again(high, low, z, n, &t);
    } else {
        take_again(high, low, z, n, NULL);
    }
    const int64_t label = s->ask->label - at;
    if (label >= 0 && label < n) {
        high[label] = 1;
        low[label] = 0;
    }
    scale_kept(out, high, low, z, n, s);
}
/* What is left of a row. */
static void scale_last(double *out, const double *hi, const double *lo, const double *z, int64_t at,
                       int64_t n, const scale_state *s) {
    double lane[LANES], h[LANES], l[LANES], x[LANES];
    size_t size = (size_t)n * sizeof *lane;
    for (int q = 0; q < LANES; q++) h[q] = 1, l[q] = 0, x[q] = s->own;
    if (hi) memcpy(h, hi, size);
    if (hi) memcpy(l, lo, size);
    memcpy(x, z, size);
    scale_block(lane, hi ? h : NULL, l, x, at, LANES, s);
    if (out) memcpy(out, lane, size);
}

void lp_long_row_scale(double *out, const double *hi, const double *lo, const double *z, int64_t k,
                       lp_dd factor, double eps, const lp_temper *t, const lp_asker *ask) {
    scale_state s = {.factor = factor, .eps = eps, .ask = ask};
    double size = fabs(factor.hi), small = 0x1p-960 / size;
    int64_t i = 0;
    s.least = small > 0x1.6p-498 ? small : 0x1.6p-498; /* exp(-344.96) */
    s.none = -(1076 + lp_exponent(size)) * 0.7 * (t ? t->temperature : 1);
    s.own = t ? t->own : 0;
    s.temper = t;
    while (i < k) {
        int64_t n = k - i < WIDE ? (k - i) / LANES * LANES : WIDE;
        double *to = out ? out + i : NULL;
        const double *high = hi ? hi + i : NULL, *low = hi ? lo + i : NULL;
        if (n == 0)
            scale_last(to, high, low, z + i, i, k - i, &s);
        else
            scale_block(to, high, low, z + i, i, n, &s);
        i += n > 0 ? n : LANES;
    }
}
