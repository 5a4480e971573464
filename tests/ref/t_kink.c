/* Gradients at a kink: every convex combination of the subgradients is measured as right, nothing
 * else, whatever upstream and the reduction do to it. */
#include "check.h"
#include "line.h"

#include "ref/exact.h"

#include <math.h>

#define I   INFINITY
#define N   NAN
#define ULP 0x1p-52

typedef struct kink {
    line at;
    int64_t place;      /* of the component */
    double up;          /* upstream, 0: none */
    double right[4];    /* members of the segment */
    double wrong[4];    /* no members, */
    double distance[4]; /* and how far from the nearest one they are */
    double largest;     /* magnitude of the largest member: its ulp is the tolerance's */
} kink;

#define BINARY(z, y)                                                                               \
    { "", HINGE, 1, {z}, .label = y }
#define PAIRWISE(...)                                                                              \
    { "", HINGES, 4, {__VA_ARGS__}, .label = 0 }
#define LARGEST(...)                                                                               \
    {                                                                                              \
        "", HINGES, 4, {__VA_ARGS__}, .label = 0, .set = LP_PARAM_BIT(LP_PARAM_FORM), .param = {   \
            [LP_PARAM_FORM] = 1                                                                    \
        }                                                                                          \
    }

static const kink table[] = {
    {BINARY(1, 1),
     0,
     0,
     {0, -1, -0.5, -0x1p-1074},
     {0x1p-1072, -1 - ULP, 1, -2},
     {0x1p-1072, ULP, 1, 1},
     1},
    {BINARY(-1, -1), 0, 0, {0, 1, 1.0 / 3, 0.7}, {-0.5, 1 + ULP, 2, -1}, {0.5, ULP, 1, 1}, 1},
    {BINARY(1, 1), 0, -6, {0, 6, 3.7, 0x1p-1074}, {-0x1p-20, 6.5, 7, -6}, {0x1p-20, 0.5, 1, 6}, 6},
    /* two terms at the kink, one active: the label from -3 to -1 */
    {PAIRWISE(2, 1, 1, 3), 0, 0, {-1, -3, -2, -1.625}, {0, -0.5, -3.25, 1}, {1, 0.5, 0.25, 2}, 3},
    {PAIRWISE(2, 1, 1, 3), 1, 0, {0, 1, 0.25, 0.5}, {-0.25, 1.5, -1, 2}, {0.25, 0.5, 1, 1}, 1},
    {PAIRWISE(2, 1, 1, 3),
     0,
     0.5,
     {-0.5, -1.5, -1, -0.75},
     {0, -0.25, -2, 1},
     {0.5, 0.25, 0.5, 1.5},
     1.5},
    /* the largest is tied and active: the label is no kink */
    {LARGEST(2, 3, 3, 0), 1, 0, {0, 1, 0.5, 0.25}, {-0.5, 1.25, -1, 2}, {0.5, 0.25, 1, 1}, 1},
    {LARGEST(2, 3, 3, 0), 2, 0, {0, 1, 0.5, 0.25}, {-0.5, 1.25, -1, 2}, {0.5, 0.25, 1, 1}, 1},
    /* the largest alone, at the margin itself */
    {LARGEST(2, 1, 0, 0), 0, 0, {0, -1, -0.5, -0.25}, {0.5, -1.25, 1, -2}, {0.5, 0.25, 1, 1}, 1},
    {LARGEST(2, 1, 0, 0), 1, 3, {0, 3, 1.5, 1.0 / 3}, {-0.5, 3.25, -1, 4}, {0.5, 0.25, 1, 1}, 3},
    /* tied at +inf */
    {LARGEST(2, I, I, 0), 2, 0, {0, 1, 0.5, 0.25}, {-0.5, 1.25, -1, 2}, {0.5, 0.25, 1, 1}, 1},
};

static lp_exact *open_kink(lp_case *c, const kink *k) {
    lp_error err;
    build_line(c, &k->at, LP_BINARY64);
    if (k->up != 0) lp_case_alloc(c, LP_IN_UPSTREAM)[0] = k->up;
    lp_case_sync(c);
    assert_true(lp_case_check(c, &err) || (printf("%s\n", err.text), false));
    return lp_exact_new(c, &err);
}

static void test_members(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const kink *k = &table[i];
        lp_case c;
        lp_measure m;
        lp_exact *e = open_kink(&c, k);
        assert_true(lp_exact_segment(e, LP_OUT_GRAD, k->place));
        for (int j = 0; j < 4; j++) {
            lp_exact_measure(&m, e, LP_OUT_GRAD, k->place, k->right[j]);
            if (m.ulp_hi != 0) print_message("row %zu: %g is off by %g\n", i, m.got, m.ulp_hi);
            assert_true(m.kind == LP_KIND_NUMBER && m.ulp_hi == 0 && m.abs_err == 0);
            assert_true(same(m.want, k->right[j]) && m.down <= m.got && m.got <= m.up);
            assert_true(m.over_bound == 0 && m.exact_zero == (k->right[j] == 0));
            lp_exact_measure(&m, e, LP_OUT_GRAD, k->place, k->wrong[j]);
            if (m.abs_err != k->distance[j])
                print_message("row %zu: %g is off by %g\n", i, m.got, m.abs_err);
            assert_true(m.abs_err == k->distance[j] && m.ulp_lo > 0 && m.over_bound > 1);
        }
        lp_exact_measure(&m, e, LP_OUT_GRAD, k->place, N);
        assert_true(!(m.ulp_hi < I));
        /* The first two members of each row are the segment's ends. */
        double range[2];
        bool undecided = false;
        lp_exact_range(range, e, LP_OUT_GRAD, k->place, &undecided);
        assert_true(!undecided && range[0] == fmin(k->right[0], k->right[1]));
        assert_true(range[1] == fmax(k->right[0], k->right[1]));
        int ulp = lp_format_ulp_exp(lp_format_get(LP_BINARY64), k->largest);
        double half = ldexp(1, ulp - 1);
        assert_true(lp_exact_h(e, LP_OUT_GRAD, k->place, LP_LEVEL_CORRECT) == half);
        assert_true(lp_exact_h(e, LP_OUT_GRAD, k->place, LP_LEVEL_STABLE) >= half);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* One number each: next to a kink, classes that are not tied, the label of a tie. */
static void test_single_members(void **state) {
    (void)state;
    static const struct {
        line at;
        int64_t place;
        double slope;
    } one[] = {{BINARY(1 - ULP / 2, 1), 0, -1},
               {BINARY(1 + ULP, 1), 0, 0},
               {BINARY(-1, 1), 0, -1},
               {PAIRWISE(2, 1, 1, 3), 3, 1},
               {PAIRWISE(2, 1, 1 + ULP, 0), 2, 1},
               {PAIRWISE(2, 1, 1 - ULP, 0), 2, 0},
               {LARGEST(2, 3, 3, 0), 0, -1},
               {LARGEST(2, 3, 3, 0), 3, 0},
               {LARGEST(2, 3, 3 - 2 * ULP, 0), 1, 1},
               {LARGEST(2, 1, 1, 0), 3, 0},
               {LARGEST(3, 1, 1, 1), 1, 0},
               {LARGEST(I, 1, 1, 0), 1, 0}};
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
        lp_case c;
        lp_error err;
        lp_measure m;
        build_line(&c, &one[i].at, LP_BINARY64);
        lp_exact *e = lp_exact_new(&c, &err);
        assert_false(lp_exact_segment(e, LP_OUT_GRAD, one[i].place));
        assert_false(lp_exact_segment(e, LP_OUT_LOSS, 0));
        lp_exact_measure(&m, e, LP_OUT_GRAD, one[i].place, 0.5);
        assert_true(m.want == one[i].slope && m.abs_err == fabs(0.5 - one[i].slope));
        double range[2];
        bool undecided = false;
        lp_exact_range(range, e, LP_OUT_GRAD, one[i].place, &undecided);
        assert_true(!undecided && range[0] == one[i].slope && range[1] == one[i].slope);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* inf times a member: NaN for 0, else the infinity of its sign. */
static void test_infinite_upstream(void **state) {
    (void)state;
    const kink binary = {BINARY(1, 1), 0, I, {0}, {0}, {0}, 0};
    const kink several = {PAIRWISE(2, 1, 1, 3), 0, -I, {0}, {0}, {0}, 0};
    const double given[] = {N, -I, I, 0, -1}, apart[] = {0, 0, I, I, I}, label[] = {I, I, 0, I, I};
    lp_case c;
    lp_measure m;
    lp_exact *e = open_kink(&c, &binary);
    for (int i = 0; i < 5; i++) {
        lp_exact_measure(&m, e, LP_OUT_GRAD, 0, given[i]);
        assert_true(m.kind != LP_KIND_NUMBER && m.ulp_hi == apart[i]);
    }
    lp_exact_free(e);
    lp_case_clear(&c);
    e = open_kink(&c, &several);
    for (int i = 0; i < 5; i++) {
        lp_exact_measure(&m, e, LP_OUT_GRAD, 0, given[i]);
        assert_true(m.kind == LP_KIND_PINF && m.ulp_hi == label[i]);
    }
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* upstream / D scales the segment; an ignored row and an empty mean have none but 0. */
static void test_reduced(void **state) {
    (void)state;
    lp_case c;
    lp_error err;
    lp_measure m;
    lp_case_init(&c, HINGES);
    c.n = 3;
    c.k = c.stride = 2;
    c.reduction = LP_REDUCE_MEAN;
    const double z[] = {2, 1, 2, 1, 2, 1};
    const int64_t label[] = {0, 0, -100};
    memcpy(lp_case_alloc(&c, LP_IN_LOGITS), z, sizeof z);
    memcpy(lp_case_alloc_label(&c), label, sizeof label);
    lp_case_set(&c, LP_PARAM_IGNORE_INDEX, -100);
    lp_case_alloc(&c, LP_IN_UPSTREAM)[0] = 3;
    lp_case_sync(&c);
    lp_exact *e = lp_exact_new(&c, &err);
    const double got[] = {0, 1.5, 0.1, 1.75, -0.25}, off[] = {0, 0, 0, 0.25, 0.25};
    for (int i = 0; i < 5; i++) {
        lp_exact_measure(&m, e, LP_OUT_GRAD, 3, got[i]);
        assert_true(m.abs_err == off[i]);
    }
    assert_false(lp_exact_segment(e, LP_OUT_GRAD, 5));
    lp_exact_measure(&m, e, LP_OUT_GRAD, 5, 0.5);
    assert_true(m.abs_err == 0.5);
    lp_exact_free(e);
    c.label[0] = c.label[1] = -100;
    e = lp_exact_new(&c, &err);
    lp_exact_measure(&m, e, LP_OUT_GRAD, 0, 0.5);
    assert_true(m.abs_err == 0.5);
    lp_exact_free(e);
    lp_case_clear(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members), cmocka_unit_test(test_single_members),
        cmocka_unit_test(test_infinite_upstream), cmocka_unit_test(test_reduced)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
