/* What is left where first orders cancel, digits run out or a number lies between two: its side and
 * its sign, which an infinite upstream shows. */
#include "tests/impl/special.h"

#include <lossproof/loss.h>

#include <string.h>

/* Shares of equal logits on a midpoint, and classes below them out of reach that tell the side. */
static void test_sides(void **state) {
    static const double far[5] = {0, 0, 0, 0, -3193}, up = 0x1.85a938fb0145ep+0;
    static const float z[3] = {3194, 0, 3194}, v[3] = {1, 0, -0x1.7a5a5ep+0f};
    const int64_t label = 0;
    const lp_loss_batch b = {.upstream = &up};
    double g[5], want = -0x1.243eeabc40f47p+0;
    float slope[3];
    (void)state;
    assert_int_equal(lp_loss_focal_softmax(NULL, (lp_loss_out){g, 5}, (lp_loss_in){far, 5}, &label,
                                           1, 5, 0, NULL, 0, &b),
                     LP_OK);
    expect("focal, a tie but for e^-3193", g, &want, 1);
    lp_call c = {.size = sizeof c, .op = LP_OP_SOFTMAX, .format = LP_BINARY32, .n = 1, .k = 3};
    c.in[LP_IN_LOGITS] = (lp_matrix){(void *)(uintptr_t)z, 3};
    c.in[LP_IN_V] = (lp_matrix){(void *)(uintptr_t)v, 3};
    c.out[LP_OUT_GRAD] = (lp_matrix){slope, 3};
    assert_int_equal(lp_loss_call(&c), LP_OK);
    assert_true(slope[2] == -0x1.3d2d2ep-1f);
}

/* 40 + 29/2^19 + 40/2^34 + 9/2^48, halfway between two numbers, and the one above it: in bits the
 * logarithms of powers of two are integers, which a quotient of two approximations never is. */
static void test_ties_in_bits(void **state) {
    const double p[] = {1, 0x1p-19, 0x1p-34, 0x1p-48}, q[] = {0x1p-40, 0x1p-29, 0x1p-40, 0x1p-9};
    const double more[] = {1, 0x1p-19, 0x1p-34, 0x1p-47}; /* 40 + ... + 9/2^47: no tie */
    const lp_loss_batch bits = {.base = 1};
    double loss;
    (void)state;
    lp_loss_cross_entropy(&loss, (lp_loss_out){NULL, 0}, (lp_loss_out){NULL, 0}, (lp_loss_in){p, 4},
                          (lp_loss_in){q, 4}, 1, 4, &bits);
    assert_true(loss == 0x1.40001d0050004p+5);
    lp_loss_cross_entropy(&loss, (lp_loss_out){NULL, 0}, (lp_loss_out){NULL, 0},
                          (lp_loss_in){more, 4}, (lp_loss_in){q, 4}, 1, 4, &bits);
    assert_true(loss == 0x1.40001d0050009p+5);
}

/* The gradient of the last row is -+2^-1078 or so: a zero with a sign, which must not hang on how
 * many limbs an earlier look at the row has left behind. */
static void test_distill_in_place(void **state) {
    enum { N = 5, K = 4 };
    double z[N * K] = {0}, y[N * K] = {0}, g[N * K], loss;
    const lp_loss_batch mean = {.reduction = LP_REDUCE_MEAN};
    (void)state;
    z[N * K - 1] = 0x1p-1074;
    lp_loss_distill(&loss, (lp_loss_out){g, K}, (lp_loss_in){z, K}, (lp_loss_in){y, K}, NULL, N, K,
                    1, 0, 0, &mean);
    assert_true(g[N * K - 2] == 0 && signbit(g[N * K - 2]));
    assert_true(g[N * K - 1] == 0 && !signbit(g[N * K - 1]));
    lp_loss_distill(&loss, (lp_loss_out){z, K}, (lp_loss_in){z, K}, (lp_loss_in){y, K}, NULL, N, K,
                    1, 0, 0, &mean);
    assert_memory_equal(z, g, sizeof g);
}

/* Shares beyond any exponent: their order tells the sign that an infinite upstream shows. */
static void test_distill_sign(void **state) {
    static const struct {
        double z[3], y[3], sign, t;
    } c[] = {
        {{0, 0x1p40, 0x1p40}, {-1, 0x1p40, 0x1p40}, 1, 1},
        {{0, 0x1p62, 0}, {1, 0x1p62, 1}, -1, 1},
        {{-0x1p966, 0, 0}, {-0x1p1023, 0, -0x1p1023}, 1, 1},
        {{0, 0x1p40, -1}, {0, 0x1p40 - 4096, -1}, -1, 1},
        {{0, 0x1p60, 0x1p60 - 0x1p42}, {0, 0x1p60, 0}, -1, 1}, /* e^-2^60 of both alike */
        {{0, 0x1p50, 0x1p50 - 0.25},
         {-0.125, 0x1p50, 0x1p50 - 8},
         -1,
         1},                                    /* less of a larger sum */
        {{0, 6, -4}, {0, 6, -1}, 1, 0x1p-10},   /* e^-6144 of both, e^-10240 and e^-7168 are left */
        {{0, 0, 1}, {0, -INF, 1}, -1, 0x1p-50}, /* of two and of one */
    };
    const double up[] = {INF};
    const lp_loss_batch b = {.upstream = up};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double g[3], want = c[i].sign * INF;
        assert_int_equal(lp_loss_distill(NULL, (lp_loss_out){g, 3}, (lp_loss_in){c[i].z, 3},
                                         (lp_loss_in){c[i].y, 3}, NULL, 1, 3, c[i].t, 0, 0, &b),
                         LP_OK);
        expect("distill, upstream inf", g, &want, 1);
    }
}

/* A label ahead of a far class, which only the student has: written over the logits in turn, the
 * last component is told from those that are gone. */
static void test_distill_sign_in_place(void **state) {
    const double up[] = {INF}, y[3] = {-INF, 0x1p1022, 0x1.cp+1023}, want[3] = {INF, INF, -INF};
    const lp_loss_batch b = {.upstream = up};
    const int64_t label = 2;
    double z[3] = {0x1.7p+1023, 0x1p1022, 0x1.cp+1023};
    (void)state;
    assert_int_equal(lp_loss_distill(NULL, (lp_loss_out){z, 3}, (lp_loss_in){z, 3},
                                     (lp_loss_in){y, 3}, &label, 1, 3, 1, 0.5, 0, &b),
                     LP_OK);
    expect("distill, in place, upstream inf", z, want, 3);
}

/* A = b d: what is left has the sign of -A, though its exponentials have no digits. */
static void test_policy_sign(void **state) {
    const double up[] = {INF}, d = 0x1p37, want[3] = {-INF, INF, INF};
    const lp_loss_batch b = {.upstream = up};
    const int64_t action = 0;
    double z[3] = {0, -d, -d};
    (void)state;
    assert_int_equal(lp_loss_policy_grad(NULL, (lp_loss_out){z, 3}, (lp_loss_in){z, 3}, &action, 1,
                                         3, &d, 1, 1, &b),
                     LP_OK);
    expect("policy_grad, in place, upstream inf", z, want, 3);
}

/* However far a gradient underflows, an infinite upstream takes its sign. */
static void test_focal_sign(void **state) {
    static const struct {
        double z, gamma;
    } c[] = {{1, 0x1p454}, {-4002, 2}, {-1e300, 1.5}, {-700, 0}};
    const double up[] = {INF};
    const lp_loss_batch b = {.upstream = up};
    const int64_t label = 0;
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double loss, g[2], z[2] = {0, c[i].z};
        const double sigmoid = INF, softmax[] = {-INF, INF};
        assert_int_equal(lp_loss_focal_sigmoid(&loss, (lp_loss_out){g, 1}, (lp_loss_in){z + 1, 1},
                                               &label, 1, c[i].gamma, NULL, &b),
                         LP_OK);
        expect("focal_sigmoid, upstream inf", g, &sigmoid, 1);
        assert_int_equal(lp_loss_focal_softmax(&loss, (lp_loss_out){g, 2}, (lp_loss_in){z, 2},
                                               &label, 1, 2, c[i].gamma, NULL, 1, &b),
                         LP_OK);
        expect("focal_softmax, upstream inf", g, softmax, 2);
    }
}

/* 3/4 z, between two numbers, and what e^-z moves it: down where gamma z is above 1, else up. */
static void test_focal_ties(void **state) {
    static const struct {
        double z, gamma, loss;
    } c[] = {{0x1.555555584c56ap+29, 1, 0x1.000000023940fp+29},
             {0x1.555555584c56ap+29, 0x1p-40, 0x1.000000023941p+29},
             {0x1.555555584c56ep+29, 1, 0x1.0000000239412p+29},
             {0x1.555555584c56ep+29, 0x1p-40, 0x1.0000000239413p+29}};
    const double alpha = 0.25;
    const int64_t label = 0;
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double loss;
        assert_int_equal(lp_loss_focal_sigmoid(&loss, (lp_loss_out){NULL, 0},
                                               (lp_loss_in){&c[i].z, 1}, &label, 1, c[i].gamma,
                                               &alpha, NULL),
                         LP_OK);
        expect("a tie and e^-z", &loss, &c[i].loss, 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_ties_in_bits),
        cmocka_unit_test(test_distill_in_place),
        cmocka_unit_test(test_distill_sign),
        cmocka_unit_test(test_distill_sign_in_place),
        cmocka_unit_test(test_policy_sign),
        cmocka_unit_test(test_focal_sign),
        cmocka_unit_test(test_focal_ties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
