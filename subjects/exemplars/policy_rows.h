/* policy_grad by the program of docs/bounds.md. Included once per format, after soft_rows.h; faults
 * as there (BATCH_FAULT). Coefficients and products in binary64. */

/* A: one a row, one for all, or 1. */
static double NAME(policy_advantage)(const lp_call *c, int64_t i BATCH_MORE) {
    const REAL *each = NAME(in)(c, LP_IN_ADVANTAGE, 0);
    double a = c->set & LP_PARAM_BIT(LP_PARAM_ADVANTAGE) ? c->param[LP_PARAM_ADVANTAGE] : 1;
    if (each) a = each[BATCH_FAULT(policy_first_advantage) ? 0 : i];
    if (BATCH_FAULT(policy_advantage_ignored)) a = 1;
    if (BATCH_FAULT(policy_advantage_magnitude)) a = fabs(a);
    return a;
}

/* -scale ln p_j; of a class at -inf infinite. */
static double NAME(policy_surprise)(const NAME(shifted) * row, int64_t j BATCH_MORE) {
    if (BATCH_FAULT(policy_log_of_softmax)) return -log(NAME(share)(row, j)) * row->scale;
    return NAME(surprise)(row, j BATCH_PASS);
}

/* H = sum p_j (-ln p_j); a class whose p_j is 0 adds nothing. */
static double NAME(policy_entropy)(const NAME(shifted) * row BATCH_MORE) {
    double sum = 0;
    for (int64_t j = 0; j < row->k; j++) {
        const double p = NAME(share)(row, j);
        if (BATCH_FAULT(policy_entropy_epsilon)) {
            sum -= p * log(p + 1e-6);
            continue;
        }
        if (p != 0 || BATCH_FAULT(policy_zero_log_zero))
            sum += p * NAME(policy_surprise)(row, j BATCH_PASS) / row->scale;
    }
    return BATCH_FAULT(policy_entropy_over_classes) ? sum / (double)row->k : sum;
}

/* A (p_j - [j = c]) + b (p_j (H - y_j)). */
static void NAME(policy_gradient)(const lp_call *c, int64_t i, const NAME(shifted) * row, double a,
                                  double h BATCH_MORE) {
    double b = c->param[LP_PARAM_ENTROPY_WEIGHT];
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i);
    if (BATCH_FAULT(policy_entropy_constant)) b = 0;
    if (BATCH_FAULT(policy_entropy_sign)) b = -b;
    if (BATCH_FAULT(policy_gradient_unweighted)) a = 1;
    for (int64_t j = 0; j < c->k; j++) {
        const double p = NAME(share)(row, j);
        double g = a * (p - (double)(j == c->label[i]));
        if (b != 0 && p != 0) {
            const double y = NAME(policy_surprise)(row, j BATCH_PASS) / row->scale;
            g += b * (p * ((BATCH_FAULT(policy_entropy_uncentred) ? 1 : h) - y));
        }
        grad[j] = (REAL)(g + 0); /* +0, not -0 */
    }
}

static void NAME(policy_grad)(const lp_call *c, int64_t i BATCH_MORE) {
    const NAME(shifted) row = NAME(shift_row)(c, i BATCH_PASS);
    const double a = NAME(policy_advantage)(c, i BATCH_PASS);
    const double b = c->param[LP_PARAM_ENTROPY_WEIGHT], h = NAME(policy_entropy)(&row BATCH_PASS);
    if (row.nan || isnan(a)) {
        NAME(fill)(c, i, (REAL)NAN);
        return;
    }
    double loss = 0;
    if (a != 0 || BATCH_FAULT(policy_zero_times_inf))
        loss = a * NAME(policy_surprise)(&row, c->label[i] BATCH_PASS) / row.scale;
    if (b != 0 && isfinite(loss)) loss -= (BATCH_FAULT(policy_entropy_sign) ? -b : b) * h;
    NAME(policy_gradient)(c, i, &row, a, h BATCH_PASS);
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = (REAL)(loss + 0);
}
