/* Programs as subjects: each kind of noise is a finding, and the next call is served again. */
#include "support.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static lp_host *talker(const char *how, double timeout, bool twice) {
    char spec[2000];
    snprintf(spec, sizeof spec, "cmd:'%s' %s", TALKER, how);
    return open_host(spec, timeout, twice);
}

typedef struct expectation {
    const char *how;
    unsigned findings;
    lp_status status;
    const char *note;
} expectation;

static const expectation expected[] = {
    {"good", 0, LP_OK, ""},
    {"chatter", LP_FIND_NOISE, LP_E_INTERNAL, "answer:"},
    {"wrong_id", LP_FIND_NOISE, LP_E_INTERNAL, "answer: id: other where"},
    {"wrong_length", LP_FIND_NOISE, LP_E_INTERNAL, "answer: loss"},
    {"odd_status", LP_FIND_NOISE, LP_E_INTERNAL, "answer: status: sleepy"},
    {"missing", LP_FIND_NOISE, LP_OK, "answer: grad is missing"},
    {"crash", LP_FIND_CRASH, LP_E_INTERNAL, "ended by signal 6 before its answer"},
    {"exit_0", LP_FIND_NOISE, LP_E_INTERNAL, "ended with status 0 before its answer"},
    {"exit_3", LP_FIND_CRASH, LP_E_INTERNAL, "ended with status 3 before its answer"},
    {"half", LP_FIND_NOISE, LP_E_INTERNAL, "ended with status 0 within its answer"},
    {"mute", LP_FIND_NOISE, LP_E_INTERNAL, "closed its output before its answer"},
    {"hang", LP_FIND_HANG, LP_E_INTERNAL, "no answer within 0.5 s"},
    {"endless", LP_FIND_NOISE, LP_E_INTERNAL, "answer line too long"},
    {"nondeterministic", LP_FIND_NONDETERMINISTIC, LP_OK, "grad[1] differs when asked again"},
    {"unsupported", 0, LP_E_UNSUPPORTED, ""},
    {"label", 0, LP_E_LABEL, "no such?label"},
    {"error_with_values", LP_FIND_WROTE_ON_ERROR, LP_E_LABEL, "loss beside status label"},
    {"deaf", LP_FIND_HANG, LP_E_INTERNAL, "no answer within 0.5 s"}};

static void noise(void **state) {
    const expectation *e = *state;
    lp_host *good = open_host(specimen("good"), 5, true), *h = talker(e->how, 0.5, true);
    lp_case c;
    lp_answer a;
    lp_error err = {""};
    equal_case(&c, 2, LP_BINARY64);
    lp_answer_init(&a);
    for (int round = 0; round < 2; round++) {
        if (!lp_host_run(h, &c, NULL, &a, &err)) fail_msg("%s", err.text);
        if (a.findings != e->findings || a.status != e->status || !strstr(a.note, e->note))
            fail_msg("%s: findings 0x%x, status %d, note '%s'", e->how, a.findings, (int)a.status,
                     a.note);
        if (e->status == LP_OK) assert_true(a.out[LP_OUT_LOSS][1] == log(4));
        assert_good_works(good);
    }
    assert_null(c.id);
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(h);
    lp_host_close(good);
}

/* A line that comes too late for its own case is known by its id. */
static void second_line(void **state) {
    (void)state;
    lp_host *h = talker("two_lines", 3, false);
    lp_case c;
    lp_answer a;
    unsigned findings = 0;
    equal_case(&c, 2, LP_BINARY64);
    lp_answer_init(&a);
    for (int round = 0; round < 2; round++) {
        assert_true(lp_host_run(h, &c, NULL, &a, NULL));
        findings |= a.findings;
    }
    assert_int_equal(findings, LP_FIND_NOISE);
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(h);
}

static void signals_are_ours(void **state) {
    (void)state;
    struct sigaction before;
    sigaction(SIGPIPE, NULL, &before);
    assert_true(before.sa_handler == SIG_DFL);
    lp_host *h = talker("deaf", 0.3, false);
    lp_case c;
    lp_answer a;
    equal_case(&c, 2, LP_BINARY64);
    lp_answer_init(&a);
    assert_true(lp_host_run(h, &c, NULL, &a, NULL)); /* answered; then it closes its input */
    assert_int_equal(a.findings, 0);
    nanosleep(&(struct timespec){0, 100000000}, NULL);
    assert_true(lp_host_run(h, &c, NULL, &a, NULL)); /* EPIPE, not the end of us */
    assert_int_equal(a.findings, LP_FIND_HANG);
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(h);
}

/* Tens of megabytes out while megabytes come in. */
static void no_deadlock(void **state) {
    static const char *const how[] = {"good", "eager"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        lp_host *h = talker(how[i], 30, false);
        lp_case c;
        lp_answer a;
        lp_case_init(&c, LP_OP_SOFTMAX_XENT);
        c.n = 1;
        c.k = c.stride = 1 << 20;
        double *z = lp_case_alloc(&c, LP_IN_LOGITS);
        lp_case_alloc_label(&c);
        for (int64_t j = 0; j < c.k; j++) z[j] = 0x1.999999999999ap-4;
        lp_answer_init(&a);
        assert_true(lp_host_run(h, &c, NULL, &a, NULL));
        if (a.findings) fail_msg("%s", a.note);
        assert_true(a.out[LP_OUT_GRAD][1] == 0x1p-20);
        lp_answer_clear(&a);
        lp_case_clear(&c);
        lp_host_close(h);
    }
}

/* An answer that comes before the case has gone out: all of it goes out before the next. */
static void hasty(void **state) {
    (void)state;
    char id[] = "fixed";
    lp_host *h = talker("hasty", 2, false);
    lp_case c;
    lp_answer a;
    equal_case(&c, 20000, LP_BINARY64);
    c.id = id;
    lp_answer_init(&a);
    for (int round = 0; round < 3; round++) {
        assert_true(lp_host_run(h, &c, NULL, &a, NULL));
        if (a.findings) fail_msg("%s", a.note);
        assert_int_equal(a.status, LP_E_LABEL);
    }
    c.id = NULL;
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(h);
}

static void refused(const char *how, lp_host_result result, const char *why) {
    char spec[600];
    lp_host *h;
    lp_error err = {""};
    lp_host_options options = {.timeout = 1};
    snprintf(spec, sizeof spec, "cmd:\"%s\" %s", TALKER, how);
    if (lp_host_open(&h, spec, &options, &err) != result || !strstr(err.text, why))
        fail_msg("%s: '%s'", how, err.text);
    assert_null(h);
}

static void greetings(void **state) {
    (void)state;
    refused("hello_noise", LP_HOST_CANNOT, "first line: not JSON");
    refused("hello_abi", LP_HOST_CANNOT, "first line: abi is not 1");
    refused("hello_entries", LP_HOST_CANNOT, "first line: entries is not");
    refused("hello_exit", LP_HOST_DIED, "ended with status 0 before its first line");
    refused("hello_crash", LP_HOST_DIED, "ended by signal 6 before its first line");
}

static void declaration(void **state) {
    static const char *const unknown[] = {"hello: unknown key 'colour'",
                                          "softmax_xent: unknown key 'extra'",
                                          "softmax_xent: unknown params 'tea'",
                                          "softmax_xent: unknown reductions 'max'",
                                          "softmax_xent: unknown flags 'in_place'",
                                          "operation 'brew'",
                                          "softmax: format 'binary128'"};
    (void)state;
    lp_host *h = talker("hello_other", 1, true);
    const lp_host_info *info = lp_host_describe(h);
    assert_string_equal(info->name, "talker");
    assert_string_equal(info->version, "2");
    assert_string_equal(info->path, TALKER);
    assert_int_equal(strlen(info->digest), 64);
    assert_int_equal(info->entries, 1);
    assert_true(info->entry[0].params == LP_PARAM_BIT(LP_PARAM_TEMPERATURE));
    assert_int_equal(info->entry[0].outputs, LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD));
    assert_int_equal(info->entry[0].reductions, LP_REDUCE_BIT(LP_REDUCE_NONE));
    assert_int_equal(info->entry[0].flags, LP_FLAG_STRIDED | LP_FLAG_ONE_THREAD);
    assert_int_equal(info->unknowns, sizeof unknown / sizeof *unknown);
    for (int i = 0; i < info->unknowns; i++) {
        bool found = false;
        for (int j = 0; j < info->unknowns; j++)
            found = found || strcmp(info->unknown[i], unknown[j]) == 0;
        if (!found) fail_msg("%s", info->unknown[i]);
    }
    lp_host_close(h);
}

/* An interpreter's digest would not tell one script from another. */
static void digest(void **state) {
    (void)state;
    char spec[1200], said[65] = "";
    snprintf(spec, sizeof spec, "cat '%s' '%s' | sha256sum", TALKER, specimen("good"));
    FILE *sum = popen(spec, "r");
    assert_non_null(sum);
    assert_non_null(fgets(said, sizeof said, sum));
    pclose(sum);
    snprintf(spec, sizeof spec, "good %s no-such-file", specimen("good"));
    lp_host *with = talker(spec, 5, false), *without = talker("good", 5, false);
    assert_string_equal(lp_host_describe(with)->digest, said);
    assert_string_not_equal(lp_host_describe(without)->digest, said);
    lp_host_close(with);
    lp_host_close(without);
}

int main(void) {
    enum { COUNT = sizeof expected / sizeof *expected };
    struct CMUnitTest tests[COUNT + 7];
    for (size_t i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){.name = expected[i].how,
                                       .test_func = noise,
                                       .initial_state = (void *)(uintptr_t)&expected[i]};
    tests[COUNT] = (struct CMUnitTest)cmocka_unit_test(second_line);
    tests[COUNT + 1] = (struct CMUnitTest)cmocka_unit_test(signals_are_ours);
    tests[COUNT + 2] = (struct CMUnitTest)cmocka_unit_test(no_deadlock);
    tests[COUNT + 3] = (struct CMUnitTest)cmocka_unit_test(greetings);
    tests[COUNT + 4] = (struct CMUnitTest)cmocka_unit_test(declaration);
    tests[COUNT + 5] = (struct CMUnitTest)cmocka_unit_test(hasty);
    tests[COUNT + 6] = (struct CMUnitTest)cmocka_unit_test(digest);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
