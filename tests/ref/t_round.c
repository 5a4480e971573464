/* Enclosures to every format in every mode, against MPFR's own emulation of the format: points of a
 * grid finer than the format's, bare, above and below by an unreachable distance, as quotients and
 * as exact parts; and the neighbourhoods of every number of the small formats. */
#include "check.h"
#include "second_rounding.h"

#include "core/rng.h"
#include "ref/env.h"
#include "ref/round.h"
#include "ref/ulp.h"

#include <math.h>

static int64_t tried, wrong;

static void compare(lp_enclosure *x, const mpfr_t value, const lp_format *f) {
    lp_cell cell;
    bool found = lp_cell_find(&cell, x, f);
    for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
        double want = second_rounding(value, f, (lp_rounding)mode);
        double got = found ? lp_cell_round(&cell, f, (lp_rounding)mode) : NAN;
        tried++;
        bool zero =
            mpfr_zero_p(value) && got == 0 && !signbit(got); /* exact zero: +0 in all modes */
        if (found && (same(got, want) || zero)) continue;
        if (wrong++ < 10)
            mpfr_printf("%s %s: %.40Rg gave %a, wants %a\n", f->name,
                        lp_rounding_name((lp_rounding)mode), value, got, want);
    }
}

/* The same real number in the ways an enclosure can hold it: whole; as r around 0; beside an exact
 * part with r within 2^-3000 of 0 (side = -1, 1); everything times a divisor. */
static void ways(lp_enclosure *x, double a, double b, int side, const lp_format *f) {
    mpfr_t value;
    mpfr_init2(value, 6600);
    lp_enclosure_start(x, 64);
    mpfr_set_d(x->a, a, MPFR_RNDZ);
    mpfr_mul_d(x->a, x->a, b, MPFR_RNDZ); /* b is a power of two or 1 */
    mpfr_set_d(x->b, b, MPFR_RNDZ);
    x->unit = b == 1;
    x->whole = side == 0;
    mpfr_set_si_2exp(x->r.lo, side < 0 ? -1 : 0, -5000, MPFR_RNDZ);
    mpfr_set_si_2exp(x->r.hi, side > 0 ? 1 : 0, -5000, MPFR_RNDZ);
    mpfr_set_si_2exp(value, side, -5001, MPFR_RNDZ);
    mpfr_div(value, value, x->b, MPFR_RNDZ);
    mpfr_add_d(value, value, a, MPFR_RNDZ);
    compare(x, value, f);
    if (side != 0) { /* all of it inside r */
        mpfr_t a_copy;
        mpfr_init2(a_copy, 64);
        mpfr_set(a_copy, x->a, MPFR_RNDZ);
        lp_iv_set_prec(&x->r, 6600);
        mpfr_set_zero(x->a, 1);
        mpfr_set_si_2exp(x->r.lo, side < 0 ? -1 : 0, -5000, MPFR_RNDZ);
        mpfr_set_si_2exp(x->r.hi, side > 0 ? 1 : 0, -5000, MPFR_RNDZ);
        mpfr_add(x->r.lo, x->r.lo, a_copy, MPFR_RNDD);
        mpfr_add(x->r.hi, x->r.hi, a_copy, MPFR_RNDU);
        compare(x, value, f);
        mpfr_clear(a_copy);
    }
    mpfr_clear(value);
}

static void around(lp_enclosure *x, double a, const lp_format *f) {
    for (int side = -1; side <= 1; side++) {
        ways(x, a, 1, side, f);
        ways(x, -a, 0x1p-3, side, f);
    }
}

/* Every number of the format with its middles, thirds and one step of a grid 64 times finer. */
static void every_number(lp_enclosure *x, const lp_format *f) {
    for (double a = 0; a <= f->max; a = lp_format_above(f, a)) {
        double step = ldexp(1, lp_format_ulp_exp(f, a) - 6);
        around(x, a, f);
        around(x, a + 32 * step, f);
        around(x, a + step, f);
        around(x, a + 33 * step, f);
        around(x, a + 63 * step, f);
        if (a == f->max) break;
    }
    around(x, 2 * f->max, f);
    around(x, 0x1p700, f);
}

static void some_numbers(lp_enclosure *x, const lp_format *f, int64_t count) {
    lp_rng rng;
    lp_rng_init(&rng, 7, lp_rng_domain(f->name), 0);
    for (int64_t i = 0; i < count; i++) {
        int e =
            f->emin - f->p - 1 + (int)lp_rng_below(&rng, (uint64_t)(f->emax - f->emin + f->p + 3));
        double a = ldexp(1 + lp_rng_unit(&rng), e < 1023 ? e : 1023);
        if (i % 2 && isfinite(a)) a = lp_format_round(f, a);
        if (!isfinite(a)) continue;
        double half = ldexp(1, lp_format_ulp_exp(f, a) - 1);
        around(x, a, f);
        if (f->p < 53 && i % 3) around(x, a + half, f); /* exact: the format has bits to spare */
    }
    around(x, f->max, f);
    around(x, f->least, f);
    around(x, 0, f);
    around(x, ldexp(1, f->emin), f);
    around(x, lp_format_below(f, ldexp(1, f->emin)), f);
}

static void test_rounding(void **state) {
    (void)state;
    lp_env env;
    lp_enclosure x;
    lp_env_enter(&env);
    lp_enclosure_init(&x);
    every_number(&x, lp_format_get(LP_E4M3));
    every_number(&x, lp_format_get(LP_E5M2));
    some_numbers(&x, lp_format_get(LP_BINARY16), 1500);
    some_numbers(&x, lp_format_get(LP_BFLOAT16), 1500);
    some_numbers(&x, lp_format_get(LP_BINARY32), 3000);
    some_numbers(&x, lp_format_get(LP_BINARY64), 3000);
    lp_enclosure_clear(&x);
    lp_env_leave(&env);
    printf("%ld roundings, %ld wrong\n", (long)tried, (long)wrong);
    assert_true(tried > 100000);
    assert_int_equal(wrong, 0);
}

/* About 2^200 and maybe below: the neighbours in binary32 are known, though the binade is not, of
 * which the wider speaks. */
static void test_beyond_the_largest(void **state) {
    (void)state;
    const lp_format *f = lp_format_get(LP_BINARY32);
    lp_env env;
    lp_enclosure x;
    lp_measure m;
    lp_env_enter(&env);
    lp_enclosure_init(&x);
    lp_enclosure_start(&x, 64);
    mpfr_set_ui_2exp(x.r.lo, 1, 200, MPFR_RNDZ);
    mpfr_set(x.r.hi, x.r.lo, MPFR_RNDZ);
    mpfr_nextbelow(x.r.lo);
    mpfr_nextabove(x.r.hi);
    assert_false(lp_ulp_measure(&m, &x, f, LP_ROUND_NEAREST, f->max));
    assert_false(m.undecided);
    assert_true(m.down == f->max && isinf(m.up) && isinf(m.want));
    assert_int_equal(m.ulp_exp, 200 - 23);
    assert_true(m.ulp_lo <= 0x1p23);
    lp_enclosure_clear(&x);
    lp_env_leave(&env);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rounding),
                                       cmocka_unit_test(test_beyond_the_largest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
