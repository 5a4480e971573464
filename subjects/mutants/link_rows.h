/* Both links: the value, and the vector-Jacobian product for the cotangent v where it is given;
 * "+ 0" makes an exact zero +0. Included once per format. */

static REAL NAME(softmax_value)(const NAME(softmax_row) * row, int64_t j) {
    const REAL p = NAME(probability)(row, j);
    switch (row->f) {
    case FAULT_softmax_narrow_inverse:
        return NAME(exponential)(row, j) * NARROW(1 / row->sum);
    case FAULT_softmax_saturates:
        return p < (REAL)1e-8 ? 0 : p;
    case FAULT_softmax_floored:
        return fmax(p, (REAL)1e-30);
    default:
        return p;
    }
}

static void NAME(softmax)(const lp_call *c, int64_t i, fault f) {
    const NAME(softmax_row) row = NAME(prepare)(c, i, f);
    const REAL *v = NAME(in)(c, LP_IN_V, i);
    REAL *p = NAME(out)(c, LP_OUT_VALUE, i), *grad = NAME(out)(c, LP_OUT_GRAD, i), mean = 0;
    const double t = f == FAULT_temperature_not_in_product ? 1 : row.t;

    for (int64_t j = 0; j < c->k; j++) p[j] = NAME(softmax_value)(&row, j);
    if (!v || !grad) return;
    for (int64_t j = 0; j < c->k; j++) {
        if (f == FAULT_product_of_plain_mean)
            mean += v[j] / (REAL)c->k;
        else if (f != FAULT_product_without_mean)
            mean += NAME(share_of)(p[j], v[j], row.z[j]);
    }
    for (int64_t j = 0; j < c->k; j++) {
        REAL product = NAME(share_of)(p[j], v[j] - mean, row.z[j]);
        if (f == FAULT_product_diagonal) product = p[j] * (1 - p[j]) * v[j];
        if (f == FAULT_product_of_first) product = p[j] * (v[0] - mean);
        if (f == FAULT_product_of_log_softmax) product = v[j] - p[j] * mean;
        grad[j] = (REAL)((double)product / t) + 0;
    }
}

static REAL NAME(log_softmax_value)(const NAME(softmax_row) * row, int64_t j) {
    const REAL l = (-NAME(gap)(row, j) - row->scale * row->log_sum) / row->scale;
    switch (row->f) {
    case FAULT_log_softmax_of_p:
        return log(NAME(exponential)(row, j) / row->sum);
    case FAULT_log_softmax_epsilon:
        return log(NAME(exponential)(row, j) / row->sum + (REAL)1e-8);
    case FAULT_log_softmax_minus_lse:
        return row->z[j] - (row->m + row->log_sum);
    case FAULT_log_softmax_floored:
        return fmax(l, (REAL)-100);
    case FAULT_narrow_log_softmax:
        return NARROW(l);
    default:
        return l;
    }
}

static void NAME(log_softmax)(const lp_call *c, int64_t i, fault f) {
    const NAME(softmax_row) row = NAME(prepare)(c, i, f);
    const REAL *v = NAME(in)(c, LP_IN_V, i);
    REAL *l = NAME(out)(c, LP_OUT_VALUE, i), *grad = NAME(out)(c, LP_OUT_GRAD, i), total = 0;

    for (int64_t j = 0; j < c->k; j++) l[j] = NAME(log_softmax_value)(&row, j);
    if (!v || !grad) return;
    for (int64_t j = 0; j < c->k; j++) {
        const REAL p = NAME(exponential)(&row, j) / row.sum;
        total += f == FAULT_log_product_of_softmax ? p * v[j] : v[j];
    }
    if (f == FAULT_log_product_unscaled) total = 1;
    for (int64_t j = 0; j < c->k; j++) {
        REAL p = NAME(exponential)(&row, j) / row.sum;
        if (f == FAULT_log_product_uniform) p = 1 / (REAL)c->k;
        grad[j] = (REAL)((double)(v[j] - NAME(share_of)(p, total, row.z[j])) / row.t) + 0;
    }
}
