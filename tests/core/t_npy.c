/* NumPy's files: what is read, value by value, and what is refused. */
#include "check.h"

#include "core/npy.h"

#include <math.h>
#include <stdio.h>

typedef struct file {
    unsigned char bytes[512];
    size_t length;
} file;

/* Version 1.0 to 3.0, a header as given, `size` bytes of elements. */
static file made(int version, const char *header, const void *data, size_t size) {
    file f = {.bytes = "\x93NUMPY"};
    size_t from = version == 1 ? 10 : 12, n = strlen(header);
    f.bytes[6] = (unsigned char)version;
    f.bytes[8] = (unsigned char)n;
    f.bytes[9] = (unsigned char)(n >> 8);
    memcpy(f.bytes + from, header, n);
    if (size) memcpy(f.bytes + from + n, data, size);
    f.length = from + n + size;
    return f;
}

#define HEADER(type, order, shape)                                                                 \
    "{'descr': '" type "', 'fortran_order': " order ", 'shape': " shape ", }          \n"

static void orders_and_ends(void **state) {
    (void)state;
    const double data[] = {1, -2.5, 3, 4, 5, -INFINITY};
    unsigned char turned[sizeof data];
    for (size_t i = 0; i < sizeof data; i++)
        turned[i] = ((const unsigned char *)data)[i / 8 * 8 + 7 - i % 8];
    for (int version = 1; version <= 3; version++)
        for (int fortran = 0; fortran < 2; fortran++)
            for (int big = 0; big < 2; big++) {
                char header[128];
                snprintf(header, sizeof header,
                         "{'descr': '%cf8', 'fortran_order': %s, 'shape': (2, 3), }\n",
                         big ? '>' : '<', fortran ? "True" : "False");
                file f = made(version, header, big ? (const void *)turned : data, sizeof data);
                lp_npy a;
                lp_error err = {""};
                assert_true(lp_npy_open(&a, f.bytes, f.length, &err));
                assert_int_equal(a.rank, 2);
                assert_int_equal(a.size[0], 2);
                assert_int_equal(a.size[1], 3);
                for (int i = 0; i < 2; i++)
                    for (int j = 0; j < 3; j++)
                        assert_true(lp_npy_real(&a, i, j) == data[fortran ? j * 2 + i : i * 3 + j]);
            }
}

static void every_type(void **state) {
    (void)state;
    lp_npy a;
    lp_error err = {""};
    const float single[] = {0.1f, -3e38f};
    file f = made(1, HEADER("<f4", "False", "(2,)"), single, sizeof single);
    assert_true(lp_npy_open(&a, f.bytes, f.length, &err));
    assert_int_equal(a.rank, 1);
    assert_true(lp_npy_real(&a, 0, 0) == (double)0.1f && lp_npy_real(&a, 1, 0) == (double)-3e38f);

    /* 1, -2, 65504, least subnormal, greatest subnormal, infinity, NaN, -0 */
    const unsigned char half[] = {0x3c, 0,    0xc0, 0, 0x7b, 0xff, 0,    1,
                                  3,    0xff, 0x7c, 0, 0x7e, 0,    0x80, 0};
    const double want[] = {1, -2, 65504, 0x1p-24, 0x1.ff8p-15, INFINITY, NAN, -0.0};
    f = made(2, HEADER(">f2", "False", "(8,)"), half, sizeof half);
    assert_true(lp_npy_open(&a, f.bytes, f.length, &err));
    for (int i = 0; i < 8; i++) {
        double x = lp_npy_real(&a, i, 0);
        assert_true(isnan(want[i]) ? isnan(x) : x == want[i] && signbit(x) == signbit(want[i]));
    }

    const int64_t wide[] = {-1, INT64_MAX, 3};
    f = made(3, HEADER("<i8", "True", "(3L,)"), wide, sizeof wide);
    assert_true(lp_npy_open(&a, f.bytes, f.length, &err));
    assert_false(a.real);
    for (int i = 0; i < 3; i++) assert_true(lp_npy_integer(&a, i, 0) == wide[i]);

    const int32_t narrow[] = {-7, INT32_MAX};
    f = made(1, "{\"shape\":(2,),\"descr\":\"<i4\",\"fortran_order\":False}", narrow,
             sizeof narrow);
    assert_true(lp_npy_open(&a, f.bytes, f.length, &err));
    for (int i = 0; i < 2; i++) assert_true(lp_npy_integer(&a, i, 0) == narrow[i]);

    f = made(1, HEADER("<f8", "False", "(0, 4)"), NULL, 0);
    assert_true(lp_npy_open(&a, f.bytes, f.length, &err));
    assert_int_equal(a.size[0], 0);
}

static void refused(void **state) {
    (void)state;
    static const struct {
        const char *header;
        size_t size;
        const char *says;
    } table[] = {
        {HEADER("|O", "False", "(1, 2)"), 16, "type '|O'"},
        {HEADER("<c8", "False", "(1, 2)"), 16, "type '<c8'"},
        {HEADER("f8", "False", "(1, 2)"), 16, "type 'f8'"},
        {HEADER("=f8", "False", "(1, 2)"), 16, "type '=f8'"},
        {HEADER("<f16", "False", "(1, 1)"), 16, "type '<f16'"},
        {"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,), }", 16, "records"},
        {HEADER("<f8", "Maybe", "(1, 2)"), 16, "neither True nor False"},
        {HEADER("<f8", "False", "(-1, 2)"), 16, "negative"},
        {HEADER("<f8", "False", "(2, -1)"), 16, "negative"},
        {HEADER("<f8", "False", "(1, 2, 1)"), 16, "more than 2 dimensions"},
        {HEADER("<f8", "False", "()"), 8, "no array"},
        {HEADER("<f8", "False", "(1 2)"), 16, "shape is not readable"},
        {HEADER("<f8", "False", "2"), 16, "shape is not readable"},
        {HEADER("<f8", "False", "(99999999999999999999, 1)"), 16, "a size in its shape overflows"},
        {HEADER("<f8", "False", "(4611686018427387904, 4)"), 16, "its shape overflows"},
        {HEADER("<f8", "False", "(2305843009213693952, 1)"), 16, "its shape overflows"},
        {HEADER("<f8", "False", "(1, 3)"), 16, "promises 24 bytes of elements, 16 are there"},
        {HEADER("<f8", "False", "(1, 1)"), 16, "promises 8 bytes of elements, 16 are there"},
        {HEADER("<f8", "False", "(1, 2)"), 15, "promises 16 bytes"},
        {"{'descr': '<f8', 'fortran_order': False, }", 0, "no key 'shape'"},
        {"{'descr': '<f8', 'descr': '<f8', 'shape': (1,), }", 8, "'descr' is twice"},
        {"{'descr': '<f8', 'order': 'C', 'shape': (1,), }", 8, "unknown key 'order'"},
        {HEADER("<f8", "False", "(1, 2)") "x", 16, "goes on"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)", 16, "no dictionary"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, ", 16, "shape is not readable"},
        {"{'descr': '<f8", 16, "unreadable type"},
        {"[]", 16, "no dictionary"},
        {"", 0, "no dictionary"},
    };
    const unsigned char zeros[64] = {0};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        file f = made(1, table[i].header, zeros, table[i].size);
        lp_npy a;
        lp_error err = {""};
        bool taken = lp_npy_open(&a, f.bytes, f.length, &err);
        if (taken || !strstr(err.text, table[i].says))
            print_message("%s: %s\n", table[i].header, taken ? "taken" : err.text);
        assert_false(taken);
        assert_non_null(strstr(err.text, table[i].says));
    }
}

/* Every shorter file is refused, and read no further than it goes: the copy ends where it ends. */
static void truncated(void **state) {
    (void)state;
    const double data[] = {1, 2};
    for (int version = 1; version <= 3; version++) {
        file f = made(version, HEADER("<f8", "False", "(1, 2)"), data, sizeof data);
        for (size_t length = 0; length <= f.length; length++) {
            unsigned char *exact = malloc(length ? length : 1);
            lp_npy a;
            lp_error err = {""};
            assert_non_null(exact);
            memcpy(exact, f.bytes, length);
            assert_int_equal(lp_npy_open(&a, exact, length, &err), length == f.length);
            assert_int_equal(err.text[0] == 0, length == f.length);
            free(exact);
        }
    }
    file f = made(4, HEADER("<f8", "False", "(1, 2)"), data, sizeof data);
    lp_npy a;
    lp_error err = {""};
    assert_false(lp_npy_open(&a, f.bytes, f.length, &err));
    assert_non_null(strstr(err.text, "version 4.0"));
    f.bytes[0] = 'P';
    assert_false(lp_npy_open(&a, f.bytes, f.length, &err));
    assert_non_null(strstr(err.text, "NUMPY"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_and_ends),
        cmocka_unit_test(every_type),
        cmocka_unit_test(refused),
        cmocka_unit_test(truncated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
