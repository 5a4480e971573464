/* kl_logits: sum t_j (ln t_j - ln p_j), gradient p_j sum t - t_j; a signed sum. The row is split at
 * its largest logit a, -ln p_j = L + (z_a - z_j); the gradient there is p_a sum_{j != a} t_j - (1 -
 * p_a) t_a. */
#include "impl/batch.h"
#include "impl/row.h"
#include "impl/rows.h"

static const lp_wide zero = {{0, 0}, 0};

/* t (ln t - ln p_j), t > 0; +inf at z = -inf. */
static lp_value term(const lp_row *row, double t, double z, double z_top) {
    lp_wide x = lp_wide_from(t);
    if (z < -DBL_MAX) return lp_special(INFINITY);
    lp_wide log = lp_wide_add(lp_wide_log(x), lp_wide_add(row->loss, lp_row_gap(z_top, z, 1)));
    return lp_number(lp_wide_mul(x, log));
}

static lp_value one_row(const void *context, const lp_call *c, int64_t i, const lp_sink out[2]) {
    lp_view z = lp_view_row(c, LP_IN_LOGITS, i), t = lp_view_row(c, LP_IN_TARGETS, i);
    int64_t k = c->k, top = lp_row_argmax(z, k);
    double z_top = lp_at(z, top);
    lp_row row;
    bool nan = false;
    (void)context;
    for (int64_t j = 0; j < k; j++) nan |= isnan(lp_at(t, j));
    if (nan || !lp_row_split(&row, z, k, top, 1, false)) {
        lp_sink_fill(&out[0], k, NAN);
        return lp_special(NAN);
    }
    lp_value loss = lp_value_zero();
    lp_wide others = zero, t_top = lp_wide_from(lp_at(t, top));
    for (int64_t j = 0; j < k; j++) {
        double x = lp_at(t, j);
        if (x == 0) continue;
        loss = lp_value_add(loss, term(&row, x, lp_at(z, j), z_top));
        if (j != top) others = lp_wide_add(others, lp_wide_from(x));
    }
    if (!out[0].data) return loss;
    lp_wide all = lp_wide_add(others, t_top);
    for (int64_t j = 0; j < k; j++) {
        if (j == top) continue;
        lp_wide p = lp_row_other(&row, lp_at(z, j));
        lp_sink_number(&out[0], j, lp_wide_sub(lp_wide_mul(p, all), lp_wide_from(lp_at(t, j))));
    }
    lp_wide at_top = lp_wide_sub(lp_wide_mul(row.own, others), lp_wide_mul(row.rest, t_top));
    lp_sink_number(&out[0], top, at_top);
    return loss;
}

void lp_run_kl_logits(const lp_call *c) {
    lp_batch_run(c, c->k, one_row, NULL);
}
