/* A regime that is visited too rarely, and a subject that takes too little, are told; chance is
 * not. */
#include "props/engine/coverage.h"
#include "props/props/source.h"
#include "props/props/visits.h"

#include "core/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* P(none of n) = (1 - least)^n = exp(-n D(0||least)): here the bound is the probability itself. */
static void test_bound(void **state) {
    (void)state;
    assert_false(lp_coverage_short(0, 507, 0.04)); /* 0.96^507 = 1.03e-9 */
    assert_true(lp_coverage_short(0, 508, 0.04));  /* 0.98e-9 */
    assert_false(lp_coverage_short(0, 0, 0.04));
    assert_false(lp_coverage_short(40, 1000, 0.04));
    assert_false(lp_coverage_short(39, 1000, 0.04));
    assert_false(lp_coverage_short(1000, 1000, 0.04));
    assert_true(lp_coverage_short(5, 1000, 0.04));
}

/* Shares that are just what is asked for: nobody is accused in 20000 runs. */
static void test_chance(void **state) {
    (void)state;
    lp_rng rng;
    lp_rng_init(&rng, 1, 2, 3);
    for (int run = 0; run < 20000; run++) {
        int seen = 0, n = 50 + run % 300;
        for (int i = 0; i < n; i++) seen += lp_rng_unit(&rng) < 0.04;
        assert_false(lp_coverage_short(seen, n, 0.04));
    }
}

static bool told(const lp_visits *v, lp_op op, const char *what) {
    lp_certificate cert;
    lp_certificate_init(&cert);
    bool good = lp_visits_tell(&cert, v, op, LP_BINARY64), said = false;
    for (int i = 0; i < cert.not_tested_count; i++)
        said |= strstr(cert.not_tested[i], what) != NULL;
    assert_int_equal(good, cert.complete);
    assert_int_equal(good, cert.not_tested_count == 0);
    lp_certificate_clear(&cert);
    return said;
}

static void test_telling(void **state) {
    (void)state;
    static const char *const good[] = {"confident", "threshold", "ties",    "offset",
                                       "masked",    "subnormal", "extreme", "ordinary"};
    lp_visits v = {0}, without = {0}, few = {.cases = 10, .refused = 99};
    for (int i = 0; i < 2000; i++) {
        lp_visits_see(&v, LP_OP_SOFTMAX_XENT, good[i % 8]);
        lp_visits_see(&without, LP_OP_SOFTMAX_XENT, good[1 + i % 7]);
    }
    assert_false(told(&v, LP_OP_SOFTMAX_XENT, "regime"));
    assert_true(told(&without, LP_OP_SOFTMAX_XENT, "regime confident visited 0 times in 2000"));
    assert_false(told(&few, LP_OP_SOFTMAX_XENT, "takes"));
    few.refused = 100;
    assert_true(told(&few, LP_OP_SOFTMAX_XENT, "takes 10 of 110"));
}

/* A run that saw ordinary cases alone is no run, whatever the operation. */
static void test_every_operation(void **state) {
    (void)state;
    for (int op = 0; op < LP_OP_COUNT; op++) {
        if (!lp_op_get((lp_op)op)->built) continue;
        lp_visits v = {0};
        for (int i = 0; i < 8000; i++) lp_visits_see(&v, (lp_op)op, "ordinary");
        if (!told(&v, (lp_op)op, "regime subnormal visited 0 times"))
            fail_msg("%s is content with ordinary cases", lp_op_get((lp_op)op)->name);
    }
}

/* The generator gives every operation what is asked for, with all parameters and without. */
static void test_generator(void **state) {
    (void)state;
    for (int k = 0; k < 4 * LP_OP_COUNT; k++) {
        const lp_op_info *info = lp_op_get((lp_op)(k / 4));
        if (!info->built) continue;
        lp_gen_plan plan = {.op = (lp_op)(k / 4),
                            .format = k & 1 ? LP_BINARY32 : LP_BINARY64,
                            .params = k & 2 ? info->built_params : 0,
                            .reductions =
                                k & 2 ? info->built_reductions : LP_REDUCE_BIT(LP_REDUCE_NONE),
                            .max_k = 12,
                            .wide_k = 40};
        lp_source source;
        lp_visits v = {0};
        lp_source_open(&source, &plan, 1);
        for (int64_t i = 0; i < 1200; i++) {
            lp_case c;
            char regime[24];
            lp_source_case(&c, regime, &source, source.specials + i);
            lp_visits_see(&v, plan.op, regime);
            lp_case_clear(&c);
        }
        if (told(&v, plan.op, "")) fail_msg("%s: a regime is too rare", info->name);
        lp_source_close(&source);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound), cmocka_unit_test(test_chance), cmocka_unit_test(test_telling),
        cmocka_unit_test(test_every_operation), cmocka_unit_test(test_generator)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
