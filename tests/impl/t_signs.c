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

/* Sums of four losses on a midpoint but for e^-2004 above and 2010 e^-2011 below it; and for less
 * than any limbs beside them hold, e^-4096 below against e^-14000 above. In any order. */
static void test_focal_sums(void **state) {
    static const struct {
        float z[4];
        int64_t label[4];
        double gamma;
        lp_reduction reduction;
        float sum;
    } c[] = {{{-0x1.f5p+9f, 0x1p+12f, 0x1.f6bff8p+10f, 0x1.04cp+11f},
              {0, 0, 0, 0},
              1,
              LP_REDUCE_SUM,
              0x1.0007fep+13f},
             {{-0x1.fffffep+11f, 0x1.000004p+12f, 0x1.000002p+12f, -0x1p+12f},
              {0, 0, 0, 1},
              0x1.36ef65cb2abep+1,
              LP_REDUCE_MEAN,
              0x1.800002p+11f}};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        for (int turn = 0; turn < 4; turn++) {
            double param[LP_PARAM_COUNT] = {[LP_PARAM_GAMMA] = c[i].gamma};
            float z[4], sum;
            int64_t label[4];
            for (int j = 0; j < 4; j++) {
                z[j] = c[i].z[(j + turn) % 4];
                label[j] = c[i].label[(j + turn) % 4];
            }
            lp_call call = {.size = sizeof call, .op = LP_OP_FOCAL_SIGMOID, .n = 4, .k = 1};
            call.format = LP_BINARY32;
            call.reduction = c[i].reduction;
            call.set = LP_PARAM_BIT(LP_PARAM_GAMMA);
            call.param = param;
            call.label = label;
            call.in[LP_IN_LOGITS] = (lp_matrix){z, 1};
            call.out[LP_OUT_LOSS] = (lp_matrix){&sum, 1};
            assert_int_equal(lp_loss_call(&call), LP_OK);
            assert_true(sum == c[i].sum);
        }
}

/* 5 times the upstream factor is a midpoint, and the gradients at the label and at the largest
 * logit are that but for e^-3216 or less: its side is that of gamma (gap - 1) - 1, and of other
 * classes. */
static void test_focal_gradients(void **state) {
    static const double up = 0x1.5353296ab5522p+0, alpha[3] = {5, 0, 0}, low = 0x1.a827f3c562a6ap+2,
                        high = 0x1.a827f3c562a6bp+2;
    const struct {
        double z[3], gamma, label, top;
    } c[] = {{{0, 3216, -INFINITY}, 1, -high, high},
             {{0, 3216, 512}, 1, -high, low},
             {{0, 3216, -512}, 0x1p-20, -low, low},
             {{0, 0x1.9p+51, -INFINITY}, 1, -high, high}};
    const int64_t label = 0;
    const lp_loss_batch b = {.upstream = &up};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double g[3], want[2] = {c[i].label, c[i].top};
        assert_int_equal(lp_loss_focal_softmax(NULL, (lp_loss_out){g, 3}, (lp_loss_in){c[i].z, 3},
                                               &label, 1, 3, c[i].gamma, alpha, 3, &b),
                         LP_OK);
        expect("focal, 5 up but for its far classes", g, want, 2);
    }
}

/* The gap of two logits is a tie, the loss that and, with A = 1 and b = 1/2, (e^-d - d e^-d)/2. */
static void test_policy_far(void **state) {
    static const float z[2] = {-0x1p+120f, 0x1.fa00cep+125f};
    const int64_t label = 0;
    double param[LP_PARAM_COUNT] = {[LP_PARAM_ENTROPY_WEIGHT] = 0.5};
    float loss;
    lp_call c = {.size = sizeof c, .op = LP_OP_POLICY_GRAD, .format = LP_BINARY32, .n = 1, .k = 2};
    (void)state;
    c.set = LP_PARAM_BIT(LP_PARAM_ENTROPY_WEIGHT);
    c.param = param;
    c.label = &label;
    c.in[LP_IN_LOGITS] = (lp_matrix){(void *)(uintptr_t)z, 2};
    c.out[LP_OUT_LOSS] = (lp_matrix){&loss, 1};
    assert_int_equal(lp_loss_call(&c), LP_OK);
    assert_true(loss == 0x1.010066p+126f);
}

/* (1 + 2^-53)/4 is a tie, and 1 + 2^-53 + 2^-52 over 4: a class beyond any number of limbs tells
 * the side, also where the gradient is written over the logits. */
static void test_far_sides(void **state) {
    static const struct {
        double v[3], g[3];
    } c[] = {{{1, -0x1p-53, -8}, {0x1.0000000000001p-2, -0x1p-2, -0.0}},
             {{1, -0x1p-53, 8}, {0x1p-2, -0x1.0000000000001p-2, 0}},
             {{1, -0x1.8p-52, 8}, {0x1.0000000000001p-2, -0x1.0000000000002p-2, 0}}};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double z[3] = {0, 0, -0x1p40}, y[3];
        const lp_loss_in in = {z, 3}, v = {c[i].v, 3};
        assert_int_equal(lp_loss_softmax((lp_loss_out){y, 3}, (lp_loss_out){z, 3}, in, v, 1, 3, 1),
                         LP_OK);
        expect("softmax, a tie but for e^-2^40", z, c[i].g, 3);
    }
    static const double far[5] = {3192, 3192, 3192, 3192, 0};
    static const double t[5] = {0, 0x1.278d9a7e9ef36p-2, 0x1.f7fdaaf7968cp-6, 0x1.7b2ec4dc4a9bp-1};
    const double want = -0x1.e702c9fee9d17p-4;
    double g[5];
    lp_call c5 = {.size = sizeof c5, .op = LP_OP_MSE_SOFTMAX, .n = 1, .k = 5};
    c5.in[LP_IN_LOGITS] = (lp_matrix){(void *)(uintptr_t)far, 5};
    c5.in[LP_IN_TARGETS] = (lp_matrix){(void *)(uintptr_t)t, 5};
    c5.out[LP_OUT_GRAD] = (lp_matrix){g, 5};
    assert_int_equal(lp_loss_call(&c5), LP_OK);
    expect("mse, a tie but for e^-3192", &g[3], &want, 1);
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

/* Capped so far out that every share is 1/K to all limbs, equal targets: a component has the sign
 * of u_j less the mean of u, the upstream's or the other one. */
static void test_softcap(void **state) {
    static const struct {
        int64_t k;
        double cap, z[4], sign[4];
    } c[] = {{2, 1, {1596, 1597}, {-1, 1}},
             {2, 1, {-3193, -3192}, {-1, 1}},
             {3, 1, {3192, 3192, INF}, {-1, -1, NAN}}, /* a slope of 0 there */
             {3, 1, {-INF, -3192, -3192}, {NAN, 1, 1}},
             /* e^-2z: 1, 1/e, 1/e^2, 1/e^3 of the largest, their mean 0.388: above 0.368 */
             {4, 1, {0x1p20, 0x1p20 + 0.5, 0x1p20 + 1, 0x1p20 + 1.5}, {-1, 1, 1, 1}},
             {4, 0x1p-500, {0x1p60, 0x1p61, 0x1p62, 0x1p63}, {-1, 1, 1, 1}},
             {2, 0x1p900, {0x1p1000, 0x1.8p1000}, {-1, 1}}};
    const double ones[4] = {1, 1, 1, 1};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        for (int up = -1; up <= 1; up += 2)
            for (int in_place = 0; in_place < 2; in_place++) {
                double apart[4], over[4], want[4], upstream = up < 0 ? -INF : INF;
                lp_loss_xent_options o = LP_LOSS_XENT_PLAIN;
                lp_loss_batch batch = {.upstream = &upstream};
                double *grad = in_place ? over : apart;
                char what[40];
                o.softcap = c[i].cap;
                memcpy(over, c[i].z, sizeof over);
                for (int64_t j = 0; j < c[i].k; j++) want[j] = c[i].sign[j] * upstream;
                snprintf(what, sizeof what, "softcap %d, in place %d", (int)i, in_place);
                assert_int_equal(
                    lp_loss_softmax_xent_soft(NULL, (lp_loss_out){grad, c[i].k},
                                              (lp_loss_in){in_place ? over : c[i].z, c[i].k},
                                              (lp_loss_in){ones, c[i].k}, 1, c[i].k, &o, &batch),
                    LP_OK);
                expect(what, grad, want, c[i].k);
            }
}

static void smoothed(const char *what, const double *z, int64_t k, double smoothing, double up,
                     int64_t at, double want) {
    const int64_t label = 1;
    double g[7];
    lp_loss_xent_options o = LP_LOSS_XENT_PLAIN;
    const lp_loss_batch b = {.upstream = &up};
    o.smoothing = smoothing;
    o.smoothing_rule = LP_SMOOTHING_K_MINUS_1;
    assert_int_equal(
        lp_loss_softmax_xent(NULL, (lp_loss_out){g, k}, (lp_loss_in){z, k}, &label, 1, k, &o, &b),
        LP_OK);
    expect(what, &g[at], &want, 1);
}
/* Fractions of upstreams that are multiples of 3 or 7, on midpoints: 11/12, 13/48 as they are,
 * and moved by an exponential out of reach, p = 1 - e or 1/2 - e/4. */
static void test_smoothed_ties(void **state) {
    static const double alone[7] = {0x1p1023, -INF, -INF, -INF, -INF, -INF, -INF},
                        beside[7] = {0x1p1023, 0, 0, -0x1p1023, 0, 0, 0}, equal[3] = {1, 1, 1},
                        two[4] = {0x1p1022, 0x1p1022, 0, -0x1p1023};
    (void)state;
    smoothed("11/12", alone, 7, 0.5, 0x1.39f2374b5607ep+0, 0, 0x1.1fc8b2afb9874p+0);
    smoothed("11/12 less", beside, 7, 0.5, 0x1.39f2374b5607ep+0, 0, 0x1.1fc8b2afb9873p+0);
    smoothed("13/48", equal, 3, 0.9375, 2400000000000003, 1, 650000000000000.75);
    smoothed("11/24 less", two, 4, 0.125, 2700000000000003, 0, 1237500000000001.25);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_focal_sums),
        cmocka_unit_test(test_policy_far),
        cmocka_unit_test(test_focal_gradients),
        cmocka_unit_test(test_far_sides),
        cmocka_unit_test(test_ties_in_bits),
        cmocka_unit_test(test_distill_in_place),
        cmocka_unit_test(test_distill_sign),
        cmocka_unit_test(test_distill_sign_in_place),
        cmocka_unit_test(test_policy_sign),
        cmocka_unit_test(test_focal_sign),
        cmocka_unit_test(test_focal_ties),
        cmocka_unit_test(test_softcap),
        cmocka_unit_test(test_smoothed_ties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
