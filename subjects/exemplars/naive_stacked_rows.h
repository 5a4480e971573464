/* The means of cross-entropies as people write them first: no shift, the logarithm of a share.
 * Included once per format. */

static REAL NAME(naive_scale)(const lp_call *c, REAL g) {
    const REAL *up = NAME(in)(c, LP_IN_UPSTREAM, 0);
    return c->param[LP_PARAM_BASE] == 1 ? g * (up ? *up : 1) / log((REAL)2) : g * (up ? *up : 1);
}

static void NAME(info_nce)(const lp_call *c, int64_t i) {
    const bool both = c->param[LP_PARAM_SYMMETRIC] == 1;
    const REAL rows = (REAL)(both ? 2 * c->n : c->n);
    REAL loss = 0, tau = 0;

    for (i = 0; i < c->n; i++)
        for (int64_t j = 0; j < c->n; j++) {
            const REAL *s = NAME(in)(c, LP_IN_SIM, i);
            REAL row = 0, column = 0;
            for (int64_t k = 0; k < c->n; k++) {
                row += exp(s[k]);
                column += exp(NAME(in)(c, LP_IN_SIM, k)[j]);
            }
            const REAL p = exp(s[j]) / row, q = exp(s[j]) / column, own = (REAL)(i == j);
            const REAL g = ((p - own) + (both ? q - own : 0)) / rows;
            if (i == j) loss -= both ? log(p) + log(q) : log(p);
            tau -= s[j] * g;
            NAME(out)(c, LP_OUT_GRAD, i)[j] = NAME(naive_scale)(c, g);
        }
    loss /= rows;
    if (c->param[LP_PARAM_BASE] == 1) loss /= log((REAL)2);
    NAME(out)(c, LP_OUT_LOSS, 0)[0] = loss;
    NAME(out)(c, LP_OUT_GRAD_TAU, 0)[0] = NAME(naive_scale)(c, tau);
}

static void NAME(linear_xent)(const lp_call *c, int64_t i) {
    REAL loss = 0, n = 0, s = 0;
    for (i = 0; i < c->n; i++) n += (REAL)!frame_ignored(c, i);
    for (int64_t j = 0; j < c->k; j++) {
        NAME(out)(c, LP_OUT_GRAD_B, 0)[j] = 0;
        for (int64_t d = 0; d < c->d; d++) NAME(out)(c, LP_OUT_GRAD_W, j)[d] = 0;
    }
    for (i = 0; i < c->n; i++) {
        const REAL *x = NAME(in)(c, LP_IN_X, i), *b = NAME(in)(c, LP_IN_B, 0);
        for (int64_t d = 0; d < c->d; d++) NAME(out)(c, LP_OUT_GRAD_X, i)[d] = 0;
        if (frame_ignored(c, i)) continue;
        s = 0;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t j = 0; j < c->k; j++) {
                const REAL *w = NAME(in)(c, LP_IN_W, j);
                REAL z = b[j];
                for (int64_t d = 0; d < c->d; d++) z += x[d] * w[d];
                if (pass == 0) {
                    s += exp(z);
                    continue;
                }
                if (j == c->label[i]) loss -= log(exp(z) / s);
                const REAL g = NAME(naive_scale)(c, (exp(z) / s - (REAL)(j == c->label[i])) / n);
                NAME(out)(c, LP_OUT_GRAD_B, 0)[j] += g;
                for (int64_t d = 0; d < c->d; d++) {
                    NAME(out)(c, LP_OUT_GRAD_W, j)[d] += g * x[d];
                    NAME(out)(c, LP_OUT_GRAD_X, i)[d] += g * w[d];
                }
            }
    }
    loss /= n;
    if (c->param[LP_PARAM_BASE] == 1) loss /= log((REAL)2);
    NAME(out)(c, LP_OUT_LOSS, 0)[0] = loss;
}
