#include "impl/big.h"

#include "impl/limbs.h"
#include "impl/mag.h"

#include <string.h>

const int lp_big_limbs[LP_BIG_LEVELS] = {5, 20, LP_BIG_LIMBS};

/* mid = 0.w 2^e with w's leading zeros taken off, rounded to r->n limbs; what is cut off, or `more`
 * says is below, is an error of a known side. */
static void take(lp_big *r, const uint64_t *w, int len, int64_t e, bool more) {
    int n = r->n;
    r->in = r->out = (lp_mag){0, 0};
    r->e = 0;
    while (len > 0 && w[len - 1] == 0) len--, e -= 64;
    if (len == 0) {
        lp_limbs_place(r->limb, n, w, 0, 0);
        return;
    }
    int shift = __builtin_clzll(w[len - 1]), cut = len - n;
    lp_limbs_place(r->limb, n, w, len, shift - 64 * (int64_t)cut);
    r->e = e - shift;
    uint64_t next = cut > 0 ? w[cut - 1] << shift : 0; /* what follows the last limb */
    if (cut > 1) {
        if (shift) next |= w[cut - 2] >> (64 - shift);
        more |= !lp_limbs_zero(w, cut - 2) || w[cut - 2] << shift != 0;
    }
    if (next == 0 && !more) return;
    lp_mag half = {1, r->e - 64 * (int64_t)n - 1};
    if (next >> 63 == 0) {
        r->out = half;
        return;
    }
    r->in = half;
    int i = 0;
    while (i < n && ++r->limb[i] == 0) i++;
    if (i == n) {
        r->limb[n - 1] = UINT64_C(1) << 63;
        r->e++;
    }
}

/* Bounds of mid: the top 53 bits, and one more. */
static lp_mag at_least(const lp_big *a) {
    return (lp_mag){(double)(a->limb[a->n - 1] >> 11) * 0x1p-52, a->e - 1};
}
static lp_mag at_most(const lp_big *a) {
    uint64_t top = a->limb[a->n - 1] >> 11;
    if (top == 0) return (lp_mag){0, 0};
    return lp_mag_make((double)(top + 1) * 0x1p-52, a->e - 1);
}
static bool mid_is_zero(const lp_big *a) {
    return a->limb[a->n - 1] == 0;
}
static bool less(lp_mag a, lp_mag b) {
    if (a.m == 0 || b.m == 0 || isinf(a.m)) return a.m == 0 && b.m != 0;
    if (a.e > b.e + 2) return false;
    return a.e < b.e - 2 || a.m * lp_pow2((double)(a.e - b.e)) < b.m;
}
/* 0 is outside: the sign is known. */
static bool apart_from_zero(const lp_big *a) {
    return less(a->in, at_least(a));
}
static void unknown(lp_big *r) {
    take(r, NULL, 0, 0, false);
    r->sign = 1;
    r->in = r->out = (lp_mag){INFINITY, 0};
}

void lp_big_from_limbs(lp_big *r, int n, const uint64_t *w, int len, int64_t e) {
    r->n = n;
    r->sign = 1;
    take(r, w, len, e, false);
}
void lp_big_set(lp_big *r, int n, double x) {
    uint64_t bits = lp_bits(x), m = bits & UINT64_C(0xfffffffffffff);
    int field = (int)(bits >> 52 & 0x7ff);
    if (field) m |= UINT64_C(1) << 52;
    r->n = n;
    r->sign = bits >> 63 && m ? -1 : 1;
    take(r, &m, 1, (field ? field : 1) - 1075 + 64, false);
}
void lp_big_set_dd(lp_big *r, int n, lp_dd x) {
    lp_big low;
    lp_big_set(r, n, x.hi);
    lp_big_set(&low, n, x.lo);
    lp_big_add(r, r, &low);
}
void lp_big_set_sum(lp_big *r, int n, const lp_exact_sum *sum) {
    enum { LEN = LP_SUM_DIGITS / 2 };
    lp_exact_sum s = *sum;
    uint64_t w[LEN];
    r->n = n;
    r->sign = lp_exact_sum_magnitude(&s);
    for (int i = 0; i < LEN; i++)
        w[i] = (uint64_t)s.digit[2 * (int64_t)i] | (uint64_t)s.digit[2 * (int64_t)i + 1] << 32;
    take(r, w, LEN, 64 * LEN - 1074, false);
}

void lp_big_neg(lp_big *r, const lp_big *a) {
    *r = *a;
    r->sign = -a->sign;
}
void lp_big_scale(lp_big *r, const lp_big *a, int64_t k) {
    *r = *a;
    r->e += k;
    r->in.e += k;
    r->out.e += k;
}

/* Errors on the number line instead of away from 0. */
static lp_mag below(const lp_big *a) {
    return a->sign > 0 ? a->in : a->out;
}
static lp_mag above(const lp_big *a) {
    return a->sign > 0 ? a->out : a->in;
}
static void widen(lp_big *r, lp_mag down, lp_mag up) {
    r->in = lp_mag_add(r->in, r->sign > 0 ? down : up);
    r->out = lp_mag_add(r->out, r->sign > 0 ? up : down);
}

/* b is so far below a's last limb that only its side counts. */
static void add_speck(lp_big *r, const lp_big *a, const lp_big *b) {
    lp_mag size = lp_mag_add(at_most(b), b->out), none = {0, 0};
    lp_mag back = apart_from_zero(b) ? none : b->in;
    bool up = b->sign > 0;
    *r = *a;
    widen(r, up ? back : size, up ? size : back);
}
static void add_limbs(lp_big *r, const lp_big *a, const lp_big *b) { /* a->e >= b->e */
    enum { MOST = 2 * LP_BIG_LIMBS + 3 };
    uint64_t x[MOST], y[MOST];
    int n = a->n, len = 2 * n + 2;
    lp_mag down = lp_mag_add(below(a), below(b)), up = lp_mag_add(above(a), above(b));
    int64_t e = a->e;
    int sign = a->sign;
    bool alike = a->sign == b->sign;
    lp_limbs_place(x, len, a->limb, n, 64 * (int64_t)(len - n));
    lp_limbs_place(y, len, b->limb, n, 64 * (int64_t)(len - n) - (a->e - b->e));
    x[len] = y[len] = 0;
    if (alike) {
        x[len] = lp_limbs_add(x, x, y, len);
    } else if (lp_limbs_compare(x, y, len) >= 0) {
        lp_limbs_sub(x, x, y, len);
    } else {
        lp_limbs_sub(x, y, x, len);
        sign = -sign;
    }
    r->n = n;
    take(r, x, len + 1, e + 64, false);
    r->sign = mid_is_zero(r) ? 1 : sign;
    widen(r, down, up);
}
void lp_big_add(lp_big *r, const lp_big *a, const lp_big *b) {
    if (mid_is_zero(a) || mid_is_zero(b)) {
        bool second = mid_is_zero(a);
        const lp_big *zero = second ? a : b;
        lp_mag down = below(zero), up = above(zero);
        *r = second ? *b : *a;
        if (mid_is_zero(r) && r->sign < 0)
            *r = (lp_big){.n = r->n, .sign = 1, .in = r->out, .out = r->in};
        widen(r, down, up);
        return;
    }
    const lp_big *big = a->e >= b->e ? a : b, *small = a->e >= b->e ? b : a;
    if (big->e - small->e > 64 * (int64_t)a->n + 64)
        add_speck(r, big, small);
    else
        add_limbs(r, big, small);
}
void lp_big_sub(lp_big *r, const lp_big *a, const lp_big *b) {
    lp_big minus;
    lp_big_neg(&minus, b);
    lp_big_add(r, a, &minus);
}

/* (a + x)(b + y) - ab = ay + bx + xy, of which the last is positive where both go the same way. */
static lp_mag product_error(lp_mag a, lp_mag b, lp_mag x, lp_mag y, lp_mag xy) {
    return lp_mag_add(lp_mag_add(lp_mag_mul(a, y), lp_mag_mul(b, x)), xy);
}
void lp_big_mul(lp_big *r, const lp_big *a, const lp_big *b) {
    uint64_t w[2 * LP_BIG_LIMBS];
    int n = a->n, low_a = 0, low_b = 0, sign = a->sign * b->sign;
    lp_mag ma = at_most(a), mb = at_most(b);
    lp_mag same = lp_mag_add(lp_mag_mul(a->in, b->in), lp_mag_mul(a->out, b->out));
    lp_mag opposite = lp_mag_add(lp_mag_mul(a->in, b->out), lp_mag_mul(a->out, b->in));
    lp_mag out = product_error(ma, mb, a->out, b->out, same);
    lp_mag in = product_error(ma, mb, a->in, b->in, opposite);
    const lp_big *zero = mid_is_zero(a) ? a : b, *other = mid_is_zero(a) ? b : a;
    if (mid_is_zero(zero) && apart_from_zero(other)) { /* x (b + y) has the side of x */
        lp_mag most = lp_mag_add(at_most(other), other->out);
        in = lp_mag_mul(zero->in, most);
        out = lp_mag_mul(zero->out, most);
    }
    int64_t e = a->e + b->e;
    while (low_a < n && a->limb[low_a] == 0) low_a++;
    while (low_b < n && b->limb[low_b] == 0) low_b++;
    int na = n - low_a, nb = n - low_b;
    lp_limbs_mul(w, a->limb + low_a, na, b->limb + low_b, nb);
    r->n = n;
    r->sign = sign;
    take(r, w, na + nb, e, false);
    r->in = lp_mag_add(r->in, in);
    r->out = lp_mag_add(r->out, out);
}

/* (a + x)/(b + y) - a/b = (x - q y)/(b + y), q = a/b; b + y >= b/2 where `in` is below a quarter */
void lp_big_div(lp_big *r, const lp_big *a, const lp_big *b) {
    enum { MOST = 2 * LP_BIG_LIMBS + 3 };
    uint64_t w[MOST], q[MOST];
    int n = a->n, low = 0, sign = a->sign * b->sign;
    lp_mag least = at_least(b), quarter = {least.m, least.e - 2};
    if (mid_is_zero(b) || !(lp_mag_is_zero(b->in) || less(b->in, quarter))) {
        r->n = n;
        unknown(r);
        return;
    }
    if (!lp_mag_is_zero(b->in)) least.e--;
    lp_mag in = a->in, out = a->out, b_in = b->in, b_out = b->out;
    while (b->limb[low] == 0) low++;
    int m = n - low, len = n + m + 1;
    lp_limbs_place(w, len, a->limb, n, 64 * (int64_t)(m + 1));
    w[len] = 0;
    uint64_t rest = 0;
    if (m == 1)
        rest = lp_limbs_div_limb(q, w, len, b->limb[n - 1]);
    else
        lp_limbs_div(q, w, len, b->limb + low, m);
    bool inexact = m == 1 ? rest != 0 : !lp_limbs_zero(w, m);
    int64_t e = a->e - b->e;
    r->n = n;
    r->sign = sign;
    take(r, q, n + 2, e + 64, inexact);
    lp_mag size = at_most(r), inverse = lp_mag_make(1 / least.m, -least.e);
    r->in = lp_mag_add(r->in, lp_mag_mul(inverse, lp_mag_add(in, lp_mag_mul(size, b_out))));
    r->out = lp_mag_add(r->out, lp_mag_mul(inverse, lp_mag_add(out, lp_mag_mul(size, b_in))));
}

void lp_big_speck(lp_big *r, const lp_big *bound, int sign) {
    lp_mag size = lp_mag_add(at_most(bound), bound->out);
    lp_big_set(r, bound->n, 0);
    if (sign != -1) r->out = size;
    if (sign != 1) r->in = size;
}
bool lp_big_exact(const lp_big *x) {
    return lp_mag_is_zero(x->in) && lp_mag_is_zero(x->out);
}

void lp_big_mul_d(lp_big *r, const lp_big *a, double b) {
    lp_big x;
    lp_big_set(&x, a->n, b);
    lp_big_mul(r, a, &x);
}
void lp_big_div_d(lp_big *r, const lp_big *a, double b) {
    lp_big x;
    lp_big_set(&x, a->n, b);
    lp_big_div(r, a, &x);
}

int lp_big_sign(const lp_big *x) {
    if (apart_from_zero(x)) return x->sign;
    if (!mid_is_zero(x)) return 2;
    bool in = !lp_mag_is_zero(x->in), out = !lp_mag_is_zero(x->out);
    if (in && out) return 2;
    return in ? -x->sign : out ? x->sign : 0;
}
int lp_big_compare(const lp_big *a, const lp_big *b) {
    lp_big d;
    lp_big_sub(&d, a, b);
    return lp_big_sign(&d);
}

/* --- rounding -------------------------------------------------------------------------------- */

/* The magnitude mid, rounded. What looks like a tie lies beyond it (beyond = 1), before it (-1) or
 * is one (0). q is the exponent of the last bit kept. */
static double nearest(const lp_big *x, int beyond, bool single) {
    int p = single ? 24 : 53, emin = single ? -126 : -1022, emax = single ? 127 : 1023;
    if (mid_is_zero(x)) return 0;
    int64_t top = x->e - 1, q = (top < emin ? emin : top) - p + 1, keep = top - q + 1;
    if (top > emax) return INFINITY;
    if (keep < 0) return 0;
    uint64_t limb = x->limb[x->n - 1];
    uint64_t kept = keep ? limb >> (64 - keep) : 0, half = limb << keep >> 63;
    bool more = limb << keep << 1 != 0 || !lp_limbs_zero(x->limb, x->n - 1);
    bool tie_up = beyond > 0 || (beyond == 0 && kept & 1);
    if (half && (more || tie_up)) kept++;
    double r = ldexp((double)kept, (int)q);
    return single ? (double)(float)r : r; /* (float): beyond the largest it is infinite */
}
static double rounded_end(const lp_big *x, bool upper, bool single) {
    lp_mag down = below(x), up = above(x), far = upper ? up : down;
    lp_big end = *x;
    int side = 0; /* on the number line */
    end.in = end.out = (lp_mag){0, 0};
    if (lp_mag_is_zero(far)) {
        if (!lp_mag_is_zero(upper ? down : up)) side = upper ? -1 : 1;
    } else {
        lp_big width;
        lp_big_set(&width, x->n, upper ? far.m : -far.m);
        width.e += far.e;
        lp_big_add(&end, &end, &width);
        if (lp_mag_is_zero(end.in) && lp_mag_is_zero(end.out))
            side = upper ? 1 : -1;
        else
            side = lp_mag_is_zero(end.in) ? end.sign : -end.sign;
    }
    return end.sign * nearest(&end, side * end.sign, single);
}

/* Ordered as the numbers are. */
static int64_t place_of(double x, bool single) {
    if (single) {
        float narrow = (float)x;
        int32_t bits;
        memcpy(&bits, &narrow, sizeof bits);
        return bits < 0 ? INT32_MIN - (int64_t)bits : bits;
    }
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

bool lp_big_round(double *out, const lp_big *x, bool single) {
    lp_big mid = *x;
    mid.in = mid.out = (lp_mag){0, 0};
    *out = x->sign * nearest(&mid, 0, single);
    if (mid_is_zero(x) && lp_mag_is_zero(x->in) && lp_mag_is_zero(x->out)) *out = 0;
    if (!lp_mag_known(x->in) || !lp_mag_known(x->out)) return false;
    double low = rounded_end(x, false, single), high = rounded_end(x, true, single);
    if (low != high) { /* neighbours: as near to the middle between them as is known, a tie */
        int64_t at = place_of(low, single);
        if (place_of(high, single) == at + 1) *out = at % 2 == 0 ? low : high;
        return false;
    }
    if (low != 0) {
        *out = low;
        return true;
    }
    /* A zero has a sign: of what underflows its own, which more limbs tell. They may be at hand or
     * not, depending on what was asked before, and the answer must not. */
    int sign = lp_big_sign(x);
    *out = sign == -1 ? -0.0 : 0;
    return sign != 2;
}
