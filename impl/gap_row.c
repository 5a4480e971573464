#include "impl/gap_row.h"

#include "impl/precise.h"

/* For d up to 1/4, e^d - 1 < 2 d: the error of x doubles, relatively. exp_sharp.h errs by 2^-104 of
 * the result. Where x is too rough for that it is known at least to be above 2^13, or nothing is;
 * below e^-4000 < 2^-5770 one number stands for all (lp_wide_exp). */
lp_value lp_value_decay(lp_value x) {
    if (x.special != 0 || (x.x.m.hi == 0 && x.err == -INFINITY))
        return lp_value_from(x.special == 0);
    bool far = x.x.m.hi > 0 && x.x.e >= 14 && x.err < x.x.e - 2;
    if (!far && !(x.err < -2)) return lp_unknown();
    lp_value y = lp_good_to(lp_wide_exp_precise(lp_wide_neg(x.x)), LP_OWN_BITS);
    if (!far) y.err = lp_err_add(y.err, lp_value_top(y) + x.err + 1);
    if (far || y.x.e < -5770) y.err = lp_err_max(y.err, -5770);
    return y;
}

/* The slope is at most 1, so that x's error does not grow; expm1 errs by 2^-99 of the result. */
lp_value lp_value_rise(lp_value x) {
    if (x.special != 0) return lp_value_from(1);
    if (x.x.m.hi == 0 && x.err == -INFINITY) return x;
    if (!(x.x.e < -2)) return lp_value_sub(lp_value_from(1), lp_value_decay(x));
    lp_value y = lp_good_to(lp_wide_neg(lp_wide_expm1(lp_wide_neg(x.x))), LP_OWN_BITS - 3);
    y.err = lp_err_add(y.err, x.err + 1);
    return y;
}

/* log(1 + x), x >= 0 within an error below 1/4: that grows by 4/3 at most. precise.h errs by 2^-97
 * of the result. */
static lp_value log1p_value(lp_value x) {
    if (x.x.m.hi == 0 && x.err == -INFINITY) return x;
    if (!(x.err < -2)) return lp_unknown();
    lp_value y = lp_good_to(lp_wide_log1p_precise(x.x), LP_OWN_BITS - 5);
    y.err = lp_err_add(y.err, x.err + 1);
    return y;
}

bool lp_value_beyond(lp_value x, double bound) {
    lp_value over = lp_value_sub(x, lp_value_from(bound));
    return lp_value_sign_known(over) && over.x.m.hi > 0;
}
void lp_big_below(lp_big *r, int n, int bits) {
    lp_big_set(r, n, 1);
    lp_big_scale(r, r, -bits);
    lp_big_speck(r, r, 1);
}

static lp_value decay_at(const lp_gap_row *r, int64_t j) {
    return lp_value_decay(r->gaps.quick(r->gaps.context, j));
}
void lp_gap_row_set(lp_gap_row *r, lp_gaps gaps, int64_t k, int64_t top) {
    lp_sum rest = lp_sum_open();
    *r = (lp_gap_row){.gaps = gaps, .k = k, .top = top};
    for (int64_t j = 0; j < k; j++)
        if (j != top) lp_sum_add(&rest, decay_at(r, j));
    lp_value sum = lp_sum_get(&rest), one = lp_value_from(1), all = lp_value_add(one, sum);
    r->inverse = r->own = lp_value_over(one, all);
    r->rest = lp_value_over(sum, all);
    r->loss = log1p_value(sum);
}
lp_value lp_gap_row_share(const lp_gap_row *r, int64_t j) {
    return j == r->top ? r->own : lp_value_mul(decay_at(r, j), r->inverse);
}

void lp_gap_row_exp(lp_big *e, const lp_gap_row *r, int64_t j) {
    if (j == r->top || r->gaps.quick(r->gaps.context, j).special != 0) {
        lp_big_set(e, e->n, j == r->top ? 1 : 0);
        return;
    }
    r->gaps.exact(e, r->gaps.context, j);
    lp_big_neg(e, e);
    lp_big_exp(e, e);
}
bool lp_gap_row_decay(lp_big *e, const lp_gap_row *r, int64_t j, lp_value quick) {
    if (lp_value_beyond(quick, LP_GAP_FAR)) {
        lp_big_below(e, e->n, LP_GAP_FAR_BITS);
        return true;
    }
    r->gaps.exact(e, r->gaps.context, j);
    if (lp_big_sign(e) == 0) return false;
    lp_big_neg(e, e);
    lp_big_exp(e, e);
    return true;
}
double lp_gap_row_below(lp_big *below, const lp_gap_row *r) {
    double ties = 1;
    int n = below->n;
    lp_big e;
    lp_big_set(below, n, 0);
    for (int64_t j = 0; j < r->k; j++) {
        lp_value quick = j == r->top ? lp_special(INFINITY) : r->gaps.quick(r->gaps.context, j);
        if (quick.special != 0) continue;
        e.n = n;
        if (lp_gap_row_decay(&e, r, j, quick))
            lp_big_add(below, below, &e);
        else
            ties++;
    }
    return ties;
}
void lp_gap_row_big(lp_big_row *row, const lp_gap_row *r, int n) {
    if (row->n >= n) return;
    row->n = row->below.n = n;
    row->k = r->k;
    row->top = r->top;
    row->temperature = 1;
    row->ties = lp_gap_row_below(&row->below, r);
    lp_big_row_close(row);
}
