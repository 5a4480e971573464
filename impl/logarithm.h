/* Exponentials and logarithms of values; logarithms of numbers >= 0 with their IEEE values. Twice:
 * from double-doubles, quick or precise, and in many limbs. */
#ifndef LP_IMPL_LOGARITHM_H
#define LP_IMPL_LOGARITHM_H

#include "impl/big.h"
#include "impl/precise.h"
#include "impl/value.h"

/* y = f(x) itself is good to so many bits, and off by what x's error makes of it. */
LP_INLINE lp_value lp_value_function(lp_wide y, bool precise, double argument) {
    lp_value v = lp_good_to(y, precise ? LP_PRECISE_BITS : LP_QUICK_BITS);
    v.err = lp_err_add(v.err, argument);
    return v;
}
/* e^x, x <= 0 but for its error: an error d of x, at most 1/4, makes e^x 1.2 d. Below -4096 it is
 * less than 2^-5900. */
LP_INLINE lp_value lp_value_exp(lp_value x, bool precise) {
    if (x.x.e > 12 && x.err < x.x.e - 2) return (lp_value){{{1, 0}, -9000}, 0, -5900};
    if (x.err > -2) return lp_unknown();
    lp_wide y = precise ? lp_wide_exp_precise(x.x) : lp_wide_exp(x.x);
    return lp_value_function(y, precise, y.e + 1.3 + x.err);
}
/* ln x, x > 0: an error of x up to x/8 makes 8/7 of it over x. */
LP_INLINE lp_value lp_value_log(lp_value x, bool precise) {
    if (x.x.m.hi <= 0 || x.err > x.x.e - 3) return lp_unknown();
    lp_wide y = precise ? lp_wide_log_precise(x.x) : lp_wide_log(x.x);
    return lp_value_function(y, precise, x.err - x.x.e + 0.2);
}
/* ln(1 + x), x > -1/2: an error up to 1/8 is at most 8/3 times as large. */
LP_INLINE lp_value lp_value_log1p(lp_value x, bool precise) {
    if (x.err > -3) return lp_unknown();
    lp_wide y = precise ? lp_wide_log1p_precise(x.x) : lp_wide_log1p(x.x);
    return lp_value_function(y, precise, x.err + 1.5);
}

/* ln x, 0 <= x finite or not, not NaN. */
LP_INLINE lp_value lp_log_of(double x, bool precise) {
    if (x == 0 || isinf(x)) return lp_special(x == 0 ? -INFINITY : INFINITY);
    return x == 1 ? lp_value_zero() : lp_value_log(lp_value_from(x), precise);
}
/* p/q is between 3/4 and 11/8, roughly: 1 + (p - q)/q, the difference exact, loses nothing */
LP_INLINE bool lp_near_one(double p, double q) {
    double scale = p > 0x1p1000 ? 0x1p-10 : 1, near = p * scale / (q * scale);
    return near > 0.75 && near < 1.375;
}
/* ln(p/q); NaN for 0/0 and inf/inf. */
LP_INLINE lp_value lp_log_ratio(double p, double q, bool precise) {
    if (p == 0 || isinf(p) || q == 0 || isinf(q)) {
        double quotient = p / q;
        if (isnan(quotient)) return lp_special(NAN);
        return lp_special(quotient == 0 ? -INFINITY : INFINITY);
    }
    if (p == q) return lp_value_zero();
    lp_value a = lp_value_from(p), b = lp_value_from(q);
    if (!lp_near_one(p, q)) return lp_value_log(lp_value_div(a, b.x), precise);
    return lp_value_log1p(lp_value_div(lp_value_sub(a, b), b.x), precise);
}
/* coefficient l; a coefficient of 0 drops the term (0 ln 0 = 0). */
LP_INLINE lp_value lp_log_times(double coefficient, lp_value l) {
    if (coefficient == 0) return lp_value_zero();
    return lp_value_mul(lp_value_from(coefficient), l);
}
/* -p/q; an exact 0 is +0, and q = -0 is q = 0. */
LP_INLINE lp_value lp_minus_ratio(double p, double q) {
    if (p == 0 || (isinf(q) && isfinite(p))) return lp_value_zero();
    if (q == 0 || isinf(p)) return lp_special(-(p / fabs(q)));
    return lp_value_neg(lp_value_div(lp_value_from(p), lp_wide_from(q)));
}
LP_INLINE bool lp_any_nan(lp_view x, int64_t k) {
    bool nan = false;
    for (int64_t j = 0; j < k; j++) nan |= isnan(lp_at(x, j));
    return nan;
}

/* In r->n limbs, where the result is a number. */
LP_INLINE void lp_big_log_of(lp_big *r, double x) {
    lp_big_set(r, r->n, x);
    lp_big_log(r, r);
}
LP_INLINE void lp_big_ratio(lp_big *r, double p, double q) {
    lp_big_set(r, r->n, p);
    lp_big_div_d(r, r, q);
}
LP_INLINE void lp_big_log_ratio(lp_big *r, double p, double q) {
    lp_big x;
    if (!lp_near_one(p, q)) {
        lp_big_ratio(r, p, q);
        lp_big_log(r, r);
        return;
    }
    lp_big_set(r, r->n, p);
    lp_big_set(&x, r->n, q);
    lp_big_sub(r, r, &x);
    lp_big_div(r, r, &x);
    lp_big_log1p(r, r);
}
LP_INLINE void lp_big_add_d(lp_big *r, const lp_big *a, double b) {
    lp_big x;
    lp_big_set(&x, a->n, b);
    lp_big_add(r, a, &x);
}

#endif
