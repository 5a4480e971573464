/* The reference through the public call shape: strides, formats, outputs not wanted, errors that
 * write nothing. */
#include "check.h"

#include <lossproof/ref.h>

#include <math.h>

#define POISON 0x1.23456p+100f

static void fill(float *x, int n, float value) {
    for (int i = 0; i < n; i++) x[i] = value;
}

static lp_call xent_call(float *z, const int64_t *label, float *loss, float *grad) {
    return (lp_call){.size = sizeof(lp_call),
                     .op = LP_OP_SOFTMAX_XENT,
                     .format = LP_BINARY32,
                     .n = 2,
                     .k = 2,
                     .label = label,
                     .in = {[LP_IN_LOGITS] = {z, 4}},
                     .out = {[LP_OUT_LOSS] = {loss, 1}, [LP_OUT_GRAD] = {grad, 3}}};
}

static void test_strided(void **state) {
    (void)state;
    float z[] = {100, 50, NAN, NAN, 0, 0, NAN, NAN}, loss[2], grad[6];
    const int64_t label[] = {0, 1};
    fill(grad, 6, POISON);
    lp_call call = xent_call(z, label, loss, grad);
    int64_t undecided = -1;
    assert_int_equal(lp_ref_call(&call, 0, &undecided), LP_OK);
    assert_int_equal(undecided, 0);
    assert_true(loss[0] == 0x1.d257d6p-73f); /* 1.9287498e-22 */
    assert_true(loss[1] == 0x1.62e43p-1f);
    assert_true(grad[0] == -0x1.d257d6p-73f && grad[1] == 0x1.d257d6p-73f);
    assert_true(grad[3] == 0.5f && grad[4] == -0.5f);
    assert_true(grad[2] == POISON && grad[5] == POISON); /* padding is the caller's */
    assert_int_equal(lp_ref_call(&call, 2, NULL), LP_OK);
    assert_true(loss[1] == 0x1.62e43p-1f); /* RU(ln 2) in binary32 is its nearest */
    assert_int_equal(lp_ref_call(&call, 3, NULL), LP_OK);
    assert_true(loss[1] == 0x1.62e42ep-1f);
    call.out[LP_OUT_GRAD].data = NULL; /* not wanted */
    assert_int_equal(lp_ref_call(&call, 0, NULL), LP_OK);
}

static void expect(lp_call call, int rounding, lp_status want) {
    float *loss = call.out[LP_OUT_LOSS].data, *grad = call.out[LP_OUT_GRAD].data;
    fill(loss, 2, POISON);
    fill(grad, 6, POISON);
    assert_int_equal(lp_ref_call(&call, rounding, NULL), want);
    for (int i = 0; i < 2; i++) assert_true(loss[i] == POISON);
    for (int i = 0; i < 6; i++) assert_true(grad[i] == POISON);
}

static void test_errors_write_nothing(void **state) {
    (void)state;
    float z[] = {1, 2, 0, 0, 3, 4, 0, 0}, loss[2], grad[6];
    const int64_t label[] = {0, 2};
    double param[LP_PARAM_COUNT] = {0};
    lp_call good = xent_call(z, (const int64_t[]){0, 1}, loss, grad), call = good;
    call.label = label;
    expect(call, 0, LP_E_LABEL);
    call = good;
    call.set = LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    call.param = param;
    expect(call, 0, LP_E_ARGUMENT); /* T = 0 */
    call.set = LP_PARAM_BIT(LP_PARAM_GAMMA);
    expect(call, 0, LP_E_UNSUPPORTED);
    call.set = LP_PARAM_BIT(LP_PARAM_WEIGHTS); /* without its array */
    expect(call, 0, LP_E_ARGUMENT);
    call = good;
    call.k = 0;
    expect(call, 0, LP_E_ARGUMENT);
    call.k = 2;
    call.n = -1;
    expect(call, 0, LP_E_ARGUMENT);
    call.n = INT64_MAX;
    expect(call, 0, LP_E_ARGUMENT);
    call = good;
    call.in[LP_IN_LOGITS].data = NULL;
    expect(call, 0, LP_E_ARGUMENT);
    call = good;
    call.in[LP_IN_LOGITS].stride = 1;
    expect(call, 0, LP_E_ARGUMENT);
    call = good;
    call.out[LP_OUT_GRAD].stride = 1;
    expect(call, 0, LP_E_ARGUMENT);
    call = good;
    call.label = NULL;
    expect(call, 0, LP_E_ARGUMENT);
    expect(good, 4, LP_E_ARGUMENT);
    expect(good, -1, LP_E_ARGUMENT);
    call.op = 1000;
    expect(call, 0, LP_E_UNSUPPORTED);
    call = good;
    call.format = 17;
    expect(call, 0, LP_E_UNSUPPORTED);
    call = good;
    call.reduction = 77;
    expect(call, 0, LP_E_UNSUPPORTED);
    call = good;
    call.set = LP_PARAM_BIT(LP_PARAM_UPSTREAM); /* without its array */
    expect(call, 0, LP_E_ARGUMENT);
    call = good;
    call.label = label; /* the ignored label is another one */
    call.set = LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
    call.ignore_index = 3;
    expect(call, 0, LP_E_LABEL);
    call = good;
    call.size = 8;
    expect(call, 0, LP_E_ARGUMENT);
}

/* Rows (0, 0) at labels 0 and 2, the second ignored: ln 2 whatever the reduction, over one row. */
static void test_batch(void **state) {
    (void)state;
    float z[] = {0, 0, NAN, NAN, NAN, INFINITY, NAN, NAN}, loss[2], grad[6], up = 3;
    double param[LP_PARAM_COUNT] = {0};
    const int64_t label[] = {0, 2};
    lp_call call = xent_call(z, label, loss, grad);
    call.param = param;
    call.set = LP_PARAM_BIT(LP_PARAM_UPSTREAM) | LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
    call.ignore_index = 2;
    call.in[LP_IN_UPSTREAM] = (lp_matrix){&up, 1};
    for (uint32_t reduction = LP_REDUCE_SUM; reduction <= LP_REDUCE_MEAN; reduction++) {
        fill(loss, 2, POISON);
        fill(grad, 6, POISON);
        call.reduction = reduction;
        assert_int_equal(lp_ref_call(&call, 0, NULL), LP_OK);
        assert_true(loss[0] == 0x1.62e43p-1f && loss[1] == POISON);
        assert_true(grad[0] == -1.5f && grad[1] == 1.5f && grad[2] == POISON);
        assert_true(grad[3] == 0 && grad[4] == 0 && !signbit(grad[3]) && grad[5] == POISON);
    }
    float each[] = {2, NAN};
    call.reduction = LP_REDUCE_NONE;
    call.in[LP_IN_UPSTREAM] = (lp_matrix){each, 2};
    assert_int_equal(lp_ref_call(&call, 0, NULL), LP_OK);
    assert_true(loss[0] == 0x1.62e43p-1f && loss[1] == 0 && grad[0] == -1 && grad[4] == 0);
    const lp_call none = {.size = sizeof none,
                          .op = LP_OP_ENTROPY,
                          .format = LP_BINARY32,
                          .reduction = LP_REDUCE_MEAN,
                          .k = 3,
                          .out = {[LP_OUT_LOSS] = {loss, 1}}};
    assert_int_equal(lp_ref_call(&none, 0, NULL), LP_OK);
    assert_true(isnan(loss[0])); /* a mean over no row */
}

static void test_scalars_and_none(void **state) {
    (void)state;
    double z[] = {0, -INFINITY}, y[] = {0.5, 0.25}, loss[2], grad[2];
    lp_call call = {.size = sizeof call,
                    .op = LP_OP_BCE_LOGITS,
                    .format = LP_BINARY64,
                    .n = 2,
                    .k = 1,
                    .in = {[LP_IN_LOGITS] = {z, 1}, [LP_IN_TARGETS] = {y, 1}},
                    .out = {[LP_OUT_LOSS] = {loss, 1}, [LP_OUT_GRAD] = {grad, 1}}};
    assert_int_equal(lp_ref_call(&call, 0, NULL), LP_OK);
    assert_true(loss[0] == 0x1.62e42fefa39efp-1 && grad[0] == 0 && !signbit(grad[0]));
    assert_true(loss[1] == INFINITY && grad[1] == -0.25);
    const lp_call none = {.size = sizeof none, .op = LP_OP_SOFTMAX_XENT, .k = 3};
    assert_int_equal(lp_ref_call(&none, 0, NULL), LP_OK); /* N = 0: nothing, successfully */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strided), cmocka_unit_test(test_errors_write_nothing),
        cmocka_unit_test(test_batch), cmocka_unit_test(test_scalars_and_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
