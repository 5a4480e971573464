/* What the operations on rows read, compute and write: rows of binary64 or binary32 numbers, and
 * exact-looking results that are rounded once, when they are stored. */
#ifndef LP_IMPL_VALUE_H
#define LP_IMPL_VALUE_H

#include "impl/wide.h"

#include <lossproof/subject.h>

#include <math.h>
#include <stdbool.h>

/* A row of numbers in the call's format. */
typedef struct lp_view {
    const void *data; /* NULL: absent */
    bool single;
} lp_view;
/* Of an array that is there: call.c has refused a call without what its operation needs. */
LP_INLINE double lp_at(lp_view v, int64_t j) {
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    return v.single ? (double)((const float *)v.data)[j] : ((const double *)v.data)[j];
}
LP_INLINE lp_view lp_view_row(const lp_call *c, lp_in role, int64_t i) {
    const lp_matrix *m = &c->in[role];
    bool single = c->format == LP_BINARY32;
    if (!m->data) return (lp_view){NULL, single};
    return (lp_view){(const char *)m->data + i * m->stride * (single ? 4 : 8), single};
}

/* A number, or where it is none: `special` is an infinity or NaN, else 0. */
typedef struct lp_value {
    lp_wide x;
    double special;
} lp_value;

LP_INLINE lp_value lp_number(lp_wide x) {
    return (lp_value){x, 0};
}
LP_INLINE lp_value lp_special(double special) {
    return (lp_value){{{0, 0}, 0}, special};
}
LP_INLINE lp_value lp_value_from(double x) {
    return isfinite(x) ? lp_number(lp_wide_from(x)) : lp_special(x);
}
LP_INLINE lp_value lp_value_zero(void) {
    return (lp_value){{{0, 0}, 0}, 0};
}
/* 1, 0 or -1 times infinity, NaN for NaN: what IEEE products and sums of specials need to know. */
LP_INLINE double lp_value_sign(lp_value a) {
    return a.special != 0 ? a.special : a.x.m.hi;
}
/* The IEEE product: 0 times an infinity is NaN. */
LP_INLINE lp_value lp_value_mul(lp_value a, lp_value b) {
    if (a.special != 0 || b.special != 0) return lp_special(lp_value_sign(a) * lp_value_sign(b));
    return lp_number(lp_wide_mul(a.x, b.x));
}
/* a / b for b a number other than 0. */
LP_INLINE lp_value lp_value_div(lp_value a, lp_wide b) {
    if (a.special != 0) return lp_special(a.special * b.m.hi);
    return lp_number(lp_wide_div(a.x, b));
}
LP_INLINE lp_value lp_value_add(lp_value a, lp_value b) {
    if (a.special != 0 || b.special != 0) return lp_special(a.special + b.special);
    return lp_number(lp_wide_add(a.x, b.x));
}
LP_INLINE lp_value lp_value_neg(lp_value a) {
    return (lp_value){lp_wide_neg(a.x), -a.special};
}

/* Rounded once; an exact 0 is +0. */
LP_INLINE double lp_value_round(lp_value a) {
    if (a.special != 0) return a.special;
    return a.x.m.hi == 0 ? 0 : lp_wide_round(a.x);
}
/* To binary32. hi is made odd where lo is not 0, so that the one rounding that follows sees which
 * side of a midpoint hi + lo lies on (53 >= 24 + 2 bits); below 2^-300 every double rounds to 0. */
LP_INLINE float lp_value_round_single(lp_value a) {
    if (a.special != 0) return (float)a.special;
    lp_dd m = a.x.m;
    if (m.hi == 0) return 0;
    uint64_t bits = lp_bits(m.hi);
    if (m.lo != 0 && !(bits & 1)) bits += (m.lo > 0) == (m.hi > 0) ? 1 : UINT64_MAX;
    double e = a.x.e < -300 ? -300 : a.x.e > 300 ? 300 : a.x.e;
    return (float)(lp_from_bits(bits) * lp_pow2(e));
}

/* A row of results, each multiplied by `factor` (upstream) and divided by `divisor` (a mean's
 * denominator): a division keeps an exact quotient exact. */
typedef struct lp_sink {
    void *data; /* NULL: not wanted */
    bool single, scaled;
    lp_value factor; /* these two count where `scaled`, else they are 1 */
    lp_wide divisor; /* not 0 */
} lp_sink;

LP_INLINE lp_sink lp_sink_row(const lp_call *c, lp_out role, int64_t i) {
    const lp_matrix *m = &c->out[role];
    bool single = c->format == LP_BINARY32;
    void *data = m->data ? (char *)m->data + i * m->stride * (single ? 4 : 8) : NULL;
    const lp_wide one = {{1, 0}, 0};
    return (lp_sink){.data = data, .single = single, .factor = lp_number(one), .divisor = one};
}
LP_INLINE void lp_store(void *data, bool single, int64_t j, lp_value v) {
    if (single)
        ((float *)data)[j] = lp_value_round_single(v);
    else
        ((double *)data)[j] = lp_value_round(v);
}
LP_INLINE void lp_sink_put(const lp_sink *s, int64_t j, lp_value v) {
    if (s->scaled) v = lp_value_div(lp_value_mul(v, s->factor), s->divisor);
    lp_store(s->data, s->single, j, v);
}
LP_INLINE void lp_sink_number(const lp_sink *s, int64_t j, lp_wide x) {
    lp_sink_put(s, j, lp_number(x));
}
/* NaN, or the +0 of a row that does not count, over a row; nothing where it is not wanted. */
LP_INLINE void lp_sink_fill(const lp_sink *s, int64_t k, double value) {
    for (int64_t j = 0; s->data && j < k; j++)
        lp_store(s->data, s->single, j, lp_value_from(value));
}

#endif
