/* What a subject is given and what comes back: shapes, places, formats, and what is not tested. */
#include "support.h"

#include "core/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void random_case(lp_case *c, int64_t n, int64_t k, lp_format_id format, uint64_t seed) {
    lp_rng r;
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    lp_rng_init(&r, seed, 0, 0);
    c->format = format;
    c->n = n;
    c->k = c->stride = k;
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    int64_t *label = lp_case_alloc_label(c);
    for (int64_t i = 0; i < n * k; i++)
        z[i] = lp_format_round(lp_format_get(format), 10 * lp_rng_normal(&r));
    for (int64_t i = 0; i < n; i++) label[i] = (int64_t)lp_rng_below(&r, (uint64_t)k);
}

static void same_answer(const lp_case *c, const lp_answer *a, const lp_answer *b) {
    assert_int_equal(a->status, b->status);
    assert_int_equal(b->findings, 0);
    for (int o = 0; o < LP_OUT_COUNT; o++) {
        assert_true(!a->out[o] == !b->out[o]);
        if (a->out[o])
            assert_memory_equal(a->out[o], b->out[o],
                                (size_t)lp_case_out_len(c, (lp_out)o) * sizeof(double));
    }
}

/* The same numbers wherever the arrays lie. */
static void places(void **state) {
    static const int64_t n[] = {1, 2, 7, 3}, k[] = {1, 3, 100, 5000};
    (void)state;
    lp_host *h = open_host("builtin:good", 5, true);
    for (size_t s = 0; s < 4; s++) {
        lp_case c;
        lp_answer plain, other;
        random_case(&c, n[s], k[s], LP_BINARY64, s);
        lp_answer_init(&plain);
        lp_answer_init(&other);
        assert_true(lp_host_run(h, &c, NULL, &plain, NULL));
        assert_int_equal(plain.findings, 0);
        for (int place = 0; place < 40; place++) {
            lp_host_how how = {
                .in_place = place & 1, .guard_before = place & 2, .align = place / 4 * 8};
            c.stride = k[s] + place % 3;
            assert_true(lp_host_run(h, &c, &how, &other, NULL));
            same_answer(&c, &plain, &other);
        }
        lp_answer_clear(&plain);
        lp_answer_clear(&other);
        lp_case_clear(&c);
    }
    lp_host_close(h);
}

static void outputs_one_by_one(void **state) {
    (void)state;
    lp_host *h = open_host("builtin:good", 5, true);
    lp_case c;
    lp_answer a;
    equal_case(&c, 2, LP_BINARY64);
    lp_answer_init(&a);
    assert_true(lp_host_run(h, &c, &(lp_host_how){.outputs = LP_OUT_BIT(LP_OUT_LOSS)}, &a, NULL));
    assert_int_equal(a.findings, 0);
    assert_true(a.out[LP_OUT_LOSS][1] == log(4) && !a.out[LP_OUT_GRAD]);
    assert_true(lp_host_run(h, &c, &(lp_host_how){.outputs = LP_OUT_BIT(LP_OUT_GRAD)}, &a, NULL));
    assert_true(a.out[LP_OUT_GRAD][0] == -0.75 && !a.out[LP_OUT_LOSS]);
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(h);
}

/* binary32 with 32-bit labels. */
static void small_format(void **state) {
    (void)state;
    lp_host *h = open_host("builtin:good", 5, true);
    lp_case c;
    lp_answer a;
    equal_case(&c, 3, LP_BINARY32);
    lp_answer_init(&a);
    assert_true(lp_host_run(h, &c, NULL, &a, NULL));
    assert_equal_answer(&c, &a);
    c.label[1] = -1;
    assert_true(lp_host_run(h, &c, NULL, &a, NULL));
    assert_int_equal(a.status, LP_E_LABEL);
    assert_int_equal(a.findings, 0);
    assert_null(a.out[LP_OUT_LOSS]);
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(h);
}

/* Up to arrays larger than the first arena's slots (16 MiB), and back. */
static void large(void **state) {
    static const int64_t k[] = {1000000, 5, 3000000, 4, 1000000, 2500000};
    (void)state;
    lp_host *h = open_host("builtin:good", 20, true);
    for (size_t i = 0; i < sizeof k / sizeof *k; i++) {
        lp_case c;
        lp_answer a;
        random_case(&c, 1, k[i], LP_BINARY64, i);
        lp_answer_init(&a);
        assert_true(lp_host_run(h, &c, NULL, &a, NULL));
        assert_int_equal(a.findings, 0);
        /* Exactly 0; off by the two recursive sums, the subject's and this one: at most ku each on
         * terms of absolute sum 1 and 2, and u for the roundings of each p_j: below 4ku. */
        double sum = 0, u = 0x1p-53;
        for (int64_t j = 0; j < k[i]; j++) sum += a.out[LP_OUT_GRAD][j];
        assert_true(fabs(sum) <= 4 * (double)k[i] * u);
        lp_answer_clear(&a);
        lp_case_clear(&c);
        assert_good_works(h);
    }
    lp_host_close(h);
}

static void nothing(void **state) { /* N = 0 */
    (void)state;
    lp_host *h = open_host("builtin:good", 5, true);
    lp_case c;
    lp_answer a;
    equal_case(&c, 0, LP_BINARY64);
    lp_answer_init(&a);
    assert_true(lp_host_run(h, &c, NULL, &a, NULL));
    assert_int_equal(a.status, LP_OK);
    assert_int_equal(a.findings, 0);
    assert_true(a.out[LP_OUT_LOSS] && a.len[LP_OUT_LOSS] == 0);
    lp_answer_clear(&a);
    lp_case_clear(&c);
    lp_host_close(h);
}

static void is_not_tested(lp_host *h, const lp_case *c, const lp_host_how *how, const char *why) {
    lp_answer a;
    const char *said = NULL;
    lp_answer_init(&a);
    if (!how) {
        assert_null(lp_host_accepts(h, c, &said));
        assert_string_equal(said, why);
    }
    assert_true(lp_host_run(h, c, how, &a, NULL));
    assert_int_equal(a.status, LP_E_UNSUPPORTED);
    assert_int_equal(a.findings, 0);
    assert_string_equal(a.note, why);
    lp_answer_clear(&a);
}

static void not_tested(void **state) {
    (void)state;
    lp_host *h = open_host("builtin:good", 5, true);
    lp_case c, soft;
    equal_case(&c, 2, LP_BINARY64);
    assert_non_null(lp_host_accepts(h, &c, NULL));
    lp_case_set(&c, LP_PARAM_TEMPERATURE, 2);
    is_not_tested(h, &c, NULL, "parameter temperature not declared");
    c.set = 0;
    c.reduction = LP_REDUCE_MEAN;
    is_not_tested(h, &c, NULL, "reduction mean not declared");
    c.reduction = LP_REDUCE_NONE;
    c.rounding = LP_ROUND_UP;
    is_not_tested(h, &c, NULL, "rounding up not declared");
    c.rounding = LP_ROUND_NEAREST;
    c.stride = INT64_MAX / 8;
    is_not_tested(h, &c, NULL, "array larger than the host's 4294967296 bytes");
    c.stride = 4;
    c.format = LP_BFLOAT16;
    is_not_tested(h, &c, NULL, "format bfloat16 not declared");
    c.format = LP_BINARY32;
    c.label[0] = INT64_C(1) << 32;
    is_not_tested(h, &c, NULL, "a label does not fit 32 bits");
    c.label[0] = 0;
    c.stride = 5;
    is_not_tested(h, &c, NULL, "row stride not declared (padding not tested)");
    c.stride = 4;
    is_not_tested(h, &c, &(lp_host_how){.in_place = true}, "in-place gradient not declared");
    is_not_tested(h, &c, &(lp_host_how){.outputs = 1}, "outputs one by one not declared");
    is_not_tested(h, &c, &(lp_host_how){.outputs = 1 << 7}, "output not declared");
    is_not_tested(h, &c, &(lp_host_how){.align = 3},
                  "alignment is not a multiple of the format's size");
    lp_case_init(&soft, LP_OP_SOFTMAX);
    is_not_tested(h, &soft, NULL, "operation softmax not declared");
    lp_case_clear(&soft);
    lp_case_clear(&c);
    lp_host_close(h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),       cmocka_unit_test(outputs_one_by_one),
        cmocka_unit_test(small_format), cmocka_unit_test(large),
        cmocka_unit_test(nothing),      cmocka_unit_test(not_tested)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
