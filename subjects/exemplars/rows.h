/* Included once per format with REAL and NAME(x) defined: how a row is reached. */
static inline const REAL *NAME(in)(const lp_call *c, lp_in role, int64_t i) {
    const REAL *data = c->in[role].data;
    return data ? data + i * c->in[role].stride : NULL;
}

static inline REAL *NAME(out)(const lp_call *c, lp_out role, int64_t i) {
    REAL *data = c->out[role].data;
    return data ? data + i * c->out[role].stride : NULL;
}

/* One NaN among a row's inputs makes the whole row NaN, components that do not depend on it too. */
static inline bool NAME(any_nan)(const REAL *x, int64_t k) {
    for (int64_t j = 0; x && j < k; j++)
        if (isnan(x[j])) return true;
    return false;
}

/* p v of the class of logit z. No share of a class that is there is 0: an infinite v is the answer
 * also where p underflowed. */
static inline REAL NAME(share_of)(REAL p, REAL v, REAL z) {
    return p == 0 && isinf(v) && z != (REAL)-INFINITY ? v : p * v;
}

/* A sum whose terms, or what they come to on the way, may overflow where the sum does not: beside
 * it the sum of 2^-30 of each term, which speaks where the first is no number. What underflows in
 * it is nothing to terms that overflowed. */
typedef struct NAME(total) {
    REAL sum, small;
} NAME(total);

static inline void NAME(add)(NAME(total) * t, REAL term, REAL small) {
    t->sum += term;
    t->small += small;
}

static inline REAL NAME(total_of)(const NAME(total) * t) {
    return isfinite(t->sum) ? t->sum : t->small / (REAL)0x1p-30;
}
