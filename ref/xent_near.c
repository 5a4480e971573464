/* The gradient of softmax_xent where a soft cap has made logits nearly equal: C p_j - V_j of the N
 * classes next to the top one (softrow.h) is, over N,
 *   (C - N V_j) + C (M - R' - N (1 - e_j)) / S,
 * and the first part is often exactly 0 (smoothing with e = 1; two classes with e = 1/2), while the
 * second is as small as e^-(2 |z| / s). The loss in bits stands next to C log2 N likewise, rational
 * where N is a power of two. */
#include "ref/softmax_xent.h"

#include "ref/dyadic.h"
#include "ref/expsum.h"
#include "ref/softcap.h"
#include "ref/softrow.h"

#include <math.h>

/* All of level 1, or all of level -1, to which the infinities belong. */
static int common_level(const lp_scope *s, const lp_row *row) {
    const double *z = lp_softrow_logits(s, row), cap = lp_softrow_cap(s);
    int level = lp_softcap_level(z[row->top], cap);
    for (int64_t k = 0; k < s->c->k; k++)
        if (lp_softcap_level(z[k], cap) != level) return 0;
    return level;
}

/* Exponent of a power of two above 2 s / T, at least 0. */
static int power_above(const lp_scope *s) {
    int scale = ilogb(lp_softrow_cap(s)) - ilogb(lp_softrow_temperature(s)) + 3;
    return scale > 0 ? scale : 0;
}

/* Sign of sum_k (e_j - e_k) where all classes are nearly equal behind the cap, and what they lack
 * is beyond MPFR's exponents. Saturated on one side, with w = e^-(2 |z| / s), 1 - e_k = (2 s / T)
 * (w_k - w_a) above and (2 s / T) (w_a - w_k) below, but for second orders, the coefficients of
 * which are at most (2 s / T)^2 or 4 s / T: times a power of two above 2 s / T the coefficients
 * bound them. */
static int near_sign(lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row), cap = lp_softrow_cap(s);
    int level = row->near == row->count ? common_level(s, row) : 0;
    lp_expsum f = {0};
    mpfr_t c, d, n;
    if (level == 0) return 0;
    mpfr_inits2(64, c, d, n, (mpfr_ptr)0);
    mpfr_set_ui_2exp(c, 1, power_above(s), MPFR_RNDZ);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (isinf(z[k])) continue; /* w = 0 */
        lp_dyadic_set(d, fabs(z[k]));
        lp_dyadic_mul_d(d, d, 2);
        lp_dyadic_copy(n, c);
        lp_expsum_add(&f, n, d, cap);
        if (k != j) continue;
        lp_dyadic_set_int(n, -row->near);
        lp_dyadic_mul(n, n, c);
        lp_expsum_add(&f, n, d, cap);
    }
    int sign = level * lp_expsum_leading_sign(&f, 1);
    lp_expsum_clear(&f);
    mpfr_clears(c, d, n, (mpfr_ptr)0);
    return sign;
}

/* Sign of what the loss of N nearly equal classes has beside C log N, in first order the sum of
 * (V_k - C / N) (u_a - u_k), that is of (N V_k - C) w_k above and its opposite below, since sum V =
 * C. Where every V_k is C / N it is C times the divergence from p to equal shares. 0: not known. */
int lp_xent_near_loss_sign(lp_scope *s, const lp_row *row) {
    const double *z = lp_softrow_logits(s, row), cap = lp_softrow_cap(s);
    int level = row->near == row->count ? common_level(s, row) : 0;
    lp_expsum f = {0};
    mpfr_t c, d, n;
    if (level == 0) return 0;
    bool uniform = true;
    int above = power_above(s);
    mpfr_inits2(64, c, d, n, (mpfr_ptr)0);
    for (int64_t k = 0; k < s->c->k; k++) {
        lp_xent_coefficient(c, s, row, k);
        lp_dyadic_set_int(n, row->near);
        lp_dyadic_mul(c, c, n);
        lp_dyadic_sub(c, c, row->x[LP_XENT_X_C]);
        uniform = uniform && mpfr_zero_p(c);
        if (isinf(z[k])) continue;
        mpfr_mul_2si(c, c, above, MPFR_RNDZ);
        lp_dyadic_set(d, fabs(z[k]));
        lp_dyadic_mul_d(d, d, 2);
        lp_expsum_add(&f, c, d, cap);
    }
    int sign = uniform ? mpfr_sgn(row->x[LP_XENT_X_C]) : level * lp_expsum_leading_sign(&f, 1);
    lp_expsum_clear(&f);
    mpfr_clears(c, d, n, (mpfr_ptr)0);
    return (sign > 0) - (sign < 0);
}

bool lp_xent_near_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    lp_iv *lack = &s->iv[0];
    if (row->near == row->ties || !lp_softrow_near(lack, s, row, j)) return false;
    lp_dyadic_set_int(s->work[0], row->near);
    lp_dyadic_mul(x->a, x->a, s->work[0]);
    lp_dyadic_add(x->a, x->a, row->x[LP_XENT_X_C]);
    lp_dyadic_mul(x->b, x->b, s->work[0]);
    x->unit = false;
    lp_iv_scale(lack, lack, s->work[0]);
    lp_iv_neg(lack);
    lp_iv_add(lack, lack, &row->iv[LP_SOFT_LACK]);
    if (lp_iv_straddles(lack)) lp_iv_settle(lack, near_sign(s, row, j));
    lp_iv_mul_nonneg(&x->r, lack, &row->iv[LP_SOFT_INV]);
    lp_iv_scale(&x->r, &x->r, row->x[LP_XENT_X_C]);
    return true;
}
