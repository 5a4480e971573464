/* Every misdeed of a call gives its finding, and leaves the tool able to work. */
#include "support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct expectation {
    const char *name;
    unsigned findings; /* exactly these, LP_FIND_ERRNO aside */
    const char *note;  /* part of it */
    int64_t stride;    /* 0: the plain one */
    bool before;       /* guard page before the buffers */
} expectation;

static const expectation expected[] = {
    {"null_pointer", LP_FIND_CRASH, "SIGSEGV: null pointer", 0, false},
    {"wild_pointer", LP_FIND_CRASH, "SIGSEGV at address 0x123456789000", 0, false},
    {"hang", LP_FIND_HANG, "no answer within 0.3 s", 0, false},
    {"hang_second", LP_FIND_HANG, "no answer within 0.3 s", 0, false},
    {"sleep_long", LP_FIND_HANG, "no answer", 0, false},
    {"write_past", LP_FIND_OVERWRITE, "write 0 bytes past the end of grad", 0, false},
    {"write_past", LP_FIND_OVERWRITE, "wrote past the end of grad", 0, true},
    {"write_before", LP_FIND_OVERWRITE, "wrote before the start of grad", 0, false},
    {"write_before", LP_FIND_OVERWRITE, "write 8 bytes before the start of grad", 0, true},
    {"write_before_input", LP_FIND_OVERWRITE, "write 8 bytes before the start of logits", 0, false},
    {"write_far_before", LP_FIND_OVERWRITE, "write 800000 bytes before the start of grad", 0,
     false},
    {"read_past", LP_FIND_OVERREAD, "read 0 bytes past the end of logits", 0, false},
    {"read_before", LP_FIND_OVERREAD, "read 8 bytes before the start of logits", 0, true},
    {"read_label_past", LP_FIND_OVERREAD, "read 0 bytes past the end of label", 0, false},
    {"write_input", LP_FIND_INPUT_CHANGED, "write into logits at byte 0", 0, false},
    {"write_call", LP_FIND_INPUT_CHANGED, "write into the call at byte 16", 0, false},
    {"leave_last", LP_FIND_UNWRITTEN, "grad[11] not written", 0, false},
    {"leave_all", LP_FIND_UNWRITTEN, "loss[0] not written", 0, false},
    {"rounding", LP_FIND_ROUNDING, "rounding", 0, false},
    {"x87_precision", LP_FIND_ROUNDING, "rounding", 0, false},
    {"ftz", LP_FIND_FTZ, "flush-to-zero left changed (0x1f80 to 0x9fc0)", 0, false},
    {"set_errno", 0, "errno set to 34", 0, false},
    {"call_abort", LP_FIND_CRASH, "SIGABRT", 0, false},
    {"call_exit", LP_FIND_CRASH, "called exit()", 0, false},
    {"call_immediate_exit", LP_FIND_CRASH, "process ended with status 0", 0, false},
    {"divide", LP_FIND_CRASH, "SIGFPE", 0, false},
    {"illegal", LP_FIND_CRASH, "SIGILL", 0, false},
    {"kill_self", LP_FIND_CRASH, "killed", 0, false},
    {"recurse", LP_FIND_CRASH, "SIGSEGV at address", 0, false},
    {"close_all", LP_FIND_CRASH, "closed the host's descriptor", 0, false},
    {"noise", 0, "", 0, false},
    {"nondeterministic", LP_FIND_NONDETERMINISTIC, "loss[2] differs between two calls", 0, false},
    {"status_changes", LP_FIND_NONDETERMINISTIC, "status 0, then 4", 0, false},
    {"nan_sign", 0, "", 0, false},
    {"write_padding", LP_FIND_OVERWRITE, "wrote into the padding after row 0 of grad", 7, false},
    {"wrote_on_error", LP_FIND_WROTE_ON_ERROR, "loss[0] written beside an error", 0, false},
    {"odd_status", 0, "unknown status 77", 0, false},
    {"network", 0, "", 0, false},
    {"threads", 0, "", 0, false},
    {"thread_crash", LP_FIND_CRASH, "SIGSEGV: null pointer", 0, false}};

static const expectation *current(void **state) {
    return *state;
}

static void misdeed(void **state) {
    const expectation *e = current(state);
    char spec[64];
    snprintf(spec, sizeof spec, "mutant:%s", e->name);
    lp_host *good = open_host(specimen("good"), 5, true), *bad = open_host(spec, 0.3, true);
    lp_case c;
    lp_answer a;
    lp_error err = {""};
    lp_host_how how = {.guard_before = e->before};
    equal_case(&c, 3, LP_BINARY64);
    if (e->stride) c.stride = e->stride;
    lp_answer_init(&a);
    for (int round = 0; round < 2; round++) { /* the same again after a restart */
        assert_true(lp_host_run(bad, &c, &how, &a, &err));
        if ((a.findings & ~(unsigned)LP_FIND_ERRNO) != e->findings || !strstr(a.note, e->note))
            fail_msg("%s: findings 0x%x, note '%s'", e->name, a.findings, a.note);
        assert_good_works(good);
        assert_own_arithmetic();
    }
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(bad);
    lp_host_close(good);
}

/* After a finding that is not the end of the worker, the numbers are there. */
static void answers_are_delivered(void **state) {
    static const char *const name[] = {"rounding", "ftz",     "set_errno",
                                       "noise",    "network", "threads"};
    (void)state;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        char spec[64];
        snprintf(spec, sizeof spec, "mutant:%s", name[i]);
        lp_host *h = open_host(spec, 2, false);
        lp_case c;
        lp_answer a;
        equal_case(&c, 3, LP_BINARY64);
        lp_answer_init(&a);
        for (int round = 0; round < 3; round++) { /* what a call changed is not there in the next */
            assert_true(lp_host_run(h, &c, NULL, &a, NULL));
            a.findings &= ~(unsigned)(LP_FIND_ROUNDING | LP_FIND_FTZ);
            assert_equal_answer(&c, &a);
            assert_true(a.ns > 0);
        }
        lp_answer_clear(&a);
        lp_case_clear(&c);
        lp_host_close(h);
    }
}

/* With one call, poison alone tells. */
static void unwritten_in_one_call(void **state) {
    (void)state;
    lp_host *h = open_host("mutant:leave_last", 2, false);
    lp_case c;
    lp_answer a;
    equal_case(&c, 3, LP_BINARY64);
    lp_answer_init(&a);
    assert_true(lp_host_run(h, &c, NULL, &a, NULL));
    assert_int_equal(a.findings, LP_FIND_UNWRITTEN);
    assert_true(isnan(a.out[LP_OUT_GRAD][11]));
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(h);
}

/* `accumulate`: the array holds +0, then what that left. Without it nothing is asked. */
static void accumulating(void **state) {
    static const struct {
        const char *name;
        unsigned findings;
        const char *note;
    } row[] = {{"adds", 0, ""},
               {"adds_roughly", LP_FIND_ACCUMULATE, "grad[0] is -0x1.8000"},
               {"replaces", LP_FIND_ACCUMULATE, "grad[0] is -0x1.8p-1, added to -0x1.8p-1"}};
    (void)state;
    for (int i = 0; i < 6; i++) {
        char spec[64];
        snprintf(spec, sizeof spec, "mutant:%s", row[i / 2].name);
        lp_host *h = open_host(spec, 2, i % 2);
        lp_case c;
        lp_answer a;
        equal_case(&c, 3, LP_BINARY64);
        lp_answer_init(&a);
        assert_true(lp_host_run(h, &c, NULL, &a, NULL));
        assert_int_equal(a.findings, 0);
        lp_case_set(&c, LP_PARAM_ACCUMULATE, 1);
        assert_true(lp_host_run(h, &c, NULL, &a, NULL));
        if (a.findings != row[i / 2].findings || !strstr(a.note, row[i / 2].note))
            fail_msg("%s: findings 0x%x, note '%s'", row[i / 2].name, a.findings, a.note);
        a.findings = 0;
        assert_equal_answer(&c, &a);
        lp_answer_clear(&a);
        lp_case_clear(&c);
        lp_host_close(h);
    }
}

/* Pages of an earlier, larger case are closed again. */
static void stale_pointer(void **state) {
    (void)state;
    lp_host *h = open_host("mutant:stale", 2, false);
    lp_case large, small;
    lp_answer a;
    equal_case(&large, 3000, LP_BINARY64);
    equal_case(&small, 3, LP_BINARY64);
    lp_answer_init(&a);
    assert_true(lp_host_run(h, &large, NULL, &a, NULL));
    assert_equal_answer(&large, &a);
    assert_true(lp_host_run(h, &small, NULL, &a, NULL));
    assert_int_equal(a.findings, LP_FIND_OVERREAD);
    assert_string_equal(a.note, "read 95904 bytes before the start of logits");
    lp_answer_clear(&a);
    lp_case_clear(&large);
    lp_case_clear(&small);
    lp_host_close(h);
}

static void run_equal(const char *spec, double timeout, lp_answer *a) {
    lp_host *h = open_host(spec, timeout, true);
    lp_case c;
    equal_case(&c, 3, LP_BINARY64);
    lp_answer_init(a);
    assert_true(lp_host_run(h, &c, NULL, a, NULL));
    lp_case_clear(&c);
    lp_host_close(h);
}

/* The time limit is each call's own. */
static void two_slow_calls(void **state) {
    lp_answer a;
    (void)state;
    run_equal("mutant:slow", 1, &a);
    assert_int_equal(a.findings, 0);
    lp_answer_clear(&a);
}

/* The kernel gives no address for one that is none; 0 is not to be believed. */
static void not_an_address(void **state) {
    lp_answer a;
    (void)state;
    run_equal("mutant:no_address", 2, &a);
    assert_int_equal(a.findings, LP_FIND_CRASH);
    assert_string_equal(a.note, "SIGSEGV");
    lp_answer_clear(&a);
}

/* What a subject prints is not part of what we print. */
static void stdout_is_ours(void **state) {
    FILE *file = tmpfile();
    lp_answer a;
    (void)state;
    assert_non_null(file);
    fflush(stdout);
    int ours = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    run_equal("mutant:noise", 2, &a);
    fflush(stdout);
    dup2(ours, STDOUT_FILENO);
    close(ours);
    assert_int_equal(lseek(fileno(file), 0, SEEK_END), 0);
    fclose(file);
    assert_int_equal(a.findings & ~(unsigned)LP_FIND_ERRNO,
                     0); /* its writes to closed descriptors */
    lp_answer_clear(&a);
}

static int remove_file(void **state) { /* that an earlier failure may have left */
    (void)state;
    unlink("/tmp/lossproof-must-not-be-there");
    return 0;
}

static void no_file_was_made(void **state) {
    (void)state;
    assert_int_equal(access("/tmp/lossproof-must-not-be-there", F_OK), -1);
}

int main(void) {
    enum { COUNT = sizeof expected / sizeof *expected };
    struct CMUnitTest tests[COUNT + 8];
    for (size_t i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){.name = expected[i].name,
                                       .test_func = misdeed,
                                       .initial_state = (void *)(uintptr_t)&expected[i]};
    tests[COUNT] = (struct CMUnitTest)cmocka_unit_test(answers_are_delivered);
    tests[COUNT + 1] = (struct CMUnitTest)cmocka_unit_test(unwritten_in_one_call);
    tests[COUNT + 2] = (struct CMUnitTest)cmocka_unit_test(stale_pointer);
    tests[COUNT + 3] = (struct CMUnitTest)cmocka_unit_test(two_slow_calls);
    tests[COUNT + 4] = (struct CMUnitTest)cmocka_unit_test(not_an_address);
    tests[COUNT + 5] = (struct CMUnitTest)cmocka_unit_test(no_file_was_made);
    tests[COUNT + 6] = (struct CMUnitTest)cmocka_unit_test(stdout_is_ours);
    tests[COUNT + 7] = (struct CMUnitTest)cmocka_unit_test(accumulating);
    return cmocka_run_group_tests(tests, remove_file, NULL);
}
