#include "impl/single_row.h"

#include "impl/bounds.h"
#include "impl/fetch.h"
#include "impl/single_math.h"
#include "impl/split.h"

#include <math.h>

enum { LANES = 16, BLOCK = 2 * LANES, PIECE = 8 * BLOCK };
enum { LINES = BLOCK * (int)sizeof(float) / LP_FETCH_LINE };

typedef struct sum_state {
    double sum[LANES], err[LANES];
    float max[LANES];
} sum_state;
/* A class's distance, of which a float is enough to tell how large it is, and its exponential. */
typedef struct entry {
    float z;
    double e;
} entry;
LP_INLINE entry term(float z, const lp_temper *t) {
    if (!t) return (entry){z, lp_exp_single((double)(-(float)LP_FLOOR > z ? -(float)LP_FLOOR : z))};
    lp_dd gap = lp_temper_gap((double)z, t->own, t->temperature, t->inverse);
    return (entry){(float)gap.hi, lp_temper_exp_single(gap)};
}
/* Two terms a lane are added, rounded once, 2^-53; what the sum's additions lose is kept. With
 * E_SINGLE 2^-50.6 = E_SINGLE_SUM, over a temperature u more, 2^-50.3. e NULL: the terms are not
 * wanted. */
LP_INLINE void add_block(sum_state *restrict s, lp_loose *restrict e, const float *restrict z,
                         const lp_temper *restrict t) {
    for (int q = 0; q < LANES; q++) {
        entry a = term(z[q], t), b = term(z[q + LANES], t);
        float max = a.z > b.z ? a.z : b.z;
        double e0 = a.e, e1 = b.e;
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
LP_INLINE void add_blocks(sum_state *s, lp_loose *e, const row_blocks *r, const float *out,
                          const lp_temper *t) {
    for (int64_t b = 0; b < r->whole; b++) {
        lp_fetch_read(r->z + b * BLOCK, 0, LINES);
        if (out) lp_fetch_write(out + b * BLOCK, LINES);
        add_block(s, e ? e + b * BLOCK : NULL, b == r->label_block ? r->label : r->z + b * BLOCK,
                  t);
    }
    if (r->rest == 0) return;
    double last[BLOCK];
    add_block(s, last, r->last, t);
    if (e) memcpy(e + r->whole * BLOCK, last, (size_t)r->rest * sizeof *last);
}
/* One text for all; which it is, is known where it is called. */
static void add_row(sum_state *s, lp_loose *e, const row_blocks *r, const float *out,
                    const lp_temper *temper) {
    if (temper) {
        const lp_temper t = *temper; /* a copy that z cannot alias */
        if (e)
            add_blocks(s, e, r, out, &t);
        else
            add_blocks(s, NULL, r, out, &t);
    } else if (e) {
        add_blocks(s, e, r, out, NULL);
    } else {
        add_blocks(s, NULL, r, out, NULL);
    }
}
lp_long_sum lp_single_row_sum(lp_loose *e, const float *z, int64_t k, int64_t skip,
                              const float *out, const lp_temper *t) {
    sum_state s = {.sum = {0}};
    row_blocks r;
    for (int q = 0; q < LANES; q++) s.max[q] = -INFINITY;
    open_blocks(&r, z, k, skip);
    add_row(&s, e, &r, out, t);
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
    const lp_temper *temper;
    const lp_asker *ask;
} scale_state;
/* E_SINGLE, E_SINGLE_SUM, of which 1/(S + w) has no more, and three roundings (the factor's, that
 * of what is a little more, and the product's): 2^-49.3; over a temperature two u more, 2^-49.1.
 * What is cut at the floor is below 2^-150
 * all the same; + 0 makes +0 of -0, as a mask's exact 0 is. `n` is a multiple of LANES. */
LP_INLINE void scale_lanes(float *restrict lane, uint32_t *restrict doubt,
                           const lp_loose *restrict e, const float *restrict z, int64_t n,
                           const scale_state *s, const lp_temper *restrict t) {
    const double above = s->above, below = s->below;
    for (int64_t b = 0; b < n; b += LANES)
        for (int q = 0; q < LANES; q++) {
            double p = e ? e[b + q] : term(z[b + q], t).e;
            float high = (float)(p * above), low = (float)(p * below);
            lane[b + q] = high + 0.0f;
            doubt[q] |= high != low ? 1u : 0u;
        }
}
static void settle(float *lane, const lp_loose *e, const float *z, int64_t n,
                   const scale_state *s) {
    for (int64_t q = 0; q < n; q++) {
        double p = e ? e[q] : term(z[q], s->temper).e;
        if ((float)(p * s->above) != (float)(p * s->below))
            lane[q] = (float)s->ask->other(s->ask->row, (double)z[q]);
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
        scale_lanes(lane, doubt, e, z, whole, s, NULL);
        if (rest > 0) scale_lanes(lane + whole, doubt, last_e, last_z, LANES, s, NULL);
    } else if (s->temper) {
        const lp_temper t = *s->temper;
        scale_lanes(lane, doubt, NULL, z, whole, s, &t);
        if (rest > 0) scale_lanes(lane + whole, doubt, NULL, last_z, LANES, s, &t);
    } else {
        scale_lanes(lane, doubt, NULL, z, whole, s, NULL);
        if (rest > 0) scale_lanes(lane + whole, doubt, NULL, last_z, LANES, s, NULL);
    }
    for (int q = 0; q < LANES; q++) any |= doubt[q];
    if (any) settle(lane, e, z, n, s);
    if (out) memcpy(out, lane, (size_t)n * sizeof *out);
}

void lp_single_row_scale(float *out, const lp_loose *e, const float *z, int64_t k, double factor,
                         double eps, const lp_temper *t, const lp_asker *ask) {
    const scale_state s = {factor * (1 + eps), factor * (1 - eps), t, ask};
    for (int64_t i = 0; i < k; i += PIECE)
        scale_piece(out ? out + i : NULL, e ? e + i : NULL, z + i, k - i < PIECE ? k - i : PIECE,
                    &s);
}
