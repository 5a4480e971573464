/* The detector of conventions: planted ones are named, and nothing else is. */
#include "certified.h"

#include "props/props/detector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const lp_hint_row *hint(const lp_certificate *c, lp_out out, const char *name) {
    for (int i = 0; i < c->hints; i++)
        if (c->hint[i].out == out && !strcmp(c->hint[i].name, name)) return &c->hint[i];
    return NULL;
}

typedef struct planted {
    const char *subject, *convention;
    lp_op op;
    lp_out out;
    lp_format_id format;
    int64_t evals; /* more where few cases have what it takes */
} planted;

/* Reports say exactly these: another name beside the right one would be a false one. */
static const planted rows[] = {
    {"smoothing_rule_swapped", "smoothing_rule_k_minus_1", LP_OP_SOFTMAX_XENT, LP_OUT_LOSS,
     LP_BINARY64, 3000},
    {"smoothing_rule_swapped", "smoothing_rule_k", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD, LP_BINARY32,
     3000},
    {"smoothing_ignored", "smoothing_ignored", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD, LP_BINARY64, 1500},
    {"mean_over_all_rows", "mean_counts_ignored", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD, LP_BINARY32,
     6000},
    {"gradient_of_the_sum", "sum_for_mean", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD, LP_BINARY64, 3000},
    {"mean_is_the_sum", "sum_for_mean", LP_OP_BCE_LOGITS, LP_OUT_LOSS, LP_BINARY32, 1500},
    {"gradient_of_the_mean", "mean_for_sum", LP_OP_BCE_LOGITS, LP_OUT_GRAD, LP_BINARY64, 3000},
    {"upstream_dropped", "upstream_ignored", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD, LP_BINARY32, 1500},
    {"upstream_magnitude", "upstream_magnitude", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD, LP_BINARY64,
     3000},
    {"temperature_ignored", "temperature_ignored", LP_OP_SOFTMAX, LP_OUT_VALUE, LP_BINARY32, 1500},
    {"temperature_not_in_gradient", "gradient_without_1_over_t", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD,
     LP_BINARY64, 1500},
    {"distill_no_t_squared", "distill_without_t_squared", LP_OP_DISTILL, LP_OUT_GRAD, LP_BINARY32,
     6500},
    {"distill_entropy_dropped", "distill_cross_entropy", LP_OP_DISTILL, LP_OUT_LOSS, LP_BINARY64,
     500},
    {"distill_mix_swapped", "distill_mix_swapped", LP_OP_DISTILL, LP_OUT_GRAD, LP_BINARY32, 500},
    {"pos_weight_on_both", "pos_weight_both_sides", LP_OP_BCE_LOGITS, LP_OUT_LOSS, LP_BINARY64,
     800},
    {"pos_weight_no_gradient", "pos_weight_ignored", LP_OP_BCE_LOGITS, LP_OUT_GRAD, LP_BINARY32,
     800},
    {"labels_undivided", "labels_summed", LP_OP_MULTILABEL_BCE, LP_OUT_GRAD, LP_BINARY64, 800},
    {"weights_ignored", "weights_ignored", LP_OP_SOFTMAX_XENT, LP_OUT_LOSS, LP_BINARY32, 1500},
    {"weights_twice", "weights_twice", LP_OP_SOFTMAX_XENT, LP_OUT_LOSS, LP_BINARY64, 3000},
    {"gradient_sign", "negated", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD, LP_BINARY32, 800},
    {"gradient_over_classes", "mean_over_classes", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD, LP_BINARY64,
     800},
    {"gradient_over_rows", "mean_over_rows", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD, LP_BINARY32, 800},
    {"probability_clipped", "clip_1e-7", LP_OP_SOFTMAX_XENT, LP_OUT_LOSS, LP_BINARY64, 800},
    {"epsilon_in_log", "add_1e-10", LP_OP_SOFTMAX_XENT, LP_OUT_LOSS, LP_BINARY32, 800},
    {"z_loss_ignored", "z_loss_ignored", LP_OP_SOFTMAX_XENT_SOFT, LP_OUT_LOSS, LP_BINARY64, 1500},
    {"softcap_ignored", "softcap_ignored", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD, LP_BINARY32, 1500},
    {"base_ignored", "base_ignored", LP_OP_SOFTMAX_XENT, LP_OUT_LOSS, LP_BINARY64, 1500},
    {"log_floor", "log_floor_100", LP_OP_BCE_LOGITS, LP_OUT_LOSS, LP_BINARY32, 1500},
    {"labels_averaged", "labels_averaged", LP_OP_MULTILABEL_BCE, LP_OUT_LOSS, LP_BINARY64, 500},
    {"temperature_twice", "temperature_twice", LP_OP_SOFTMAX_XENT, LP_OUT_LOSS, LP_BINARY32, 3000},
    {"upstream_twice", "upstream_twice", LP_OP_SOFTMAX_XENT, LP_OUT_GRAD, LP_BINARY64, 3000},
    {"upstream_scales_loss", "upstream_on_loss", LP_OP_SOFTMAX_XENT, LP_OUT_LOSS, LP_BINARY32,
     1500},
    {"kl_reversed", "divergence_reversed", LP_OP_KL_DIV, LP_OUT_LOSS, LP_BINARY64, 500},
    {"entropy_bits", "base_bits", LP_OP_ENTROPY, LP_OUT_LOSS, LP_BINARY32, 500},
    {"focal_alpha_ignored", "alphas_ignored", LP_OP_FOCAL_SOFTMAX, LP_OUT_LOSS, LP_BINARY64, 1500},
    {"focal_binary_alpha_ignored", "alpha_ignored", LP_OP_FOCAL_SIGMOID, LP_OUT_LOSS, LP_BINARY32,
     800},
    {"mean_over_positives", "mean_over_positives", LP_OP_FOCAL_SIGMOID, LP_OUT_LOSS, LP_BINARY64,
     3000},
    {"mse_unhalved", "twice", LP_OP_MSE_SIGMOID, LP_OUT_LOSS, LP_BINARY64, 500},
    {"squares_gradient_doubled", "twice", LP_OP_MSE_SOFTMAX, LP_OUT_GRAD, LP_BINARY32, 500},
    {"mse_slope_dropped", "link_undifferentiated", LP_OP_MSE_SIGMOID, LP_OUT_GRAD, LP_BINARY64,
     500},
    {"squares_jacobian_dropped", "link_undifferentiated", LP_OP_MSE_SOFTMAX, LP_OUT_GRAD,
     LP_BINARY32, 500},
    {"squares_averaged", "mean_over_classes", LP_OP_MSE_SOFTMAX, LP_OUT_LOSS, LP_BINARY64, 500},
    {"hinge_no_margin", "hinge_without_margin", LP_OP_HINGE, LP_OUT_LOSS, LP_BINARY32, 500},
    {"hinge_squared", "hinge_squared", LP_OP_HINGE, LP_OUT_LOSS, LP_BINARY64, 500},
    {"hinges_form_ignored", "hinge_pairwise", LP_OP_HINGE_MULTI, LP_OUT_LOSS, LP_BINARY32, 1500},
    {"hinges_mean", "mean_over_classes", LP_OP_HINGE_MULTI, LP_OUT_LOSS, LP_BINARY64, 500},
    {"target_smoothed", "targets_smoothed_0.1", LP_OP_BCE_LOGITS, LP_OUT_LOSS, LP_BINARY32, 500},
};

static void named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i += STEP) {
        char spec[64];
        lp_certificate c;
        snprintf(spec, sizeof spec, "mutant:%s", rows[i].subject);
        certify(&c, spec, rows[i].op, rows[i].format, LP_LEVEL_STABLE, rows[i].evals);
        const lp_hint_row *h = hint(&c, rows[i].out, rows[i].convention);
        if (!h) fail_msg("%s: %s was not compared", spec, rows[i].convention);
        if (!lp_hint_named(h))
            fail_msg("%s: %s on %d of %d", spec, h->name, (int)h->agree, (int)h->apart);
        lp_certificate_clear(&c);
    }
}

/* Good subjects, failing ones that follow no convention of the table, and a swapped class order:
 * no convention is named. */
static void not_named(void **state) {
    (void)state;
    static const struct {
        const char *spec;
        lp_op op;
        bool fails;
    } all[] = {{"builtin:textbook", LP_OP_SOFTMAX_XENT, false},
               {"builtin:accurate", LP_OP_SOFTMAX_XENT, false},
               {"builtin:accurate", LP_OP_BCE_LOGITS, false},
               {"mutant:control", LP_OP_SOFTMAX, false},
               {"builtin:naive", LP_OP_SOFTMAX_XENT, true},
               {"builtin:naive", LP_OP_BCE_LOGITS, true},
               {"mutant:weights_reversed", LP_OP_SOFTMAX_XENT, true},
               {"mutant:smoothing_total", LP_OP_SOFTMAX_XENT, true},
               {"mutant:softmax_halved", LP_OP_SOFTMAX_XENT, true}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        lp_certificate c;
        certify(&c, all[i].spec, all[i].op, LP_BINARY64, LP_LEVEL_STABLE, 700);
        assert_int_equal(lp_certificate_level(&c) < LP_LEVEL_STABLE, all[i].fails);
        for (int k = 0; k < c.hints; k++) {
            if (c.hint[k].formula) continue; /* t_diagnosis.c */
            if (!all[i].fails || lp_hint_named(&c.hint[k]))
                fail_msg("%s: %s", all[i].spec, c.hint[k].name);
        }
        lp_certificate_clear(&c);
    }
}

/* What is named needs twenty cases and no exception. */
static void threshold(void **state) {
    (void)state;
    lp_hint_row h = {.apart = LP_HINT_LEAST, .agree = LP_HINT_LEAST};
    assert_true(lp_hint_named(&h));
    h.apart++;
    assert_false(lp_hint_named(&h));
    h.apart = h.agree = LP_HINT_LEAST - 1;
    assert_false(lp_hint_named(&h));
}

/* Names are words for options, and fit where they are stored. */
static void table(void **state) {
    (void)state;
    const lp_hint_row room;
    for (int i = 0; i < lp_convention_count; i++) {
        const lp_convention *v = &lp_conventions[i];
        assert_true(strlen(v->name) < sizeof room.name && strlen(v->says) < sizeof room.says);
        assert_true(v->outputs != 0 && (v->change || v->value));
        for (int k = 0; k < i; k++) assert_string_not_equal(v->name, lp_conventions[k].name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(threshold), cmocka_unit_test(table),
                                       cmocka_unit_test(named), cmocka_unit_test(not_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
