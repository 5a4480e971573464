#include "check.h"

#include "reports/figure.h"

#include <float.h>
#include <math.h>

static void rounded_up(void **state) {
    (void)state;
    static const struct {
        double x;
        const char *text;
    } table[] = {{0, "0"},
                 {0.5, "0.500"},
                 {0.501, "0.502"}, /* the double lies above 0.501 */
                 {0.5001, "0.501"},
                 {0x1.0000000000001p-1, "0.501"},
                 {1, "1.00"},
                 {0x1.0000000000001p+0, "1.01"},
                 {9.984375, "9.99"},
                 {9.991, "10.0"},
                 {12.3125, "12.4"},
                 {99.91, "100"},
                 {100.5, "101"},
                 {513, "513"},
                 {999.5, "1000"},
                 {12345, "12400"},
                 {99901, "1.00e+5"},
                 {0.001, "0.00101"}, /* the double lies above 0.001 */
                 {0x1p-10, "9.77e-4"},
                 {0x1p53, "9.01e+15"},
                 {0x1p-1074, "4.95e-324"},
                 {DBL_MAX, "1.80e+308"},
                 {INFINITY, "infinite"},
                 {NAN, "not claimable"}};
    char buf[LP_FIGURE_SIZE];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(lp_figure_up(buf, table[i].x), table[i].text);
}

/* Whatever is printed, read back exactly, is not below the figure and at most 1 % above. */
static void never_below(void **state) {
    (void)state;
    double x = 1e-20;
    for (int i = 0; i < 20000; i++, x *= 1.0051) {
        char buf[LP_FIGURE_SIZE];
        double printed = strtod(lp_figure_up(buf, x), NULL);
        assert_true(nextafter(printed, INFINITY) >= x && printed <= x * 1.0101);
    }
}

static void counts(void **state) {
    (void)state;
    char buf[LP_FIGURE_SIZE];
    assert_string_equal(lp_figure_count(buf, 0), "0");
    assert_string_equal(lp_figure_count(buf, 999), "999");
    assert_string_equal(lp_figure_count(buf, 1000), "1 000");
    assert_string_equal(lp_figure_count(buf, 1234567), "1 234 567");
    assert_string_equal(lp_figure_count(buf, -123456), "-123 456");
    assert_string_equal(lp_figure_count(buf, INT64_MIN), "-9 223 372 036 854 775 808");
}

static void shares(void **state) {
    (void)state;
    char buf[LP_FIGURE_SIZE];
    assert_string_equal(lp_figure_share(buf, 0, 0), "0 %");
    assert_string_equal(lp_figure_share(buf, 0, 10), "0 %");
    assert_string_equal(lp_figure_share(buf, 1, 100000), "< 0.1 %");
    assert_string_equal(lp_figure_share(buf, 1, 3), "33.3 %");
    assert_string_equal(lp_figure_share(buf, 99999, 100000), "> 99.9 %");
    assert_string_equal(lp_figure_share(buf, 10, 10), "100 %");
}

static void values(void **state) {
    (void)state;
    char buf[LP_FIGURE_SIZE];
    assert_string_equal(lp_figure_value(buf, LP_BINARY64, 0.1), "0.10000000000000001");
    assert_string_equal(lp_figure_value(buf, LP_BINARY32, 0x1.99999ap-4), "0.100000001");
    assert_string_equal(lp_figure_value(buf, LP_BINARY16, 65504), "65504");
    assert_string_equal(lp_figure_value(buf, LP_BINARY64, -0.0), "-0");
    assert_string_equal(lp_figure_value(buf, LP_BINARY64, NAN), "NaN");
    assert_string_equal(lp_figure_value(buf, LP_BINARY64, -INFINITY), "-infinity");
    assert_string_equal(lp_figure_value(buf, LP_BINARY64, -DBL_MIN), "-2.2250738585072014e-308");
}

static void agreeing(void **state) {
    (void)state;
    assert_int_equal(lp_figure_agreeing(1, 1), 99);
    assert_int_equal(lp_figure_agreeing(NAN, NAN), 99);
    assert_int_equal(lp_figure_agreeing(0, 1e-22), 0);
    assert_int_equal(lp_figure_agreeing(1e-22, 0), 0);
    assert_int_equal(lp_figure_agreeing(-1, 1), 0);
    assert_int_equal(lp_figure_agreeing(NAN, 1), 0);
    assert_int_equal(lp_figure_agreeing(INFINITY, DBL_MAX), 0);
    assert_int_equal(lp_figure_agreeing(-DBL_MAX, DBL_MAX), 0);
    assert_int_equal(lp_figure_agreeing(1.2344, 1.2345), 4);
    assert_int_equal(lp_figure_agreeing(0.99998, 1), 4); /* a carry hides nothing */
    assert_int_equal(lp_figure_agreeing(1.3, 1), 0);
    assert_true(lp_figure_agreeing(nextafter(1, 2), 1) >= 15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounded_up), cmocka_unit_test(never_below), cmocka_unit_test(counts),
        cmocka_unit_test(shares),     cmocka_unit_test(values),      cmocka_unit_test(agreeing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
