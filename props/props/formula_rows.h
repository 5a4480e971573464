/* The formulas, one function each; included once per format with REAL and NAME. exp, log and the
 * rest are those of the format (tgmath). Every step rounds to REAL. */

static REAL NAME(top)(const lp_formula_row *r) {
    REAL m = (REAL)r->z[0];
    for (int64_t j = 1; j < r->k; j++)
        if ((REAL)r->z[j] > m) m = (REAL)r->z[j];
    return m;
}

static REAL NAME(sum)(const lp_formula_row *r, REAL shift) {
    REAL s = 0;
    for (int64_t j = 0; j < r->k; j++) s += exp((REAL)r->z[j] - shift);
    return s;
}

/* p_j, shifted by the maximum or not at all. */
static REAL NAME(share)(const lp_formula_row *r, int64_t j, REAL shift) {
    return exp((REAL)r->z[j] - shift) / NAME(sum)(r, shift);
}

#define FORMULA(name) static void NAME(name)(double *to, const lp_formula_row *r, double arg)
#define UNUSED        (void)arg
#define EACH_CLASS    for (int64_t j = 0; j < r->k; j++)
#define ONE(j)        (REAL)((j) == r->label)
#define Z(j)          ((REAL)r->z[j])

/* --- the loss ----------------------------------------------------------------------------------
 */

FORMULA(log_of_bare_share) {
    UNUSED;
    *to = -log(NAME(share)(r, r->label, 0));
}

FORMULA(log_of_share) {
    UNUSED;
    *to = -log(NAME(share)(r, r->label, NAME(top)(r)));
}

FORMULA(log_of_raised_share) {
    *to = -log(NAME(share)(r, r->label, NAME(top)(r)) + (REAL)arg);
}

FORMULA(log_of_clipped_share) {
    const REAL p = NAME(share)(r, r->label, NAME(top)(r)), e = (REAL)arg;
    *to = -log(p < e ? e : p > 1 - e ? 1 - e : p);
}

FORMULA(bare_lse_less_label) {
    UNUSED;
    *to = log(NAME(sum)(r, 0)) - Z(r->label);
}

FORMULA(lse_less_label) {
    UNUSED;
    const REAL m = NAME(top)(r);
    *to = (m + log(NAME(sum)(r, m))) - Z(r->label);
}

FORMULA(gap_and_log) {
    UNUSED;
    const REAL m = NAME(top)(r);
    *to = (m - Z(r->label)) + log(NAME(sum)(r, m));
}

FORMULA(gap_alone) {
    UNUSED;
    *to = NAME(top)(r) - Z(r->label);
}

/* --- its gradient ------------------------------------------------------------------------------
 */

FORMULA(bare_share_less_one) {
    UNUSED;
    const REAL s = NAME(sum)(r, 0);
    EACH_CLASS to[j] = exp(Z(j)) / s - ONE(j);
}

FORMULA(share_less_one) {
    UNUSED;
    const REAL m = NAME(top)(r), s = NAME(sum)(r, m);
    EACH_CLASS to[j] = exp(Z(j) - m) / s - ONE(j);
}

FORMULA(stored_lse_less_one) {
    UNUSED;
    const REAL m = NAME(top)(r), lse = m + log(NAME(sum)(r, m));
    EACH_CLASS to[j] = exp(Z(j) - lse) - ONE(j);
}

FORMULA(share_alone) {
    UNUSED;
    const REAL m = NAME(top)(r), s = NAME(sum)(r, m);
    EACH_CLASS to[j] = exp(Z(j) - m) / s;
}

FORMULA(one_alone) {
    UNUSED;
    EACH_CLASS to[j] = -ONE(j);
}

/* --- softmax and its logarithm -----------------------------------------------------------------
 */

FORMULA(bare_share) {
    UNUSED;
    const REAL s = NAME(sum)(r, 0);
    EACH_CLASS to[j] = exp(Z(j)) / s;
}

FORMULA(share_by_lse) {
    UNUSED;
    const REAL m = NAME(top)(r), lse = m + log(NAME(sum)(r, m));
    EACH_CLASS to[j] = exp(Z(j) - lse);
}

FORMULA(logs_of_bare_shares) {
    UNUSED;
    const REAL s = NAME(sum)(r, 0);
    EACH_CLASS to[j] = log(exp(Z(j)) / s);
}

FORMULA(logs_of_shares) {
    UNUSED;
    const REAL m = NAME(top)(r), s = NAME(sum)(r, m);
    EACH_CLASS to[j] = log(exp(Z(j) - m) / s);
}

FORMULA(logits_less_lse) {
    UNUSED;
    const REAL m = NAME(top)(r), lse = m + log(NAME(sum)(r, m));
    EACH_CLASS to[j] = Z(j) - lse;
}

FORMULA(gaps_less_log) {
    UNUSED;
    const REAL m = NAME(top)(r), l = log(NAME(sum)(r, m));
    EACH_CLASS to[j] = (Z(j) - m) - l;
}

FORMULA(bare_lse) {
    UNUSED;
    *to = log(NAME(sum)(r, 0));
}

FORMULA(shifted_lse) {
    UNUSED;
    const REAL m = NAME(top)(r);
    *to = m + log(NAME(sum)(r, m));
}

/* --- one logit ---------------------------------------------------------------------------------
 */

FORMULA(binary_by_probability) {
    UNUSED;
    const REAL y = (REAL)r->y[0], p = 1 / (1 + exp(-Z(0)));
    *to = -(y * log(p) + (1 - y) * log(1 - p));
}

FORMULA(binary_by_log) {
    UNUSED;
    const REAL z = Z(0), y = (REAL)r->y[0];
    *to = (z > 0 ? z : 0) - z * y + log(1 + exp(-fabs(z)));
}

FORMULA(binary_by_log1p) {
    UNUSED;
    const REAL z = Z(0), y = (REAL)r->y[0];
    *to = (z > 0 ? z : 0) - z * y + log1p(exp(-fabs(z)));
}

FORMULA(binary_bare) {
    UNUSED;
    *to = log(1 + exp(Z(0))) - (REAL)r->y[0] * Z(0);
}

FORMULA(sigmoid_less_target) {
    UNUSED;
    *to = 1 / (1 + exp(-Z(0))) - (REAL)r->y[0];
}

FORMULA(sigmoid_by_tanh) {
    UNUSED;
    *to = (1 + tanh(Z(0) / 2)) / 2;
}

FORMULA(sigmoid_slope) {
    UNUSED;
    const REAL p = 1 / (1 + exp(-Z(0)));
    *to = p * (1 - p);
}

FORMULA(log_of_sigmoid) {
    UNUSED;
    *to = log(1 / (1 + exp(-Z(0))));
}

FORMULA(log_of_one_more) {
    UNUSED;
    *to = -log(1 + exp(-Z(0)));
}

FORMULA(softplus_bare) {
    UNUSED;
    *to = log(1 + exp(Z(0)));
}

/* --- probabilities -----------------------------------------------------------------------------
 */

FORMULA(binary_log_of_rest) {
    UNUSED;
    const REAL p = (REAL)r->p[0], y = (REAL)r->y[0];
    *to = -(y * log(p) + (1 - y) * log(1 - p));
}

FORMULA(kl_by_difference) {
    UNUSED;
    REAL d = 0;
    EACH_CLASS d += (REAL)r->p[j] * (log((REAL)r->p[j]) - log((REAL)r->q[j]));
    *to = d;
}

#undef FORMULA
#undef UNUSED
#undef EACH_CLASS
#undef ONE
#undef Z
