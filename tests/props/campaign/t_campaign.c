/* The campaign on real subjects in their worker: what is found, told, left out and repeated. */
#include "core/case_text.h"
#include "props/props/campaign.h"
#include "props/props/campaign_run.h"
#include "props/props/effort.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static lp_host *open_subject(const char *spec, const char *libdir) {
    lp_error err = {""};
    lp_host *h = NULL;
    lp_host_options how = {.timeout = 1, .check_twice = true, .libdir = libdir};
    lp_host_result r = lp_host_open(&h, spec, &how, &err);
    if (r != LP_HOST_OK) printf("%s: %s\n", spec, err.text);
    assert_int_equal(r, LP_HOST_OK);
    return h;
}

/* Runs and leaves the certificate open. */
static bool run(lp_certificate *cert, const char *spec, const char *libdir,
                const lp_campaign *campaign, lp_error *err) {
    lp_host *h = open_subject(spec, libdir);
    lp_certificate_init(cert);
    bool ok = lp_campaign_run(cert, h, campaign, err);
    lp_host_close(h);
    return ok;
}

static const lp_counterexample *origin(const lp_certificate *c, const char *name, lp_op op) {
    for (int i = 0; i < c->counterexamples; i++)
        if (!strcmp(c->counterexample[i].origin, name) && c->counterexample[i].op == op)
            return &c->counterexample[i];
    return NULL;
}

static bool told(const lp_certificate *c, const char *part) {
    for (int i = 0; i < c->not_tested_count; i++)
        if (strstr(c->not_tested[i], part)) return true;
    return false;
}

static bool has_finding(const lp_certificate *c, lp_finding one) {
    for (int i = 0; i < c->findings; i++)
        if (c->finding[i].finding == one) return true;
    return false;
}

/* By regime: the error over the bound of all values, the condition of losses where it is largest
 * and of one case in 64. The textbook keeps its own bound. A confident row's loss, about e^-gap,
 * has a condition of about |z_c| + |z_j|. */
static void test_conditions(lp_certificate *c) {
    lp_output_row *loss = lp_certificate_row(c, LP_OP_SOFTMAX_XENT, LP_BINARY64, LP_OUT_LOSS);
    lp_output_row *grad = lp_certificate_row(c, LP_OP_SOFTMAX_XENT, LP_BINARY64, LP_OUT_GRAD);
    double over = 0;
    for (int i = 0; i < loss->regimes; i++) {
        const lp_regime_row *r = &loss->regime[i];
        assert_true(r->sampled <= (r->cases + LP_CONDITION_EVERY - 1) / LP_CONDITION_EVERY);
        assert_true(r->max_over_bound <= 1);
        over = fmax(over, r->max_over_bound);
    }
    assert_true(over > 0.01 && over == loss->max_over_bound);
    assert_true(loss->worst.condition > 0);
    const lp_regime_row *confident = lp_output_row_regime(loss, "confident");
    assert_true(confident->sampled > 0 && confident->condition > 1 &&
                confident->max_condition > 10);
    assert_true(confident->max_over_bound > 0);
    for (int i = 0; i < grad->regimes; i++)
        assert_true(grad->regime[i].sampled == 0 && grad->regime[i].condition == 0 &&
                    grad->regime[i].max_over_bound <= 1);
}

static void test_textbook(void **state) {
    (void)state;
    static const lp_op op[] = {LP_OP_SOFTMAX_XENT};
    lp_campaign ask = {.seed = 1, .evals = 3000, .asked = LP_LEVEL_STABLE, .op = op, .ops = 1};
    lp_certificate c;
    lp_error err = {""};
    assert_true(run(&c, "builtin:textbook", NULL, &ask, &err));
    assert_int_equal(lp_certificate_status(&c), 0);
    assert_int_equal(lp_certificate_level(&c), LP_LEVEL_STABLE);
    assert_true(c.complete && c.evaluations >= 3000);
    for (int i = 0; i < c.rows; i++) assert_int_equal(c.row[i].op, LP_OP_SOFTMAX_XENT);
    /* The confident rows that keep it from `accurate` are told, smallest and by value. */
    const lp_counterexample *x = origin(&c, "lost:loss", LP_OP_SOFTMAX_XENT);
    assert_non_null(x);
    assert_non_null(strstr(x->case_line, "\"k\":2,"));
    assert_non_null(x->exact);
    assert_int_equal(x->level, LP_LEVEL_STABLE);
    lp_output_row *loss = lp_certificate_row(&c, LP_OP_SOFTMAX_XENT, LP_BINARY64, LP_OUT_LOSS);
    assert_true(lp_output_row_regime(loss, "confident")->lost > 0);
    assert_non_null(loss->worst.exact);
    test_conditions(&c);
    assert_true(told(&c, "softmax_xent binary64: parameter smoothing not declared"));
    lp_certificate_clear(&c);
    ask.asked = LP_LEVEL_ACCURATE;
    assert_true(run(&c, "builtin:textbook", NULL, &ask, &err));
    assert_int_equal(lp_certificate_status(&c), 1);
    assert_non_null(origin(&c, "accuracy:loss", LP_OP_SOFTMAX_XENT));
    lp_certificate_clear(&c);
}

/* The same seed gives the same certificate, another one other cases. */
static void test_repeats(void **state) {
    (void)state;
    lp_campaign ask = {.seed = 7, .evals = 12000, .asked = LP_LEVEL_STABLE};
    lp_certificate a, b;
    lp_error err = {""};
    assert_true(run(&a, "builtin:naive", NULL, &ask, &err));
    assert_true(run(&b, "builtin:naive", NULL, &ask, &err));
    assert_int_equal(lp_certificate_status(&a), 1);
    assert_int_equal(a.evaluations, b.evaluations);
    assert_int_equal(a.counterexamples, b.counterexamples);
    assert_true(a.counterexamples > 10);
    for (int i = 0; i < a.counterexamples; i++) {
        assert_string_equal(a.counterexample[i].case_line, b.counterexample[i].case_line);
        assert_string_equal(a.counterexample[i].original, b.counterexample[i].original);
        assert_string_equal(a.counterexample[i].message, b.counterexample[i].message);
        assert_int_equal(a.counterexample[i].found_at, b.counterexample[i].found_at);
    }
    assert_int_equal(a.rows, b.rows);
    for (int i = 0; i < a.rows; i++) {
        assert_int_equal(a.row[i].components, b.row[i].components);
        assert_int_equal(a.row[i].correct, b.row[i].correct);
        const char *x = a.row[i].worst.case_line, *y = b.row[i].worst.case_line;
        assert_int_equal(!x, !y); /* none: nll's gradient, one quotient, is always correct */
        if (x) assert_string_equal(x, y);
    }
    lp_certificate_clear(&b);
    ask.seed = 8;
    assert_true(run(&b, "builtin:naive", NULL, &ask, &err));
    bool differs = false; /* a pair's first hundred cases may be the special ones alone */
    for (int i = 0; i < a.rows && i < b.rows; i++)
        differs |= a.row[i].components != b.row[i].components;
    assert_true(differs);
    lp_certificate_clear(&a);
    lp_certificate_clear(&b);
}

/* Whatever the level asked for: what is below `asked` has a counterexample that says so. */
static void test_every_failure_has_a_case(void **state) {
    (void)state;
    lp_campaign ask = {.seed = 3, .evals = 4000, .asked = LP_LEVEL_STABLE};
    lp_certificate c;
    lp_error err = {""};
    assert_true(run(&c, "builtin:naive", NULL, &ask, &err));
    for (int i = 0; i < c.rows; i++) {
        const lp_output_row *row = &c.row[i];
        bool there = row->level >= ask.asked;
        for (int k = 0; k < c.counterexamples && !there; k++)
            there = c.counterexample[k].op == row->op &&
                    c.counterexample[k].format == row->format &&
                    c.counterexample[k].level < ask.asked;
        assert_true(there);
    }
    lp_certificate_clear(&c);
}

static void parse(lp_case *c, const char *line) {
    const char *status;
    lp_error err = {""};
    if (!lp_case_parse(c, line, strlen(line), &status, &err)) printf("%s\n", err.text);
    assert_int_equal(err.text[0], 0);
}

static void test_user_cases(void **state) {
    (void)state;
    lp_case user[2];
    parse(&user[0], "{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"n\":1,\"k\":2,"
                    "\"logits\":[\"0x1.9p+6\",\"0x1.9p+5\"],\"label\":[0]}");
    parse(&user[1], "{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"n\":1,\"k\":2,"
                    "\"logits\":[\"0x1p+0\",\"0x0p+0\"],\"label\":[0],"
                    "\"params\":{\"temperature\":\"0x1p+1\"}}");
    lp_campaign ask = {
        .seed = 1, .asked = LP_LEVEL_STABLE, .user = user, .users = 1, .skip = LP_PHASE_DRAWN};
    lp_certificate c;
    lp_error err = {""};
    assert_true(run(&c, "builtin:textbook", NULL, &ask, &err));
    assert_int_equal(c.rows, 2);
    assert_string_equal(c.row[0].regime[0].name, "user");
    assert_int_equal(c.row[0].lost, 1);
    const lp_counterexample *x = origin(&c, "lost:loss", LP_OP_SOFTMAX_XENT);
    assert_non_null(x);
    lp_certificate_clear(&c);
    ask.users = 2; /* the second asks for what the subject does not declare: no success */
    assert_false(run(&c, "builtin:textbook", NULL, &ask, &err));
    assert_non_null(strstr(err.text, "1 of the given cases"));
    assert_true(told(&c, "user's case 2"));
    assert_int_equal(c.row[0].cases, 1);
    lp_certificate_clear(&c);
    lp_case_clear(&user[0]);
    lp_case_clear(&user[1]);
}

static void test_undeclared(void **state) {
    (void)state;
    static const lp_op missing[] = {LP_OP_SOFTMAX_XENT, LP_OP_LINEAR_XENT};
    static const lp_format_id eighth[] = {LP_E4M3};
    lp_campaign ask = {.seed = 1, .asked = LP_LEVEL_STABLE, .op = missing, .ops = 2};
    lp_certificate c;
    lp_error err = {""};
    assert_false(run(&c, "mutant:gap_clamped", NULL, &ask, &err));
    assert_non_null(strstr(err.text, "linear_xent"));
    assert_int_equal(c.evaluations, 0);
    lp_certificate_clear(&c);
    ask = (lp_campaign){.seed = 1, .asked = LP_LEVEL_STABLE, .format = eighth, .formats = 1};
    assert_false(run(&c, "builtin:textbook", NULL, &ask, &err));
    assert_non_null(strstr(err.text, "e4m3"));
    lp_certificate_clear(&c);
}

/* An adapter that names no reduction is never called, which is said first. */
static void test_no_reduction(void **state) {
    (void)state;
    const lp_host_entry none = {.op = LP_OP_SOFTPLUS, .format = LP_BINARY64};
    const lp_host_entry one = {
        .op = LP_OP_SOFTPLUS, .format = LP_BINARY64, .reductions = LP_REDUCE_BIT(LP_REDUCE_NONE)};
    lp_certificate c;
    lp_certificate_init(&c);
    lp_campaign_gaps(&c, &one);
    assert_false(told(&c, "never called"));
    lp_certificate_clear(&c);
    lp_certificate_init(&c);
    lp_campaign_gaps(&c, &none);
    assert_non_null(strstr(c.not_tested[0], "no reduction declared"));
    lp_certificate_clear(&c);
}

static void test_stopped(void **state) {
    (void)state;
    static const int stop = 1;
    lp_campaign ask = {.seed = 1, .asked = LP_LEVEL_STABLE, .stop = &stop};
    lp_certificate c;
    lp_error err = {""};
    assert_true(run(&c, "builtin:textbook", NULL, &ask, &err));
    assert_false(c.complete);
    assert_true(c.evaluations < 10);
    lp_certificate_clear(&c);
    ask = (lp_campaign){.seed = 1, .asked = LP_LEVEL_STABLE, .evals = 1000000, .budget = 0.5};
    assert_true(run(&c, "builtin:textbook", NULL, &ask, &err));
    assert_false(c.complete);
    assert_int_not_equal(lp_certificate_status(&c), 0);
    assert_true(c.evaluations >= 14); /* everything that was asked for was called */
    lp_certificate_clear(&c);
}

static void progress(void *ctx, int64_t done, int64_t all, const char *what) {
    int64_t *last = ctx;
    assert_true(done >= *last && all > 0 && what[0]);
    *last = done;
}

static void test_progress(void **state) {
    (void)state;
    int64_t last = 0;
    lp_campaign ask = {.seed = 1,
                       .evals = 700,
                       .asked = LP_LEVEL_STABLE,
                       .progress = progress,
                       .progress_ctx = &last};
    lp_certificate c;
    lp_error err = {""};
    assert_true(run(&c, "builtin:accurate", NULL, &ask, &err));
    assert_int_equal(last, c.evaluations);
    lp_certificate_clear(&c);
}

static void test_canaries(void **state) {
    (void)state;
    static const char *const names[] = {"onehot_gradient", "unwritten_rows", "exp_window",
                                        "kl_zero_log_zero", NULL};
    static const lp_op op[] = {LP_OP_SOFTMAX_XENT};
    lp_campaign ask = {.seed = 1, .evals = 300, .asked = LP_LEVEL_STABLE, .op = op, .ops = 1};
    lp_certificate c;
    lp_error err = {""};
    assert_true(run(&c, "builtin:textbook", NULL, &ask, &err));
    assert_true(lp_campaign_canaries(&c, names, &ask, &err));
    assert_int_equal(c.canaries, 3); /* kl_div is not among the rows */
    for (int i = 0; i < c.canaries; i++) {
        assert_true(c.canary[i].killed && c.canary[i].by[0] && c.canary[i].evaluations > 0);
        assert_true(c.canary[i].evaluations <= lp_effort_get(LP_EFFORT_SMOKE)->canary);
    }
    lp_certificate_clear(&c);
}

static void test_replay(void **state) {
    (void)state;
    char *text = NULL;
    size_t size = 0;
    lp_case c;
    lp_error err = {""};
    parse(&c, "{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"n\":1,\"k\":2,"
              "\"logits\":[\"0x1.9p+6\",\"0x1.9p+5\"],\"label\":[0]}");
    FILE *f = open_memstream(&text, &size);
    lp_host *h = open_subject("builtin:naive", NULL);
    lp_level level = lp_campaign_replay(f, h, &c, 1, &err);
    lp_host_close(h);
    fclose(f);
    assert_int_equal(err.text[0], 0);
    assert_true(level < LP_LEVEL_ACCURATE);
    assert_non_null(strstr(text, "exact 1.928749847963917783"));
    assert_non_null(strstr(text, "property grad_sign broken"));
    free(text);
    lp_case_clear(&c);
}

/* A subject that misbehaves on every call: the finding is in the certificate, and it is valid. */
static void misdeed(const char *name, lp_finding finding, bool given_up) {
    char spec[64];
    lp_campaign ask = {.seed = 1, .evals = 400, .asked = LP_LEVEL_STABLE};
    lp_certificate c;
    lp_error err = {""};
    snprintf(spec, sizeof spec, "mutant:%s", name);
    assert_true(run(&c, spec, SPECIMEN_DIR, &ask, &err));
    assert_true(has_finding(&c, finding));
    assert_int_equal(lp_certificate_status(&c), 1);
    assert_int_equal(lp_certificate_level(&c), LP_LEVEL_FAIL);
    assert_int_equal(told(&c, "given up after"), given_up);
    char expected[96];
    snprintf(expected, sizeof expected, "finding:%s", lp_finding_name(finding));
    assert_non_null(origin(&c, expected, LP_OP_SOFTMAX_XENT));
    lp_certificate_clear(&c);
}

static void test_misdeeds(void **state) {
    (void)state;
    misdeed("null_pointer", LP_FIND_CRASH, true);
    misdeed("write_past", LP_FIND_OVERWRITE, true);
    misdeed("write_input", LP_FIND_INPUT_CHANGED, false);
    misdeed("rounding", LP_FIND_ROUNDING, false);
    misdeed("leave_last", LP_FIND_UNWRITTEN, false);
}

/* Three time limits, then no more: a subject that never returns costs seconds, not hours. */
static void test_hang(void **state) {
    (void)state;
    misdeed("hang", LP_FIND_HANG, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_textbook),
                                       cmocka_unit_test(test_repeats),
                                       cmocka_unit_test(test_every_failure_has_a_case),
                                       cmocka_unit_test(test_user_cases),
                                       cmocka_unit_test(test_undeclared),
                                       cmocka_unit_test(test_no_reduction),
                                       cmocka_unit_test(test_stopped),
                                       cmocka_unit_test(test_progress),
                                       cmocka_unit_test(test_canaries),
                                       cmocka_unit_test(test_replay),
                                       cmocka_unit_test(test_misdeeds),
                                       cmocka_unit_test(test_hang)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
