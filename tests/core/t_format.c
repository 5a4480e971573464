/* Formats against derivations of their own: decoding by ldexp from the field widths of the
 * standards, rounding by MPFR with the format's exponent range and subnormalization. */
#include "check.h"

#include "core/format.h"
#include "core/rng.h"

#include <math.h>
#include <mpfr.h>

/* Written out from IEEE 754 and the OCP 8-bit specification, not from the table under test. */
static const struct layout {
    lp_format_id id;
    int exponent_bits, fraction_bits, bias;
    bool ieee_specials;
} layout[LP_FORMAT_COUNT] = {
    {LP_BINARY64, 11, 52, 1023, true}, {LP_BINARY32, 8, 23, 127, true},
    {LP_BINARY16, 5, 10, 15, true},    {LP_BFLOAT16, 8, 7, 127, true},
    {LP_E5M2, 5, 2, 15, true},         {LP_E4M3, 4, 3, 7, false},
};

static double decoded(const struct layout *l, uint64_t code) {
    uint64_t fraction = code & ((UINT64_C(1) << l->fraction_bits) - 1);
    int top = (1 << l->exponent_bits) - 1, e = (int)(code >> l->fraction_bits) & top;
    double sign = code >> (l->exponent_bits + l->fraction_bits) & 1 ? -1 : 1;
    uint64_t all_ones = (UINT64_C(1) << l->fraction_bits) - 1;
    if (l->ieee_specials && e == top) return fraction ? NAN : sign * INFINITY;
    if (!l->ieee_specials && e == top && fraction == all_ones) return NAN;
    double significand = ldexp((double)fraction, -l->fraction_bits) + (e ? 1 : 0);
    return sign * ldexp(significand, (e ? e : 1) - l->bias);
}

static void unpack_one(double *x, const lp_format *f, uint64_t code) {
    uint8_t b1 = (uint8_t)code;
    uint16_t b2 = (uint16_t)code;
    uint32_t b4 = (uint32_t)code;
    const void *at = f->bytes == 1   ? (const void *)&b1
                     : f->bytes == 2 ? (const void *)&b2
                     : f->bytes == 4 ? (const void *)&b4
                                     : (const void *)&code;
    lp_format_unpack(x, f, at, 1);
}

static uint64_t pack_one(const lp_format *f, double x) {
    unsigned char bytes[8] = {0};
    uint16_t b2;
    uint32_t b4;
    uint64_t b8;
    lp_format_pack(bytes, f, &x, 1);
    memcpy(&b2, bytes, 2);
    memcpy(&b4, bytes, 4);
    memcpy(&b8, bytes, 8);
    return f->bytes == 1 ? bytes[0] : f->bytes == 2 ? b2 : f->bytes == 4 ? b4 : b8;
}

static void check_code(const struct layout *l, uint64_t code) {
    const lp_format *f = lp_format_get(l->id);
    double want = decoded(l, code), got;
    unpack_one(&got, f, code);
    if (isnan(want)) {
        assert_true(isnan(got));
        assert_true(isnan(want) && lp_format_holds(f, got));
        double again;
        unpack_one(&again, f, pack_one(f, got));
        assert_true(isnan(again));
        return;
    }
    assert_int_equal(bits_of(got), bits_of(want));
    assert_int_equal(pack_one(f, got), code);
    assert_true(lp_format_holds(f, got));
}

static void codes(void **state) {
    (void)state;
    lp_rng r;
    lp_rng_init(&r, 1, 0, 0);
    for (int i = 0; i < LP_FORMAT_COUNT; i++) {
        const struct layout *l = &layout[i];
        int bits = 1 + l->exponent_bits + l->fraction_bits;
        if (bits <= 16)
            for (uint64_t code = 0; code < UINT64_C(1) << bits; code++) check_code(l, code);
        else
            for (int j = 0; j < 200000; j++) check_code(l, lp_rng_u64(&r) >> (64 - bits));
    }
}

static void table(void **state) {
    (void)state;
    for (int i = 0; i < LP_FORMAT_COUNT; i++) {
        const struct layout *l = &layout[i];
        const lp_format *f = lp_format_get(l->id);
        lp_format_id id;
        assert_true(lp_format_by_name(&id, f->name) && id == l->id);
        assert_int_equal(f->bytes * 8, 1 + l->exponent_bits + l->fraction_bits);
        assert_int_equal(f->p, l->fraction_bits + 1);
        assert_int_equal(f->emin, 1 - l->bias);
        assert_true(f->least == decoded(l, 1));
        /* The largest finite value is the code before infinity, or before E4M3's NaN. */
        uint64_t top = ((UINT64_C(1) << l->exponent_bits) - 1) << l->fraction_bits;
        uint64_t largest = l->ieee_specials ? top - 1 : top + 6;
        assert_true(f->max == decoded(l, largest));
        assert_true(ldexp(1, f->emax) <= f->max && f->max / 2 < ldexp(1, f->emax));
    }
    lp_format_id id;
    assert_false(lp_format_by_name(&id, "binary128"));
    assert_false(lp_format_by_name(&id, ""));
}

/* One correct rounding by MPFR: exponents in MPFR's convention (0.5 <= m < 1) are one higher. */
static double rounded(const lp_format *f, double x) {
    mpfr_t y;
    mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_set_emin(f->emin - f->p + 2);
    mpfr_set_emax(f->emax + 1);
    mpfr_init2(y, f->p);
    int ternary = mpfr_set_d(y, x, MPFR_RNDN);
    mpfr_subnormalize(y, ternary, MPFR_RNDN);
    double got = mpfr_get_d(y, MPFR_RNDN);
    mpfr_clear(y);
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
    return !f->has_inf && fabs(got) > f->max ? NAN : got;
}

static void check_round(const lp_format *f, double x) {
    double want = rounded(f, x), got = lp_format_round(f, x);
    if (isnan(want))
        assert_true(isnan(got));
    else
        assert_int_equal(bits_of(got), bits_of(want));
    assert_true(lp_format_holds(f, x) == (isinf(x) ? f->has_inf : want == x));
}

/* Every value of the small formats, the midpoint to its neighbour, and the doubles around it. */
static void rounding_at_ties(void **state) {
    (void)state;
    for (int i = LP_BINARY16; i < LP_FORMAT_COUNT; i++) {
        const lp_format *f = lp_format_get((lp_format_id)i);
        for (uint64_t code = 0; code < UINT64_C(1) << 8 * f->bytes; code++) {
            double x = decoded(&layout[i], code);
            if (isnan(x)) continue;
            double middle = x + copysign(ldexp(1, lp_format_ulp_exp(f, x) - 1), x);
            check_round(f, x);
            check_round(f, middle);
            check_round(f, nextafter(middle, 0));
            check_round(f, nextafter(middle, copysign(INFINITY, middle)));
        }
    }
}

static void rounding_at_random(void **state) {
    (void)state;
    lp_rng r;
    lp_rng_init(&r, 2, 0, 0);
    for (int i = LP_BINARY32; i < LP_FORMAT_COUNT; i++) {
        const lp_format *f = lp_format_get((lp_format_id)i);
        int lowest = f->emin - f->p - 3, range = f->emax + 4 - lowest;
        for (int j = 0; j < 40000; j++) {
            double m = 1 + lp_rng_unit(&r);
            if (j & 1) m = nextafter(floor(m * 256) / 256 + 0x1p-25, m); /* near binary32's ties */
            int e = lowest + (int)lp_rng_below(&r, (uint64_t)range);
            check_round(f, ldexp(j & 2 ? m : -m, e));
        }
        check_round(f, f->max);
        check_round(f, f->max + ldexp(1, f->emax - f->p)); /* tie with what would be next */
        check_round(f, nextafter(f->max + ldexp(1, f->emax - f->p), 0));
        check_round(f, 0x1p-1074);
        check_round(f, -0x1.fffffffffffffp-1023);
        check_round(f, INFINITY);
        check_round(f, -0.0);
    }
}

/* The neighbour above is one ulp away, and below undoes above. */
static void check_neighbours(const lp_format *f, double x) {
    double up = lp_format_above(f, x), down = lp_format_below(f, x);
    if (x >= 0 && x < f->max) {
        assert_true(up - x == ldexp(1, lp_format_ulp_exp(f, x)));
        assert_true(lp_format_below(f, up) == x);
    }
    if (x <= 0 && x > -f->max) assert_true(lp_format_above(f, down) == x);
    assert_true(down == -lp_format_above(f, -x) || isnan(down));
}

static void neighbours(void **state) {
    (void)state;
    for (int i = 0; i < LP_FORMAT_COUNT; i++) {
        const lp_format *f = lp_format_get((lp_format_id)i);
        double beyond = f->has_inf ? INFINITY : NAN;
        for (uint64_t code = 0; f->bytes <= 2 && code < UINT64_C(1) << 8 * f->bytes; code++) {
            double x = decoded(&layout[i], code);
            if (isfinite(x)) check_neighbours(f, x);
        }
        for (int e = f->emin - f->p + 1; e <= f->emax; e++) check_neighbours(f, ldexp(1, e));
        assert_true(lp_format_above(f, 0.0) == f->least);
        assert_true(lp_format_above(f, -0.0) == f->least);
        assert_true(lp_format_below(f, 0.0) == -f->least);
        assert_true(lp_format_above(f, -f->least) == 0);
        double above = lp_format_above(f, f->max);
        assert_true(isnan(beyond) ? isnan(above) : above == beyond);
        if (f->has_inf) {
            assert_true(lp_format_below(f, INFINITY) == f->max);
            assert_true(lp_format_above(f, -INFINITY) == -f->max);
            assert_true(lp_format_above(f, INFINITY) == INFINITY);
        }
        assert_true(isnan(lp_format_above(f, NAN)));
    }
}

static void ulps(void **state) {
    (void)state;
    for (int i = 0; i < LP_FORMAT_COUNT; i++) {
        const lp_format *f = lp_format_get((lp_format_id)i);
        int least = f->emin - f->p + 1;
        assert_int_equal(lp_format_ulp_exp(f, 0), least);
        assert_int_equal(lp_format_ulp_exp(f, -f->least), least);
        assert_int_equal(lp_format_ulp_exp(f, ldexp(1, f->emin)), least);
        assert_int_equal(lp_format_ulp_exp(f, ldexp(1, f->emin + 1)), least + 1);
        assert_int_equal(lp_format_ulp_exp(f, nextafter(ldexp(1, f->emin + 1), 0)), least);
        assert_int_equal(lp_format_ulp_exp(f, 1), 1 - f->p);
        assert_int_equal(lp_format_ulp_exp(f, f->max), f->emax - f->p + 1);
    }
}

static void roundings(void **state) {
    (void)state;
    for (int i = 0; i < LP_ROUNDING_COUNT; i++) {
        lp_rounding mode;
        assert_true(lp_rounding_by_name(&mode, lp_rounding_name((lp_rounding)i)));
        assert_int_equal(mode, i);
    }
    lp_rounding mode;
    assert_false(lp_rounding_by_name(&mode, "away"));
}

/* Neighbours, roundings and ulps about the least normal, the floor of a format that flushes. */
static void flushed(void **state) {
    (void)state;
    for (int id = 0; id < LP_FORMAT_COUNT; id++) {
        const lp_format *f = lp_format_flushed((lp_format_id)id);
        double floor = ldexp(1, f->emin), next = floor + ldexp(1, f->emin - f->p + 1);
        assert_true(f->least == floor && f->max == lp_format_get((lp_format_id)id)->max);
        assert_true(lp_format_above(f, 0) == floor && lp_format_below(f, 0) == -floor);
        assert_true(lp_format_above(f, floor) == next && lp_format_below(f, next) == floor);
        double up = lp_format_above(f, -floor), down = lp_format_below(f, floor);
        assert_true(up == 0 && signbit(up) && down == 0 && !signbit(down));
        assert_true(signbit(lp_format_round(f, -floor * 0.9375)) &&
                    lp_format_round(f, floor * 0.9375) == 0 && lp_format_round(f, floor) == floor);
        assert_false(lp_format_holds(f, floor / 2));
        assert_true(lp_format_holds(f, floor) && lp_format_holds(f, -0.0));
        assert_int_equal(lp_format_ulp_exp(f, floor / 2), f->emin);
        assert_int_equal(lp_format_ulp_exp(f, 0), f->emin);
        assert_int_equal(lp_format_ulp_exp(f, floor), f->emin - f->p + 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(codes),
        cmocka_unit_test(rounding_at_ties),
        cmocka_unit_test(rounding_at_random),
        cmocka_unit_test(neighbours),
        cmocka_unit_test(ulps),
        cmocka_unit_test(roundings),
        cmocka_unit_test(flushed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
