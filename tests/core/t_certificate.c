#include "check.h"
#include "random_case.h"

#include "core/case_text.h"
#include "core/certificate.h"
#include "core/memory.h"

#include <math.h>

/* --- a stream of random events, folded whole or in shards ------------------------------------- */

static char *case_line(void *ctx) {
    return lp_case_print(ctx);
}

static lp_verdict random_verdict(lp_rng *r, lp_out out) {
    lp_verdict v = {.out = out, .level = (lp_level)lp_rng_below(r, LP_LEVEL_COUNT)};
    v.cause = v.level == LP_LEVEL_CORRECT ? LP_CAUSE_NONE : (lp_cause)(1 + lp_rng_below(r, 2));
    v.at = (int64_t)lp_rng_below(r, 3);
    v.components = 3;
    v.correct = (int64_t)lp_rng_below(r, 3);
    v.special = lp_rng_below(r, 4) == 0;
    v.lost = lp_rng_below(r, 4) == 0;
    v.undecided = lp_rng_below(r, 50) == 0;
    v.worst.ulp_hi = (double)lp_rng_below(r, 9) / 2; /* ties are common */
    v.worst.got = 1;
    v.over_bound = lp_rng_unit(r);
    v.void_bound = lp_rng_below(r, 2);
    return v;
}

/* The condition number where the verdict is its regime's worst. */
static void fold_condition(lp_certificate *c, const lp_case *kase, const char *regime,
                           const lp_verdict *v, double condition) {
    lp_output_row *row = lp_certificate_row(c, kase->op, kase->format, v->out);
    lp_regime_row *r = lp_output_row_regime(row, regime);
    if (lp_regime_condition_due(r, v)) lp_regime_condition_add(r, v, condition);
}

/* Event i is a function of i alone. */
static void fold_event(lp_certificate *c, uint64_t i) {
    static const char *const regime[] = {"confident", "ties", "offset"};
    static const char *const property[] = {"gibbs", "grad_sum", "pure"};
    lp_rng r;
    lp_case kase;
    lp_rng_init(&r, 60, 0, i);
    random_case(&kase, &r, lp_rng_below(&r, 2) ? LP_OP_SOFTMAX_XENT : LP_OP_KL_DIV);
    kase.format = lp_rng_below(&r, 2) ? LP_BINARY64 : LP_BINARY32;
    lp_verdict v = random_verdict(&r, lp_rng_below(&r, 2) ? LP_OUT_LOSS : LP_OUT_GRAD);
    const char *in = regime[lp_rng_below(&r, 3)];
    lp_certificate_add(c, &kase, in, &v, case_line, &kase);
    fold_condition(c, &kase, in, &v, (double)i);
    uint64_t which = lp_rng_below(&r, 3);
    lp_property_row *p = lp_certificate_property(c, property[which], kase.op, kase.format);
    p->number = (int)which;
    p->tried++;
    if (lp_rng_below(&r, 30) == 0) p->broken++, p->broken_at[LP_LEVEL_CORRECT]++;
    if (lp_rng_below(&r, 40) == 0)
        lp_certificate_add_finding(c, &kase, (lp_finding)(1 << lp_rng_below(&r, LP_FIND_COUNT)),
                                   lp_rng_below(&r, 2) ? "one" : "two");
    if (lp_rng_below(&r, 10) == 0) {
        lp_counterexample x = {.op = kase.op,
                               .format = kase.format,
                               .case_line = (char[]){"{}"},
                               .found_at = (int64_t)i};
        snprintf(x.id, sizeof x.id, "ce-%u", (unsigned)lp_rng_below(&r, 40));
        lp_certificate_add_counterexample(c, &x);
    }
    lp_certificate_not_tested(c, "thing %u", (unsigned)lp_rng_below(&r, 4));
    c->evaluations++;
    lp_case_clear(&kase);
}

static void same_worst(const lp_worst *a, const lp_worst *b) {
    assert_true(!a->case_line == !b->case_line);
    if (a->case_line) assert_string_equal(a->case_line, b->case_line);
    assert_true(a->at == b->at && a->ulp == b->ulp && a->got == b->got && a->want == b->want);
}

static void same_row(const lp_output_row *a, const lp_output_row *b) {
    assert_true(a->op == b->op && a->format == b->format && a->out == b->out);
    assert_true(a->level == b->level && a->numeric == b->numeric && a->cause == b->cause);
    assert_string_equal(a->detail, b->detail);
    assert_true(a->cases == b->cases && a->correct == b->correct && a->lost == b->lost);
    assert_true(a->undecided == b->undecided && a->void_bound == b->void_bound);
    assert_true(a->max_over_bound == b->max_over_bound && a->special == b->special);
    same_worst(&a->worst, &b->worst);
    same_worst(&a->worst_special, &b->worst_special);
    assert_int_equal(a->regimes, b->regimes);
    for (int i = 0; i < a->regimes; i++) {
        assert_string_equal(a->regime[i].name, b->regime[i].name);
        assert_true(a->regime[i].cases == b->regime[i].cases &&
                    a->regime[i].max_ulp == b->regime[i].max_ulp &&
                    a->regime[i].lost == b->regime[i].lost &&
                    a->regime[i].void_bound == b->regime[i].void_bound);
        assert_true(a->regime[i].max_over_bound == b->regime[i].max_over_bound &&
                    a->regime[i].condition == b->regime[i].condition);
    }
}

static void same_certificate(const lp_certificate *a, const lp_certificate *b) {
    assert_true(a->evaluations == b->evaluations && a->undecided == b->undecided);
    assert_int_equal(a->rows, b->rows);
    for (int i = 0; i < a->rows; i++) same_row(&a->row[i], &b->row[i]);
    assert_int_equal(a->properties, b->properties);
    for (int i = 0; i < a->properties; i++) {
        assert_string_equal(a->property[i].name, b->property[i].name);
        assert_true(a->property[i].tried == b->property[i].tried &&
                    a->property[i].broken == b->property[i].broken &&
                    a->property[i].holds == b->property[i].holds);
    }
    assert_int_equal(a->findings, b->findings);
    for (int i = 0; i < a->findings; i++) {
        assert_true(a->finding[i].finding == b->finding[i].finding &&
                    a->finding[i].count == b->finding[i].count);
        assert_string_equal(a->finding[i].note, b->finding[i].note);
        assert_string_equal(a->finding[i].case_line, b->finding[i].case_line);
    }
    assert_int_equal(a->counterexamples, b->counterexamples);
    for (int i = 0; i < a->counterexamples; i++) {
        assert_string_equal(a->counterexample[i].id, b->counterexample[i].id);
        assert_int_equal(a->counterexample[i].found_at, b->counterexample[i].found_at);
    }
    assert_int_equal(a->not_tested_count, b->not_tested_count);
    for (int i = 0; i < a->not_tested_count; i++)
        assert_string_equal(a->not_tested[i], b->not_tested[i]);
}

/* The same events in one go, backwards, and in shards merged in either order. */
static void any_order(void **state) {
    (void)state;
    enum { EVENTS = 1500, SHARDS = 5 };
    lp_certificate whole, backwards, shard[SHARDS], merged;
    lp_error err = {""};
    lp_certificate_init(&whole);
    lp_certificate_init(&backwards);
    for (uint64_t i = 0; i < EVENTS; i++) fold_event(&whole, i);
    for (uint64_t i = EVENTS; i-- > 0;) fold_event(&backwards, i);
    for (int s = 0; s < SHARDS; s++) {
        lp_certificate_init(&shard[s]);
        for (uint64_t i = (uint64_t)s; i < EVENTS; i += SHARDS) fold_event(&shard[s], i);
    }
    lp_certificate_settle(&whole);
    lp_certificate_settle(&backwards);
    same_certificate(&whole, &backwards);
    for (int direction = 0; direction < 2; direction++) {
        lp_certificate_init(&merged);
        for (int s = 0; s < SHARDS; s++) {
            lp_certificate *from = &shard[direction ? SHARDS - 1 - s : s];
            lp_certificate_settle(from); /* settling a shard first must not matter */
            assert_true(lp_certificate_merge(&merged, from, &err));
        }
        lp_certificate_settle(&merged);
        same_certificate(&whole, &merged);
        lp_certificate_settle(&merged);
        same_certificate(&whole, &merged);
        lp_certificate_clear(&merged);
    }
    int64_t undecided = 0;
    for (int i = 0; i < whole.rows; i++) undecided += whole.row[i].undecided;
    assert_true(undecided > 0 && whole.undecided == undecided);
    assert_int_equal(whole.not_tested_count, 4); /* each line once */
    assert_true(whole.rows == 8 && whole.findings > 8 && whole.counterexamples > 10);
    lp_certificate_clear(&whole);
    lp_certificate_clear(&backwards);
    for (int s = 0; s < SHARDS; s++) lp_certificate_clear(&shard[s]);
}

static lp_case plain_case(lp_op op) {
    lp_case c;
    lp_case_init(&c, op);
    c.stride = c.k = 1;
    return c;
}

/* --- worst cases -------------------------------------------------------------------------------
 */

static void worst_cases(void **state) {
    (void)state;
    lp_certificate c;
    lp_certificate_init(&c);
    lp_case kase = plain_case(LP_OP_ENTROPY);
    lp_verdict v = {.out = LP_OUT_LOSS, .at = -1};
    v.worst.ulp_hi = 9; /* an answer refused as a whole has no worst component */
    lp_certificate_add(&c, &kase, "r", &v, case_line, &kase);
    lp_output_row *row = &c.row[0];
    assert_null(row->worst.case_line);
    v.at = 0;
    v.worst.exact_zero = true; /* an absolute error is no ulp figure */
    lp_certificate_add(&c, &kase, "r", &v, case_line, &kase);
    v.worst.exact_zero = false;
    v.worst.ulp_hi = NAN;
    lp_certificate_add(&c, &kase, "r", &v, case_line, &kase);
    assert_null(row->worst.case_line);
    v.worst.ulp_hi = 2;
    lp_certificate_add(&c, &kase, "r", &v, case_line, &kase);
    assert_true(row->worst.ulp == 2 && !row->worst.exact);
    row->worst.exact = lp_memory_text("0.25");
    v.worst.ulp_hi = 1.5; /* not worse: the digits stay */
    lp_certificate_add(&c, &kase, "r", &v, case_line, &kase);
    assert_string_equal(row->worst.exact, "0.25");
    v.worst.ulp_hi = 2.5; /* worse: the old digits are gone with the old case */
    lp_certificate_add(&c, &kase, "r", &v, case_line, &kase);
    assert_null(row->worst.exact);
    v.special = 1;
    v.worst.got = NAN;
    v.worst.ulp_hi = 1e9;
    lp_certificate_add(&c, &kase, "r", &v, case_line, &kase);
    assert_true(row->worst.ulp == 2.5 && isnan(row->worst_special.got));
    assert_true(row->regime[0].max_ulp == 2.5 && row->regime[0].special == 1);
    assert_int_equal(row->cases, 7);
    lp_certificate_clear(&c);
}

/* Equal in size and text: the first component, in any order. */
static void worst_component(void **state) {
    (void)state;
    for (int first = 0; first < 2; first++) {
        lp_certificate c;
        lp_certificate_init(&c);
        lp_case kase = plain_case(LP_OP_ENTROPY);
        for (int i = 0; i < 4; i++) {
            lp_verdict v = {.out = LP_OUT_LOSS, .at = (i % 2) ^ first, .special = i / 2};
            v.worst.ulp_hi = 2;
            lp_certificate_add(&c, &kase, "r", &v, case_line, &kase);
        }
        assert_int_equal(c.row[0].worst.at, 0);
        assert_int_equal(c.row[0].worst_special.at, 0);
        lp_certificate_clear(&c);
    }
}

/* The condition number stands beside the largest error; of the rest every 64th case is sampled. */
static void conditions(void **state) {
    (void)state;
    lp_certificate c;
    lp_certificate_init(&c);
    lp_case kase = plain_case(LP_OP_ENTROPY);
    lp_verdict v = {.out = LP_OUT_LOSS, .at = 0, .over_bound = 0.25};
    static const struct {
        double ulp, condition;
    } one[] = {{0, 5}, {2, 100}, {3, 7}, {3, 9}, {3, 8}, {1, 1e9}, {3, NAN}};
    for (int i = 0; i < 7; i++) {
        v.worst.ulp_hi = one[i].ulp;
        lp_certificate_add(&c, &kase, "r", &v, case_line, &kase);
        lp_regime_row *r = &c.row[0].regime[0];
        /* The first is the sample's, the sixth nobody's. */
        assert_int_equal(lp_regime_condition_due(r, &v), i != 5);
        lp_regime_condition_add(r, &v, one[i].condition);
    }
    lp_regime_row *r = &c.row[0].regime[0];
    assert_true(r->max_ulp == 3 && r->condition == 9 && r->max_over_bound == 0.25);
    assert_true(r->sampled == 1 && r->max_condition == 5 && r->void_bound == 0);
    v.worst.ulp_hi = 4; /* larger, and nobody says its condition: the old one is another value's */
    v.void_bound = true;
    lp_certificate_add(&c, &kase, "r", &v, case_line, &kase);
    assert_true(c.row[0].regime[0].condition == 0 && c.row[0].regime[0].void_bound == 1);
    v.worst.ulp_hi = 0;
    int due = 0;
    for (int i = 9; i <= 3 * LP_CONDITION_EVERY; i++) {
        lp_certificate_add(&c, &kase, "r", &v, case_line, &kase);
        due += lp_regime_condition_due(&c.row[0].regime[0], &v);
    }
    assert_int_equal(due, 2);
    lp_certificate_clear(&c);
}

static void merge_whole(void **state) {
    (void)state;
    lp_error err = {""};
    for (int direction = 0; direction < 2; direction++) {
        lp_certificate shard[2], merged;
        lp_certificate_init(&merged);
        for (int i = 0; i < 2; i++) {
            lp_certificate_init(&shard[i]);
            shard[i].canary = lp_memory_zeros(1, sizeof(lp_canary_row));
            shard[i].canaries = 1;
            shard[i].canary->evaluations = 10;
            strcpy(shard[i].canary->name, "mutant");
        }
        shard[0].complete = false;
        shard[0].subject_lost = true;
        shard[0].canary->killed = true;
        strcpy(shard[0].canary->by, "gibbs");
        for (int i = 0; i < 2; i++)
            assert_true(lp_certificate_merge(&merged, &shard[i ^ direction], &err));
        assert_true(!merged.complete && merged.subject_lost && merged.canaries == 1);
        assert_true(merged.canary->killed && merged.canary->evaluations == 20);
        assert_string_equal(merged.canary->by, "gibbs");
        lp_certificate_clear(&merged);
        for (int i = 0; i < 2; i++) lp_certificate_clear(&shard[i]);
    }
}

static void merge_refused(void **state) {
    (void)state;
    lp_certificate a, b;
    lp_error err = {""};
    lp_certificate_init(&a);
    lp_certificate_init(&b);
    assert_true(lp_certificate_merge(&a, &b, &err));
#define REFUSED(word, change, restore)                                                             \
    do {                                                                                           \
        change;                                                                                    \
        assert_false(lp_certificate_merge(&a, &b, &err));                                          \
        assert_non_null(strstr(err.text, word));                                                   \
        restore;                                                                                   \
        assert_true(lp_certificate_merge(&a, &b, &err));                                           \
    } while (0)
    REFUSED("seed", b.seed = 1, b.seed = 0);
    REFUSED("level", b.asked = LP_LEVEL_FAITHFUL, b.asked = LP_LEVEL_STABLE);
    REFUSED("subject", b.subject = (char[]){"x"}, b.subject = NULL);
    REFUSED("digest", b.digest = (char[]){"x"}, b.digest = NULL);
    REFUSED("effort", b.effort = (char[]){"x"}, b.effort = NULL);
    REFUSED("tool version", b.tool_version = (char[]){"x"}, b.tool_version = NULL);
    lp_certificate_clear(&a);
    lp_certificate_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order),     cmocka_unit_test(worst_cases),
        cmocka_unit_test(merge_refused), cmocka_unit_test(worst_component),
        cmocka_unit_test(conditions),    cmocka_unit_test(merge_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
