/* Family "by value": every case can be written as choices and drawn again; and the shrinker,
 * working on such a record, ends at cases that a person reads at a glance. */
#include "plans.h"

#include "core/case_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifdef LP_FEW /* under sanitizers */
enum { RANDOM = 250 };
#else
enum { RANDOM = 1000 };
#endif

static void assert_round_trip(const lp_case *c, const lp_gen_plan *plan) {
    int count;
    lp_case again;
    char regime[24];
    lp_choice *record = lp_gen_by_value(&count, c, plan);
    lp_choices *tc = lp_choices_replay(record, count);
    lp_generate(&again, tc, plan, regime);
    assert_true(lp_case_equal(c, &again));
    assert_int_equal(lp_choices_count(tc), count);
    assert_int_equal(lp_choices_compare(lp_choices_record(tc), count, record, count), 0);
    assert_string_equal(regime, c->tags);
    lp_case_clear(&again);
    lp_choices_free(tc);
    size_t size;
    uint8_t *bytes = lp_choices_encode(&size, record, count);
    tc = lp_choices_bytes(bytes, size);
    lp_generate(&again, tc, plan, regime);
    assert_true(lp_case_equal(c, &again));
    lp_case_clear(&again);
    lp_choices_free(tc);
    free(bytes);
    free(record);
}

static void test_generated_cases_come_back(void **state) {
    (void)state;
    lp_gen_plan plan[MAX_PLANS];
    for (int p = 0, n = all_plans(plan); p < n; p++) {
        int64_t count = lp_gen_structured_count(&plan[p]);
        for (int64_t i = 0; i < count + RANDOM; i++) {
            lp_case c;
            char regime[24];
            lp_choices *tc =
                i < count ? structured(&plan[p], i) : lp_choices_random(4, 4, (uint64_t)i, NULL, 0);
            lp_generate(&c, tc, &plan[p], regime);
            assert_round_trip(&c, &plan[p]);
            lp_case_clear(&c);
            lp_choices_free(tc);
        }
    }
}

static void test_special_cases_come_back(void **state) {
    (void)state;
    lp_gen_plan plan[MAX_PLANS];
    for (int p = 0, n = all_plans(plan); p < n; p++)
        for (int64_t i = 0; i < lp_gen_special_count(&plan[p]); i++) {
            lp_case c;
            char regime[24];
            lp_gen_special(&c, &plan[p], i, regime);
            c.rounding = (lp_rounding)(i % LP_ROUNDING_COUNT);
            if (plan[p].strided) c.stride += i;
            assert_round_trip(&c, &plan[p]);
            lp_case_clear(&c);
        }
}

/* ---- shrinking ---- */

typedef struct hunt {
    const lp_gen_plan *plan;
    bool (*is_hit)(const lp_case *c);
} hunt;

static bool still_fails(void *env, lp_choices *tc) {
    const hunt *h = env;
    lp_case c;
    char regime[24];
    lp_generate(&c, tc, h->plan, regime);
    bool hit = h->is_hit(&c);
    lp_case_clear(&c);
    return hit;
}

/* The first `want` hits among random cases, each shrunk and given to `check`. */
static void shrink_hits(const hunt *h, int want, bool (*is_expected)(const lp_case *shrunk)) {
    int64_t most = 0;
    for (uint64_t i = 0; want > 0; i++) {
        lp_case c;
        char regime[24];
        assert_true(i < 200000);
        lp_choices *tc = lp_choices_random(11, 11, i, NULL, 0);
        lp_generate(&c, tc, h->plan, regime);
        lp_choices_free(tc);
        if (h->is_hit(&c)) {
            int count;
            lp_choice *record = lp_gen_by_value(&count, &c, h->plan);
            lp_shrink_result r = lp_shrink(record, count, still_fails, (void *)h, 2000);
            lp_case small;
            tc = lp_choices_replay(r.record, r.count);
            lp_generate(&small, tc, h->plan, regime);
            char *line = lp_case_print(&small);
            if (!is_expected(&small))
                fail_msg("case %llu shrank to %s", (unsigned long long)i, line);
            free(line);
            most = r.tried > most ? r.tried : most;
            lp_case_clear(&small);
            lp_choices_free(tc);
            free(r.record);
            free(record);
            want--;
        }
        lp_case_clear(&c);
    }
    print_message("  at most %lld tries\n", (long long)most);
    assert_true(most <= 500); /* a quarter of a campaign's budget */
}

/* The textbook's defect: its loss is zero from a gap of 53 ln 2 on. */
static bool zero_loss(const lp_case *c) {
    for (int64_t i = 0; i < c->n; i++) {
        const double *z = c->in[LP_IN_LOGITS] + i * c->k;
        double rest = -INFINITY;
        bool finite = c->k >= 2 && c->label[i] >= 0 && c->label[i] < c->k;
        for (int64_t j = 0; j < c->k; j++) {
            finite = finite && isfinite(z[j]);
            if (j != c->label[i]) rest = fmax(rest, z[j]);
        }
        if (finite && z[c->label[i]] - rest > 36.8 && z[c->label[i]] - rest < 700) return true;
    }
    return false;
}

/* [0, 37] with label 1, or its mirror image. */
static bool least_zero_loss(const lp_case *c) {
    const double *z = c->in[LP_IN_LOGITS];
    bool small = c->n == 1 && c->k == 2 && c->set == 0 && z[0] == 0;
    return small && z[1] == (c->label[0] == 1 ? 37 : -37);
}

/* A fault in one lane: class 6 of at least 9, holding the largest logit, tied with another. */
static bool tie_in_a_tail(const lp_case *c) {
    for (int64_t i = 0; i < c->n && c->k >= 9; i++) {
        const double *z = c->in[LP_IN_LOGITS] + i * c->k;
        for (int64_t j = 8; j < c->k; j++)
            if (z[j] == z[0] && z[0] != 0) return true;
    }
    return false;
}

static bool least_tie_in_a_tail(const lp_case *c) {
    bool ok = c->n == 1 && c->k == 9 && c->set == 0 && c->label[0] == 0;
    for (int j = 0; ok && j < 9; j++) ok = c->in[LP_IN_LOGITS][j] == (j % 8 == 0);
    return ok;
}

/* Smoothing together with a mask. */
static bool smoothed_mask(const lp_case *c) {
    for (int64_t j = 0; j < c->n * c->k; j++)
        if (c->in[LP_IN_LOGITS][j] == -INFINITY) return lp_case_param(c, LP_PARAM_SMOOTHING) > 0;
    return false;
}

static bool least_smoothed_mask(const lp_case *c) {
    return c->n == 1 && c->k == 1 && c->set == LP_PARAM_BIT(LP_PARAM_SMOOTHING) &&
           c->param[LP_PARAM_SMOOTHING] == 1 && c->in[LP_IN_LOGITS][0] == -INFINITY;
}

/* One parameter matters, others are there too. */
static bool tempered(const lp_case *c) {
    return c->k >= 2 && c->n >= 1 && lp_case_param(c, LP_PARAM_TEMPERATURE) > 1;
}

static bool least_tempered(const lp_case *c) {
    return c->n == 1 && c->k == 2 && c->set == LP_PARAM_BIT(LP_PARAM_TEMPERATURE) &&
           c->param[LP_PARAM_TEMPERATURE] == 2;
}

/* A row disturbs another one: two rows are needed. */
static bool nan_in_another_row(const lp_case *c) {
    int rows = 0;
    for (int64_t i = 0; i < c->n && c->k; i++) rows += isnan(c->in[LP_IN_LOGITS][i * c->k]);
    return rows > 0 && rows < c->n;
}

static bool least_nan_in_another_row(const lp_case *c) {
    return c->n == 2 && c->k == 1 && c->set == 0 && c->in[LP_IN_LOGITS][0] == 0 &&
           isnan(c->in[LP_IN_LOGITS][1]);
}

static void test_shrunk_cases_are_small(void **state) {
    (void)state;
    for (int f = 0; f < LP_SUBJECT_FORMATS; f++) {
        const lp_op_info *info = lp_op_get(LP_OP_SOFTMAX_XENT);
        lp_gen_plan plan = {LP_OP_SOFTMAX_XENT,
                            (lp_format_id)f,
                            info->built_params,
                            info->built_reductions,
                            1000,
                            2000,
                            false};
        shrink_hits(&(hunt){&plan, zero_loss}, 100, least_zero_loss);
        shrink_hits(&(hunt){&plan, tie_in_a_tail}, 100, least_tie_in_a_tail);
        shrink_hits(&(hunt){&plan, smoothed_mask}, 100, least_smoothed_mask);
        shrink_hits(&(hunt){&plan, tempered}, 100, least_tempered);
        shrink_hits(&(hunt){&plan, nan_in_another_row}, 30, least_nan_in_another_row);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_generated_cases_come_back),
                                       cmocka_unit_test(test_special_cases_come_back),
                                       cmocka_unit_test(test_shrunk_cases_are_small)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
