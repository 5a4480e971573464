#include "check.h"

#include "core/hexfloat.h"
#include "core/rng.h"

#include <float.h>
#include <math.h>
#include <mpfr.h>

static void printed(void **state) {
    (void)state;
    static const struct {
        double x;
        const char *text;
    } table[] = {
        {1, "0x1p+0"},
        {1.5, "0x1.8p+0"},
        {-0.1, "-0x1.999999999999ap-4"},
        {0, "0x0p+0"},
        {-0.0, "-0x0p+0"},
        {DBL_MAX, "0x1.fffffffffffffp+1023"},
        {0x1p-1074, "0x1p-1074"},
        {0x1.8p-1073, "0x1.8p-1073"},
        {0x0.fffffffffffffp-1022, "0x1.ffffffffffffep-1023"},
        {0x1p-1022, "0x1p-1022"},
        {0x1.0000000000001p+0, "0x1.0000000000001p+0"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
        {NAN, "nan"},
    };
    char buf[LP_HEXFLOAT_SIZE];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_string_equal(lp_hexfloat_print(buf, table[i].x), table[i].text);
        assert_string_equal(lp_hexfloat_print(buf, copysign(NAN, -1)), "nan");
    }
}

/* Random bits, half of them with few significant digits; the C library reads the same number. */
static void there_and_back(void **state) {
    (void)state;
    lp_rng r;
    lp_rng_init(&r, 3, 0, 0);
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = lp_rng_u64(&r);
        if (i & 1) bits &= ~UINT64_C(0) << lp_rng_below(&r, 53);
        if (i % 7 == 0) bits &= ~(UINT64_C(0x7ff) << 52); /* subnormal */
        double x, y;
        char buf[LP_HEXFLOAT_SIZE];
        memcpy(&x, &bits, sizeof x);
        if (isnan(x)) continue;
        assert_true(lp_hexfloat_parse(&y, lp_hexfloat_print(buf, x)));
        assert_int_equal(bits_of(y), bits);
        assert_int_equal(bits_of(strtod(buf, NULL)), bits);
    }
}

/* A random text of the grammar. */
static void spell(char *text, lp_rng *r) {
    static const char digit[] = "0123456789abcdef";
    static const char few[] = "0018";
    int whole = 1 + (int)lp_rng_below(r, 4), fraction = (int)lp_rng_below(r, 18);
    bool sparse = lp_rng_below(r, 2);
    if (lp_rng_below(r, 2)) *text++ = '-';
    *text++ = '0';
    *text++ = 'x';
    for (int i = 0; i < whole; i++)
        *text++ = sparse ? few[lp_rng_below(r, 4)] : digit[lp_rng_below(r, 16)];
    if (fraction) *text++ = '.';
    for (int i = 0; i < fraction; i++)
        *text++ = sparse ? few[lp_rng_below(r, 4)] : digit[lp_rng_below(r, 16)];
    int e = (int)lp_rng_below(r, 2300) - 1150;
    sprintf(text, lp_rng_below(r, 2) ? "p%d" : "p%+d", e);
}

/* Accepted exactly where MPFR, with room for every digit, reads a number that some double equals.
 */
static void exactness(void **state) {
    (void)state;
    lp_rng r;
    lp_rng_init(&r, 4, 0, 0);
    mpfr_t want;
    mpfr_init2(want, 200);
    int accepted = 0, refused = 0;
    for (int i = 0; i < 200000; i++) {
        char text[64], *end;
        double x = 0;
        spell(text, &r);
        assert_int_equal(mpfr_strtofr(want, text, &end, 0, MPFR_RNDN), 0);
        assert_int_equal(*end, 0);
        double nearest = mpfr_get_d(want, MPFR_RNDN);
        bool exact = mpfr_cmp_d(want, nearest) == 0;
        bool got = lp_hexfloat_parse(&x, text);
        if (got != exact) fail_msg("%s: %d where %d is due", text, got, exact);
        if (exact) assert_int_equal(bits_of(x), bits_of(nearest));
        accepted += exact;
        refused += !exact;
    }
    assert_true(accepted > 20000 && refused > 20000);
    mpfr_clear(want);
}

static void refused(void **state) {
    (void)state;
    static const char *const text[] = {
        "", "-", "0", "1", "1.5", "0x", "0x1", "0x1.", "0x1.8", "0xp0", "0x.8p0", "0x1.p0", "0x1p",
        "0x1p+", "0x1p-", "0x1p+-1", "0x1P0", "0X1p0", "0x1.Ap0", "0xAp0", "+0x1p0", "--0x1p0",
        " 0x1p0", "0x1p0 ", "0x1p0\n", "0x1p0f", "0x1p0.5", "0x1..8p0", "0x1.8.8p0", "0x1p0x",
        "-nan", "nan(1)", "NaN", "NAN", "Inf", "INF", "infinity", "+inf", "--inf", "inf ", "nan0",
        "-0x", "0x1,8p0", "0x1.8e5",
        /* no double equals these */
        "0x1.00000000000001p+0", "0x1.00000000000008p+0", "0x1p+1024", "0x1.fffffffffffff8p+1023",
        "0x1p-1075", "0x1.8p-1074", "0x1p-99999999999999999999", "0x1p+99999999999999999999",
        "0x1p+9223372036854775807", "0x1p-9223372036854775808", "0x3fffffffffffffp0",
        "0x10000000000000000000000001p0"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        double x = 42;
        if (lp_hexfloat_parse(&x, text[i])) fail_msg("accepted: %s", text[i]);
        assert_true(x == 42);
    }
}

static void odd_spellings(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double x;
    } table[] = {{"0x00001p+0000", 1},
                 {"0x0.0000p+99999999999999999999999", 0},
                 {"-0x0p-5", -0.0},
                 {"0x8p-3", 1},
                 {"0x0.8p1", 1},
                 {"0x1.80000000000000000000000000p+0", 1.5},
                 {"0x100000000000000000000p-80", 1},
                 {"0x0.00000000000000000000000000000000001p140", 1},
                 {"0x2p-1075", 0x1p-1074},
                 {"0xfffffffffffff8p+968", 0x1.fffffffffffffp+1023}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double x;
        if (!lp_hexfloat_parse(&x, table[i].text)) fail_msg("refused: %s", table[i].text);
        assert_int_equal(bits_of(x), bits_of(table[i].x));
    }
    double x;
    assert_true(lp_hexfloat_parse(&x, "nan") && isnan(x));
    assert_true(lp_hexfloat_parse(&x, "-inf") && x == -INFINITY);
}

/* Ten million digits are still one number. */
static void long_text(void **state) {
    (void)state;
    size_t digits = 10000000;
    char *text = malloc(digits + 64);
    memcpy(text, "0x0.", 4);
    memset(text + 4, '0', digits);
    strcpy(text + 4 + digits, "1p+40000004");
    double x;
    assert_true(lp_hexfloat_parse(&x, text));
    assert_true(x == 1);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printed), cmocka_unit_test(there_and_back), cmocka_unit_test(exactness),
        cmocka_unit_test(refused), cmocka_unit_test(odd_spellings),  cmocka_unit_test(long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
