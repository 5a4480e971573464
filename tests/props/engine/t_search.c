/* The search over vectors: it climbs, keeps to the domain and to its allowance, and repeats. */
#include "props/engine/search.h"

#include "props/engine/order.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const lp_f64_domain wide = {.lo = -1000, .hi = 1000},
                           narrow = {.lo = -1000, .hi = 1000, .format = LP_BINARY32};

typedef struct watch {
    const lp_search_space *space;
    double (*f)(const double *x, int n);
    int64_t calls;
} watch;

static double seen(void *env, const double *x) {
    watch *w = env;
    w->calls++;
    for (int i = 0; i < w->space->n; i++) assert_true(lp_domain_holds(w->space->domain[i], x[i]));
    return w->f(x, w->space->n);
}

/* Largest, 0, at (3, 3.5, 4, ...). */
static double hill(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s -= fabs(x[i] - (3 + 0.5 * i));
    return s;
}

/* A needle in one double: the number after 1/3. Neighbours alone lead there from nearby. */
static double needle(const double *x, int n) {
    (void)n;
    double at = nextafter(1.0 / 3, 1), ulps = fabs(x[0] - at) / 0x1p-54;
    return ulps <= 3 ? 4 - ulps : 0;
}

/* Only common shifts and ties leave this ridge at once: all equal, far out. */
static double ridge(const double *x, int n) {
    double apart = 0;
    for (int i = 1; i < n; i++) apart += fabs(x[i] - x[0]);
    return apart > 0 ? -apart : 1000 + x[0];
}

static lp_search search_of(lp_search_space *space, watch *w, const lp_f64_domain *d, int n,
                           int64_t left, uint64_t seed) {
    *space = (lp_search_space){.n = n};
    for (int i = 0; i < n; i++) space->domain[i] = d;
    w->space = space;
    w->calls = 0;
    lp_search s = {.space = space, .score = seen, .env = w, .left = left};
    lp_rng_init(&s.rng, seed, 1, 2);
    return s;
}

static void test_climb_and_evolve(void **state) {
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        lp_search_space space;
        watch w = {.f = hill};
        double x[4] = {-700, 0, 12, 999};
        lp_search s = search_of(&space, &w, kind % 2 ? &narrow : &wide, 4, 20000, 5);
        double got = kind < 2 ? lp_search_climb(&s, x, 4000) : lp_search_evolve(&s, x, 20000);
        assert_true(got == hill(x, 4));
        assert_true(got > -0.01);
        assert_true(w.calls <= 20000 && s.left == 20000 - w.calls);
    }
}

static void test_ridge(void **state) {
    (void)state;
    lp_search_space space;
    watch w = {.f = ridge};
    double x[3] = {1, 2, 4};
    lp_search s = search_of(&space, &w, &wide, 3, 20000, 9);
    assert_true(lp_search_climb(&s, x, 4000) > 1900); /* the shift to the end of the domain */
}

static void test_polish(void **state) {
    (void)state;
    lp_search_space space;
    watch w = {.f = needle};
    double x[1] = {nextafter(nextafter(1.0 / 3, 0), 0)}; /* three below: the score sees it */
    lp_search s = search_of(&space, &w, &wide, 1, 1000, 1);
    assert_true(lp_search_polish(&s, x, 1) == 4);
    assert_true(x[0] == nextafter(1.0 / 3, 1));
}

static void test_repeats_and_never_falls(void **state) {
    (void)state;
    lp_search_space space;
    watch w = {.f = hill};
    double a[3] = {1, -5, 900}, b[3] = {1, -5, 900}, c[3] = {1, -5, 900};
    double start = hill(a, 3);
    lp_search s = search_of(&space, &w, &wide, 3, 300, 7);
    assert_true(lp_search_climb(&s, a, 100) >= start);
    s = search_of(&space, &w, &wide, 3, 300, 7);
    lp_search_climb(&s, b, 100);
    assert_memory_equal(a, b, sizeof a);
    s = search_of(&space, &w, &wide, 3, 300, 8);
    lp_search_climb(&s, c, 100);
    assert_memory_not_equal(a, c, sizeof a);
    s = search_of(&space, &w, &wide, 3, 0, 7); /* nothing left: nothing asked */
    assert_true(lp_search_climb(&s, c, 100) == -1 && w.calls == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_climb_and_evolve),
                                       cmocka_unit_test(test_ridge), cmocka_unit_test(test_polish),
                                       cmocka_unit_test(test_repeats_and_never_falls)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
