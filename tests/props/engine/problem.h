/* Problems with a known minimum, which the shrinker must reach from every seed that fails. */
#ifndef LP_TESTS_PROBLEM_H
#define LP_TESTS_PROBLEM_H

#include "props/engine/choices.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SEEDS  100
#define BUDGET 20000
#define ROOM   64

/* The failing value as text. */
typedef char text[1024];
void put(char *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void put_ints(char *out, const int64_t *x, int n);
int list_of_ints(int64_t *x, lp_choices *tc, int64_t lo, int64_t hi, double more);

typedef struct problem {
    lp_fails_fn fails; /* leaves the value in env, a text */
    const char *minimum[3];
} problem;

void shrink_from_seeds(const problem *p);

#define PROBLEM(name, ...)                                                                         \
    static void test_##name(void **state) {                                                        \
        (void)state;                                                                               \
        shrink_from_seeds(&(problem){name, {__VA_ARGS__}});                                        \
    }

#endif
