/* The textbook's loops on vectors of LANES numbers; see peer_sleef.c, which includes this once per
 * format. What is left of a row shorter than a vector is filled up with `fill`. */
static WIDE LOAD(const REAL *x, int64_t left, REAL fill) {
    WIDE v;
    if (left >= LANES) {
        memcpy(&v, x, sizeof v);
    } else {
        for (int q = 0; q < LANES; q++) v[q] = q < left ? x[q] : fill;
    }
    return v;
}
static void STORE(REAL *x, int64_t left, WIDE v) {
    if (left >= LANES) {
        memcpy(x, &v, sizeof v);
    } else {
        for (int q = 0; q < left; q++) x[q] = v[q];
    }
}

/* a where the condition holds (all bits set), else b */
static WIDE PICK(MASK condition, WIDE a, WIDE b) {
    return (WIDE)((condition & (MASK)a) | (~condition & (MASK)b));
}

static void XENT(const lp_bench_rows *r) {
    const REAL *logits = r->logits;
    REAL *loss = r->loss, *grads = r->grad;
    const int64_t k = r->k;
    for (int64_t i = 0; i < r->n; i++) {
        const REAL *z = logits + i * k;
        REAL *g = grads ? grads + i * k : NULL, m = z[0], s = 0;
        WIDE high = LOAD(z, k, m), sum = {0};
        for (int64_t j = LANES; j < k; j += LANES) {
            WIDE x = LOAD(z + j, k - j, m);
            high = PICK(x > high, x, high);
        }
        for (int q = 0; q < LANES; q++) m = high[q] > m ? high[q] : m;
        for (int64_t j = 0; j < k; j += LANES) {
            WIDE e = EXP(LOAD(z + j, k - j, (REAL)-INFINITY) - m);
            if (g) STORE(g + j, k - j, e);
            sum += e;
        }
        for (int q = 0; q < LANES; q++) s += sum[q];
        if (g) {
            REAL inverse = 1 / s;
            for (int64_t j = 0; j < k; j += LANES)
                STORE(g + j, k - j, LOAD(g + j, k - j, 0) * inverse);
            g[r->label[i]] -= 1;
        }
        loss[i] = LOG(s) + m - z[r->label[i]];
    }
}
static void BCE(const lp_bench_rows *r) {
    const REAL *z = r->logits, *y = r->targets;
    REAL *loss = r->loss, *g = r->grad;
    const WIDE zero = {0}, one = zero + 1;
    for (int64_t i = 0; i < r->n; i += LANES) {
        WIDE x = LOAD(z + i, r->n - i, 0), t = LOAD(y + i, r->n - i, 0);
        WIDE e = EXP(PICK(x < 0, x, -x));
        STORE(loss + i, r->n - i, PICK(x > 0, x, zero) - x * t + LOG1P(e));
        if (g) STORE(g + i, r->n - i, PICK(x < 0, e, one) / (1 + e) - t);
    }
}
