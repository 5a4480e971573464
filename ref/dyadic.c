#include "ref/dyadic.h"

#include "ref/fixed.h"

#include <stdio.h>
#include <stdlib.h>

/* Precision that holds every bit of a + b: from the weight above the larger leading bit down to the
 * smaller trailing one. Zero has no bits. */
static mpfr_prec_t sum_bits(const mpfr_t a, const mpfr_t b) {
    if (mpfr_zero_p(a) || mpfr_zero_p(b)) {
        mpfr_prec_t bits = mpfr_min_prec(mpfr_zero_p(a) ? b : a);
        return bits ? bits : 1;
    }
    mpfr_exp_t ea = mpfr_get_exp(a), eb = mpfr_get_exp(b);
    mpfr_exp_t la = ea - mpfr_min_prec(a), lb = eb - mpfr_min_prec(b);
    return (ea > eb ? ea : eb) + 1 - (la < lb ? la : lb);
}

/* Room for `bits` in r without losing what it holds (r may be an operand). */
static void grow(mpfr_t r, mpfr_prec_t bits) {
    if (mpfr_get_prec(r) < bits) mpfr_prec_round(r, bits, MPFR_RNDZ);
}

static void exact(int ternary) {
    if (ternary == 0) return;
    fputs("lossproof: an exact operation of the reference was rounded\n", stderr);
    abort();
}

void lp_dyadic_set(mpfr_t r, double x) {
    if (mpfr_get_prec(r) < 53) mpfr_set_prec(r, 53);
    exact(mpfr_set_d(r, x, MPFR_RNDZ));
}

void lp_dyadic_set_int(mpfr_t r, int64_t x) {
    if (mpfr_get_prec(r) < 64) mpfr_set_prec(r, 64);
    exact(mpfr_set_si(r, x, MPFR_RNDZ));
}

void lp_dyadic_copy(mpfr_t r, const mpfr_t a) {
    mpfr_prec_t bits = mpfr_min_prec(a);
    if (mpfr_get_prec(r) < bits) mpfr_set_prec(r, bits);
    exact(mpfr_set(r, a, MPFR_RNDZ));
}

void lp_dyadic_add(mpfr_t r, const mpfr_t a, const mpfr_t b) {
    grow(r, sum_bits(a, b));
    exact(mpfr_add(r, a, b, MPFR_RNDZ));
}

void lp_dyadic_sub(mpfr_t r, const mpfr_t a, const mpfr_t b) {
    grow(r, sum_bits(a, b));
    exact(mpfr_sub(r, a, b, MPFR_RNDZ));
}

void lp_dyadic_mul(mpfr_t r, const mpfr_t a, const mpfr_t b) {
    grow(r, mpfr_min_prec(a) + mpfr_min_prec(b) + 1);
    exact(mpfr_mul(r, a, b, MPFR_RNDZ));
}

static int biased_exponent(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (int)(bits >> 52 & 0x7ff);
}

/* Normal numbers of which one is less than 2^64 times the other: an integer of 53 + 64 bits, and a
 * sign, whose two limbs are written as they are (MPFR's custom interface). By mpfr_sub_d it would
 * cost a tenth of the exponential that it is for. */
static bool diff_by_integers(mpfr_t r, double x, double y) {
    int a = biased_exponent(x), b = biased_exponent(y), least = a < b ? a : b;
    if (mpfr_get_prec(r) != 128 || least == 0 || a - least > 63 || b - least > 63) return false;
    lp_u128 d = lp_fixed_of_double(x, 1075 - least) - lp_fixed_of_double(y, 1075 - least);
    bool negative = d >> 127 != 0;
    if (negative) d = -d;
    if (d == 0) {
        mpfr_set_zero(r, 1);
        return true;
    }
    int free = lp_fixed_clz(d);
    mp_limb_t *limb = mpfr_custom_get_significand(r);
    d <<= free;
    limb[0] = (mp_limb_t)d;
    limb[1] = (mp_limb_t)lp_fixed_hi64(d);
    mpfr_custom_init_set(r, negative ? -MPFR_REGULAR_KIND : MPFR_REGULAR_KIND,
                         least - 1075 + 128 - free, 128, limb);
    return true;
}

/* Two doubles of ordinary size differ in few bits: first tried in what r has. */
void lp_dyadic_diff(mpfr_t r, double x, double y) {
    if (mpfr_get_prec(r) < 128) mpfr_set_prec(r, 128);
    if (diff_by_integers(r, x, y)) return;
    mpfr_set_d(r, x, MPFR_RNDZ);
    if (mpfr_sub_d(r, r, y, MPFR_RNDZ) == 0) return;
    mpfr_set_prec(r, 2200); /* 2^1024 down to 2^-1074 and a carry are 2099 bits */
    exact(mpfr_set_d(r, x, MPFR_RNDZ));
    exact(mpfr_sub_d(r, r, y, MPFR_RNDZ));
    mpfr_prec_round(r, mpfr_min_prec(r) > 128 ? mpfr_min_prec(r) : 128, MPFR_RNDZ);
}

void lp_dyadic_mul_d(mpfr_t r, const mpfr_t a, double x) {
    grow(r, mpfr_min_prec(a) + 53 + 1);
    exact(mpfr_mul_d(r, a, x, MPFR_RNDZ));
}
