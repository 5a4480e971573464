/* Logarithms in 128-bit integers. log a = k ln 2 - log inv1 - log inv2 + log(1 + f) with
 * a = 2^k v, v inv1 inv2 = 1 + f, 0 <= f < 2^-13.9: the inverses are rounded up and have few bits.
 *
 * Error in units of 2^-120, downward unless said otherwise: v inv1 and v inv2 truncated, < 3 2^-126
 * each and log is 1-Lipschitz there: < 0.1; log(1 + f): +-4 2^-128 by Horner's scheme and the
 * series' rest; two tables 1 each; k ln 2 < 1; shifts < 1. Together less than 4 down and 0.1 up:
 * one unit is taken off and the excess is 5 and that of a. */
#include "ref/fixed_table.h"

#define LOG_EXCESS 5

/* log(1 + f) / f = 1 - f (1/2 - f (1/3 - ... - f/9)), f in units of 2^-128, f < 2^-13.9; the result
 * is f (1/2 - ...). Each coefficient and product is truncated: the bracket at n is wrong by less
 * than 1 downward, 3 upward and f times its inner one, together within -1.1 and +3.1; the series'
 * rest f^9/10 < 2^-128. Truncating the last product: within -4 and +1 of 2^-128 with f times that
 * bracket. */
static lp_u128 log1p_deficit(lp_u128 f) {
    lp_u128 h = lp_table_over[9];
    for (int n = 8; n >= 2; n--) h = lp_table_over[n] - lp_fixed_mulhi(f, h);
    return lp_fixed_mulhi(f, h);
}

lp_fixed lp_fixed_log(lp_fixed a) {
    int k = a.e + 127;
    int i = (int)(a.m >> 120 & 127);
    lp_u128 v = lp_fixed_mulhi(a.m, (lp_u128)lp_table_inv1[i] << 112); /* units of 2^-126 */
    int j = (int)((v - ((lp_u128)1 << 126)) >> 112);
    v = lp_fixed_mulhi(v << 1, (lp_u128)lp_table_inv2[j] << 103);
    lp_u128 f = (v - ((lp_u128)1 << 126)) << 2;
    lp_u128 log = (f - lp_fixed_mulhi(f, log1p_deficit(f))) >> 8;
    log += (unsigned)k * (lp_table_ln2[0] >> 8) + (((lp_table_ln2[0] & 255) * (unsigned)k) >> 8);
    log += lp_table_log1[i] + lp_table_log2[j];
    /* log(m + x) - log m < x / m <= x 2^-127. */
    uint64_t excess = LOG_EXCESS + (a.excess >> 7) + 1;
    if (log == 0) return (lp_fixed){0, excess - 1, LP_LOG_UNIT};
    return (lp_fixed){log - 1, excess, LP_LOG_UNIT};
}

/* log(1 + a) = a - a g, g = a/2 - a^2/3 + ... < 2^-15. f truncated makes g too small by less than
 * 2^-128 (its derivative is below 1), the deficit is wrong by -4 to +1 and the product too small by
 * 3: a - a g is too large by less than 8 and too small by less than 1 of a's own unit. The excess
 * of a stays: the derivative of log(1 + a) is below 1. */
lp_fixed lp_fixed_log1p(lp_fixed a) {
    if (a.m == 0) return a;
    lp_u128 f = lp_fixed_down(a.m, -128 - a.e);
    lp_u128 g = log1p_deficit(f);
    return lp_fixed_normal((lp_fixed){a.m - lp_fixed_mulhi(a.m, g) - 8, a.excess + 10, a.e});
}
