/* Every convention of the table can be told: a subject that rounds correctly what the convention
 * answers, where it says something, is named after it. That a convention says what its name says is
 * t_conventions.c's matter. */
#include "subjects.h"

#include "props/props/detector.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct follower {
    spoilt base; /* first: what call_spoilt hands to `follow` */
    const lp_convention *convention;
} follower;

static void follow_output(lp_answer *a, lp_out out, const lp_case *c, lp_exact *other,
                          const lp_convention *v) {
    const lp_format *f = lp_format_get(c->format);
    lp_convention_at at = {.kase = c, .out = out};
    bool rows = !lp_case_reduced(c, out) && !lp_op_whole(lp_op_get(c->op)) && a->len[out] >= c->n;
    for (int64_t i = 0; i < a->len[out]; i++) {
        if (i >= lp_exact_len(other, out) || lp_exact_kind(other, out, i) != LP_KIND_NUMBER)
            continue;
        long double x;
        if (!lp_convention_x(&x, v, other, out, i, a->len[out])) continue;
        at.row = rows ? i / (a->len[out] / c->n) : -1;
        if (v->value) x = v->value(x, &at, v->arg);
        if (!isnan(x)) a->out[out][i] = lp_format_round(f, (double)x);
    }
}

static void follow(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                   lp_answer *a) {
    const lp_convention *v = ((const follower *)s)->convention;
    lp_case changed;
    lp_error err = {""};
    (void)how;
    lp_case_copy(&changed, c);
    bool speaks = !v->change || v->change(&changed, v->arg);
    lp_exact *other = speaks && v->change ? lp_exact_new(&changed, &err) : e;
    for (int o = 0; speaks && o < LP_OUT_COUNT; o++)
        if ((v->outputs & LP_OUT_BIT(o)) && a->out[o] && lp_exact_status(other) == LP_OK)
            follow_output(a, (lp_out)o, c, other, v);
    if (other != e) lp_exact_free(other);
    lp_case_clear(&changed);
}

/* An operation that the convention speaks of, the options it needs and what it reduces by. */
typedef struct asked {
    const char *name;
    lp_op op;
    uint64_t params;
    lp_reduction reduction;
} asked;

#define P(name) LP_PARAM_BIT(LP_PARAM_##name)
static const asked rows[] = {
    {"smoothing_rule_k_minus_1", LP_OP_SOFTMAX_XENT, P(SMOOTHING), LP_REDUCE_NONE},
    {"smoothing_rule_k", LP_OP_SOFTMAX_XENT, P(SMOOTHING) | P(SMOOTHING_RULE), LP_REDUCE_NONE},
    {"smoothing_ignored", LP_OP_SOFTMAX_XENT_SOFT, P(SMOOTHING), LP_REDUCE_NONE},
    {"mean_by_rows", LP_OP_SOFTMAX_XENT, P(WEIGHTS) | P(MEAN_RULE), LP_REDUCE_MEAN},
    {"mean_by_weights", LP_OP_SOFTMAX_XENT, P(WEIGHTS), LP_REDUCE_MEAN},
    {"mean_counts_ignored", LP_OP_SOFTMAX_XENT, P(IGNORE_INDEX), LP_REDUCE_MEAN},
    {"mean_over_positives", LP_OP_FOCAL_SIGMOID, 0, LP_REDUCE_MEAN},
    {"targets_smoothed_0.1", LP_OP_MULTILABEL_BCE, 0, LP_REDUCE_NONE},
    {"mean_over_classes", LP_OP_KL_LOGITS, 0, LP_REDUCE_NONE},
    {"mean_over_rows", LP_OP_ENTROPY, 0, LP_REDUCE_NONE},
    {"mean_twice", LP_OP_CROSS_ENTROPY, 0, LP_REDUCE_MEAN},
    {"sum_for_mean", LP_OP_NLL, 0, LP_REDUCE_MEAN},
    {"mean_for_sum", LP_OP_BCE_PROB, 0, LP_REDUCE_SUM},
    {"summed_over_rows", LP_OP_LINEAR_XENT, 0, LP_REDUCE_NONE},
    {"one_direction", LP_OP_INFO_NCE, P(SYMMETRIC), LP_REDUCE_NONE},
    {"both_directions", LP_OP_INFO_NCE, 0, LP_REDUCE_NONE},
    {"labels_averaged", LP_OP_MULTILABEL_BCE, 0, LP_REDUCE_NONE},
    {"labels_summed", LP_OP_MULTILABEL_BCE, P(LABEL_REDUCTION), LP_REDUCE_NONE},
    {"temperature_ignored", LP_OP_SOFTMAX, P(TEMPERATURE), LP_REDUCE_NONE},
    {"temperature_inverse", LP_OP_LOG_SOFTMAX, P(TEMPERATURE), LP_REDUCE_NONE},
    {"temperature_twice", LP_OP_SOFTMAX_XENT, P(TEMPERATURE), LP_REDUCE_NONE},
    {"gradient_without_1_over_t", LP_OP_SOFTMAX_XENT, P(TEMPERATURE), LP_REDUCE_NONE},
    {"gradient_1_over_t_twice", LP_OP_SOFTMAX_XENT_SOFT, P(TEMPERATURE), LP_REDUCE_NONE},
    {"temperature_squared", LP_OP_DISTILL, P(TEMPERATURE), LP_REDUCE_NONE},
    {"distill_without_t_squared", LP_OP_DISTILL, P(TEMPERATURE) | P(MIX), LP_REDUCE_NONE},
    {"distill_cross_entropy", LP_OP_DISTILL, P(FORM) | P(MIX), LP_REDUCE_NONE},
    {"distill_divergence", LP_OP_DISTILL, P(MIX), LP_REDUCE_NONE},
    {"distill_mix_swapped", LP_OP_DISTILL, P(MIX), LP_REDUCE_NONE},
    {"jensen_shannon", LP_OP_KL_DIV, 0, LP_REDUCE_NONE},
    {"jensen_shannon_0.1", LP_OP_KL_DIV, 0, LP_REDUCE_NONE},
    {"jensen_shannon_0.9", LP_OP_KL_DIV, 0, LP_REDUCE_NONE},
    {"pos_weight_other_side", LP_OP_BCE_LOGITS, P(POS_WEIGHT), LP_REDUCE_NONE},
    {"pos_weight_both_sides", LP_OP_BCE_LOGITS, P(POS_WEIGHT), LP_REDUCE_NONE},
    {"pos_weight_ignored", LP_OP_BCE_LOGITS, P(POS_WEIGHT), LP_REDUCE_NONE},
    {"pos_weights_ignored", LP_OP_MULTILABEL_BCE, P(POS_WEIGHT_ARRAY), LP_REDUCE_NONE},
    {"weights_ignored", LP_OP_SOFTMAX_XENT, P(WEIGHTS), LP_REDUCE_NONE},
    {"weights_twice", LP_OP_SOFTMAX_XENT, P(WEIGHTS), LP_REDUCE_NONE},
    {"alpha_ignored", LP_OP_FOCAL_SIGMOID, P(ALPHA), LP_REDUCE_NONE},
    {"alphas_ignored", LP_OP_FOCAL_SOFTMAX, P(ALPHA_ARRAY), LP_REDUCE_NONE},
    {"gamma_ignored", LP_OP_FOCAL_SOFTMAX, P(GAMMA), LP_REDUCE_NONE},
    {"z_loss_ignored", LP_OP_SOFTMAX_XENT, P(Z_LOSS), LP_REDUCE_NONE},
    {"softcap_ignored", LP_OP_SOFTMAX_XENT, P(SOFTCAP), LP_REDUCE_NONE},
    {"base_ignored", LP_OP_CROSS_ENTROPY, P(BASE), LP_REDUCE_NONE},
    {"base_bits", LP_OP_LOGSUMEXP, 0, LP_REDUCE_NONE},
    {"negated", LP_OP_SOFTPLUS, 0, LP_REDUCE_NONE},
    {"twice", LP_OP_MSE_SIGMOID, 0, LP_REDUCE_NONE},
    {"half", LP_OP_BRIER, 0, LP_REDUCE_NONE},
    {"hinge_pairwise", LP_OP_HINGE_MULTI, P(FORM), LP_REDUCE_NONE},
    {"hinge_largest", LP_OP_HINGE_MULTI, 0, LP_REDUCE_NONE},
    {"hinge_without_margin", LP_OP_HINGE, 0, LP_REDUCE_NONE},
    {"hinge_squared", LP_OP_HINGE, 0, LP_REDUCE_NONE},
    {"link_undifferentiated", LP_OP_MSE_SOFTMAX, 0, LP_REDUCE_NONE},
    {"upstream_ignored", LP_OP_POLICY_GRAD, P(UPSTREAM), LP_REDUCE_NONE},
    {"upstream_twice", LP_OP_LOGISTIC_MARGIN, P(UPSTREAM), LP_REDUCE_NONE},
    {"upstream_magnitude", LP_OP_KL_GEN, P(UPSTREAM), LP_REDUCE_NONE},
    {"upstream_on_loss", LP_OP_HINGE_MULTI, P(UPSTREAM), LP_REDUCE_NONE},
    {"divergence_reversed", LP_OP_KL_DIV, 0, LP_REDUCE_NONE},
    {"clip_1e-6", LP_OP_SOFTMAX_XENT, 0, LP_REDUCE_NONE},
    {"clip_1e-7", LP_OP_BCE_LOGITS, 0, LP_REDUCE_NONE},
    {"clip_1e-8", LP_OP_SOFTMAX_XENT, 0, LP_REDUCE_NONE},
    {"clip_1e-12", LP_OP_BCE_LOGITS, 0, LP_REDUCE_NONE},
    {"clip_1e-15", LP_OP_BCE_LOGITS, 0, LP_REDUCE_NONE},
    {"log_floor_100", LP_OP_BCE_LOGITS, 0, LP_REDUCE_NONE},
    {"add_1e-7", LP_OP_SOFTMAX_XENT, 0, LP_REDUCE_NONE},
    {"add_1e-8", LP_OP_BCE_LOGITS, 0, LP_REDUCE_NONE},
    {"add_1e-10", LP_OP_SOFTMAX_XENT, 0, LP_REDUCE_NONE},
    {"add_1e-12", LP_OP_BCE_LOGITS, 0, LP_REDUCE_NONE},
};
#define MOST 4000

static bool told(const lp_detector *d, int convention) {
    for (int o = 0; o < LP_OUT_COUNT; o++)
        if (d->count[o][convention].apart >= LP_HINT_LEAST &&
            d->count[o][convention].agree == d->count[o][convention].apart)
            return true;
    return false;
}

static bool named(int convention, const asked *ask, lp_format_id format) {
    follower f = {.base = {.spoil = follow}, .convention = &lp_conventions[convention]};
    lp_detector d = {0};
    lp_error err = {""};
    lp_bench b;
    lp_host_entry entry;
    lp_gen_plan plan;
    lp_source source;
    bool found = false;
    open_bench(&b, &entry, ask->op, format, &f.base, &err);
    open_plan(&plan, &entry);
    plan.params = ask->params;
    plan.reductions = LP_REDUCE_BIT(ask->reduction);
    lp_source_open(&source, &plan, 1);
    for (int64_t i = 0; i < MOST && !found; i++) {
        lp_trial t;
        make_trial(&t, &b, &source, source.specials + i);
        assert_true(lp_detector_see(&d, &t, &err));
        found = told(&d, convention);
        lp_trial_clear(&t);
    }
    lp_source_close(&source);
    return found;
}

static const asked *row_of(const char *name) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].name, name)) return &rows[i];
    fail_msg("%s has no row", name);
    return NULL;
}

static void test_followed(void **state) {
    (void)state;
    int missed = 0;
    for (int i = 0; i < lp_convention_count; i++) {
        const char *name = lp_conventions[i].name;
        if (named(i, row_of(name), i % 2 ? LP_BINARY32 : LP_BINARY64)) continue;
        print_error("%s is never named\n", name);
        missed++;
    }
    assert_int_equal(missed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_followed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
