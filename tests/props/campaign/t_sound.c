/* No property accuses an honest subject: the correctly rounded one at any level, one that is as far
 * off as its level allows at that level. */
#include "subjects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "core/case_text.h"
#include "props/props/properties.h"

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static int64_t cases, checks, open;

static void complain(const lp_property *p, const lp_trial *t, const lp_check *c) {
    char *line = lp_case_print(&t->kase);
    printf("%s caps %s at %s: %s\n  %.2000s\n", p->name, lp_out_name(c->out),
           lp_level_name(c->least), c->why, line);
    free(line);
}

static void check_all(lp_bench *b, const lp_trial *t, lp_level level) {
    for (int k = 0; k < lp_property_count; k++) {
        const lp_property *p = lp_properties[k];
        if (p->exact && level < LP_LEVEL_CORRECT) continue; /* noise is no function of the row */
        lp_check c;
        const spoilt *subject = b->subject;
        int64_t before = subject->undecided;
        assert_true(lp_check_run(&c, b, p, t, LP_LEVEL_CORRECT));
        bool honest = subject->undecided == before;
        if (c.least < level && honest) complain(p, t, &c);
        assert_true(c.least >= level || !honest);
        checks += c.met;
        open += !honest;
        lp_check_clear(&c);
    }
}

/* `all` cases in all, as many of every operation and format, spread over the special list and what
 * follows it. */
static void run(lp_level level, int64_t all) {
    int64_t plans = 0;
    for (int op = 0; op < LP_OP_COUNT; op++) plans += lp_op_get((lp_op)op)->built ? 2 : 0;
    int64_t each = all / plans + 1;
    cases = checks = open = 0;
    spoilt subject = {.level = level};
    if (level < LP_LEVEL_CORRECT) subject.spoil = spoil_noise;
    for (int op = 0; op < LP_OP_COUNT; op++)
        for (int f = LP_BINARY64; f <= LP_BINARY32; f++) {
            if (!lp_op_get((lp_op)op)->built) continue;
            lp_error err = {""};
            lp_bench b;
            lp_host_entry entry;
            lp_gen_plan plan;
            lp_source source;
            open_bench(&b, &entry, (lp_op)op, (lp_format_id)f, &subject, &err);
            open_plan(&plan, &entry);
            lp_source_open(&source, &plan, 2026);
            for (int64_t i = 0; i < each; i++, cases++) {
                lp_trial t;
                make_trial(&t, &b, &source, i);
                if (t.judgement.level < level) printf("%s\n", lp_case_print(&t.kase));
                assert_true(t.judgement.level >= level);
                if (subject.undecided == 0) check_all(&b, &t, level);
                open += subject.undecided != 0;
                subject.undecided = 0;
                lp_trial_clear(&t);
            }
            lp_source_close(&source);
        }
    printf("%s: %lld cases, %lld checks, %lld with undecided numbers\n", lp_level_name(level),
           (long long)cases, (long long)checks, (long long)open);
    assert_true(open * 1000 <= cases);
}

static int64_t scale = 1;
/* A sanitizer sees in a few cases of each kind what it sees in all, at three times their cost. */
#ifdef LP_FEW
enum { SHARE = 5 };
#else
enum { SHARE = 1 };
#endif

static void test_correct(void **state) {
    (void)state;
    run(LP_LEVEL_CORRECT, 10000 * scale / SHARE);
    assert_true(cases >= 10000 / SHARE);
}

static void test_faithful(void **state) {
    (void)state;
    run(LP_LEVEL_FAITHFUL, 5600 * scale / SHARE);
}

static void test_accurate(void **state) {
    (void)state;
    run(LP_LEVEL_ACCURATE, 5600 * scale / SHARE);
}

static void test_stable(void **state) {
    (void)state;
    run(LP_LEVEL_STABLE, 5600 * scale / SHARE);
}

/* logsumexp of four times -2^100 is -2^100 + ln 4, whose ulp is 2^76. */
static void a_hair_beyond(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                          lp_answer *a) {
    (void)s, (void)how, (void)e;
    if (c->in[LP_IN_LOGITS][0] == -0x1p100) a->out[LP_OUT_VALUE][0] = -0x1p100 - 0x1p78;
}

/* Four ulp and ln 4 more: the ruler calls that four, and shift_invariance, where nothing but the
 * error of one side is left, must not be the one to see it. */
static void test_ruler(void **state) {
    (void)state;
    lp_error err = {""};
    lp_bench b;
    lp_host_entry entry;
    lp_check c;
    spoilt subject = {.spoil = a_hair_beyond};
    lp_trial t = {.regime = ""};
    open_bench(&b, &entry, LP_OP_LOGSUMEXP, LP_BINARY32, &subject, &err);
    lp_case_init(&t.kase, LP_OP_LOGSUMEXP);
    t.kase.format = LP_BINARY32;
    t.kase.n = 1;
    t.kase.k = t.kase.stride = 4;
    double *z = lp_case_alloc(&t.kase, LP_IN_LOGITS);
    for (int j = 0; j < 4; j++) z[j] = -0x1p100;
    assert_true(lp_trial_run(&t, &b));
    assert_int_equal(t.judgement.level, LP_LEVEL_ACCURATE);
    assert_true(lp_check_run(&c, &b, &lp_property_shift_invariance, &t, LP_LEVEL_CORRECT));
    assert_true(c.met && c.broken); /* at `correct` and `faithful` */
    assert_int_equal(c.least, LP_LEVEL_ACCURATE);
    lp_check_clear(&c);
    lp_trial_clear(&t);
}

/* An honest subject's answer to a line, and what the property says of it. */
static void check_line(const char *line, const lp_property *p, lp_out out, bool open_number) {
    lp_error err = {""};
    const char *status;
    lp_bench b;
    lp_host_entry entry;
    lp_check c;
    spoilt subject = {.spoil = NULL};
    lp_trial t = {.regime = ""};
    assert_true(lp_case_parse(&t.kase, line, strlen(line), &status, &err));
    open_bench(&b, &entry, t.kase.op, t.kase.format, &subject, &err);
    assert_true(lp_trial_run(&t, &b));
    bool unknown;
    lp_exact_round(t.exact, out, 0, t.kase.format, LP_ROUND_DOWN, &unknown);
    assert_int_equal(unknown, open_number);
    assert_true(lp_check_run(&c, &b, p, &t, LP_LEVEL_CORRECT));
    assert_true(c.met && !c.broken);
    lp_check_clear(&c);
    lp_trial_clear(&t);
}

/* What is left of two rows that cancel is e^(-2^60) and e^(-2^61) times something: on which side of
 * 0 nobody knows. */
static void test_open_numbers(void **state) {
    (void)state;
    const char *line =
        "{\"op\":\"focal_softmax\",\"format\":\"binary64\",\"n\":2,\"k\":3,\"logits\":["
        "\"0x0p+0\",\"0x0p+0\",\"-0x1p+60\",\"0x0p+0\",\"0x0p+0\",\"-0x1p+61\"],"
        "\"label\":[0,1],\"params\":{\"gamma\":\"0x1p+0\",\"reduction\":\"sum\","
        "\"alpha\":[\"0x1p+0\",\"-0x1p+0\",\"0x1p+0\"]}}";
    check_line(line, &lp_property_option_counts, LP_OUT_LOSS, true);
    check_line(line, &lp_property_mle, LP_OUT_LOSS, true);
}

/* The first row's label weighs nothing, yet smoothing gives it a loss: the mean over that row alone
 * is the empty mean's 0, and no part of the whole's. */
static void test_weightless_part(void **state) {
    (void)state;
#define SMOOTHED                                                                                   \
    ",\"weights\":[\"0x0p+0\",\"0x1p+0\"],\"params\":{\"empty_mean\":\"zero\","                    \
    "\"mean_rule\":\"weights\",\"reduction\":\"mean\",\"smoothing\":\"0x1p-1\"}}"
    check_line("{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"n\":2,\"k\":2,\"logits\":["
               "\"0x0p+0\",\"0x1p+0\",\"0x0p+0\",\"0x0p+0\"],\"label\":[0,1]" SMOOTHED,
               &lp_property_split_batch, LP_OUT_LOSS, false);
    check_line("{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"n\":1,\"k\":2,\"logits\":["
               "\"0x0p+0\",\"0x1p+0\"],\"label\":[0]" SMOOTHED,
               &lp_property_mle, LP_OUT_LOSS, false);
}

int main(int argc, char **argv) {
    if (argc > 1) scale = atoll(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ruler),           cmocka_unit_test(test_open_numbers),
        cmocka_unit_test(test_weightless_part), cmocka_unit_test(test_correct),
        cmocka_unit_test(test_faithful),        cmocka_unit_test(test_accurate),
        cmocka_unit_test(test_stable)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
