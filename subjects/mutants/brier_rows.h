/* brier. Included once per format. */

static void NAME(brier)(const lp_call *c, int64_t i, fault f) {
    const REAL *p = NAME(in)(c, LP_IN_P, i);
    const int64_t label = c->label[i];
    const bool nan_row = NAME(any_nan)(p, c->k) && f != FAULT_brier_nan_is_zero;
    REAL sum = 0, total = 0;

    for (int64_t j = 0; f == FAULT_brier_normalised && j < c->k; j++) total += p[j];
    for (int64_t j = 0; j < c->k; j++) {
        REAL x = isnan(p[j]) ? 0 : p[j];
        if (f == FAULT_brier_clipped) x = fmin(fmax(x, (REAL)1e-7), 1 - (REAL)1e-7);
        if (total > 0) x /= total;
        const bool own = j == label && f != FAULT_brier_expanded;
        const REAL d = x - (REAL)own;
        if (f == FAULT_brier_own_class && j != label) continue;
        if (f == FAULT_brier_other_classes && j == label) continue;
        sum += f == FAULT_brier_absolute ? fabs(d) : d * d;
        if (f == FAULT_brier_narrow) sum = NARROW(sum);
    }
    if (f == FAULT_brier_expanded && !nan_row) sum = sum - 2 * p[label] + 1;
    if (f == FAULT_brier_over_classes) sum /= (REAL)c->k;
    if (f == FAULT_brier_root) sum = sqrt(sum);
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = nan_row ? (REAL)NAN : sum;
}
