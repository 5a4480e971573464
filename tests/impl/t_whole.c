/* perplexity and ece: special values, edges of bins, and random batches against MPFR, which forms
 * the root of the product, and the exact sum over the bins. */
#include "tests/impl/special.h"

#include <lossproof/loss.h>

#include <mpfr.h>

static const lp_loss_batch zero = {.empty_mean = 1};
static const lp_loss_batch without_0 = {.ignore = 1, .ignore_index = 0, .empty_mean = 1};

static void test_perplexity(void **state) {
    static const struct {
        int64_t n;
        double q[4]; /* two rows of two */
        int64_t label[2];
        const lp_loss_batch *batch;
        double want;
    } c[] = {
        {2, {0.25, 1, 1, 0.25}, {0, 1}, NULL, 4},
        {2, {0.5, 1, 1, 0.125}, {0, 1}, NULL, 4}, /* 2^(4/2) */
        {1, {3, 1}, {0}, NULL, 0x1.5555555555555p-2},
        {2, {0x1p-1074, 1, 1, 0x1p-1074}, {0, 1}, NULL, INF}, /* 2^1074 overflows */
        {2, {0x1p-1074, 1, 1, 0x1p-974}, {0, 1}, NULL, INF},
        {2, {0x1p-1074, 1, 1, 0x1p-900}, {0, 1}, NULL, 0x1p987},
        {2, {0, 1, 0.5, 0.5}, {0, 0}, NULL, INF},
        {2, {-0.0, 1, 0.5, 0.5}, {0, 0}, NULL, INF},
        {2, {INF, 1, 0.5, 0.5}, {0, 0}, NULL, 0},
        {2, {INF, 1, 0, 0.5}, {0, 0}, NULL, NAN},
        {2, {0.5, NAN, 0.5, 0.5}, {0, 0}, NULL, NAN},
        {2, {NAN, 0, 0.25, 0.25}, {0, 1}, &without_0, 4},
        {2, {NAN, 0, 0.25, 0.25}, {0, 0}, &without_0, 1},
        {0, {0}, {0}, NULL, NAN},
        {0, {0}, {0}, &zero, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double x = 77;
        lp_loss_in q = {c[i].q, 2};
        assert_int_equal(lp_loss_perplexity(&x, q, c[i].label, c[i].n, 2, c[i].batch), LP_OK);
        if (!same(x, c[i].want)) fail_msg("perplexity, line %zu: %a", i, x);
    }
}

static void test_ece(void **state) {
    static const struct {
        int64_t n, bins;
        double p[4];
        int64_t label[2];
        const lp_loss_batch *batch;
        double want;
    } c[] = {
        {1, 15, {0.75, 0.25}, {0}, NULL, 0.25},
        {1, 15, {0.75, 0.25}, {1}, NULL, 0.75},
        {2, 2, {0.5, 0, 0.5, 0}, {0, 1}, NULL, 0},             /* one bin: 1/2 against 1/2 */
        {2, 2, {0.5, 0, 0.25, 0}, {0, 1}, NULL, 0.125},        /* 1/2 is in the first bin */
        {2, 2, {0.5, 0, 0.5 + 0x1p-53, 0}, {0, 1}, NULL, 0.5}, /* 0.5 + 2^-54, to even */
        {2, 10, {0.3, 0, 0x1.3333333333334p-2, 0}, {0, 1}, NULL, 0.5}, /* both sides of 3/10 */
        /* 3 p rounds to 1 on both sides of 1/3 */
        {2, 3, {0x1.5555555555555p-2, 0, 0x1.5555555555556p-2, 0}, {0, 1}, NULL, 0.5},
        {2, 4, {0, 0, 0.25, 0}, {0, 1}, NULL, 0.375}, /* 0 is in the first */
        {2, 3, {1, 0, 3, 0}, {0, 1}, NULL, 1.5},      /* above 1: the last */
        {1, 15, {0.5, 0.5}, {1}, NULL, 0.5},          /* a tie: the first class */
        {1, 15, {0.5, 0.5}, {0}, NULL, 0.5},
        {1, 15, {INF, 0}, {0}, NULL, INF},
        {2, 15, {INF, NAN, 0, 0}, {0, 0}, NULL, NAN},
        {2, 15, {NAN, 0, 0.25, 0}, {0, 1}, &without_0, 0.25},
        {2, 15, {NAN, 0, 0.25, 0}, {0, 0}, &without_0, 0},
        {0, 15, {0}, {0}, NULL, NAN},
        {0, 15, {0}, {0}, &zero, 0},
        {2, 1, {0x1p1023, 0, 0x1p1023, 0}, {0, 0}, NULL, 0x1p1023},
        {1, INT64_C(1) << 53, {0x1p-1074, 0}, {0}, NULL, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double x = 77;
        lp_loss_in p = {c[i].p, 2};
        assert_int_equal(lp_loss_ece(&x, p, c[i].label, c[i].n, 2, c[i].bins, c[i].batch), LP_OK);
        if (!same(x, c[i].want)) fail_msg("ece, line %zu: %a", i, x);
    }
}

static void test_errors(void **state) {
    const double p[] = {0.5, 0.5}, negative[] = {-0.5, 0.5}, one = 1;
    const int64_t label = 0, far = 2;
    const lp_loss_batch sum = {.reduction = LP_REDUCE_SUM}, up = {.upstream = &one};
    lp_loss_in in = {p, 2}, bad = {negative, 2};
    double x = 77;
    (void)state;
    assert_int_equal(lp_loss_ece(&x, in, &label, 1, 2, 0, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_ece(&x, in, &label, 1, 2, -3, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_ece(&x, bad, &label, 1, 2, 5, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_ece(&x, in, &far, 1, 2, 5, NULL), LP_E_LABEL);
    assert_int_equal(lp_loss_ece(&x, in, &label, 1, 2, 5, &sum), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_perplexity(&x, bad, &label, 1, 2, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_perplexity(&x, in, &far, 1, 2, NULL), LP_E_LABEL);
    assert_int_equal(lp_loss_perplexity(&x, in, &label, 1, 2, &sum), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_perplexity(&x, in, &label, 1, 2, &up), LP_E_ARGUMENT);
    assert_true(x == 77);
}

#define ROWS 12

/* A fixed sequence of all magnitudes, near 1, and edges b/B. */
static double some(uint64_t *seed, int64_t bins) {
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    double u = (double)(*seed >> 11) * 0x1p-53;
    unsigned how = (unsigned)(*seed >> 8) % 4;
    if (how == 0) return ldexp(u, -(int)(*seed % 300));
    if (how == 1) return 1 - ldexp(u, -40);
    if (how == 2) return nextafter(ceil(u * (double)bins) / (double)bins, (double)(*seed >> 7 & 2));
    return u;
}

/* |got - x| in ulp of got, both about 1. */
static double off(double got, mpfr_t x) {
    int e;
    mpfr_sub_d(x, x, got, MPFR_RNDN);
    frexp(got, &e);
    return fabs(mpfr_get_d(x, MPFR_RNDN)) / ldexp(1, e - 53);
}

static void test_random(void **state) {
    static const int64_t bins[] = {15, 10, 3, 7, 100};
    double worst = 0, worst_ece = 0;
    mpfr_t x, part, gap;
    (void)state;
    mpfr_inits2(3000, x, part, gap, (mpfr_ptr)0);
    for (uint64_t t = 0; t < 3000; t++) {
        uint64_t seed = t * 977 + 13;
        int64_t n = 1 + (int64_t)(t % ROWS), b = bins[t % 5], label[ROWS], bin[ROWS],
                hit[ROWS] = {0};
        double p[2 * ROWS], got;
        mpfr_set_ui(x, 1, MPFR_RNDN);
        for (int64_t i = 0; i < n; i++) {
            double own = some(&seed, b);
            if (!(own > 0 && own <= 1)) own = 0.5;
            p[2 * i] = own;
            p[2 * i + 1] = 0;
            label[i] = (int64_t)(seed >> 33) & 1;
            mpfr_mul_d(x, x, own, MPFR_RNDN);
            mpfr_set_d(part, own, MPFR_RNDN);
            mpfr_mul_si(part, part, b, MPFR_RNDN);
            mpfr_ceil(part, part);
            bin[i] = mpfr_get_si(part, MPFR_RNDN);
        }
        mpfr_ui_div(x, 1, x, MPFR_RNDN);
        mpfr_rootn_ui(x, x, (unsigned long)n, MPFR_RNDN);
        assert_int_equal(lp_loss_perplexity(&got, (lp_loss_in){p, 2}, hit, n, 1, NULL), LP_OK);
        worst = fmax(worst, off(got, x));
        mpfr_set_zero(x, 1);
        for (int64_t c = 1; c <= b; c++) {
            mpfr_set_zero(gap, 1);
            for (int64_t i = 0; i < n; i++) {
                if (bin[i] != c) continue;
                mpfr_add_d(gap, gap, label[i] == 0, MPFR_RNDN);
                mpfr_sub_d(gap, gap, p[2 * i], MPFR_RNDN);
            }
            mpfr_abs(gap, gap, MPFR_RNDN);
            mpfr_add(x, x, gap, MPFR_RNDN);
        }
        mpfr_div_si(x, x, n, MPFR_RNDN);
        assert_int_equal(lp_loss_ece(&got, (lp_loss_in){p, 2}, label, n, 2, b, NULL), LP_OK);
        if (got > 0) worst_ece = fmax(worst_ece, off(got, x));
    }
    mpfr_clears(x, part, gap, (mpfr_ptr)0);
    printf("worst: perplexity %.4f ulp, ece %.4f\n", worst, worst_ece);
    assert_true(worst <= 0.501 && worst_ece <= 0.501);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_perplexity),
                                       cmocka_unit_test(test_ece), cmocka_unit_test(test_errors),
                                       cmocka_unit_test(test_random)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
