/* kl_gen. Included once per format, after divergence_rows.h. */

static REAL NAME(excess_log)(REAL p, REAL q, fault f) {
    if (f == FAULT_excess_log_difference) return p == q && p != 0 ? 0 : log(p) - log(q);
    if (f == FAULT_excess_epsilon) return log((p + (REAL)1e-7) / (q + (REAL)1e-7));
    return NAME(log_ratio)(p, q, f);
}

/* p ln(p/q) - p + q, where the product alone overflows p (ln(p/q) - 1) + q. */
static REAL NAME(excess_term)(REAL p, REAL q, REAL l, fault f) {
    if (p == 0 && f != FAULT_excess_zero_log_zero) return f == FAULT_excess_without_rest ? 0 : q;
    switch (f) {
    case FAULT_excess_dropped:
    case FAULT_excess_by_sums:
        return p * l;
    case FAULT_excess_sign:
        return p * l + p - q;
    case FAULT_excess_terms_clipped:
        return fmax(p * l, (REAL)0) - p + q;
    default:
        return isinf(p * l) ? p * (l - 1) + q : p * l - p + q;
    }
}

static void NAME(kl_gen)(const lp_call *c, int64_t i, fault f) {
    const bool swapped = f == FAULT_excess_reversed;
    const REAL *p = NAME(in)(c, swapped ? LP_IN_Q : LP_IN_P, i);
    const REAL *q = NAME(in)(c, swapped ? LP_IN_P : LP_IN_Q, i);
    REAL *grad_q = NAME(out)(c, LP_OUT_GRAD, i), *grad_p = NAME(out)(c, LP_OUT_GRAD_P, i);
    const bool nan_row = NAME(any_nan)(p, c->k) || NAME(any_nan)(q, c->k);
    REAL sum = 0, sum_p = 0, sum_q = 0, infinite = nan_row ? (REAL)NAN : 0;

    for (int64_t j = 0; j < c->k; j++) {
        const REAL q_j = q[j] + 0, l = NAME(excess_log)(p[j], q_j, f); /* -0 is 0 */
        sum += NAME(excess_term)(p[j], q_j, l, f);
        sum_p += p[j];
        sum_q += q_j;
        if (f == FAULT_excess_narrow) sum = NARROW(sum);
        if (NAME(infinite_term)(p[j], q_j))
            infinite += isinf(p[j]) && isinf(q_j) ? (REAL)NAN : (REAL)INFINITY;
        grad_q[j] = nan_row ? (REAL)NAN : p[j] != 0 ? 1 - p[j] / q_j : 1;
        grad_p[j] = nan_row ? (REAL)NAN : l;
        if (f == FAULT_excess_gradient_constant && !nan_row) grad_q[j] -= 1;
        if (f == FAULT_excess_gradient_zero && p[j] == 0 && !nan_row) grad_q[j] = 0;
        if (f == FAULT_excess_gradient_p && !nan_row) grad_p[j] = l + 1;
    }
    if (f == FAULT_excess_by_sums) sum -= sum_p - sum_q;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = infinite != 0 ? infinite : sum;
}
