/* The same inputs give the same bits on every instruction set and from every compiler. */
#include "impl/rows.h"
#include "tests/impl/families.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

extern const lp_rows_table lp_rows_base;
#if defined(__x86_64__)
extern const lp_rows_table lp_rows_v3, lp_rows_v4;
#endif

enum { K_MAX = 70, OUTPUTS = 12, ROWS = 250 };

/* Results of every operation on one random row. */
typedef struct results {
    double x[OUTPUTS][K_MAX];
} results;

static lp_loss_out out(results *r, int i) {
    return (lp_loss_out){r->x[i], K_MAX};
}

static void run(results *all, const lp_rows_table *rows, int family, uint64_t index) {
    lp_rng r;
    lp_rng_init(&r, 6, (uint64_t)family, index);
    int64_t k = 1 + (int64_t)lp_rng_below(&r, K_MAX), c = (int64_t)lp_rng_below(&r, (uint64_t)k);
    double z[K_MAX], v[K_MAX], w[K_MAX], p[K_MAX], y[K_MAX];
    family_row(z, k, c, family, &r);
    for (int64_t j = 0; j < k; j++) {
        v[j] = lp_rng_normal(&r);
        w[j] = family_positive(&r);
        p[j] = family_positive(&r);
        y[j] = lp_rng_unit(&r);
    }
    lp_loss_xent_options plain = LP_LOSS_XENT_PLAIN, some = plain;
    some.temperature = 1 + lp_rng_unit(&r);
    some.temperature = ldexp(some.temperature, (int)lp_rng_below(&r, 60) - 30);
    some.weights = lp_rng_below(&r, 2) ? w : NULL;
    if (lp_rng_below(&r, 2)) some.smoothing = lp_rng_unit(&r);
    lp_loss_in logits = {z, k}, cotangent = {v, k}, pi = {p, k}, wi = {w, k};
    memset(all, 0, sizeof *all);
    rows->softmax_xent(all->x[0], out(all, 1), logits, &c, 1, k, &plain);
    rows->softmax_xent(&all->x[0][1], out(all, 2), logits, &c, 1, k, &some);
    rows->softmax(out(all, 3), out(all, 4), logits, cotangent, 1, k, some.temperature);
    rows->log_softmax(out(all, 5), (lp_loss_out){NULL, 0}, logits, (lp_loss_in){NULL, 0}, 1, k,
                      some.temperature);
    rows->log_softmax(out(all, 6), out(all, 7), logits, cotangent, 1, k, 1);
    rows->bce_logits(all->x[8], (lp_loss_out){all->x[9], 1}, (lp_loss_in){z, 1}, (lp_loss_in){y, 1},
                     k);
    rows->entropy(&all->x[0][2], out(all, 10), pi, 1, k);
    rows->kl_div(&all->x[0][3], (lp_loss_out){NULL, 0}, out(all, 11), pi, wi, 1, k);
}

static void compare(const lp_rows_table *other) {
    static results a, b;
    for (int f = 0; f < FAMILIES; f++)
        for (uint64_t i = 0; i < ROWS; i++) {
            run(&a, &lp_rows_base, f, i);
            run(&b, other, f, i);
            assert_memory_equal(&a, &b, sizeof a);
        }
}
static void test_v3(void **state) {
    (void)state;
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) skip();
    compare(&lp_rows_v3);
#else
    skip();
#endif
}
static void test_v4(void **state) {
    (void)state;
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) skip();
    compare(&lp_rows_v4);
#else
    skip();
#endif
}

/* FNV-1a of all results, as this test printed it when built by gcc 12 and by clang 14 for x86-64;
 * the rows come from integers by exact operations, so that they are the same everywhere. Where a
 * formula changes on purpose so does the number: both compilers must print the new one. */
static void test_compilers(void **state) {
    static results a;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    (void)state;
    for (int f = 0; f < FAMILIES; f++)
        for (uint64_t i = 0; i < ROWS; i++) {
            run(&a, &lp_rows_base, f, i);
            for (int o = 0; o < OUTPUTS; o++)
                for (int j = 0; j < K_MAX; j++) {
                    uint64_t b;
                    memcpy(&b, &a.x[o][j], sizeof b);
                    if (isnan(a.x[o][j])) b = 0; /* a NaN's sign and payload say nothing */
                    hash = (hash ^ b) * UINT64_C(0x100000001b3);
                }
        }
    print_message("hash of the results: %016" PRIx64 "\n", hash);
    assert_int_equal(hash, UINT64_C(0x2f48f2dda622f1e2));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_v3), cmocka_unit_test(test_v4),
                                       cmocka_unit_test(test_compilers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
