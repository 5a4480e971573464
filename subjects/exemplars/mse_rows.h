/* Squared errors of a sigmoid and of a softmax, as a backward pass has them: the slope from the
 * saved value, d s (1 - s) and p_j (d_j - sum p_k d_k). Included once per format. */

static void NAME(mse_sigmoid)(const lp_call *c, int64_t i) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), s = NAME(sigma)(z);
    const REAL d = s - *NAME(in)(c, LP_IN_TARGETS, i);

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = d / 2 * d;
    *NAME(out)(c, LP_OUT_GRAD, i) = d * (s * (1 - s)) + 0; /* +0, not -0 */
}

static void NAME(mse_softmax)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *t = NAME(in)(c, LP_IN_TARGETS, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), m = z[0], s = 0, sum = 0, mean = 0;
    const bool nan_row = NAME(any_nan)(z, c->k) || NAME(any_nan)(t, c->k);

    for (int64_t j = 1; j < c->k; j++)
        if (z[j] > m) m = z[j];
    for (int64_t j = 0; j < c->k; j++) s += exp(z[j] - m);
    for (int64_t j = 0; j < c->k; j++) {
        const REAL p = exp(z[j] - m) / s, d = p - t[j];
        sum += d / 2 * d; /* halved first: the sum of the squares may overflow */
        if (p != 0) mean += p * d;
    }
    for (int64_t j = 0; j < c->k; j++) {
        const REAL p = exp(z[j] - m) / s;
        const REAL slope = p * ((p - t[j]) - mean) + 0; /* +0, not -0 */
        grad[j] = nan_row ? (REAL)NAN : p == 0 ? 0 : slope;
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = nan_row ? (REAL)NAN : sum;
}
