#include "check.h"
#include "random_case.h"

#include "core/answer.h"
#include "core/memory.h"

#include <math.h>

static lp_case plain(lp_op op, int64_t n, int64_t k) {
    lp_case c;
    lp_case_init(&c, op);
    c.n = n;
    c.stride = c.k = k;
    const lp_op_info *info = lp_op_get(op);
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (info->required & 1u << i) lp_case_alloc(&c, (lp_in)i);
    if (info->label != LP_LABEL_NONE) lp_case_alloc_label(&c);
    return c;
}

static void shapes(void **state) {
    (void)state;
    lp_case c = plain(LP_OP_SOFTMAX, 2, 3);
    assert_int_equal(lp_case_in_len(&c, LP_IN_LOGITS), 6);
    assert_int_equal(lp_case_in_len(&c, LP_IN_Q), 0);
    assert_int_equal(lp_case_out_len(&c, LP_OUT_VALUE), 6);
    assert_int_equal(lp_case_out_len(&c, LP_OUT_GRAD), 0); /* no cotangent, no product with it */
    lp_case_alloc(&c, LP_IN_V);
    assert_int_equal(lp_case_out_len(&c, LP_OUT_GRAD), 6);
    assert_int_equal(lp_case_out_len(&c, LP_OUT_LOSS), 0);
    c.op = LP_OP_LOGSUMEXP;
    assert_int_equal(lp_case_out_len(&c, LP_OUT_VALUE), 2);
    c.op = LP_OP_SOFTMAX;
    lp_case_clear(&c);

    c = plain(LP_OP_SOFTMAX_XENT, 2, 3);
    assert_int_equal(lp_shape_len(&c, LP_SHAPE_LOSS), 2);
    c.reduction = LP_REDUCE_MEAN;
    assert_int_equal(lp_shape_len(&c, LP_SHAPE_LOSS), 1);
    c.reduction = LP_REDUCE_NONE;
    c.n = INT64_C(1) << 40;
    c.k = INT64_C(1) << 40;
    assert_int_equal(lp_shape_len(&c, LP_SHAPE_NK), INT64_MAX); /* saturates */
    c.n = 2;
    c.k = 3;
    lp_case_clear(&c);
}

static void copies(void **state) {
    (void)state;
    lp_rng r;
    lp_rng_init(&r, 20, 0, 0);
    for (int i = 0; i < 500; i++) {
        lp_case a, b;
        random_case(&a, &r, built_op(i));
        lp_case_copy(&b, &a);
        assert_true(lp_case_equal(&a, &b));
        if (b.in[LP_IN_LOGITS] && lp_case_in_len(&b, LP_IN_LOGITS) > 0) {
            b.in[LP_IN_LOGITS][0] = a.in[LP_IN_LOGITS][0] == 7 ? 8 : 7;
            assert_false(lp_case_equal(&a, &b));
        }
        lp_case_clear(&a);
        lp_case_clear(&b);
    }
}

/* Each field by itself makes two cases different; -0 and 0 are different bits; id is not compared.
 */
static void differences(void **state) {
    (void)state;
    lp_case a = plain(LP_OP_SOFTMAX_XENT, 1, 2), b;
    lp_case_copy(&b, &a);
#define DIFFERS(change, restore)                                                                   \
    do {                                                                                           \
        change;                                                                                    \
        assert_false(lp_case_equal(&a, &b));                                                       \
        restore;                                                                                   \
        assert_true(lp_case_equal(&a, &b));                                                        \
    } while (0)
    DIFFERS(b.format = LP_BINARY32, b.format = LP_BINARY64);
    DIFFERS(b.rounding = LP_ROUND_UP, b.rounding = LP_ROUND_NEAREST);
    DIFFERS(b.reduction = LP_REDUCE_SUM, b.reduction = LP_REDUCE_NONE);
    DIFFERS(b.stride = 5, b.stride = 2);
    DIFFERS(b.label[0] = 1, b.label[0] = 0);
    DIFFERS(b.in[LP_IN_LOGITS][1] = -0.0, b.in[LP_IN_LOGITS][1] = 0.0);
    DIFFERS(lp_case_set(&b, LP_PARAM_TEMPERATURE, 0), b.set = 0);
    b.param[LP_PARAM_TEMPERATURE] = 3; /* not set, so not part of the case */
    assert_true(lp_case_equal(&a, &b));
    b.id = lp_memory_text("x");
    assert_true(lp_case_equal(&a, &b));
    lp_case_clear(&a);
    lp_case_clear(&b);
}

static void parameters(void **state) {
    (void)state;
    lp_case c = plain(LP_OP_SOFTMAX_XENT, 1, 2);
    assert_true(lp_case_param(&c, LP_PARAM_TEMPERATURE) == 1);
    assert_true(lp_case_param(&c, LP_PARAM_SMOOTHING) == 0);
    assert_true(isnan(lp_case_param(&c, LP_PARAM_SOFTCAP)));
    lp_case_set(&c, LP_PARAM_TEMPERATURE, 2);
    assert_true(lp_case_param(&c, LP_PARAM_TEMPERATURE) == 2);
    lp_case_set(&c, LP_PARAM_IGNORE_INDEX, -100);
    assert_int_equal(c.ignore_index, -100);
    assert_false(lp_case_has(&c, LP_PARAM_WEIGHTS));
    lp_case_alloc(&c, LP_IN_WEIGHTS);
    assert_true(lp_case_has(&c, LP_PARAM_WEIGHTS));
    free(c.in[LP_IN_WEIGHTS]);
    c.in[LP_IN_WEIGHTS] = NULL;
    lp_case_sync(&c);
    assert_false(lp_case_has(&c, LP_PARAM_WEIGHTS));
    lp_case_clear(&c);
}

static void contracts(void **state) {
    (void)state;
    lp_case c = plain(LP_OP_SOFTMAX_XENT, 1, 2);
    assert_int_equal(lp_case_contract(&c, LP_OUT_LOSS), LP_RELATIVE);
    lp_case_set(&c, LP_PARAM_SMOOTHING, 0.125);
    assert_int_equal(lp_case_contract(&c, LP_OUT_GRAD), LP_RELATIVE);
    lp_case_set(&c, LP_PARAM_Z_LOSS, 0);
    assert_int_equal(lp_case_contract(&c, LP_OUT_GRAD), LP_RELATIVE);
    lp_case_set(&c, LP_PARAM_Z_LOSS, 0.125);
    assert_int_equal(lp_case_contract(&c, LP_OUT_GRAD), LP_MIXED);
    assert_int_equal(lp_case_contract(&c, LP_OUT_LOSS), LP_RELATIVE);
    lp_case_set(&c, LP_PARAM_Z_LOSS, 0);
    lp_case_set(&c, LP_PARAM_SOFTCAP, 2);
    assert_int_equal(lp_case_contract(&c, LP_OUT_GRAD), LP_MIXED);
    assert_int_equal(lp_case_contract(&c, LP_OUT_LOSS), LP_RELATIVE);
    lp_case_set(&c, LP_PARAM_SMOOTHING, 0);
    assert_int_equal(lp_case_contract(&c, LP_OUT_GRAD), LP_RELATIVE);
    lp_case_clear(&c);
    c = plain(LP_OP_SOFTMAX_XENT_SOFT, 1, 2);
    assert_int_equal(lp_case_contract(&c, LP_OUT_LOSS), LP_RELATIVE);
    lp_case_set(&c, LP_PARAM_SOFTCAP, 2);
    assert_int_equal(lp_case_contract(&c, LP_OUT_LOSS), LP_MIXED);
    lp_case_clear(&c);
    c = plain(LP_OP_BCE_LOGITS, 2, 1);
    c.in[LP_IN_TARGETS][0] = 0.5;
    assert_int_equal(lp_case_contract(&c, LP_OUT_GRAD), LP_RELATIVE);
    lp_case_clear(&c);
    c = plain(LP_OP_POLICY_GRAD, 1, 2);
    assert_int_equal(lp_case_contract(&c, LP_OUT_LOSS), LP_MIXED);
    assert_int_equal(lp_case_contract(&c, LP_OUT_VALUE), LP_MIXED);
    lp_case_clear(&c);
}

/* What generated cases may hold and text may not: every refusal of the check by itself. */
static void refusals(void **state) {
    (void)state;
    lp_case c = plain(LP_OP_SOFTMAX_XENT, 1, 2);
    lp_error err = {""};
    const char *status = "";
    assert_true(lp_case_check(&c, &err));
#define REFUSED(key, word, change, restore)                                                        \
    do {                                                                                           \
        change;                                                                                    \
        assert_false(lp_case_check_status(&c, &status, &err));                                     \
        assert_memory_equal(err.text, key ":", sizeof(key));                                       \
        assert_string_equal(status, word);                                                         \
        restore;                                                                                   \
        assert_true(lp_case_check(&c, &err));                                                      \
    } while (0)
    REFUSED("n", "value", c.n = -1, c.n = 1);
    REFUSED("k", "value", c.k = -1, c.k = 2);
    REFUSED("d", "value", c.d = -1, c.d = 0);
    REFUSED("stride", "value", c.stride = 1, c.stride = 2);
    REFUSED("stride", "value", c.stride = INT64_MAX, c.stride = 2);
    REFUSED("smoothing_rule", "value", lp_case_set(&c, LP_PARAM_SMOOTHING_RULE, 2), c.set = 0);
    REFUSED("smoothing_rule", "value", lp_case_set(&c, LP_PARAM_SMOOTHING_RULE, NAN), c.set = 0);
    REFUSED("gamma", "value", lp_case_set(&c, LP_PARAM_GAMMA, 2), c.set = 0);
    REFUSED("weights", "value", c.set = LP_PARAM_BIT(LP_PARAM_WEIGHTS), c.set = 0);
    REFUSED("reduction", "value", (c.op = LP_OP_SOFTMAX, c.reduction = LP_REDUCE_SUM),
            (c.op = LP_OP_SOFTMAX_XENT, c.reduction = LP_REDUCE_NONE));
    int64_t *label = c.label;
    double *z = c.in[LP_IN_LOGITS], nan = NAN;
    REFUSED("label", "value", c.label = NULL, c.label = label);
    REFUSED("logits", "value", c.in[LP_IN_LOGITS] = NULL, c.in[LP_IN_LOGITS] = z);
    REFUSED("q", "value", c.in[LP_IN_Q] = &nan, c.in[LP_IN_Q] = NULL);
    c.format = LP_BINARY32;
    REFUSED("logits", "value", z[1] = 0x1.000001p+0, z[1] = 1);
    c.format = LP_E4M3;
    REFUSED("logits", "value", z[1] = INFINITY, z[1] = NAN);
    /* Outside a domain is not outside of the text: such cases exist to be answered by an error. */
    c.label[0] = 7;
    lp_case_set(&c, LP_PARAM_TEMPERATURE, -1);
    assert_true(lp_case_check(&c, &err));
    lp_case_clear(&c);
    c = plain(LP_OP_BCE_LOGITS, 2, 1);
    REFUSED("k", "value", (c.k = 2, c.stride = 2), (c.k = 1, c.stride = 1));
    int64_t one = 0;
    REFUSED("label", "value", c.label = &one, c.label = NULL);
    lp_case_clear(&c);
}

static void no_rows(void **state) {
    (void)state;
    lp_case c;
    lp_error err = {""};
    lp_case_init(&c, LP_OP_SOFTMAX_XENT);
    c.stride = c.k = 3;
    assert_true(lp_case_check(&c, &err)); /* nothing to point to */
    c.n = 1;
    assert_false(lp_case_check(&c, &err));
}

static void answers(void **state) {
    (void)state;
    lp_case c = plain(LP_OP_SOFTMAX_XENT, 2, 3);
    lp_answer a, b;
    lp_answer_init(&a);
    double *grad = lp_answer_alloc(&a, &c, LP_OUT_GRAD);
    assert_int_equal(a.len[LP_OUT_GRAD], 6);
    grad[5] = 3;
    lp_answer_copy(&b, &a);
    assert_ptr_not_equal(a.out[LP_OUT_GRAD], b.out[LP_OUT_GRAD]);
    assert_true(b.out[LP_OUT_GRAD][5] == 3 && !b.out[LP_OUT_LOSS]);
    lp_answer_clear(&a);
    assert_null(a.out[LP_OUT_GRAD]);
    lp_answer_clear(&b);
    lp_case_clear(&c);
    assert_string_equal(lp_finding_name(LP_FIND_LOAD_FTZ), "load_ftz");
    assert_string_equal(lp_finding_name(LP_FIND_LOAD_ROUNDING), "load_rounding");
    assert_string_equal(lp_finding_name(LP_FIND_WROTE_ON_ERROR), "wrote_on_error");
    assert_string_equal(lp_finding_name((lp_finding)3), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),     cmocka_unit_test(copies),    cmocka_unit_test(differences),
        cmocka_unit_test(parameters), cmocka_unit_test(contracts), cmocka_unit_test(refusals),
        cmocka_unit_test(no_rows),    cmocka_unit_test(answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
