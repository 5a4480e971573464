/* The textbook's loops in one format. Included once per format with REAL, EXP, LOG, LOG1P and
 * XENT, BCE (the names to define); the file that includes it decides which exponential that is. */
static void XENT(const lp_bench_rows *r) {
    const REAL *logits = r->logits;
    REAL *loss = r->loss, *grads = r->grad;
    for (int64_t i = 0; i < r->n; i++) {
        const REAL *z = logits + i * r->k;
        REAL *g = grads ? grads + i * r->k : NULL, m = z[0], s = 0;
#pragma omp simd reduction(max : m)
        for (int64_t j = 0; j < r->k; j++) m = z[j] > m ? z[j] : m;
        if (g) {
#pragma omp simd reduction(+ : s)
            for (int64_t j = 0; j < r->k; j++) {
                REAL e = EXP(z[j] - m);
                g[j] = e;
                s += e;
            }
            REAL inverse = 1 / s;
#pragma omp simd
            for (int64_t j = 0; j < r->k; j++) g[j] *= inverse;
            g[r->label[i]] -= 1;
        } else {
#pragma omp simd reduction(+ : s)
            for (int64_t j = 0; j < r->k; j++) s += EXP(z[j] - m);
        }
        loss[i] = LOG(s) + m - z[r->label[i]];
    }
}
static void BCE(const lp_bench_rows *r) {
    const REAL *z = r->logits, *y = r->targets;
    REAL *loss = r->loss, *g = r->grad;
    if (g) {
#pragma omp simd
        for (int64_t i = 0; i < r->n; i++) {
            REAL x = z[i], e = EXP(x < 0 ? x : -x);
            loss[i] = (x > 0 ? x : 0) - x * y[i] + LOG1P(e);
            g[i] = (x < 0 ? e : 1) / (1 + e) - y[i];
        }
    } else {
#pragma omp simd
        for (int64_t i = 0; i < r->n; i++) {
            REAL x = z[i], e = EXP(x < 0 ? x : -x);
            loss[i] = (x > 0 ? x : 0) - x * y[i] + LOG1P(e);
        }
    }
}
