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
/* w[0 .. na + nb) = a b */
static inline void lp_limbs_mul(uint64_t *w, const uint64_t *a, int na, const uint64_t *b, int nb) {
    for (int i = 0; i < na + nb; i++) w[i] = 0;
    for (int i = 0; i < na; i++) {
        lp_double_limb carry = 0;
        if (a[i] == 0) continue;
        for (int j = 0; j < nb; j++) {
            carry += (lp_double_limb)a[i] * b[j] + w[i + j];
            w[i + j] = (uint64_t)carry;
            carry >>= 64;
        }
        w[i + nb] = (uint64_t)carry;
    }
}
/* w[from .. 2n) = ab without the products of limbs that lie wholly below w[from]: short by less
 * than n 2^64 of its units. a may not be w. */
static inline void lp_limbs_mul_high(uint64_t *w, const uint64_t *a, const uint64_t *b, int n,
                                     int from) {
    for (int i = from; i < 2 * n; i++) w[i] = 0;
    for (int i = 0; i < n; i++) {
        lp_double_limb carry = 0;
        if (a[i] == 0) continue;
        for (int j = i < from ? from - i : 0; j < n; j++) {
            carry += (lp_double_limb)a[i] * b[j] + w[i + j];
            w[i + j] = (uint64_t)carry;
            carry >>= 64;
        }
        w[i + n] = (uint64_t)carry;
    }
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
