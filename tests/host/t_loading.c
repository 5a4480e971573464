/* What can go wrong before the first call, and what a declaration may hold. */
#include "support.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void refused(const char *spec, lp_host_result expected, const char *why) {
    lp_host *good = open_host(specimen("good"), 5, true), *h = good;
    lp_host_options options = {.timeout = 0.3, .libdir = SPECIMEN_DIR, .check_twice = true};
    lp_error err = {""};
    lp_host_result result = lp_host_open(&h, spec, &options, &err);
    if (result != expected || !strstr(err.text, why) || strchr(err.text, '\n'))
        fail_msg("%s: result %d, '%s'", spec, (int)result, err.text);
    assert_null(h);
    assert_good_works(good);
    lp_host_close(good);
}

static void refusals(void **state) {
    static const struct {
        const char *spec;
        lp_host_result result;
        const char *why;
    } row[] = {{"builtin:load_crash", LP_HOST_DIED, "crashes while loading: SIGABRT"},
               {"builtin:load_hang", LP_HOST_DIED, "hangs while loading (0.3 s)"},
               {"builtin:load_exit", LP_HOST_DIED, "crashes while loading: called exit()"},
               {"builtin:load_entry_crash", LP_HOST_DIED, "crashes while loading: SIGSEGV"},
               {"builtin:load_abi", LP_HOST_CANNOT, "declares ABI 2, this program speaks 1"},
               {"builtin:load_nothing", LP_HOST_CANNOT, "returned no table"},
               {"builtin:load_no_entry", LP_HOST_CANNOT, "no entry point lossproof_subject_v1"},
               {"builtin:load_many", LP_HOST_CANNOT, "declares 1073741824 entries"},
               {"mutant:no_such_misdeed", LP_HOST_CANNOT, "returned no table"},
               {"mutant:", LP_HOST_CANNOT, "no name"},
               {"builtin:no_such_object", LP_HOST_CANNOT, "no such subject"},
               {"builtin:../good", LP_HOST_CANNOT, "is not a name"},
               {"builtin:", LP_HOST_CANNOT, "is not a name"},
               {"/no/such/file.so", LP_HOST_CANNOT, "No such file"},
               {"/", LP_HOST_CANNOT, "not a file"},
               {"", LP_HOST_CANNOT, "name of the subject is empty"},
               {"/etc/passwd", LP_HOST_CANNOT, "cannot be loaded"},
               {"cmd:", LP_HOST_CANNOT, "no program given"},
               {"cmd:'open", LP_HOST_CANNOT, "a quote (') is not closed"},
               {"cmd:no-such-program-at-all", LP_HOST_CANNOT, "not found in PATH"},
               {"cmd:/etc/passwd x", LP_HOST_CANNOT, "cannot run /etc/passwd: Permission denied"}};
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        refused(row[i].spec, row[i].result, row[i].why);
}

static void described(void **state) {
    (void)state;
    lp_host *h = open_host("builtin:good", 5, true);
    const lp_host_info *info = lp_host_describe(h);
    assert_string_equal(info->spec, "builtin:good");
    assert_string_equal(info->path, specimen("good"));
    assert_string_equal(info->name, "good");
    assert_string_equal(info->version, "1");
    assert_string_equal(info->conventions, "");
    assert_string_equal(info->load_note, "");
    assert_false(info->load_ftz);
    assert_int_equal(info->entries, 2);
    assert_int_equal(info->unknowns, 0);
    assert_int_equal(info->entry[1].op, LP_OP_SOFTMAX_XENT);
    assert_int_equal(info->entry[1].format, LP_BINARY32);
    assert_int_equal(info->entry[1].flags, LP_FLAG_LABEL32);
    lp_host_close(h);
}

/* The digest is what sha256sum says. */
static void digest(void **state) {
    (void)state;
    char command[600], line[65] = "";
    lp_host *h = open_host("builtin:good", 5, true);
    snprintf(command, sizeof command, "sha256sum %s", specimen("good"));
    FILE *f = popen(command, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    pclose(f);
    assert_string_equal(lp_host_describe(h)->digest, line);
    lp_host_close(h);
}

/* An entry table of a later version: what is known of it works, the rest is named. */
static void later_version(void **state) {
    static const char *const unknown[] = {"operation 'transmogrify'",
                                          "softmax_xent: unknown parameter bits 0x1000000000000000",
                                          "softmax_xent: unknown output bits 0x100000",
                                          "softmax_xent: unknown reduction bits 0x200",
                                          "softmax_xent: unknown flag bits 0x80000000",
                                          "softmax_xent: format 99",
                                          "softmax: no function",
                                          "operation ''"};
    (void)state;
    lp_host *h = open_host("builtin:newer", 5, true);
    const lp_host_info *info = lp_host_describe(h);
    assert_string_equal(info->name, "newer??");
    assert_int_equal(info->entries, 1);
    assert_int_equal(info->unknowns, sizeof unknown / sizeof *unknown);
    for (int i = 0; i < info->unknowns; i++) assert_string_equal(info->unknown[i], unknown[i]);
    assert_good_works(h);
    lp_host_close(h);
}

/* Told as what it is, not as flush-to-zero; here nothing changes. */
static void rounding(void **state) {
    (void)state;
    lp_host *h = open_host("builtin:load_rounding", 5, true);
    const lp_host_info *info = lp_host_describe(h);
    lp_case c;
    lp_answer a;
    assert_own_arithmetic();
    assert_true(info->load_rounding && !info->load_ftz);
    equal_case(&c, 2, LP_BINARY64);
    lp_answer_init(&a);
    assert_true(lp_host_run(h, &c, NULL, &a, NULL));
    assert_int_equal(a.findings, LP_FIND_LOAD_ROUNDING);
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(h);
}

/* -Ofast switches flush-to-zero on in the thread that loads: in the worker, not here; calls run so,
 * since that is how its users meet it. */
static void fast_math(void **state) {
    (void)state;
    lp_host *h = open_host("builtin:fastmath", 5, true);
    const lp_host_info *info = lp_host_describe(h);
    lp_case c;
    lp_answer a;
    assert_own_arithmetic();
    assert_true(info->load_ftz);
    assert_non_null(strstr(info->load_note, "0x1f80 to 0x9fc0"));
    equal_case(&c, 2, LP_BINARY64);
    lp_answer_init(&a);
    assert_true(lp_host_run(h, &c, NULL, &a, NULL));
    assert_int_equal(a.findings, LP_FIND_LOAD_FTZ);
    assert_equal_answer(&c, &a);
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(h);
}

static void without_sandbox(void **state) {
    (void)state;
    setenv("LOSSPROOF_SANDBOX", "off", 1);
    lp_host *h = open_host("builtin:good", 5, true);
    unsetenv("LOSSPROOF_SANDBOX");
    assert_string_equal(lp_host_describe(h)->load_note, "sandbox off by LOSSPROOF_SANDBOX");
    assert_good_works(h);
    lp_host_close(h);
}

static void libdir_from_environment(void **state) {
    lp_host *h;
    lp_error err;
    (void)state;
    setenv("LOSSPROOF_LIBDIR", SPECIMEN_DIR, 1);
    assert_int_equal(lp_host_open(&h, "builtin:good", NULL, &err), LP_HOST_OK);
    assert_good_works(h);
    lp_host_close(h);
    unsetenv("LOSSPROOF_LIBDIR"); /* then beside the program, where there is none */
    assert_int_equal(lp_host_open(&h, "builtin:good", NULL, &err), LP_HOST_CANNOT);
    assert_non_null(strstr(err.text, "/../lib/lossproof/good.so"));
}

static void many_at_once(void **state) {
    lp_host *h[40];
    (void)state;
    for (int i = 0; i < 40; i++) h[i] = open_host("builtin:good", 5, true);
    for (int i = 0; i < 40; i++) assert_good_works(h[39 - i]);
    for (int i = 0; i < 40; i++) lp_host_close(h[i]);
}

static bool alive(pid_t pid) {
    return kill(pid, 0) == 0;
}

/* A judge that is killed leaves no worker, not even one that hangs. */
static void no_orphans(void **state) {
    int line[2];
    pid_t worker = 0;
    (void)state;
    assert_int_equal(pipe(line), 0);
    pid_t judge = fork();
    if (judge == 0) {
        lp_host *h = open_host("mutant:hang", 60, false);
        lp_case c;
        lp_answer a;
        char path[64];
        snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
        FILE *f = fopen(path, "r");
        int child = 0;
        if (!f || fscanf(f, "%d", &child) != 1) _exit(1);
        if (write(line[1], &child, sizeof child) < 0) _exit(1);
        equal_case(&c, 2, LP_BINARY64);
        lp_answer_init(&a);
        lp_host_run(h, &c, NULL, &a, NULL);
        _exit(0);
    }
    assert_int_equal(read(line[0], &worker, sizeof(int)), sizeof(int));
    assert_true(worker > 0 && alive(worker));
    nanosleep(&(struct timespec){0, 50000000}, NULL);
    kill(judge, SIGKILL);
    waitpid(judge, NULL, 0);
    for (int i = 0; i < 200 && alive(worker); i++) nanosleep(&(struct timespec){0, 10000000}, NULL);
    assert_false(alive(worker));
    close(line[0]);
    close(line[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals),        cmocka_unit_test(described),
        cmocka_unit_test(digest),          cmocka_unit_test(later_version),
        cmocka_unit_test(fast_math),       cmocka_unit_test(rounding),
        cmocka_unit_test(without_sandbox), cmocka_unit_test(libdir_from_environment),
        cmocka_unit_test(many_at_once),    cmocka_unit_test(no_orphans)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
