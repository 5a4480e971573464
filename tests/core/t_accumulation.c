/* The word `accumulation` of a subject's conventions. */
#include "core/accumulation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_words(void **state) {
    (void)state;
    static const struct {
        const char *says;
        lp_format_id format, within;
    } row[] = {
        {"", LP_BINARY16, LP_BINARY16},
        {"accumulation=binary32", LP_BINARY16, LP_BINARY32},
        {"  special=ieee  accumulation=binary32 mean_rule=n", LP_BFLOAT16, LP_BINARY32},
        {"accumulation=binary64", LP_BINARY32, LP_BINARY64},
        {"accumulation=binary32", LP_BINARY64, LP_BINARY64}, /* narrower excuses nothing */
        {"accumulation=bfloat16", LP_BINARY16, LP_BINARY16},
        {"re-accumulation=binary32", LP_BINARY16, LP_BINARY16},
        {"accumulation", LP_BINARY16, LP_BINARY16},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        lp_format_id within;
        assert_true(lp_accumulation_declared(&within, row[i].says, row[i].format));
        assert_int_equal(within, row[i].within);
        assert_int_equal(lp_accumulation(row[i].says, row[i].format), row[i].within);
    }
}

static void test_unknown_formats(void **state) {
    (void)state;
    static const char *const says[] = {
        "accumulation=", "accumulation=binary320", "accumulation=fp32",
        "accumulation=a-name-longer-than-any-format", "accumulation= binary32"};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
        lp_format_id within;
        assert_false(lp_accumulation_declared(&within, says[i], LP_BFLOAT16));
        assert_int_equal(within, LP_BFLOAT16);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words),
                                       cmocka_unit_test(test_unknown_formats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
