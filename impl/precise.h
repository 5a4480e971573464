/* exp and log to some 2^-90, for powers: x^gamma = exp(gamma ln x) turns a relative error of ln x
 * into |gamma ln x| times that of the result, and |gamma ln x| reaches 745 before the power
 * underflows, 2200 where alpha and upstream lift it. With 2^-11.2 lost there, a result good to
 * 2^-66 needs ln x to 2^-77.2, which the 2^-66.8 of log_dd.h are not. Straight double-double
 * arithmetic without tables: some 100 operations of dd.h each. */
#ifndef LP_IMPL_PRECISE_H
#define LP_IMPL_PRECISE_H

#include "impl/exp_sharp.h"
#include "impl/wide.h"

/* e^r - 1, |r| <= 0.35. e^(r/256) - 1 by Taylor, |r/256| < 2^-9.5: nine terms leave 2^-107 of it
 * out; then eight times e -> e (2 + e), which keeps the relative error of e, 2^-103 a step: 2^-99.
 */
LP_INLINE lp_dd lp_expm1_precise(lp_dd r) {
    r.hi *= 0x1p-8;
    r.lo *= 0x1p-8;
    lp_dd e = {1, 0}; /* (e^r - 1)/r */
    for (int i = 9; i > 1; i--)
        e = lp_dd_add_d(lp_dd_div(lp_dd_mul(e, r), (lp_dd){(double)i, 0}), 1);
    e = lp_dd_mul(e, r);
    for (int i = 0; i < 8; i++) e = lp_dd_mul(e, lp_dd_add_d(e, 2));
    return e;
}
/* e^x - 1, |x| <= 1/4; below 2^-110 it is x. */
LP_INLINE lp_wide lp_wide_expm1(lp_wide x) {
    if (x.m.hi == 0 || x.e < -110) return x;
    return lp_wide_make(lp_expm1_precise(lp_wide_dd(x)), 0);
}

/* exp(x), |x| <= 6000: exp_sharp.h's 2^-104. */
LP_INLINE lp_wide lp_exp_precise(lp_dd x) {
    lp_exp_value v = lp_exp_sharp(x);
    return lp_wide_make(v.m, v.e);
}
/* As lp_wide_exp. */
LP_INLINE lp_wide lp_wide_exp_precise(lp_wide x) {
    if (x.e > 11 || (x.e == 11 && x.m.hi * 2048 < -4000)) return (lp_wide){{1, 0}, -9000};
    return lp_exp_precise(lp_wide_dd(x));
}

/* log(1 + a), |a| <= 2^-5, as 2 (y + y^3/3 + y^5/5 ...), y = a/(2 + a): |y| < 2^-5.9, so that ten
 * terms leave 2^-122 out. Relative error of four operations: 2^-100. */
LP_INLINE lp_wide lp_log1p_series(lp_wide a) {
    if (a.m.hi == 0 || a.e < -110) return a;
    lp_dd x = lp_wide_dd(a), y = lp_dd_div(x, lp_dd_add_d(x, 2)), y2 = lp_dd_mul(y, y);
    lp_dd sum = lp_dd_div((lp_dd){1, 0}, (lp_dd){19, 0});
    for (int i = 17; i > 0; i -= 2)
        sum = lp_dd_add(lp_dd_mul(sum, y2), lp_dd_div((lp_dd){1, 0}, (lp_dd){(double)i, 0}));
    return lp_wide_make(lp_dd_mul(lp_dd_mul_d(y, 2), sum), 0);
}

/* log(a), a > 0, a.e within 8000. Near 1 the series; else one step of Newton from l = log_dd(a): l
 * + (a e^-l - 1), where the bracket is below 2^-53.5 (l to 2^-66.8 of at most 5600), half its
 * square left out and the error of the exponential and of the product 2^-103: 2^-102.5 absolute,
 * against |log| >= 2^-5.1: 2^-97. */
LP_INLINE lp_wide lp_wide_log_precise(lp_wide a) {
    const lp_wide one = {{1, 0}, 0};
    lp_wide off = lp_wide_sub(a, one);
    if (off.m.hi == 0 || off.e < -5) return lp_log1p_series(off);
    lp_dd l = lp_log_dd(a.m, a.e);
    lp_wide t = lp_wide_sub(lp_wide_mul(a, lp_exp_precise(lp_dd_neg(l))), one);
    return lp_wide_add(lp_wide_make(l, 0), t);
}
/* log(1 + a), a >= -1/2. */
LP_INLINE lp_wide lp_wide_log1p_precise(lp_wide a) {
    const lp_wide one = {{1, 0}, 0};
    if (a.m.hi == 0 || a.e < -5) return lp_log1p_series(a);
    return lp_wide_log_precise(lp_wide_add(one, a));
}

#endif
