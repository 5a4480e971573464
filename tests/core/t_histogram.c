/* Buckets: every edge belongs to one of them, and folding is addition and maximum. */
#include "core/certificate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* A coordinate just inside, one just outside, and the edges themselves. */
static void check_bucket(lp_axis axis, int i) {
    double from = lp_axis_from(axis, i), to = lp_axis_to(axis, i);
    assert_true(from < to || (axis == LP_AXIS_CLASSES && from <= to));
    if (axis == LP_AXIS_CLASSES) { /* whole numbers, both ends inside */
        assert_int_equal(lp_axis_bucket(axis, from), i);
        assert_int_equal(lp_axis_bucket(axis, to), i);
        assert_int_equal(lp_axis_bucket(axis, to + 1), i + 1);
        return;
    }
    double inner = isinf(from) ? to : isinf(to) ? from : from / 2 + to / 2;
    if (isinf(from)) inner *= 2;
    assert_int_equal(lp_axis_bucket(axis, inner), i);
    /* The edge nearer to 0 is inside, the other begins the next bucket. */
    bool negative = to <= 0, centre = from < 0 && to > 0;
    assert_int_equal(lp_axis_bucket(axis, negative ? to : centre ? 0 : from), i);
    if (isfinite(to) && !negative) assert_int_equal(lp_axis_bucket(axis, to), i + 1);
    if (isfinite(from) && from < 0) assert_int_equal(lp_axis_bucket(axis, from), i - 1);
    if (isfinite(to) && !negative) assert_int_equal(lp_axis_bucket(axis, nextafter(to, 0)), i);
    if (isfinite(from) && from < 0) assert_int_equal(lp_axis_bucket(axis, nextafter(from, 0)), i);
}

static void edges(void **state) {
    (void)state;
    for (int i = 1; i < LP_BUCKETS; i++) {
        check_bucket(LP_AXIS_GAP, i);
        check_bucket(LP_AXIS_ODDS, i);
    }
    for (int i = 0; i < LP_BUCKETS; i++) check_bucket(LP_AXIS_OFFSET, i);
    for (int i = 1; i < 50; i++) check_bucket(LP_AXIS_CLASSES, i);
    assert_int_equal(lp_axis_bucket(LP_AXIS_CLASSES, 1), 0);
    assert_int_equal(lp_axis_bucket(LP_AXIS_GAP, INFINITY), LP_BUCKETS - 1);
    assert_int_equal(lp_axis_bucket(LP_AXIS_GAP, -INFINITY), 1);
    assert_true(lp_axis_from(LP_AXIS_GAP, 35) == 1 && lp_axis_to(LP_AXIS_GAP, 36) == 2);
    assert_true(lp_axis_from(LP_AXIS_OFFSET, 11) == 1);
    assert_int_equal(lp_axis_bucket(LP_AXIS_OFFSET, -8), lp_axis_bucket(LP_AXIS_OFFSET, 8));
}

static void put(lp_certificate *c, lp_axis axis, int at, lp_bucket one) {
    lp_output_row *row = lp_certificate_row(c, LP_OP_SOFTMAX_XENT, LP_BINARY64, LP_OUT_GRAD);
    lp_bucket_merge(&lp_output_row_histogram(row)->bucket[axis][LP_PART_LABEL][at], &one);
}

static void merge(void **state) {
    (void)state;
    lp_certificate a, b, into;
    lp_certificate_init(&a);
    lp_certificate_init(&b);
    put(&a, LP_AXIS_GAP, 40, (lp_bucket){3, 2, 2, 1, 0, 7.5, 2});
    put(&b, LP_AXIS_GAP, 40, (lp_bucket){5, 1, 2, 2, 1, 3.5, INFINITY});
    put(&b, LP_AXIS_GAP, 41, (lp_bucket){1, 1, 1, 0, 0, 0.5, 1});
    for (int order = 0; order < 2; order++) {
        lp_error err = {""};
        lp_certificate_init(&into);
        assert_true(lp_certificate_merge(&into, order ? &b : &a, &err));
        assert_true(lp_certificate_merge(&into, order ? &a : &b, &err));
        const lp_histogram *h = into.row[0].histogram;
        const lp_bucket *both = &h->bucket[LP_AXIS_GAP][LP_PART_LABEL][40];
        assert_int_equal(both->components, 8);
        assert_int_equal(both->within1, 3);
        assert_int_equal(both->within4, 4);
        assert_int_equal(both->lost, 3);
        assert_int_equal(both->special, 1);
        assert_true(both->max_ulp == 7.5 && isinf(both->max_bound));
        assert_int_equal(both[1].components, 1);
        assert_true(lp_histogram_has(h, LP_AXIS_GAP, LP_PART_LABEL));
        assert_false(lp_histogram_has(h, LP_AXIS_GAP, LP_PART_OTHER));
        assert_false(lp_histogram_has(h, LP_AXIS_ODDS, LP_PART_LABEL));
        lp_certificate_clear(&into);
    }
    assert_false(lp_histogram_has(NULL, LP_AXIS_GAP, LP_PART_ALL));
    lp_certificate_clear(&a);
    lp_certificate_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(edges), cmocka_unit_test(merge)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
