#include "impl/row.h"

#include <math.h>

lp_wide lp_row_gap(double a, double b, double temperature) {
    lp_wide gap = lp_wide_sub(lp_wide_from(a), lp_wide_from(b));
    return temperature == 1 ? gap : lp_wide_div(gap, lp_wide_from(temperature));
}

int64_t lp_row_argmax(const double *z, int64_t k) {
    double max = lp_scan_row(z, k, -1).max;
    for (int64_t j = 0; j < k; j++)
        if (z[j] == max) return j;
    return 0;
}

lp_wide lp_row_other(const lp_row *row, double z) {
    if (z < -DBL_MAX || row->factor.m.hi == 0) return (lp_wide){{0, 0}, 0};
    lp_wide u = lp_row_gap(z, row->shift.z_max, row->shift.temperature);
    return lp_wide_mul(lp_wide_exp(u), row->factor);
}

/* With m the largest logit but z_i, S = sum_{j != i} exp(u_j - u_m) >= 1 and d = u_m - u_i:
 *   d <= 0: s = exp(d) S,        loss = log1p(s),     p_i = 1/(1 + s),       p_j = e_j exp(d)/(1+s)
 *   d >  0: s = S - 1 + exp(-d), loss = d + log1p(s), p_i = exp(-d)/(1 + s), p_j = e_j/(1 + s)
 * and 1 - p_i = S factor: no subtraction loses anything (S - 1 is beside exp(-d) or d), so relative
 * errors only add up: S and exp(d) 2^-68.9 each, hence s 2^-67.9, which log1p does not enlarge:
 * with its own 2^-66.8 the loss has 2^-66.2; factor has exp(d) and s: 2^-67.3, p_j = e_j factor
 * 2^-66.9. After the one rounding 0.5 + 2^-13.2 ulp at most. */
bool lp_row_split(lp_row *row, const double *z, int64_t k, int64_t i, double temperature) {
    const lp_wide zero = {{0, 0}, 0}, one = {{1, 0}, 0};
    lp_scan others = lp_scan_row(z, k, i);
    if (others.bad || !(z[i] <= DBL_MAX)) return false;
    bool absent = z[i] < -DBL_MAX, alone = others.max < -DBL_MAX;
    if (absent && alone) return false;
    row->lowest = others.min;
    row->minus_inf = others.min < -DBL_MAX;
    row->infinite = absent;
    if (alone) {
        row->shift = lp_shift_set(z[i], temperature);
        row->factor = row->rest = row->loss = zero;
        row->own = one;
        return true;
    }
    row->shift = lp_shift_set(others.max, temperature);
    lp_wide sum = lp_wide_make(lp_sum_exp(z, k, i, &row->shift), 0);
    if (absent) {
        row->factor = lp_wide_div(one, sum);
        row->own = row->loss = zero;
        row->rest = one;
        return true;
    }
    lp_wide d = lp_row_gap(others.max, z[i], temperature);
    if (d.m.hi <= 0) {
        lp_wide e = lp_wide_exp(d), s = lp_wide_mul(e, sum), all = lp_wide_add(one, s);
        row->own = lp_wide_div(one, all);
        row->factor = lp_wide_div(e, all);
        row->loss = lp_wide_log1p(s);
    } else {
        lp_wide e = lp_wide_exp(lp_wide_neg(d));
        lp_wide s = lp_wide_add(lp_wide_sub(sum, one), e), all = lp_wide_add(one, s);
        row->own = lp_wide_div(e, all);
        row->factor = lp_wide_div(one, all);
        row->loss = lp_wide_add(d, lp_wide_log1p(s));
    }
    row->rest = lp_wide_mul(sum, row->factor);
    return true;
}
