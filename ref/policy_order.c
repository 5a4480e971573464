/* The two remainders of policy_grad where its own terms cancel. With e_k = e^-d_k below the top, R
 * their sum and n the top group,
 *
 *   loss             (A - b) log(n + R) - b (sum e_k d_k) / (n + R)
 *
 * by its orders (orders.h), and exactly
 *
 *   top's gradient   b M n / S - A Q = [n sum e_k (b d_k - A) - A R^2] / S^2,
 *
 * a sum of exponentials (expsum.h), in which e^-d e^-d and e^-2d meet.
 *
 * Of more distinct depths than such a sum has room for, and where every class below the top is
 * deeper than 2^20, hence R < K 2^-(2^20), coefficients of one sign settle it:
 *
 *   (A - b) log1p(u) - b M = (1 / n) sum e_k ((A - b) - b d_k) (1 + t)
 *   b M n / S - A Q = (n / S^2) sum e_k (b d_k - A) (1 + t)
 *
 * over the classes below the top, the t far below what a nonzero dyadic coefficient of doubles
 * (more than 2^-2200, of numbers below 2^2100) can lose. Where some are 0 (A - b = b d exactly, A =
 * b d) the second order is left, with b M S = (A - b) R of them, and with A R:  (A - b) R^2 / (2
 * n^2)  and  -A R^2 / S^2. It settles what the first order does not contradict; of mixed signs the
 * answer stays undecided. */
#include "ref/policy_grad.h"

#include "ref/dyadic.h"
#include "ref/expsum.h"
#include "ref/softrow.h"

#include <math.h>

static bool below_top(const lp_scope *s, const lp_row *row, int64_t k) {
    const double *z = lp_softrow_logits(s, row);
    return z[k] != -INFINITY && z[k] != z[row->top];
}

void lp_policy_depth(mpfr_t d, const lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row);
    lp_dyadic_diff(d, z[row->top], z[j]);
}

void lp_policy_pull(lp_scope *s, const lp_row *row, int64_t j) {
    lp_policy_depth(s->work[0], s, row, j);
    lp_dyadic_mul_d(s->work[0], s->work[0], -lp_policy_beta(s));
    lp_dyadic_add(s->work[0], s->work[0], row->x[LP_POLICY_X_A]);
}

/* sum e_k, or sum e_k d_k. */
static lp_expsum depths(lp_scope *s, const lp_row *row, bool weighed) {
    lp_expsum f = {0};
    mpfr_t c, d;
    mpfr_inits2(64, c, d, (mpfr_ptr)0);
    lp_dyadic_set_int(c, 1);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (!below_top(s, row, k)) continue;
        lp_policy_depth(d, s, row, k);
        lp_expsum_add(&f, weighed ? d : c, d, 1);
    }
    mpfr_clears(c, d, (mpfr_ptr)0);
    return f;
}

bool lp_policy_expand(lp_orders *o, lp_scope *s, const lp_row *row) {
    if (row->count - row->ties > LP_ORDERS_TERMS) return false;
    lp_expsum r = depths(s, row, false), pull = depths(s, row, true);
    mpfr_t c;
    mpfr_init2(c, 64);
    lp_dyadic_set(c, lp_policy_beta(s));
    lp_dyadic_sub(c, row->x[LP_POLICY_X_A], c);
    lp_orders_add_log(o, c, &r, row->ties);
    lp_dyadic_set(c, -lp_policy_beta(s));
    lp_orders_add_quotient(o, c, &pull, &r, row->ties, 1);
    mpfr_clear(c);
    lp_expsum_clear(&r);
    lp_expsum_clear(&pull);
    return true;
}

/* f = n sum e_k (A - b d_k) + A R^2; false: too many terms. */
static bool fill_top(lp_expsum *f, lp_scope *s, const lp_row *row) {
    lp_expsum rest = depths(s, row, false), square = depths(s, row, false);
    mpfr_t n, d;
    mpfr_inits2(64, n, d, (mpfr_ptr)0);
    lp_dyadic_set_int(n, row->ties);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (!below_top(s, row, k)) continue;
        lp_policy_pull(s, row, k);
        lp_dyadic_mul(s->work[0], s->work[0], n);
        lp_policy_depth(d, s, row, k);
        lp_expsum_add(f, s->work[0], d, 1);
    }
    bool fits = lp_expsum_multiply(&square, &rest);
    if (fits) lp_expsum_add_scaled(f, &square, row->x[LP_POLICY_X_A]);
    lp_expsum_clear(&rest);
    lp_expsum_clear(&square);
    mpfr_clears(n, d, (mpfr_ptr)0);
    return fits;
}

static int sign_above(const mpfr_t x, const mpfr_t y) {
    int sign = mpfr_cmp(x, y);
    return (sign > 0) - (sign < 0);
}

/* The sign that all A - less - b d_k below the top have, and A - less too where some are 0, where
 * the head's text applies; 0: not known. */
static int common_sign(lp_scope *s, const lp_row *row, double less) {
    const double *z = lp_softrow_logits(s, row);
    int common = 0;
    bool cancels = false;
    lp_dyadic_set(s->work[1], less);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (!below_top(s, row, k)) continue;
        if (!(z[row->top] - z[k] > 0x1p20)) return 0;
        lp_policy_pull(s, row, k);
        int sign = sign_above(s->work[0], s->work[1]);
        cancels |= sign == 0;
        if (sign != 0 && sign == -common) return 0;
        if (sign != 0) common = sign;
    }
    if (!cancels) return common;
    int second = sign_above(row->x[LP_POLICY_X_A], s->work[1]);
    return second == -common ? 0 : second;
}

int lp_policy_loss_sign(lp_scope *s, const lp_row *row) {
    int sign = lp_orders_row_sign(lp_policy_expand, s, row);
    bool paired = s->bits && (row->ties & (row->ties - 1)) == 0;
    bool small = row->ties == 1 || paired || /* no ln n is left in it */
                 mpfr_cmp_d(row->x[LP_POLICY_X_A], lp_policy_beta(s)) == 0;
    return sign || !small ? sign : common_sign(s, row, lp_policy_beta(s));
}

void lp_policy_top_closely(lp_iv *r, lp_scope *s, const lp_row *row) {
    lp_expsum f = {0};
    if (fill_top(&f, s, row)) { /* of the opposite sign */
        lp_iv *sum = &s->iv[0], *part = &s->iv[1];
        lp_iv_set_prec(sum, row->prec);
        lp_iv_set_prec(part, row->prec);
        lp_expsum_enclose(sum, &f);
        lp_iv_neg(sum);
        lp_iv_mul_nonneg(part, sum, &row->iv[LP_SOFT_INV]);
        lp_iv_mul_nonneg(r, part, &row->iv[LP_SOFT_INV]);
    } else {
        lp_iv_settle(r, -common_sign(s, row, 0));
    }
    lp_expsum_clear(&f);
}
