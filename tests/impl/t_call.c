/* What a caller of lp_loss_call may get wrong, or give beyond what is asked. */
#include "tests/impl/special.h"

#include <lossproof/loss.h>

static lp_call softmax_xent(const double *z, const int64_t *label, double *loss, double *grad) {
    lp_call c = {.size = sizeof c, .op = LP_OP_SOFTMAX_XENT, .n = 1, .k = 3, .label = label};
    c.in[LP_IN_LOGITS] = (lp_matrix){(void *)(uintptr_t)z, 3};
    c.out[LP_OUT_LOSS] = (lp_matrix){loss, 1};
    c.out[LP_OUT_GRAD] = (lp_matrix){grad, 3};
    return c;
}

static void test_no_parameters(void **state) {
    const double z[3] = {1, 2, 3};
    const int64_t label = 1;
    double loss = 7, g[3] = {7, 7, 7}, kept[3] = {7, 7, 7};
    lp_call c = softmax_xent(z, &label, &loss, g);
    (void)state;
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++) {
        c.set = LP_PARAM_BIT(p);
        assert_int_not_equal(lp_loss_call(&c), LP_OK);
    }
    c.set = LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    assert_int_equal(lp_loss_call(&c), LP_E_ARGUMENT);
    expect("not written", g, kept, 3);
    expect("not written", &loss, kept, 1);
}

/* Arrays that other operations take. */
static void test_other_inputs(void **state) {
    const double z[3] = {1000, 2, -4000}; /* beyond the first phase */
    double other[3] = {0.5, 0.25, 0}, loss, alone, g[3], g_alone[3];
    const int64_t label = 1;
    (void)state;
    for (int smooth = 0; smooth < 2; smooth++) {
        lp_call c = softmax_xent(z, &label, &alone, g_alone);
        double param[LP_PARAM_COUNT] = {[LP_PARAM_SMOOTHING] = 0.5};
        c.param = param;
        c.set = smooth ? LP_PARAM_BIT(LP_PARAM_SMOOTHING) : 0;
        assert_int_equal(lp_loss_call(&c), LP_OK);
        for (int role = LP_IN_TARGETS; role < LP_IN_WEIGHTS; role++)
            c.in[role] = (lp_matrix){other, 3};
        c.out[LP_OUT_LOSS].data = &loss;
        c.out[LP_OUT_GRAD].data = g;
        assert_int_equal(lp_loss_call(&c), LP_OK);
        expect("targets beside a label", &loss, &alone, 1);
        expect("targets beside a label", g, g_alone, 3);
    }
}

/* Fields of a batch that an operation has not are refused, none ignored. */
static void test_batch_fields(void **state) {
    const double z[2] = {1, 2}, weight = 1;
    const int64_t sign[2] = {1, -1};
    const lp_loss_batch b[] = {{.base = 1}, {.limit = 1}, {.mean_rule = 1}, {.ignore = 1}};
    double loss[2], g[2];
    (void)state;
    for (size_t i = 0; i < sizeof b / sizeof *b; i++)
        assert_int_equal(
            lp_loss_hinge(loss, (lp_loss_out){g, 1}, (lp_loss_in){z, 1}, sign, 2, &b[i]),
            LP_E_ARGUMENT);
    const lp_loss_batch upstream = {.upstream = &weight, .reduction = LP_REDUCE_SUM};
    assert_int_equal(lp_loss_brier(loss, (lp_loss_in){z, 2}, &(int64_t){1}, 1, 2, &upstream),
                     LP_E_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_parameters),
        cmocka_unit_test(test_other_inputs),
        cmocka_unit_test(test_batch_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
