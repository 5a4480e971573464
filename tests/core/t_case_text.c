#include "check.h"
#include "random_case.h"

#include "core/case_text.h"

#include <locale.h>
#include <math.h>

static void parse(lp_case *c, const char *line) {
    const char *status = NULL;
    lp_error err = {""};
    if (!lp_case_parse(c, line, strlen(line), &status, &err)) fail_msg("%s\n%s", line, err.text);
    assert_string_equal(status, "ok");
}

static void round_trip(void **state) {
    (void)state;
    lp_rng r;
    lp_rng_init(&r, 30, 0, 0);
    for (int i = 0; i < 20000; i++) {
        lp_case c, again;
        lp_error err = {""};
        random_case(&c, &r, built_op(i));
        if (!lp_case_check(&c, &err)) fail_msg("%s", err.text);
        char *line = lp_case_print(&c);
        parse(&again, line);
        assert_true(lp_case_equal(&c, &again));
        char *same = lp_case_print(&again);
        assert_string_equal(line, same);
        assert_null(strchr(line, '\n'));
        free(line);
        free(same);
        lp_case_clear(&c);
        lp_case_clear(&again);
    }
}

/* One normal form: section 7's own example, and lines that say the same in another order, with
 * other spellings, spaces and defaults written out. */
static void normal_form(void **state) {
    (void)state;
    static const char *const same[] = {
        "{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"n\":1,\"k\":3,\"logits\":[\"0x1p+1\","
        "\"0x0p+0\",\"-inf\"],\"label\":[0],\"params\":{\"smoothing\":\"0x1.999999999999ap-4\","
        "\"smoothing_rule\":\"K\"}}",
        "  {\"params\": {\"smoothing_rule\":\"\\u004b\", \"reduction\":\"none\", "
        "\"smoothing\":\"0x1999999999999.ap-52\"},\t\"stride\":3,\"rounding\":\"nearest\","
        "\"label\":[ -0 ],\"logits\":[\"0x002p0\",\"0x0.000p-77\",\"-inf\"],\"k\":3,\"n\":1,"
        "\"tags\":[],\"format\":\"binary64\",\"op\":\"softmax_xent\"}\r",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        lp_case c;
        parse(&c, same[i]);
        char *line = lp_case_print(&c);
        assert_string_equal(line, same[0]);
        free(line);
        lp_case_clear(&c);
    }
}

static void everything_once(void **state) {
    (void)state;
    const char *line =
        "{\"op\":\"softmax_xent\",\"format\":\"binary32\",\"n\":2,\"k\":2,\"logits\":[\"nan\","
        "\"-0x0p+0\",\"inf\",\"0x1p-149\"],\"label\":[9223372036854775807,-9223372036854775808],"
        "\"weights\":[\"0x1p+0\",\"-0x1.8p+1\"],\"stride\":5,\"rounding\":\"down\",\"params\":{"
        "\"smoothing\":\"0x1p-3\",\"smoothing_rule\":\"K-1\",\"temperature\":\"0x1p-1074\"},"
        "\"id\":\"row 7\",\"source\":\"\\u000a\",\"tags\":[\"a\",\"b\"]}";
    lp_case c;
    parse(&c, line);
    assert_int_equal(c.format, LP_BINARY32);
    assert_int_equal(c.label[0], INT64_MAX);
    assert_int_equal(c.label[1], INT64_MIN);
    assert_int_equal(c.stride, 5);
    assert_int_equal(c.rounding, LP_ROUND_DOWN);
    assert_true(c.in[LP_IN_WEIGHTS][1] == -3);
    assert_true(lp_case_param(&c, LP_PARAM_SMOOTHING_RULE) == 1);
    assert_true(lp_case_param(&c, LP_PARAM_TEMPERATURE) == 0x1p-1074);
    assert_string_equal(c.tags, "a,b");
    assert_string_equal(c.source, "\n");
    char *again = lp_case_print(&c);
    assert_string_equal(again, line);
    free(again);
    lp_case_clear(&c);
}

static void no_rows(void **state) {
    (void)state;
    lp_case c;
    const char *want =
        "{\"op\":\"kl_div\",\"format\":\"binary64\",\"n\":0,\"k\":3,\"p\":[],\"q\":[]}";
    parse(&c, want);
    lp_case_clear(&c);
    parse(&c, "{\"op\":\"kl_div\",\"format\":\"binary64\",\"n\":0,\"k\":3}");
    char *line = lp_case_print(&c);
    assert_string_equal(line, want);
    free(line);
    lp_case_clear(&c);
}

/* The order of all keys and parameters, those that the operation does not take included: printing
 * needs only the table. */
static void every_key(void **state) {
    (void)state;
    lp_case c;
    lp_case_init(&c, LP_OP_LINEAR_XENT);
    c.n = c.k = c.d = c.stride = 1;
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (lp_op_get(c.op)->in[i]) lp_case_alloc(&c, (lp_in)i)[0] = i;
    lp_case_alloc_label(&c);
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++)
        if (p != LP_PARAM_FORM) lp_case_set(&c, (lp_param)p, 1);
    lp_case_set(&c, LP_PARAM_IGNORE_INDEX, -100);
    c.reduction = LP_REDUCE_MEAN;
    char *line = lp_case_print(&c);
    assert_string_equal(
        line, "{\"op\":\"linear_xent\",\"format\":\"binary64\",\"n\":1,\"k\":1,\"d\":1,\"x\":["
              "\"0x1p+2\"],\"w\":[\"0x1.4p+2\"],\"b\":[\"0x1.8p+2\"],\"label\":[0],\"upstream\":["
              "\"0x1.4p+3\"],\"params\":{\"smoothing\":\"0x1p+0\",\"smoothing_rule\":\"K-1\","
              "\"temperature\":\"0x1p+0\",\"gamma\":\"0x1p+0\",\"alpha\":\"0x1p+0\","
              "\"pos_weight\":\"0x1p+0\",\"z_loss\":\"0x1p+0\",\"softcap\":\"0x1p+0\","
              "\"mix\":\"0x1p+0\",\"base\":\"bits\",\"advantage\":\"0x1p+0\",\"entropy_weight\":"
              "\"0x1p+0\",\"bins\":1,\"symmetric\":true,\"reduction\":\"mean\",\"label_reduction\":"
              "\"mean\",\"mean_rule\":\"weights\",\"ignore_index\":-100,\"empty_mean\":\"zero\","
              "\"special\":\"limit\",\"bad_label\":\"nan_row\",\"ftz\":true,\"accumulate\":true}}");
    free(line);
    lp_case_clear(&c);
    lp_case_init(&c, LP_OP_POLICY_GRAD);
    c.n = 2;
    c.stride = c.k = 0;
    lp_case_alloc(&c, LP_IN_ADVANTAGE)[1] = -1;
    line = lp_case_print(&c);
    assert_non_null(
        strstr(line, "\"logits\":[],\"params\":{\"advantage\":[\"0x0p+0\",\"-0x1p+0\"]}"));
    free(line);
    lp_case_clear(&c);
}

/* A comma for the decimal point changes nothing: no number passes through the C library's reader.
 */
static void locales(void **state) {
    static const char *const name[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (setlocale(LC_ALL, name[i])) everything_once(state);
    setlocale(LC_ALL, "C");
}

/* What is printed is always readable, whatever bytes a name brings along. */
static void hostile_names(void **state) {
    (void)state;
    lp_rng r;
    lp_rng_init(&r, 31, 0, 0);
    for (int i = 0; i < 2000; i++) {
        lp_case c, again;
        parse(&c,
              "{\"op\":\"entropy\",\"format\":\"binary64\",\"n\":0,\"k\":1,\"id\":\"........\"}");
        for (int j = 0; j < 8; j++) c.id[j] = (char)(1 + lp_rng_below(&r, 255));
        char *line = lp_case_print(&c);
        parse(&again, line);
        free(line);
        lp_case_clear(&c);
        lp_case_clear(&again);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),      cmocka_unit_test(normal_form),
        cmocka_unit_test(everything_once), cmocka_unit_test(no_rows),
        cmocka_unit_test(locales),         cmocka_unit_test(every_key),
        cmocka_unit_test(hostile_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
