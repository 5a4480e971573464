/* Providers, the order, the byte form. */
#include "props/engine/choices.h"
#include "props/engine/order.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const lp_f64_domain any = {-DBL_MAX, DBL_MAX, true, true, true, true, LP_BINARY64};
static const lp_f64_domain unit = {0, 1, false, false, false, false, LP_BINARY64};
static const lp_f64_domain above = {0.3, 0.9, false, false, false, false, LP_BINARY64};
static const lp_f64_domain below = {-9.75, -2.6, false, false, false, false, LP_BINARY64};
static const lp_f64_domain single = {-FLT_MAX, FLT_MAX, false, true, true, false, true};

typedef struct drawn {
    int64_t i[6];
    double x[6];
} drawn;

static drawn draw_all(lp_choices *tc) {
    static const double weight[4] = {1, 0, 3, 2};
    drawn d = {0};
    d.i[0] = lp_draw_bool(tc, 0.3);
    d.i[1] = lp_draw_int(tc, -5, 1000, 2);
    d.x[0] = lp_draw_f64(tc, &any);
    lp_span_begin(tc, 1);
    d.i[2] = lp_draw_pick(tc, weight, 4);
    d.x[1] = lp_draw_f64(tc, &above);
    lp_span_begin(tc, 2);
    d.i[3] = lp_draw_int(tc, INT64_MIN, INT64_MAX, 0);
    d.x[2] = lp_draw_normal(tc, &single, 3, 100);
    lp_span_end(tc);
    lp_span_end(tc);
    d.i[4] = lp_draw_int(tc, 7, 7, 7);
    d.x[3] = lp_draw_f64(tc, &below);
    d.x[4] = lp_draw_f64(tc, &single);
    d.i[5] = lp_draw_int(tc, -70000, -3, -10);
    d.x[5] = lp_draw_normal(tc, &unit, 0.5, 1);
    return d;
}

static void assert_legal(const drawn *d) {
    assert_true(d->i[0] == 0 || d->i[0] == 1);
    assert_in_range((uint64_t)(d->i[1] + 5), 0, 1005);
    assert_in_range(d->i[2], 0, 3);
    assert_int_equal(d->i[4], 7);
    assert_true(-70000 <= d->i[5] && d->i[5] <= -3);
    assert_true(lp_domain_holds(&any, d->x[0]) && lp_domain_holds(&above, d->x[1]));
    assert_true(lp_domain_holds(&single, d->x[2]) && lp_domain_holds(&below, d->x[3]));
    assert_true(lp_domain_holds(&single, d->x[4]) && lp_domain_holds(&unit, d->x[5]));
}

static void assert_same(const drawn *a, const drawn *b) {
    assert_memory_equal(a, b, sizeof *a);
}

static const drawn simplest = {{0, 2, 0, 0, 7, -10}, {0, 0.5, 0, -3, 0, 0}};

static void test_random_is_deterministic_and_replays(void **state) {
    (void)state;
    for (uint64_t index = 0; index < 2000; index++) {
        lp_choices *a = lp_choices_random(42, 1, index, NULL, 0);
        lp_choices *b = lp_choices_random(42, 1, index, NULL, 0);
        drawn da = draw_all(a), db = draw_all(b);
        assert_legal(&da);
        assert_same(&da, &db);
        assert_int_not_equal(da.i[2], 1); /* weight 0 */
        lp_choices *c = lp_choices_replay(lp_choices_record(a), lp_choices_count(a));
        drawn dc = draw_all(c);
        assert_same(&da, &dc);
        assert_int_equal(lp_choices_compare(lp_choices_record(a), lp_choices_count(a),
                                            lp_choices_record(c), lp_choices_count(c)),
                         0);
        lp_choices_free(a);
        lp_choices_free(b);
        lp_choices_free(c);
    }
}

static void test_seed_domain_index_matter(void **state) {
    (void)state;
    const uint64_t id[4][3] = {{1, 1, 1}, {2, 1, 1}, {1, 2, 1}, {1, 1, 2}};
    int64_t first[4];
    for (int k = 0; k < 4; k++) {
        lp_choices *tc = lp_choices_random(id[k][0], id[k][1], id[k][2], NULL, 0);
        first[k] = lp_draw_int(tc, INT64_MIN, INT64_MAX, 0);
        lp_choices_free(tc);
        for (int j = 0; j < k; j++) assert_int_not_equal(first[j], first[k]);
    }
}

static void test_prefix_steers_the_integers(void **state) {
    (void)state;
    const int64_t prefix[] = {1, 77, 2, -9}; /* -9 outside [7, 7] comes later: int64 takes it */
    lp_choices *tc = lp_choices_random(1, 1, 1, prefix, 4);
    drawn d = draw_all(tc);
    assert_legal(&d);
    assert_true(d.i[0] == 1 && d.i[1] == 77 && d.i[2] == 2 && d.i[3] == -9);
    lp_choices_free(tc);
    const int64_t outside[] = {3, 100000, -1};
    tc = lp_choices_random(1, 1, 1, outside, 3);
    d = draw_all(tc);
    assert_legal(&d);
    lp_choices_free(tc);
}

static void test_past_the_end_comes_the_simplest(void **state) {
    (void)state;
    lp_choices *tc = lp_choices_replay(NULL, 0);
    drawn d = draw_all(tc);
    assert_same(&d, &simplest);
    lp_choices_free(tc);
    tc = lp_choices_bytes(NULL, 0);
    d = draw_all(tc);
    assert_same(&d, &simplest);
    lp_choices_free(tc);
    const uint8_t zeros[200] = {0};
    tc = lp_choices_bytes(zeros, sizeof zeros);
    d = draw_all(tc);
    assert_same(&d, &simplest);
    lp_choices_free(tc);
}

static void test_misfits_come_as_the_simplest(void **state) {
    (void)state;
    const lp_choice record[] = {{.kind = LP_CHOICE_F64, .x = 1, .i = 1}, /* a bool is asked for */
                                {.kind = LP_CHOICE_INT, .i = -6},        /* below the range */
                                {.kind = LP_CHOICE_INT, .i = 3, .x = 7}, /* a double is asked for */
                                {.kind = LP_CHOICE_INT, .i = 2},
                                {.kind = LP_CHOICE_F64, .x = 0.95}}; /* outside */
    lp_choices *tc = lp_choices_replay(record, 5);
    drawn d = draw_all(tc);
    assert_true(d.i[0] == 0 && d.i[1] == 2 && d.x[0] == 0 && d.i[2] == 2 && d.x[1] == 0.5);
    lp_choices_free(tc);
}

static void test_any_bytes_are_a_case_and_encode_back(void **state) {
    (void)state;
    uint8_t data[80];
    uint32_t lcg = 1;
    for (int round = 0; round < 5000; round++) {
        size_t size = (size_t)round % sizeof data;
        for (size_t i = 0; i < size; i++)
            data[i] = (uint8_t)((lcg = lcg * 1664525u + 1013904223u) >> (round % 3 ? 24 : 30));
        lp_choices *tc = lp_choices_bytes(data, size);
        drawn d = draw_all(tc), again;
        assert_legal(&d);
        size_t used;
        uint8_t *bytes = lp_choices_encode(&used, lp_choices_record(tc), lp_choices_count(tc));
        lp_choices *back = lp_choices_bytes(bytes, used);
        again = draw_all(back);
        assert_same(&d, &again);
        lp_choices_free(back);
        lp_choices_free(tc);
        free(bytes);
    }
}

static void test_rejected(void **state) {
    (void)state;
    lp_choices *tc = lp_choices_random(1, 1, 1, NULL, 0);
    assert_true(lp_assume(tc, true));
    assert_false(lp_choices_rejected(tc));
    assert_false(lp_assume(tc, false));
    assert_true(lp_assume(tc, true));
    assert_true(lp_choices_rejected(tc));
    drawn d = draw_all(tc);
    assert_same(&d, &simplest);
    lp_choices_free(tc);
}

static void test_spans(void **state) {
    (void)state;
    const lp_span *span;
    lp_choices *tc = lp_choices_random(1, 1, 1, NULL, 0);
    draw_all(tc);
    assert_int_equal(lp_choices_spans(tc, &span), 2);
    assert_true(span[0].label == 1 && span[0].begin == 3 && span[0].end == 7 && span[0].depth == 0);
    assert_true(span[1].label == 2 && span[1].begin == 5 && span[1].end == 7 && span[1].depth == 1);
    assert_true(lp_choices_record(tc)[7].forced);
    lp_choices_free(tc);
}

static void test_order_of_doubles(void **state) {
    (void)state;
    const double ladder[] = {
        0,           1,      2,        3,        36,       0x1p53 - 1, 0.5,       1.5,       36.5,
        0x1p51 + .5, 0.25,   0.75,     36.75,    0.1,      0x1p-500,   0x1p-1074, 0x3p-1074, 0x1p53,
        0x1p53 + 2,  0x1p54, 0x1.8p54, 0x1.4p54, 0x1p1023, DBL_MAX,    INFINITY,  NAN};
    for (size_t i = 0; i < sizeof ladder / sizeof *ladder; i++) {
        lp_choice a = {.kind = LP_CHOICE_F64, .x = ladder[i]}, b = a;
        b.x = -b.x;
        if (ladder[i] == ladder[i]) assert_true(lp_order_choice(&a, &b) < 0);
        for (size_t j = 0; j < i; j++)
            assert_true(lp_order_f64(ladder[j]) < lp_order_f64(ladder[i]));
    }
    assert_int_equal(lp_order_fraction_bits(36.75), 2);
    assert_int_equal(lp_order_fraction_bits(0x1p-1074), 1074);
    assert_int_equal(lp_order_fraction_bits(-0x1.8p52), 0);
    assert_int_equal(lp_order_fraction_bits(0x1p1000), 0);
}

static void test_order_of_integers_and_records(void **state) {
    (void)state;
    const int64_t ladder[] = {5, 6, 4, 7, 3, INT64_MAX, INT64_MIN};
    for (int i = 1; i < 7; i++) {
        lp_choice a = {.kind = LP_CHOICE_INT, .i = ladder[i - 1], .toward = 5}, b = a;
        b.i = ladder[i];
        assert_true(lp_order_choice(&a, &b) < 0 && lp_order_choice(&b, &a) > 0);
    }
    const lp_choice one[] = {{.kind = LP_CHOICE_INT, .i = 9}};
    const lp_choice two[] = {{.kind = LP_CHOICE_INT, .i = 0}, {.kind = LP_CHOICE_INT, .i = 1}};
    assert_true(lp_choices_compare(one, 1, two, 2) < 0);
    assert_true(lp_choices_compare(two, 1, two + 1, 1) < 0);
    assert_int_equal(lp_choices_compare(two, 2, two, 2), 0);
}

static void test_domains(void **state) {
    (void)state;
    assert_false(lp_domain_holds(&unit, -0.0) || lp_domain_holds(&unit, NAN) ||
                 lp_domain_holds(&unit, INFINITY) || lp_domain_holds(&unit, 1.5));
    assert_true(lp_domain_holds(&any, -0.0) && lp_domain_holds(&any, NAN));
    assert_false(lp_domain_holds(&single, 0.1) || lp_domain_holds(&single, INFINITY));
    const double odd[] = {0.1, 1e300, -1e-300, INFINITY, -0.0, NAN, 0x1p-150, FLT_MAX, 0.95};
    const lp_f64_domain *const domain[] = {&any, &unit, &above, &below, &single};
    for (size_t d = 0; d < 5; d++)
        for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
            assert_true(lp_domain_holds(domain[d], lp_domain_map(domain[d], odd[i])));
}

static void test_random_doubles_spread(void **state) {
    (void)state;
    int constants = 0, low = 0, special = 0;
    lp_choices *tc = lp_choices_random(3, 3, 3, NULL, 0);
    for (int i = 0; i < 20000; i++) {
        double x = lp_draw_f64(tc, &unit);
        constants += x == 0 || x == 1 || x == 0.5 || x == 0x1p-53;
        low += x < 0.5;
        special += !isfinite(lp_draw_f64(tc, &any));
    }
    lp_choices_free(tc);
    /* Binomial(20000, 0.05 * share) and (.., 1/2): six standard deviations either way. */
    assert_in_range(constants, 250, 1100);
    assert_in_range(low, 9500, 11000);
    assert_in_range(special, 50, 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_is_deterministic_and_replays),
                                       cmocka_unit_test(test_seed_domain_index_matter),
                                       cmocka_unit_test(test_prefix_steers_the_integers),
                                       cmocka_unit_test(test_past_the_end_comes_the_simplest),
                                       cmocka_unit_test(test_misfits_come_as_the_simplest),
                                       cmocka_unit_test(test_any_bytes_are_a_case_and_encode_back),
                                       cmocka_unit_test(test_rejected),
                                       cmocka_unit_test(test_spans),
                                       cmocka_unit_test(test_order_of_doubles),
                                       cmocka_unit_test(test_order_of_integers_and_records),
                                       cmocka_unit_test(test_domains),
                                       cmocka_unit_test(test_random_doubles_spread)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
