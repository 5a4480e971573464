#include "impl/big.h"

#include "impl/big_ln2.h"
#include "impl/limbs.h"
#include "impl/mag.h"

/* exp works in fixed point, F = n + 1 limbs behind the point and one before it, v = 2^(-64 F). */
enum { FIXED = LP_BIG_LIMBS + 2 };

static bool zero_mid(const lp_big *x) {
    return x->limb[x->n - 1] == 0;
}
static void add_errors(lp_big *r, lp_mag in, lp_mag out) {
    r->in = lp_mag_add(r->in, in);
    r->out = lp_mag_add(r->out, out);
}
/* |x| < 2^reach, its error included; mid or error are not 0 */
static int64_t reach(const lp_big *x) {
    int64_t e = zero_mid(x) ? INT64_MIN / 4 : x->e;
    if (x->in.m != 0 && x->in.e + 2 > e) e = x->in.e + 2;
    if (x->out.m != 0 && x->out.e + 2 > e) e = x->out.e + 2;
    return e + 1;
}
static void one(lp_big *r, int n) {
    lp_big_set(r, n, 1);
}
static void nothing_known(lp_big *r, int n) {
    lp_big_set(r, n, 0);
    r->in = r->out = (lp_mag){INFINITY, 0};
}

/* y = ab, cut off, each of f + 1 limbs: products below w[f - 2] are left out, 2^-56 v together. */
static void fixed_mul(uint64_t *y, const uint64_t *a, const uint64_t *b, int f) {
    uint64_t w[2 * FIXED];
    lp_limbs_mul_from(w, a, f + 1, b, f + 1, f - 2);
    for (int i = 0; i <= f; i++) y[i] = w[i + f];
}
static void fixed_square(uint64_t *y, const uint64_t *a, int f) {
    uint64_t w[2 * FIXED];
    lp_limbs_square_from(w, a, f + 1, f - 2);
    for (int i = 0; i <= f; i++) y[i] = w[i + f];
}
/* The remainder r of |x| = q ln2 + r, 0 <= r < ln2 (to v); |x| < 2^41.
 *
 * |x| is cut off: v. q ln2 comes of n + 2 limbs of ln 2, short by 2^41 2^-64 v, and is cut off: v.
 * |error of r| < 2.1 v. */
static int64_t reduce(uint64_t *r, const lp_big *x, int f) {
    const uint64_t *ln2 = lp_big_ln2 + (LP_BIG_LIMBS + 2 - (f + 1)); /* f + 1 limbs */
    uint64_t whole[1], product[FIXED + 1], step[FIXED];
    double size = ldexp((double)(x->limb[x->n - 1] >> 11), (int)(x->e < -200 ? -200 : x->e) - 53);
    whole[0] = (uint64_t)(size / 0x1.62e42fefa39efp-1);
    lp_limbs_place(r, f + 1, x->limb, x->n, x->e + 64 * (int64_t)(f - x->n));
    lp_limbs_mul(product, ln2, f + 1, whole, 1);
    uint64_t short_by = lp_limbs_sub(r, r, product + 1, f + 1);
    for (int i = 0; i < f; i++) step[i] = ln2[i + 1];
    step[f] = 0;
    /* size is within 2^-51 of |x|, whole within one of q */
    if (short_by) {
        lp_limbs_add(r, r, step, f + 1);
        whole[0]--;
    } else if (lp_limbs_compare(r, step, f + 1) >= 0) {
        lp_limbs_sub(r, r, step, f + 1);
        whole[0]++;
    }
    return (int64_t)whole[0];
}

/* y = e^r for 0 <= r <= ln2 as (e^t)^(2^s), t = r/2^s < 2^-bits, bits >= 8; s = 0 where r is small
 * enough itself. e^t by Taylor's series, in blocks of m terms (Smith), so that N terms take m
 * products for the powers of t and N/m for the blocks:
 *
 *   A_(k-1) = t^((k-1) mod m) + A_k/k, times t^m within the last where m divides k;  A_0 = e^t
 *
 * y holds A_k times a product c of the last k, so that division is rare. In units of v, with r off
 * by 2.1: t is cut off, 3.1, its higher powers 2^-7 3.1 + 1.1 < 1.2. A step adds the power's error,
 * a k-th of the one before, at times of a division by c (1), and where m divides k of a product
 * (1.1 and a k-th of 1.2 A_k, A_k < 2): below 3.1 + 1.1 + 1.2 + (E + 1)/k for k >= 2, so below 8.7
 * for k = 3, 10.3 for k = 2, and for k = 1, where the power is 1 and m > 1 divides nothing, 11.3;
 * one for the last division. N (bits + floor(log2 N!^(1/N))) is counted to be 64 F at least: what
 * is left out is below 1.1. 13.4 v together. A squaring doubles the relative error and cuts off 1.1
 * (y >= 1): below 2^s 14.5 v in the end, absolutely below 2^(s + 5) v. */
enum { POWERS = 16 };
static int bits_wanted(int n) {
    return 8 + n / 4;
}
static int leading_zeros(const uint64_t *r, int f) { /* behind the point */
    int zeros = 0;
    for (int i = f - 1; i >= 0 && r[i] == 0; i--) zeros += 64;
    return zeros < 64 * f ? zeros + __builtin_clzll(r[f - 1 - zeros / 64]) : zeros;
}
static int fixed_terms(int f, int bits) {
    int terms = 0, sum = 0;
    while (sum < 64 * f) {
        terms++;
        sum += bits + 31 - __builtin_clz((unsigned)terms);
    }
    return terms;
}
/* The series; t has f + 1 limbs. */
static void fixed_taylor(uint64_t *y, const uint64_t *t, int f, int bits) {
    uint64_t power[POWERS][FIXED], c = 1; /* power[i] = t^(i + 1) */
    int terms = fixed_terms(f, bits), m = 2;
    while (m < POWERS && m * m < terms) m++;
    for (int i = 0; i <= f; i++) power[0][i] = t[i];
    for (int i = 1; i < m; i++) {
        if (i % 2)
            fixed_square(power[i], power[i / 2], f);
        else
            fixed_mul(power[i], power[i - 1], t, f);
    }
    for (int i = 0; i <= f; i++) y[i] = 0;
    for (int k = terms; k > 0; k--) { /* from A_N = 0 */
        int i = (k - 1) % m;
        if (c >> 54) { /* k < 2^9: c k stays below 2^63, c k A below 2^64 */
            lp_limbs_div_limb(y, y, f + 1, c);
            c = 1;
        }
        c *= (uint64_t)k;
        if (k % m == 0) fixed_mul(y, y, power[m - 1], f);
        if (i == 0)
            y[f] += c;
        else
            lp_limbs_add_times(y, power[i - 1], c, f + 1);
    }
    lp_limbs_div_limb(y, y, f + 1, c);
}
/* The number of squarings, s. */
static int fixed_exp(uint64_t *y, const uint64_t *r, int f) {
    uint64_t t[FIXED];
    int zeros = leading_zeros(r, f), bits = bits_wanted(f - 1);
    int s = zeros < bits ? bits - zeros : 0;
    lp_limbs_place(t, f + 1, r, f + 1, -s);
    fixed_taylor(y, t, f, zeros + s);
    for (int i = 0; i < s; i++) fixed_square(y, y, f);
    return s;
}

/* e^(x + d), d in [-below, above], below and above at most 1/4: e^x (1 - below) or more, e^x (1 + 2
 * above) or less. */
static void exp_errors(lp_big *r, lp_mag below, lp_mag above, lp_mag size) {
    above.e++;
    add_errors(r, lp_mag_mul(size, below), lp_mag_mul(size, above));
}

/* The mid of e^x for |x| < 2^41, with its error. A small x keeps its zeros, so that it takes few
 * terms: e^-|x| is 1/e^|x| then; else -(q ln2 + r) = -(q + 1) ln2 + (ln2 - r). */
static void exp_mid(lp_big *r, const lp_big *x) {
    uint64_t w[FIXED], y[FIXED];
    int n = x->n, f = n + 1;
    bool small = x->e <= -bits_wanted(n);
    int64_t q = reduce(w, x, f);
    if (x->sign < 0 && !small) {
        uint64_t step[FIXED];
        for (int i = 0; i < f; i++) step[i] = lp_big_ln2[LP_BIG_LIMBS + 2 - f + i];
        step[f] = 0;
        if (lp_limbs_sub(w, step, w, f + 1)) lp_limbs_place(w, f + 1, w, 0, 0);
        q = -q - 1;
    }
    lp_mag error = {1, fixed_exp(y, w, f) + 5 - 64 * (int64_t)f + q};
    bool invert = x->sign < 0 && small;
    lp_big_from_limbs(r, n, y, f + 1, 64 + q);
    add_errors(r, error, error);
    if (!invert) return;
    lp_big unit;
    one(&unit, n);
    lp_big_div(r, &unit, r);
}
void lp_big_exp(lp_big *r, const lp_big *x) {
    int n = x->n, sign = x->sign;
    lp_mag below = sign > 0 ? x->in : x->out, above = sign > 0 ? x->out : x->in;
    if (!lp_mag_known(below) || !lp_mag_known(above) || (below.m != 0 && below.e > -4) ||
        (above.m != 0 && above.e > -4) || (x->e > 40 && sign > 0)) {
        nothing_known(r, n);
        return;
    }
    if (x->e > 40) { /* -x >= 2^40, 2^40 - 1/4 with its error: e^-(2^40 - 1/4) < 2^-2^40 */
        lp_big_set(r, n, 0);
        r->out = (lp_mag){1, -(INT64_C(1) << 40)};
        return;
    }
    if (zero_mid(x) ||
        x->e < -64 * (int64_t)n) { /* 1 + x and a little: within 2 |x|, its side known */
        lp_mag tiny = {zero_mid(x) ? 0 : 1, x->e + 1}, none = {0, 0};
        one(r, n);
        add_errors(r, sign > 0 ? none : tiny, sign > 0 ? tiny : none);
        exp_errors(r, below, above, (lp_mag){1, 1});
        return;
    }
    exp_mid(r, x);
    exp_errors(r, below, above, (lp_mag){1, r->e + 1});
}

/* e^x - 1 = x (1 + x/2 (1 + x/3 (...))) for |x| < 2^-8; N terms leave x^N/(N + 1)! and less than
 * half as much again out of the bracket. */
void lp_big_expm1(lp_big *r, const lp_big *x) {
    lp_big sum, unit;
    int n = x->n;
    one(&unit, n);
    if (x->e > -8 || zero_mid(x)) {
        lp_big_exp(&sum, x);
        lp_big_sub(r, &sum, &unit);
        return;
    }
    int64_t far = reach(x);
    if (far > -7) {
        nothing_known(r, n);
        return;
    }
    int terms = 1;
    while (-far * terms < INT64_C(64) * n) terms++;
    sum = unit;
    for (int k = terms; k > 1; k--) {
        lp_big_mul(&sum, &sum, x);
        lp_big_div_d(&sum, &sum, k);
        lp_big_add(&sum, &sum, &unit);
    }
    lp_mag rest = {1, far * terms}, none = {0, 0};
    int known = lp_big_sign(x);
    bool up = known == 1 || (known == -1 && terms % 2 == 0);
    bool down = known == -1 && terms % 2 == 1;
    add_errors(&sum, up ? none : rest, down ? none : rest);
    lp_big_mul(r, x, &sum);
}

void lp_big_set_ln2(lp_big *r, int n) {
    lp_big_from_limbs(r, n, lp_big_ln2, LP_BIG_LIMBS + 2, 0);
    add_errors(r, (lp_mag){0, 0}, (lp_mag){1, -INT64_C(64) * (LP_BIG_LIMBS + 2)});
}

/* sum = 1 + x/3 + x^2/5 ..., `terms` of them, in blocks (Smith). */
static void atanh_blocks(lp_big *sum, const lp_big *x, int terms) {
    lp_big power[POWERS], term; /* x^(i + 1) */
    int n = x->n, m = 1;
    while (m < POWERS && m * m < terms) m++;
    power[0] = *x;
    for (int i = 1; i < m; i++) lp_big_mul(&power[i], &power[i - 1], x);
    lp_big_set(sum, n, 0);
    for (int k = terms - 1; k >= 0; k--) {
        int i = k % m;
        if (i == m - 1) lp_big_mul(sum, sum, &power[m - 1]);
        if (i == 0)
            one(&term, n);
        else
            term = power[i - 1];
        lp_big_div_d(&term, &term, 2 * k + 1);
        lp_big_add(sum, sum, &term);
    }
}
/* log(1 + x) = 2 (y + y^3/3 + ...), y = x/(2 + x), |x| < 2^-19: N terms leave less than y^(2N) out
 * of the bracket, from above 0. */
static void log1p_series(lp_big *r, const lp_big *x) {
    lp_big two, y, y2, sum;
    int n = x->n, terms = 1;
    if (lp_big_sign(x) == 0) {
        *r = *x;
        return;
    }
    lp_big_set(&two, n, 2);
    lp_big_add(&y, &two, x);
    lp_big_div(&y, x, &y);
    lp_big_mul(&y2, &y, &y);
    int64_t far = 2 * reach(&y);
    while (-far * terms < INT64_C(64) * n) terms++;
    atanh_blocks(&sum, &y2, terms);
    add_errors(&sum, (lp_mag){0, 0}, (lp_mag){1, far * terms});
    lp_big_mul(r, &y, &sum);
    lp_big_scale(r, r, 1);
}
static bool near_zero(const lp_big *x) {
    return lp_big_sign(x) == 0 || reach(x) <= -19;
}

/* log(a) = k ln2 + l + log1p(t), a = 2^k b with b in [0.7, 1.42), l the double-double next to
 * log(b) of a's first 53 bits, 1 + t = b e^-l; near 1 log1p alone. */
void lp_big_log(lp_big *r, const lp_big *a) {
    lp_big unit, t, l, ln2;
    int n = a->n;
    one(&unit, n);
    if (lp_big_sign(a) != 1 || zero_mid(a)) {
        nothing_known(r, n);
        return;
    }
    lp_big_sub(&t, a, &unit);
    if (near_zero(&t)) {
        log1p_series(r, &t);
        return;
    }
    double top = (double)(a->limb[n - 1] >> 11) * 0x1p-53;
    int64_t k = a->e - (top < 0x1.6a09ep-1);
    lp_dd log = lp_log_dd((lp_dd){2 * top, 0}, a->e - k ? 0 : -1);
    lp_big_set_dd(&l, n, lp_dd_neg(log));
    lp_big_exp(&t, &l);
    lp_big_mul(&t, &t, a);
    lp_big_scale(&t, &t, -k);
    lp_big_sub(&t, &t, &unit);
    if (!near_zero(&t)) { /* a's own error is large */
        nothing_known(r, n);
        return;
    }
    log1p_series(&t, &t);
    lp_big_set_ln2(&ln2, n);
    lp_big_mul_d(r, &ln2, (double)k);
    lp_big_sub(r, r, &l);
    lp_big_add(r, r, &t);
}
void lp_big_log1p(lp_big *r, const lp_big *x) {
    lp_big unit;
    if (near_zero(x)) {
        log1p_series(r, x);
        return;
    }
    one(&unit, x->n);
    lp_big_add(&unit, &unit, x);
    lp_big_log(r, &unit);
}
