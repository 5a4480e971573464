/* Squared errors as they are first written down. Included once per format. */

static void NAME(mse_sigmoid)(const lp_call *c, int64_t i) {
    const REAL s = 1 / (1 + exp(-*NAME(in)(c, LP_IN_LOGITS, i)));
    const REAL d = s - *NAME(in)(c, LP_IN_TARGETS, i);

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = d * d / 2;
    *NAME(out)(c, LP_OUT_GRAD, i) = d * s * (1 - s);
}

static void NAME(mse_softmax)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *t = NAME(in)(c, LP_IN_TARGETS, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), s = 0, sum = 0, mean = 0;

    for (int64_t j = 0; j < c->k; j++) s += exp(z[j]);
    for (int64_t j = 0; j < c->k; j++) {
        const REAL p = exp(z[j]) / s;
        sum += (p - t[j]) * (p - t[j]);
        mean += p * (p - t[j]);
    }
    for (int64_t j = 0; j < c->k; j++) grad[j] = exp(z[j]) / s * ((exp(z[j]) / s - t[j]) - mean);
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = sum / 2;
}
