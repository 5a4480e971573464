/* The rounding test of the integer tier: intervals that touch, or cross by one unit, every kind of
 * boundary of every format (numbers, middles, binades, subnormals, the least and the largest
 * number). Decided must mean that every inner point rounds to the answer, by MPFR's emulation of
 * the format; and an interval between two neighbours of the half-ulp grid must be decided, touching
 * ends included, since the interval is open. */
#include "check.h"
#include "second_rounding.h"

#include "core/rng.h"
#include "ref/env.h"
#include "ref/span.h"

#include <math.h>

static int64_t tried, decided, wrong, timid;
static mpfr_t inner;

static void complain(const lp_format *f, const lp_span *x, int mode, double got, double want) {
    if (wrong + timid > 10) return;
    printf("%s mode %d: (%016lx%016lx, +%ld) * 2^%d%s: got %a, wants %a\n", f->name, mode,
           lp_fixed_hi64(x->lo), (uint64_t)x->lo, (long)(x->hi - x->lo), x->e,
           x->negative ? " negative" : "", got, want);
}

/* (4 lo + part (hi - lo)) / 4, signed. */
static void set_inner(const lp_span *x, unsigned long part) {
    mpfr_set_ui(inner, lp_fixed_hi64(x->lo), MPFR_RNDN);
    mpfr_mul_2ui(inner, inner, 64, MPFR_RNDN);
    mpfr_add_ui(inner, inner, (uint64_t)x->lo, MPFR_RNDN);
    mpfr_mul_2ui(inner, inner, 2, MPFR_RNDN);
    mpfr_add_ui(inner, inner, part * (unsigned long)(x->hi - x->lo), MPFR_RNDN);
    mpfr_mul_2si(inner, inner, x->e - 2, MPFR_RNDN);
    if (x->negative) mpfr_neg(inner, inner, MPFR_RNDN);
}

static void check(const lp_span *x, const lp_format *f, bool due) {
    for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
        double got = NAN;
        bool told = lp_span_round(&got, x, f, (lp_rounding)mode);
        tried++;
        decided += told;
        if (due && !told) {
            complain(f, x, mode, NAN, 0);
            timid++;
        }
        for (unsigned long part = 1; part < 4; part++) {
            set_inner(x, part);
            double want = second_rounding(inner, f, (lp_rounding)mode);
            if (!told || same(got, want)) continue;
            complain(f, x, mode, got, want);
            wrong++;
        }
    }
}

static lp_u128 moved(lp_u128 at, int by) {
    return by < 0 ? at - (unsigned)-by : at + (unsigned)by;
}

/* Ends at a boundary b = n / 2 ulp, and a few units to either side. */
static void around(double b, int half_ulp, const lp_format *f) {
    if (!(b >= 0) || b > f->max) return;
    int e = half_ulp - 60; /* 2^60 units to the next boundary */
    lp_u128 at = lp_fixed_of_double(b, -e);
    for (int low = -2; low <= 2; low++)
        for (int width = 1; width <= 4; width++)
            for (int sign = 0; sign < 2; sign++) {
                if (low < 0 && b == 0) continue;
                lp_span x = {moved(at, low), moved(at, low + width), e, sign, false};
                bool crosses = low < 0 && low + width > 0;
                check(&x, f, !crosses && b < f->max / 2);
            }
}

static void some_numbers(lp_format_id id, int64_t count) {
    const lp_format *f = lp_format_get(id);
    lp_rng rng;
    lp_rng_init(&rng, 3, lp_rng_domain(f->name), 0);
    for (int64_t i = 0; i < count; i++) {
        int range = f->emax - f->emin + f->p;
        int e = f->emin - f->p + 1 + (int)lp_rng_below(&rng, (uint64_t)range);
        double x = lp_format_round(f, ldexp(1 + (i % 3 ? lp_rng_unit(&rng) : 0), e));
        if (!isfinite(x)) continue;
        int ulp = lp_format_ulp_exp(f, x);
        around(x, ulp - 1, f);
        if (ulp > -1074) around(x + ldexp(1, ulp - 1), ulp - 1, f); /* the middle */
    }
    around(0, lp_format_ulp_exp(f, 0) - 1, f);
    around(f->least, lp_format_ulp_exp(f, 0) - 1, f);
    around(f->max, lp_format_ulp_exp(f, f->max) - 1, f);
}

/* The middle between 0 and binary64's least number is no double: 2^-1075 in integers. */
static void least_middle(void) {
    const lp_format *f = lp_format_get(LP_BINARY64);
    lp_u128 at = (lp_u128)1 << 100;
    for (int low = -2; low <= 2; low++) {
        lp_span x = {moved(at, low), moved(at, low + 1), -1175, false, false};
        check(&x, f, true);
    }
}

static void test_span(void **state) {
    lp_env env;
    (void)state;
    lp_env_enter(&env);
    mpfr_init2(inner, 300);
    for (int f = 0; f < LP_FORMAT_COUNT; f++) some_numbers((lp_format_id)f, 300);
    least_middle();
    mpfr_clear(inner);
    lp_env_leave(&env);
    printf("%ld rounding tests, %ld decided, %ld wrong, %ld timid\n", (long)tried, (long)decided,
           (long)wrong, (long)timid);
    assert_int_equal(wrong, 0);
    assert_int_equal(timid, 0);
    assert_true(decided < tried);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_span)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
