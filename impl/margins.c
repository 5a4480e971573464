/* logistic_margin, hinge and hinge_multi.
 *   logistic_margin   softplus(-y z), one term or a sum of two >= 0; -y sigma(-y z)
 *   hinge             1 - y z where that is positive, an exact difference
 *   hinge_multi       1 - z_c + z_j: whether it is positive by a double-double, which knows the
 * sign of a sum of three; the sum over j exactly (exact_sum.h) */
#include "impl/batch.h"
#include "impl/exact_sum.h"
#include "impl/precise.h"
#include "impl/rows.h"

static const lp_wide one = {{1, 0}, 0};

static lp_value logistic_row(const void *context, const lp_call *c, int64_t i,
                             const lp_sink out[2]) {
    double y = (double)c->label[i], x = y * lp_at(lp_view_row(c, LP_IN_LOGITS, i), 0);
    (void)context;
    if (isnan(x)) {
        lp_sink_fill(&out[0], 1, NAN);
        return lp_special(NAN);
    }
    lp_wide w = {{0, 0}, 0}, log = w, a = lp_wide_from(isinf(x) ? 0 : -fabs(x));
    if (isfinite(x)) {
        w = a.e < -8 ? lp_wide_exp_precise(a) : lp_wide_exp(a);
        log = lp_wide_log1p(w);
    }
    lp_value loss = lp_number(log);
    if (x < 0) loss = lp_value_add(loss, lp_value_from(-x));
    if (!out[0].data) return loss;
    lp_wide share = lp_wide_div(x >= 0 ? w : one, lp_wide_add(one, w)); /* sigma(-x) */
    lp_sink_number(&out[0], 0, y > 0 ? lp_wide_neg(share) : share);
    return loss;
}

static lp_value hinge_row(const void *context, const lp_call *c, int64_t i, const lp_sink out[2]) {
    double y = (double)c->label[i], x = y * lp_at(lp_view_row(c, LP_IN_LOGITS, i), 0);
    (void)context;
    if (isnan(x)) {
        lp_sink_fill(&out[0], 1, NAN);
        return lp_special(NAN);
    }
    bool active = x < 1;
    if (out[0].data) lp_sink_put(&out[0], 0, active ? lp_value_from(-y) : lp_value_zero());
    if (!active) return lp_value_zero();
    return isinf(x) ? lp_special(INFINITY) : lp_number(lp_wide_sub(one, lp_wide_from(x)));
}

/* 1 - own + z > 0; the IEEE value where one is infinite. */
static bool beyond(double own, double z) {
    if (isinf(own) || isinf(z)) return z - own > 0;
    lp_wide less = lp_wide_sub(one, lp_wide_from(own));
    return lp_wide_add(less, lp_wide_from(z)).m.hi > 0;
}
/* Largest of the others; -inf where there are none. */
static int64_t rival(lp_view z, int64_t k, int64_t label) {
    int64_t best = label == 0 ? 1 : 0;
    for (int64_t j = best + 1; j < k; j++)
        if (j != label && lp_at(z, j) > lp_at(z, best)) best = j;
    return best;
}

static lp_value multi_row(const void *context, const lp_call *c, int64_t i, const lp_sink out[2]) {
    lp_view z = lp_view_row(c, LP_IN_LOGITS, i);
    int64_t label = c->label[i], k = c->k, active = 0;
    bool largest = c->set & LP_PARAM_BIT(LP_PARAM_FORM) && c->param[LP_PARAM_FORM] != 0;
    int64_t only = largest && k > 1 ? rival(z, k, label) : -1;
    double own = lp_at(z, label);
    bool nan = false, infinite = false;
    (void)context;
    for (int64_t j = 0; j < k; j++) {
        double x = lp_at(z, j);
        bool counts = j != label && (only < 0 || j == only);
        nan |= isnan(x) || (counts && isinf(x) && x == own);
    }
    if (nan) {
        lp_sink_fill(&out[0], k, NAN);
        return lp_special(NAN);
    }
    lp_exact_sum sum = {0};
    for (int64_t j = 0; j < k; j++) {
        double x = lp_at(z, j);
        bool counts = j != label && (only < 0 || j == only) && beyond(own, x);
        if (counts) {
            active++;
            infinite |= isinf(x) || isinf(own);
        }
        if (counts && isfinite(x) && isfinite(own)) {
            lp_exact_sum_add(&sum, 1);
            lp_exact_sum_add(&sum, -own);
            lp_exact_sum_add(&sum, x);
        }
        if (out[0].data && j != label)
            lp_sink_put(&out[0], j, counts ? lp_number(one) : lp_value_zero());
    }
    if (out[0].data)
        lp_sink_put(&out[0], label, active ? lp_value_from(-(double)active) : lp_value_zero());
    return infinite ? lp_special(INFINITY) : lp_number(lp_exact_sum_get(&sum));
}

void lp_run_logistic_margin(const lp_call *c) {
    lp_batch_run(c, 1, logistic_row, NULL);
}
void lp_run_hinge(const lp_call *c) {
    lp_batch_run(c, 1, hinge_row, NULL);
}
void lp_run_hinge_multi(const lp_call *c) {
    lp_batch_run(c, c->k, multi_row, NULL);
}
