/* bce_prob and nll. Included once per format. */

static REAL NAME(score_log)(REAL x, fault f) {
    switch (f) {
    case FAULT_score_epsilon:
    case FAULT_nll_epsilon:
        return log(x + (REAL)1e-7);
    case FAULT_score_log_floored:
        return fmax(log(x), (REAL)-100);
    default:
        return log(x);
    }
}

/* ln(1 - p) */
static REAL NAME(score_log_rest)(REAL p, fault f) {
    switch (f) {
    case FAULT_score_epsilon:
        return log(1 - p + (REAL)1e-7);
    case FAULT_score_rest_rounded:
        return log(1 - p);
    case FAULT_score_log_floored:
        return fmax(log1p(-p), (REAL)-100);
    default:
        return log1p(-p);
    }
}

static REAL NAME(score_slope)(REAL p, REAL y, fault f) {
    if (f == FAULT_score_gradient_floored) return (p - y) / fmax(p * (1 - p), (REAL)1e-12);
    if (y == 0) return 1 / (1 - p);
    if (y == 1) return -1 / p;
    return (1 - y) / (1 - p) - y / p;
}

static void NAME(bce_prob)(const lp_call *c, int64_t i, fault f) {
    const REAL y = *NAME(in)(c, LP_IN_TARGETS, i);
    REAL p = *NAME(in)(c, LP_IN_P, i) + 0, loss = 0; /* -0 is 0 */

    if (f == FAULT_score_clipped && !isnan(p)) p = fmin(fmax(p, (REAL)1e-7), 1 - (REAL)1e-7);
    if (y != 0 || f == FAULT_score_zero_log_zero) loss -= y * NAME(score_log)(p, f);
    if (f != FAULT_score_one_side && (y != 1 || f == FAULT_score_zero_log_zero))
        loss -= (1 - y) * NAME(score_log_rest)(p, f);
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = isnan(p) ? p : loss;
    *NAME(out)(c, LP_OUT_GRAD, i) = NAME(score_slope)(p, y, f);
}

static void NAME(nll)(const lp_call *c, int64_t i, fault f) {
    const REAL *q = NAME(in)(c, LP_IN_Q, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i);
    int64_t label = c->label[i];
    const bool nan_row = NAME(any_nan)(q, c->k);

    if (f == FAULT_nll_label_unchecked) label = label < 0 ? 0 : label < c->k ? label : c->k - 1;
    const REAL own = q[label] + 0; /* -0 is 0 */
    NAME(out)
    (c, LP_OUT_LOSS, 0)[i] = nan_row                               ? (REAL)NAN
                             : f == FAULT_nll_of_log_probabilities ? -own
                                                                   : 0 - NAME(score_log)(own, f);
    for (int64_t j = 0; j < c->k; j++) {
        REAL slope = j == label || f == FAULT_nll_gradient_everywhere ? 0 - 1 / (q[j] + 0) : 0;
        if (f == FAULT_nll_sign) slope = -slope;
        grad[j] = nan_row ? (REAL)NAN : slope + 0;
    }
}
