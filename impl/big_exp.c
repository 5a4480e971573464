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
    lp_limbs_mul_high(w, a, b, f + 1, f - 2);
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

/* y = e^r for 0 <= r <= ln2 as (e^(r/2^s))^(2^s), the inner one by Taylor.
 *
 * t = r/2^s < 2^-s is cut off: with r's own error below 2 v for s >= 2. Terms up to t^(N-1)/(N-1)!,
 * where N (s + floor(log2 N!^(1/N))) is counted to be 64 F at least: what is left out is below 1.1
 * v. Horner's scheme runs on y times a product c of the last k, so that division is rare: y_(k-1) =
 * (c k + t (c y_k))/(c k). A step cuts off once, a division once, and t's error counts y/k times:
 * below 2.1 v + 2.2 v/k + 2^-s (the error before): below 5 v in the end, 6.1 v with what is left
 * out. A squaring doubles the relative error and cuts off once (y >= 1): below 2^s 7.2 v in the
 * end, below 2^(s + 4) v absolutely, s <= 40: 2^-20 of the n limbs kept. */
static int halvings(int n) {
    return 16 + n / 3;
}
static void fixed_exp(uint64_t *y, const uint64_t *r, int f, int s) {
    uint64_t t[FIXED];
    int terms = 0, bits = 0;
    lp_limbs_place(t, f + 1, r, f + 1, -s);
    while (bits < 64 * f) {
        terms++;
        bits += s + 31 - __builtin_clz((unsigned)terms);
    }
    for (int i = 0; i < f; i++) y[i] = 0;
    uint64_t c = y[f] = 1;
    for (int k = terms - 1; k > 0; k--) {
        if (c >> 54) { /* k < 2^8: c k stays below 2^62 and so does c y */
            lp_limbs_div_limb(y, y, f + 1, c);
            c = 1;
        }
        c *= (uint64_t)k;
        fixed_mul(y, t, y, f);
        y[f] += c;
    }
    lp_limbs_div_limb(y, y, f + 1, c);
    for (int i = 0; i < s; i++) fixed_mul(y, y, y, f);
}

/* e^(x + d), d in [-below, above], below and above at most 1/4: e^x (1 - below) or more, e^x (1 + 2
 * above) or less. */
static void exp_errors(lp_big *r, lp_mag below, lp_mag above, lp_mag size) {
    above.e++;
    add_errors(r, lp_mag_mul(size, below), lp_mag_mul(size, above));
}

void lp_big_exp(lp_big *r, const lp_big *x) {
    int n = x->n, f = n + 1, s = halvings(n), sign = x->sign;
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
    uint64_t w[FIXED], y[FIXED];
    int64_t q = reduce(w, x, f);
    if (sign < 0) { /* -(q ln2 + r) = -(q + 1) ln2 + (ln2 - r) */
        uint64_t step[FIXED];
        for (int i = 0; i < f; i++) step[i] = lp_big_ln2[LP_BIG_LIMBS + 2 - f + i];
        step[f] = 0;
        if (lp_limbs_sub(w, step, w, f + 1)) lp_limbs_place(w, f + 1, w, 0, 0);
        q = -q - 1;
    }
    fixed_exp(y, w, f, s);
    lp_big_from_limbs(r, n, y, f + 1, 64 + q);
    add_errors(r, (lp_mag){1, s + 4 - 64 * (int64_t)f + q},
               (lp_mag){1, s + 4 - 64 * (int64_t)f + q});
    exp_errors(r, below, above, (lp_mag){1, q + 1});
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

/* log(1 + x) = 2 (y + y^3/3 + ...), y = x/(2 + x), |x| < 2^-19: N terms leave less than y^(2N) out
 * of the bracket, from above 0. */
static void log1p_series(lp_big *r, const lp_big *x) {
    lp_big two, y, y2, sum, c;
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
    one(&c, n);
    lp_big_div_d(&sum, &c, 2 * terms - 1);
    for (int k = 2 * terms - 3; k > 0; k -= 2) {
        lp_big term;
        lp_big_mul(&sum, &sum, &y2);
        lp_big_div_d(&term, &c, k);
        lp_big_add(&sum, &sum, &term);
    }
    add_errors(&sum, (lp_mag){0, 0}, (lp_mag){1, far * terms});
    lp_big_mul(r, &y, &sum);
    lp_big_scale(r, r, 1);
}
static bool near_zero(const lp_big *x) {
    return lp_big_sign(x) == 0 || reach(x) <= -19;
}

/* log(a) = k ln2 + l + log1p(t), a = 2^k b with b in [0.7, 1.42), l the double next to log(b), 1 +
 * t = b e^-l; near 1 log1p alone. */
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
    double log = lp_log_dd((lp_dd){2 * top, 0}, a->e - k ? 0 : -1).hi;
    lp_big_set(&l, n, -log);
    lp_big_exp(&t, &l);
    lp_big_mul(&t, &t, a);
    lp_big_scale(&t, &t, -k);
    lp_big_sub(&t, &t, &unit);
    if (!near_zero(&t)) { /* a's own error is large */
        nothing_known(r, n);
        return;
    }
    log1p_series(&t, &t);
    lp_big_from_limbs(&ln2, n, lp_big_ln2, LP_BIG_LIMBS + 2, 0);
    add_errors(&ln2, (lp_mag){0, 0}, (lp_mag){1, -INT64_C(64) * (LP_BIG_LIMBS + 2)});
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
