/* Late for want of a processor, or late: the worker's processor time and state tell. */
#define _GNU_SOURCE
#include "host/process.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void on_one_processor(void) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) _exit(1);
}

/* A child at that niceness that spins, or sleeps; ends with the test, however that ends. */
static lp_process child(int niceness, bool spins) {
    lp_process p = {.pid = fork()};
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (setpriority(PRIO_PROCESS, 0, niceness) != 0) _exit(1);
        for (volatile unsigned turns = 0;; turns = turns + 1)
            if (!spins) pause();
    }
    return p;
}

static void end(const lp_process *p) {
    kill(p->pid, SIGKILL);
    waitpid(p->pid, NULL, 0);
}

/* Of a processor shared with another at niceness 0 the weights leave 1.5 % to niceness 19. */
static void test_starved(void **state) {
    (void)state;
    on_one_processor();
    lp_process hog = child(0, true), late = child(19, true);
    usleep(300000);
    assert_true(lp_process_starved(&late, 0.3));
    end(&late);
    end(&hog);
}

static void test_asleep(void **state) {
    (void)state;
    lp_process p = child(0, false);
    double until = lp_seconds() + 30;
    while (lp_process_starved(&p, 0.3) && lp_seconds() < until) usleep(10000); /* until it pauses */
    assert_false(lp_process_starved(&p, 0.3));
    end(&p);
}

/* However busy the machine, it gets its time some day. */
static void test_running(void **state) {
    (void)state;
    lp_process p = child(0, true);
    double until = lp_seconds() + 30;
    while (lp_process_starved(&p, 0.1) && lp_seconds() < until) usleep(10000);
    assert_false(lp_process_starved(&p, 0.1));
    lp_process_look(&p);
    assert_true(p.ran >= 0.05);
    end(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_asleep),
                                       cmocka_unit_test(test_running),
                                       cmocka_unit_test(test_starved)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
