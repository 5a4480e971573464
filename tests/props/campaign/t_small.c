/* Counterexamples are small enough to read: over the failures of softmax mutants the median has at
 * most three classes and two numbers that are not zero, and these are short. */
#include "core/case_text.h"
#include "props/props/campaign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#define MOST 256

static int classes[MOST], nonzero[MOST], bits[MOST], count;

/* Significant bits of a finite number, 0 of 0. */
static int length_of(double x) {
    int e, n = 0;
    for (double m = fabs(frexp(x, &e)); m > 0 && isfinite(x); m -= floor(m)) {
        m *= 2;
        n++;
    }
    return n;
}

static void look(const lp_counterexample *x) {
    lp_case c;
    const char *status;
    if (!lp_case_parse(&c, x->case_line, strlen(x->case_line), &status, NULL))
        fail_msg("%s", x->case_line);
    int some = 0, longest = 0;
    for (int64_t i = 0; i < c.n * c.k; i++) {
        double z = c.in[LP_IN_LOGITS][i];
        some += z != 0;
        longest = length_of(z) > longest ? length_of(z) : longest;
    }
    if (count < MOST) {
        classes[count] = (int)c.k;
        nonzero[count] = some;
        bits[count++] = longest;
    }
    lp_case_clear(&c);
}

static void certify(const char *spec, lp_format_id format) {
    static const lp_op op = LP_OP_SOFTMAX_XENT;
    lp_error err = {""};
    lp_host *h = NULL;
    lp_host_options how = {.timeout = 5};
    lp_campaign ask = {.seed = 1,
                       .evals = 700,
                       .asked = LP_LEVEL_STABLE,
                       .op = &op,
                       .ops = 1,
                       .format = &format,
                       .formats = 1};
    lp_certificate cert;
    lp_certificate_init(&cert);
    if (lp_host_open(&h, spec, &how, &err) != LP_HOST_OK) fail_msg("%s: %s", spec, err.text);
    if (!lp_campaign_run(&cert, h, &ask, &err)) fail_msg("%s: %s", spec, err.text);
    for (int i = 0; i < cert.counterexamples; i++)
        if (cert.counterexample[i].level < LP_LEVEL_STABLE) look(&cert.counterexample[i]);
    lp_certificate_clear(&cert);
    lp_host_close(h);
}

static int ascending(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

/* The upper one of two. */
static int median(int *x) {
    qsort(x, (size_t)count, sizeof *x, ascending);
    return x[count / 2];
}

static void small(void **state) {
    (void)state;
    static const char *const spec[] = {
        "mutant:onehot_gradient", "mutant:log_of_softmax",      "mutant:lse_minus_target",
        "mutant:narrow_sum",      "mutant:shift_by_least",      "mutant:ties_counted_once",
        "mutant:log_first_order", "mutant:probability_clipped", "mutant:sum_misses_last",
        "mutant:smoothing_mass",  "mutant:weights_reversed",    "mutant:gradient_clipped"};
    for (size_t i = 0; i < sizeof spec / sizeof *spec; i++)
        certify(spec[i], i % 2 ? LP_BINARY32 : LP_BINARY64);
    int k = median(classes), some = median(nonzero), length = median(bits);
    printf("%d counterexamples: median K %d, %d numbers not 0, of %d bits; K at most %d\n", count,
           k, some, length, classes[count - 1]);
    assert_true(count >= 40);
    assert_true(k <= 3 && some <= 2 && length <= 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(small)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
