/* Hessian-vector products.
 *
 *   softmax_xent, softmax_xent_soft   (C / T) times the vector-Jacobian product of softmax(z / T),
 * that is C / T^2 (p o v - p (p . v)), C = sum W bce_logits                        C sigma(z)
 * sigma(-z) v, C = 1 - y + q y
 *
 * so that what softmax.h and logistic.h say of the exactness of those holds here: the first is
 * rational only where it is 0 or all participating logits are equal, the second only at z = 0
 * (where the slope is 1/4), at an infinite logit, and for C v = 0. Special values as theirs: a
 * masked class has +0, a NaN in v makes the row NaN, an infinity is the IEEE product with the exact
 * matrix; C = 0 is +0 beside it. */
#include "ref/hvp.h"

#include "ref/dyadic.h"

#include <math.h>

lp_status lp_hvp_domain(const lp_case *c) {
    bool plain = !lp_case_has(c, LP_PARAM_Z_LOSS) && !lp_case_has(c, LP_PARAM_SOFTCAP);
    return c->in[LP_IN_V] && !plain ? LP_E_UNSUPPORTED : LP_OK;
}

lp_kind lp_hvp_kind(lp_kind kind, int sign) {
    if (kind == LP_KIND_NAN || kind == LP_KIND_NUMBER || sign > 0) return kind;
    return sign == 0 ? LP_KIND_NUMBER : kind == LP_KIND_PINF ? LP_KIND_NINF : LP_KIND_PINF;
}

void lp_hvp_scale(lp_enclosure *x, const mpfr_t c, const mpfr_t divisor) {
    if (mpfr_zero_p(c)) {
        lp_enclosure_set_int(x, 0);
        return;
    }
    lp_dyadic_mul(x->a, x->a, c);
    if (!x->whole) lp_iv_scale(&x->r, &x->r, c);
    lp_dyadic_mul(x->b, x->b, divisor);
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
}
