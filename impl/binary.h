/* One logit z: sigma(z) = 1/(1 + e^-z), its slope sigma(z) sigma(-z), softplus(z) = ln(1 + e^z), by
 * w = exp(-|z|) and L = log1p(w); each one term or a sum of two of one sign. */
#ifndef LP_IMPL_BINARY_H
#define LP_IMPL_BINARY_H

#include "impl/batch.h"
#include "impl/precise.h"

typedef enum lp_binary_part { LP_SIGMA, LP_SIGMA_SLOPE, LP_SOFTPLUS } lp_binary_part;

typedef struct lp_binary {
    double z;
    lp_value w, near, far, log; /* w, sigma(|z|), sigma(-|z|), L */
} lp_binary;

/* z finite or infinite. */
LP_INLINE lp_binary lp_binary_at(double z, bool precise) {
    const lp_value one = lp_value_from(1);
    lp_binary b = {z, lp_value_zero(), one, lp_value_zero(), lp_value_zero()};
    if (!isfinite(z)) return b;
    lp_wide x = lp_wide_from(-fabs(z));
    b.w = precise ? lp_good_to(lp_wide_exp_precise(x), LP_PRECISE_BITS) : lp_number(lp_wide_exp(x));
    if (z == 0) b.w = one;
    lp_value all = lp_value_add(one, b.w);
    b.near = lp_value_over(one, all);
    b.far = lp_value_over(b.w, all);
    b.log = precise ? lp_good_to(lp_wide_log1p_precise(b.w.x), LP_PRECISE_BITS)
                    : lp_number(lp_wide_log1p(b.w.x));
    return b;
}
LP_INLINE lp_value lp_binary_get(const lp_binary *b, lp_binary_part part) {
    if (part == LP_SIGMA) return b->z >= 0 ? b->near : b->far;
    if (part == LP_SIGMA_SLOPE) return lp_value_mul(b->near, b->far);
    return b->z > 0 ? lp_value_add(lp_value_from(b->z), b->log) : b->log;
}

/* The same in r->n limbs, where it is a number. */
void lp_big_binary(lp_big *r, double z, lp_binary_part part);

#endif
