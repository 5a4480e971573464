#include "check.h"
#include "sample.h"

#include "core/memory.h"
#include "reports/reports.h"

#include <jansson.h>

static char *summary(const lp_certificate *c, bool colour, bool json) {
    char *text = NULL;
    size_t length;
    FILE *f = open_memstream(&text, &length);
    if (json)
        lp_report_summary_json(f, c, "out");
    else
        lp_report_summary(f, c, "out", colour);
    fclose(f);
    return text;
}

static int lines(const char *text) {
    int count = 0;
    for (; *text; text++) count += *text == '\n';
    return count;
}

static void terminal(void **state) {
    (void)state;
    lp_certificate c;
    sample(&c);
    char *text = summary(&c, false, false);
    static const char *const said[] = {
        "(my <b>lib</b> 1.0 \"rc\")",
        "sha256 e3b0c44298fc...",
        "conforms to stable: no",
        "seed 18446744073709551615",
        "49 321 evaluations",
        "log_softmax     fail",
        "wrong special value in wide",
        "softmax_xent    stable",
        "40.0 % of confident lost",
        "up to 9.01e+15 ulp",
        "2 counterexamples (1 below stable)",
        "2 findings (1 failing)",
        "planted faults noticed: 1 of 2",
        "matches another convention: bits",
        "on all 200 cases that tell the two apart (and 1 more in the report)\n",
        "out/report.html\n"};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (!strstr(text, said[i])) fail_msg("%s\ndoes not say: %s", text, said[i]);
    for (const char *p = text; *p; p++)
        assert_true((unsigned char)*p >= 0x20 || *p == '\n'); /* no escape sequence, no control */
    assert_null(strstr(text, "\xc2\x9b"));
    assert_null(strstr(text, "sign reversed")); /* 19 of 20 is no match */
    assert_true(lines(text) <= 12);
    free(text);
    text = summary(&c, true, false);
    assert_non_null(strstr(text, "\033[31m"));
    assert_non_null(strstr(text, "\033[0m"));
    free(text);
    lp_certificate_clear(&c);
}

/* All operations at once still fit a screen, the lowest levels first. */
static void many_operations(void **state) {
    (void)state;
    lp_certificate c;
    lp_certificate_init(&c);
    c.subject = lp_memory_text("x");
    c.effort = lp_memory_text("smoke");
    for (int op = 0; op < LP_OP_COUNT; op++) {
        lp_output_row *row = lp_certificate_row(&c, (lp_op)op, LP_BINARY64, LP_OUT_LOSS);
        row->cases = 1;
        row->numeric = op == LP_OP_LINEAR_XENT ? LP_LEVEL_FAIL : LP_LEVEL_CORRECT;
    }
    lp_certificate_settle(&c);
    char *text = summary(&c, false, false);
    assert_non_null(strstr(text, "linear_xent     fail"));
    assert_non_null(strstr(text, "and 23 more at these levels or above"));
    assert_true(lines(text) <= 13);
    free(text);
    lp_certificate_clear(&c);
}

/* Of an operation's rows the lowest, of equals the one with the largest error; of its regimes the
 * one that lost the largest share. */
static void deciding_row(void **state) {
    (void)state;
    for (int first = 0; first < 2; first++) {
        lp_certificate c;
        lp_certificate_init(&c);
        for (int i = 0; i < 2; i++) {
            bool larger = i == first;
            lp_output_row *row = lp_certificate_row(&c, LP_OP_ENTROPY, LP_BINARY64,
                                                    larger ? LP_OUT_GRAD : LP_OUT_LOSS);
            row->cases = 1;
            row->numeric = LP_LEVEL_STABLE;
            row->worst.ulp = larger ? 5 : 2;
            row->worst.case_line = lp_memory_text("{}");
            for (int j = 0; j < 2; j++) {
                bool most = j == first;
                lp_regime_row *r = lp_output_row_regime(row, most ? "ties" : "wide");
                r->components = most ? 10 : 100;
                r->lost = most ? 3 : 4;
            }
        }
        char *text = summary(&c, false, false);
        if (!strstr(text, "binary64 grad, up to 5.00 ulp; 30.0 % of ties lost"))
            fail_msg("%s", text);
        free(text);
        lp_certificate_clear(&c);
    }
}

static void one_object(void **state) {
    (void)state;
    lp_certificate c;
    sample(&c);
    char *text = summary(&c, false, true);
    assert_int_equal(lines(text), 1);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_int_equal(json_integer_value(json_object_get(root, "exit_status")), 1);
    assert_int_equal(json_array_size(json_object_get(root, "outputs")), 3);
    assert_string_equal(json_string_value(json_object_get(root, "dir")), "out");
    json_decref(root);
    free(text);
    lp_certificate_clear(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal),
        cmocka_unit_test(many_operations),
        cmocka_unit_test(deciding_row),
        cmocka_unit_test(one_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
