/* Figures of an accuracy test: the worst error per output, judged as it comes. */
#ifndef LP_TESTS_IMPL_TALLY_H
#define LP_TESTS_IMPL_TALLY_H

#include "tests/impl/oracle.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SLACK 0x1p-230 /* of the magnitudes of a signed sum: what the oracle is good to */

typedef struct tally {
    const char *output;
    double worst, misrounded, count;
} tally;

/* `slack` 0: relative outputs. */
static inline void judge(tally *t, const truth *x, double got, double slack, const char *where) {
    double e = truth_ulps(x, got, slack), plain = slack > 0 ? truth_ulps(x, got, 0) : e;
    t->count++;
    t->misrounded += plain > 0.5;
    if (!(e <= t->worst)) t->worst = e;
    if (!(e <= 0.501)) {
        mpfr_fprintf(stderr, "%s, %s: %a, exact %.20Ra: %g ulp\n", t->output, where, got, x->x, e);
        assert_true(e <= 0.501);
    }
}
static inline void report(const tally *t, int n) {
    for (int i = 0; i < n; i++)
        print_message("  %-28s max %.7f ulp, %.0f of %.0f misrounded\n", t[i].output, t[i].worst,
                      t[i].misrounded, t[i].count);
}

#endif
