/* Naturals as rows of 64-bit limbs, the least significant first: what big.h is made of. */
#ifndef LP_IMPL_LIMBS_H
#define LP_IMPL_LIMBS_H

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 lp_double_limb;

/* w = floor(a 2^by), of which `len` limbs are kept. */
static inline void lp_limbs_place(uint64_t *w, int len, const uint64_t *a, int n, int64_t by) {
    int64_t whole = by >= 0 ? by / 64 : -((63 - by) / 64);
    int bits = (int)(by - 64 * whole);
    for (int i = 0; i < len; i++) {
        int64_t from = i - whole;
        uint64_t high = from >= 0 && from < n ? a[from] : 0;
        uint64_t low = from >= 1 && from <= n ? a[from - 1] : 0;
        w[i] = bits ? high << bits | low >> (64 - bits) : high;
    }
}
/* r = a + b and r = a - b of n limbs; the carry or borrow. */
static inline uint64_t lp_limbs_add(uint64_t *r, const uint64_t *a, const uint64_t *b, int n) {
    lp_double_limb carry = 0;
    for (int i = 0; i < n; i++) {
        carry += (lp_double_limb)a[i] + b[i];
        r[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return (uint64_t)carry;
}
static inline uint64_t lp_limbs_sub(uint64_t *r, const uint64_t *a, const uint64_t *b, int n) {
    uint64_t borrow = 0;
    for (int i = 0; i < n; i++) {
        lp_double_limb d = (lp_double_limb)a[i] - b[i] - borrow;
        r[i] = (uint64_t)d;
        borrow = (uint64_t)(d >> 64) & 1;
    }
    return borrow;
}
static inline int lp_limbs_compare(const uint64_t *a, const uint64_t *b, int n) {
    for (int i = n - 1; i >= 0; i--)
        if (a[i] != b[i]) return a[i] > b[i] ? 1 : -1;
    return 0;
}
static inline bool lp_limbs_zero(const uint64_t *a, int n) {
    uint64_t all = 0;
    for (int i = 0; i < n; i++) all |= a[i];
    return all == 0;
}
/* Products column by column: their low and high halves are added up apart, two sums of 128 bits, so
 * that no product waits for the carry of the one before it; a column has fewer than 2^63. */
typedef struct lp_column {
    lp_double_limb low, high;
} lp_column;
/* += a[i] b[at - i] for first <= i < end */
static inline lp_column lp_column_add(lp_column c, const uint64_t *a, const uint64_t *b, int at,
                                      int first, int end) {
    for (int i = first; i < end; i++) {
        lp_double_limb p = (lp_double_limb)a[i] * b[at - i];
        c.low += (uint64_t)p;
        c.high += (uint64_t)(p >> 64);
    }
    return c;
}
/* The column's limb; what goes into the next one stays. */
static inline uint64_t lp_column_take(lp_column *c) {
    uint64_t limb = (uint64_t)c->low;
    *c = (lp_column){(c->low >> 64) + c->high, 0};
    return limb;
}
/* w[from .. na + nb) = ab without the products of limbs that lie wholly below w[from]: short by
 * less than min(na, nb) 2^64 of its units, by nothing for from = 0. w is neither a nor b. */
static inline void lp_limbs_mul_from(uint64_t *w, const uint64_t *a, int na, const uint64_t *b,
                                     int nb, int from) {
    lp_column c = {0, 0};
    if (na + nb == 0) return; /* 0 times 0, without a limb to write */
    for (int at = from; at < na + nb - 1; at++) {
        c = lp_column_add(c, a, b, at, at < nb ? 0 : at - nb + 1, at < na ? at + 1 : na);
        w[at] = lp_column_take(&c);
    }
    w[na + nb - 1] = (uint64_t)c.low;
}
static inline void lp_limbs_mul(uint64_t *w, const uint64_t *a, int na, const uint64_t *b, int nb) {
    lp_limbs_mul_from(w, a, na, b, nb, 0);
}
/* The same of a times a, n limbs: half the products, twice. */
static inline void lp_limbs_square_from(uint64_t *w, const uint64_t *a, int n, int from) {
    lp_column c = {0, 0}, half;
    for (int at = from; at < 2 * n - 1; at++) {
        half = lp_column_add((lp_column){0, 0}, a, a, at, at < n ? 0 : at - n + 1, (at + 1) / 2);
        c.low += 2 * half.low;
        c.high += 2 * half.high;
        if (at % 2 == 0) c = lp_column_add(c, a, a, at, at / 2, at / 2 + 1);
        w[at] = lp_column_take(&c);
    }
    w[2 * n - 1] = (uint64_t)c.low;
}
/* w += a v, n limbs; what goes beyond them. */
static inline uint64_t lp_limbs_add_times(uint64_t *w, const uint64_t *a, uint64_t v, int n) {
    lp_double_limb carry = 0;
    for (int i = 0; i < n; i++) {
        carry += (lp_double_limb)a[i] * v + w[i];
        w[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return (uint64_t)carry;
}
/* q = floor(w/v) for a single limb v; the remainder. q may be w. */
static inline uint64_t lp_limbs_div_limb(uint64_t *q, const uint64_t *w, int len, uint64_t v) {
    lp_double_limb rest = 0;
    for (int i = len - 1; i >= 0; i--) {
        rest = rest << 64 | w[i];
        q[i] = (uint64_t)(rest / v);
        rest %= v;
    }
    return (uint64_t)rest;
}
/* q[0 .. len - m] = floor(w/v), v of m >= 2 limbs with the top bit set, w of len limbs and a zero
 * above them; w becomes the remainder. Knuth, The Art of Computer Programming 2, 4.3.1, algorithm
 * D. */
static inline void lp_limbs_div(uint64_t *q, uint64_t *w, int len, const uint64_t *v, int m) {
    uint64_t first = v[m - 1], second = v[m - 2];
    for (int j = len - m; j >= 0; j--) {
        lp_double_limb top = (lp_double_limb)w[j + m] << 64 | w[j + m - 1];
        lp_double_limb guess = top / first, rest = top % first;
        while (guess >> 64 || guess * second > (rest << 64 | w[j + m - 2])) {
            guess--;
            rest += first;
            if (rest >> 64) break;
        }
        uint64_t digit = (uint64_t)guess, borrow = 0;
        lp_double_limb carry = 0;
        for (int i = 0; i < m; i++) {
            carry += (lp_double_limb)digit * v[i];
            lp_double_limb d = (lp_double_limb)w[i + j] - (uint64_t)carry - borrow;
            w[i + j] = (uint64_t)d;
            borrow = (uint64_t)(d >> 64) & 1;
            carry >>= 64;
        }
        lp_double_limb d = (lp_double_limb)w[j + m] - (uint64_t)carry - borrow;
        w[j + m] = (uint64_t)d;
        if (d >> 64) { /* one too many */
            digit--;
            w[j + m] += lp_limbs_add(w + j, w + j, v, m);
        }
        q[j] = digit;
    }
}

#endif
