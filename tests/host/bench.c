/* Microseconds of a call's round trip: not a test, run by hand. */
#include "support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <setjmp.h>

#include <cmocka.h>

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void) {
    static const int64_t ks[] = {10, 1000, 1000000};
    for (int twice = 0; twice < 2; twice++)
        for (size_t i = 0; i < sizeof ks / sizeof *ks; i++) {
            lp_host *h = open_host(specimen("good"), 5, twice);
            lp_case c;
            lp_answer a;
            int runs = ks[i] > 1000 ? 50 : 20000;
            lp_case_init(&c, LP_OP_SOFTMAX_XENT);
            c.n = 1;
            c.k = c.stride = ks[i];
            lp_case_alloc(&c, LP_IN_LOGITS);
            lp_case_alloc_label(&c);
            lp_answer_init(&a);
            double start = seconds();
            double ns = 0;
            for (int r = 0; r < runs; r++) {
                if (!lp_host_run(h, &c, NULL, &a, NULL)) abort();
                ns += a.ns;
            }
            double us = (seconds() - start) * 1e6 / runs;
            printf("k %7lld calls %d: %10.2f us a case, of which one call %10.2f us\n",
                   (long long)ks[i], twice + 1, us, ns * 1e-3 / runs);
            lp_answer_clear(&a);
            lp_case_clear(&c);
            lp_host_close(h);
        }
    return 0;
}
