/* Several subjects over shared cases: what becomes of one does not depend on its company. */
#include "props/props/herd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MOST 16

typedef struct list {
    lp_herd_result r[MOST];
    int count;
} list;

static void keep(void *ctx, const lp_herd_result *result) {
    list *l = ctx;
    assert_true(l->count < MOST);
    l->r[l->count++] = *result;
}

static lp_herd herd_of(const char *const *spec, int count, list *l) {
    static const lp_format_id wide[] = {LP_BINARY64, LP_BINARY32};
    memset(l, 0, sizeof *l);
    return (lp_herd){.spec = spec,
                     .count = count,
                     .seed = 7,
                     .asked = LP_LEVEL_STABLE,
                     .evals = 600,
                     .format = wide,
                     .formats = 2,
                     .special_last = true,
                     .told = keep,
                     .ctx = l};
}

static const lp_herd_result *result_of(const list *l, int member, lp_op op, lp_format_id format) {
    for (int i = 0; i < l->count; i++)
        if (l->r[i].member == member && l->r[i].op == op && l->r[i].format == format)
            return &l->r[i];
    return NULL;
}

static const char *const company[] = {"mutant:gap_clamped", "mutant:by_place", "mutant:label_wraps",
                                      "mutant:kl_zero_log_zero", "mutant:write_before"};
static const lp_op op_of[] = {LP_OP_SOFTMAX_XENT, LP_OP_SOFTMAX_XENT, LP_OP_SOFTMAX_XENT,
                              LP_OP_KL_DIV, LP_OP_SOFTMAX_XENT};
#define COMPANY (int)(sizeof company / sizeof *company)

static void test_company_changes_nothing(void **state) {
    list all, one;
    lp_error err = {""};
    (void)state;
    lp_herd h = herd_of(company, COMPANY, &all);
    assert_true(lp_herd_run(&h, &err));
    assert_int_equal(all.count, 2 * COMPANY);
    assert_true(h.exact_answers < h.asked_answers);
    for (int m = 0; m < COMPANY; m++) {
        lp_herd alone = herd_of(&company[m], 1, &one);
        assert_true(lp_herd_run(&alone, &err));
        assert_int_equal(one.count, 2);
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
            const lp_herd_result *x = result_of(&all, m, op_of[m], (lp_format_id)format);
            const lp_herd_result *y = result_of(&one, 0, op_of[m], (lp_format_id)format);
            assert_non_null(x);
            assert_non_null(y);
            assert_true(x->killed && y->killed);
            assert_int_equal(x->evaluations, y->evaluations);
            assert_string_equal(x->by, y->by);
            assert_string_equal(x->also, y->also);
            assert_string_equal(x->regime, y->regime);
            /* A bad label is in the hand-made list alone, which comes after the generated cases. */
            assert_int_equal(x->special, m == 2);
            assert_int_equal(x->evaluations > h.evals, m == 2);
        }
    }
    assert_string_equal(result_of(&all, 1, LP_OP_SOFTMAX_XENT, LP_BINARY64)->by,
                        "row_independence");
    assert_string_equal(result_of(&all, 4, LP_OP_SOFTMAX_XENT, LP_BINARY32)->by,
                        "finding:overwrite");
}

static void test_good_subject_stays(void **state) {
    static const char *const spec[] = {"builtin:textbook"};
    static const lp_op op[] = {LP_OP_ENTROPY, LP_OP_LOG_SOFTMAX};
    static const lp_format_id format[] = {LP_BINARY32};
    list l;
    lp_error err = {""};
    (void)state;
    lp_herd h = herd_of(spec, 1, &l);
    h.special_last = false;
    h.op = op;
    h.ops = 2;
    h.format = format;
    h.formats = 1;
    assert_true(lp_herd_run(&h, &err));
    assert_int_equal(l.count, 2);
    for (int i = 0; i < l.count; i++) {
        assert_false(l.r[i].killed);
        assert_int_equal(l.r[i].format, LP_BINARY32);
        assert_true(l.r[i].evaluations >= h.evals);
        assert_string_equal(l.r[i].by, "");
    }
}

static void test_no_subject(void **state) {
    static const char *const spec[] = {"builtin:textbook", "mutant:nonesuch"};
    list l;
    lp_error err = {""};
    (void)state;
    lp_herd h = herd_of(spec, 2, &l);
    assert_false(lp_herd_run(&h, &err));
    assert_non_null(strstr(err.text, "nonesuch"));
    assert_int_equal(l.count, 0);
}

static void test_stop(void **state) {
    static const volatile int stop = 1;
    list l;
    lp_error err = {""};
    (void)state;
    lp_herd h = herd_of(company, COMPANY, &l);
    h.stop = &stop;
    assert_true(lp_herd_run(&h, &err));
    assert_int_equal(l.count, 0); /* half a run is no survival */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_company_changes_nothing),
        cmocka_unit_test(test_good_subject_stays),
        cmocka_unit_test(test_no_subject),
        cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
