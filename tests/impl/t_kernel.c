/* The kernels' stated error budgets against MPFR: exp_dd.h, log_dd.h,
 * single_math.h, temper.h, logistic.h, precise.h. */
#include "core/rng.h"
#include "impl/bce_lanes.h"
#include "impl/exact_sum.h"
#include "impl/precise.h"
#include "impl/single_math.h"
#include "impl/temper.h"

#include <math.h>

#include <mpfr.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <float.h>
#include <string.h>

/* |got 2^e - x| / |x|, as a power of two */
static double relative(lp_dd got, double e, mpfr_t x) {
    mpfr_t d;
    mpfr_init2(d, 300);
    mpfr_set_d(d, got.hi, MPFR_RNDN);
    mpfr_add_d(d, d, got.lo, MPFR_RNDN);
    mpfr_mul_2si(d, d, (long)e, MPFR_RNDN);
    mpfr_sub(d, d, x, MPFR_RNDN);
    mpfr_div(d, d, x, MPFR_RNDN);
    mpfr_abs(d, d, MPFR_RNDU);
    double r = log2(mpfr_get_d(d, MPFR_RNDU));
    mpfr_clear(d);
    return r;
}
static void set(mpfr_t x, lp_dd d) {
    mpfr_set_d(x, d.hi, MPFR_RNDN);
    mpfr_add_d(x, x, d.lo, MPFR_RNDN);
}

enum { TRIES = 60000 };

static void test_exp(void **state) {
    double worst = -200, term = -200, sharp = -200;
    mpfr_t x;
    mpfr_init2(x, 300);
    (void)state;
    for (uint64_t i = 0; i < TRIES; i++) {
        lp_rng r;
        lp_rng_init(&r, 7, 0, i);
        double size = ldexp(LP_EXP_LIMIT, i % 4 == 0 ? -(int)lp_rng_below(&r, 40) : 0);
        lp_dd a = {-size * lp_rng_unit(&r), 0};
        a.lo = a.hi * 0x1p-53 * (lp_rng_unit(&r) - 0.5);
        if (i % 2) { /* the ends of r's interval: halfway between multiples of ln2/256 */
            a.hi = -(LP_EXP_STEP_A + LP_EXP_STEP_B) * ((double)lp_rng_below(&r, 840000) + 0.5);
            a.hi *= 1 + (lp_rng_unit(&r) - 0.5) * 0x1p-30;
        }
        lp_exp_value v = lp_exp_dd(a);
        set(x, a);
        mpfr_exp(x, x, MPFR_RNDN);
        worst = fmax(worst, relative(v.m, v.e, x));
        assert_true(v.m.hi + v.m.lo == v.m.hi);
        v = lp_exp_sharp(a);
        sharp = fmax(sharp, relative(v.m, v.e, x));
        if (a.hi < -350) continue;
        mpfr_set_d(x, a.hi, MPFR_RNDN);
        mpfr_exp(x, x, MPFR_RNDN);
        term = fmax(term, relative(lp_exp_term(a.hi), 0, x));
    }
    print_message("exp: 2^%.2f and 2^%.2f, stated 2^-80.4; sharp 2^%.2f, stated 2^-104\n", worst,
                  term, sharp);
    assert_true(worst <= -80.4 && term <= -80.4 && sharp <= -104);
    mpfr_clear(x);
}

/* The low part of a distance over a temperature counts most where the distance is large. */
static void test_temper(void **state) {
    double worst = -200;
    mpfr_t x;
    mpfr_init2(x, 300);
    (void)state;
    for (uint64_t i = 0; i < TRIES; i++) {
        lp_rng r;
        lp_rng_init(&r, 7, 2, i);
        double temperature = ldexp(1 + lp_rng_unit(&r), 8 - (int)lp_rng_below(&r, 16));
        double size = i % 4 ? 340 : ldexp(340, -(int)lp_rng_below(&r, 40));
        double own = (lp_rng_unit(&r) - 0.5) * temperature;
        double z = own + (2 * lp_rng_unit(&r) - 1) * (size - 1) * temperature;
        mpfr_set_d(x, z, MPFR_RNDN);
        mpfr_sub_d(x, x, own, MPFR_RNDN);
        mpfr_div_d(x, x, temperature, MPFR_RNDN);
        mpfr_exp(x, x, MPFR_RNDN);
        lp_dd e = lp_temper_exp(lp_temper_gap(z, own, temperature, 1 / temperature));
        worst = fmax(worst, relative(e, 0, x));
    }
    print_message("exp over a temperature: 2^%.2f, stated 2^-80.4\n", worst);
    assert_true(worst <= -80.4);
    mpfr_clear(x);
}

static void test_log(void **state) {
    double worst = -200, small = -200;
    mpfr_t x;
    mpfr_init2(x, 300);
    (void)state;
    for (uint64_t i = 0; i < TRIES; i++) {
        lp_rng r;
        lp_rng_init(&r, 7, 1, i);
        lp_dd m = {1 + lp_rng_unit(&r), 0};
        double e = (double)lp_rng_below(&r, 8000) - 4000;
        if (i % 4 == 0) e = 0;
        if (i % 4 == 1) e = -1;
        if (i % 8 == 2) m.hi = 1 + ldexp(lp_rng_unit(&r), -(int)lp_rng_below(&r, 52)), e = 0;
        if (i % 8 == 6) m.hi = 2 - ldexp(lp_rng_unit(&r), -(int)lp_rng_below(&r, 52)), e = -1;
        if (m.hi >= 2) m.hi = 1.5;
        m.lo = (lp_rng_unit(&r) - 0.5) * 0x1p-53;
        set(x, m);
        mpfr_mul_2si(x, x, (long)e, MPFR_RNDN);
        mpfr_log(x, x, MPFR_RNDN);
        worst = fmax(worst, relative(lp_log_dd(m, e), 0, x));

        lp_dd s = {ldexp(1 + lp_rng_unit(&r), 20 - (int)lp_rng_below(&r, 60)), 0};
        s.lo = s.hi * 0x1p-54 * lp_rng_unit(&r);
        set(x, s);
        mpfr_log1p(x, x, MPFR_RNDN);
        small = fmax(small, relative(lp_log1p_dd(s), 0, x));
        if (s.hi > 1) continue;
        lp_log_parts p = lp_log1p_parts(s, lp_log_look(lp_log1p_unit_scale(s)));
        small = fmax(small, relative(lp_log_finish(1, p), 0, x));
    }
    print_message("log: 2^%.2f, log1p: 2^%.2f, stated 2^-66.8\n", worst, small);
    assert_true(worst <= -66.8 && small <= -66.8);
    mpfr_clear(x);
}

/* What is enough for binary32. */
static void test_single(void **state) {
    double worst[3] = {-200, -200, -200};
    mpfr_t x, y;
    mpfr_inits2(300, x, y, (mpfr_ptr)0);
    (void)state;
    for (uint64_t i = 0; i < TRIES; i++) {
        lp_rng r;
        lp_rng_init(&r, 7, 3, i);
        double a = ldexp(350 * lp_rng_unit(&r), i % 3 ? -(int)lp_rng_below(&r, 30) : 0);
        if (i % 4 == 0) /* the ends of the argument's interval */
            a = (0.5 + (double)lp_rng_below(&r, 504)) * log(2) * (1 + lp_rng_unit(&r) * 0x1p-40);
        lp_logistic e = lp_logistic_single(a);
        assert_true(e.w == lp_exp_single(-a));
        mpfr_set_d(y, i % 2 ? a : -a, MPFR_RNDN);
        mpfr_exp(x, y, MPFR_RNDN);
        worst[0] = fmax(worst[0], relative((lp_dd){lp_exp_single(i % 2 ? a : -a), 0}, 0, x));
        mpfr_set_d(y, -a, MPFR_RNDN);
        mpfr_exp(y, y, MPFR_RNDN);
        mpfr_add_ui(x, y, 1, MPFR_RNDN);
        mpfr_ui_div(x, 1, x, MPFR_RNDN);
        worst[1] = fmax(worst[1], relative((lp_dd){e.near, 0}, 0, x));
        mpfr_log1p(x, y, MPFR_RNDN);
        worst[2] = fmax(worst[2], relative((lp_dd){e.log, 0}, 0, x));
    }
    print_message("single exp: 2^%.2f, stated 2^-50.9; 1/(1 + w): 2^%.2f, stated 2^-50.3; "
                  "log1p: 2^%.2f, stated 2^-49.3\n",
                  worst[0], worst[1], worst[2]);
    assert_true(worst[0] <= -50.9 && worst[1] <= -50.3 && worst[2] <= -49.3);
    mpfr_clears(x, y, (mpfr_ptr)0);
}

/* A logit of label 0, so that the loss is log1p(w) below 0. */
static double pick_logit(lp_rng *r, uint64_t i) {
    double a = ldexp(350 * lp_rng_unit(r), i % 3 ? -(int)lp_rng_below(r, 12) : 0);
    if (i % 8 == 0) /* the ends of the argument's interval */
        a = (0.5 + (double)lp_rng_below(r, 504)) * log(2) * (1 + lp_rng_unit(r) * 0x1p-40);
    if (i % 8 == 1) /* 1/4, where log1p changes, and 1 */
        a = log(4) + (lp_rng_unit(r) - 0.5) * 0x1p-4;
    if (i % 8 == 2) a = ldexp(lp_rng_unit(r), -(int)lp_rng_below(r, 60));
    return i % 5 ? -a : a;
}
static void test_hard(void **state) {
    double worst = -200, unsure = 0;
    mpfr_t x, y;
    mpfr_inits2(300, x, y, (mpfr_ptr)0);
    (void)state;
    for (uint64_t i = 0; i < TRIES; i += LP_LANES) {
        lp_bce b = {.z = {0}};
        lp_rng r;
        lp_rng_init(&r, 7, 4, i);
        LP_EACH_LANE(q) {
            b.z[q] = pick_logit(&r, i + (uint64_t)q);
            b.q[q] = b.scale.hi[q] = 1;
        }
        lp_bce_hard(&b);
        LP_EACH_LANE(q) {
            mpfr_set_d(x, b.z[q], MPFR_RNDN);
            mpfr_exp(x, x, MPFR_RNDN);
            mpfr_log1p(y, x, MPFR_RNDN);
            worst = fmax(worst, relative(lp_lane(&b.loss, q), 0, y));
            assert_true(b.loss_unsure[q] != 0 || b.loss_rounded[q] == mpfr_get_d(y, MPFR_RNDN));
            mpfr_add_ui(y, x, 1, MPFR_RNDN);
            mpfr_div(y, x, y, MPFR_RNDN);
            assert_true(b.grad_unsure[q] != 0 || b.grad_rounded[q] == mpfr_get_d(y, MPFR_RNDN));
            unsure += b.loss_unsure[q] + b.grad_unsure[q];
        }
    }
    print_message("label 0: loss 2^%.2f, stated 2^-66.9; %g of %d in doubt\n", worst, unsure,
                  2 * TRIES);
    assert_true(worst <= -66.9 && unsure <= 0x1p-11 * 2 * TRIES);
    mpfr_clears(x, y, (mpfr_ptr)0);
}

/* Powers need more: exp, log and log1p of precise.h. */
static void test_precise(void **state) {
    double worst[3] = {-200, -200, -200};
    mpfr_t x;
    mpfr_init2(x, 300);
    (void)state;
    for (uint64_t i = 0; i < TRIES / 4; i++) {
        lp_rng r;
        lp_rng_init(&r, 7, 2, i);
        double scale = i % 3 ? 1 : ldexp(1, -(int)lp_rng_below(&r, 60));
        lp_dd a = {(lp_rng_unit(&r) - 0.5) * 12000 * scale, 0}, m = {1 + lp_rng_unit(&r), 0};
        a.lo = a.hi * 0x1p-53 * (lp_rng_unit(&r) - 0.5);
        lp_wide v = lp_exp_precise(a);
        set(x, a);
        mpfr_exp(x, x, MPFR_RNDN);
        worst[0] = fmax(worst[0], relative(v.m, v.e, x));

        double e = (double)lp_rng_below(&r, 8000) - 4000;
        if (i % 4 == 0) e = 0;
        if (i % 4 == 1) e = -1;
        if (i % 8 == 0) m.hi = 1 + ldexp(lp_rng_unit(&r), -(int)lp_rng_below(&r, 40));
        if (i % 8 == 1) m.hi = 2 - ldexp(lp_rng_unit(&r), -(int)lp_rng_below(&r, 40));
        m.lo = (lp_rng_unit(&r) - 0.5) * 0x1p-53;
        if (m.hi >= 2) m = (lp_dd){1.5, 0};
        v = lp_wide_log_precise((lp_wide){m, e});
        set(x, m);
        mpfr_mul_2si(x, x, (long)e, MPFR_RNDN);
        mpfr_log(x, x, MPFR_RNDN);
        worst[1] = fmax(worst[1], relative(v.m, v.e, x));

        double unit = lp_rng_unit(&r) - 0.5;
        lp_dd s = {ldexp(unit, -(int)lp_rng_below(&r, 80)), 0};
        s.lo = s.hi * 0x1p-54 * lp_rng_unit(&r);
        v = lp_wide_log1p_precise(lp_wide_make(s, 0));
        set(x, s);
        mpfr_log1p(x, x, MPFR_RNDN);
        worst[2] = fmax(worst[2], relative(v.m, v.e, x));
    }
    print_message("precise exp: 2^%.2f, log: 2^%.2f, log1p: 2^%.2f, stated 2^-94, 2^-87\n",
                  worst[0], worst[1], worst[2]);
    assert_true(worst[0] <= -94 && worst[1] <= -87 && worst[2] <= -87);
    mpfr_clear(x);
}

/* Any finite double: a random exponent and sign, now and then the opposite of an earlier one. */
static double any(lp_rng *r, const double *earlier, int n) {
    if (n > 0 && lp_rng_below(r, 3) == 0) return -earlier[lp_rng_below(r, (uint64_t)n)];
    uint64_t bits = lp_rng_u64(r);
    double x;
    if ((bits >> 52 & 0x7ff) == 0x7ff) bits ^= UINT64_C(1) << 52; /* finite */
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Against a sum in enough bits to be exact: 0 where it is 0, else within the stated 2^-104. */
static void check_sum(const double *x, int n) {
    lp_exact_sum sum = {0};
    mpfr_t exact;
    mpfr_init2(exact, 2400);
    mpfr_set_zero(exact, 1);
    for (int i = 0; i < n; i++) {
        lp_exact_sum_add(&sum, x[i]);
        assert_int_equal(mpfr_add_d(exact, exact, x[i], MPFR_RNDN), 0);
    }
    lp_wide got = lp_exact_sum_get(&sum);
    if (mpfr_zero_p(exact))
        assert_true(got.m.hi == 0);
    else
        assert_true(relative(got.m, got.e, exact) <= -104);
    mpfr_clear(exact);
}

static void test_exact_sum(void **state) {
    (void)state;
    static const double cancelling[] = {-1, 1, 0x1p-1030},
                        wide[] = {DBL_MAX, DBL_MAX, -DBL_TRUE_MIN, -DBL_MAX, -DBL_MAX},
                        none[] = {DBL_MAX, -DBL_TRUE_MIN, DBL_TRUE_MIN, -DBL_MAX};
    check_sum(cancelling, 3);
    check_sum(wide, 5);
    check_sum(none, 4);
    for (uint64_t t = 0; t < 20000; t++) {
        lp_rng r;
        double x[12];
        lp_rng_init(&r, 1, lp_rng_domain("exact sum"), t);
        int n = 1 + (int)lp_rng_below(&r, 12);
        for (int i = 0; i < n; i++) x[i] = any(&r, x, i);
        check_sum(x, n);
    }
    /* More terms than a digit takes without a carry in between would need 2^29 calls: the carry is
     * called by hand instead, at every step. */
    lp_exact_sum sum = {0};
    for (int i = 0; i < 1000; i++) {
        lp_exact_sum_add(&sum, i % 2 ? -DBL_MAX : 0x1.8p-1060);
        lp_exact_sum_carry(&sum);
    }
    for (int i = 0; i < 500; i++) lp_exact_sum_add(&sum, DBL_MAX);
    lp_wide got = lp_exact_sum_get(&sum);
    assert_true(lp_wide_round(got) == 500 * 0x1.8p-1060);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp),      cmocka_unit_test(test_temper),
        cmocka_unit_test(test_log),      cmocka_unit_test(test_single),
        cmocka_unit_test(test_hard),     cmocka_unit_test(test_precise),
        cmocka_unit_test(test_exact_sum)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
