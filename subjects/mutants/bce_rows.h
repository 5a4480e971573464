/* Binary cross entropy on a logit. Included once per format. */

static REAL NAME(bce_sigma)(REAL z, fault f) {
    const REAL e = exp(-fabs(z));
    switch (f) {
    case FAULT_sigmoid_overflow:
        return exp(z) / (1 + exp(z));
    case FAULT_sigmoid_by_tanh:
        return (1 + tanh(z / 2)) / 2;
    case FAULT_sigmoid_from_one:
        return z >= 0 ? 1 / (1 + e) : 1 - 1 / (1 + e);
    case FAULT_sigmoid_hard:
        return fmin(fmax(z / 5 + (REAL)0.5, (REAL)0), (REAL)1);
    case FAULT_sigmoid_at_zero:
        return z > 0 ? 1 / (1 + e) : z < 0 ? e / (1 + e) : 0 * z;
    case FAULT_sigmoid_narrow:
        return NARROW((z >= 0 ? 1 : e) / (1 + e));
    case FAULT_sigmoid_saturates:
        return z > 15 ? 1 : z < -15 ? 0 : (z >= 0 ? 1 : e) / (1 + e);
    default:
        return (z >= 0 ? 1 : e) / (1 + e);
    }
}

/* max(z,0) - zy + log1p(exp(-|z|)); at an infinite logit the coefficient of the infinite softplus,
 * 1 - y or y, decides. */
static REAL NAME(bce_loss)(REAL z, REAL y, fault f) {
    const REAL base = (z > 0 ? z : 0) - z * y, e = exp(-fabs(z)), p = NAME(bce_sigma)(z, f);
    const REAL floored = fmin((z > 0 ? z : 0) + log1p(e), (REAL)100);
    const REAL clipped = fmin(fmax(p, (REAL)1e-6), 1 - (REAL)1e-6);

    if (isinf(z) && !isnan(y) && f != FAULT_bce_inf_minus_inf)
        return (z > 0 ? y < 1 : y > 0) ? (REAL)INFINITY : 0;
    switch (f) {
    case FAULT_log1p_forgotten:
        return base + log(1 + e);
    case FAULT_dropped_minus:
        return base + log1p(exp(fabs(z)));
    case FAULT_softplus_overflow:
        return log(1 + exp(z)) - z * y;
    case FAULT_softplus_threshold:
        return z > 10 ? z - z * y : base + log1p(e);
    case FAULT_softplus_vanishes:
        return z < -20 ? -z * y : base + log1p(e);
    case FAULT_softplus_first_order:
        return base + (fabs(z) > 5 ? e : log1p(e));
    case FAULT_softplus_argument_sign:
        return base + log1p(exp(-z));
    case FAULT_maximum_dropped:
        return log1p(e) - z * y;
    case FAULT_product_dropped:
        return (z > 0 ? z : 0) + log1p(e);
    case FAULT_log_floor:
        return (1 - y) * floored + y * fmin((z < 0 ? -z : 0) + log1p(e), (REAL)100);
    case FAULT_bce_of_sigmoid:
        return (y > 0 ? -y * log(p) : 0) - (y < 1 ? (1 - y) * log(1 - p) : 0);
    case FAULT_bce_clipped:
        return -y * log(clipped) - (1 - y) * log(1 - clipped);
    case FAULT_bce_epsilon:
        return -y * log(p + (REAL)1e-7) - (1 - y) * log(1 - p + (REAL)1e-7);
    case FAULT_bce_half_forgotten: /* only the label's own side */
        return y * ((z < 0 ? -z : 0) + log1p(e));
    case FAULT_narrow_bce:
        return NARROW(base + log1p(e));
    default:
        return base + log1p(e);
    }
}

/* The target as it is read. */
static REAL NAME(target)(REAL y, fault f) {
    switch (f) {
    case FAULT_target_boolean:
        return y > (REAL)0.5 ? 1 : isnan(y) ? y : 0;
    case FAULT_target_of_sign:
        return 2 * y - 1;
    case FAULT_target_swapped:
        return 1 - y;
    case FAULT_target_smoothed:
        return y * (REAL)0.9 + (REAL)0.05;
    default:
        return y;
    }
}

static void NAME(bce_logits)(const lp_call *c, int64_t i, fault f) {
    REAL z = *NAME(in)(c, LP_IN_LOGITS, i), g;
    if (c->set & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT)) {
        NAME(weighted_bce)(c, i, f);
        return;
    }
    const REAL y = NAME(target)(*NAME(in)(c, LP_IN_TARGETS, i), f);
    if (f == FAULT_bce_narrow_logit) z = NARROW(z);
    const REAL p = NAME(bce_sigma)(z, f);

    g = p - y;
    if (f == FAULT_bce_gradient_of_probability) g = (p - y) / (p * (1 - p));
    if (f == FAULT_bce_gradient_of_square) g = (p - y) * p * (1 - p);
    if (f == FAULT_bce_gradient_sign) g = y - p;
    if (f == FAULT_bce_gradient_without_target) g = p + 0 * y;
    if (f == FAULT_bce_gradient_of_clip && (p < (REAL)1e-6 || p > 1 - (REAL)1e-6)) g = 0 * y;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = NAME(bce_loss)(z, y, f);
    *NAME(out)(c, LP_OUT_GRAD, i) = g;
}
