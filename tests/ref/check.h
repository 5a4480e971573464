/* cmocka with the headers it wants in front. */
#ifndef LP_TESTS_REF_CHECK_H
#define LP_TESTS_REF_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The same number, the same sign of zero, or both NaN. */
static inline bool same(double a, double b) {
    uint64_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y || (a != a && b != b);
}

#endif
