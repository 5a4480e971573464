/* Every property can fail on every operation that it applies to: a fault planted in correct answers
 * is caught by the property that is about it, below `stable`, and the case that shows it shrinks.
 */
#include "planted.h"

#include "core/case_text.h"
#include "props/props/hits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BUDGET 40

/* Only `correct` claims one rounding; every other fault is below `stable`. */
static lp_level least_of(const lp_property *p) {
    return p == &lp_property_single_rounding ? LP_LEVEL_CORRECT : LP_LEVEL_STABLE;
}

/* What cannot show in this format. */
static bool idle(const lp_property *p, lp_format_id format) {
    return p == &lp_property_single_rounding && format == LP_BINARY64;
}

/* Number of the case that showed it, -1: none of `most` did. The trial is left open. */
static int64_t hunt(lp_trial *t, lp_bench *b, const lp_source *source, const lp_property *p,
                    int64_t most) {
    for (int64_t i = 0; i < most; i++) {
        lp_check c;
        make_trial(t, b, source, i);
        assert_true(lp_check_run(&c, b, p, t, LP_LEVEL_CORRECT));
        bool caught = c.broken && c.least < least_of(p) && c.why[0];
        lp_check_clear(&c);
        if (caught) return i;
        lp_trial_clear(t);
    }
    return -1;
}

static int64_t numbers_of(const char *line) {
    lp_case c;
    const char *status;
    lp_error err = {""};
    if (!lp_case_parse(&c, line, strlen(line), &status, &err)) fail_msg("%s: %s", err.text, line);
    int64_t n = c.n * c.k;
    lp_case_clear(&c);
    return n;
}

/* The counterexample that a campaign would report. */
static void shrink(lp_bench *b, const lp_gen_plan *plan, const lp_property *p, const lp_trial *t,
                   int64_t at) {
    lp_certificate cert;
    lp_certificate_init(&cert);
    lp_hits hits = {.asked = least_of(p)};
    lp_failure f = {
        .kind = LP_FAILURE_PROPERTY, .property = p, .below = least_of(p), .level = LP_LEVEL_FINITE};
    lp_hits_add(&hits, &f, &t->kase, at);
    int64_t before = b->evaluations;
    assert_true(lp_hit_report(&cert, &hits.hit[0], b, plan, BUDGET, &(lp_limit){0}));
    /* The last try and the telling may finish: a case and its related ones, each. */
    assert_true(b->evaluations - before < BUDGET + 2 * LP_PROPERTY_CASES);
    assert_int_equal(cert.counterexamples, 1);
    const lp_counterexample *x = &cert.counterexample[0];
    assert_string_equal(x->origin, p->name);
    assert_true(x->level < least_of(p));
    assert_int_equal(strncmp(x->id, "ce-", 3), 0);
    /* A class less may cost an option. */
    assert_true(numbers_of(x->case_line) < numbers_of(x->original) ||
                strlen(x->case_line) <= strlen(x->original) + 40); /* the id */
    printf("  %-20s case %4lld, %lld steps: %.150s\n", p->name, (long long)at,
           (long long)x->shrinks, x->message);
    lp_hits_clear(&hits);
    lp_certificate_clear(&cert);
}

static bool plant(const lp_planted *f, lp_op op, lp_format_id format) {
    lp_error err = {""};
    lp_bench b;
    lp_host_entry entry;
    lp_gen_plan plan;
    lp_source source;
    lp_trial t;
    spoilt subject = {.spoil = f->spoil};
    if (idle(f->property, format)) return true;
    open_bench(&b, &entry, op, format, &subject, &err);
    open_plan(&plan, &entry);
    lp_source_open(&source, &plan, 1);
    int64_t at = hunt(&t, &b, &source, f->property, 1500);
    if (at < 0) print_error("%s on %s is not caught\n", f->property->name, lp_op_get(op)->name);
    if (at >= 0) {
        shrink(&b, &plan, f->property, &t, at);
        lp_trial_clear(&t);
    }
    lp_source_close(&source);
    return at >= 0;
}

static bool planted_in(const lp_planted *f, lp_op op) {
    return f->op == op || (f->op == LP_PLANTED_EVERY && lp_property_applies(f->property, op));
}

static void plant_all(lp_format_id format) {
    int missed = 0;
    for (int k = 0; k < planted_count; k++)
        for (int op = 0; op < LP_OP_COUNT; op++)
            if (planted_in(&planted[k], (lp_op)op))
                missed += !plant(&planted[k], (lp_op)op, format);
    assert_int_equal(missed, 0);
}

static void test_binary64(void **state) {
    (void)state;
    plant_all(LP_BINARY64);
}

static void test_binary32(void **state) {
    (void)state;
    plant_all(LP_BINARY32);
}

/* What the subject does not declare is not asked of it. */
static void test_undeclared(void **state) {
    (void)state;
    lp_error err = {""};
    lp_bench b;
    lp_host_entry entry;
    lp_gen_plan plan;
    lp_source source;
    spoilt subject = {.spoil = NULL};
    open_bench(&b, &entry, LP_OP_SOFTMAX_XENT, LP_BINARY64, &subject, &err);
    open_plan(&plan, &entry);
    entry.flags = 0;
    lp_source_open(&source, &plan, 1);
    for (int64_t i = 0; i < 100; i++) {
        lp_trial t;
        lp_check c;
        make_trial(&t, &b, &source, i);
        int64_t before = subject.calls;
        assert_true(lp_check_run(&c, &b, &lp_property_in_place, &t, LP_LEVEL_CORRECT));
        assert_true(!c.met && !c.broken && subject.calls == before);
        lp_check_clear(&c);
        lp_trial_clear(&t);
    }
    lp_source_close(&source);
}

static bool has_fault(const lp_property *p, lp_op op) {
    for (int k = 0; k < planted_count; k++)
        if (planted[k].property == p && planted_in(&planted[k], op)) return true;
    return false;
}

/* Each property that exists has a fault in each operation that it applies to. */
static void test_all_are_planted(void **state) {
    (void)state;
    for (int i = 0; i < lp_property_count; i++) {
        const lp_property *p = lp_properties[i];
        for (int k = 0; k < p->op_count; k++)
            if (!has_fault(p, p->ops[k]))
                fail_msg("%s has no planted fault in %s", p->name, lp_op_get(p->ops[k])->name);
        assert_ptr_equal(lp_property_by_name(p->name), p);
    }
    assert_null(lp_property_by_name("gibb"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binary64), cmocka_unit_test(test_binary32),
        cmocka_unit_test(test_undeclared), cmocka_unit_test(test_all_are_planted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
