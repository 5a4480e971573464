/* logistic_margin, x = y z. Included once per format, after binary_rows.h. */

static REAL NAME(margin_loss)(REAL x, fault f) {
    switch (f) {
    case FAULT_margin_overflow:
        return log1p(exp(-x));
    case FAULT_margin_no_log1p:
        return (x < 0 ? -x : 0) + log(1 + exp(-fabs(x)));
    case FAULT_margin_log_of_sigmoid:
        return 0 - log(NAME(sigma)(x));
    case FAULT_margin_squared:
        return NAME(softplus_of)(-x) * NAME(softplus_of)(-x) / (REAL)0x1.62e42fefa39efp-1;
    case FAULT_margin_bits:
        return NAME(softplus_of)(-x) / (REAL)0x1.62e42fefa39efp-1;
    default:
        return NAME(softplus_of)(-x);
    }
}

static void NAME(logistic_margin)(const lp_call *c, int64_t i, fault f) {
    const REAL y = (REAL)c->label[i], z = *NAME(in)(c, LP_IN_LOGITS, i);
    REAL x = f == FAULT_margin_zero_one && y < 0 ? z * 0 : y * z;

    if (f == FAULT_margin_clipped && !isnan(x)) x = fmin(fmax(x, (REAL)-30), (REAL)30);
    const REAL slope = f == FAULT_margin_rest_of_one ? 1 - NAME(sigma)(x) : NAME(sigma)(-x);
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = NAME(margin_loss)(x, f);
    *NAME(out)(c, LP_OUT_GRAD, i) = (f == FAULT_margin_gradient_unsigned ? -1 : -y) * slope + 0;
}
