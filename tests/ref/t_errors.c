/* Section 2, rule 1: what is an error and writes nothing; and rows that keep to themselves. */
#include "check.h"
#include "line.h"

#include "ref/exact.h"

#include <math.h>

static lp_status status_of(const lp_case *c) {
    lp_error err;
    lp_exact *e = lp_exact_new(c, &err);
    lp_status s = lp_exact_status(e);
    lp_answer a;
    lp_answer_init(&a);
    lp_exact_answer(&a, e);
    assert_int_equal(a.status, s);
    for (int o = 0; s != LP_OK && o < LP_OUT_COUNT; o++) {
        assert_null(a.out[o]);
        assert_int_equal(lp_exact_len(e, (lp_out)o), 0);
    }
    lp_answer_clear(&a);
    lp_exact_free(e);
    return s;
}

static const line plain = {"", XENT, 2, {1, 2}, .label = 1};

static lp_status with_param(lp_op op, lp_param p, double x) {
    lp_case c;
    line l = plain;
    l.op = op;
    build_line(&c, &l, LP_BINARY64);
    lp_case_set(&c, p, x);
    lp_status s = status_of(&c);
    lp_case_clear(&c);
    return s;
}

static void test_params(void **state) {
    (void)state;
    static const double bad_t[] = {0, -1, -0.0, INFINITY, NAN, -INFINITY},
                        bad_l[] = {-0x1p-1074, -1, INFINITY, NAN},
                        bad_e[] = {-0x1p-1074, 1.0000000001, INFINITY, NAN};
    const lp_op with_t[] = {XENT, SOFT, LOGS};
    for (size_t o = 0; o < 3; o++) {
        for (size_t i = 0; i < sizeof bad_t / sizeof *bad_t; i++)
            assert_int_equal(with_param(with_t[o], LP_PARAM_TEMPERATURE, bad_t[i]), LP_E_ARGUMENT);
        assert_int_equal(with_param(with_t[o], LP_PARAM_TEMPERATURE, 0x1p-1074), LP_OK);
    }
    for (size_t i = 0; i < sizeof bad_t / sizeof *bad_t; i++)
        assert_int_equal(with_param(XENT, LP_PARAM_SOFTCAP, bad_t[i]), LP_E_ARGUMENT);
    assert_int_equal(with_param(XENT, LP_PARAM_SOFTCAP, 0x1p-1074), LP_OK);
    for (size_t i = 0; i < sizeof bad_l / sizeof *bad_l; i++)
        assert_int_equal(with_param(XENT, LP_PARAM_Z_LOSS, bad_l[i]), LP_E_ARGUMENT);
    assert_int_equal(with_param(XENT, LP_PARAM_Z_LOSS, -0.0), LP_OK);
    for (size_t i = 0; i < sizeof bad_e / sizeof *bad_e; i++)
        assert_int_equal(with_param(XENT, LP_PARAM_SMOOTHING, bad_e[i]), LP_E_ARGUMENT);
    assert_int_equal(with_param(XENT, LP_PARAM_SMOOTHING, 1), LP_OK);
    assert_int_equal(with_param(XENT, LP_PARAM_SMOOTHING, -0.0), LP_OK);
}

static void test_labels_and_weights(void **state) {
    (void)state;
    lp_case c;
    build_line(&c, &plain, LP_BINARY64);
    const int64_t bad[] = {-1, 2, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < 4; i++) {
        c.label[0] = bad[i];
        assert_int_equal(status_of(&c), LP_E_LABEL);
    }
    c.label[0] = 0;
    assert_int_equal(status_of(&c), LP_OK);
    double *w = lp_case_alloc(&c, LP_IN_WEIGHTS);
    w[0] = 1;
    w[1] = INFINITY;
    assert_int_equal(status_of(&c), LP_E_ARGUMENT);
    w[1] = NAN;
    assert_int_equal(status_of(&c), LP_OK);
    lp_case_clear(&c);
}

static void set_sizes(lp_case *c, lp_op op, int64_t n, int64_t k) {
    lp_case_init(c, op);
    c->n = n;
    c->k = c->stride = k;
}

static void test_sizes(void **state) {
    (void)state;
    const lp_op all[] = {XENT, SOFT,  LOGS,  BCE,    ENT,   CE,     KL,  SIG, LOGSIG,
                         PLUS, MULTI, FOCAL, MARGIN, HINGE, HINGES, MSE, MSES};
    lp_case c;
    for (size_t o = 0; o < sizeof all / sizeof *all; o++) {
        int64_t k = lp_op_get(all[o])->scalar ? 1 : 3;
        set_sizes(&c, all[o], 2, 0); /* K = 0 */
        assert_int_equal(status_of(&c), LP_E_ARGUMENT);
        set_sizes(&c, all[o], 0, 0);
        assert_int_equal(status_of(&c), LP_E_ARGUMENT);
        set_sizes(&c, all[o], 2, k); /* no data */
        assert_int_equal(status_of(&c), LP_E_ARGUMENT);
        set_sizes(&c, all[o], 0, k); /* N = 0 needs none */
        assert_int_equal(status_of(&c), LP_OK);
    }
    set_sizes(&c, BCE, 1, 2);
    assert_int_equal(status_of(&c), LP_E_ARGUMENT);
}

static void test_signs(void **state) {
    (void)state;
    const int64_t bad[] = {0, 2, -2, INT64_MIN, INT64_MAX, (INT64_C(1) << 32) + 1};
    const lp_op op[] = {MARGIN, HINGE};
    for (size_t o = 0; o < sizeof op / sizeof *op; o++) {
        line l = {"", op[o], 1, {NAN}, .label = 1};
        lp_case c;
        build_line(&c, &l, LP_BINARY64);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            c.label[0] = bad[i];
            assert_int_equal(status_of(&c), LP_E_LABEL);
        }
        c.label[0] = -1;
        assert_int_equal(status_of(&c), LP_OK);
        lp_case_clear(&c);
    }
}

static lp_status with_inputs(lp_op op, double a, double b) {
    line l = {"", op, 1, {a}, {b}, .with = true};
    l.with = op != ENT;
    lp_case c;
    build_line(&c, &l, LP_BINARY64);
    lp_status s = status_of(&c);
    lp_case_clear(&c);
    return s;
}

static void test_inputs(void **state) {
    (void)state;
    assert_int_equal(with_inputs(BCE, 0, -0x1p-1074), LP_E_ARGUMENT);
    assert_int_equal(with_inputs(BCE, NAN, 1.5), LP_E_ARGUMENT);
    assert_int_equal(with_inputs(BCE, 0, -0.0), LP_OK);
    assert_int_equal(with_inputs(MSE, 0, -0x1p-1074), LP_E_ARGUMENT);
    assert_int_equal(with_inputs(MSE, NAN, 0x1.0000000000001p+0), LP_E_ARGUMENT);
    assert_int_equal(with_inputs(MSES, NAN, -0x1p-1074), LP_E_ARGUMENT);
    assert_int_equal(with_inputs(MSES, 0, INFINITY), LP_E_ARGUMENT);
    assert_int_equal(with_inputs(MSES, 0, 1e300), LP_OK);
    assert_int_equal(with_inputs(ENT, -0.5, 0), LP_E_ARGUMENT);
    assert_int_equal(with_inputs(ENT, -0.0, 0), LP_OK);
    assert_int_equal(with_inputs(CE, 1, -1), LP_E_ARGUMENT);
    assert_int_equal(with_inputs(CE, -1, 1), LP_E_ARGUMENT);
    assert_int_equal(with_inputs(KL, -INFINITY, 1), LP_E_ARGUMENT);
    assert_int_equal(with_inputs(KL, 1, -INFINITY), LP_E_ARGUMENT);
}

/* Rows keep to themselves: NaN in one leaves the others, whatever the order of asking. */
static void test_pos_weight(void **state) {
    (void)state;
    static const double bad[] = {-0x1p-1074, INFINITY, NAN, -INFINITY};
    line l = {"", MULTI, 2, {1, 2}, {0, 1}, .with = true, .weighted = true, .weight = {1, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lp_case c;
        l.weight[1] = bad[i];
        build_line(&c, &l, LP_BINARY64);
        assert_int_equal(status_of(&c), isnan(bad[i]) ? LP_OK : LP_E_ARGUMENT);
        lp_case_clear(&c);
        line scalar = {"", BCE, 1, {1}, {1}, .with = true};
        scalar.set = LP_PARAM_BIT(LP_PARAM_POS_WEIGHT);
        scalar.param[LP_PARAM_POS_WEIGHT] = bad[i];
        build_line(&c, &scalar, LP_BINARY64);
        assert_int_equal(status_of(&c), LP_E_ARGUMENT);
        lp_case_clear(&c);
    }
}

static void test_rows(void **state) {
    (void)state;
    lp_case c;
    lp_error err;
    lp_case_init(&c, XENT);
    c.n = 3;
    c.k = c.stride = 2;
    const double z[] = {0, 0, NAN, 1, 0, -INFINITY};
    memcpy(lp_case_alloc(&c, LP_IN_LOGITS), z, sizeof z);
    int64_t *label = lp_case_alloc_label(&c);
    label[0] = label[1] = 0;
    label[2] = 1;
    lp_exact *e = lp_exact_new(&c, &err);
    assert_true(
        same(lp_exact_round(e, LP_OUT_LOSS, 2, LP_BINARY64, LP_ROUND_NEAREST, NULL), INFINITY));
    assert_true(same(lp_exact_round(e, LP_OUT_GRAD, 1, LP_BINARY64, LP_ROUND_NEAREST, NULL), 0.5));
    assert_true(same(lp_exact_round(e, LP_OUT_LOSS, 1, LP_BINARY64, LP_ROUND_NEAREST, NULL), NAN));
    assert_true(same(lp_exact_round(e, LP_OUT_GRAD, 4, LP_BINARY64, LP_ROUND_NEAREST, NULL), 1));
    assert_true(same(lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_NEAREST, NULL),
                     0x1.62e42fefa39efp-1)); /* ln 2 */
    lp_exact_free(e);
    lp_case_clear(&c);
}

static void test_not_built(void **state) {
    (void)state;
    lp_case c;
    lp_error err;
    for (int op = 0; op < LP_OP_COUNT; op++) {
        const lp_op_info *info = lp_op_get((lp_op)op);
        if (info->built) continue;
        lp_case_init(&c, (lp_op)op);
        assert_null(lp_exact_new(&c, &err));
        assert_non_null(strstr(err.text, info->name));
    }
}

/* `bad_label` nan_row: the row is NaN, the others are what they are; an ignored label stays
 * ignored. */
static void test_bad_labels(void **state) {
    (void)state;
    const double z[] = {0, 0, 1, 2, 3, 3}, w[] = {1, 3};
    const int64_t label[] = {1, 2, -100};
    const lp_op op[] = {XENT, FOC, NLL, LP_OP_POLICY_GRAD, LP_OP_HINGE_MULTI, LP_OP_BRIER};
    for (size_t o = 0; o < sizeof op / sizeof *op; o++) {
        const lp_op_info *info = lp_op_get(op[o]);
        lp_in in = info->in[LP_IN_LOGITS] ? LP_IN_LOGITS : info->in[LP_IN_P] ? LP_IN_P : LP_IN_Q;
        lp_case c;
        lp_case_init(&c, op[o]);
        c.n = 3;
        c.k = c.stride = 2;
        memcpy(lp_case_alloc(&c, in), z, sizeof z);
        memcpy(lp_case_alloc_label(&c), label, sizeof label);
        if (op[o] == NLL) c.in[in][0] = c.in[in][1] = 0.5;
        lp_case_set(&c, LP_PARAM_IGNORE_INDEX, -100);
        assert_int_equal(status_of(&c), LP_E_LABEL);
        lp_case_set(&c, LP_PARAM_BAD_LABEL, 0);
        assert_int_equal(status_of(&c), LP_E_LABEL);
        lp_case_set(&c, LP_PARAM_BAD_LABEL, 1);
        for (int reduction = LP_REDUCE_NONE; reduction <= LP_REDUCE_MEAN; reduction++) {
            c.reduction = (lp_reduction)reduction;
            lp_exact *e = lp_exact_new(&c, NULL);
            assert_int_equal(lp_exact_status(e), LP_OK);
            bool one = reduction != LP_REDUCE_NONE, grad = lp_exact_len(e, LP_OUT_GRAD) > 0;
            const lp_kind loss[] = {one ? LP_KIND_NAN : LP_KIND_NUMBER, LP_KIND_NAN,
                                    LP_KIND_NUMBER};
            for (int64_t i = 0; i < (one ? 1 : 3); i++)
                assert_int_equal(lp_exact_kind(e, LP_OUT_LOSS, i), loss[i]);
            for (int64_t i = 0; grad && i < 6; i++)
                assert_int_equal(lp_exact_kind(e, LP_OUT_GRAD, i),
                                 i / 2 == 1 ? LP_KIND_NAN : LP_KIND_NUMBER);
            lp_answer a;
            lp_answer_init(&a);
            assert_int_equal(lp_exact_answer(&a, e), 0);
            if (!one) assert_true(isnan(a.out[LP_OUT_LOSS][1]) && a.out[LP_OUT_LOSS][2] == 0);
            lp_answer_clear(&a);
            lp_exact_free(e);
        }
        if (op[o] == XENT) { /* the weight of no class is NaN, and so is the mean over weights */
            memcpy(lp_case_alloc(&c, LP_IN_WEIGHTS), w, sizeof w);
            lp_case_set(&c, LP_PARAM_MEAN_RULE, 1);
            lp_exact *e = lp_exact_new(&c, NULL);
            assert_int_equal(lp_exact_kind(e, LP_OUT_GRAD, 0), LP_KIND_NAN);
            lp_exact_free(e);
        }
        lp_case_clear(&c);
    }
}

/* One number over all rows is NaN with any of them, but for an ignored one. */
static void test_bad_labels_of_all_rows(void **state) {
    (void)state;
    const int64_t label[] = {1, 2, 0};
    const lp_op op[] = {LP_OP_PERPLEXITY, LP_OP_ECE};
    for (int o = 0; o < 2; o++) {
        lp_case c;
        lp_case_init(&c, op[o]);
        c.n = 3;
        c.k = c.stride = 2;
        double *p = lp_case_alloc(&c, op[o] == LP_OP_ECE ? LP_IN_P : LP_IN_Q);
        for (int j = 0; j < 6; j++) p[j] = 0.5;
        memcpy(lp_case_alloc_label(&c), label, sizeof label);
        assert_int_equal(status_of(&c), LP_E_LABEL);
        lp_case_set(&c, LP_PARAM_BAD_LABEL, 1);
        lp_exact *e = lp_exact_new(&c, NULL);
        assert_int_equal(lp_exact_kind(e, LP_OUT_LOSS, 0), LP_KIND_NAN);
        lp_exact_free(e);
        lp_case_set(&c, LP_PARAM_IGNORE_INDEX, 2);
        e = lp_exact_new(&c, NULL);
        double x = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_NEAREST, NULL);
        assert_true(x == (op[o] == LP_OP_ECE ? 0 : 2)); /* one guess of two is right */
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_labels), cmocka_unit_test(test_bad_labels_of_all_rows),
        cmocka_unit_test(test_params),     cmocka_unit_test(test_labels_and_weights),
        cmocka_unit_test(test_signs),      cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_inputs),     cmocka_unit_test(test_pos_weight),
        cmocka_unit_test(test_rows),       cmocka_unit_test(test_not_built)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
