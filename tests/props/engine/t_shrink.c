/* The shrinker against problems with a known minimum: the public "shrinking challenge" and
 * floating-point ones. From every seed that hits the failure the very minimum must be reached. */
#include "problem.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

static const lp_f64_domain any = {
    -0x1.fffffffffffffp1023, 0x1.fffffffffffffp1023, true, true, true, true, LP_BINARY64};
static const lp_f64_domain thousands = {-1000, 1000, false, false, false, false, LP_BINARY64};
static const lp_f64_domain positive = {0, 2000, false, false, false, false, LP_BINARY64};
static const lp_f64_domain logits32 = {-200, 200, false, false, false, true, true};

/* ---- generators ---- */

static int list_of_doubles(double *x, lp_choices *tc, const lp_f64_domain *d, double more) {
    int n = 0;
    for (;;) {
        lp_span_begin(tc, 1);
        bool another = n < ROOM && lp_draw_bool(tc, more);
        if (another) x[n++] = lp_draw_f64(tc, d);
        lp_span_end(tc);
        if (!another) return n;
    }
}

/* ---- problems: fails(env, tc), with the failing value left in env as text ---- */

static void put_doubles(char *out, const double *x, int n) {
    *out = 0;
    for (int i = 0; i < n; i++) put(out, "%s%.17g", i ? " " : "", x[i]);
}

static bool sum_of_1000(void *env, lp_choices *tc) {
    double x[ROOM], sum = 0;
    int n = list_of_doubles(x, tc, &positive, 0.8);
    for (int i = 0; i < n; i++) sum += x[i];
    put_doubles(env, x, n);
    return sum >= 1000;
}

static bool cancelling_pair(void *env, lp_choices *tc) {
    double x[2];
    x[0] = lp_draw_f64(tc, &thousands);
    x[1] = lp_draw_bool(tc, 0.5) ? -x[0] : lp_draw_f64(tc, &thousands);
    put_doubles(env, x, 2);
    return x[0] != 0 && x[0] + x[1] == 0;
}

/* Both drawn independently: ten values each, so that pairs occur. */
static bool independent_pair(void *env, lp_choices *tc) {
    static const lp_f64_domain wide = {-0x1p60, 0x1p60, false, false, false, false, LP_BINARY64};
    double x[2] = {lp_draw_f64(tc, &wide), lp_draw_f64(tc, &wide)};
    put_doubles(env, x, 2);
    return x[0] != 0 && fabs(x[0] + x[1]) < 0x1p-20 * fabs(x[0]);
}

static bool tie_for_the_maximum(void *env, lp_choices *tc) {
    double x[ROOM], most = -INFINITY;
    int n = list_of_doubles(x, tc, &logits32, 0.85), ties = 0;
    if (n > 1 && lp_draw_bool(tc, 0.5)) x[n - 1] = x[0];
    put_doubles(env, x, n);
    for (int i = 0; i < n; i++) most = fmax(most, x[i]);
    for (int i = 0; i < n; i++) ties += x[i] == most;
    return ties >= 2 && most > 10;
}

static bool absorbs_one(void *env, lp_choices *tc) {
    double x = lp_draw_f64(tc, &any);
    put_doubles(env, &x, 1);
    return x + 1 == x && isfinite(x);
}

static bool not_a_number(void *env, lp_choices *tc) {
    double x[ROOM];
    int n = list_of_doubles(x, tc, &any, 0.9);
    put_doubles(env, x, n);
    for (int i = 0; i < n; i++)
        if (isnan(x[i])) return true;
    return false;
}

static bool fraction_between(void *env, lp_choices *tc) {
    double x = lp_draw_f64(tc, &thousands);
    put_doubles(env, &x, 1);
    return x > 36.7 && x < 36.8; /* fewest fraction bits: 36.75 */
}

static bool gap_of_30(void *env, lp_choices *tc) { /* shift invariant: only the gap matters */
    double x[ROOM];
    lp_span_begin(tc, 3);
    int n = list_of_doubles(x, tc, &logits32, 0.9);
    lp_span_end(tc);
    put_doubles(env, x, n);
    double least = INFINITY, most = -INFINITY;
    for (int i = 0; i < n; i++) {
        least = fmin(least, x[i]);
        most = fmax(most, x[i]);
    }
    return n >= 2 && most - least >= 30;
}

static bool length_list(void *env, lp_choices *tc) {
    int64_t x[100], most = 0;
    int n = (int)lp_draw_int(tc, 1, 100, 1);
    for (int i = 0; i < n; i++) {
        x[i] = lp_draw_int(tc, 0, 1000, 0);
        most = x[i] > most ? x[i] : most;
    }
    *(char *)env = 0;
    put_ints(env, x, n);
    return most >= 900;
}

/* Elements without spans, two choices each and one at the end: no run of them is aligned. */
static bool bare_list(void *env, lp_choices *tc) {
    int64_t x[ROOM], most = 0;
    int n = 0;
    while (n < ROOM && lp_draw_bool(tc, 0.8)) {
        x[n] = lp_draw_int(tc, 0, 1000, 0);
        most = x[n] > most ? x[n] : most;
        n++;
    }
    *(char *)env = 0;
    put_ints(env, x, n);
    return most >= 900;
}

static bool even_only(void *env, lp_choices *tc) { /* what is rejected is no failure */
    int64_t x = lp_draw_int(tc, 0, 1000, 0);
    lp_assume(tc, x % 2 == 0);
    *(char *)env = 0;
    put_ints(env, &x, 1);
    return x >= 301;
}

static bool bound5(void *env, lp_choices *tc) {
    int64_t x[ROOM];
    int16_t total = 0;
    bool small = true;
    *(char *)env = 0;
    for (int k = 0; k < 5; k++) {
        int n = list_of_ints(x, tc, -32768, 32767, 0.5);
        int16_t sum = 0;
        for (int i = 0; i < n; i++) sum = (int16_t)(sum + x[i]);
        small = small && sum < 256;
        total = (int16_t)(total + sum);
        put_ints(env, x, n);
    }
    return small && total >= 5 * 256;
}

static bool difference(void *env, lp_choices *tc, int64_t least, int64_t most) {
    int64_t x = lp_draw_int(tc, 0, 1000, 0), y = lp_draw_int(tc, 0, 1000, 0);
    int64_t d = x > y ? x - y : y - x;
    *(char *)env = 0;
    put_ints(env, (int64_t[]){x, y}, 2);
    return x >= 10 && d >= least && d <= most;
}

static bool difference_zero(void *env, lp_choices *tc) {
    return difference(env, tc, 0, 0);
}
static bool difference_small(void *env, lp_choices *tc) {
    return difference(env, tc, 1, 4);
}
static bool difference_one(void *env, lp_choices *tc) {
    return difference(env, tc, 1, 1);
}

static bool reverse(void *env, lp_choices *tc) {
    int64_t x[ROOM];
    int n = list_of_ints(x, tc, -1000, 1000, 0.8);
    *(char *)env = 0;
    put_ints(env, x, n);
    for (int i = 0; i < n; i++)
        if (x[i] != x[n - 1 - i]) return true;
    return false;
}

static bool three_distinct(void *env, lp_choices *tc) {
    int64_t x[ROOM];
    int n = list_of_ints(x, tc, -1000, 1000, 0.8), distinct = 0;
    for (int i = 0; i < n; i++) {
        int j = 0;
        while (x[j] != x[i]) j++;
        distinct += j == i;
    }
    *(char *)env = 0;
    put_ints(env, x, n);
    return distinct >= 3;
}

static bool large_union(void *env, lp_choices *tc) {
    int64_t x[ROOM], all[ROOM * ROOM];
    int lists = 0, distinct = 0;
    *(char *)env = 0;
    while (lists < ROOM && lp_draw_bool(tc, 0.7)) {
        int n = list_of_ints(x, tc, -10000, 10000, 0.7);
        put_ints(env, x, n);
        lists++;
        for (int i = 0; i < n; i++) {
            int j = 0;
            while (j < distinct && all[j] != x[i]) j++;
            if (j == distinct) all[distinct++] = x[i];
        }
    }
    return distinct > 4;
}

/* Rows and columns: a column is deleted from every row at once, or the rows do not fit. */
static bool matrix(void *env, lp_choices *tc) {
    double x[4][ROOM];
    int k = 0, n = (int)lp_draw_int(tc, 1, 4, 1);
    lp_span_begin(tc, 4);
    for (bool more = true; more; k += more) {
        lp_span_begin(tc, 5);
        more = k < 40 && lp_draw_bool(tc, 0.95);
        lp_span_end(tc);
    }
    lp_span_end(tc);
    for (int i = 0; i < n; i++) {
        lp_span_begin(tc, 6);
        for (int j = 0; j < k; j++) {
            lp_span_begin(tc, 5);
            x[i][j] = lp_draw_f64(tc, &thousands);
            lp_span_end(tc);
        }
        lp_span_end(tc);
    }
    *(char *)env = 0;
    put(env, "%d %d:", n, k);
    bool found = false;
    for (int j = 0; n > 1 && j < k; j++)
        if (x[0][j] > 500 && x[1][j] < -500) {
            put(env, " %.17g %.17g", x[0][j], x[1][j]);
            found = true;
        }
    return found;
}

PROBLEM(sum_of_1000, "1000")
PROBLEM(cancelling_pair, "1 -1")
PROBLEM(tie_for_the_maximum, "11 11")
PROBLEM(absorbs_one, "9007199254740992")
PROBLEM(not_a_number, "nan")
PROBLEM(fraction_between, "36.75")
PROBLEM(gap_of_30, "0 30")
PROBLEM(length_list, "[900]")
PROBLEM(bare_list, "[900]")
PROBLEM(even_only, "[302]")
PROBLEM(bound5, "[][][][-1][-32768]")
PROBLEM(difference_zero, "[10 10]")
PROBLEM(difference_small, "[10 6]")
PROBLEM(difference_one, "[10 9]")
PROBLEM(reverse, "[0 1]")
PROBLEM(three_distinct, "[0 1 -1]")
PROBLEM(large_union, "[0 1 -1 2 -2]")
PROBLEM(matrix, "2 1: 501 -501")

static void test_independent_pair(void **state) {
    (void)state;
    text value;
    lp_choice record[2] = {{.kind = LP_CHOICE_F64, .x = 12345678.9},
                           {.kind = LP_CHOICE_F64, .x = -12345678.9}};
    for (int i = 0; i < SEEDS; i++) {
        record[0].x *= 1.1;
        record[1].x = -record[0].x;
        lp_shrink_result r = lp_shrink(record, 2, independent_pair, value, BUDGET);
        assert_true(r.record[0].x == 1 && r.record[1].x == -1);
        free(r.record);
    }
}

/* Three numbers tied to each other by exact differences, fractions in all of them: only a common
 * offset moves them. */
static bool chained(void *env, lp_choices *tc) {
    double x[3];
    lp_span_begin(tc, 1);
    for (int i = 0; i < 3; i++) {
        lp_span_begin(tc, 2);
        x[i] = lp_draw_f64(tc, &thousands);
        lp_span_end(tc);
    }
    lp_span_end(tc);
    put_doubles(env, x, 3);
    return x[1] - x[0] == 3 && x[2] - x[1] == 4;
}

static void test_offset_of_three(void **state) {
    (void)state;
    text value;
    for (int i = 0; i < SEEDS; i++) {
        double from = 1.375 + 7 * i;
        const lp_choice record[] = {{.kind = LP_CHOICE_F64, .x = from},
                                    {.kind = LP_CHOICE_F64, .x = from + 3},
                                    {.kind = LP_CHOICE_F64, .x = from + 7}};
        lp_shrink_result r = lp_shrink(record, 3, chained, value, BUDGET);
        assert_true(r.record[0].x == 0 && r.record[1].x == 3 && r.record[2].x == 7);
        free(r.record);
    }
}

static void test_budget_and_no_failure(void **state) {
    (void)state;
    text value;
    const lp_choice passing[1] = {{.kind = LP_CHOICE_F64, .x = 3}};
    lp_shrink_result r = lp_shrink(passing, 1, absorbs_one, value, BUDGET);
    assert_true(r.count == 1 && r.record[0].x == 3 && r.accepted == 0 && r.tried == 1);
    free(r.record);
    const lp_choice failing[1] = {{.kind = LP_CHOICE_F64, .x = 0x1.23456789abcdep99}};
    r = lp_shrink(failing, 1, absorbs_one, value, 3);
    assert_true(r.count == 1 && r.tried <= 3);
    free(r.record);
}

/* 100 000 elements, all of them needed: the passes stop where the budget does. */
static bool long_and_stubborn(void *env, lp_choices *tc) {
    int n = 0;
    (void)env;
    for (bool more = true; more; n += more) {
        lp_span_begin(tc, 1);
        more = lp_draw_bool(tc, 0.99999);
        if (more) lp_draw_f64(tc, &thousands);
        lp_span_end(tc);
    }
    return n >= 100000;
}

static void test_long_records(void **state) {
    (void)state;
    int n = 0;
    lp_choice *record = calloc(200001, sizeof *record);
    assert_non_null(record);
    for (int i = 0; i < 100000; i++) {
        record[n++] = (lp_choice){.kind = LP_CHOICE_INT, .i = 1, .hi = 1};
        record[n++] = (lp_choice){.kind = LP_CHOICE_F64, .x = i % 777 + 0.25};
    }
    record[n++] = (lp_choice){.kind = LP_CHOICE_INT, .hi = 1};
    clock_t start = clock();
    lp_shrink_result r = lp_shrink(record, n, long_and_stubborn, NULL, 100);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    print_message("  %lld tries in %.1f s\n", (long long)r.tried, seconds);
    assert_true(r.count == n && r.tried <= 100 && seconds < 30);
    free(r.record);
    free(record);
}

static void test_deterministic(void **state) {
    (void)state;
    text value;
    for (uint64_t index = 0; index < 20; index++) {
        lp_choices *tc = lp_choices_random(7, 7, index, NULL, 0);
        if (bound5(value, tc) || sum_of_1000(value, tc)) {
            const lp_choice *record = lp_choices_record(tc);
            int n = lp_choices_count(tc);
            lp_shrink_result a = lp_shrink(record, n, bound5, value, 500);
            lp_shrink_result b = lp_shrink(record, n, bound5, value, 500);
            assert_int_equal(lp_choices_compare(a.record, a.count, b.record, b.count), 0);
            assert_true(a.tried == b.tried && a.accepted == b.accepted);
            free(a.record);
            free(b.record);
        }
        lp_choices_free(tc);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sum_of_1000),
                                       cmocka_unit_test(test_cancelling_pair),
                                       cmocka_unit_test(test_independent_pair),
                                       cmocka_unit_test(test_tie_for_the_maximum),
                                       cmocka_unit_test(test_absorbs_one),
                                       cmocka_unit_test(test_not_a_number),
                                       cmocka_unit_test(test_fraction_between),
                                       cmocka_unit_test(test_gap_of_30),
                                       cmocka_unit_test(test_length_list),
                                       cmocka_unit_test(test_bare_list),
                                       cmocka_unit_test(test_even_only),
                                       cmocka_unit_test(test_offset_of_three),
                                       cmocka_unit_test(test_bound5),
                                       cmocka_unit_test(test_difference_zero),
                                       cmocka_unit_test(test_difference_small),
                                       cmocka_unit_test(test_difference_one),
                                       cmocka_unit_test(test_reverse),
                                       cmocka_unit_test(test_three_distinct),
                                       cmocka_unit_test(test_large_union),
                                       cmocka_unit_test(test_matrix),
                                       cmocka_unit_test(test_budget_and_no_failure),
                                       cmocka_unit_test(test_long_records),
                                       cmocka_unit_test(test_deterministic)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
