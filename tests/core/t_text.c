#include "check.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"

/* Every code point, by the definition of UTF-8, and nothing else. */
static void utf8_every_character(void **state) {
    (void)state;
    for (unsigned long c = 1; c <= 0x110000; c++) {
        unsigned char u[5] = {0};
        int bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
        unsigned long rest = c;
        for (int i = bytes - 1; i > 0; i--, rest >>= 6)
            u[i] = (unsigned char)(0x80 | (rest & 0x3f));
        u[0] = (unsigned char)(bytes == 1 ? c : lead[bytes] | rest);
        bool valid = c < 0x110000 && !(c >= 0xd800 && c < 0xe000);
        assert_int_equal(lp_text_utf8((char *)u), valid ? bytes : 0);
        u[bytes - 1] = 0; /* cut off */
        assert_int_equal(lp_text_utf8((char *)u), 0);
    }
}

static void utf8_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xe0\x9f\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xed\xa0\x80",
                                      "\xc3(",
                                      "\xf4\x90\x80\x80",
                                      "\xe2\x82"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_int_equal(lp_text_utf8(bad[i]), 0);
}

static void json(void **state) {
    (void)state;
    lp_text t = {0};
    lp_text_json(&t, "a\"b\\c\n\x01\x7f\xc3\xa9\xff</");
    assert_string_equal(t.data, "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\xc3\xa9\xef\xbf\xbd</\"");
    lp_text_clear(&t);
}

static void growing(void **state) {
    (void)state;
    lp_text t = {0};
    char *empty = lp_text_take(&t);
    assert_string_equal(empty, "");
    free(empty);
    for (int i = 0; i < 20000; i++) lp_text_format(&t, "%05d,", i);
    assert_int_equal(t.length, 120000);
    assert_memory_equal(t.data + 6 * 12345, "12345,", 6);
    char *all = lp_text_take(&t);
    assert_int_equal(strlen(all), 120000);
    assert_null(t.data);
    free(all);
}

static void errors(void **state) {
    (void)state;
    lp_error err;
    char many[1000];
    assert_false(lp_error_set(&err, "a\nb\x1b[31m%d\x7f", 7));
    assert_string_equal(err.text, "a?b?[31m7?");
    memset(many, 'x', sizeof many - 1);
    many[sizeof many - 1] = 0;
    lp_error_set(&err, "%s", many);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_false(lp_error_set(NULL, "%s", many));
}

static void memory(void **state) {
    (void)state;
    void *none = lp_memory_zeros(0, 8), *copy = lp_memory_copy("", 0);
    assert_non_null(none);
    assert_non_null(copy);
    assert_null(lp_memory_copy(NULL, 5));
    assert_null(lp_memory_text(NULL));
    free(none);
    free(copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_every_character),
        cmocka_unit_test(utf8_refused),
        cmocka_unit_test(json),
        cmocka_unit_test(growing),
        cmocka_unit_test(errors),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
