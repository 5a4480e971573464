/* Whole answers, judged beside the reference. */
#include "props/judge/judge.h"

#include "core/case_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ALL (LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD))

typedef struct fixture {
    lp_case c;
    lp_exact *e;
    lp_answer a; /* starts as the correctly rounded one */
    lp_judgement j;
} fixture;

static void open_line(fixture *f, const char *line) {
    const char *status;
    lp_error err = {""};
    assert_true(lp_case_parse(&f->c, line, strlen(line), &status, &err));
    f->e = lp_exact_new(&f->c, &err);
    assert_non_null(f->e);
    lp_answer_init(&f->a);
    assert_int_equal(lp_exact_answer(&f->a, f->e), 0);
}

static void shut(fixture *f) {
    lp_answer_clear(&f->a);
    lp_exact_free(f->e);
    lp_case_clear(&f->c);
}

static void judge(fixture *f) {
    lp_judge(&f->j, &f->c, &f->a, f->e, ALL);
}

static const lp_verdict *verdict(const fixture *f, lp_out out) {
    for (int i = 0; i < f->j.outs; i++)
        if (f->j.verdict[i].out == out) return &f->j.verdict[i];
    return NULL;
}

#define XENT                                                                                       \
    "{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"n\":2,\"k\":2,"                            \
    "\"logits\":[\"0x1.9p+6\",\"0x1.9p+5\",\"0x0p+0\",\"0x0p+0\"],\"label\":[0,1]}"

static void test_correct(void **state) {
    (void)state;
    fixture f;
    open_line(&f, XENT);
    judge(&f);
    assert_int_equal(f.j.level, LP_LEVEL_CORRECT);
    assert_int_equal(f.j.outs, 2);
    assert_int_equal(verdict(&f, LP_OUT_GRAD)->components, 4);
    assert_int_equal(verdict(&f, LP_OUT_GRAD)->correct, 4);
    assert_int_equal(verdict(&f, LP_OUT_LOSS)->within1, 2);
    assert_int_equal(f.j.at, -1);
    shut(&f);
}

/* LSE - z_c in the confident row: the loss is gone, and everything but the level is told. */
static void test_lost_loss(void **state) {
    (void)state;
    fixture f;
    open_line(&f, XENT);
    f.a.out[LP_OUT_LOSS][0] = 0;
    judge(&f);
    const lp_verdict *v = verdict(&f, LP_OUT_LOSS);
    assert_int_equal(v->level, LP_LEVEL_STABLE);
    assert_int_equal(v->cause, LP_CAUSE_ERROR);
    assert_int_equal(v->lost, 1);
    assert_int_equal(v->correct, 1);
    assert_int_equal(v->at, 0);
    assert_int_equal(verdict(&f, LP_OUT_GRAD)->level, LP_LEVEL_CORRECT);
    assert_int_equal(f.j.level, LP_LEVEL_STABLE);
    assert_non_null(strstr(f.j.message, "loss[0]: got 0x0p+0 (0), exact 1.928749847963917783"));
    shut(&f);
}

static void test_one_ulp(void **state) {
    (void)state;
    fixture f;
    open_line(&f, XENT);
    double *g = &f.a.out[LP_OUT_GRAD][0];
    lp_measure m;
    lp_exact_measure(&m, f.e, LP_OUT_GRAD, 0, *g);
    *g = m.want == m.down ? m.up : m.down;
    judge(&f);
    assert_int_equal(verdict(&f, LP_OUT_GRAD)->level, LP_LEVEL_FAITHFUL);
    assert_int_equal(verdict(&f, LP_OUT_GRAD)->faithful, 4);
    assert_int_equal(verdict(&f, LP_OUT_GRAD)->correct, 3);
    shut(&f);
}

static void test_wrong_special(void **state) {
    (void)state;
    fixture f;
    open_line(&f, XENT);
    f.a.out[LP_OUT_GRAD][3] = NAN;
    judge(&f);
    assert_int_equal(verdict(&f, LP_OUT_GRAD)->level, LP_LEVEL_FAIL);
    assert_int_equal(verdict(&f, LP_OUT_GRAD)->cause, LP_CAUSE_WRONG_SPECIAL);
    assert_int_equal(verdict(&f, LP_OUT_GRAD)->special, 1);
    assert_int_equal(verdict(&f, LP_OUT_GRAD)->at, 3);
    assert_int_equal(verdict(&f, LP_OUT_LOSS)->level, LP_LEVEL_CORRECT);
    shut(&f);
}

/* K = 1: loss and gradient are exactly +0. */
static void test_minus_zero(void **state) {
    (void)state;
    fixture f;
    open_line(&f, "{\"op\":\"softmax_xent\",\"format\":\"binary32\",\"n\":1,\"k\":1,\"logits\":["
                  "\"0x1p+3\"],\"label\":[0]}");
    f.a.out[LP_OUT_LOSS][0] = -0.0;
    judge(&f);
    assert_int_equal(verdict(&f, LP_OUT_LOSS)->level, LP_LEVEL_FAITHFUL);
    assert_int_equal(verdict(&f, LP_OUT_LOSS)->cause, LP_CAUSE_ZERO_SIGN);
    assert_int_equal(verdict(&f, LP_OUT_LOSS)->zero_sign, 1);
    shut(&f);
}

static void test_status(void **state) {
    (void)state;
    fixture f;
    open_line(&f, "{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"n\":1,\"k\":2,\"logits\":["
                  "\"0x0p+0\",\"0x0p+0\"],\"label\":[2]}");
    assert_int_not_equal(f.a.status, LP_OK);
    judge(&f);
    assert_int_equal(f.j.level, LP_LEVEL_CORRECT);
    f.a.status = LP_E_ARGUMENT; /* any error will do */
    judge(&f);
    assert_int_equal(f.j.level, LP_LEVEL_CORRECT);
    f.a.status = LP_OK;
    judge(&f);
    assert_int_equal(f.j.level, LP_LEVEL_FAIL);
    assert_int_equal(f.j.cause, LP_CAUSE_STATUS);
    assert_int_equal(verdict(&f, LP_OUT_LOSS)->cause, LP_CAUSE_STATUS);
    assert_non_null(strstr(f.j.message, "status ok where"));
    shut(&f);
    open_line(&f, XENT);
    f.a.status = LP_E_MEMORY;
    judge(&f);
    assert_int_equal(f.j.level, LP_LEVEL_FAIL);
    assert_int_equal(f.j.cause, LP_CAUSE_STATUS);
    shut(&f);
}

static void test_findings(void **state) {
    (void)state;
    fixture f;
    open_line(&f, XENT);
    f.a.findings = LP_FIND_ERRNO | LP_FIND_LOAD_FTZ; /* told, never failed */
    judge(&f);
    assert_int_equal(f.j.level, LP_LEVEL_CORRECT);
    f.a.findings = LP_FIND_ROUNDING;
    judge(&f);
    assert_int_equal(f.j.level, LP_LEVEL_FAIL);
    assert_int_equal(f.j.cause, LP_CAUSE_FINDING);
    assert_int_equal(verdict(&f, LP_OUT_LOSS)->level,
                     LP_LEVEL_CORRECT); /* numbers for themselves */
    f.a.findings = LP_FIND_CRASH;
    judge(&f);
    assert_int_equal(verdict(&f, LP_OUT_LOSS)->level, LP_LEVEL_FAIL);
    assert_non_null(strstr(f.j.message, "crash"));
    shut(&f);
}

static void test_not_delivered(void **state) {
    (void)state;
    fixture f;
    open_line(&f, XENT);
    f.a.len[LP_OUT_GRAD] = 3;
    judge(&f);
    assert_int_equal(verdict(&f, LP_OUT_GRAD)->level, LP_LEVEL_FAIL);
    assert_int_equal(verdict(&f, LP_OUT_LOSS)->level, LP_LEVEL_CORRECT);
    lp_judge(&f.j, &f.c, &f.a, f.e, LP_OUT_BIT(LP_OUT_LOSS)); /* not declared: not asked for */
    assert_int_equal(f.j.level, LP_LEVEL_CORRECT);
    f.a.len[LP_OUT_GRAD] = 4;
    shut(&f);
}

/* A gradient that needs a cotangent is no output of a case without one. */
static void test_no_cotangent(void **state) {
    (void)state;
    fixture f;
    open_line(&f, "{\"op\":\"softmax\",\"format\":\"binary64\",\"n\":1,\"k\":2,\"logits\":["
                  "\"0x0p+0\",\"0x1p+0\"]}");
    judge(&f);
    assert_int_equal(f.j.outs, 1);
    f.a.status = LP_E_ARGUMENT;
    judge(&f);
    assert_int_equal(f.j.outs, 1);
    shut(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_correct),     cmocka_unit_test(test_lost_loss),
        cmocka_unit_test(test_one_ulp),     cmocka_unit_test(test_wrong_special),
        cmocka_unit_test(test_minus_zero),  cmocka_unit_test(test_status),
        cmocka_unit_test(test_findings),    cmocka_unit_test(test_not_delivered),
        cmocka_unit_test(test_no_cotangent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
