#include "impl/bounds.h"
#include "impl/one_hot_row.h"
#include "impl/precise.h"

#include <math.h>

lp_wide lp_row_gap(double a, double b, double temperature) {
    lp_wide gap = lp_wide_sub(lp_wide_from(a), lp_wide_from(b));
    return temperature == 1 ? gap : lp_wide_div(gap, lp_wide_from(temperature));
}

/* Rows that are not doubles as they lie go through the loops of kernel.h in pieces. */
enum { PIECE = 256 };
typedef struct piece {
    double x[PIECE];
    int64_t from, count, skip;
} piece;
static void load(piece *p, lp_view z, int64_t k, int64_t skip, int64_t from) {
    p->from = from;
    p->count = k - from < PIECE ? k - from : PIECE;
    p->skip = skip >= from && skip < from + p->count ? skip - from : -1;
    for (int64_t j = 0; j < p->count; j++) p->x[j] = lp_at(z, from + j);
}
#define EACH_PIECE(p, z, k, skip)                                                                  \
    for (int64_t from = 0; from < (k) && (load(&(p), z, k, skip, from), 1); from += PIECE)

lp_scan lp_row_scan(lp_view z, int64_t k, int64_t skip) {
    if (lp_view_plain(z)) return lp_scan_row(z.data, k, skip);
    lp_scan all = {.max = -INFINITY, .min = INFINITY};
    piece p;
    EACH_PIECE(p, z, k, skip) {
        lp_scan part = lp_scan_row(p.x, p.count, p.skip);
        all.max = part.max > all.max ? part.max : all.max;
        all.min = part.min < all.min ? part.min : all.min;
        all.bad |= part.bad;
    }
    return all;
}
typedef lp_dd sum_row(const double *z, int64_t k, int64_t skip, const lp_shift *s);
static lp_wide sum_exp(sum_row *sum, lp_view z, int64_t k, int64_t skip, const lp_shift *s) {
    if (lp_view_plain(z)) return lp_wide_make(sum(z.data, k, skip, s), 0);
    lp_wide all = {{0, 0}, 0};
    piece p;
    EACH_PIECE(p, z, k, skip)
    all = lp_wide_add(all, lp_wide_make(sum(p.x, p.count, p.skip, s), 0));
    return all;
}
lp_wide lp_row_gaps(lp_view z, int64_t k, int64_t skip, double m, bool huge) {
    if (lp_view_plain(z)) return lp_sum_gap(z.data, k, skip, m, huge);
    lp_wide all = {{0, 0}, 0};
    piece p;
    EACH_PIECE(p, z, k, skip)
    all = lp_wide_add(all, lp_sum_gap(p.x, p.count, p.skip, m, huge));
    return all;
}

int64_t lp_row_argmax(lp_view z, int64_t k) {
    double max = lp_row_scan(z, k, -1).max;
    for (int64_t j = 0; j < k; j++)
        if (lp_at(z, j) == max) return j;
    return 0;
}

lp_wide lp_row_other(const lp_row *row, double z) {
    if (z < -DBL_MAX || row->factor.m.hi == 0) return (lp_wide){{0, 0}, 0};
    lp_wide u = lp_row_gap(z, row->shift.z_max, row->shift.temperature);
    return lp_wide_mul(row->precise ? lp_wide_exp_precise(u) : lp_wide_exp(u), row->factor);
}

/* The loops' exp stops at -2300 (shift.c): a factor of 2^2000 lifts nothing from there. */
bool lp_sink_scale(lp_wide *scale, const lp_sink *s) {
    if (s->factor.special != 0) return false;
    *scale = s->scaled ? lp_wide_div(s->factor.x, s->divisor) : s->factor.x;
    return fabs(scale->e) < 2000;
}

static bool overlap(const void *out, const void *in, int64_t k) {
    uintptr_t a = (uintptr_t)out, b = (uintptr_t)in, size = (uintptr_t)k * sizeof(double);
    return a < b + size && b < a + size;
}

typedef struct emission {
    const lp_sink *out;
    const lp_row *row;
    lp_view z;
    int64_t k, skip;
    lp_value scale;
    lp_one_hot_row *one_hot;
} emission;
static void emit_each(const emission *e, bool dry) {
    double bits = e->row->precise ? LP_PRECISE_BITS : LP_GRAD_BITS;
    for (int64_t j = 0; j < e->k; j++) {
        if (j == e->skip) continue;
        double z = lp_at(e->z, j), rounded;
        lp_value p = lp_value_mul(lp_good_to(lp_row_other(e->row, z), bits), e->scale);
        if (!lp_value_decided(&rounded, lp_sink_value(e->out, p), e->out->single) && e->one_hot)
            rounded = lp_one_hot_other(e->one_hot, e->out, z);
        if (!dry) lp_store_rounded(e->out->data, e->out->single, j, rounded);
    }
}

/* In place, what `one_hot` reads has to be read before anything is written: a dry run goes first.
 */
void lp_row_emit(const lp_sink *out, const lp_row *row, lp_view z, int64_t k, int64_t i,
                 lp_value scale, lp_one_hot_row *one_hot) {
    emission e = {out, row, z, k, i, scale, one_hot};
    bool dry = one_hot && overlap(out->data, z.data, k);
    lp_wide all;
    bool fast = !out->single && lp_view_plain(z) && !row->precise && scale.special == 0 &&
                lp_sink_scale(&all, out);
    if (fast) {
        all = lp_wide_mul(lp_wide_mul(all, scale.x), row->factor);
        fast = fabs(all.e) < 2000;
    }
    if (fast && all.m.hi != 0) {
        if (dry) lp_emit_exp(NULL, z.data, k, i, &row->shift, all, one_hot, out);
        lp_emit_exp(out->data, z.data, k, i, &row->shift, all, one_hot, out);
    } else {
        if (dry) emit_each(&e, true);
        emit_each(&e, false);
    }
}

static lp_wide exp_quick(lp_wide x) {
    return lp_wide_exp(x);
}
static lp_wide exp_precise(lp_wide x) {
    return lp_wide_exp_precise(x);
}
static lp_wide log1p_quick(lp_wide x) {
    return lp_wide_log1p(x);
}
static lp_wide log1p_precise(lp_wide x) {
    return lp_wide_log1p_precise(x);
}

/* Binary32 rows that nearly coincide: p_j = (1 + x + x^2/2 + x^3/6 ...)/k lies within x^3 of a
 * midpoint where k is a power of two and x some units in the last place of binary32, 2^-69 and
 * less, so that the rounding needs more digits than the loops have. */
static bool nearly_equal(lp_view z, const lp_scan *others, double own, double temperature) {
    double top = others->max > own ? others->max : own, low = others->min < own ? others->min : own;
    return z.single && top - low < 0x1p-8 * temperature;
}

/* With m the largest logit but z_i, S = sum_{j != i} exp(u_j - u_m) >= 1 and d = u_m - u_i:
 *   d <= 0: s = exp(d) S,        loss = log1p(s),     p_i = 1/(1 + s),       p_j = e_j exp(d)/(1+s)
 *   d >  0: s = S - 1 + exp(-d), loss = d + log1p(s), p_i = exp(-d)/(1 + s), p_j = e_j/(1 + s)
 * and 1 - p_i = S factor: no subtraction loses anything (S - 1 is beside exp(-d) or d), so relative
 * errors only add up: S and exp(d) 2^-68.9 each, hence s 2^-67.9, which log1p does not enlarge:
 * with its own 2^-66.8 the loss has 2^-66.2; factor has exp(d) and s: 2^-67.3, p_j = e_j factor
 * 2^-66.9. After the one rounding 0.5 + 2^-13.2 ulp at most. */
bool lp_row_split(lp_row *row, lp_view z, int64_t k, int64_t i, double temperature, bool precise) {
    const lp_wide zero = {{0, 0}, 0}, one = {{1, 0}, 0};
    lp_scan others = lp_row_scan(z, k, i);
    double own = lp_at(z, i);
    if (others.bad || !(own <= DBL_MAX)) return false;
    bool absent = own < -DBL_MAX, alone = others.max < -DBL_MAX;
    if (absent && alone) return false;
    row->lowest = others.min;
    row->minus_inf = others.min < -DBL_MAX;
    row->infinite = absent;
    row->precise = precise = precise || nearly_equal(z, &others, own, temperature);
    if (alone) {
        row->shift = lp_shift_set(own, temperature);
        row->factor = row->rest = row->loss = zero;
        row->own = one;
        return true;
    }
    row->shift = lp_shift_set(others.max, temperature);
    lp_wide sum = sum_exp(precise ? lp_sum_exp_sharp : lp_sum_exp, z, k, i, &row->shift);
    if (absent) {
        row->factor = lp_wide_div(one, sum);
        row->own = row->loss = zero;
        row->rest = one;
        return true;
    }
    lp_wide (*take_exp)(lp_wide) = precise ? exp_precise : exp_quick;
    lp_wide (*take_log1p)(lp_wide) = precise ? log1p_precise : log1p_quick;
    lp_wide d = lp_row_gap(others.max, own, temperature);
    if (d.m.hi <= 0) {
        lp_wide e = take_exp(d), s = lp_wide_mul(e, sum), all = lp_wide_add(one, s);
        row->own = lp_wide_div(one, all);
        row->factor = lp_wide_div(e, all);
        row->loss = take_log1p(s);
    } else {
        lp_wide e = take_exp(lp_wide_neg(d));
        lp_wide s = lp_wide_add(lp_wide_sub(sum, one), e), all = lp_wide_add(one, s);
        row->own = lp_wide_div(e, all);
        row->factor = lp_wide_div(one, all);
        row->loss = lp_wide_add(d, take_log1p(s));
    }
    row->rest = lp_wide_mul(sum, row->factor);
    return true;
}
