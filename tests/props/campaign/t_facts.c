/* The ends that properties compare with: against values worked out by hand, and nested rightly. */
#include "ref/facts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void xent(lp_case *c, lp_format_id format, int64_t k, const double *z, int64_t label) {
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    c->format = format;
    c->n = 1;
    c->k = c->stride = k;
    memcpy(lp_case_alloc(c, LP_IN_LOGITS), z, (size_t)k * sizeof *z);
    *lp_case_alloc_label(c) = label;
}

static void test_grad_range(void **state) {
    (void)state;
    const double z[] = {0, 1, 2};
    double lo[3], hi[3];
    lp_case c;
    xent(&c, LP_BINARY64, 3, z, 1);
    lp_fact_grad_range(lo, hi, &c, 0, true);
    for (int j = 0; j < 3; j++) {
        assert_true(lo[j] == (j == 1 ? -1 : 0) && hi[j] == (j == 1 ? 0 : 1));
        assert_false(signbit(hi[j]) || (j != 1 && signbit(lo[j])));
    }
    lp_case_set(&c, LP_PARAM_TEMPERATURE, 3);
    lp_fact_grad_range(lo, hi, &c, 0, true);
    assert_true(lo[1] == -1.0 / 3 && hi[0] == 1.0 / 3); /* both rounded to nearest */
    lp_fact_grad_range(lo, hi, &c, 0, false);
    assert_true(lo[1] < -1.0 / 3 && lo[1] == nextafter(-1.0 / 3, -1)); /* 1/3 rounds down */
    assert_true(hi[0] == nextafter(1.0 / 3, 1));
    /* Smoothing 1/4, rule K: 3/4 + 1/12 = 5/6 and 1/12; rule K-1: 3/4 and 1/8. */
    lp_case_set(&c, LP_PARAM_TEMPERATURE, 1);
    lp_case_set(&c, LP_PARAM_SMOOTHING, 0.25);
    lp_fact_grad_range(lo, hi, &c, 0, true);
    assert_true(lo[1] == -5.0 / 6 && hi[1] == 1.0 / 6);
    assert_true(lo[0] == -1.0 / 12 && hi[2] == 11.0 / 12);
    lp_case_set(&c, LP_PARAM_SMOOTHING_RULE, 1);
    lp_fact_grad_range(lo, hi, &c, 0, true);
    assert_true(lo[1] == -0.75 && hi[1] == 0.25 && lo[0] == -0.125 && hi[0] == 0.875);
    /* Weights 1, 2, 4: W = 1/8, 3/2, 1/2, sum 17/8. */
    const double w[] = {1, 2, 4};
    memcpy(lp_case_alloc(&c, LP_IN_WEIGHTS), w, sizeof w);
    lp_fact_grad_range(lo, hi, &c, 0, true);
    assert_true(lo[0] == -0.125 && lo[1] == -1.5 && lo[2] == -0.5);
    assert_true(hi[0] == 2 && hi[1] == 0.625 && hi[2] == 1.625);
    lp_case_clear(&c);
}

static void test_one_class(void **state) {
    (void)state;
    const double z[] = {5};
    double lo, hi;
    lp_case c;
    xent(&c, LP_BINARY32, 1, z, 0);
    lp_case_set(&c, LP_PARAM_SMOOTHING, 0.5);
    lp_case_set(&c, LP_PARAM_SMOOTHING_RULE, 1); /* K-1 = 0: t' = 1 - e */
    lp_fact_grad_range(&lo, &hi, &c, 0, true);
    assert_true(lo == -0.5 && hi == 0);
    lp_fact_range r = lp_fact_gap_range(&c, 0, 0, 1, true);
    assert_true(r.lo == 0 && r.hi == 0);
    lp_case_clear(&c);
}

/* A soft target is its own W: -t_j and the sum of the others. */
static void test_soft_range(void **state) {
    (void)state;
    const double z[] = {0, 1, 2};
    double lo[3], hi[3];
    lp_case c;
    xent(&c, LP_BINARY64, 3, z, 0);
    c.op = LP_OP_SOFTMAX_XENT_SOFT;
    double *t = lp_case_alloc(&c, LP_IN_TARGETS);
    t[0] = 0.5;
    t[1] = 0.25;
    t[2] = 3;
    lp_fact_grad_range(lo, hi, &c, 0, true);
    for (int j = 0; j < 3; j++) assert_true(lo[j] == -t[j] && hi[j] == 3.75 - t[j]);
    lp_case_set(&c, LP_PARAM_SMOOTHING, 1); /* a third to each class, which no double holds */
    lp_fact_grad_range(lo, hi, &c, 0, false);
    assert_true(lo[2] < -1.0 / 3 && lo[2] > -1.0 / 3 - 0x1p-50 && lo[0] == lo[2]);
    assert_true(hi[2] >= 2.0 / 3 && hi[2] < 2.0 / 3 + 0x1p-50);
    lp_case_clear(&c);
}

static void test_gap(void **state) {
    (void)state;
    const double z[] = {1e308, -1e308, 0}, close[] = {1, 0.9, -INFINITY};
    lp_case c;
    xent(&c, LP_BINARY64, 3, z, 1);
    lp_fact_range r = lp_fact_gap_range(&c, 0, 1, 1, true);
    assert_true(r.lo >= 0x1.fffffffffffffp+1023 && r.hi == INFINITY); /* 2e308 */
    r = lp_fact_gap_range(&c, 0, 1, 0.25, false);
    assert_true(r.lo <= 5e307 && r.lo > 4.999e307 && r.hi >= r.lo);
    lp_case_clear(&c);
    xent(&c, LP_BINARY64, 3, close, 1);
    r = lp_fact_gap_range(&c, 0, 1, 1, true);
    assert_true(r.lo == 1 - 0.9); /* exact (Sterbenz) */
    assert_true(fabs(r.hi - (0.1 + log(3))) < 1e-15 && r.hi > r.lo);
    lp_case_clear(&c);
}

/* ln(1 + e^d) lies within, and the ends are as close as the theorem says. */
static void test_margin(void **state) {
    (void)state;
    for (double d = -700; d < 700; d += 0.37) {
        double x = log1p(exp(-fabs(d))) + fmax(d, 0);
        lp_fact_range r = lp_fact_margin_range(d, 0, LP_BINARY64, false);
        assert_true(r.lo <= x * (1 + 1e-15) && x * (1 - 1e-15) <= r.hi && r.lo <= r.hi);
        double e = exp(-fabs(d));
        assert_true(r.hi - r.lo <= e + 1e-15 * x);
        lp_fact_range small = lp_fact_margin_range(d, 0, LP_BINARY32, false);
        assert_true(small.lo <= r.lo && small.hi >= r.hi);
        assert_true(small.lo == (float)small.lo && small.hi == (float)small.hi);
    }
    lp_fact_range tie = lp_fact_margin_range(3, 3, LP_BINARY64, true);
    assert_true(tie.lo == 0 && tie.hi == 1);
    lp_fact_range gone = lp_fact_margin_range(-1e300, 1e300, LP_BINARY64, true);
    assert_true(gone.lo == 0 && gone.hi == 0x1p-1074);
    lp_fact_range huge = lp_fact_margin_range(1e308, -1e308, LP_BINARY64, true);
    assert_true(huge.lo >= 0x1.fffffffffffffp+1023 && huge.hi == INFINITY);
}

static void test_log_sum(void **state) {
    (void)state;
    const double p[] = {1, 3}, q[] = {1, 1}, none[] = {0, 0};
    double b = lp_fact_log_sum(p, q, 2, LP_BINARY64, false);
    assert_true(b <= 4 * log(2) * (1 + 1e-15) && b >= 4 * log(2) * (1 - 1e-15));
    assert_true(lp_fact_log_sum(q, q, 2, LP_BINARY64, false) == 0);
    assert_true(lp_fact_log_sum(none, q, 2, LP_BINARY64, false) == -INFINITY);
    assert_true(lp_fact_log_sum(p, none, 2, LP_BINARY64, false) == -INFINITY);
    float f = (float)lp_fact_log_sum(p, q, 2, LP_BINARY32, false);
    assert_true((double)f <= b && (double)f >= b - 0x1p-21);
    b = lp_fact_log_sum(p, q, 2, LP_BINARY64, true); /* - 4 + 2 */
    assert_true(b <= 4 * log(2) - 2 + 1e-15 && b >= 4 * log(2) - 2 - 1e-15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grad_range), cmocka_unit_test(test_one_class),
        cmocka_unit_test(test_gap),        cmocka_unit_test(test_soft_range),
        cmocka_unit_test(test_margin),     cmocka_unit_test(test_log_sum)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
