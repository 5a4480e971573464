/* Numbers compared to what was derived by hand. */
#ifndef LP_TESTS_IMPL_SPECIAL_H
#define LP_TESTS_IMPL_SPECIAL_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define INF INFINITY
#define LN2 0x1.62e42fefa39efp-1

/* Equal values with equal signs of zero; any NaN equals any NaN. */
static inline bool same(double a, double b) {
    return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}
static inline void expect(const char *what, const double *got, const double *want, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        if (!same(got[i], want[i]))
            fprintf(stderr, "%s [%lld]: %a, expected %a\n", what, (long long)i, got[i], want[i]);
        assert_true(same(got[i], want[i]));
    }
}

#endif
