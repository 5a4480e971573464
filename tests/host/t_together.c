/* Calls of two threads that overlap: what they share shows, what each has for itself does not. */
#define _GNU_SOURCE
#include "support.h"

#include "host/together.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

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

/* A call of 30 ms of this thread's own time, with whose interruptions a handler of the subject's
 * own is told first: they end with the patience (host/together.c: six), or the call would last
 * until it is told as a hang. */
static void (*their_handler)(int);
static volatile sig_atomic_t interruptions;
static void counted(int signal) {
    interruptions++;
    their_handler(signal);
}

static void nothing(void *ctx) {
    (void)ctx;
}
static bool same(void *ctx) {
    return (void)ctx, true;
}
static void long_call(void *ctx) {
    struct sigaction act;
    (void)ctx;
    assert_int_equal(sigaction(SIGRTMAX, NULL, &act), 0);
    if (act.sa_handler != counted) their_handler = act.sa_handler;
    act.sa_handler = counted;
    assert_int_equal(sigaction(SIGRTMAX, &act, NULL), 0);
    for (clock_t begin = clock(); clock() - begin < 3 * CLOCKS_PER_SEC / 100;) continue;
}

static void a_long_call_is_not_interrupted_for_ever(void **state) {
    const lp_turns turns = {nothing, long_call, nothing, same, NULL};
    (void)state;
    assert_true(lp_together(&turns));
    assert_in_range(interruptions, 1, 8);
}

/* 5 ms, after which the patience is over. */
static void late(void *ctx) {
    struct timespec now, begin;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000000000 + now.tv_nsec - begin.tv_nsec < 5000000);
}

static void a_late_call_is_interrupted_too(void **state) {
    const lp_turns turns = {late, long_call, nothing, same, NULL};
    (void)state;
    interruptions = 0;
    assert_true(lp_together(&turns));
    assert_in_range(interruptions, 1, 4); /* three, but for those before it counts */
}

static double seconds(const struct rusage *u) {
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
           1e-6 * (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec);
}

/* A worker on one processor, under a policy by which a thread that never waits keeps it. The test
 * itself goes back to the ordinary one, so that it can tell. Nor does the second thread keep the
 * processor to its last moment, a tenth of a second each time: the three take half of that at most,
 * of the worker's own time, whatever else the machine does. */
static void nothing_hangs_in_real_time(void **state) {
    const struct sched_param most = {.sched_priority = 1}, none = {.sched_priority = 0};
    const lp_host_how how = {.at_once = true};
    cpu_set_t all, one;
    size_t processor = 0;
    lp_case c;
    lp_answer answer;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    while (!CPU_ISSET(processor, &all)) processor++;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    if (sched_setscheduler(0, SCHED_FIFO, &most) != 0) skip();
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    lp_host *h = open_host("mutant:noise", 5, true);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
    assert_int_equal(sched_setscheduler(0, SCHED_OTHER, &none), 0);
    uneven_case(&c);
    lp_answer_init(&answer);
    for (int i = 0; i < 3; i++) {
        assert_true(lp_host_run(h, &c, &how, &answer, NULL));
        /* Unsupported: too long a call, on a busy machine. */
        assert_true(answer.status == LP_OK || answer.status == LP_E_UNSUPPORTED);
        assert_int_equal(answer.findings & ~(unsigned)LP_FIND_REPORTED, 0);
    }
    lp_answer_clear(&answer);
    lp_case_clear(&c);
    struct rusage before, after;
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &before), 0);
    lp_host_close(h);
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &after), 0);
    assert_true(seconds(&after) - seconds(&before) < 0.15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shared_shows), cmocka_unit_test(what_is_not_does_not),
        cmocka_unit_test(a_crash_is_told), cmocka_unit_test(not_tested),
        cmocka_unit_test(nothing_hangs_in_real_time),
        /* Last: a worker that is forked later would take this process's second thread for its own.
         */
        cmocka_unit_test(a_long_call_is_not_interrupted_for_ever),
        cmocka_unit_test(a_late_call_is_interrupted_too)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
