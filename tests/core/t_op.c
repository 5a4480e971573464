/* The table is data; what is checked is that no column contradicts another. */
#include "check.h"

#include "core/op.h"

#include <math.h>

static void rows(void **state) {
    (void)state;
    for (int i = 0; i < LP_OP_COUNT; i++) {
        const lp_op_info *op = lp_op_get((lp_op)i);
        lp_op found;
        assert_non_null(op->name);
        assert_true(lp_op_by_name(&found, op->name) && found == (lp_op)i);
        assert_true(op->group >= 'A' && op->group <= 'C' && *op->formula);
        assert_true(op->out_count >= 1 && op->out_count <= 6);
        assert_true((op->built_params & ~op->params) == 0);
        assert_true((op->built_reductions & ~op->reductions) == 0);
        assert_true(op->reductions & LP_REDUCE_BIT(LP_REDUCE_NONE));
        assert_true(!op->built == !op->built_reductions);
        assert_true(op->required != 0);
        for (int in = 0; in < LP_IN_COUNT; in++)
            if (op->required & 1u << in) assert_true(op->in[in] != LP_SHAPE_NONE);
        for (int o = 0; o < op->out_count; o++) {
            assert_true(op->out[o].shape != LP_SHAPE_NONE);
            assert_ptr_equal(lp_op_output(op, op->out[o].role), &op->out[o]);
            if (op->out[o].needs_v) assert_true(op->in[LP_IN_V] != LP_SHAPE_NONE);
        }
        bool has_form = op->params & LP_PARAM_BIT(LP_PARAM_FORM);
        assert_true(has_form == (op->form != NULL));
    }
    lp_op found;
    assert_false(lp_op_by_name(&found, "xent"));
}

/* A parameter that stands for an array needs the array, and the reverse. */
static void array_parameters(void **state) {
    (void)state;
    static const struct {
        lp_param param;
        lp_in in;
    } pair[] = {{LP_PARAM_WEIGHTS, LP_IN_WEIGHTS},
                {LP_PARAM_UPSTREAM, LP_IN_UPSTREAM},
                {LP_PARAM_ALPHA_ARRAY, LP_IN_ALPHA},
                {LP_PARAM_POS_WEIGHT_ARRAY, LP_IN_POS_WEIGHT},
                {LP_PARAM_ADVANTAGE_ARRAY, LP_IN_ADVANTAGE}};
    for (int i = 0; i < LP_OP_COUNT; i++)
        for (size_t j = 0; j < sizeof pair / sizeof *pair; j++) {
            const lp_op_info *op = lp_op_get((lp_op)i);
            bool param = op->params & LP_PARAM_BIT(pair[j].param);
            assert_true(param == (op->in[pair[j].in] != LP_SHAPE_NONE));
        }
}

/* Class labels come with the two rules about them, and only then. */
static void label_parameters(void **state) {
    (void)state;
    uint64_t about = LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX) | LP_PARAM_BIT(LP_PARAM_BAD_LABEL);
    for (int i = 0; i < LP_OP_COUNT; i++) {
        const lp_op_info *op = lp_op_get((lp_op)i);
        bool class = op->label == LP_LABEL_CLASS || op->label == LP_LABEL_MAYBE;
        assert_true((op->params & about) == (class ? about : 0));
    }
}

static void parameters(void **state) {
    (void)state;
    for (int p = 0; p < LP_PARAM_COUNT; p++) {
        const lp_param_info *info = lp_param_get((lp_param)p);
        assert_non_null(lp_param_name((lp_param)p));
        assert_true((info != NULL) == (p < LP_PARAM_WEIGHTS));
        if (!info) continue;
        assert_int_equal(info->param, p);
        assert_ptr_equal(lp_param_by_name(info->name), info);
        assert_true(info->min < info->max);
        bool inside = info->neutral >= info->min && info->neutral <= info->max;
        assert_true(isnan(info->neutral) || inside);
        bool worded = lp_param_words(lp_op_get(LP_OP_DISTILL), (lp_param)p) != NULL;
        assert_true(worded == (info->type == LP_TYPE_WORD) && worded == (info->words > 0));
    }
    const char *const *form = lp_param_words(lp_op_get(LP_OP_HINGE_MULTI), LP_PARAM_FORM);
    assert_string_equal(form[1], "crammer_singer");
    assert_string_equal(lp_param_words(lp_op_get(LP_OP_DISTILL), LP_PARAM_FORM)[1], "kl");
    assert_null(lp_param_words(lp_op_get(LP_OP_ENTROPY), LP_PARAM_FORM));
    assert_null(lp_param_by_name("weights"));
    assert_string_equal(lp_param_name(LP_PARAM_ALPHA_ARRAY), "alpha[]");
}

static void names(void **state) {
    (void)state;
    for (int i = 0; i < LP_OUT_COUNT; i++) {
        lp_out role;
        assert_true(lp_out_by_name(&role, lp_out_name((lp_out)i)) && (int)role == i);
    }
    for (int i = 0; i <= LP_E_INTERNAL; i++) {
        lp_status s;
        assert_true(lp_status_by_name(&s, lp_status_name((lp_status)i)) && (int)s == i);
    }
    for (int i = 0; i <= LP_REDUCE_MEAN; i++) {
        lp_reduction r;
        assert_true(lp_reduction_by_name(&r, lp_reduction_name((lp_reduction)i)) && (int)r == i);
    }
    for (int i = 0; i < LP_IN_COUNT; i++) assert_true(*lp_in_name((lp_in)i));
    assert_string_equal(lp_in_name(LP_IN_ADVANTAGE), "advantage");
    assert_string_equal(lp_out_name(LP_OUT_GRAD_TAU), "grad_tau");
    assert_string_equal(lp_status_name(LP_E_LABEL), "label");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(array_parameters),
        cmocka_unit_test(label_parameters),
        cmocka_unit_test(parameters),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
