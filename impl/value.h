/* What the operations on rows read, compute and write: rows of binary64 or binary32 numbers, and
 * exact-looking results that are rounded once, when they are stored. */
#ifndef LP_IMPL_VALUE_H
#define LP_IMPL_VALUE_H

#include "impl/wide.h"

#include <lossproof/subject.h>

#include <math.h>
#include <stdbool.h>

/* A row of numbers in the call's format, `step` of them apart (0: 1), or where `point` is not 0 one
 * of -inf but a 0 at its place point - 1. */
typedef struct lp_view {
    const void *data; /* NULL: absent */
    bool single;
    int64_t point, step;
} lp_view;
/* Of an array that is there: call.c has refused a call without what its operation needs. */
LP_INLINE double lp_at(lp_view v, int64_t j) {
    if (v.point) return j + 1 == v.point ? 0 : -INFINITY;
    if (v.step) j *= v.step;
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    return v.single ? (double)((const float *)v.data)[j] : ((const double *)v.data)[j];
}
/* As an array lies there, of the format. */
LP_INLINE bool lp_view_dense(lp_view v, bool single) {
    return v.single == single && !v.point && !v.step;
}
LP_INLINE lp_view lp_view_row(const lp_call *c, lp_in role, int64_t i) {
    const lp_matrix *m = &c->in[role];
    bool single = c->format == LP_BINARY32;
    if (!m->data) return (lp_view){.single = single};
    return (lp_view){.data = (const char *)m->data + i * m->stride * (single ? 4 : 8),
                     .single = single};
}
/* A row of k logits: by the call's rule `limit` one +inf among them makes a point mass. */
LP_INLINE lp_view lp_view_limit(lp_view z, int64_t k, const lp_call *c) {
    int64_t at = 0, count = 0;
    if (!(c->set & LP_PARAM_BIT(LP_PARAM_SPECIAL)) || c->param[LP_PARAM_SPECIAL] == 0) return z;
    for (int64_t j = 0; j < k; j++) {
        double x = lp_at(z, j);
        if (isnan(x)) return z;
        if (x > 0 && isinf(x)) at = j, count++;
    }
    if (count == 1) z.point = at + 1;
    return z;
}
LP_INLINE lp_view lp_view_logits(const lp_call *c, int64_t i) {
    return lp_view_limit(lp_view_row(c, LP_IN_LOGITS, i), c->k, c);
}
/* Column j of a matrix, as a row. */
LP_INLINE lp_view lp_view_column(const lp_call *c, lp_in role, int64_t j) {
    lp_view v = lp_view_row(c, role, 0);
    v.data = (const char *)v.data + j * (v.single ? 4 : 8);
    v.step = c->in[role].stride;
    return v;
}
/* The doubles as they lie, for loops that take no other rows. */
LP_INLINE bool lp_view_plain(lp_view v) {
    return !v.single && !v.point && !v.step;
}

/* A number and how far it may be off, or where it is none: `special` is an infinity or NaN, else 0.
 *
 * err: |x - the exact number| <= 2^err; -inf: exact, LP_ERR_UNKNOWN: nothing is known. What is not
 * said to be exact is good to 2^-66 of itself: the bounds of exp_dd.h, log_dd.h and row.h.
 * Operations add what they bring themselves: relative errors below 2^-102 (dd.h), hence 2^(e - 101)
 * of a result with exponent e, and nothing where the result fits. */
typedef struct lp_value {
    lp_wide x;
    double special, err;
} lp_value;

#define LP_ERR_UNKNOWN  0x1p100
#define LP_QUICK_BITS   65 /* 2^-66 |x| <= 2^(e - 65) */
#define LP_PRECISE_BITS 82 /* precise.h: 2^-84, sums of 2^20 terms among them */
#define LP_OWN_BITS     100

LP_INLINE double lp_err_max(double a, double b) {
    return a > b ? a : b;
}
/* log2(2^a + 2^b), rounded up: log2(1 + 2^-8) = 0.0056 */
LP_INLINE double lp_err_add(double a, double b) {
    double most = a > b ? a : b, least = a > b ? b : a;
    if (least == -INFINITY) return most;
    return most + (least < most - 8 ? 0.006 : 1.001);
}
/* |x| < 2^top */
LP_INLINE double lp_value_top(lp_value v) {
    return v.x.m.hi == 0 ? -INFINITY : v.x.e + 1;
}

LP_INLINE lp_value lp_good_to(lp_wide x, double bits) {
    return (lp_value){x, 0, x.m.hi == 0 ? -INFINITY : x.e - bits};
}
LP_INLINE lp_value lp_number(lp_wide x) {
    return lp_good_to(x, LP_QUICK_BITS);
}
LP_INLINE lp_value lp_exact(lp_wide x) {
    return (lp_value){x, 0, -INFINITY};
}
LP_INLINE lp_value lp_special(double special) {
    return (lp_value){{{0, 0}, 0}, special, -INFINITY};
}
LP_INLINE lp_value lp_unknown(void) {
    return (lp_value){{{0, 0}, 0}, 0, LP_ERR_UNKNOWN};
}
LP_INLINE lp_value lp_value_from(double x) {
    return isfinite(x) ? lp_exact(lp_wide_from(x)) : lp_special(x);
}
LP_INLINE lp_value lp_value_zero(void) {
    return lp_exact((lp_wide){{0, 0}, 0});
}
/* 1, 0 or -1 times infinity, NaN for NaN: what IEEE products and sums of specials need to know. */
LP_INLINE double lp_value_sign(lp_value a) {
    return a.special != 0 ? a.special : a.x.m.hi;
}
LP_INLINE bool lp_value_sign_known(lp_value a) {
    return a.special != 0 || a.err == -INFINITY || (a.x.m.hi != 0 && a.err < a.x.e);
}
/* The IEEE product: 0 times an infinity is NaN. */
LP_INLINE lp_value lp_value_mul(lp_value a, lp_value b) {
    if (a.special != 0 || b.special != 0) {
        if (isnan(a.special) || isnan(b.special)) return lp_special(NAN);
        if (!lp_value_sign_known(a) || !lp_value_sign_known(b)) return lp_unknown();
        return lp_special(lp_value_sign(a) * lp_value_sign(b));
    }
    lp_wide x = lp_wide_mul(a.x, b.x);
    double err = lp_err_add(lp_value_top(a) + b.err, lp_value_top(b) + a.err);
    if (a.err != -INFINITY && b.err != -INFINITY) err = lp_err_add(err, a.err + b.err);
    if (x.m.hi != 0 && (a.x.m.lo != 0 || b.x.m.lo != 0)) err = lp_err_add(err, x.e - LP_OWN_BITS);
    return (lp_value){x, 0, err};
}
/* a / b, b a number other than 0, good to 2^-104. */
LP_INLINE lp_value lp_value_div(lp_value a, lp_wide b) {
    if (a.special != 0) return lp_special(a.special * b.m.hi);
    if (b.m.hi == 1 && b.m.lo == 0)
        return (lp_value){{a.x.m, a.x.m.hi != 0 ? a.x.e - b.e : 0}, 0, a.err - b.e};
    lp_wide x = lp_wide_div(a.x, b);
    double err = a.err - b.e;
    if (x.m.hi != 0) err = lp_err_add(err, x.e - LP_OWN_BITS);
    return (lp_value){x, 0, err};
}
/* a / b, b with an error too */
LP_INLINE lp_value lp_value_over(lp_value a, lp_value b) {
    if (a.special != 0 || b.special != 0) return lp_special(lp_value_sign(a) / lp_value_sign(b));
    if (b.x.m.hi == 0 || b.err > b.x.e - 2) return lp_unknown();
    lp_value q = lp_value_div(a, b.x); /* off by (error of a + q error of b)/(3/4 b) */
    if (b.err == -INFINITY) return q;
    q.err =
        lp_err_add(lp_err_add(q.err, lp_value_top(q) + b.err - b.x.e), a.err + b.err - 2 * b.x.e) +
        0.42;
    return q;
}
LP_INLINE lp_value lp_value_add(lp_value a, lp_value b) {
    if (a.special != 0 || b.special != 0) return lp_special(a.special + b.special);
    lp_wide x = lp_wide_add(a.x, b.x);
    double err = lp_err_add(a.err, b.err), apart = a.x.e - b.x.e;
    bool fits = a.x.m.hi == 0 || b.x.m.hi == 0 ||
                (a.x.m.lo == 0 && b.x.m.lo == 0 && apart < 900 && apart > -900);
    if (!fits && x.m.hi != 0) err = lp_err_add(err, x.e - LP_OWN_BITS);
    return (lp_value){x, 0, err};
}
LP_INLINE lp_value lp_value_neg(lp_value a) {
    return (lp_value){lp_wide_neg(a.x), -a.special, a.err};
}
LP_INLINE lp_value lp_value_sub(lp_value a, lp_value b) {
    return lp_value_add(a, lp_value_neg(b));
}

/* A long sum: errors of n terms add up to n times the largest, those of the additions to n times
 * that of the largest partial sum. */
typedef struct lp_sum {
    lp_value total;
    double worst, reach; /* of the terms' err; of the partial sums' exponents */
    int64_t n;
} lp_sum;
LP_INLINE lp_sum lp_sum_open(void) {
    return (lp_sum){lp_value_zero(), -INFINITY, -INFINITY, 0};
}
LP_INLINE void lp_sum_add(lp_sum *s, lp_value v) {
    if (v.special != 0 || s->total.special != 0) {
        s->total = lp_special(v.special + s->total.special);
        return;
    }
    if (v.x.m.hi == 0 && v.err == -INFINITY) return;
    s->total = (lp_value){lp_wide_add(s->total.x, v.x), 0, 0};
    s->worst = lp_err_max(s->worst, v.err);
    s->reach = lp_err_max(s->reach, s->total.x.m.hi == 0 ? -INFINITY : s->total.x.e);
    s->n++;
}
LP_INLINE lp_value lp_sum_get(const lp_sum *s) {
    lp_value v = s->total;
    if (v.special != 0) return v;
    double count = s->n > 1 ? lp_exponent((double)s->n) + 1 : 0;
    v.err = s->worst + count;
    if (s->n > 1) v.err = lp_err_add(v.err, s->reach - LP_OWN_BITS + count);
    return v;
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

/* The number is known well enough to be rounded, to *out.
 *
 * hi + lo is good to 2^-105; 2^-104 more than err on both sides does not vanish beside lo, so that
 * a tie never counts as one unless it is exact. */
LP_INLINE bool lp_value_decided(double *out, lp_value a, bool single) {
    if (a.special != 0 || a.err == -INFINITY) {
        *out = single ? (double)lp_value_round_single(a) : lp_value_round(a);
        return true;
    }
    lp_dd m = a.x.m;
    *out = 0;
    double least = single ? -152 : -1077, d = a.err - a.x.e;
    if (a.err < least && (m.hi == 0 || a.x.e < least)) { /* below half the least subnormal */
        if (m.hi < 0) *out = -0.0;
        return m.hi == 0 || lp_value_sign_known(a); /* it may be an exact 0, which is +0 */
    }
    if (m.hi == 0) return false;
    if (!(d < -4)) return false;
    d = (d < -300 ? 0 : lp_pow2((double)(int)d)) + 0x1p-104; /* (int) rounds up: d < 0 */
    double up = m.lo + d, down = m.lo - d;
    if (!single && fabs(a.x.e) < 1000) {
        *out = m.hi * lp_pow2(a.x.e);
        return m.hi + up == m.hi && m.hi + down == m.hi;
    }
    lp_value high = {{lp_fast_two_sum(m.hi, up), a.x.e}, 0, 0};
    lp_value low = {{lp_fast_two_sum(m.hi, down), a.x.e}, 0, 0};
    if (single) {
        *out = (double)lp_value_round_single(high);
        return *out == (double)lp_value_round_single(low);
    }
    *out = lp_value_round(high);
    return *out == lp_value_round(low);
}

/* A row of results, each multiplied by `factor` (upstream) and divided by `divisor` (a mean's
 * denominator): a division keeps an exact quotient exact. */
typedef struct lp_sink {
    void *data; /* NULL: not wanted */
    bool single, scaled;
    lp_value factor;                 /* these two count where `scaled`, else they are 1 */
    lp_wide divisor;                 /* not 0 */
    double times;                    /* the same exactly: a number or not, ... */
    const struct lp_exact_sum *over; /* ... and NULL for 1 */
    bool bits;                       /* and over ln 2 */
} lp_sink;

LP_INLINE lp_sink lp_sink_plain(void *data, bool single) {
    const lp_wide one = {{1, 0}, 0};
    return (lp_sink){
        .data = data, .single = single, .factor = lp_exact(one), .divisor = one, .times = 1};
}
LP_INLINE lp_sink lp_sink_row(const lp_call *c, lp_out role, int64_t i) {
    const lp_matrix *m = &c->out[role];
    bool single = c->format == LP_BINARY32;
    return lp_sink_plain(m->data ? (char *)m->data + i * m->stride * (single ? 4 : 8) : NULL,
                         single);
}
/* The loss of row i, where there is no reduction: losses lie side by side. */
LP_INLINE lp_sink lp_sink_loss(const lp_call *c, int64_t i) {
    lp_sink s = lp_sink_row(c, LP_OUT_LOSS, 0);
    if (s.data) s.data = (char *)s.data + i * (s.single ? 4 : 8);
    return s;
}
LP_INLINE void lp_store(void *data, bool single, int64_t j, lp_value v) {
    if (single)
        ((float *)data)[j] = lp_value_round_single(v);
    else
        ((double *)data)[j] = lp_value_round(v);
}
/* What is rounded already. */
LP_INLINE void lp_store_rounded(void *data, bool single, int64_t j, double x) {
    /* NOLINTBEGIN(clang-analyzer-core.NullDereference) only what is wanted is stored */
    if (single)
        ((float *)data)[j] = (float)x;
    else
        ((double *)data)[j] = x;
    /* NOLINTEND(clang-analyzer-core.NullDereference) */
}
/* A result that is rounded already, its sign with it. */
LP_INLINE void lp_sink_store(const lp_sink *s, int64_t j, double rounded) {
    lp_store_rounded(s->data, s->single, j, rounded);
}
/* Only of a sink that multiplies by 1 so far. */
LP_INLINE void lp_sink_multiply(lp_sink *s, double times) {
    s->scaled |= times != 1;
    s->times = times;
    s->factor = lp_value_mul(s->factor, lp_value_from(times));
}
LP_INLINE lp_value lp_sink_value(const lp_sink *s, lp_value v) {
    return s->scaled ? lp_value_div(lp_value_mul(v, s->factor), s->divisor) : v;
}
LP_INLINE void lp_sink_put(const lp_sink *s, int64_t j, lp_value v) {
    lp_store(s->data, s->single, j, lp_sink_value(s, v));
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
