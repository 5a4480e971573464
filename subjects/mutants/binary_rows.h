/* The links on one logit. Included once per format. */

static REAL NAME(sigma)(REAL z) {
    const REAL e = exp(-fabs(z));
    return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}

static REAL NAME(softplus_of)(REAL z) {
    return (z > 0 ? z : 0) + log1p(exp(-fabs(z)));
}

/* The derivative of a link for the cotangent v, 1 where it is absent; an infinite v times a slope
 * that only underflowed is infinite. */
static void NAME(pull_back)(const lp_call *c, int64_t i, REAL z, REAL slope, fault f) {
    const REAL *v = NAME(in)(c, LP_IN_V, f == FAULT_first_cotangent ? 0 : i);
    *NAME(out)(c, LP_OUT_GRAD, i) = !v ? slope : isinf(*v) && isfinite(z) ? *v : *v * slope + 0;
}

static void NAME(sigmoid)(const lp_call *c, int64_t i, fault f) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), s = NAME(sigma)(z);
    const bool clipped = s < (REAL)1e-7 || s > 1 - (REAL)1e-7;

    *NAME(out)(c, LP_OUT_VALUE, i) = f == FAULT_logistic_overflow ? exp(z) / (1 + exp(z)) : s;
    NAME(pull_back)(c, i, z, f == FAULT_saturated_slope && clipped ? 0 : s * (1 - s), f);
}

static void NAME(log_sigmoid)(const lp_call *c, int64_t i, fault f) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i);

    *NAME(out)(c, LP_OUT_VALUE, i) =
        f == FAULT_log_of_sigmoid ? log(NAME(sigma)(z)) : -NAME(softplus_of)(-z);
    NAME(pull_back)(c, i, z, NAME(sigma)(-z), f);
}

static void NAME(softplus)(const lp_call *c, int64_t i, fault f) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i);
    REAL value = NAME(softplus_of)(z);

    if (f == FAULT_softplus_plain) value = log(1 + exp(z));
    if (f == FAULT_softplus_no_log1p) value = (z > 0 ? z : 0) + log(1 + exp(-fabs(z)));
    *NAME(out)(c, LP_OUT_VALUE, i) = value;
    NAME(pull_back)(c, i, z, NAME(sigma)(z), f);
}
