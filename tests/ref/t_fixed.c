/* The tier's integer arithmetic against MPFR: every result holds the true value within its counted
 * excess, for every value of an operand's interval, and the counts are not idle (the worst error
 * seen reaches a good part of each). Usage: t_ref_fixed [cases] */
#include "check.h"

#include "core/rng.h"
#include "ref/fixed.h"

#include <math.h>
#include <mpfr.h>

#define PREC 700

static int64_t cases = 40000, wrong;
static mpfr_t x, y, z;

static void set(mpfr_t to, lp_u128 m, int e) {
    mpfr_set_ui(to, lp_fixed_hi64(m), MPFR_RNDN);
    mpfr_mul_2ui(to, to, 64, MPFR_RNDN);
    mpfr_add_ui(to, to, (uint64_t)m, MPFR_RNDN);
    mpfr_mul_2si(to, to, e, MPFR_RNDN);
}

static void set_top(mpfr_t to, lp_fixed a) {
    set(to, a.m, a.e);
    mpfr_set_ui(z, a.excess, MPFR_RNDN);
    mpfr_mul_2si(z, z, a.e, MPFR_RNDN);
    mpfr_add(to, to, z, MPFR_RNDN);
}

/* truth - m in units of the result; complains outside [0, excess]. */
static double check(const char *what, const mpfr_t truth, lp_fixed got) {
    set(z, got.m, got.e);
    mpfr_sub(z, truth, z, MPFR_RNDN);
    mpfr_mul_2si(z, z, -got.e, MPFR_RNDN);
    double d = mpfr_get_d(z, MPFR_RNDA);
    bool ok = d >= 0 && d <= (double)got.excess;
    if (!ok && wrong++ < 10) printf("%s: off by %.3f units, excess %lu\n", what, d, got.excess);
    return d;
}

static lp_u128 random_bits(lp_rng *rng) {
    lp_u128 m = (lp_u128)lp_rng_u64(rng) << 64 | lp_rng_u64(rng);
    switch (lp_rng_below(rng, 6)) { /* long runs of zeros and ones are where carries go wrong */
    case 0:
        m = (lp_u128)lp_rng_below(rng, 4);
        break;
    case 1:
        m = ~(lp_u128)0 - lp_rng_below(rng, 4);
        break;
    case 2:
        m = (lp_u128)lp_rng_u64(rng) << 64;
        break;
    }
    return m | (lp_u128)1 << 127;
}

static lp_fixed random_fixed(lp_rng *rng, int low, int range) {
    lp_fixed a = {random_bits(rng), 0, low + (int)lp_rng_below(rng, (uint64_t)range)};
    if (lp_rng_below(rng, 2)) a.excess = lp_rng_below(rng, 2000);
    return a;
}

/* --- exp --------------------------------------------------------------------------------------
 */

static double worst_exp, worst_over;

static void check_exp(double a, double b) {
    double l, h = lp_fixed_two_diff(&l, a, b);
    int k;
    if (!(h < 0) || h < -LP_EXP_LEAST) return;
    lp_fixed got = {lp_fixed_exp(&k, h, l), LP_EXP_EXCESS, 0};
    got.e = k + LP_EXP_UNIT;
    mpfr_set_prec(y, 2200);
    mpfr_set_d(y, a, MPFR_RNDN);
    mpfr_sub_d(y, y, b, MPFR_RNDN); /* exact */
    mpfr_exp(x, y, MPFR_RNDN);
    mpfr_set_prec(y, PREC);
    worst_exp = fmax(worst_exp, check("exp", x, got));
    bool placed = k <= -1 && got.m >> 126 && got.m < (lp_u128)0x89 << 120;
    if (!placed && wrong++ < 10) printf("exp(%a - %a): exponent %d\n", a, b, k);
}

/* exp((a - b) / t). */
static void check_exp_over(double a, double b, double t) {
    double l, h = lp_fixed_two_diff(&l, a, b), quotient = h / t;
    if (!(h < -0x1p-900) || !(quotient >= -LP_EXP_LEAST)) return;
    lp_fixed got = lp_fixed_exp_over(h, l, quotient, lp_fixed_inverse(lp_fixed_of(t)));
    mpfr_set_prec(y, 2200);
    mpfr_set_d(y, a, MPFR_RNDN);
    mpfr_sub_d(y, y, b, MPFR_RNDN); /* exact */
    mpfr_div_d(y, y, t, MPFR_RNDN);
    mpfr_exp(x, y, MPFR_RNDN);
    mpfr_set_prec(y, PREC);
    double off = check("exp over T", x, got);
    worst_over = fmax(worst_over, off / (double)got.excess);
    if (got.excess > 1 << 17 && wrong++ < 10) printf("excess %lu\n", got.excess);
}

static void test_exp_over(void **state) {
    (void)state;
    lp_rng rng;
    lp_rng_init(&rng, 1, lp_rng_domain("fixed exp over"), 0);
    for (int64_t i = 0; i < cases; i++) {
        double t = ldexp(1 + (i % 3 ? lp_rng_unit(&rng) : 0), (int)lp_rng_below(&rng, 60) - 30);
        double far = t * ldexp(lp_rng_unit(&rng), (int)lp_rng_below(&rng, 80) - 67);
        double b = t * ldexp(lp_rng_unit(&rng) - 0.5, (int)lp_rng_below(&rng, 30) - 15);
        check_exp_over(b - far, b, t);
        check_exp_over(-(double)lp_rng_below(&rng, 5900) * 0x1.62e42fefa39efp-1 * t, 0, t);
        check_exp_over(-far, 0x1p-880, t);
    }
    check_exp_over(-0x1p-800, 0, 0x1p1000);
    check_exp_over(-0x1p1000, 0x1p-1074, 0x1p1000);
    check_exp_over(-0x1p-800, 0, 0x1p-802);
    check_exp_over(-0x1p-800, 0, 5e-324);
    printf("exp over T: at most %.2f of its excess\n", worst_over);
    assert_int_equal(wrong, 0);
    assert_true(worst_over > 0.25);
}

static void test_exp(void **state) {
    (void)state;
    lp_rng rng;
    lp_rng_init(&rng, 1, lp_rng_domain("fixed exp"), 0);
    for (int64_t i = 0; i < cases; i++) {
        double far = ldexp(lp_rng_unit(&rng), (int)lp_rng_below(&rng, 80) - 67);
        double b = ldexp(lp_rng_unit(&rng) - 0.5, (int)lp_rng_below(&rng, 30) - 15);
        check_exp(b - far, b);
        /* at a multiple of ln 2 or of a table's step, a few neighbours around it */
        double at = i % 2 ? -(double)lp_rng_below(&rng, 5900) * 0x1.62e42fefa39efp-1
                          : -(double)lp_rng_below(&rng, 1 << 22) * 0x1p-21;
        for (int n = 0; n < (int)(i % 3); n++) at = nextafter(at, 0);
        check_exp(at, 0);
        check_exp(-0x1p-60 * lp_rng_unit(&rng) - 1, 0x1p-900);
    }
    check_exp(-0x1p-1074, 0);
    check_exp(-LP_EXP_LEAST, 0);
    check_exp(1, nextafter(1, 2));
    printf("exp: at most %.2f of %d units\n", worst_exp, LP_EXP_EXCESS);
    assert_int_equal(wrong, 0);
    assert_true(worst_exp > LP_EXP_EXCESS / 4.0);
}

/* --- the rest ---------------------------------------------------------------------------------
 */

/* f is increasing: both ends of the operand's interval must lie in the result. */
typedef int (*real_function)(mpfr_t, const mpfr_t, mpfr_rnd_t);

static double check_both(const char *what, lp_fixed a, lp_fixed got, real_function f) {
    set(x, a.m, a.e);
    f(y, x, MPFR_RNDN);
    double low = check(what, y, got);
    set_top(x, a);
    f(y, x, MPFR_RNDN);
    return fmax(low, a.excess ? 0 : check(what, y, got));
}

static int inverse(mpfr_t r, const mpfr_t a, mpfr_rnd_t mode) {
    return mpfr_ui_div(r, 1, a, mode);
}

static void test_logs(void **state) {
    (void)state;
    lp_rng rng;
    double log = 0, log1p = 0;
    lp_rng_init(&rng, 1, lp_rng_domain("fixed log"), 0);
    for (int64_t i = 0; i < cases; i++) {
        lp_fixed a = random_fixed(&rng, -127, 40), top = a;
        log = fmax(log, check_both("log", a, lp_fixed_log(a), mpfr_log));
        set_top(x, top);
        mpfr_log(y, x, MPFR_RNDN);
        check("log of the upper end", y, lp_fixed_log(a));
        a = random_fixed(&rng, -142 - 900, 901);
        log1p = fmax(log1p, check_both("log1p", a, lp_fixed_log1p(a), mpfr_log1p));
        set_top(x, a);
        mpfr_log1p(y, x, MPFR_RNDN);
        check("log1p of the upper end", y, lp_fixed_log1p(a));
    }
    printf("log: at most %.2f units, log1p: %.2f\n", log, log1p);
    assert_int_equal(wrong, 0);
    assert_true(log > 2 && log1p > 3);
}

static void test_inverse(void **state) {
    (void)state;
    lp_rng rng;
    lp_rng_init(&rng, 1, lp_rng_domain("fixed inverse"), 0);
    for (int64_t i = 0; i < cases; i++) {
        lp_fixed a = random_fixed(&rng, -200, 200), r = lp_fixed_inverse(a);
        check_both("inverse", a, r, inverse);
        set_top(x, a);
        mpfr_ui_div(y, 1, x, MPFR_RNDN);
        check("inverse of the upper end", y, r);
    }
    /* The upper end for a lower end of 1 is 1: what lets 1 - tiny be rounded. */
    lp_fixed one = {(lp_u128)1 << 127, 7, -127}, r = lp_fixed_inverse(one);
    set_top(x, r);
    assert_true(mpfr_cmp_ui(x, 1) == 0);
    assert_int_equal(wrong, 0);
}

static void test_mul_add(void **state) {
    (void)state;
    lp_rng rng;
    lp_rng_init(&rng, 1, lp_rng_domain("fixed mul"), 0);
    for (int64_t i = 0; i < cases; i++) {
        lp_fixed a = random_fixed(&rng, -300, 180), b = random_fixed(&rng, -300, 400);
        lp_fixed product = lp_fixed_mul(a, b);
        for (int ends = 0; ends < 2; ends++) {
            ends ? set_top(x, a) : set(x, a.m, a.e);
            ends ? set_top(y, b) : set(y, b.m, b.e);
            mpfr_mul(x, x, y, MPFR_RNDN);
            check("product", x, product);
        }
        int64_t n = 1 + (int64_t)lp_rng_below(&rng, i % 2 ? 3 : INT64_C(1) << 40);
        lp_fixed sum = lp_fixed_add_int(a, n);
        set(x, a.m, a.e);
        mpfr_add_si(x, x, n, MPFR_RNDN);
        check("sum", x, sum);
        set_top(x, a);
        mpfr_add_si(x, x, n, MPFR_RNDN);
        check("sum of the upper end", x, sum);
        uint64_t high = i % 2 ? lp_rng_u64(&rng) >> lp_rng_below(&rng, 64) : 0;
        lp_fixed wide = lp_fixed_of_sum(high, b.m, b.excess, -126);
        mpfr_set_ui(x, high, MPFR_RNDN);
        mpfr_mul_2ui(x, x, 128, MPFR_RNDN);
        set(y, b.m, 0);
        mpfr_add(x, x, y, MPFR_RNDN);
        mpfr_add_ui(y, x, b.excess, MPFR_RNDN);
        mpfr_mul_2si(x, x, -126, MPFR_RNDN);
        mpfr_mul_2si(y, y, -126, MPFR_RNDN);
        check("wide sum", x, wide);
        check("wide sum's upper end", y, wide);
    }
    assert_int_equal(wrong, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exp), cmocka_unit_test(test_exp_over),
                                       cmocka_unit_test(test_logs), cmocka_unit_test(test_inverse),
                                       cmocka_unit_test(test_mul_add)};
    if (argc > 1) cases = atol(argv[1]);
    mpfr_inits2(PREC, x, y, z, (mpfr_ptr)0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mpfr_clears(x, y, z, (mpfr_ptr)0);
    mpfr_free_cache();
    return failed;
}
