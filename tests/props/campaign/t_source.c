/* Cases come in an order that any budget sees a fair part of, and each is a function of the seed
 * and its number. */
#include "props/props/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const lp_gen_plan plan = {
    .op = LP_OP_SOFTMAX_XENT, .format = LP_BINARY64, .reductions = 1, .max_k = 24, .wide_k = 200};

static void test_function_of_number(void **state) {
    (void)state;
    lp_source a, b;
    lp_source_open(&a, &plan, 5);
    lp_source_open(&b, &plan, 5);
    for (int64_t i = 300; i >= 0; i -= 7) { /* in any order */
        lp_case x, y;
        char rx[24], ry[24];
        lp_source_case(&x, rx, &a, i);
        lp_source_case(&y, ry, &b, i);
        assert_true(lp_case_equal(&x, &y));
        assert_string_equal(rx, ry);
        lp_case_clear(&x);
        lp_case_clear(&y);
    }
    lp_source_close(&a);
    lp_source_close(&b);
}

/* The enumeration in another order: every structured case once. */
static void test_whole_enumeration(void **state) {
    (void)state;
    lp_source s;
    lp_source_open(&s, &plan, 5);
    assert_true(s.structured > 100);
    char *seen = calloc((size_t)s.structured, 1);
    for (int64_t i = 0; i < s.structured; i++) seen[s.order[i]]++;
    for (int64_t i = 0; i < s.structured; i++) assert_int_equal(seen[i], 1);
    free(seen);
    lp_source_close(&s);
}

static bool structured(const lp_source *s, int64_t i) {
    int64_t turn = i - s->specials;
    return turn >= 0 && turn % 2 == 0 && turn / 2 < s->structured;
}

/* The special list first; then structured and random cases in turn, so that a smaller budget has
 * both; every regime is seen within the first hundred structured ones. */
static void test_order(void **state) {
    (void)state;
    static const char *const regime[] = {"confident", "offset", "ties", "masked", "extreme"};
    bool seen[5] = {false};
    lp_source s, other;
    lp_source_open(&s, &plan, 5);
    lp_source_open(&other, &plan, 6);
    int64_t differ = 0, repeated = 0;
    for (int64_t i = 0; i < s.specials + 200; i++) {
        lp_case c, d;
        char mine[24], theirs[24];
        lp_source_case(&c, mine, &s, i);
        lp_source_case(&d, theirs, &other, i);
        if (lp_source_special(&s, i)) assert_true(lp_case_equal(&c, &d)); /* no seed in them */
        bool random = !lp_source_special(&s, i) && !structured(&s, i);
        differ += random && !lp_case_equal(&c, &d);
        if (random) { /* and not the structured case before it once more */
            lp_case_clear(&d);
            lp_source_case(&d, theirs, &s, i - 1);
            repeated += lp_case_equal(&c, &d);
        }
        for (int k = 0; k < 5; k++) seen[k] |= structured(&s, i) && strcmp(mine, regime[k]) == 0;
        lp_case_clear(&c);
        lp_case_clear(&d);
    }
    for (int k = 0; k < 5; k++) assert_true(seen[k]);
    assert_true(differ > 90 && repeated < 10); /* of 100 random ones */
    lp_source_close(&s);
    lp_source_close(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_function_of_number),
                                       cmocka_unit_test(test_whole_enumeration),
                                       cmocka_unit_test(test_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
