/* What follows from the whole: levels, causes, the exit status. */
#include "check.h"

#include "core/case_text.h"
#include "core/certificate.h"

static char *case_line(void *ctx) {
    return lp_case_print(ctx);
}

static lp_case plain_case(lp_op op) {
    lp_case c;
    lp_case_init(&c, op);
    c.stride = c.k = 1;
    return c;
}

static void add_level(lp_certificate *c, lp_op op, lp_out out, lp_level level) {
    lp_case kase = plain_case(op);
    lp_verdict v = {.out = out, .level = level, .at = 0, .components = 1};
    v.cause = level == LP_LEVEL_CORRECT ? LP_CAUSE_NONE : LP_CAUSE_ERROR;
    v.worst.ulp_hi = 3;
    lp_certificate_add(c, &kase, "ties", &v, case_line, &kase);
}

static void nothing_tested(void **state) {
    (void)state;
    lp_certificate c;
    lp_certificate_init(&c);
    lp_certificate_settle(&c);
    assert_int_equal(lp_certificate_level(&c), LP_LEVEL_FAIL);
    assert_int_equal(lp_certificate_status(&c), 2);
    lp_certificate_row(&c, LP_OP_ENTROPY, LP_BINARY64, LP_OUT_LOSS); /* a row without a case */
    assert_int_equal(lp_certificate_status(&c), 2);
    c.subject_lost = true;
    assert_int_equal(lp_certificate_status(&c), 1);
    c.asked = LP_LEVEL_FAIL; /* a lost subject conforms to nothing */
    assert_int_equal(lp_certificate_status(&c), 1);
    lp_certificate_clear(&c);
}

static void statuses(void **state) {
    (void)state;
    lp_certificate c;
    lp_certificate_init(&c);
    c.asked = LP_LEVEL_ACCURATE;
    add_level(&c, LP_OP_ENTROPY, LP_OUT_LOSS, LP_LEVEL_CORRECT);
    add_level(&c, LP_OP_ENTROPY, LP_OUT_GRAD, LP_LEVEL_ACCURATE);
    lp_certificate_settle(&c);
    assert_int_equal(lp_certificate_level(&c), LP_LEVEL_ACCURATE);
    assert_int_equal(lp_certificate_status(&c), 0);
    c.complete = false;
    assert_int_equal(lp_certificate_status(&c), 4);
    c.complete = true;
    c.undecided = 1;
    assert_int_equal(lp_certificate_status(&c), 4);
    add_level(&c, LP_OP_ENTROPY, LP_OUT_GRAD, LP_LEVEL_STABLE);
    lp_certificate_settle(&c);
    assert_int_equal(lp_certificate_status(&c), 1);
    const lp_output_row *row = lp_certificate_row(&c, LP_OP_ENTROPY, LP_BINARY64, LP_OUT_GRAD);
    assert_int_equal(row->cause, LP_CAUSE_ERROR);
    assert_string_equal(row->detail, "regime ties");
    lp_certificate_clear(&c);
}

static void property_caps(void **state) {
    (void)state;
    for (int level = LP_LEVEL_FINITE; level < LP_LEVEL_COUNT; level++) {
        lp_certificate c;
        lp_certificate_init(&c);
        add_level(&c, LP_OP_KL_DIV, LP_OUT_LOSS, LP_LEVEL_CORRECT);
        add_level(&c, LP_OP_ENTROPY, LP_OUT_LOSS, LP_LEVEL_CORRECT);
        lp_property_row *p = lp_certificate_property(&c, "gibbs", LP_OP_KL_DIV, LP_BINARY64);
        p->number = 2;
        p->tried = p->broken = 1;
        for (int l = level; l < LP_LEVEL_COUNT; l++) p->broken_at[l] = 1;
        lp_certificate_settle(&c);
        const lp_output_row *row = lp_certificate_row(&c, LP_OP_KL_DIV, LP_BINARY64, LP_OUT_LOSS);
        assert_int_equal(row->level, level - 1);
        assert_int_equal(row->numeric, LP_LEVEL_CORRECT);
        assert_int_equal(row->cause, LP_CAUSE_PROPERTY);
        assert_string_equal(row->detail, "property gibbs");
        assert_int_equal(c.property[0].holds, level - 1);
        row = lp_certificate_row(&c, LP_OP_ENTROPY, LP_BINARY64, LP_OUT_LOSS);
        assert_int_equal(row->level, LP_LEVEL_CORRECT); /* another operation */
        lp_certificate_clear(&c);
    }
    lp_certificate c; /* of two at one level the first by name is the cause */
    lp_certificate_init(&c);
    add_level(&c, LP_OP_KL_DIV, LP_OUT_LOSS, LP_LEVEL_CORRECT);
    static const char *const name[] = {"gibbs", "convex", "pure"};
    for (int i = 0; i < 3; i++) {
        lp_property_row *p = lp_certificate_property(&c, name[i], LP_OP_KL_DIV, LP_BINARY64);
        p->number = i + 1;
        p->tried = p->broken = p->broken_at[LP_LEVEL_STABLE] = 1;
    }
    lp_certificate_settle(&c);
    assert_string_equal(c.row[0].detail, "property convex");
    c.property[0].outputs = c.property[1].outputs = LP_OUT_BIT(LP_OUT_GRAD); /* speak of another */
    lp_certificate_settle(&c);
    assert_string_equal(c.row[0].detail, "property pure");
    c.property[2].outputs = LP_OUT_BIT(LP_OUT_GRAD);
    lp_certificate_settle(&c);
    assert_int_equal(c.row[0].level, LP_LEVEL_CORRECT);
    /* Of the outputs that a property speaks of, it caps those by which it broke. */
    lp_property_row *gibbs = &c.property[0];
    gibbs->outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD);
    gibbs->broken_out[LP_OUT_GRAD][LP_LEVEL_STABLE] = 1;
    lp_certificate_settle(&c);
    assert_int_equal(c.row[0].level, LP_LEVEL_CORRECT);
    assert_int_equal(lp_property_cap_out(gibbs, LP_OUT_GRAD), LP_LEVEL_FINITE);
    gibbs->broken_out[LP_OUT_LOSS][LP_LEVEL_FAITHFUL] = 1;
    lp_certificate_settle(&c);
    assert_int_equal(c.row[0].level, LP_LEVEL_ACCURATE);
    lp_certificate_clear(&c);
    for (int number = 22; number <= 27; number++) {
        lp_property_row p = {.number = number, .tried = 1, .broken = 1};
        p.broken_at[LP_LEVEL_CORRECT] = 1;
        bool exact = number >= 23 && number <= 26;
        assert_int_equal(lp_property_cap(&p), exact ? LP_LEVEL_FAIL : LP_LEVEL_FAITHFUL);
    }
    lp_property_row untold = {.number = 3, .tried = 1, .broken = 1};
    assert_int_equal(lp_property_cap(&untold), LP_LEVEL_FAIL);
    lp_property_row unbroken = {.number = 23, .tried = 5, .unmet = 5};
    assert_int_equal(lp_property_cap(&unbroken), LP_LEVEL_CORRECT);
}

static void finding_caps(void **state) {
    (void)state;
    for (int i = 0; i < LP_FIND_COUNT; i++) {
        lp_finding one = (lp_finding)(1 << i);
        bool reported = one & LP_FIND_REPORTED;
        lp_certificate c;
        lp_certificate_init(&c);
        lp_case kase = plain_case(LP_OP_ENTROPY);
        lp_certificate_add_finding(&c, &kase, one, "note");
        add_level(&c, LP_OP_ENTROPY, LP_OUT_LOSS, LP_LEVEL_FAITHFUL); /* the row comes later */
        lp_certificate_settle(&c);
        const lp_output_row *row = lp_certificate_row(&c, LP_OP_ENTROPY, LP_BINARY64, LP_OUT_LOSS);
        assert_int_equal(row->level, reported ? LP_LEVEL_FAITHFUL : LP_LEVEL_FAIL);
        assert_int_equal(row->cause, reported ? LP_CAUSE_ERROR : LP_CAUSE_FINDING);
        lp_certificate_clear(&c);
    }
}

/* The same case, twice found: one row, and the note that is first stays in any order. */
static void finding_notes(void **state) {
    (void)state;
    for (int first = 0; first < 2; first++) {
        lp_certificate c;
        lp_certificate_init(&c);
        lp_case kase = plain_case(LP_OP_ENTROPY);
        lp_certificate_add_finding(&c, &kase, LP_FIND_CRASH, first ? "signal 8" : "signal 11");
        lp_certificate_add_finding(&c, &kase, LP_FIND_CRASH, first ? "signal 11" : "signal 8");
        assert_int_equal(c.findings, 1);
        assert_int_equal(c.finding[0].count, 2);
        assert_string_equal(c.finding[0].note, "signal 11");
        lp_certificate_clear(&c);
    }
}

/* Every call crashed: the operation still has its rows, and they fail. */
static void lost_operation(void **state) {
    (void)state;
    lp_certificate c;
    lp_certificate_init(&c);
    lp_case kase = plain_case(LP_OP_SOFTMAX);
    lp_certificate_add_finding(&c, &kase, LP_FIND_CRASH, "signal 11");
    lp_certificate_add_finding(&c, &kase, LP_FIND_ERRNO, "ERANGE");
    lp_certificate_settle(&c);
    assert_int_equal(c.rows, 1); /* the value; without a cotangent there is no gradient */
    assert_int_equal(c.row[0].level, LP_LEVEL_FAIL);
    assert_string_equal(c.row[0].detail, "finding crash");
    assert_int_equal(lp_certificate_status(&c), 1);
    lp_certificate_clear(&c);
}

static void names(void **state) {
    (void)state;
    for (int i = 0; i < LP_LEVEL_COUNT; i++) {
        lp_level level;
        assert_true(lp_level_by_name(&level, lp_level_name((lp_level)i)) && (int)level == i);
    }
    lp_level level;
    assert_false(lp_level_by_name(&level, "perfect"));
    assert_string_equal(lp_cause_name(LP_CAUSE_UNDECIDED), "undecided");
    assert_string_equal(lp_evidence_name(LP_PROVED), "proved");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_tested), cmocka_unit_test(statuses),
        cmocka_unit_test(property_caps),  cmocka_unit_test(finding_caps),
        cmocka_unit_test(finding_notes),  cmocka_unit_test(lost_operation),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
