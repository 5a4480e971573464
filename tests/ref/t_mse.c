/* Squared errors of a softmax: rows whose loss or gradient is rational although their logits
 * differ, which only the identity of the exponentials tells; and the witness that the loss is not
 * convex. */
#include "check.h"
#include "line.h"

#include "ref/exact.h"

#include <math.h>

static lp_exact *open_line(lp_case *c, const line *l) {
    lp_error err;
    build_line(c, l, LP_BINARY64);
    return lp_exact_new(c, &err);
}

#define ROW(...)                                                                                   \
    { "", MSES, __VA_ARGS__, .with = true }

/* The loss does not depend on the scale of the logits. */
static const struct {
    line at;
    double loss;
} constant[] = {
    {ROW(3, {1, 0, -1}, {1, 0, 1}), 0.5},
    {ROW(3, {700, 0, -700}, {1, 0, 1}), 0.5},
    {ROW(3, {1e-300, 0, -1e-300}, {1, 0, 1}), 0.5},
    {ROW(3, {-0.75, 0.5, 1.75}, {1.5, 0.5, 1.5}), 1.375},   /* B = 1, not about 0 */
    {ROW(4, {2, -INFINITY, -2, 0}, {1, 0.5, 1, 0}), 0.625}, /* beside a mask */
    {ROW(5, {4, 3, 2, 1, 0}, {1, 0, 1, 0, 1}), 1},
};

static void test_constant_losses(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof constant / sizeof *constant; i++)
        for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
            lp_case c;
            bool open;
            lp_exact *e = open_line(&c, &constant[i].at);
            double got = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, (lp_rounding)mode, &open);
            if (open || got != constant[i].loss) print_message("row %zu: %a\n", i, got);
            assert_true(!open && got == constant[i].loss);
            assert_int_equal(lp_exact_compare(e, LP_OUT_LOSS, 0, constant[i].loss), 0);
            lp_exact_free(e);
            lp_case_clear(&c);
        }
}

/* Next to them: one target or one logit is off by an ulp. */
static void test_nearly_constant(void **state) {
    (void)state;
    static const line near[] = {ROW(3, {1, 0, -1}, {0x1.0000000000001p+0, 0, 1}),
                                ROW(3, {1, 0, -0x1.0000000000001p+0}, {1, 0, 1}),
                                ROW(3, {1, 0, -1}, {1, 0x1p-1074, 1})};
    for (size_t i = 0; i < sizeof near / sizeof *near; i++) {
        lp_case c;
        bool open;
        lp_exact *e = open_line(&c, &near[i]);
        double down = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_DOWN, &open);
        double up = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_UP, &open);
        assert_true(!open && down < up);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* g_0 = 0 between distinct logits: (e_0 - t_0 S) S = sum e^2 - S sum t e at three logits in
 * arithmetic progression with t = (t_0, t_0 - 1, t_0 + 1), where z_0 is the least and where it is
 * the largest; next to them it is not. */
static void test_zero_slopes(void **state) {
    (void)state;
    static const struct {
        line at;
        int sign;
    } slope[] = {{ROW(3, {0, 1, 2}, {1, 0, 2}), 0},
                 {ROW(3, {400, 0, -400}, {1, 0, 2}), 0},
                 {ROW(3, {-3, -2.5, -2}, {1.25, 0.25, 2.25}), 0},
                 {ROW(3, {0, 1, 2}, {1, 0, 0x1.0000000000001p+1}), 1},
                 {ROW(3, {0, 1, 0x1.0000000000001p+1}, {1, 0, 2}), 2}};
    for (size_t i = 0; i < sizeof slope / sizeof *slope; i++) {
        lp_case c;
        bool open;
        lp_exact *e = open_line(&c, &slope[i].at);
        double down = lp_exact_round(e, LP_OUT_GRAD, 0, LP_BINARY64, LP_ROUND_DOWN, &open);
        double up = lp_exact_round(e, LP_OUT_GRAD, 0, LP_BINARY64, LP_ROUND_UP, &open);
        int sign = lp_exact_compare(e, LP_OUT_GRAD, 0, 0);
        assert_true(!open && (slope[i].sign == 0) == (down == 0 && up == 0));
        assert_true(slope[i].sign == 2 ? sign == 1 || sign == -1 : sign == slope[i].sign);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* Far beyond MPFR's range: (A - what is linear in the others) / n^2 is next to A / n^2 on the side
 * that the exact parts tell, here below: (T - 1 - n t_2) + A = (1/2 - 1 - 2) + 1/2 < 0, so that
 * what is taken off is negative, and the answer above. */
static void test_sides_far_out(void **state) {
    (void)state;
    lp_case c;
    bool open;
    const line far = ROW(3, {0, 0, -0x1.8p+1023}, {0, 0.5, 1});
    lp_exact *e = open_line(&c, &far);
    double down = lp_exact_round(e, LP_OUT_GRAD, 0, LP_BINARY64, LP_ROUND_DOWN, &open);
    assert_true(!open && down == 0.125);
    double up = lp_exact_round(e, LP_OUT_GRAD, 0, LP_BINARY64, LP_ROUND_UP, &open);
    assert_true(!open && up > down);
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* f at the midpoint lies above the chord: neither squared error is convex in its logit. */
static void test_not_convex(void **state) {
    (void)state;
    const double z[] = {-8, -4, 0};
    double sigma[3], softmax[3];
    for (int i = 0; i < 3; i++) {
        lp_case c;
        const line one = {"", MSE, 1, {z[i]}, {1}, .with = true};
        const line two = ROW(2, {z[i], 0}, {1, 0});
        lp_exact *e = open_line(&c, &one);
        lp_rounding mode = i == 1 ? LP_ROUND_DOWN : LP_ROUND_UP; /* against the claim */
        sigma[i] = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, mode, NULL);
        lp_exact_free(e);
        lp_case_clear(&c);
        e = open_line(&c, &two);
        softmax[i] = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, mode, NULL);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
    assert_true(sigma[1] > (sigma[0] + sigma[2]) / 2 + 0.1);
    assert_true(softmax[1] > (softmax[0] + softmax[2]) / 2 + 0.1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant_losses), cmocka_unit_test(test_nearly_constant),
        cmocka_unit_test(test_zero_slopes), cmocka_unit_test(test_sides_far_out),
        cmocka_unit_test(test_not_convex)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
