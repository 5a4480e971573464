/* Sums and multiples on a midpoint but for exponentials beyond any number of limbs. */
#include "tests/impl/special.h"

#include <lossproof/loss.h>

#include <string.h>

/* To first order e^-g (1 - gamma g) each, g the gap: above 0 for the one near 2^41, below for the
 * other, which is nothing beside it; the midpoint is its 2^7, even below 2^60 + 2^41 + 2^7. The
 * third row's loss, the other label's, is at most e^-g^(1 + gamma). */
static void test_sums(void **state) {
    static const struct {
        double gap[3], gamma, want;
    } c[] = {{{0x1p60, 0x1.000000004p41, 0x1p42}, 0x1p-45, 0x1.0000200000001p60},
             {{0x1.0000000000001p60, 0x1.000000004p41, 0x1p42}, 0x1p-38, 0x1.0000200000001p60},
             {{0x1.0000000000001p60, 0x1.000000004p41, 0x1p42}, 0x1p-45, 0x1.0000200000002p60}};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        for (int order = 0; order < 2; order++) {
            double loss, z[3] = {-c[i].gap[2]}, rows[6] = {0};
            int64_t label[3] = {1 - order, 0, 0}, classes[3] = {0, 1, 1};
            const lp_loss_batch b = {.reduction = LP_REDUCE_SUM};
            z[0] = label[0] ? c[i].gap[2] : -c[i].gap[2];
            z[1 + order] = c[i].gap[0];
            z[2 - order] = c[i].gap[1];
            rows[1] = -c[i].gap[2];
            rows[3] = -z[1];
            rows[5] = -z[2];
            assert_int_equal(lp_loss_focal_sigmoid(&loss, (lp_loss_out){NULL, 0},
                                                   (lp_loss_in){z, 1}, label, 3, c[i].gamma, NULL,
                                                   &b),
                             LP_OK);
            expect("focal_sigmoid, a sum", &loss, &c[i].want, 1);
            assert_int_equal(lp_loss_focal_softmax(&loss, (lp_loss_out){NULL, 0},
                                                   (lp_loss_in){rows, 2}, classes, 3, 2, c[i].gamma,
                                                   NULL, 0, &b),
                             LP_OK);
            expect("focal_softmax, a sum", &loss, &c[i].want, 1);
        }
}

/* 1.5 (1 + 2^-52) but for (gamma (g - 1) - 1) e^-g of the label and -e^-h of another class. */
static void test_focal_top(void **state) {
    static const double up = 1.5, alpha = 0x1.0000000000001p0, low = 0x1.8000000000001p0,
                        high = 0x1.8000000000002p0;
    static const struct {
        double gap, other, gamma, want;
    } c[] = {{0x1p41, 0x1p42, 2, high},
             {0x1p42, 0x1p41, 2, low},
             {0x1p41, 0x1p42, 0, low},
             {0x1p41, 0x1p41 - 30, 0x1p-3, low}, /* 2^38 below e^30 */
             {0x1p41, 0x1p41 - 27, 0x1p-3, low},
             {0x1p41, 0x1p41 - 26, 0x1p-3, high}};
    const int64_t label = 1;
    const lp_loss_batch b = {.upstream = &up};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double g[3], z[3] = {0, -c[i].gap, -c[i].other};
        assert_int_equal(lp_loss_focal_softmax(NULL, (lp_loss_out){g, 3}, (lp_loss_in){z, 3},
                                               &label, 1, 3, c[i].gamma, &alpha, 1, &b),
                         LP_OK);
        expect("focal_softmax at the largest", g, &c[i].want, 1);
    }
}

enum { MOST = 9 };
typedef struct row {
    uint32_t op;
    int64_t k, label, at;
    double z[MOST], t[MOST]; /* t: targets, or the teacher */
    double up, want;
    struct {
        lp_param param;
        double value;
    } set[3];
} row;
static void gradient(double *g, const row *r) {
    double param[LP_PARAM_COUNT] = {0}, z[MOST];
    lp_call c = {.size = sizeof c, .op = r->op, .n = 1, .k = r->k, .label = &r->label};
    memcpy(z, r->z, sizeof z);
    for (int i = 0; i < 3; i++) {
        if (r->set[i].value == 0) continue;
        c.set |= LP_PARAM_BIT(r->set[i].param);
        param[r->set[i].param] = r->set[i].value;
    }
    c.set |= LP_PARAM_BIT(LP_PARAM_UPSTREAM);
    c.param = param;
    c.in[LP_IN_LOGITS] = (lp_matrix){z, r->k};
    bool teacher = r->op == LP_OP_DISTILL, classes = c.op == LP_OP_SOFTMAX_XENT;
    if (!classes)
        c.in[teacher ? LP_IN_TEACHER : LP_IN_TARGETS] = (lp_matrix){(void *)(uintptr_t)r->t, r->k};
    c.in[LP_IN_UPSTREAM] = (lp_matrix){(void *)(uintptr_t)&r->up, 1};
    c.out[LP_OUT_GRAD] = (lp_matrix){g, r->k};
    assert_int_equal(lp_loss_call(&c), LP_OK);
    c.out[LP_OUT_GRAD] = c.in[LP_IN_LOGITS];
    assert_int_equal(lp_loss_call(&c), LP_OK);
    expect("in place", z, g, r->k);
}
static void each(const row *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char what[40];
        double g[MOST];
        gradient(g, &rows[i]);
        snprintf(what, sizeof what, "operation %d, row %d", (int)rows[i].op, (int)i);
        expect(what, g + rows[i].at, &rows[i].want, 1);
    }
}

/* A fraction of the upstream, over 3 or 7 equal logits, is a midpoint, and the classes out of reach
 * below them make p a little less than 1/3 or 1/7. */
static void test_fractions(void **state) {
    static const row rows[] = {
        {.op = LP_OP_SOFTMAX_XENT, /* 1/3 - 1/8 */
         .k = 5,
         .at = 1,
         .z = {1.5, 1.5, -0x1p20, -0x1p20, 1.5},
         .up = 0x1.9ae71a0bcd359p81,
         .want = 0x1.566b405f2b01fp79,
         .set = {{LP_PARAM_SMOOTHING, 0.5}, {LP_PARAM_SMOOTHING_RULE, 1}}},
        {.op = LP_OP_SOFTMAX_XENT_SOFT,
         .k = 4,
         .at = 2,
         .z = {-0x1p60, 1.5, 1.5, 1.5},
         .t = {0, 0x1p-4, 0x1.4p-2, 0x1.34p2},
         .up = 0x1.5f89844bdd9dap83,
         .want = 0x1.f202d0c0cf49fp83},
        {.op = LP_OP_SOFTMAX_XENT_SOFT,
         .k = 7,
         .at = 6,
         .z = {-0x1p22, -0x1p31, 0, -0x1p60, 0, -0x1p46, 0},
         .t = {0x1.4p-2, 0, 0x1.4p-2, 0x1p-4, 0x1.34p2},
         .up = 0x1.aa4b3d8c01e36p75,
         .want = 0x1.86c4f86b01bb1p76,
         .set = {{LP_PARAM_SOFTCAP, 0x1p30}}},
        {.op = LP_OP_KL_LOGITS,
         .k = 4,
         .z = {0, 0, -4000, 0},
         .t = {0x1.4p-2, 0x1.ap-1, 0x1.34p2, 0x1.ecp2},
         .up = 0x1.58a7e8740eaep66,
         .want = 0x1.6c66dc700a2ffp68},
        {.op = LP_OP_FOCAL_SOFTMAX,
         .k = 7,
         .z = {-0x1p50, 0, -0x1p60},
         .up = 0x1.064b30eccf015p31,
         .want = -0x1.8970c9633681fp32,
         .set = {{LP_PARAM_ALPHA, 3}}},
        {.op = LP_OP_FOCAL_SOFTMAX, /* 5/24, and the label's 2 gamma (l - 1) e^-4000 */
         .k = 8,
         .label = 4,
         .z = {-3, -3, -4003, -3, -3303, -3, -3, -3},
         .up = 0x1.3bcc381ac045bp81,
         .want = 0x1.072a2ec0f58f7p79,
         .set = {{LP_PARAM_GAMMA, 2}, {LP_PARAM_ALPHA, 1.25}}},
        {.op = LP_OP_DISTILL,
         .k = 4,
         .at = 2,
         .z = {0, -1e300, 0, 0},
         .up = -0x1.26f7a553580e3p33,
         .want = -0x1.5820eb8be6bb3p30,
         .set = {{LP_PARAM_MIX, 0.25}, {LP_PARAM_FORM, 1}}},
        {.op = LP_OP_MSE_SOFTMAX,
         .k = 7,
         .at = 6,
         .z = {-0x1p60, -3, -3, -0x1p60, -1e300, -3303, -3},
         .t = {0, 0x1.4p-2, 0, 0x1.4p-2, 0, 0, 0x1.ap-1},
         .up = 0x1.bac95c6d495e6p73,
         .want = -0x1.024acb3fc021bp71},
        {.op = LP_OP_MSE_SOFTMAX, /* the first order cancels at one class, e^-2^31 is left */
         .k = 7,
         .z = {-3, -0x1.0000000cp30, -3, -0x1p60, -0x1p41, -0x1p41, -0x1p60},
         .t = {0x1p-4, 0x1.4p-2, 0x1.ap-1, 0, 0, 0x1.4p-2, 0x1.4p-2},
         .up = -0x1.6c7579bfd354ap67,
         .want = -0x1.11581b4fde7f7p65},
    };
    (void)state;
    each(rows, sizeof rows / sizeof *rows);
}

/* policy_grad: A (1 - n [j = c]) over n and e_k (b d_k - A) of several classes below. */
static void test_policy(void **state) {
    row r = {.op = LP_OP_POLICY_GRAD,
             .k = 3,
             .label = 1,
             .z = {1.5, -3998, -0x1p41},
             .up = 0x1.f5ea8f3bcf046p37,
             .want = -0x1.786feb6cdb435p39,
             .set = {{LP_PARAM_ADVANTAGE, -3}, {LP_PARAM_ENTROPY_WEIGHT, -1}}};
    (void)state;
    each(&r, 1);
    r.at = 1;
    r.want = -r.want;
    each(&r, 1);
    row far = {
        .op = LP_OP_POLICY_GRAD, /* A = 1 + 2^-52, up = 1.5; b d - A of either sign */
        .k = 3,
        .label = 2,
        .z = {0, -0x1p41, -0x1p50},
        .up = 1.5,
        .want = 0x1.8000000000001p0,
        .set = {{LP_PARAM_ADVANTAGE, 0x1.0000000000001p0}, {LP_PARAM_ENTROPY_WEIGHT, 0x1p-42}}};
    each(&far, 1);
    far.z[1] = -0x1p43;
    far.want = 0x1.8000000000002p0;
    each(&far, 1);
}

/* The hard share e^-g/S beside (1 - mix) T (1/S - 1/S') e^-(g/T), far smaller than e^-(g/T), and at
 * T = 1, mix 1/2, 1/S - 1/(2 S') where S is nearly 2 S'. */
static void test_distill(void **state) {
    static const row rows[] = {
        {.op = LP_OP_DISTILL,
         .k = 5,
         .label = 3,
         .at = 4,
         .z = {-0x1p42, 0, 0, -0x1p42 - 2, -0x1p42},
         .t = {-0x1p42 - 2, 0, 0, -0x1p42 - 2, -0x1p42},
         .up = INF,
         .want = -INF,
         .set = {{LP_PARAM_MIX, 0.25}, {LP_PARAM_TEMPERATURE, 3}}},
        {.op = LP_OP_DISTILL,
         .k = 4,
         .label = 3,
         .at = 2,
         .z = {0, 0, -0x1p21 - 1, -0x1p42 - 2},
         .t = {0, -0x1p21 - 1, -0x1p21 - 1, 0},
         .up = INF,
         .want = INF, /* 3/4 of e^-(2^20 + 1/2), less 1/4 */
         .set = {{LP_PARAM_MIX, 1.5}, {LP_PARAM_TEMPERATURE, 2}}},
        {.op = LP_OP_DISTILL,
         .k = 4,
         .label = 3,
         .at = 1,
         .z = {0, -0x1p42, -3289, 0},
         .t = {-3289, -0x1p42, -3289, 0},
         .up = INF,
         .want = INF,
         .set = {{LP_PARAM_MIX, 0.5}}},
        {.op = LP_OP_DISTILL, /* an underflow: the pull's sign is the hard share's */
         .k = 3,
         .at = 2,
         .z = {0, -0x1p41, -0x1p20},
         .t = {0, -0x1p30, -0x1p20},
         .up = -0x1p80,
         .want = -0.0,
         .set = {{LP_PARAM_MIX, 0.25}, {LP_PARAM_TEMPERATURE, 2}}},
    };
    (void)state;
    each(rows, sizeof rows / sizeof *rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),      cmocka_unit_test(test_focal_top),
        cmocka_unit_test(test_fractions), cmocka_unit_test(test_policy),
        cmocka_unit_test(test_distill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
