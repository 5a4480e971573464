#include "impl/binary.h"

/* sigma(z): 1 or w over 1 + w; sigma(z) sigma(-z) = w/(1 + w)^2; softplus: max(z, 0) + log1p(w) */
void lp_big_binary(lp_big *r, double z, lp_binary_part part) {
    lp_big w, all, x;
    int n = r->n;
    lp_big_set(&w, n, isinf(z) ? 0 : -fabs(z)); /* infinite: w = 0 */
    if (!isinf(z)) lp_big_exp(&w, &w);
    if (part == LP_SOFTPLUS) {
        lp_big_log1p(r, &w);
        lp_big_set(&x, n, z > 0 ? z : 0);
        lp_big_add(r, r, &x);
        return;
    }
    lp_big_set(&x, n, 1);
    lp_big_add(&all, &x, &w);
    lp_big_div(r, part == LP_SIGMA && z >= 0 ? &x : &w, &all);
    if (part == LP_SIGMA_SLOPE) lp_big_div(r, r, &all);
}
