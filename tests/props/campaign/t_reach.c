/* The domain finder against theory, on the textbook's softmax cross-entropy of two classes, the
 * label ahead by g. With e = exp(-g) and u = 2^-p, p the format's precision:
 *
 * loss = log(fl(1 + e)). fl(1 + e) = 1 + n 2u, n the nearest integer to e / 2u, so that the loss is
 * about n 2u where it is small, off by at most u of e: "lost" (a quarter of the exact value or more
 * off) needs u/e >= 1/4, g >= (p - 2) ln 2, and is certain where n = 0, e < u, g > p ln 2.
 *
 * gradient of the label = fl(1 / fl(1 + e)) - 1, exact -e up to e^2. The quotient lies in (1/2, 1],
 * where numbers are u apart: off by at most u/2 for the division and u for the sum, so that lost
 * needs 1.5 u/e >= 1/4, g >= (p - log2 6) ln 2, and is certain where e < u/2, g > (p + 1) ln 2.
 *
 * accurate (4 ulp): where the loss is at least 1/2, g <= 0.4327, ulp(loss) = u: the sum is off by
 * at most u, the exponential by e (g + 2) u <= 2 u (g u relative for the rounded difference, 1 ulp
 * for itself), both weighted by 1/(1 + e) <= 0.61 in the logarithm, which adds 1 ulp: below 3 ulp.
 * And it must be seen to end: where the loss is below 2^-7, g > 7 ln 2, ulp(loss) <= 2^-7 u and the
 * sum's error is spread over 128 ulp on both sides: of 32 cases 31 are more than 4 ulp off.
 *
 * A probe lies up to 1/64 below the place that it is counted at, and an edge is known to 2 %. */
#include "props/props/reach.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LN2   0x1.62e42fefa39efp-1
#define SLACK (1.02 * 64 / 63)

static const lp_reach_row *row_of(const lp_certificate *c, lp_out out, lp_part part, lp_way way) {
    for (int i = 0; i < c->reaches; i++)
        if (c->reach[i].out == out && c->reach[i].part == part && c->reach[i].way == way)
            return &c->reach[i];
    fail_msg("no row for %s %s", lp_out_name(out), lp_way_name(way));
    return NULL;
}

static void find(lp_certificate *cert, const char *spec, lp_format_id format, int64_t most_k) {
    lp_error err = {""};
    lp_host *host = NULL;
    lp_host_options how = {.timeout = 1};
    assert_int_equal(lp_host_open(&host, spec, &how, &err), LP_HOST_OK);
    const lp_campaign ask = {.seed = 3, .asked = LP_LEVEL_STABLE};
    lp_run run = {.cert = cert,
                  .host = host,
                  .ask = &ask,
                  .effort = lp_effort_get(LP_EFFORT_SMOKE),
                  .err = &err,
                  .pairs = 1};
    lp_pair p = {.run = &run, .hits.asked = LP_LEVEL_STABLE};
    const lp_host_info *info = lp_host_describe(host);
    const lp_host_entry *entry = NULL;
    for (int i = 0; i < info->entries; i++)
        if (info->entry[i].op == LP_OP_SOFTMAX_XENT && info->entry[i].format == format)
            entry = &info->entry[i];
    assert_non_null(entry);
    lp_certificate_init(cert);
    lp_bench_open(&p.bench, host, entry, &err);
    p.plan = (lp_gen_plan){.op = entry->op, .format = format, .max_k = most_k, .wide_k = most_k};
    assert_true(lp_pair_reach(&p, 2000));
    lp_hits_clear(&p.hits);
    lp_host_close(host);
}

static void between(double x, double from, double to) {
    if (!(x >= from && x <= to)) fail_msg("%g is not in [%g, %g]", x, from, to);
}

static void test_textbook(void **state) {
    (void)state;
    static const struct {
        lp_format_id format;
        int p;
    } formats[] = {{LP_BINARY64, 53}, {LP_BINARY32, 24}};
    for (int i = 0; i < 2; i++) {
        const int p = formats[i].p;
        lp_certificate c;
        find(&c, "builtin:textbook", formats[i].format, 2);
        const lp_reach_row *loss = row_of(&c, LP_OUT_LOSS, LP_PART_ALL, LP_WAY_AHEAD);
        const lp_reach_row *grad = row_of(&c, LP_OUT_GRAD, LP_PART_LABEL, LP_WAY_AHEAD);
        between(loss->fails[LP_REACH_KEPT], (p - 2) * LN2, p * LN2 * SLACK);
        between(grad->fails[LP_REACH_KEPT], (p - log2(6)) * LN2, (p + 1) * LN2 * SLACK);
        between(loss->fails[LP_REACH_ACCURATE], 0.4327, 7 * LN2 * SLACK);
        assert_true(loss->holds[LP_REACH_KEPT] < loss->fails[LP_REACH_KEPT]);
        assert_true(loss->fails[LP_REACH_KEPT] <= loss->holds[LP_REACH_KEPT] * 1.03);
        /* The textbook's program is the one that `stable` is made of, and a label behind keeps its
         * digits: loss and gradient are of the size of what was rounded. */
        assert_true(isinf(loss->fails[LP_REACH_STABLE]));
        loss = row_of(&c, LP_OUT_LOSS, LP_PART_ALL, LP_WAY_BEHIND);
        assert_true(isinf(loss->fails[LP_REACH_KEPT]) && isinf(loss->fails[LP_REACH_ACCURATE]));
        lp_certificate_clear(&c);
    }
}

static void test_accurate_and_naive(void **state) {
    (void)state;
    lp_certificate c;
    find(&c, "builtin:accurate", LP_BINARY64, 100);
    for (int i = 0; i < c.reaches; i++) {
        assert_true(isinf(c.reach[i].fails[LP_REACH_FAITHFUL]));
        assert_true(c.reach[i].holds[LP_REACH_FAITHFUL] == c.reach[i].tried_to);
        assert_true(c.reach[i].probes > 0);
    }
    assert_int_equal(c.reaches, 5 * 3);
    lp_certificate_clear(&c);
    /* Without the shift exp overflows at 709.78: an offset beyond it is the end of everything. */
    find(&c, "builtin:naive", LP_BINARY64, 10);
    const lp_reach_row *r = row_of(&c, LP_OUT_LOSS, LP_PART_ALL, LP_WAY_OFFSET);
    between(r->fails[LP_REACH_STABLE], 1, 709.79 * SLACK);
    lp_certificate_clear(&c);
}

static void test_merge(void **state) {
    (void)state;
    lp_certificate a, b;
    lp_error err = {""};
    lp_certificate_init(&a);
    lp_certificate_init(&b);
    lp_reach_row *r =
        lp_certificate_reach(&a, LP_OP_SOFTMAX, LP_BINARY64, LP_OUT_VALUE, LP_PART_LABEL, 0);
    r->fails[LP_REACH_KEPT] = 40;
    r->holds[LP_REACH_KEPT] = 39;
    r->probes = 3;
    r = lp_certificate_reach(&b, LP_OP_SOFTMAX, LP_BINARY64, LP_OUT_VALUE, LP_PART_LABEL, 0);
    r->fails[LP_REACH_KEPT] = 37;
    r->holds[LP_REACH_KEPT] = 36;
    r->probes = 4;
    assert_true(lp_certificate_merge(&a, &b, &err));
    assert_int_equal(a.reaches, 1);
    assert_true(a.reach[0].fails[LP_REACH_KEPT] == 37 && a.reach[0].holds[LP_REACH_KEPT] == 36);
    assert_true(a.reach[0].probes == 7 && isinf(a.reach[0].fails[LP_REACH_STABLE]));
    lp_certificate_clear(&a);
    lp_certificate_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_textbook),
                                       cmocka_unit_test(test_accurate_and_naive),
                                       cmocka_unit_test(test_merge)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
