/* Generated cases: legal, the same for the same seed, of every regime, and cheap. */
#include "plans.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define RANDOM_CASES 4000
#define REGIME_ROOM  40

static void assert_legal(const lp_case *c, const lp_gen_plan *plan, const char *regime) {
    lp_error err;
    if (!lp_case_check(c, &err)) fail_msg("%s: %s", regime, err.text);
    assert_true(c->op == plan->op && c->format == plan->format);
    assert_int_equal(c->set & ~plan->params, 0);
    assert_true(strlen(regime) > 0 && strlen(regime) < 24);
    assert_string_equal(c->tags, regime);
    assert_true(plan->strided || c->stride == c->k);
    char again[24];
    lp_gen_regime(again, c);
    assert_string_equal(again, regime);
}

typedef struct tally {
    char name[REGIME_ROOM][24];
    int count[REGIME_ROOM], n;
} tally;

static void count_regime(tally *t, const char *regime) {
    int i = 0;
    while (i < t->n && strcmp(t->name[i], regime)) i++;
    if (i == t->n) strcpy(t->name[t->n++], regime);
    t->count[i]++;
}

static int counted(const tally *t, const char *regime) {
    for (int i = 0; i < t->n; i++)
        if (!strcmp(t->name[i], regime)) return t->count[i];
    return 0;
}

static void draw(lp_choices *tc, const lp_gen_plan *plan, tally *t) {
    lp_case c;
    char regime[24];
    lp_generate(&c, tc, plan, regime);
    assert_legal(&c, plan, regime);
    count_regime(t, regime);
    lp_case_clear(&c);
    lp_choices_free(tc);
}

/* Each named regime in at least 1 of 200 cases, structured and random. In 16 bits an offset leaves
 * so few places that many a case is of two regimes, and counts for one: 1 of 400. */
static void assert_visits(const tally *t, const char *const *regime, int64_t cases,
                          const lp_gen_plan *plan, const char *what) {
    int64_t of = plan->format <= LP_BINARY32 ? 200 : 400;
    for (; *regime; regime++)
        if (counted(t, *regime) * of < cases)
            fail_msg("%s %s, %s: %s only %d times in %lld", lp_op_get(plan->op)->name,
                     lp_format_get(plan->format)->name, what, *regime, counted(t, *regime),
                     (long long)cases);
}

static const char *const batch_regimes[] = {"reduced", NULL};
static const char *const label_regimes[] = {"ignored", NULL};
static const char *const logit_regimes[] = {"ordinary",      "confident", "offset", "ties",
                                            "near_midpoint", "threshold", "masked", "special",
                                            "extreme",       "subnormal", NULL};
static const char *const class_regimes[] = {"wrong_confident", NULL};
static const struct {
    lp_param param;
    const char *const regime[2];
} param_regimes[] = {{LP_PARAM_TEMPERATURE, {"temperature"}},
                     {LP_PARAM_SMOOTHING, {"smoothing"}},
                     {LP_PARAM_WEIGHTS, {"weights"}},
                     {LP_PARAM_GAMMA, {"gamma"}},
                     {LP_PARAM_ENTROPY_WEIGHT, {"policy"}}};
static const char *const binary_regimes[] = {"ordinary", "confident", "threshold", "special",
                                             "extreme",  "subnormal", NULL};
static const char *const answer_regimes[] = {"wrong_confident", NULL};
static const char *const soft_regimes[] = {"soft", "cancelling", NULL};
static const char *const entropy_regimes[] = {"confident", NULL};
static const char *const vector_regimes[] = {"ordinary",  "one_hot", "unnormalised", "zeros",
                                             "subnormal", "extreme", "special",      NULL};
static const char *const given_regimes[] = {"ordinary", "confident",  "wrong_confident",
                                            "soft",     "cancelling", "subnormal",
                                            "zeros",    "special",    NULL};
static const char *const hinge_regimes[] = {"kink", NULL};
static const char *const pair_regimes[] = {"identical", "near_identical", NULL};

static void assert_regimes(const tally *t, const lp_gen_plan *plan, int64_t cases,
                           const char *what) {
    const lp_op_info *info = lp_op_get(plan->op);
    bool labels = plan->op == LP_OP_MULTILABEL_BCE, given = info->scalar && info->in[LP_IN_P];
    bool binary = (info->scalar && !given) || labels;
    bool alone = !given && !info->in[LP_IN_P] != !info->in[LP_IN_Q];
    bool pair = info->in[LP_IN_P] && info->in[LP_IN_Q];
    bool logits = (info->in[LP_IN_LOGITS] || info->in[LP_IN_SIM] || info->in[LP_IN_X]) && !binary;
    if (plan->reductions >> LP_REDUCE_SUM) {
        assert_visits(t, batch_regimes, cases, plan, what);
        bool scaled = plan->params & LP_PARAM_BIT(LP_PARAM_UPSTREAM);
        assert_true(counted(t, "empty") >= 6 && (counted(t, "upstream") > 0) == scaled);
    }
    if (plan->params & LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX))
        assert_visits(t, label_regimes, cases, plan, what);
    if (logits) assert_visits(t, logit_regimes, cases, plan, what);
    if (logits && info->label == LP_LABEL_CLASS) assert_visits(t, class_regimes, cases, plan, what);
    for (size_t i = 0; logits && i < sizeof param_regimes / sizeof *param_regimes; i++)
        if (plan->params & LP_PARAM_BIT(param_regimes[i].param))
            assert_visits(t, param_regimes[i].regime, cases, plan, what);
    if (binary) assert_visits(t, binary_regimes, cases, plan, what);
    if (binary && (info->in[LP_IN_TARGETS] || info->label))
        assert_visits(t, answer_regimes, cases, plan, what);
    if (binary && info->in[LP_IN_TARGETS]) assert_visits(t, soft_regimes, cases, plan, what);
    if (given) assert_visits(t, given_regimes, cases, plan, what);
    if (alone || pair) assert_visits(t, vector_regimes, cases, plan, what);
    if (alone) assert_visits(t, entropy_regimes, cases, plan, what);
    if (plan->op == LP_OP_HINGE || plan->op == LP_OP_HINGE_MULTI)
        assert_visits(t, hinge_regimes, cases, plan, what);
    if (pair) assert_visits(t, pair_regimes, cases, plan, what);
}

static void print_tally(const tally *t, const lp_gen_plan *plan, int64_t cases, const char *what) {
    char line[600];
    size_t used = 0;
    for (int i = 0; i < t->n; i++)
        used += (size_t)snprintf(line + used, sizeof line - used, " %s %.1f", t->name[i],
                                 100.0 * t->count[i] / (double)cases);
    print_message("  %s %s %s (%lld):%s\n", lp_op_get(plan->op)->name,
                  lp_format_get(plan->format)->name, what, (long long)cases, line);
}

static void test_structured(void **state) {
    (void)state;
    lp_gen_plan plan[MAX_PLANS];
    for (int p = 0, n = all_plans(plan); p < n; p++) {
        tally t = {.n = 0};
        int64_t count = lp_gen_structured_count(&plan[p]);
        assert_in_range(count, 1000, 4000);
        for (int64_t i = 0; i < count; i++) draw(structured(&plan[p], i), &plan[p], &t);
        print_tally(&t, &plan[p], count, "structured");
        assert_regimes(&t, &plan[p], count, "structured");
        bool square = lp_op_get(plan[p].op)->in[LP_IN_SIM]; /* K^2 numbers */
        if (!lp_op_get(plan[p].op)->scalar) assert_true(counted(&t, square ? "tall" : "wide") > 0);
    }
}

static void test_random(void **state) {
    (void)state;
    lp_gen_plan plan[MAX_PLANS];
    for (int p = 0, n = all_plans(plan); p < n; p++) {
        tally t = {.n = 0};
        for (uint64_t i = 0; i < RANDOM_CASES; i++)
            draw(lp_choices_random(1, (uint64_t)plan[p].op, i, NULL, 0), &plan[p], &t);
        print_tally(&t, &plan[p], RANDOM_CASES, "random");
        assert_regimes(&t, &plan[p], RANDOM_CASES, "random");
    }
}

/* A subject that declares no parameter gets none, and no grid that would be about one. */
static void test_without_parameters(void **state) {
    (void)state;
    lp_gen_plan plan[MAX_PLANS];
    for (int p = 0, n = all_plans(plan); p < n; p++) {
        tally t = {.n = 0};
        int64_t full = lp_gen_structured_count(&plan[p]);
        /* a floor and what is added to have no grid */
        bool has_some =
            plan[p].params & ~(LP_PARAM_BIT(LP_PARAM_FTZ) | LP_PARAM_BIT(LP_PARAM_ACCUMULATE));
        plan[p].params = 0;
        plan[p].reductions = LP_REDUCE_BIT(LP_REDUCE_NONE);
        int64_t count = lp_gen_structured_count(&plan[p]);
        assert_true(has_some ? count < full : count == full);
        for (int64_t i = 0; i < count; i++) draw(structured(&plan[p], i), &plan[p], &t);
        for (uint64_t i = 0; i < 500; i++) draw(lp_choices_random(2, 3, i, NULL, 0), &plan[p], &t);
        assert_int_equal(counted(&t, "temperature") + counted(&t, "weights") +
                             counted(&t, "smoothing") + counted(&t, "upstream") +
                             counted(&t, "reduced") + counted(&t, "ignored"),
                         0);
    }
}

static void test_special_list(void **state) {
    (void)state;
    lp_gen_plan plan[MAX_PLANS];
    for (int p = 0, n = all_plans(plan); p < n; p++) {
        int64_t count = lp_gen_special_count(&plan[p]), empty = 0;
        assert_true(count >= 30);
        for (int64_t i = 0; i < count; i++) {
            lp_case c;
            char regime[24];
            lp_gen_special(&c, &plan[p], i, regime);
            assert_legal(&c, &plan[p], regime);
            empty += c.n == 0;
            lp_case_clear(&c);
        }
        assert_true(empty >= 1);
        plan[p].params = 0;
        assert_true(lp_gen_special_count(&plan[p]) <= count);
    }
}

/* The same list in every format: what is finite stays finite, what is not zero does not vanish. */
static int at_the_largest(const lp_gen_plan *wide_plan, const lp_gen_plan *narrow_plan, int64_t i) {
    lp_case wide, narrow;
    char regime[24];
    int extremes = 0;
    lp_gen_special(&wide, wide_plan, i, regime);
    lp_gen_special(&narrow, narrow_plan, i, regime);
    for (int role = 0; role < LP_IN_COUNT; role++)
        for (int64_t k = 0; wide.in[role] && k < lp_case_in_len(&wide, (lp_in)role); k++) {
            double x = wide.in[role][k], y = narrow.in[role][k];
            assert_true(isnan(x) ? isnan(y) : isinf(x) == isinf(y) && (x == 0) == (y == 0));
            extremes += y == lp_format_get(narrow_plan->format)->max;
        }
    lp_case_clear(&wide);
    lp_case_clear(&narrow);
    return extremes;
}

static void test_special_list_in_narrower_formats(void **state) {
    (void)state;
    lp_gen_plan plan[MAX_PLANS];
    for (int p = 0, n = all_plans(plan), wide = 0; p < n; p++) {
        if (plan[p].format == LP_BINARY64) wide = p;
        int extremes = 0;
        for (int64_t i = 0; i < lp_gen_special_count(&plan[p]); i++)
            extremes += at_the_largest(&plan[wide], &plan[p], i);
        assert_true(extremes > 0);
    }
}

static void test_deterministic(void **state) {
    (void)state;
    lp_gen_plan plan[MAX_PLANS];
    for (int p = 0, n = all_plans(plan); p < n; p++)
        for (uint64_t i = 0; i < 300; i++) {
            lp_case a, b, c;
            char regime[24];
            lp_choices *first = lp_choices_random(5, 1, i, NULL, 0);
            lp_choices *second = lp_choices_random(5, 1, i, NULL, 0);
            lp_generate(&a, first, &plan[p], regime);
            lp_generate(&b, second, &plan[p], regime);
            lp_choices *replay =
                lp_choices_replay(lp_choices_record(first), lp_choices_count(first));
            lp_generate(&c, replay, &plan[p], regime);
            assert_true(lp_case_equal(&a, &b) && lp_case_equal(&a, &c));
            lp_case_clear(&a);
            lp_case_clear(&b);
            lp_case_clear(&c);
            lp_choices_free(first);
            lp_choices_free(second);
            lp_choices_free(replay);
        }
}

/* Fuzzers feed bytes: every string of them is a legal case, in every family. */
static void test_any_bytes(void **state) {
    (void)state;
    lp_gen_plan plan[MAX_PLANS];
    uint8_t data[400];
    uint32_t lcg = 7;
    for (int p = 0, n = all_plans(plan); p < n; p++)
        for (int round = 0; round < 600; round++) {
            size_t size = (size_t)(round * 7) % sizeof data;
            for (size_t i = 0; i < size; i++)
                data[i] = (uint8_t)((lcg = lcg * 1664525u + 1013904223u) >> 24);
            if (size) data[0] = (uint8_t)round;
            tally t = {.n = 0};
            draw(lp_choices_bytes(data, size), &plan[p], &t);
        }
}

/* The generator must not be what a campaign waits for: the mean over random cases with K up to 100
 * is bounded by 50 us even under a sanitizer on a busy machine; the figure is printed. */
static void test_cost(void **state) {
    (void)state;
    lp_gen_plan plan[MAX_PLANS];
    for (int p = 0, n = all_plans(plan); p < n; p++) {
        struct timespec start, end;
        int64_t cells = 0, cases = 2000;
        plan[p].max_k = plan[p].wide_k = 33;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
        for (int64_t i = 0; i < cases; i++) {
            lp_case c;
            char regime[24];
            lp_choices *tc = lp_choices_random(1, 1, (uint64_t)i, NULL, 0);
            lp_generate(&c, tc, &plan[p], regime);
            cells += c.n * c.k;
            lp_case_clear(&c);
            lp_choices_free(tc);
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        double us = (double)(end.tv_sec - start.tv_sec) * 1e6 +
                    (double)(end.tv_nsec - start.tv_nsec) * 1e-3;
        print_message("  %s: %.2f us a case of %.1f cells\n", lp_op_get(plan[p].op)->name,
                      us / (double)cases, (double)cells / (double)cases);
        assert_true(us / (double)cases < 200);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_structured),
                                       cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_without_parameters),
                                       cmocka_unit_test(test_special_list),
                                       cmocka_unit_test(test_special_list_in_narrower_formats),
                                       cmocka_unit_test(test_deterministic),
                                       cmocka_unit_test(test_any_bytes),
                                       cmocka_unit_test(test_cost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
