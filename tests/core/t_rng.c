#include "check.h"

#include "core/rng.h"

#include <math.h>

/* The three philox4x64-10 lines of Random123's kat_vectors: counter, key, block. */
static const struct {
    uint64_t counter[4], key[2], block[4];
} known[] = {
    {{0}, {0}, {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}},
    {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX},
     {UINT64_MAX, UINT64_MAX},
     {0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}},
    {{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
     {0x452821e638d01377, 0xbe5466cf34e90c6c},
     {0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}}};

static void known_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        lp_rng r;
        lp_rng_init(&r, known[i].key[0], known[i].key[1], 0);
        memcpy(r.counter, known[i].counter, sizeof r.counter);
        for (int j = 0; j < 4; j++) assert_int_equal(lp_rng_u64(&r), known[i].block[j]);
    }
    lp_rng r; /* what init promises: seed and domain are the key, block and index the counter */
    lp_rng_init(&r, 0, 0, 0);
    for (int j = 0; j < 4; j++) assert_int_equal(lp_rng_u64(&r), known[0].block[j]);
    assert_int_equal(lp_rng_domain(""), 0xcbf29ce484222325);
    assert_int_equal(lp_rng_domain("foobar"), 0x85944171f73967e8); /* the published FNV-1a vector */
}

static void streams_differ(void **state) {
    (void)state;
    uint64_t first[4];
    for (int i = 0; i < 4; i++) {
        lp_rng r;
        lp_rng_init(&r, i == 1, i == 2, i == 3);
        first[i] = lp_rng_u64(&r);
        for (int j = 0; j < i; j++) assert_int_not_equal(first[i], first[j]);
    }
}

/* Chi-square over the n cells at a fixed seed: below mean + 5 sigma = n - 1 + 5 sqrt(2(n-1)). */
static void check_even(uint64_t n, uint64_t divisor, int cells) {
    enum { DRAWS = 200000 };
    int64_t count[16] = {0};
    lp_rng r;
    lp_rng_init(&r, 7, n, 0);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = lp_rng_below(&r, n);
        assert_true(x < n);
        count[x / divisor]++;
    }
    double mean = (double)DRAWS / cells, chi = 0;
    for (int i = 0; i < cells; i++) chi += pow((double)count[i] - mean, 2) / mean;
    assert_true(chi < cells - 1 + 5 * sqrt(2.0 * (cells - 1)));
}

static void below(void **state) {
    (void)state;
    for (int n = 2; n <= 16; n++) check_even((uint64_t)n, 1, n);
    /* 3 * 2^62: x mod n alone would land in the first third twice as often. */
    check_even(UINT64_C(3) << 62, UINT64_C(1) << 62, 3);
    lp_rng r;
    lp_rng_init(&r, 8, 0, 0);
    for (int i = 0; i < 100; i++) assert_int_equal(lp_rng_below(&r, 1), 0);
}

static void unit(void **state) {
    (void)state;
    lp_rng r;
    lp_rng_init(&r, 9, 0, 0);
    double sum = 0;
    for (int i = 0; i < 100000; i++) {
        double u = lp_rng_unit(&r);
        assert_true(u >= 0 && u < 1 && ldexp(u, 53) == floor(ldexp(u, 53)));
        sum += u;
    }
    assert_true(fabs(sum / 100000 - 0.5) < 5 * sqrt(1 / 12.0 / 100000));
}

/* Kolmogorov-Smirnov at a fixed seed against the C library's erfc: D sqrt(n) > 2.2 would have
 * probability 1e-4; 0 and 1 of the sample are exactly where the distribution's pieces join. */
static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void normal(void **state) {
    (void)state;
    enum { DRAWS = 200000 };
    double *x = malloc(DRAWS * sizeof *x), distance = 0;
    lp_rng r;
    lp_rng_init(&r, 10, 0, 0);
    for (int i = 0; i < DRAWS; i++) x[i] = lp_rng_normal(&r);
    qsort(x, DRAWS, sizeof *x, by_value);
    for (int i = 0; i < DRAWS; i++) {
        double p = 0.5 * erfc(-x[i] * sqrt(0.5));
        distance = fmax(distance, fmax(p - (double)i / DRAWS, (double)(i + 1) / DRAWS - p));
    }
    assert_true(distance * sqrt(DRAWS) < 2.2);
    assert_true(x[0] < -3.5 && x[DRAWS - 1] > 3.5); /* it has tails */
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers), cmocka_unit_test(streams_differ), cmocka_unit_test(below),
        cmocka_unit_test(unit),          cmocka_unit_test(normal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
