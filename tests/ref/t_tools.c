/* Exact combinations, decimal digits, comparisons, tolerances, the environment, the self-test. */
#include "check.h"
#include "random_case.h"
#include "second_rounding.h"

#include "ref/combine.h"
#include "ref/exact.h"

#include <float.h>
#include <math.h>
#include <mpfr.h>

/* --- combinations, against mpfr_sum ------------------------------------------------------------
 */

static double wild(lp_rng *rng) {
    double x = ldexp(lp_rng_normal(rng), (int)lp_rng_below(rng, 2000) - 1000);
    return lp_rng_below(rng, 2) ? x : ldexp(lp_rng_normal(rng), 3);
}

static void check_sum(lp_rng *rng) {
    double a[12], b[12];
    mpfr_t term[12], sum;
    mpfr_ptr at[12];
    int n = (int)lp_rng_below(rng, 13);
    bool ones = lp_rng_below(rng, 2);
    mpfr_init2(sum, 4400);
    for (int i = 0; i < n; i++) {
        a[i] = wild(rng);
        b[i] = ones ? 1 : wild(rng);
        if (i > 2 && lp_rng_below(rng, 3) == 0) a[i] = -a[i - 1], b[i] = b[i - 1];
        at[i] = term[i];
        mpfr_init2(term[i], 106);
        mpfr_set_d(term[i], a[i], MPFR_RNDN);
        mpfr_mul_d(term[i], term[i], b[i], MPFR_RNDN);
    }
    mpfr_sum(sum, at, (unsigned long)n, MPFR_RNDN);
    for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++)
        for (int f = 0; f < LP_FORMAT_COUNT; f++) {
            double want = second_rounding(sum, lp_format_get((lp_format_id)f), (lp_rounding)mode);
            double got = lp_dot_round(a, ones ? NULL : b, n, (lp_format_id)f, (lp_rounding)mode);
            assert_true(same(got, want) || (mpfr_zero_p(sum) && got == 0 && !signbit(got)));
        }
    int sign = mpfr_sgn(sum);
    assert_int_equal(lp_dot_compare(a, ones ? NULL : b, n, 0), (sign > 0) - (sign < 0));
    double near = mpfr_get_d(sum, MPFR_RNDD);
    if (isfinite(near))
        assert_int_equal(lp_dot_compare(a, ones ? NULL : b, n, near), mpfr_cmp_d(sum, near) != 0);
    if (ones) {
        assert_int_equal(lp_sum_sign(a, n), (sign > 0) - (sign < 0));
        assert_true(mpfr_cmp_d(sum, lp_sum_up(a, n)) <= 0);
    }
    for (int i = 0; i < n; i++) mpfr_clear(term[i]);
    mpfr_clear(sum);
}

static void test_combinations(void **state) {
    (void)state;
    lp_rng rng;
    lp_rng_init(&rng, 11, 0, 0);
    for (int i = 0; i < 3000; i++) check_sum(&rng);
    const double cancel[] = {0x1p+1000, 1, -0x1p+1000, -1};
    assert_int_equal(lp_sum_sign(cancel, 4), 0);
    assert_int_equal(lp_sum_sign(cancel, 3), 1);
    const double huge[] = {DBL_MAX, DBL_MAX, -DBL_MAX, -DBL_MAX, 0x1p-1074};
    assert_int_equal(lp_sum_sign(huge, 5), 1);
    assert_true(lp_sum_up(huge, 2) == INFINITY);
}

/* --- digits, comparisons, tolerances -----------------------------------------------------------
 */

static lp_exact *xent(lp_case *c, double a, double b, int64_t label) {
    lp_error err;
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    c->n = 1;
    c->k = c->stride = 2;
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    z[0] = a;
    z[1] = b;
    lp_case_alloc_label(c)[0] = label;
    return lp_exact_new(c, &err);
}

static void expect_digits(double a, double b, int64_t label, lp_out out, int64_t i, int digits,
                          const char *want) {
    lp_case c;
    char got[160];
    lp_exact *e = xent(&c, a, b, label);
    lp_exact_digits(got, sizeof got, e, out, i, digits);
    assert_string_equal(got, want);
    lp_exact_free(e);
    lp_case_clear(&c);
}

static void test_digits(void **state) {
    (void)state;
    expect_digits(100, 50, 0, LP_OUT_LOSS, 0, 19, "1.928749847963917783e-22");
    expect_digits(100, 50, 0, LP_OUT_LOSS, 0, 40, "1.928749847963917783017156812728211532954e-22");
    expect_digits(0, 0, 0, LP_OUT_LOSS, 0, 20, "6.9314718055994530941e-01");
    expect_digits(0, 0, 0, LP_OUT_GRAD, 0, 20, "-5e-01");
    expect_digits(0x1p53, -1, 1, LP_OUT_LOSS, 0, 20, "9.007199254740993e+15");
    /* 1 - tiny: truncated, not rounded, though no precision shows the tiny. */
    expect_digits(0x1p53, -1, 1, LP_OUT_GRAD, 0, 12, "9.99999999999e-01");
    expect_digits(-1, 0x1p53, 0, LP_OUT_GRAD, 0, 12, "-9.99999999999e-01");
    expect_digits(-INFINITY, 0, 0, LP_OUT_LOSS, 0, 20, "inf");
    expect_digits(NAN, 0, 0, LP_OUT_LOSS, 0, 20, "nan");
    expect_digits(-INFINITY, 7, 1, LP_OUT_LOSS, 0, 20, "0");
    expect_digits(1e5, 0, 0, LP_OUT_GRAD, 1, 10, "3.562949565e-43430"); /* below every format */
    expect_digits(0x1p70, 0, 0, LP_OUT_GRAD, 1, 10, "tiny"); /* ... and below MPFR's exponents */
    expect_digits(0x1p70, 0, 0, LP_OUT_GRAD, 0, 10, "-tiny");
}

/* A share of n equal classes, 1 / n, or less where another one is far below. */
static void expect_share(int64_t n, double far, double v, int digits, const char *want) {
    lp_case c;
    lp_error err;
    char got[160];
    lp_case_init(&c, LP_OP_SOFTMAX);
    c.n = 1;
    c.k = c.stride = n + 1;
    double *z = lp_case_alloc(&c, LP_IN_LOGITS);
    z[n] = far;
    lp_case_alloc(&c, LP_IN_V)[n] = v;
    lp_exact *e = lp_exact_new(&c, &err);
    lp_exact_digits(got, sizeof got, e, v == 0 ? LP_OUT_VALUE : LP_OUT_GRAD, v == 0 ? 0 : n,
                    digits);
    assert_string_equal(got, want);
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* Quotients that are decimal numbers, which no binary interval tells from their neighbours. */
static void test_decimal_digits(void **state) {
    (void)state;
    expect_share(5, -INFINITY, 0, 20, "2e-01");
    expect_share(5, -INFINITY, 0, 2, "2e-01");
    expect_share(5, -0x1p30, 0, 6, "1.99999e-01");
    expect_share(5, -0x1p90, 0, 40, "1.999999999999999999999999999999999999999e-01");
    expect_share(10, -0x1p30, 0, 6, "9.99999e-02"); /* 0.1 - tiny: the digits begin later */
    expect_share(10, -INFINITY, 0, 6, "1e-01");
    expect_share(3, -INFINITY, 0, 6, "3.33333e-01");
    expect_share(4, 0, 1, 20, "1.6e-01"); /* p (1 - p) */
    expect_share(4, 0, -1, 20, "-1.6e-01");
    expect_share(4, 0, -0x1p400, 20, "-4.1315998049390537434e+119");
}

static void test_compare(void **state) {
    (void)state;
    lp_case c;
    lp_exact *e = xent(&c, 0x1p53, -1, 1);
    assert_int_equal(lp_exact_compare(e, LP_OUT_LOSS, 0, 0x1p53), 1);
    assert_int_equal(lp_exact_compare(e, LP_OUT_LOSS, 0, 0x1p53 + 2), -1);
    assert_int_equal(lp_exact_compare(e, LP_OUT_GRAD, 0, 1), -1); /* 1 - e^-(2^53 + 1) */
    assert_int_equal(lp_exact_compare(e, LP_OUT_GRAD, 1, -1), 1);
    assert_int_equal(lp_exact_compare(e, LP_OUT_LOSS, 0, INFINITY), -1);
    assert_int_equal(lp_exact_compare(e, LP_OUT_LOSS, 0, -INFINITY), 1);
    lp_exact_free(e);
    lp_case_clear(&c);
    e = xent(&c, 3, 3, 1);
    assert_int_equal(lp_exact_compare(e, LP_OUT_GRAD, 1, -0.5), 0);
    lp_exact_free(e);
    lp_case_clear(&c);
}

static void test_tolerances(void **state) {
    (void)state;
    lp_case c;
    lp_exact *e = xent(&c, 3, 3, 1); /* loss ln 2: ulp 2^-53 */
    assert_true(lp_exact_h(e, LP_OUT_LOSS, 0, LP_LEVEL_CORRECT) == 0x1p-54);
    assert_true(lp_exact_h(e, LP_OUT_LOSS, 0, LP_LEVEL_FAITHFUL) == 0x1p-53);
    assert_true(lp_exact_h(e, LP_OUT_LOSS, 0, LP_LEVEL_ACCURATE) == 0x1p-51);
    double bound = lp_exact_bound(e, LP_OUT_LOSS, 0);
    assert_true(lp_exact_h(e, LP_OUT_LOSS, 0, LP_LEVEL_STABLE) == bound);
    assert_true(lp_exact_h(e, LP_OUT_LOSS, 0, LP_LEVEL_FINITE) == INFINITY);
    lp_exact_free(e);
    lp_case_set(&c, LP_PARAM_Z_LOSS, 0.5); /* mixed */
    lp_error err;
    e = lp_exact_new(&c, &err);
    bound = lp_exact_bound(e, LP_OUT_GRAD, 0);
    double h = lp_exact_h(e, LP_OUT_GRAD, 0, LP_LEVEL_FAITHFUL);
    lp_measure m;
    lp_exact_measure(&m, e, LP_OUT_GRAD, 0, 0);
    assert_true(h > ldexp(1, m.ulp_exp) + bound * 0x1p-12);
    assert_true(h < (ldexp(1, m.ulp_exp) + bound * 0x1p-12) * (1 + 0x1p-48));
    assert_true(lp_exact_h(e, LP_OUT_GRAD, 0, LP_LEVEL_CORRECT) == ldexp(0.5, m.ulp_exp));
    lp_exact_free(e);
    lp_case_clear(&c);
    e = xent(&c, DBL_MAX, -DBL_MAX, 1); /* rounds to infinity */
    assert_true(lp_exact_h(e, LP_OUT_LOSS, 0, LP_LEVEL_CORRECT) == INFINITY);
    lp_exact_free(e);
    lp_case_clear(&c);
}

static void test_measure_fields(void **state) {
    (void)state;
    lp_case c;
    lp_measure m;
    lp_exact *e = xent(&c, 100, 50, 0);
    lp_exact_measure(&m, e, LP_OUT_LOSS, 0, 0);
    assert_true(m.rel_err >= 1 && m.rel_err < 1 + 0x1p-40);
    assert_true(fabs(lp_exact_condition(e, LP_OUT_LOSS, 0) - 150) <
                1e-9); /* (100 + 50) e^-50 / e^-50 */
    assert_true(m.abs_err > 1.92e-22 && m.abs_err <= m.bound && m.over_bound > 0);
    assert_true(m.want == m.up || m.want == m.down);
    assert_true(nextafter(m.down, 1) == m.up);
    lp_exact_measure(&m, e, LP_OUT_LOSS, 0, NAN);
    assert_true(m.ulp_lo == INFINITY && m.over_bound == INFINITY);
    lp_exact_free(e);
    lp_case_clear(&c);
    e = xent(&c, DBL_MAX, -DBL_MAX, 1);
    lp_exact_measure(&m, e, LP_OUT_LOSS, 0, INFINITY);
    assert_true(m.want == INFINITY && m.ulp_hi == 0 && m.down == DBL_MAX && m.up == INFINITY);
    assert_true(fabs(lp_exact_condition(e, LP_OUT_LOSS, 0) - 1) < 1e-15);
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* A batch longer than the rows that are kept: what one row leaves behind must not reach the next.
 */
static void check_row(lp_exact *all, const lp_case *c, int64_t r) {
    lp_case one;
    lp_error err;
    lp_case_init(&one, c->op);
    one.n = 1;
    one.k = one.stride = c->k;
    memcpy(lp_case_alloc(&one, LP_IN_LOGITS), c->in[LP_IN_LOGITS] + r * c->k,
           (size_t)c->k * sizeof(double));
    lp_case_alloc_label(&one)[0] = c->label[r];
    lp_exact *alone = lp_exact_new(&one, &err);
    for (int64_t j = 0; j <= c->k; j++) {
        lp_out out = j == c->k ? LP_OUT_LOSS : LP_OUT_GRAD;
        int64_t at = j == c->k ? 0 : j;
        lp_measure a, b;
        int64_t in_all = j == c->k ? r : r * c->k + j;
        lp_exact_measure(&a, all, out, in_all, 0.3);
        lp_exact_measure(&b, alone, out, at, 0.3);
        assert_true(same(a.want, b.want) && same(a.bound, b.bound) && same(a.ulp_hi, b.ulp_hi));
        assert_true(same(lp_exact_condition(all, out, in_all), lp_exact_condition(alone, out, at)));
    }
    lp_exact_free(alone);
    lp_case_clear(&one);
}

static void test_long_batch(void **state) {
    (void)state;
    lp_rng rng;
    lp_case c;
    lp_error err;
    lp_rng_init(&rng, 8, 8, 8);
    lp_case_init(&c, LP_OP_SOFTMAX_XENT);
    c.n = 3000;
    c.k = c.stride = 3;
    double *z = lp_case_alloc(&c, LP_IN_LOGITS);
    for (int64_t i = 0; i < c.n * c.k; i++) z[i] = 20 * lp_rng_normal(&rng);
    int64_t *label = lp_case_alloc_label(&c);
    for (int64_t i = 0; i < c.n; i++) label[i] = (int64_t)lp_rng_below(&rng, 3);
    lp_exact *e = lp_exact_new(&c, &err);
    for (int64_t i = 0; i < c.n; i++) check_row(e, &c, i);
    for (int64_t i = c.n - 1; i >= 0; i -= 7) check_row(e, &c, i);
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* --- environment, statistics, self-test --------------------------------------------------------
 */

static void test_environment(void **state) {
    (void)state;
    lp_rng rng;
    lp_case c;
    lp_error err;
    lp_rng_init(&rng, 3, 3, 3);
    mpfr_set_emin(-100);
    mpfr_set_emax(100);
    mpfr_clear_flags();
    mpfr_set_erangeflag();
    lp_ref_stats before = lp_ref_stats_get();
    for (int i = 0; i < 50; i++) {
        char text[80];
        random_case(&c, &rng, LP_OP_SOFTMAX_XENT, 5);
        lp_exact *e = lp_exact_new(&c, &err);
        lp_measure m;
        lp_exact_measure(&m, e, LP_OUT_LOSS, 0, 1);
        lp_exact_digits(text, sizeof text, e, LP_OUT_LOSS, 0, 40);
        lp_exact_h(e, LP_OUT_GRAD, 0, LP_LEVEL_FAITHFUL);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
    assert_true(lp_ref_selftest(&err));
    assert_int_equal(mpfr_get_emin(), -100);
    assert_int_equal(mpfr_get_emax(), 100);
    assert_int_equal(mpfr_flags_save(), MPFR_FLAGS_ERANGE);
    lp_ref_stats after = lp_ref_stats_get();
    assert_true(after.questions >= before.questions + 150);
    assert_true(after.refinements > before.refinements); /* 40 digits need more than the start */
    assert_int_equal(after.undecided, before.undecided);
    assert_true(after.max_precision >= 200);
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
}

/* A sum that is zero in a row too long to recognise it: said to be undecided, not guessed. */
static void test_undecided_is_said(void **state) {
    (void)state;
    lp_case c;
    lp_error err;
    lp_case_init(&c, LP_OP_KL_DIV);
    c.n = 1;
    c.k = c.stride = 600; /* longer than the exact test of a sum of logarithms */
    double *p = lp_case_alloc(&c, LP_IN_P), *q = lp_case_alloc(&c, LP_IN_Q);
    for (int i = 0; i < 600; i++) {
        p[i] = 1;
        q[i] = i % 2 ? 0.5 : 2;
    }
    lp_exact *e = lp_exact_new(&c, &err);
    bool open;
    lp_ref_stats before = lp_ref_stats_get();
    double x = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_DOWN, &open);
    assert_true(open && x == -0x1p-1074); /* 0, or what is below it */
    assert_int_equal(lp_exact_compare(e, LP_OUT_LOSS, 0, 0), 2);
    assert_true(lp_ref_stats_get().undecided >= before.undecided + 2);
    assert_true(lp_ref_stats_get().max_precision == 16384);
    /* Whatever it is, 0 is nearest. */
    assert_true(lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_NEAREST, &open) == 0);
    assert_false(open);
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* Ties at the top beside a class at e^-1e300: on the near side of 1/2 by less than any exponent. */
static void test_beyond_the_exponent_range(void **state) {
    (void)state;
    lp_case c;
    lp_error err;
    lp_case_init(&c, LP_OP_SOFTMAX);
    c.n = 1;
    c.k = c.stride = 3;
    memcpy(lp_case_alloc(&c, LP_IN_LOGITS), (double[]){0, 0, -1e300}, 3 * sizeof(double));
    lp_exact *e = lp_exact_new(&c, &err);
    lp_ref_stats before = lp_ref_stats_get();
    for (int j = 0; j < 2; j++) {
        assert_int_equal(lp_exact_compare(e, LP_OUT_VALUE, j, 0.5), -1);
        double down = lp_exact_round(e, LP_OUT_VALUE, j, LP_BINARY64, LP_ROUND_DOWN, NULL);
        assert_true(down == 0x1.fffffffffffffp-2);
    }
    assert_true(lp_exact_round(e, LP_OUT_VALUE, 2, LP_BINARY64, LP_ROUND_UP, NULL) == 0x1p-1074);
    assert_int_equal(lp_ref_stats_get().refinements, before.refinements);
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* u = -s (1 - tiny) and 0, so near to a power of two beyond the format that no precision tells its
 * binade: both neighbours, the largest number and inf, are faithful all the same. */
static void test_beyond_the_largest(void **state) {
    (void)state;
    lp_case c;
    lp_error err;
    lp_measure m;
    lp_case_init(&c, LP_OP_SOFTMAX_XENT);
    c.format = LP_BINARY32;
    c.n = 1;
    c.k = c.stride = 2;
    memcpy(lp_case_alloc(&c, LP_IN_LOGITS), (double[]){-0x1p126, 0}, 2 * sizeof(double));
    lp_case_alloc_label(&c);
    lp_case_set(&c, LP_PARAM_SOFTCAP, 0x1p11);
    lp_case_set(&c, LP_PARAM_TEMPERATURE, 0x1p-1000);
    lp_exact *e = lp_exact_new(&c, &err);
    lp_exact_measure(&m, e, LP_OUT_LOSS, 0, FLT_MAX);
    assert_false(m.undecided);
    assert_true(m.down == (double)FLT_MAX && isinf(m.up) && isinf(m.want));
    lp_exact_measure(&m, e, LP_OUT_LOSS, 0, INFINITY);
    assert_true(!m.undecided && m.ulp_hi <= 0x1p24);
    lp_exact_free(e);
    lp_case_clear(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_combinations),      cmocka_unit_test(test_digits),
        cmocka_unit_test(test_decimal_digits),    cmocka_unit_test(test_compare),
        cmocka_unit_test(test_tolerances),        cmocka_unit_test(test_measure_fields),
        cmocka_unit_test(test_long_batch),        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_undecided_is_said), cmocka_unit_test(test_beyond_the_exponent_range),
        cmocka_unit_test(test_beyond_the_largest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
