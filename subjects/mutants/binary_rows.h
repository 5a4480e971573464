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

static double NAME(pos_weight)(const lp_call *c, int64_t j) {
    const REAL *q = NAME(in)(c, LP_IN_POS_WEIGHT, 0);
    if (q) return q[j];
    return c->set & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT) ? c->param[LP_PARAM_POS_WEIGHT] : 1;
}

/* One label: max(z,0) - zy + log1p(exp(-|z|)), with a weight (1-y) softplus(z) + qy softplus(-z);
 * at an infinite logit the coefficient of the infinite softplus decides. */
static double NAME(label_loss)(REAL z, REAL y, double q, bool weighted, fault f) {
    if (isinf(z) && !isnan(y) && !isnan(q)) return (z > 0 ? y < 1 : y > 0 && q > 0) ? INFINITY : 0;
    if (!weighted) return (z > 0 ? z : 0) - z * y + log1p(exp(-fabs(z)));
    if (f == FAULT_pos_weight_unshifted) return (1 - y) * z + (1 + (q - 1) * y) * log(1 + exp(-z));
    const double low = f == FAULT_pos_weight_on_both ? q * (1 - y) : 1 - y;
    return low * NAME(softplus_of)(z) + q * y * NAME(softplus_of)(-z);
}

static double NAME(label_slope)(REAL z, REAL y, double q, bool weighted, fault f) {
    if (weighted && f != FAULT_pos_weight_no_gradient)
        return (1 - y) * NAME(sigma)(z) - q * y * NAME(sigma)(-z);
    return NAME(sigma)(z) - y;
}

/* bce_logits where pos_weight is given. */
static void NAME(weighted_bce)(const lp_call *c, int64_t i, fault f) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), y = *NAME(in)(c, LP_IN_TARGETS, i);
    const double q = NAME(pos_weight)(c, 0);

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = (REAL)NAME(label_loss)(z, y, q, true, f);
    *NAME(out)(c, LP_OUT_GRAD, i) = (REAL)NAME(label_slope)(z, y, q, true, f);
}

/* Sum or mean over labels; where the sum overflows and the mean need not, divided first. */
static void NAME(multilabel_bce)(const lp_call *c, int64_t i, fault f) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *y = NAME(in)(c, LP_IN_TARGETS, i);
    const REAL *array = NAME(in)(c, LP_IN_POS_WEIGHT, 0);
    const bool nan_row =
        NAME(any_nan)(z, c->k) || NAME(any_nan)(y, c->k) || NAME(any_nan)(array, c->k);
    const bool weighted = array || c->set & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT);
    const double labels = c->param[LP_PARAM_LABEL_REDUCTION] == 1 ? (double)c->k : 1;
    double sum = 0, shares = 0;

    for (int64_t j = 0; j < c->k; j++) {
        const double q = NAME(pos_weight)(c, f == FAULT_pos_weight_by_row ? i % c->k : j);
        const double loss = NAME(label_loss)(z[j], y[j], q, weighted, f);
        const double slope = NAME(label_slope)(z[j], y[j], q, weighted, f);
        const bool over = isinf(loss) && isfinite(z[j]);
        sum += loss;
        shares += over ? fabs(z[j] / labels) * (z[j] > 0 ? 1 - y[j] : q * y[j]) : loss / labels;
        NAME(out)
        (c, LP_OUT_GRAD, i)[j] =
            nan_row ? (REAL)NAN : (REAL)(f == FAULT_labels_undivided ? slope : slope / labels);
    }
    sum = isinf(sum) ? shares : sum / labels;
    if (f == FAULT_labels_averaged && labels == 1) sum /= (double)c->k;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = nan_row ? (REAL)NAN : (REAL)sum;
}

/* The factor (1 - p)^gamma by its logarithm -softplus(x), x = z or -z by the label. */
static void NAME(focal_sigmoid)(const lp_call *c, int64_t i, fault f) {
    const bool positive = c->label[i] == 1;
    const bool has_alpha =
        c->set & LP_PARAM_BIT(LP_PARAM_ALPHA) && f != FAULT_focal_binary_alpha_ignored;
    const double gamma = c->param[LP_PARAM_GAMMA], given = c->param[LP_PARAM_ALPHA];
    const bool same_alpha = positive || f == FAULT_focal_alpha_both;
    const double alpha = !has_alpha ? 1 : same_alpha ? given : 1 - given;
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), x = positive ? z : -z;
    const REAL p = NAME(sigma)(x), q = NAME(sigma)(-x);
    REAL *loss = NAME(out)(c, LP_OUT_LOSS, 0) + i, *grad = NAME(out)(c, LP_OUT_GRAD, i);
    REAL surprise = NAME(softplus_of)(-x);
    if (f == FAULT_focal_log_of_sigmoid) surprise = -log(p);
    if (f == FAULT_focal_log1p_plain) surprise = log1p(exp(-x));
    const double factor = gamma == 0 ? 1 : exp((double)(REAL) - (gamma * NAME(softplus_of)(x)));
    double pull = p == 0 || gamma == 0 ? q : gamma * p * surprise + q;
    if (f == FAULT_focal_factor_constant) pull = q; /* as if (1 - p)^gamma did not depend on z */

    *loss = (REAL)(alpha * (factor * surprise));
    *grad = (REAL)((positive ? -alpha : alpha) * (factor * pull)) + 0;
    if (f == FAULT_focal_power_derivative && gamma != 0) /* d (1 - p)^gamma by pow */
        *grad = (REAL)((positive ? -alpha : alpha) *
                       (gamma * pow((double)q, gamma - 1) * p * q * surprise + factor * q));
    if (isinf(x)) *loss = alpha == 0 || x > 0 ? 0 : alpha > 0 ? (REAL)INFINITY : -(REAL)INFINITY;
    if (alpha == 0 && !isnan(z)) *loss = *grad = 0;
}
