/* Entropy, cross entropy and KL divergence of probability vectors. Included once per format. */

static REAL NAME(entropy_log)(REAL p, fault f) {
    switch (f) {
    case FAULT_entropy_bits:
        return log2(p);
    case FAULT_entropy_epsilon:
        return log(p + (REAL)1e-8);
    case FAULT_entropy_narrow_log:
        return NARROW(log(p));
    case FAULT_entropy_by_taylor: /* about 1 */
        return fabs(p - 1) < (REAL)0.01 ? p - 1 : log(p);
    default:
        return log(p);
    }
}

static void NAME(entropy)(const lp_call *c, int64_t i, fault f) {
    const REAL *p = NAME(in)(c, LP_IN_P, i);
    REAL *loss = NAME(out)(c, LP_OUT_LOSS, 0) + i, *grad = NAME(out)(c, LP_OUT_GRAD, i), sum = 0;
    const bool nan_row = NAME(any_nan)(p, c->k);

    *loss = 0;
    for (int64_t j = 0; j < c->k; j++) sum += p[j];
    for (int64_t j = 0; j < c->k; j++) {
        const REAL l = NAME(entropy_log)(p[j], f);
        if (f == FAULT_entropy_small_dropped && p[j] < (REAL)1e-6) {
            grad[j] = nan_row ? (REAL)NAN : -(l + 1);
            continue;
        }
        if (p[j] != 0 || f == FAULT_entropy_zero_log_zero) *loss -= p[j] * l;
        if (f == FAULT_narrow_entropy) *loss = NARROW(*loss);
        grad[j] = nan_row && f != FAULT_entropy_nan_partly ? (REAL)NAN : -(l + 1);
        if (f == FAULT_entropy_gradient_short) grad[j] = nan_row ? (REAL)NAN : -l;
    }
    if (f == FAULT_entropy_sign) *loss = -*loss;
    if (f == FAULT_entropy_normalised && sum > 0) *loss = *loss / sum + log(sum);
}

/* A term of p ln x that is infinite by section 2. Such terms are added apart, where no overflow of
 * another term can meet them as inf - inf. */
static bool NAME(infinite_term)(REAL p, REAL q) {
    return p != 0 && (q == 0 || isinf(p) || isinf(q));
}

static REAL NAME(cross_log)(REAL q, fault f) {
    switch (f) {
    case FAULT_epsilon_added:
        return log(q + (REAL)1e-7);
    case FAULT_cross_floored:
        return fmax(log(q), (REAL)-100);
    case FAULT_cross_clipped:
        return log(fmin(q, (REAL)1));
    case FAULT_cross_narrow_log:
        return NARROW(log(q));
    case FAULT_cross_bits:
        return log2(q);
    default:
        return log(q);
    }
}

static void NAME(cross_entropy)(const lp_call *c, int64_t i, fault f) {
    const REAL *p = NAME(in)(c, LP_IN_P, i), *q = NAME(in)(c, LP_IN_Q, i);
    const REAL small = 0x1p-30;
    REAL *grad_q = NAME(out)(c, LP_OUT_GRAD, i), *grad_p = NAME(out)(c, LP_OUT_GRAD_P, i);
    const bool nan_row = NAME(any_nan)(p, c->k) || NAME(any_nan)(q, c->k);
    REAL infinite = nan_row ? (REAL)NAN : 0;
    NAME(total) sum = {0};

    if (f == FAULT_cross_swapped) {
        const REAL *other = p;
        p = q;
        q = other;
    }
    for (int64_t j = 0; j < c->k; j++) {
        const REAL q_j = q[j] + 0; /* -0 is 0 */
        const REAL l = NAME(cross_log)(q_j, f);
        const bool counts = p[j] != 0 || f == FAULT_cross_zero_log_zero;
        if (counts && !(f == FAULT_cross_misses_last && j == c->k - 1 && j > 0))
            NAME(add)(&sum, -p[j] * l, -p[j] * small * l);
        if (NAME(infinite_term)(p[j], q_j) && f != FAULT_cross_floored) infinite -= p[j] * l;
        grad_q[j] = nan_row ? (REAL)NAN : p[j] != 0 ? -p[j] / q_j : 0;
        grad_p[j] = nan_row ? (REAL)NAN : 0 - l;
        if (f == FAULT_cross_gradient_epsilon && !nan_row) grad_q[j] = -p[j] / (q_j + (REAL)1e-8);
        if (f == FAULT_cross_gradient_zero_over_zero) grad_q[j] = -p[j] / q_j;
        if (f == FAULT_cross_gradient_swapped && !nan_row) grad_p[j] = grad_q[j];
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = infinite != 0 ? infinite : NAME(total_of)(&sum);
}

/* ln(p/q) by the quotient, by the difference where the quotient leaves the normal range. */
static REAL NAME(log_ratio)(REAL p, REAL q, fault f) {
    const REAL r = p / q;
    switch (f) {
    case FAULT_kl_ratio_underflow:
        return log(r);
    case FAULT_kl_log_difference:
        return p == q ? 0 * p : log(p) - log(q);
    case FAULT_kl_epsilon:
        return log((p + (REAL)1e-8) / (q + (REAL)1e-8));
    case FAULT_kl_narrow_ratio:
        return log(NARROW(r));
    default:
        return isnormal(r) || p == 0 || q == 0 ? log(r) : log(p) - log(q);
    }
}

/* One term of the sum. */
static REAL NAME(kl_term)(REAL p, REAL q, REAL l, fault f) {
    switch (f) {
    case FAULT_kl_reversed:
        return q != 0 ? -q * l : 0;
    case FAULT_kl_terms_clipped:
        return fmax(p * l, (REAL)0);
    case FAULT_kl_generalised:
        return p * l - p + q;
    case FAULT_kl_symmetric:
        return p * l + (q != 0 ? -q * l : 0);
    default:
        return p * l;
    }
}

static void NAME(kl_div)(const lp_call *c, int64_t i, fault f) {
    const REAL *p = NAME(in)(c, LP_IN_P, i), *q = NAME(in)(c, LP_IN_Q, i);
    const REAL small = 0x1p-30;
    REAL *grad_q = NAME(out)(c, LP_OUT_GRAD, i), *grad_p = NAME(out)(c, LP_OUT_GRAD_P, i);
    const bool nan_row = NAME(any_nan)(p, c->k) || NAME(any_nan)(q, c->k);
    REAL infinite = nan_row ? (REAL)NAN : 0;
    NAME(total) terms = {0};

    for (int64_t j = 0; j < c->k; j++) {
        const REAL q_j = q[j] + 0, l = NAME(log_ratio)(p[j], q_j, f);
        if (p[j] != 0 || f == FAULT_kl_zero_log_zero) NAME(add)
        (&terms, NAME(kl_term)(p[j], q_j, l, f), NAME(kl_term)(p[j] * small, q_j * small, l, f));
        if (NAME(infinite_term)(p[j], q_j)) infinite += p[j] * l;
        grad_q[j] = nan_row ? (REAL)NAN : p[j] != 0 ? -p[j] / q_j : 0;
        if (f == FAULT_kl_gradient_reversed) grad_q[j] = 1 - l;
        if (f == FAULT_kl_gradient_zero_over_zero) grad_q[j] = -p[j] / q_j;
        if (f == FAULT_kl_gradient_constant && !nan_row) grad_q[j] += 1;
        grad_p[j] = nan_row ? (REAL)NAN : l + 1;
        if (f == FAULT_kl_gradient_short && !nan_row) grad_p[j] = l;
    }
    REAL sum = NAME(total_of)(&terms);
    if (f == FAULT_kl_over_classes) sum /= (REAL)c->k;
    if (f == FAULT_kl_absolute) sum = fabs(sum);
    if (f == FAULT_kl_narrow) sum = NARROW(sum);
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = infinite != 0 ? infinite : sum;
}
