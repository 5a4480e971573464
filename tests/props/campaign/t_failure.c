/* What a judged trial is kept for, and what is told of it. */
#include "props/props/failure.h"

#include "core/case_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define XENT                                                                                       \
    "{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"n\":2,\"k\":2,"                            \
    "\"logits\":[\"0x1.9p+6\",\"0x1.9p+5\",\"0x0p+0\",\"0x0p+0\"],\"label\":[0,1]}"

/* The reference's own answer, judged. */
static void open_trial(lp_trial *t) {
    const char *status;
    lp_error err = {""};
    *t = (lp_trial){.regime = ""};
    assert_true(lp_case_parse(&t->kase, XENT, strlen(XENT), &status, &err));
    t->exact = lp_exact_new(&t->kase, &err);
    assert_non_null(t->exact);
    lp_answer_init(&t->answer);
    assert_int_equal(lp_exact_answer(&t->answer, t->exact), 0);
    lp_judge(&t->judgement, &t->kase, &t->answer, t->exact,
             LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD));
}

static lp_verdict *verdict(lp_trial *t, lp_out out) {
    for (int i = 0; i < t->judgement.outs; i++)
        if (t->judgement.verdict[i].out == out) return &t->judgement.verdict[i];
    fail();
    return NULL;
}

static void test_right_answer(void **state) {
    (void)state;
    lp_trial t;
    lp_failure f[4];
    open_trial(&t);
    assert_int_equal(lp_failures_of(f, 4, &t, LP_LEVEL_CORRECT), 0);
    lp_trial_clear(&t);
}

/* No case is known that the reference leaves open, so the verdict is written by hand. */
static void test_undecided(void **state) {
    (void)state;
    lp_trial t;
    lp_failure f[4];
    char name[96];
    bool shows = false;
    lp_shown shown;
    lp_bench b = {.entry = NULL};
    open_trial(&t);
    verdict(&t, LP_OUT_GRAD)->undecided = 2;
    assert_int_equal(lp_failures_of(f, 4, &t, LP_LEVEL_STABLE), 1);
    lp_failure_name(name, &f[0]);
    assert_string_equal(name, "undecided:grad");
    assert_true(lp_failure_shows(&shows, &shown, &f[0], &b, &t));
    assert_true(shows);
    assert_string_equal(shown.why, "grad: the reference could not settle 2 of 4 values");
    assert_int_equal(shown.level, LP_LEVEL_CORRECT);
    assert_int_equal(shown.at, -1);
    verdict(&t, LP_OUT_GRAD)->undecided = 0;
    assert_true(lp_failure_shows(&shows, NULL, &f[0], &b, &t));
    assert_false(shows);
    lp_trial_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_answer),
        cmocka_unit_test(test_undecided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
