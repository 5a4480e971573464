/* The ABI is for ever: a subject compiled against the first header works, and no number that it has
 * built in has changed. */
#include "layout.h"

#include "host/host.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void first_adapter(void **state) {
    lp_host *h;
    lp_case c;
    lp_answer a;
    lp_error err = {""};
    (void)state;
    if (lp_host_open(&h, ADAPTER, &(lp_host_options){.timeout = 5, .check_twice = true}, &err) !=
        LP_HOST_OK)
        fail_msg("%s", err.text);
    const lp_host_info *info = lp_host_describe(h);
    assert_string_equal(info->name, "adapter");
    assert_string_equal(info->version, "1.0");
    assert_int_equal(info->entries, 1);
    assert_int_equal(info->unknowns, 0);
    lp_case_init(&c, LP_OP_SOFTMAX_XENT);
    c.n = 2;
    c.k = c.stride = 4;
    lp_case_alloc(&c, LP_IN_LOGITS);
    lp_case_alloc_label(&c)[1] = 3;
    lp_answer_init(&a);
    assert_true(lp_host_run(h, &c, NULL, &a, &err));
    assert_int_equal(a.status, LP_OK);
    assert_int_equal(a.findings, 0);
    assert_true(a.out[LP_OUT_LOSS][0] == log(4) && a.out[LP_OUT_LOSS][1] == log(4));
    for (int j = 0; j < 4; j++) {
        assert_true(a.out[LP_OUT_GRAD][j] == 0.25 - (j == 0));
        assert_true(a.out[LP_OUT_GRAD][4 + j] == 0.25 - (j == 3));
    }
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(h);
}

static void numbers_stand(void **state) {
    (void)state;
    for (int i = 0; layout_first[i].name; i++)
        if (layout_first[i].value != layout_today[i].value)
            fail_msg("%s was %lld and is %lld", layout_first[i].name, layout_first[i].value,
                     layout_today[i].value);
}

static void structs_only_grow(void **state) {
    (void)state;
    assert_true(layout_today_size.call >= layout_first_size.call);
    assert_true(layout_today_size.entry >= layout_first_size.entry);
    assert_true(layout_today_size.subject >= layout_first_size.subject);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(first_adapter),
                                       cmocka_unit_test(numbers_stand),
                                       cmocka_unit_test(structs_only_grow)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
