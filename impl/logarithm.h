/* Logarithms of numbers >= 0 with their IEEE values, and sums of terms of which some are infinite.
 */
#ifndef LP_IMPL_LOGARITHM_H
#define LP_IMPL_LOGARITHM_H

#include "impl/value.h"

/* ln(x), 0 <= x finite or not, not NaN, with its IEEE value where it is infinite. */
typedef struct lp_logarithm {
    lp_wide value;
    double infinite; /* 0: value holds */
} lp_logarithm;

LP_INLINE lp_logarithm lp_log_of(double x) {
    const lp_wide zero = {{0, 0}, 0};
    if (x == 0 || isinf(x)) return (lp_logarithm){zero, x == 0 ? -INFINITY : INFINITY};
    return (lp_logarithm){lp_wide_log(lp_wide_from(x)), 0};
}
/* ln(p/q); NaN for 0/0 and inf/inf. */
LP_INLINE lp_logarithm lp_log_ratio(double p, double q) {
    const lp_wide zero = {{0, 0}, 0};
    if (p == 0 || isinf(p) || q == 0 || isinf(q)) {
        double quotient = p / q;
        if (isnan(quotient)) return (lp_logarithm){zero, NAN};
        return (lp_logarithm){zero, quotient == 0 ? -INFINITY : INFINITY};
    }
    lp_wide a = lp_wide_from(p), b = lp_wide_from(q);
    double near = p * (p > 0x1p1000 ? 0x1p-10 : 1) / (q * (p > 0x1p1000 ? 0x1p-10 : 1));
    if (near > 0.75 && near < 1.375)
        return (lp_logarithm){lp_wide_log1p(lp_wide_div(lp_wide_sub(a, b), b)), 0};
    return (lp_logarithm){lp_wide_log(lp_wide_div(a, b)), 0};
}
/* sign l + plus */
LP_INLINE lp_value lp_log_signed(lp_logarithm l, double sign, lp_wide plus) {
    if (l.infinite != 0) return lp_special(sign * l.infinite);
    return lp_number(lp_wide_add(sign < 0 ? lp_wide_minus(l.value) : l.value, plus));
}
/* coefficient l; a coefficient of 0 drops the term (0 ln 0 = 0). */
LP_INLINE lp_value lp_log_times(double coefficient, lp_logarithm l) {
    if (coefficient == 0) return lp_value_zero();
    lp_value x = l.infinite != 0 ? lp_special(l.infinite) : lp_number(l.value);
    return lp_value_mul(lp_value_from(coefficient), x);
}
/* -p/q; an exact 0 is +0, and q = -0 is q = 0. */
LP_INLINE lp_value lp_minus_ratio(double p, double q) {
    if (p == 0 || (isinf(q) && isfinite(p))) return lp_value_zero();
    if (q == 0 || isinf(p)) return lp_special(-(p / fabs(q)));
    return lp_number(lp_wide_neg(lp_wide_div(lp_wide_from(p), lp_wide_from(q))));
}
LP_INLINE bool lp_any_nan(lp_view x, int64_t k) {
    bool nan = false;
    for (int64_t j = 0; j < k; j++) nan |= isnan(lp_at(x, j));
    return nan;
}

#endif
