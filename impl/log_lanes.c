#include "impl/log_lanes.h"

lp_log_row lp_log_row_set(double m, double temperature, lp_wide log_sum) {
    lp_wide t = lp_wide_from(temperature);
    lp_log_row r = {.m = m, .power = 1, .tame = fabs(t.e) < 300};
    if (r.tame) r.power = lp_pow2(-t.e);
    r.inverse = lp_dd_div((lp_dd){1, 0}, t.m);
    r.minus = lp_dd_neg(lp_wide_dd(log_sum));
    return r;
}

/* Both terms are <= 0, so the sum is good to 2^-66 as L is: its 3u^2, and the 2^-99 of the
 * quotient, are in the 2^-65 of the test. A quotient that loses bits below 2^-900 is beside an L of
 * log 2 at least (all the rest is as close to m), and L = 0 leaves nothing but quotients. Results
 * outside 2^-400 ... 2^500 are not sure. */
bool lp_log_lanes(double out[LP_LOG_LANES], bool sure[LP_LOG_LANES], const double z[LP_LOG_LANES],
                  const lp_log_row *row) {
    const lp_log_row s = *row;
    double lane[LP_LOG_LANES], off[LP_LOG_LANES], worst = 0;
    for (int q = 0; q < LP_LOG_LANES; q++) {
        lp_dd d = lp_two_diff(z[q], s.m);
        d = lp_dd_mul((lp_dd){d.hi * s.power, d.lo * s.power}, s.inverse);
        d = lp_dd_add(d, s.minus);
        double width = d.hi * 0x1p-65;
        double up = d.hi + (d.lo - width), down = d.hi + (d.lo + width);
        /* cppcheck-suppress incorrectLogicOperator ; it misreads hexadecimal numbers */
        bool inside = d.hi > -0x1p500 && d.hi < -0x1p-400;
        lane[q] = d.hi;
        off[q] = inside && up == d.hi && down == d.hi ? 0 : 1;
    }
    for (int q = 0; q < LP_LOG_LANES; q++) {
        out[q] = lane[q];
        sure[q] = s.tame && off[q] == 0;
        worst += off[q];
    }
    return s.tame && worst == 0;
}
