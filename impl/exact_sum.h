/* The exact sum of finite doubles, in fixed point: digit i weighs 2^(32 i - 1074), so that 66
 * digits hold any double and 68 any sum of 2^62 of them. For sums whose terms may cancel down to
 * their least bit: a double-double keeps 106 bits below its largest partial sum, and 1 - 1 +
 * 2^-1030 is 2^-1030. */
#ifndef LP_IMPL_EXACT_SUM_H
#define LP_IMPL_EXACT_SUM_H

#include "impl/wide.h"

#define LP_SUM_DIGITS  68
#define LP_SUM_PENDING (1 << 29)

typedef struct lp_exact_sum {
    int64_t digit[LP_SUM_DIGITS];
    int32_t pending; /* additions since the last carry: each digit grows by less than 2^32 a time */
} lp_exact_sum;

/* All digits but the last into [0, 2^32); the last keeps the sign. */
LP_INLINE void lp_exact_sum_carry(lp_exact_sum *s) {
    for (int i = 0; i + 1 < LP_SUM_DIGITS; i++) {
        int64_t low = s->digit[i] & INT64_C(0xffffffff);
        s->digit[i + 1] += (s->digit[i] - low) / (INT64_C(1) << 32);
        s->digit[i] = low;
    }
    s->pending = 0;
}

LP_INLINE void lp_exact_sum_add(lp_exact_sum *s, double x) {
    uint64_t bits = lp_bits(x), fraction = bits & UINT64_C(0xfffffffffffff);
    unsigned field = (unsigned)(bits >> 52 & 0x7ff);
    /* x = +-m 2^(place - 1074) */
    uint64_t m = field ? fraction | UINT64_C(1) << 52 : fraction;
    unsigned place = field ? field - 1 : 0, shift = place & 31;
    int64_t *digit = s->digit + (place >> 5), sign = bits >> 63 ? -1 : 1;
    uint64_t low = (m & 0xffffffff) << shift, high = (m >> 32) << shift; /* < 2^63, < 2^52 */
    uint64_t middle = (low >> 32) + (high & 0xffffffff);                 /* < 2^33 */
    digit[0] += sign * (int64_t)(low & 0xffffffff);
    digit[1] += sign * (int64_t)middle;
    digit[2] += sign * (int64_t)(high >> 32);
    if (++s->pending == LP_SUM_PENDING) lp_exact_sum_carry(s);
}

/* Digits in [0, 2^32) of the magnitude; the sign, 1 for 0. */
LP_INLINE int lp_exact_sum_magnitude(lp_exact_sum *s) {
    lp_exact_sum_carry(s);
    if (s->digit[LP_SUM_DIGITS - 1] >= 0) return 1;
    for (int i = 0; i < LP_SUM_DIGITS; i++) s->digit[i] = -s->digit[i];
    lp_exact_sum_carry(s);
    return -1;
}

/* s += |x|; x is left as its magnitude. */
LP_INLINE void lp_exact_sum_add_size(lp_exact_sum *s, lp_exact_sum *x) {
    lp_exact_sum_magnitude(x);
    for (int i = 0; i < LP_SUM_DIGITS; i++) s->digit[i] += x->digit[i];
    if (++s->pending == LP_SUM_PENDING) lp_exact_sum_carry(s);
}

/* The sum to 2^-104 of itself: from the first digit that is not 0 on, five hold at least 129 bits,
 * what is cut off is below 2^-128, and each of the four additions of positive numbers in wide.h is
 * good to 2^-105 or better. Exactly 0 for a sum of 0. */
LP_INLINE lp_wide lp_exact_sum_get(const lp_exact_sum *sum) {
    lp_exact_sum s = *sum;
    int negative = lp_exact_sum_magnitude(&s) < 0, top = LP_SUM_DIGITS - 1;
    while (top > 0 && s.digit[top] == 0) top--;
    lp_wide x = {{0, 0}, 0};
    for (int i = top; i >= 0 && i > top - 5; i--) {
        lp_wide d = lp_wide_from((double)s.digit[i]);
        if (d.m.hi == 0) continue;
        d.e += 32 * i - 1074;
        x = lp_wide_add(x, d);
    }
    return negative ? lp_wide_neg(x) : x;
}

#endif
