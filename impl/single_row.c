#include "impl/single_row.h"

#include "impl/bounds.h"
#include "impl/single_math.h"
#include "impl/split.h"

enum { LANES = 16, BLOCK = LP_SINGLE_BLOCK };

typedef struct sum_state {
    double sum[LANES], err[LANES], max[LANES];
} sum_state;
LP_INLINE double term(double z) {
    return lp_exp_single(-LP_FLOOR > z ? -LP_FLOOR : z);
}
/* Four terms a lane are added, rounded twice one after the other, 2^-52; what the sum's additions
 * lose is kept. With E_SINGLE 2^-50.3 = E_SINGLE_SUM. */
LP_INLINE void add_block(sum_state *restrict s, double *restrict e, const float *restrict z,
                         bool keep) {
    for (int q = 0; q < LANES; q++) {
        double z0 = (double)z[q], z1 = (double)z[q + LANES], z2 = (double)z[q + 2 * LANES],
               z3 = (double)z[q + 3 * LANES];
        double a = z0 > z1 ? z0 : z1, b = z2 > z3 ? z2 : z3, max = a > b ? a : b;
        double e0 = term(z0), e1 = term(z1), e2 = term(z2), e3 = term(z3);
        double sum = s->sum[q], four = (e0 + e1) + (e2 + e3), next = sum + four;
        double big = sum > four ? sum : four, small = sum > four ? four : sum;
        s->max[q] = max > s->max[q] ? max : s->max[q];
        s->err[q] += small - (next - big);
        s->sum[q] = next;
        if (keep && e) {
            e[q] = e0;
            e[q + LANES] = e1;
            e[q + 2 * LANES] = e2;
            e[q + 3 * LANES] = e3;
        }
    }
}

/* Blocks as they lie, but the one with the label and the last, if it is not whole: from copies,
 * where -inf, that is -LP_FLOOR, stands for the label and for what is beyond the row. */
lp_long_sum lp_single_row_sum(double *e, const float *z, int64_t k, int64_t skip) {
    sum_state s = {.sum = {0}};
    int64_t whole = k / BLOCK, rest = k - whole * BLOCK, at = skip / BLOCK;
    float last[BLOCK], label[BLOCK];
    for (int q = 0; q < LANES; q++) s.max[q] = -INFINITY;
    for (int q = 0; q < BLOCK; q++) last[q] = label[q] = -INFINITY;
    memcpy(last, z + whole * BLOCK, (size_t)rest * sizeof *z);
    if (at < whole) memcpy(label, z + at * BLOCK, sizeof label);
    (at < whole ? label : last)[skip - at * BLOCK] = -INFINITY;
    for (int64_t b = 0; b < whole + (rest > 0); b++) {
        const float *x = b == at ? label : z + b * BLOCK;
        x = b == whole ? last : x;
        if (e)
            add_block(&s, e + b * BLOCK, x, true);
        else
            add_block(&s, NULL, x, false);
    }
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int q = 0; q < half; q++) {
            lp_dd a = {s.sum[q], s.err[q]}, b = {s.sum[q + half], s.err[q + half]};
            lp_dd all = lp_dd_add(lp_fast_two_sum(a.hi, a.lo), lp_fast_two_sum(b.hi, b.lo));
            s.sum[q] = all.hi;
            s.err[q] = all.lo;
            s.max[q] = s.max[q] > s.max[q + half] ? s.max[q] : s.max[q + half];
        }
    return (lp_long_sum){{s.sum[0], s.err[0]}, s.max[0]};
}

typedef struct scale_state {
    double factor;
    lp_one_hot_row *row;
    const lp_sink *sink;
} scale_state;
/* E_SINGLE, E_SINGLE_SUM, of which 1/(S + w) has no more, and three roundings (the factor's, made a
 * little larger, and the product's): 2^-49.2. What is cut at the floor is below 2^-150 all the
 * same; + 0 makes +0 of -0, as a mask's exact 0 is. */
LP_INLINE void scale_block(float *out, const double *e, const float *z, const scale_state *s,
                           bool again) {
    const double above = s->factor * (1 + LP_EPS_SINGLE), below = s->factor * (1 - LP_EPS_SINGLE);
    float lane[BLOCK], other[BLOCK];
    uint32_t doubts = 0;
    for (int q = 0; q < BLOCK; q++) {
        /* cppcheck-suppress nullPointer ; e is there where nothing is computed again */
        double p = again ? term((double)z[q]) : e[q];
        lane[q] = (float)(p * above) + 0.0f;
        other[q] = (float)(p * below) + 0.0f;
    }
    for (int q = 0; q < BLOCK; q++) doubts |= lane[q] != other[q] ? 1u : 0u;
    if (doubts)
        for (int q = 0; q < BLOCK; q++)
            if (lane[q] != other[q])
                lane[q] = (float)lp_one_hot_other(s->row, s->sink, (double)z[q]);
    if (out) memcpy(out, lane, sizeof lane);
}

void lp_single_row_scale(float *out, const double *e, const float *z, int64_t k, double factor,
                         lp_one_hot_row *row, const lp_sink *sink) {
    const scale_state s = {factor, row, sink};
    int64_t whole = k / BLOCK * BLOCK;
    float x[BLOCK] = {0}, last[BLOCK];
    for (int64_t i = 0; i < whole; i += BLOCK) {
        if (e)
            scale_block(out ? out + i : NULL, e + i, z + i, &s, false);
        else
            scale_block(out ? out + i : NULL, NULL, z + i, &s, true);
    }
    if (whole == k) return;
    memcpy(x, z + whole, (size_t)(k - whole) * sizeof *z);
    scale_block(last, NULL, x, &s, true);
    if (out) memcpy(out + whole, last, (size_t)(k - whole) * sizeof *last);
}
