#include "check.h"

#include "core/case_text.h"

/* Reads all of `bytes` and compares with `count` expected lines. */
static void check(const char *bytes, size_t size, const char *const *want, int count) {
    FILE *stream = fmemopen((void *)(uintptr_t)bytes, size, "r");
    lp_line_reader r = {.stream = stream};
    char *line;
    size_t length;
    for (int i = 0; i < count; i++) {
        assert_int_equal(lp_line_next(&r, &line, &length), 1);
        assert_int_equal(r.number, i + 1);
        assert_int_equal(length, strlen(want[i]));
        assert_memory_equal(line, want[i], length + 1);
    }
    assert_int_equal(lp_line_next(&r, &line, &length), 0);
    assert_int_equal(lp_line_next(&r, &line, &length), 0);
    lp_line_close(&r);
    fclose(stream);
}
#define CHECK(bytes, ...)                                                                          \
    do {                                                                                           \
        const char *const want[] = {__VA_ARGS__};                                                  \
        check(bytes, sizeof(bytes) - 1, want, (int)(sizeof want / sizeof *want));                  \
    } while (0)

static void endings(void **state) {
    (void)state;
    CHECK("a\nb\n", "a", "b");
    CHECK("a\r\nb\r\n", "a", "b");
    CHECK("a\nb", "a", "b");
    CHECK("a\n\nb\n\n", "a", "", "b", "");
    CHECK("\n", "");
    CHECK("\r\n", "");
    CHECK("a\rb\n", "a\rb");
    CHECK("\xef\xbb\xbf{}\n\xef\xbb\xbf{}\n", "{}",
          "\xef\xbb\xbf{}"); /* a BOM is one at the start only */
    CHECK("\xef\xbb\xbf\n", "");
    CHECK("\xef\xbb\n", "\xef\xbb");
}

static void nothing(void **state) {
    (void)state;
    FILE *stream = fopen("/dev/null", "r");
    lp_line_reader r = {.stream = stream};
    char *line;
    size_t length;
    assert_int_equal(lp_line_next(&r, &line, &length), 0);
    lp_line_close(&r);
    fclose(stream);
}

static void nul_stays(void **state) {
    (void)state;
    char bytes[] = "ab\0cd\nef\n";
    FILE *stream = fmemopen(bytes, sizeof bytes - 1, "r");
    lp_line_reader r = {.stream = stream};
    char *line;
    size_t length;
    assert_int_equal(lp_line_next(&r, &line, &length), 1);
    assert_int_equal(length, 5);
    assert_memory_equal(line, "ab\0cd", 6);
    lp_line_close(&r);
    fclose(stream);
}

static void read_error(void **state) {
    (void)state;
    FILE *stream = fopen("/tmp", "r"); /* a folder: opening works, reading does not */
    lp_line_reader r = {.stream = stream};
    char *line;
    size_t length;
    assert_non_null(stream);
    assert_int_equal(lp_line_next(&r, &line, &length), -1);
    lp_line_close(&r);
    fclose(stream);
}

/* What never ends is given up where a line may not be longer, and stays so. */
static void endless(void **state) {
    (void)state;
    static char bytes[3000] = "a\nbcde\n";
    for (size_t i = 7; i < sizeof bytes; i++) bytes[i] = i % 2 ? 'x' : '\0';
    FILE *stream = fmemopen(bytes, sizeof bytes, "r");
    lp_line_reader r = {.stream = stream, .most = 2000};
    char *line;
    size_t length;
    lp_error why;
    assert_int_equal(lp_line_next(&r, &line, &length), 1);
    assert_int_equal(lp_line_next(&r, &line, &length), 1);
    assert_int_equal(lp_line_next(&r, &line, &length), -1);
    assert_int_equal(lp_line_next(&r, &line, &length), -1);
    lp_line_trouble(&why, &r);
    assert_string_equal(why.text, "line 3 is longer than 2000 bytes");
    lp_line_close(&r);
    rewind(stream);
    r = (lp_line_reader){.stream = stream, .most = sizeof bytes - 7}; /* just as long */
    for (int i = 0; i < 3; i++) assert_int_equal(lp_line_next(&r, &line, &length), 1);
    assert_int_equal(length, sizeof bytes - 7);
    lp_line_close(&r);
    fclose(stream);
}

/* A valid case of 30 MB on one line, through the reader and the parser. */
static void thirty_megabytes(void **state) {
    (void)state;
    int64_t k = 1300000;
    lp_case c, again;
    lp_case_init(&c, LP_OP_SOFTMAX);
    c.n = 1;
    c.stride = c.k = k;
    double *z = lp_case_alloc(&c, LP_IN_LOGITS);
    for (int64_t i = 0; i < k; i++) z[i] = 1.0 / (double)(i + 3);
    char *text = lp_case_print(&c);
    size_t size = strlen(text);
    assert_true(size > 29000000);
    FILE *stream = fmemopen(text, size, "r");
    lp_line_reader r = {.stream = stream};
    char *line;
    size_t length;
    const char *status;
    lp_error err = {""};
    assert_int_equal(lp_line_next(&r, &line, &length), 1);
    assert_int_equal(length, size);
    assert_true(lp_case_parse(&again, line, length, &status, &err));
    assert_true(lp_case_equal(&c, &again));
    lp_line_close(&r);
    fclose(stream);
    free(text);
    lp_case_clear(&c);
    lp_case_clear(&again);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endings),    cmocka_unit_test(nothing), cmocka_unit_test(nul_stays),
        cmocka_unit_test(read_error), cmocka_unit_test(endless), cmocka_unit_test(thirty_megabytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
