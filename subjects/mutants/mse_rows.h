/* Squared errors. Included once per format. */

static REAL NAME(saved_sigma)(REAL z, fault f) {
    switch (f) {
    case FAULT_mse_sigmoid_overflow:
        return exp(z) / (1 + exp(z));
    case FAULT_mse_sigmoid_narrow:
        return NARROW(NAME(sigma)(z));
    case FAULT_mse_sigmoid_clipped: {
        const REAL s = NAME(sigma)(z);
        return isnan(s) ? s : fmin(fmax(s, (REAL)1e-7), 1 - (REAL)1e-7);
    }
    default:
        return NAME(sigma)(z);
    }
}

static void NAME(mse_sigmoid)(const lp_call *c, int64_t i, fault f) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), s = NAME(saved_sigma)(z, f);
    const REAL d = s - *NAME(in)(c, LP_IN_TARGETS, i);
    REAL slope = s * (1 - s);

    if (f == FAULT_mse_slope_dropped) slope = 1;
    if (f == FAULT_mse_slope_of_tanh) slope = 1 - s * s;
    if (f == FAULT_mse_slope_floored) slope = slope < (REAL)1e-6 ? (REAL)1e-6 : slope;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = f == FAULT_mse_unhalved ? d * d : d / 2 * d;
    if (f == FAULT_mse_absolute) NAME(out)(c, LP_OUT_LOSS, 0)[i] = fabs(d);
    *NAME(out)(c, LP_OUT_GRAD, i) = (f == FAULT_mse_sign ? -d : d) * slope + 0; /* +0, not -0 */
}

static REAL NAME(squares_shift)(const REAL *z, int64_t k, fault f) {
    REAL m = z[0];
    if (f == FAULT_squares_unshifted) return 0;
    for (int64_t j = 1; j < k; j++)
        if (z[j] > m) m = z[j];
    return m;
}

/* The class's probability as it is saved. */
static REAL NAME(saved_p)(REAL z, REAL m, REAL s, fault f) {
    const REAL p = exp(z - m) / s;
    return f == FAULT_squares_narrow_probability ? NARROW(p) : p;
}

static REAL NAME(squares_slope)(REAL p, REAL t, REAL mean, fault f) {
    switch (f) {
    case FAULT_squares_jacobian_dropped:
        return p - t;
    case FAULT_squares_jacobian_diagonal:
        return p * (1 - p) * (p - t);
    case FAULT_squares_mean_dropped:
        return p * (p - t);
    case FAULT_squares_gradient_doubled:
        return 2 * p * ((p - t) - mean);
    default:
        return p * ((p - t) - mean);
    }
}

static void NAME(mse_softmax)(const lp_call *c, int64_t i, fault f) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *t = NAME(in)(c, LP_IN_TARGETS, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), s = 0, sum = 0, mean = 0;
    const REAL m = NAME(squares_shift)(z, c->k, f);
    const bool nan_row = NAME(any_nan)(z, c->k) || NAME(any_nan)(t, c->k);

    for (int64_t j = 0; j < c->k; j++) s += exp(z[j] - m);
    for (int64_t j = 0; j < c->k; j++) {
        const REAL p = NAME(saved_p)(z[j], m, s, f), d = p - t[j];
        if (f == FAULT_squares_of_logits && isfinite(z[j]))
            sum += (z[j] - t[j]) / 2 * (z[j] - t[j]);
        else if (!(f == FAULT_squares_hits_only && t[j] == 0) &&
                 !(f == FAULT_squares_mask_skipped && p == 0))
            sum += d / 2 * d;
        if (f == FAULT_squares_masked_product) sum += 0 * z[j];
        if (p != 0) mean += p * d;
    }
    if (f == FAULT_squares_averaged) sum /= (REAL)c->k;
    for (int64_t j = 0; j < c->k; j++) {
        const REAL p = NAME(saved_p)(z[j], m, s, f);
        const REAL slope = NAME(squares_slope)(p, t[j], mean, f) + 0; /* +0, not -0 */
        const bool there = p != 0 || f == FAULT_squares_jacobian_dropped;
        grad[j] = nan_row ? (REAL)NAN : there ? slope : 0;
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = nan_row ? (REAL)NAN : sum;
}
