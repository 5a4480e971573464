/* `ftz`: the least normal number is the floor. What is smaller is a zero of its sign in every mode,
 * its neighbours are 0 and the least normal, and between them lies one ulp. */
#include "core/case.h"
#include "props/judge/judge.h"
#include "ref/exact.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static lp_exact *open_gap(lp_case *c, lp_format_id format, double gap, bool ftz) {
    lp_error err;
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    c->format = format;
    c->n = 1;
    c->k = c->stride = 2;
    lp_case_alloc(c, LP_IN_LOGITS)[1] = -gap;
    lp_case_alloc_label(c)[0] = 0;
    lp_case_set(c, LP_PARAM_FTZ, ftz);
    assert_true(lp_case_check(c, &err));
    return lp_exact_new(c, &err);
}

/* Gaps whose e^-gap lies below the least normal, above half of it, and above it. */
static const struct {
    lp_format_id format;
    double low, high, normal;
} table[] = {{LP_BINARY64, 720, 708.5, 708.25},
             {LP_BINARY32, 90, 87.375, 87.25},
             {LP_BINARY16, 12, 9.75, 9.6875},
             {LP_BFLOAT16, 90, 87.5, 87},
             {LP_E5M2, 10, 10, 8},
             {LP_E4M3, 5, 4.5, 4}};

static void test_flushed(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int at = 0; at < 2; at++)
            for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
                lp_case c;
                bool open;
                lp_exact *e =
                    open_gap(&c, table[i].format, at ? table[i].high : table[i].low, true);
                double loss = lp_exact_round(e, LP_OUT_LOSS, 0, c.format, (lp_rounding)mode, &open);
                double grad = lp_exact_round(e, LP_OUT_GRAD, 0, c.format, (lp_rounding)mode, &open);
                assert_true(loss == 0 && !signbit(loss) && grad == 0 && signbit(grad) && !open);
                lp_exact_free(e);
                lp_case_clear(&c);
            }
}

static void test_above_the_floor(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        lp_case c, plain;
        bool open;
        lp_exact *e = open_gap(&c, table[i].format, table[i].normal, true);
        lp_exact *p = open_gap(&plain, table[i].format, table[i].normal, false);
        for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
            double x = lp_exact_round(e, LP_OUT_LOSS, 0, c.format, (lp_rounding)mode, &open);
            double y = lp_exact_round(p, LP_OUT_LOSS, 0, c.format, (lp_rounding)mode, &open);
            assert_true(x > 0 && x == y);
        }
        lp_exact_free(e);
        lp_exact_free(p);
        lp_case_clear(&c);
        lp_case_clear(&plain);
    }
}

static lp_level level_of(lp_exact *e, const lp_case *c, double got) {
    lp_measure m;
    lp_cause cause;
    lp_exact_measure(&m, e, LP_OUT_LOSS, 0, got);
    return lp_judge_component(&cause, &m, LP_RELATIVE, lp_case_format(c));
}

/* 0 is right, the least normal next to it faithful, and a subnormal digit too many of a subject
 * that has none; 4 least normals off is still `accurate`, 8 are not. */
static void test_judged(void **state) {
    (void)state;
    lp_case c;
    lp_exact *e = open_gap(&c, LP_BINARY64, 720, true);
    lp_measure m;
    lp_exact_measure(&m, e, LP_OUT_LOSS, 0, 0);
    assert_true(m.want == 0 && m.down == 0 && m.up == 0x1p-1022 && m.ulp_exp == -1022);
    assert_int_equal(level_of(e, &c, 0), LP_LEVEL_CORRECT);
    assert_int_equal(level_of(e, &c, -0.0), LP_LEVEL_CORRECT);
    assert_int_equal(level_of(e, &c, 0x1p-1022), LP_LEVEL_FAITHFUL);
    assert_int_equal(level_of(e, &c, 0x1p-1037), LP_LEVEL_ACCURATE);
    assert_int_equal(level_of(e, &c, -0x1p-1021), LP_LEVEL_ACCURATE);
    assert_true(level_of(e, &c, 0x1p-1019) < LP_LEVEL_ACCURATE);
    /* h: flushing alone is off by nearly the least normal; the program's steps may flush too */
    assert_true(lp_exact_h(e, LP_OUT_LOSS, 0, LP_LEVEL_CORRECT) == 0x1p-1022);
    assert_true(lp_exact_h(e, LP_OUT_LOSS, 0, LP_LEVEL_STABLE) >= 0x1p-1022);
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* A subnormal input is no value of a format without them. */
static void test_inputs(void **state) {
    (void)state;
    lp_case c;
    lp_error err;
    const char *status;
    lp_exact_free(open_gap(&c, LP_BINARY32, 1, true));
    c.in[LP_IN_LOGITS][1] = 0x1p-130;
    assert_false(lp_case_check_status(&c, &status, &err));
    assert_string_equal(status, "value");
    assert_non_null(strstr(err.text, "without subnormals"));
    lp_case_set(&c, LP_PARAM_FTZ, 0);
    assert_true(lp_case_check(&c, &err));
    lp_case_clear(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flushed), cmocka_unit_test(test_above_the_floor),
        cmocka_unit_test(test_judged), cmocka_unit_test(test_inputs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
