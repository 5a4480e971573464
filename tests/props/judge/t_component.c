/* The levels of section 3, one measure a row. Numbers lie around 1 in binary64 (ulp 2^-52) unless
 * said; the measure is written by hand, as the reference would. */
#include "props/judge/judge.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define ULP  0x1p-52
#define DOWN (1 + 3 * ULP)
#define UP   (1 + 4 * ULP)

/* x = 1 + 3.25 ulp: want and down are 1 + 3 ulp. */
static lp_measure number(double got) {
    lp_measure m = {.got = got, .want = DOWN, .down = DOWN, .up = UP, .kind = LP_KIND_NUMBER};
    double ulps = fabs((got - DOWN) / ULP - 0.25);
    m.ulp_exp = -52;
    m.ulp_lo = m.ulp_hi = ulps;
    m.abs_err = m.rel_err = ulps * ULP;
    m.bound = 100 * ULP;
    m.over_bound = ulps / 100;
    return m;
}

static void expect(const lp_measure *m, lp_contract contract, lp_level level, lp_cause cause,
                   int line) {
    lp_cause got_cause;
    lp_level got = lp_judge_component(&got_cause, m, contract, lp_format_get(LP_BINARY64));
    if (got != level || got_cause != cause)
        printf("line %d: %s, %s for %s, %s\n", line, lp_level_name(got), lp_cause_name(got_cause),
               lp_level_name(level), lp_cause_name(cause));
    assert_int_equal(got, level);
    assert_int_equal(got_cause, cause);
}
#define EXPECT(m, contract, level, cause)                                                          \
    expect(m, LP_##contract, LP_LEVEL_##level, LP_CAUSE_##cause, __LINE__)

static void test_numbers(void **state) {
    (void)state;
    static const struct {
        double got;
        lp_level level;
    } row[] = {{DOWN, LP_LEVEL_CORRECT},          {UP, LP_LEVEL_FAITHFUL},
               {UP + ULP, LP_LEVEL_ACCURATE},                                        /* 1.75 ulp */
               {DOWN - ULP, LP_LEVEL_ACCURATE},   {UP + 3 * ULP, LP_LEVEL_ACCURATE}, /* 3.75 */
               {UP + 4 * ULP, LP_LEVEL_STABLE},                                      /* 4.75 */
               {UP + 99 * ULP, LP_LEVEL_STABLE},                                     /* 99.75 */
               {UP + 100 * ULP, LP_LEVEL_FINITE},                                    /* 100.75 */
               {-DBL_MAX, LP_LEVEL_FINITE}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        lp_measure m = number(row[i].got);
        lp_cause cause = row[i].level == LP_LEVEL_CORRECT ? LP_CAUSE_NONE : LP_CAUSE_ERROR;
        expect(&m, LP_RELATIVE, row[i].level, cause, (int)i);
    }
    lp_measure four = number(DOWN);
    four.got = 0.5; /* not a neighbour */
    four.ulp_lo = four.ulp_hi = 4;
    four.over_bound = INFINITY;
    EXPECT(&four, RELATIVE, ACCURATE, ERROR);
    four.ulp_lo = four.ulp_hi = nextafter(4, 5);
    EXPECT(&four, RELATIVE, FINITE, ERROR);
    four.ulp_lo = 4; /* the ruler cannot tell it from the limit */
    EXPECT(&four, RELATIVE, ACCURATE, ERROR);
}

static void test_nan_fails(void **state) {
    (void)state;
    lp_measure m = number(0.5);
    m.ulp_lo = m.ulp_hi = m.over_bound = m.bound = NAN;
    EXPECT(&m, RELATIVE, FINITE, ERROR);
    EXPECT(&m, MIXED, FINITE, ERROR);
}

static void test_void_bound(void **state) {
    (void)state;
    lp_measure m = number(UP + 50 * ULP);
    m.bound = m.over_bound = NAN; /* not claimable: never passed */
    EXPECT(&m, RELATIVE, FINITE, ERROR);
    EXPECT(&m, MIXED, FINITE, ERROR);
    m = number(DOWN);
    m.bound = m.over_bound = NAN; /* nor held against what needs no bound */
    EXPECT(&m, RELATIVE, CORRECT, NONE);
    m = number(UP + 3 * ULP);
    m.bound = m.over_bound = NAN;
    EXPECT(&m, MIXED, ACCURATE, ERROR);
}

/* A bound of 2^12 * 10 ulp is an allowance of 10 ulp. */
static void test_mixed(void **state) {
    (void)state;
    lp_measure m = number(UP + 10 * ULP); /* 10.75 ulp */
    m.bound = 0x1p12 * 10 * ULP;
    m.over_bound = 0.01;
    EXPECT(&m, MIXED, FAITHFUL, ERROR);
    EXPECT(&m, RELATIVE, STABLE, ERROR);
    m.ulp_lo = m.ulp_hi = 11.25;
    EXPECT(&m, MIXED, ACCURATE, ERROR);
    m.ulp_lo = m.ulp_hi = 14.25;
    EXPECT(&m, MIXED, STABLE, ERROR);
    m.bound = INFINITY; /* beyond the doubles: the error over it decides */
    m.over_bound = 0x1.1p-12;
    EXPECT(&m, MIXED, STABLE, ERROR);
    m.over_bound = 0x1p-12;
    EXPECT(&m, MIXED, FAITHFUL, ERROR);
    m = number(DOWN);
    m.got = UP; /* `correct` stays strict */
    m.bound = 0x1p40;
    EXPECT(&m, MIXED, FAITHFUL, ERROR);
}

static void test_specials(void **state) {
    (void)state;
    lp_measure m = {.kind = LP_KIND_NAN, .got = NAN, .want = NAN};
    EXPECT(&m, RELATIVE, CORRECT, NONE);
    m.got = 0;
    EXPECT(&m, RELATIVE, FAIL, WRONG_SPECIAL);
    m = (lp_measure){.kind = LP_KIND_PINF, .got = INFINITY, .want = INFINITY};
    EXPECT(&m, RELATIVE, CORRECT, NONE);
    m.got = DBL_MAX;
    EXPECT(&m, RELATIVE, FAIL, WRONG_SPECIAL);
    m.got = -INFINITY;
    EXPECT(&m, MIXED, FAIL, WRONG_SPECIAL);
    m = (lp_measure){.kind = LP_KIND_NINF, .got = -INFINITY, .want = -INFINITY};
    EXPECT(&m, RELATIVE, CORRECT, NONE);
    m.got = NAN;
    EXPECT(&m, RELATIVE, FAIL, WRONG_SPECIAL);
    static const double no_number[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        m = number(no_number[i]);
        m.ulp_lo = m.ulp_hi = m.over_bound = 0; /* whatever the figures say */
        EXPECT(&m, MIXED, FAIL, WRONG_SPECIAL);
    }
}

/* x = 1.9 * 2^1023, two ulp below the largest: an infinity counts as 2^1024. */
static void test_last_binade(void **state) {
    (void)state;
    double want = DBL_MAX - 2 * 0x1p971;
    lp_measure m = {.got = INFINITY,
                    .want = want,
                    .down = want,
                    .up = want,
                    .kind = LP_KIND_NUMBER,
                    .ulp_exp = 971,
                    .ulp_lo = 3,
                    .ulp_hi = 3,
                    .bound = NAN,
                    .over_bound = NAN};
    EXPECT(&m, RELATIVE, ACCURATE, ERROR);
    m.got = -INFINITY;
    EXPECT(&m, RELATIVE, FAIL, WRONG_SPECIAL);
    m.got = INFINITY;
    m.ulp_exp = 970; /* |x| < 2^1023 */
    EXPECT(&m, RELATIVE, FAIL, WRONG_SPECIAL);
    /* x = 1e400: both the largest number and infinity are faithful. */
    m = (lp_measure){.got = DBL_MAX,
                     .want = INFINITY,
                     .down = DBL_MAX,
                     .up = INFINITY,
                     .kind = LP_KIND_NUMBER,
                     .ulp_exp = 1276,
                     .ulp_lo = 1,
                     .ulp_hi = 1,
                     .bound = NAN,
                     .over_bound = NAN};
    EXPECT(&m, RELATIVE, FAITHFUL, ERROR);
    m.got = INFINITY;
    EXPECT(&m, RELATIVE, CORRECT, NONE);
}

static void test_zeros(void **state) {
    (void)state;
    lp_measure m = {.kind = LP_KIND_NUMBER, .exact_zero = true, .ulp_exp = -1074, .bound = 0x1p-50};
    EXPECT(&m, RELATIVE, CORRECT, NONE);
    m.got = -0.0;
    EXPECT(&m, RELATIVE, FAITHFUL, ZERO_SIGN);
    EXPECT(&m, MIXED, FAITHFUL, ZERO_SIGN);
    m.got = m.ulp_lo = m.ulp_hi = m.abs_err = 4 * 0x1p-1074; /* the figure is absolute here */
    EXPECT(&m, RELATIVE, ACCURATE, ERROR);
    m.got = m.ulp_lo = m.ulp_hi = m.abs_err = 5 * 0x1p-1074;
    EXPECT(&m, RELATIVE, STABLE, ERROR);
    m.got = m.ulp_lo = m.ulp_hi = m.abs_err = 0x1p-62; /* 2^-12 of the bound */
    EXPECT(&m, MIXED, FAITHFUL, ERROR);
    m.got = m.ulp_lo = m.ulp_hi = m.abs_err = 3;
    m.over_bound = 0x1p52;
    EXPECT(&m, MIXED, FINITE, ERROR);
    /* A nonzero that underflows may be either zero. */
    m = (lp_measure){.kind = LP_KIND_NUMBER,
                     .got = -0.0,
                     .want = 0,
                     .down = 0,
                     .up = 0x1p-1074,
                     .ulp_exp = -1074,
                     .ulp_lo = 0.25,
                     .ulp_hi = 0.25};
    EXPECT(&m, RELATIVE, CORRECT, NONE);
}

static void test_undecided(void **state) {
    (void)state;
    lp_measure m = number(DOWN);
    m.undecided = true;
    m.ulp_lo = 0;
    m.ulp_hi = 0.5;
    EXPECT(&m, RELATIVE, CORRECT, UNDECIDED); /* counted, and no failure */
    m.ulp_lo = 3;
    m.ulp_hi = 5;
    EXPECT(&m, RELATIVE, ACCURATE, UNDECIDED);
    m.ulp_lo = 99;
    m.ulp_hi = m.over_bound = INFINITY;
    EXPECT(&m, RELATIVE, STABLE, UNDECIDED);
    m.ulp_lo = 101;
    EXPECT(&m, RELATIVE, FINITE, UNDECIDED);
    m.got = NAN;
    EXPECT(&m, RELATIVE, FAIL, WRONG_SPECIAL);
    m.ulp_lo = 0; /* an infinite multiple of what may be 0, or an infinity of either sign */
    EXPECT(&m, RELATIVE, CORRECT, UNDECIDED);
    m.got = INFINITY;
    EXPECT(&m, RELATIVE, CORRECT, UNDECIDED);
    m.ulp_lo = INFINITY;
    EXPECT(&m, RELATIVE, FAIL, WRONG_SPECIAL);
}

static void test_lost(void **state) {
    (void)state;
    lp_measure m = number(0.5);
    m.rel_err = 0.5;
    assert_true(lp_judge_lost(&m, LP_LEVEL_STABLE));
    assert_false(lp_judge_lost(&m, LP_LEVEL_ACCURATE)); /* a subnormal one ulp off, or excused */
    m.exact_zero = true;                                /* a zero has no digits to lose */
    assert_false(lp_judge_lost(&m, LP_LEVEL_STABLE));
    m.exact_zero = false;
    m.rel_err = 0.2;
    assert_false(lp_judge_lost(&m, LP_LEVEL_FINITE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),    cmocka_unit_test(test_nan_fails),
        cmocka_unit_test(test_void_bound), cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_specials),   cmocka_unit_test(test_last_binade),
        cmocka_unit_test(test_zeros),      cmocka_unit_test(test_undecided),
        cmocka_unit_test(test_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
