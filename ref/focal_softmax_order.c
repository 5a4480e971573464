/* What focal_softmax knows of its remainders beyond their enclosures: rows that cancel because they
 * are alike, and orders (focal_order.h) where one class is on top. With more on top the loss is a
 * power and a logarithm of numbers near integers: of equal logits, n = 2^k and an integer gamma a
 * dyadic multiple of log n, else nothing is said. */
#include "ref/focal_softmax.h"

#include "ref/alike.h"
#include "ref/dyadic.h"
#include "ref/focal_order.h"
#include "ref/softmax_xent.h"
#include "ref/softrow.h"

#include <math.h>

/* Bits that (n - 1)^g may have to be written down: what the precision loop would reach, and more.
 */
#define POWER_BITS 20000

/* power = ((n - 1) / n)^g where that is dyadic and of a size to be written; n = 2^k, k >= 1. */
static bool dyadic_power(mpfr_t power, double g, int64_t n, int k) {
    mpfr_prec_t each = 64 - __builtin_clzll((unsigned long long)n), whole = POWER_BITS / each;
    if (g != floor(g) || g > (n == 2 ? 0x1p56 : (double)whole)) return false;
    if (n == 2) {
        mpfr_set_ui_2exp(power, 1, -(mpfr_exp_t)g, MPFR_RNDZ);
        return true;
    }
    mpfr_set_prec(power, (mpfr_prec_t)g * each + 64);
    mpfr_set_si(power, n - 1, MPFR_RNDZ);
    mpfr_pow_ui(power, power, (unsigned long)g, MPFR_RNDZ); /* exact: g * each bits */
    mpfr_div_2si(power, power, k * (long)g, MPFR_RNDZ);
    return true;
}

bool lp_focal_equal_power(mpfr_t power, const lp_scope *s, const lp_row *row) {
    int k = __builtin_ctzll((unsigned long long)row->ties);
    return k > 0 && row->ties == (int64_t)1 << k &&
           dyadic_power(power, lp_case_param(s->c, LP_PARAM_GAMMA), row->ties, k);
}

static void fill(lp_focal_row *r, lp_scope *s, const lp_row *row) {
    mpfr_t d;
    mpfr_init2(d, 64);
    lp_focal_row_init(r, lp_case_param(s->c, LP_PARAM_GAMMA));
    for (int64_t j = 0; j < s->c->k; j++) {
        if (lp_softrow_absent(s, row, j)) continue;
        lp_softrow_depth(d, s, row, j);
        if (!mpfr_zero_p(d)) lp_focal_row_below(r, d, j == s->c->label[row->at]);
    }
    mpfr_clear(d);
}

/* alpha ((n - 1) / n)^g log n, without r in bits. */
static bool add_equal(lp_orders *o, lp_scope *s, const lp_row *row) {
    lp_expsum none = {0};
    if (!row->equal || !lp_focal_equal_power(s->work[1], s, row)) return false;
    lp_dyadic_mul_d(s->work[1], s->work[1], lp_focal_alpha(s, row));
    if (!s->bits) lp_orders_add_log(o, s->work[1], &none, row->ties);
    return true;
}

bool lp_focal_expand(lp_orders *o, lp_scope *s, const lp_row *row) {
    lp_focal_row r;
    bool label_on_top = lp_focal_on_top(s, row, s->c->label[row->at]);
    if (lp_focal_plain(s, row)) return lp_family_softmax_xent.expand(o, s, row);
    if (row->count > LP_ORDERS_TERMS) return false;
    if (row->ties > 1) return add_equal(o, s, row);
    if (!label_on_top && !lp_focal_apart(s, row)) return false;
    fill(&r, s, row);
    lp_dyadic_set(s->work[0], lp_focal_alpha(s, row));
    bool known = lp_focal_add_loss(o, s->work[0], &r);
    lp_focal_row_clear(&r);
    return known;
}

static bool expand_slope(lp_orders *o, lp_scope *s, const lp_row *row, bool top) {
    lp_focal_row r;
    if (row->ties > 1 || row->count > LP_ORDERS_TERMS) return false;
    fill(&r, s, row);
    lp_focal_add_grad(o, &r, top);
    lp_focal_row_clear(&r);
    return true;
}

static bool expand_label(lp_orders *o, lp_scope *s, const lp_row *row) {
    return expand_slope(o, s, row, false);
}

static bool expand_top(lp_orders *o, lp_scope *s, const lp_row *row) {
    return expand_slope(o, s, row, true);
}

int lp_focal_loss_sign(lp_scope *s, const lp_row *row) {
    int sign = lp_orders_row_sign(lp_focal_expand, s, row);
    return lp_focal_alpha(s, row) < 0 ? -sign : sign;
}

int lp_focal_grad_sign(lp_scope *s, const lp_row *row, bool top) {
    return lp_orders_row_sign(top ? expand_top : expand_label, s, row);
}

static bool weight(double *w, const lp_scope *s, int64_t at, bool equal) {
    (void)equal;
    *w = 1;
    lp_xent_weight(w, s->c, s->c->label[at]);
    return true;
}

/* For gamma = 0 it is alpha log S, whatever the label. */
bool lp_focal_vanishes(lp_scope *s, int64_t at, int64_t rows) {
    return lp_alike_cancel(s, at, rows, weight, lp_case_param(s->c, LP_PARAM_GAMMA) != 0);
}
