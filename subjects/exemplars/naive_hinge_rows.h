/* The hinges as they are first written down: 1 - z_c + z_j from left to right, fmax, which drops a
 * NaN. Included once per format. */

static void NAME(hinge)(const lp_call *c, int64_t i) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), y = (REAL)c->label[i];

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = fmax((REAL)0, 1 - y * z);
    *NAME(out)(c, LP_OUT_GRAD, i) = y * z < 1 ? -y : 0;
}

static void NAME(hinge_multi)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), sum = 0;
    const int64_t label = c->label[i];
    int64_t best = label == 0;

    for (int64_t j = 0; j < c->k; j++)
        if (j != label && z[j] > z[best]) best = j;
    for (int64_t j = 0; j < c->k; j++) grad[j] = 0;
    for (int64_t j = 0; j < c->k; j++) {
        if (j == label || (c->param[LP_PARAM_FORM] == 1 && j != best)) continue;
        const REAL margin = 1 - z[label] + z[j];
        sum += fmax((REAL)0, margin);
        grad[j] = margin > 0;
        grad[label] -= grad[j];
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = sum;
}
