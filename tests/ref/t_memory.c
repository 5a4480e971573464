/* Nothing grows: as much memory after many cases as after a few, through both tiers.
 * Usage: t_ref_memory [cases] */
#include "check.h"

#include "core/rng.h"
#include "ref/exact.h"

#include <mpfr.h>
#include <sys/resource.h>

static int64_t cases = 60000;

static long kilobytes(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

/* Every 64th is MPFR's alone, every 16th is measured too. */
static void one_case(int64_t i) {
    lp_case c;
    lp_rng rng;
    lp_answer a;
    lp_rng_init(&rng, 1, lp_rng_domain("memory"), (uint64_t)i);
    lp_case_init(&c, LP_OP_SOFTMAX_XENT);
    c.n = 1;
    c.k = c.stride = 10;
    double *z = lp_case_alloc(&c, LP_IN_LOGITS);
    for (int64_t j = 0; j < c.k; j++) z[j] = 40 * lp_rng_unit(&rng) - 20;
    lp_case_alloc_label(&c)[0] = (int64_t)lp_rng_below(&rng, 10);
    lp_exact *e = lp_exact_new(&c, NULL);
    if (i % 64 == 0) lp_exact_forgo_tier(e);
    lp_answer_init(&a);
    lp_exact_answer(&a, e);
    if (i % 16 == 0) {
        lp_measure m;
        lp_exact_measure(&m, e, LP_OUT_LOSS, 0, a.out[LP_OUT_LOSS][0]);
    }
    lp_answer_clear(&a);
    lp_exact_free(e);
    lp_case_clear(&c);
}

static void test_nothing_grows(void **state) {
    (void)state;
    for (int64_t i = 0; i < 2000; i++) one_case(i);
    long before = kilobytes();
    for (int64_t i = 0; i < cases; i++) one_case(i);
    long grown = kilobytes() - before;
    printf("%ld cases: %ld KiB at first, %ld more\n", (long)cases, before, grown);
#ifdef __SANITIZE_ADDRESS__
    print_message("under AddressSanitizer, which keeps what is freed: it looks for leaks itself\n");
#else
    assert_true(grown <= 256);
#endif
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_grows)};
    if (argc > 1) cases = atol(argv[1]);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mpfr_free_cache();
    return failed;
}
