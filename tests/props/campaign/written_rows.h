/* One row of each formula, every step in REAL; included once per REAL. */

static inline REAL NAME(most)(const row *r) {
    REAL m = (REAL)r->z[0];
    for (int64_t j = 1; j < r->k; j++) m = fmax(m, (REAL)r->z[j]);
    return m;
}

static inline REAL NAME(partition)(const row *r, REAL m) {
    REAL s = 0;
    for (int64_t j = 0; j < r->k; j++) s = s + exp((REAL)r->z[j] - m);
    return s;
}

static inline REAL NAME(chance)(const row *r, int64_t j) {
    const REAL m = NAME(most)(r);
    return exp((REAL)r->z[j] - m) / NAME(partition)(r, m);
}

static inline REAL NAME(stored_lse)(const row *r) {
    const REAL m = NAME(most)(r);
    return m + log(NAME(partition)(r, m));
}

/* --- losses --- */

static inline void NAME(nll)(double *to, const row *r, double e) {
    to[0] = -log(NAME(chance)(r, r->c) + (REAL)e);
}

static inline void NAME(nll_clipped)(double *to, const row *r, double e) {
    to[0] = -log(fmin(fmax(NAME(chance)(r, r->c), (REAL)e), 1 - (REAL)e));
}

static inline void NAME(bare)(double *to, const row *r, double e) {
    to[0] = log(NAME(partition)(r, (REAL)e)) - (REAL)r->z[r->c];
}

static inline void NAME(from_lse)(double *to, const row *r, double e) {
    (void)e;
    to[0] = NAME(stored_lse)(r) - (REAL)r->z[r->c];
}

static inline void NAME(gap)(double *to, const row *r, double e) {
    (void)e;
    to[0] = NAME(most)(r) - (REAL)r->z[r->c];
}

static inline void NAME(gap_log)(double *to, const row *r, double e) {
    const REAL m = NAME(most)(r);
    (void)e;
    to[0] = (m - (REAL)r->z[r->c]) + log(NAME(partition)(r, m));
}

/* --- a value for each class --- */

static inline void NAME(chances)(double *to, const row *r, double e) {
    for (int64_t j = 0; j < r->k; j++) to[j] = NAME(chance)(r, j) - (REAL)e * (j == r->c);
}

static inline void NAME(chances_from_lse)(double *to, const row *r, double e) {
    const REAL lse = NAME(stored_lse)(r);
    (void)e;
    for (int64_t j = 0; j < r->k; j++) to[j] = exp((REAL)r->z[j] - lse);
}

static inline void NAME(logs_of_chances)(double *to, const row *r, double e) {
    (void)e;
    for (int64_t j = 0; j < r->k; j++) to[j] = log(NAME(chance)(r, j));
}

static inline void NAME(logs_from_lse)(double *to, const row *r, double e) {
    const REAL lse = NAME(stored_lse)(r);
    (void)e;
    for (int64_t j = 0; j < r->k; j++) to[j] = (REAL)r->z[j] - lse;
}

static inline void NAME(gaps_less)(double *to, const row *r, double e) {
    const REAL m = NAME(most)(r), l = log(NAME(partition)(r, m));
    (void)e;
    for (int64_t j = 0; j < r->k; j++) to[j] = ((REAL)r->z[j] - m) - l;
}

static inline void NAME(lse)(double *to, const row *r, double e) {
    (void)e;
    to[0] = NAME(stored_lse)(r);
}

/* --- one logit --- */

static inline void NAME(bce_log1p)(double *to, const row *r, double e) {
    const REAL z = (REAL)r->z[0], y = (REAL)r->y[0];
    (void)e;
    to[0] = fmax(z, (REAL)0) - z * y + log1p(exp(-fabs(z)));
}
