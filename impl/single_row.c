#include "impl/single_row.h"

#include "impl/bounds.h"
#include "impl/single_math.h"
#include "impl/split.h"

enum { LANES = 16, BLOCK = 2 * LANES, PIECE = 8 * BLOCK };

typedef struct sum_state {
    double sum[LANES], err[LANES];
    float max[LANES];
} sum_state;
LP_INLINE double term(float z) {
    return lp_exp_single((double)(-(float)LP_FLOOR > z ? -(float)LP_FLOOR : z));
}
/* Two terms a lane are added, rounded once, 2^-53; what the sum's additions lose is kept. With
 * E_SINGLE 2^-50.6 = E_SINGLE_SUM. e NULL: the terms are not wanted. */
LP_INLINE void add_block(sum_state *restrict s, lp_loose *restrict e, const float *restrict z) {
    for (int q = 0; q < LANES; q++) {
        float z0 = z[q], z1 = z[q + LANES], max = z0 > z1 ? z0 : z1;
        double e0 = term(z0), e1 = term(z1);
        double sum = s->sum[q], two = e0 + e1, next = sum + two;
        double big = sum > two ? sum : two, small = sum > two ? two : sum;
        s->max[q] = max > s->max[q] ? max : s->max[q];
        s->err[q] += small - (next - big);
        s->sum[q] = next;
        if (e) e[q] = e0, e[q + LANES] = e1;
    }
}

/* A row as blocks: as they lie, but the one with the label and the last, if it is not whole: from
 * copies, where -inf, that is -LP_FLOOR, stands for the label and for what is beyond the row. */
typedef struct row_blocks {
    const float *z;
    int64_t whole, rest, label_block;
    float label[BLOCK], last[BLOCK];
} row_blocks;
static void open_blocks(row_blocks *r, const float *z, int64_t k, int64_t skip) {
    r->z = z;
    r->whole = k / BLOCK;
    r->rest = k - r->whole * BLOCK;
    r->label_block = skip / BLOCK;
    bool inside = r->label_block < r->whole;
    for (int q = 0; q < BLOCK; q++) r->last[q] = -INFINITY;
    memcpy(r->last, z + r->whole * BLOCK, (size_t)r->rest * sizeof *z);
    if (inside) memcpy(r->label, z + r->label_block * BLOCK, sizeof r->label);
    (inside ? r->label : r->last)[skip - r->label_block * BLOCK] = -INFINITY;
}
LP_INLINE void add_blocks(sum_state *s, lp_loose *e, const row_blocks *r, const float *out) {
    for (int64_t b = 0; b < r->whole; b++) {
        if (out) LP_FETCH(out + b * BLOCK), LP_FETCH(out + b * BLOCK + LANES);
        add_block(s, e ? e + b * BLOCK : NULL, b == r->label_block ? r->label : r->z + b * BLOCK);
    }
}
lp_long_sum lp_single_row_sum(lp_loose *e, const float *z, int64_t k, int64_t skip,
                              const float *out) {
    sum_state s = {.sum = {0}};
    row_blocks r;
    double last[BLOCK];
    for (int q = 0; q < LANES; q++) s.max[q] = -INFINITY;
    open_blocks(&r, z, k, skip);
    if (e)
        add_blocks(&s, e, &r, out);
    else
        add_blocks(&s, NULL, &r, out);
    if (r.rest > 0) add_block(&s, last, r.last);
    if (e && r.rest > 0) memcpy(e + r.whole * BLOCK, last, (size_t)r.rest * sizeof *last);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int q = 0; q < half; q++) {
            lp_dd all = lp_two_sum(s.sum[q], s.sum[q + half]);
            s.sum[q] = all.hi;
            s.err[q] = all.lo + (s.err[q] + s.err[q + half]);
            s.max[q] = s.max[q] > s.max[q + half] ? s.max[q] : s.max[q + half];
        }
    return (lp_long_sum){{s.sum[0], s.err[0]}, (double)s.max[0]};
}

typedef struct scale_state {
    double above, below; /* the factor, a little more and a little less */
    lp_one_hot_row *row;
    const lp_sink *sink;
} scale_state;
/* E_SINGLE, E_SINGLE_SUM, of which 1/(S + w) has no more, and three roundings (the factor's, that
 * of what is a little more, and the product's): 2^-49.3. What is cut at the floor is below 2^-150
 * all the same; + 0 makes +0 of -0, as a mask's exact 0 is. `n` is a multiple of LANES. */
LP_INLINE void scale_lanes(float *restrict lane, uint32_t *restrict doubt,
                           const lp_loose *restrict e, const float *restrict z, int64_t n,
                           const scale_state *s, bool again) {
    const double above = s->above, below = s->below;
    for (int64_t b = 0; b < n; b += LANES)
        for (int q = 0; q < LANES; q++) {
            /* cppcheck-suppress nullPointer ; e is there where nothing is computed again */
            double p = again ? term(z[b + q]) : e[b + q];
            float high = (float)(p * above), low = (float)(p * below);
            lane[b + q] = high + 0.0f;
            doubt[q] |= high != low ? 1u : 0u;
        }
}
static void settle(float *lane, const lp_loose *e, const float *z, int64_t n,
                   const scale_state *s) {
    for (int64_t q = 0; q < n; q++) {
        double p = e ? e[q] : term(z[q]);
        if ((float)(p * s->above) != (float)(p * s->below))
            lane[q] = (float)lp_one_hot_other(s->row, s->sink, (double)z[q]);
    }
}
/* A piece of n <= PIECE goes through memory of its own, so that doubts are looked for once a piece
 * and results may lie where z and e do. */
static void scale_piece(float *out, const lp_loose *e, const float *z, int64_t n,
                        const scale_state *s) {
    float lane[PIECE], last_z[LANES] = {0};
    double last_e[LANES] = {0};
    uint32_t doubt[LANES] = {0}, any = 0;
    int64_t whole = n / LANES * LANES, rest = n - whole;
    memcpy(last_z, z + whole, (size_t)rest * sizeof *z);
    if (e) {
        memcpy(last_e, e + whole, (size_t)rest * sizeof *e);
        scale_lanes(lane, doubt, e, NULL, whole, s, false);
        if (rest > 0) scale_lanes(lane + whole, doubt, last_e, NULL, LANES, s, false);
    } else {
        scale_lanes(lane, doubt, NULL, z, whole, s, true);
        if (rest > 0) scale_lanes(lane + whole, doubt, NULL, last_z, LANES, s, true);
    }
    for (int q = 0; q < LANES; q++) any |= doubt[q];
    if (any) settle(lane, e, z, n, s);
    if (out) memcpy(out, lane, (size_t)n * sizeof *out);
}

void lp_single_row_scale(float *out, const lp_loose *e, const float *z, int64_t k, double factor,
                         lp_one_hot_row *row, const lp_sink *sink) {
    const scale_state s = {factor * (1 + LP_EPS_SINGLE), factor * (1 - LP_EPS_SINGLE), row, sink};
    for (int64_t i = 0; i < k; i += PIECE)
        scale_piece(out ? out + i : NULL, e ? e + i : NULL, z + i, k - i < PIECE ? k - i : PIECE,
                    &s);
}
