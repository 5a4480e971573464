#include "check.h"
#include "sample.h"

#include "reports/atomic_write.h"
#include "reports/reports.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[160];

static int setup(void **state) {
    (void)state;
    temporary_folder(folder);
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails where a temporary file stayed behind */
}

static int files(void) {
    int count = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; (e = readdir(d));) count += e->d_name[0] != '.';
    closedir(d);
    return count;
}

static void check(const char *want) {
    size_t length;
    char *got = file_text(folder, "file", &length);
    assert_int_equal(length, strlen(want));
    assert_memory_equal(got, want, length);
    free(got);
    assert_int_equal(files(), 1);
}

static void written(void **state) {
    (void)state;
    lp_error err = {""};
    struct stat is;
    mode_t mask = umask(022);
    assert_true(lp_write_file(path, "one", 3, &err));
    check("one");
    assert_true(lp_write_file(path, "two and more", 12, &err));
    check("two and more");
    assert_int_equal(stat(path, &is), 0);
    assert_int_equal(is.st_mode & 0777, 0644);
    umask(mask);
    assert_true(lp_write_file(path, "", 0, &err));
    check("");
    assert_string_equal(err.text, "");
}

/* The disk is full after 4096 bytes: what was there stays, and nothing else. */
static void too_large(void **state) {
    (void)state;
    lp_error err = {""};
    struct rlimit was, small;
    char *large = calloc(100000, 1);
    assert_true(lp_write_file(path, "before", 6, &err));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    small = was;
    small.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &small);
    bool good = lp_write_file(path, large, 100000, &err);
    lp_certificate c;
    lp_error whole = {""};
    sample(&c);
    bool page = lp_report_html(path, &c, &whole);
    lp_certificate_clear(&c);
    setrlimit(RLIMIT_FSIZE, &was);
    assert_false(good);
    assert_false(page);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(whole.text, path));
    check("before");
    free(large);
}

/* A device is written to, not replaced. Through a link, so that a fault here costs the link only.
 */
static void device(void **state) {
    (void)state;
    lp_error err = {""};
    struct stat is;
    assert_int_equal(symlink("/dev/full", path), 0);
    assert_false(lp_write_file(path, "x", 1, &err));
    assert_non_null(strstr(err.text, path));
    assert_int_equal(lstat(path, &is), 0);
    assert_true(S_ISLNK(is.st_mode));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    err.text[0] = 0;
    assert_true(lp_write_file(path, "x", 1, &err));
    assert_string_equal(err.text, "");
}

static void nowhere(void **state) {
    (void)state;
    lp_error err = {""};
    char inner[200];
    snprintf(inner, sizeof inner, "%s/missing/file", folder);
    assert_false(lp_write_file(inner, "x", 1, &err));
    assert_non_null(strstr(err.text, "missing"));
    assert_false(lp_write_file(folder, "x", 1, &err)); /* a folder is there */
    assert_non_null(strstr(err.text, folder));
    assert_int_equal(files(), 0);
}

/* A name without a folder lands in the present one. */
static void here(void **state) {
    (void)state;
    lp_error err = {""};
    char was[4096];
    assert_non_null(getcwd(was, sizeof was));
    assert_int_equal(chdir(folder), 0);
    assert_true(lp_write_file("file", "x", 1, &err));
    assert_int_equal(chdir(was), 0);
    check("x");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(written, setup, teardown),
        cmocka_unit_test_setup_teardown(too_large, setup, teardown),
        cmocka_unit_test_setup_teardown(device, setup, teardown),
        cmocka_unit_test_setup_teardown(nowhere, setup, teardown),
        cmocka_unit_test_setup_teardown(here, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
