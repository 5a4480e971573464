/* Calls of two threads that overlap: what they share shows, what each has for itself does not. */
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Three rows of logits no two of which are alike, nor are they back to front. */
static void uneven_case(lp_case *c) {
    equal_case(c, 3, LP_BINARY64);
    for (int i = 0; i < 12; i++) c->in[LP_IN_LOGITS][i] = 0.25 * i - 0.03125 * i * i;
}

typedef struct tried {
    lp_status status;
    unsigned findings;
    bool differs; /* from the call alone */
    char note[160];
} tried;

static tried at_once(const char *spec, double timeout, bool twice) {
    lp_host *h = open_host(spec, timeout, twice);
    const lp_host_how how = {.at_once = true};
    tried t = {LP_OK, 0, false, ""};
    lp_case c;
    lp_answer alone, both;
    uneven_case(&c);
    lp_answer_init(&alone);
    lp_answer_init(&both);
    assert_true(lp_host_run(h, &c, NULL, &alone, NULL));
    assert_int_equal(alone.status, LP_OK);
    assert_int_equal(alone.findings & ~(unsigned)LP_FIND_REPORTED, 0);
    /* By chance an interruption may miss where it matters; a hundred do not. */
    for (int i = 0; i < 100 && !t.findings && !t.differs && t.status == LP_OK; i++) {
        assert_true(lp_host_run(h, &c, &how, &both, NULL));
        t.status = both.status;
        t.findings = both.findings & ~(unsigned)LP_FIND_REPORTED;
        memcpy(t.note, both.note, sizeof t.note);
        for (int o = LP_OUT_LOSS; both.status == LP_OK && o <= LP_OUT_GRAD; o += LP_OUT_GRAD)
            t.differs |= memcmp(alone.out[o], both.out[o],
                                (size_t)lp_case_out_len(&c, (lp_out)o) * sizeof(double)) != 0;
    }
    assert_own_arithmetic();
    lp_answer_clear(&alone);
    lp_answer_clear(&both);
    lp_case_clear(&c);
    lp_host_close(h);
    return t;
}

static void what_is_shared_shows(void **state) {
    (void)state;
    assert_true(at_once("mutant:shared_scratch", 5, true).differs);
    assert_true(at_once("mutant:shared_scratch", 5, false).differs);
}

static void what_is_not_does_not(void **state) {
    static const char *const sound[] = {"mutant:noise", "mutant:thread_scratch",
                                        "mutant:locked_scratch", "mutant:threads"};
    (void)state;
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) {
        tried t = at_once(sound[i], 5, true);
        if (t.status != LP_OK || t.findings || t.differs)
            fail_msg("%s: status %d, findings 0x%x, note '%s'", sound[i], t.status, t.findings,
                     t.note);
    }
}

/* The guards are the second thread's too. */
static void a_crash_is_told(void **state) {
    (void)state;
    tried t = at_once("mutant:overlap_crash", 5, true);
    assert_int_equal(t.findings, LP_FIND_CRASH);
    assert_string_equal(t.note, "SIGSEGV: null pointer");
}

static void not_tested(void **state) {
    (void)state;
    tried t = at_once("mutant:one_thread", 5, true);
    assert_int_equal(t.status, LP_E_UNSUPPORTED);
    assert_string_equal(t.note, "calls that overlap not declared");
    t = at_once("mutant:slow", 5, true); /* 0.6 s a call: four of them may be half of the time */
    assert_int_equal(t.status, LP_E_UNSUPPORTED);
    assert_string_equal(t.note, "too long a call, or no second thread");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shared_shows), cmocka_unit_test(what_is_not_does_not),
        cmocka_unit_test(a_crash_is_told), cmocka_unit_test(not_tested)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
