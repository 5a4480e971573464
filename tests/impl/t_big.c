/* big.h against MPFR at more bits than it has: every number contains the exact one, is as narrow as
 * it is said to be, exact where it can be, and rounds to the right double. */
#include "core/rng.h"
#include "impl/big.h"
#include "impl/mag.h"

#include <stdio.h>

#include <mpfr.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

enum { BITS = 16000, TRIES = 300 };

typedef struct pair { /* the same number twice */
    lp_big b;
    mpfr_t x;
} pair;
static pair *pair_new(int bits) {
    pair *p = test_calloc(1, sizeof *p);
    mpfr_init2(p->x, bits);
    return p;
}
static void pair_free(pair *p) {
    mpfr_clear(p->x);
    test_free(p);
}

static void get_mid(mpfr_t r, const lp_big *b) {
    mpz_t z;
    mpz_init(z);
    mpz_import(z, (size_t)b->n, -1, sizeof *b->limb, 0, 0, b->limb);
    mpfr_set_z_2exp(r, z, (mpfr_exp_t)(b->e - 64 * (int64_t)b->n), MPFR_RNDN);
    mpz_clear(z);
}
static void get_mag(mpfr_t r, lp_mag m) {
    mpfr_set_d(r, m.m, MPFR_RNDN);
    mpfr_mul_2si(r, r, (long)m.e, MPFR_RNDN);
}
static bool exact(const lp_big *b) {
    return lp_mag_is_zero(b->in) && lp_mag_is_zero(b->out);
}
/* x in the interval; where `strict` also not on an end that is said to be left out. log2 of the
 * relative width. */
static double contains(const pair *p, bool strict) {
    mpfr_t d, bound, width;
    mpfr_inits2(BITS + 4800, d, bound, width, (mpfr_ptr)NULL);
    get_mid(bound, &p->b);
    mpfr_mul_si(d, p->x, p->b.sign, MPFR_RNDN);
    mpfr_sub(d, d, bound, MPFR_RNDN);
    get_mag(bound, p->b.out);
    assert_true(mpfr_cmp(d, bound) <= 0);
    get_mag(width, p->b.in);
    mpfr_add(bound, bound, width, MPFR_RNDU);
    mpfr_neg(width, width, MPFR_RNDN);
    assert_true(mpfr_cmp(d, width) >= 0);
    bool in = !lp_mag_is_zero(p->b.in), out = !lp_mag_is_zero(p->b.out);
    if (strict && in != out) assert_true(mpfr_sgn(d) == (out ? 1 : -1));
    double w = -1e9;
    if (in || out) {
        mpfr_prec_round(bound, 64, MPFR_RNDU);
        mpfr_div(bound, bound, p->x, MPFR_RNDU);
        mpfr_abs(bound, bound, MPFR_RNDN);
        mpfr_log2(bound, bound, MPFR_RNDU);
        w = mpfr_get_d(bound, MPFR_RNDU);
    }
    mpfr_clears(d, bound, width, (mpfr_ptr)NULL);
    return w;
}

/* A double with few or all bits, near 1 or anywhere. */
static double draw(lp_rng *r, int reach) {
    double m = 1 + lp_rng_unit(r);
    if (lp_rng_below(r, 4) == 0) m = 1 + (double)lp_rng_below(r, 4) / 4;
    if (lp_rng_below(r, 6) == 0) m = 1 + ldexp(m - 1, -(int)lp_rng_below(r, 50));
    return (lp_rng_below(r, 2) ? -m : m) *
           ldexp(1, (int)lp_rng_below(r, (uint64_t)(2 * reach)) - reach);
}
static void set(pair *p, int n, double x) {
    lp_big_set(&p->b, n, x);
    mpfr_set_d(p->x, x, MPFR_RNDN);
}

/* Chains of + - x / : containment of every intermediate result, and exactness of a reversed chain.
 */
static void test_arithmetic(void **state) {
    pair *a = pair_new(BITS), *b = pair_new(BITS);
    (void)state;
    for (uint64_t i = 0; i < TRIES; i++) {
        lp_rng r;
        lp_rng_init(&r, 31, 0, i);
        int n = lp_big_limbs[i % LP_BIG_LEVELS], reach = i % 2 ? 40 : 1000;
        set(a, n, draw(&r, reach));
        for (int step = 0; step < 10; step++) {
            double y = draw(&r, reach);
            set(b, n, y);
            if (lp_rng_below(&r, 8) == 0) { /* an operand with errors */
                lp_big_div_d(&b->b, &b->b, 3);
                mpfr_div_ui(b->x, b->x, 3, MPFR_RNDN);
            }
            switch (lp_rng_below(&r, 4)) {
            case 0:
                lp_big_add(&a->b, &a->b, &b->b);
                mpfr_add(a->x, a->x, b->x, MPFR_RNDN);
                break;
            case 1:
                lp_big_sub(&a->b, &b->b, &a->b);
                mpfr_sub(a->x, b->x, a->x, MPFR_RNDN);
                break;
            case 2:
                lp_big_mul(&a->b, &a->b, &b->b);
                mpfr_mul(a->x, a->x, b->x, MPFR_RNDN);
                break;
            default:
                lp_big_div(&a->b, &a->b, &b->b);
                mpfr_div(a->x, a->x, b->x, MPFR_RNDN);
            }
            contains(a, false);
        }
        int sign = lp_big_sign(&a->b);
        assert_true(sign == 2 || sign == (mpfr_sgn(a->x) > 0) - (mpfr_sgn(a->x) < 0));
    }
    pair_free(a), pair_free(b);
}

static void test_exact(void **state) {
    lp_big x, y, z;
    (void)state;
    for (uint64_t i = 0; i < TRIES; i++) {
        lp_rng r;
        lp_rng_init(&r, 31, 1, i);
        double a = draw(&r, 60), b = draw(&r, 60);
        for (int level = 0; level < LP_BIG_LEVELS; level++) {
            int n = lp_big_limbs[level];
            lp_big_set(&x, n, a);
            lp_big_mul_d(&y, &x, b);
            assert_true(exact(&y)); /* 106 bits */
            lp_big_div_d(&z, &y, b);
            assert_true(exact(&z) && lp_big_compare(&z, &x) == 0);
            lp_big_div_d(&z, &z, 3); /* inexact unless a is a multiple: x, and a side */
            lp_big_mul_d(&z, &z, 3);
            assert_true(exact(&z) || lp_big_sign(&z) == x.sign);
            lp_big_add(&z, &y, &x);
            lp_big_sub(&z, &z, &y);
            assert_true(exact(&z) && lp_big_compare(&z, &x) == 0);
            lp_big_sub(&z, &z, &x);
            assert_true(exact(&z) && lp_big_sign(&z) == 0);
        }
    }
    for (int level = 0; level < LP_BIG_LEVELS; level++) {
        lp_big_set(&x, lp_big_limbs[level], 0);
        lp_big_exp(&y, &x);
        assert_true(exact(&y) && y.limb[y.n - 1] == UINT64_C(1) << 63 && y.e == 1);
        lp_big_log(&y, &y);
        assert_true(exact(&y) && lp_big_sign(&y) == 0);
        lp_big_set(&y, x.n, 1);
        lp_big_div(&y, &y, &x);
        assert_true(lp_big_sign(&y) == 2);
        lp_big_log(&y, &x);
        assert_true(lp_big_sign(&y) == 2);
    }
    /* 1 + 2^-1074 squared, less 1, is twice that and a little; a sum over all exponents cancels */
    lp_exact_sum sum = {0};
    lp_big_set(&x, LP_BIG_LIMBS, 0x1p-1074);
    lp_big_set(&y, LP_BIG_LIMBS, 1);
    lp_big_add(&y, &y, &x);
    lp_big_mul(&y, &y, &y);
    assert_true(exact(&y));
    double all[3] = {0x1.fffffffffffffp+1023, -0x1p-1074, -0x1.8p3};
    for (int i = 0; i < 3; i++) lp_exact_sum_add(&sum, all[i]);
    lp_big_set_sum(&x, LP_BIG_LIMBS, &sum);
    assert_true(exact(&x) && x.sign == 1);
    for (int i = 0; i < 3; i++) {
        lp_big_set(&z, LP_BIG_LIMBS, all[i]);
        lp_big_sub(&x, &x, &z);
    }
    assert_true(exact(&x) && lp_big_sign(&x) == 0);
    lp_exact_sum_add(&sum, -all[0]);
    lp_big_set_sum(&x, 5, &sum); /* cut to 5 limbs: a side */
    assert_true(x.sign == -1 && !exact(&x) && lp_mag_is_zero(x.in));
}

/* Functions of an exact argument: narrow. Of one with an error: the error counted. */
static void test_functions(void **state) {
    static const struct {
        const char *name;
        void (*mine)(lp_big *r, const lp_big *x);
        int (*theirs)(mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t rnd);
        double slack; /* width 2^(slack - 64 n) */
    } f[] = {{"exp", lp_big_exp, mpfr_exp, 2},
             {"expm1", lp_big_expm1, mpfr_expm1, 11},
             {"log", lp_big_log, mpfr_log, 26},
             {"log1p", lp_big_log1p, mpfr_log1p, 26}};
    static const int precision[LP_BIG_LEVELS] = {4000, 5000, 8000};
    (void)state;
    for (size_t q = 0; q < sizeof f / sizeof *f; q++)
        for (int level = 0; level < LP_BIG_LEVELS; level++) {
            pair *x = pair_new(precision[level]), *y = pair_new(precision[level]);
            int n = lp_big_limbs[level], tries = level == 0 ? TRIES : level == 1 ? 60 : 24;
            double worst = -1e9;
            for (int i = 0; i < tries; i++) {
                lp_rng r;
                lp_rng_init(&r, 31, 2 + (uint64_t)q, (uint64_t)i);
                /* e^-2^35 beside 1 is below what MPFR has here */
                double a = draw(&r, i % 3 ? 10 : i % 2 || f[q].mine == lp_big_expm1 ? 1000 : 35);
                if (f[q].mine == lp_big_log) a = fabs(a);
                if (f[q].mine == lp_big_log1p && a <= -1) a = -1 / (a - 1);
                if (f[q].mine == lp_big_exp || f[q].mine == lp_big_expm1)
                    while (fabs(a) >= (f[q].mine == lp_big_exp ? 0x1p40 : 0x1p11))
                        a = -a * 0x1p-1000;
                if (f[q].mine == lp_big_exp && i % 5 == 0) /* next to a multiple of ln 2 */
                    a = (double)((int64_t)lp_rng_below(&r, 3000) - 1500) * 0x1.62e42fefa39efp-1;
                set(x, n, a);
                f[q].mine(&y->b, &x->b);
                f[q].theirs(y->x, x->x, MPFR_RNDN);
                worst = fmax(worst, contains(y, true) + 64 * n);
                /* at the end of what is known of the argument */
                lp_mag off = {1, (a == 0 ? 0 : ilogb(a)) - 60};
                *(i % 2 ? &x->b.out : &x->b.in) = off;
                mpfr_set_d(y->x, ldexp(i % 2 ? 1 : -1, (int)off.e), MPFR_RNDN);
                mpfr_mul_si(y->x, y->x, x->b.sign, MPFR_RNDN);
                mpfr_add(x->x, x->x, y->x, MPFR_RNDN);
                f[q].mine(&y->b, &x->b);
                f[q].theirs(y->x, x->x, MPFR_RNDN);
                contains(y, false);
                set(x, n, a);
                lp_big_div_d(&x->b, &x->b, 7);
                mpfr_div_ui(x->x, x->x, 7, MPFR_RNDN);
                f[q].mine(&y->b, &x->b);
                f[q].theirs(y->x, x->x, MPFR_RNDN);
                contains(y, false);
            }
            print_message("  %-6s %2d limbs: width at most 2^%.1f of 2^-%d\n", f[q].name, n, worst,
                          64 * n);
            assert_true(worst <= f[q].slack);
            pair_free(x), pair_free(y);
        }
    lp_big x;
    lp_big_set(&x, 5, -0x1p1000);
    lp_big_exp(&x, &x);
    double y;
    assert_true(lp_big_sign(&x) == 1 && lp_big_round(&y, &x, false) && y == 0 && !signbit(y));
    lp_big third; /* times a number with errors: still above 0 */
    lp_big_set(&third, 5, 1);
    lp_big_div_d(&third, &third, 3);
    lp_big_mul(&third, &third, &x);
    assert_int_equal(lp_big_sign(&third), 1);
    lp_big_neg(&x, &x);
    assert_true(lp_big_sign(&x) == -1 && lp_big_round(&y, &x, false) && y == 0 && signbit(y));
}

/* Rounding, of exact numbers around numbers and ties of both formats, subnormal and huge ones too.
 */
static void test_round(void **state) {
    mpfr_t x;
    mpfr_init2(x, BITS);
    (void)state;
    for (uint64_t i = 0; i < 40 * TRIES; i++) {
        lp_rng r;
        lp_rng_init(&r, 31, 10, i);
        bool single = i % 2;
        int n = lp_big_limbs[i % LP_BIG_LEVELS];
        int reach = single ? 155 : 1080, bits = single ? 24 : 53;
        double m = ldexp((double)lp_rng_below(&r, UINT64_C(1) << bits), -bits);
        int e = (int)lp_rng_below(&r, (uint64_t)(2 * reach)) - reach;
        if (lp_rng_below(&r, 3) == 0) e = lp_rng_below(&r, 2) ? reach - 60 : single ? 128 : 1024;
        lp_big b, speck;
        lp_big_set(&b, n, lp_rng_below(&r, 2) ? m : -m);
        lp_big_scale(&b, &b, e);
        int64_t last = (e < (single ? -125 : -1021) ? (single ? -125 : -1021) : e) - bits - 1;
        lp_big_set(&speck, n, 1); /* half an ulp, or a bit of something far below it */
        lp_big_scale(&speck, &speck, last);
        if (lp_rng_below(&r, 2)) lp_big_add(&b, &b, &speck);
        lp_big_scale(&speck, &speck, -(int64_t)lp_rng_below(&r, 9000));
        uint64_t side = lp_rng_below(&r, 3);
        get_mid(x, &b);
        mpfr_mul_si(x, x, b.sign, MPFR_RNDN);
        if (side == 2) lp_big_neg(&speck, &speck);
        mpfr_t s;
        mpfr_init2(s, 64);
        get_mid(s, &speck);
        mpfr_mul_si(s, s, speck.sign, MPFR_RNDN);
        if (side) {
            lp_big_add(&b, &b, &speck);
            mpfr_add(x, x, s, MPFR_RNDN);
        }
        mpfr_clear(s);
        double got, want = single ? (double)mpfr_get_flt(x, MPFR_RNDN) : mpfr_get_d(x, MPFR_RNDN);
        if (!lp_big_round(&got, &b, single))
            fail_msg("%d limbs, m %a, e %d, side %d, single %d: undecided", n, m, e, (int)side,
                     single);
        if (!(got == want))
            fail_msg("%d limbs, e %d, side %d: %a, not %a", n, e, (int)side, got, want);
        if (mpfr_sgn(x) == 0) assert_false(signbit(got));
        if (mpfr_sgn(x) != 0) assert_true(!signbit(got) == (mpfr_sgn(x) > 0));
    }
    mpfr_clear(x);
}

/* What cannot be decided is not, whichever end the tie lies at. */
static void test_undecided(void **state) {
    (void)state;
    for (int low = 0; low < 3; low++)
        for (int high = 0; high < 3; high++)
            for (int sign = -1; sign < 2; sign += 2) {
                lp_big x;
                double y;
                lp_big_set(&x, 5, 0x1p53 + 2);
                lp_big one;
                lp_big_set(&one, 5, 1); /* 2^53 + 3 is a tie: to 2^53 + 4 */
                lp_big_add(&x, &x, &one);
                x.sign = sign;
                const lp_mag width[] = {{0, 0}, {1, -900}, {1, 0}};
                x.in = width[low], x.out = width[high];
                bool decided = lp_big_round(&y, &x, false);
                /* 1 below the tie is a number: its end is reached or not, but the tie's side counts
                 */
                assert_true(decided == (low == 0 || high == 0));
                if (decided)
                    assert_true(y == sign * (high == 0 && low > 0 ? 0x1p53 + 2 : 0x1p53 + 4));
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arithmetic), cmocka_unit_test(test_exact),
        cmocka_unit_test(test_functions),  cmocka_unit_test(test_round),
        cmocka_unit_test(test_undecided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
