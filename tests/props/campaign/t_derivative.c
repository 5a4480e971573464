/* The derivative of the exact loss is as sharp as it says: the correctly rounded gradient passes, a
 * few ulp beside it do not, however small the gradient is; and differences of exact values are
 * decided where both agree in hundreds of bits. */
#include "subjects.h"

#include "core/case_text.h"
#include "props/props/properties.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static lp_case read_case(const char *line) {
    lp_case c;
    const char *status;
    lp_error err = {""};
    if (!lp_case_parse(&c, line, strlen(line), &status, &err)) fail_msg("%s", err.text);
    return c;
}

/* Every gradient component four numbers away from zero. */
static void four_ulp(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                     lp_answer *a) {
    (void)s, (void)how, (void)e;
    const lp_format *f = lp_format_get(c->format);
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int64_t i = 0; a->out[o] && i < a->len[o] && o != LP_OUT_LOSS; i++)
            for (int k = 0; k < 4; k++)
                a->out[o][i] = a->out[o][i] < 0 ? lp_format_below(f, a->out[o][i])
                                                : lp_format_above(f, a->out[o][i]);
}

static bool broken_saying(char said[256], const char *line, lp_format_id format, spoilt *subject) {
    lp_error err = {""};
    lp_bench b;
    lp_host_entry entry;
    lp_trial t = {.kase = read_case(line)};
    lp_check c;
    t.kase.format = format;
    open_bench(&b, &entry, t.kase.op, format, subject, &err);
    assert_true(lp_trial_run(&t, &b));
    assert_true(lp_check_run(&c, &b, &lp_property_gradient_is_derivative, &t, LP_LEVEL_CORRECT));
    assert_true(c.met);
    bool found = c.broken;
    memcpy(said, c.why, sizeof c.why);
    lp_check_clear(&c);
    lp_trial_clear(&t);
    return found;
}

static bool broken(const char *line, lp_format_id format, spoilt *subject) {
    char said[256];
    return broken_saying(said, line, format, subject);
}

#define XENT   "{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"n\":1,"
#define FOCAL  "{\"op\":\"focal_softmax\",\"format\":\"binary64\",\"n\":1,"
#define SCALAR "\"format\":\"binary64\",\"n\":1,\"k\":1,"
#define BY_TWO "\"k\":2,\"label\":[0],\"logits\":"
#define BY_FIVE                                                                                    \
    "\"k\":5,\"label\":[3],\"logits\":[\"0x1p+1\",\"-0x1p+1\",\"0x1p+0\",\"0x1.8p+1\",\"-inf\"]"

#define ROW     "\"format\":\"binary64\",\"n\":1,"
#define PULLED  ROW "\"k\":2,\"logits\":[\"0x1.ep+4\",\"0x0p+0\"],\"v\":[\"0x1p+0\",\"0x1p+1\"]"
#define TAUGHT  ROW "\"k\":2,\"logits\":[\"0x0p+0\",\"0x1p+4\"],\"teacher\":[\"0x1p+0\",\"0x0p+0\"]"
#define ACTED   ROW "\"k\":3,\"label\":[1],\"logits\":[\"0x1p+0\",\"-0x1.ep+4\",\"0x1.8p+1\"]"
#define SQUARED ROW "\"k\":3,\"targets\":[\"0x1p+0\",\"0x0p+0\",\"0x0p+0\"],"

#define CONTRAST                                                                                   \
    "{\"op\":\"info_nce\",\"format\":\"binary64\",\"n\":2,\"k\":2,"                                \
    "\"sim\":[\"0x1p+0\",\"-0x1p+2\",\"0x1.8p+2\",\"0x1p-1\"]"

/* Values that binary32 has too. The gradient of the second is e^-700. */
static const char *const sharp[] = {
    XENT BY_TWO "[\"0x0p+0\",\"0x1p+0\"]}",
    XENT BY_TWO "[\"0x1.5ep+9\",\"0x0p+0\"]}",
    XENT BY_TWO "[\"0x0p+0\",\"-0x1.5ep+5\"],\"params\":{\"temperature\":\"0x1.4p+1\"}}",
    XENT BY_FIVE "}",
    FOCAL BY_FIVE ",\"params\":{\"gamma\":\"0x1p+1\"}}",
    FOCAL BY_TWO "[\"0x1.4p+4\",\"0x0p+0\"],\"params\":{\"gamma\":\"0x1p-1\"}}",
    "{\"op\":\"bce_logits\"," SCALAR "\"logits\":[\"-0x1.ep+4\"],\"targets\":[\"0x0p+0\"]}",
    "{\"op\":\"softplus\"," SCALAR "\"logits\":[\"-0x1.ep+4\"]}",
    "{\"op\":\"bce_prob\"," SCALAR "\"p\":[\"0x1p-20\"],\"targets\":[\"0x1p+0\"]}",
    ("{\"op\":\"kl_div\",\"format\":\"binary64\",\"n\":1,\"k\":2,\"p\":[\"0x1p-1\",\"0x1p-1\"],"
     "\"q\":[\"0x1p-30\",\"0x1.8p-1\"]}"),
    "{\"op\":\"entropy\",\"format\":\"binary64\",\"n\":1,\"k\":2,\"p\":[\"0x1p-40\",\"0x1p-41\"]}",
    "{\"op\":\"softmax\"," PULLED ",\"params\":{\"temperature\":\"0x1p+1\"}}",
    "{\"op\":\"log_softmax\"," PULLED "}",
    "{\"op\":\"distill\"," TAUGHT ",\"label\":[0],\"params\":{\"mix\":\"0x1p-2\","
    "\"temperature\":\"0x1p+1\"}}",
    "{\"op\":\"distill\"," TAUGHT ",\"params\":{\"mix\":\"0x0p+0\",\"form\":\"kl\"}}",
    "{\"op\":\"policy_grad\"," ACTED "}",
    "{\"op\":\"policy_grad\"," ACTED ",\"params\":{\"advantage\":\"0x0p+0\","
    "\"entropy_weight\":\"-0x1p+0\"}}",
    "{\"op\":\"mse_softmax\"," SQUARED "\"logits\":[\"0x1p+0\",\"0x0p+0\",\"-inf\"]}",
    "{\"op\":\"mse_softmax\"," SQUARED "\"logits\":[\"0x1.ep+4\",\"0x0p+0\",\"-inf\"]}",
    "{\"op\":\"hinge_multi\"," ACTED ",\"params\":{\"form\":\"crammer_singer\"}}",
    CONTRAST ",\"params\":{\"temperature\":\"0x1p-1\"}}",
    CONTRAST ",\"params\":{\"symmetric\":true}}",
    ("{\"op\":\"linear_xent\",\"format\":\"binary64\",\"n\":2,\"k\":2,\"d\":1,\"label\":[0,1],"
     "\"x\":[\"0x1p+0\",\"0x1.8p+0\"],\"w\":[\"0x1p-1\",\"-0x1p+0\"],\"b\":[\"0x0p+0\",\"0x1p-2\"]"
     "}")};

static void test_sharp(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof sharp / sizeof *sharp; i++)
        for (int f = LP_BINARY64; f <= LP_BINARY32; f++) {
            if (i == 1 && f == LP_BINARY32) continue; /* e^-700 is no number of binary32 */
            spoilt right = {.spoil = NULL}, wrong = {.spoil = four_ulp};
            if (broken(sharp[i], (lp_format_id)f, &right)) fail_msg("accused: %s", sharp[i]);
            if (!broken(sharp[i], (lp_format_id)f, &wrong)) fail_msg("missed: %s", sharp[i]);
        }
}

/* Biases of 2^-60 and a step of 2^-26: the sum is rounded, and was taken for exact, since less the
 * bias it is the step again. The gradient's half an ulp is less than such a step's error. */
static const char tiny[] =
    "{\"op\":\"linear_xent\",\"format\":\"binary64\",\"n\":1,\"k\":9,\"d\":1,\"label\":[7],"
    "\"x\":["
    "\"-0x1.982afd5daab5ep-32\"],"
    "\"w\":["
    "\"-0x1.4d88ada222a9bp-61\",\"-0x1.148de9ae05b58p-60\",\"0x1.697d74feddce4p-62\","
    "\"0x1.225f4197ea9ap-60\",\"-0x1.eb48628b836acp-62\",\"0x1.e08de66e20bdp-60\","
    "\"0x1.16aeb9354567ap-61\",\"-0x1.a61cb21391fb2p-62\",\"0x1.281d1e70e16e2p-61\"],"
    "\"b\":["
    "\"-0x1.02fe9361304d8p-62\",\"0x1.c888480eb84d8p-62\",\"0x1.54bc9f3a1328cp-63\","
    "\"-0x1.5ae2880912c2p-65\",\"-0x1.fe28fd7a0072cp-60\",\"0x1.a418a7c788df7p-60\","
    "\"0x1.80533c7c7cbcp-67\",\"0x1.95067f88aa4dp-60\",\"-0x1.326f455520bd2p-59\"]}";

static void test_step_rounded(void **state) {
    (void)state;
    spoilt right = {.spoil = NULL};
    if (broken(tiny, LP_BINARY64, &right)) fail_msg("accused: %s", tiny);
}

/* Twice the loss and twice its gradient. */
static void doubled(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                    lp_answer *a) {
    (void)s, (void)c, (void)how, (void)e;
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int64_t i = 0; a->out[o] && i < a->len[o]; i++) a->out[o][i] *= 2;
}

static void test_doubled_whole(void **state) {
    (void)state;
    spoilt whole = {.spoil = doubled}, alone = {.spoil = four_ulp};
    char said[256];
    assert_true(broken_saying(said, sharp[0], LP_BINARY64, &whole));
    assert_non_null(strstr(said, "2 times the derivative, as the loss is of the exact one"));
    assert_true(broken_saying(said, sharp[0], LP_BINARY64, &alone));
    assert_null(strstr(said, "as the loss is"));
}

static void test_difference(void **state) {
    (void)state;
    lp_error err = {""};
    lp_case a = read_case("{\"op\":\"softplus\"," SCALAR "\"logits\":[\"0x1.5ep+9\"]}");
    lp_case b = read_case("{\"op\":\"softplus\"," SCALAR "\"logits\":[\"0x1.5ep+9\"]}");
    lp_exact *x = lp_exact_new(&a, &err), *y = lp_exact_new(&b, &err);
    assert_int_equal(lp_exact_compare_difference(x, y, LP_OUT_VALUE, 0, 0, 0x1p-1000), -1);
    assert_int_equal(lp_exact_compare_difference(x, y, LP_OUT_VALUE, 0, 0, -0x1p-1000), 1);
    assert_int_equal(lp_exact_compare_difference(x, y, LP_OUT_VALUE, 0, 0, 0), 2); /* the cap */
    lp_exact_free(y);
    /* softplus(700) - softplus(699) = 1 - (e - 1) e^-700 + ..., a little below 1. */
    b.in[LP_IN_LOGITS][0] = 699;
    y = lp_exact_new(&b, &err);
    assert_int_equal(lp_exact_compare_difference(x, y, LP_OUT_VALUE, 0, 0, 1), -1);
    assert_int_equal(lp_exact_compare_difference(y, x, LP_OUT_VALUE, 0, 0, -1), 1);
    assert_int_equal(lp_exact_compare_difference(x, y, LP_OUT_VALUE, 0, 3, 8), -1);
    assert_int_equal(lp_exact_compare_difference(x, y, LP_OUT_VALUE, 0, -3, 0.125), -1);
    assert_int_equal(lp_exact_compare_difference(x, y, LP_OUT_VALUE, 0, 0, 1 - 0x1p-53), 1);
    lp_exact_free(y);
    lp_exact_free(x);
    lp_case_clear(&a);
    lp_case_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sharp), cmocka_unit_test(test_step_rounded),
        cmocka_unit_test(test_doubled_whole), cmocka_unit_test(test_difference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
