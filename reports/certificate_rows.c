#include "reports/certificate_rows.h"

#include "core/certificate.h"
#include "reports/histogram_json.h"
#include "reports/read_table.h"

#include <string.h>

/* --- outputs ---------------------------------------------------------------------------------- */

static bool worst(lp_reader *r, lp_worst *w, const json_t *value, bool special) {
    static const lp_field field[] = {FIELD(lp_worst, at, "at", COUNT),
                                     FIELD(lp_worst, case_line, "case", CASE),
                                     FIELD(lp_worst, exact, "exact", TEXT),
                                     FIELD(lp_worst, got, "got", DOUBLE),
                                     FIELD(lp_worst, want, "want", DOUBLE),
                                     FIELD(lp_worst, ulp, "ulp", DOUBLE),
                                     FIELD(lp_worst, condition, "condition", DOUBLE)};
    if (json_is_null(value)) return true;
    return lp_read_fields(r, w, value, field, COUNT(field) - (special ? 2 : 0));
}

static bool worst_ulp(lp_reader *r, void *row, const json_t *value) {
    return worst(r, &((lp_output_row *)row)->worst, value, false);
}

static bool worst_special(lp_reader *r, void *row, const json_t *value) {
    return worst(r, &((lp_output_row *)row)->worst_special, value, true);
}

static bool regimes(lp_reader *r, void *object, const json_t *value) {
    static const lp_field field[] = {
        FIELD(lp_regime_row, cases, "cases", COUNT),
        FIELD(lp_regime_row, components, "components", COUNT),
        FIELD(lp_regime_row, within1, "within_1_ulp", COUNT),
        FIELD(lp_regime_row, within4, "within_4_ulp", COUNT),
        FIELD(lp_regime_row, lost, "lost", COUNT),
        FIELD(lp_regime_row, special, "wrong_special", COUNT),
        FIELD(lp_regime_row, max_ulp, "max_ulp", DOUBLE),
        FIELD(lp_regime_row, condition, "condition_at_max_ulp", DOUBLE),
        FIELD(lp_regime_row, void_bound, "bound_not_claimable", COUNT),
        FIELD(lp_regime_row, max_over_bound, "max_over_bound", DOUBLE),
        FIELD(lp_regime_row, sampled, "conditions_sampled", COUNT),
        FIELD(lp_regime_row, max_condition, "max_condition_sampled", DOUBLE)};
    const char *name;
    json_t *one;
    if (!json_is_object(value)) return lp_read_wrong(r, "is no object");
    json_object_foreach((json_t *)(uintptr_t)value, name, one) {
        size_t mark = lp_read_enter(r, name);
        if (strlen(name) >= LP_REGIME_SIZE) return lp_read_wrong(r, "is too long a name");
        if (!lp_read_fields(r, lp_output_row_regime(object, name), one, field, COUNT(field)))
            return false;
        lp_read_leave(r, mark);
    }
    return true;
}

static bool histograms(lp_reader *r, void *object, const json_t *value) {
    lp_output_row *row = object;
    if (json_is_object(value) && json_object_size(value) == 0) return true;
    return lp_read_histogram(r, lp_output_row_histogram(row), value);
}

static const lp_field output_field[] = {
    FIELD(lp_output_row, op, "op", OP),
    FIELD(lp_output_row, format, "format", FORMAT),
    FIELD(lp_output_row, out, "output", OUT),
    FIELD(lp_output_row, contract, "contract", CONTRACT),
    FIELD(lp_output_row, level, "level", LEVEL),
    FIELD(lp_output_row, numeric, "level_by_numbers", LEVEL),
    FIELD(lp_output_row, cause, "cause", CAUSE),
    FIELD(lp_output_row, numeric_cause, "cause_by_numbers", CAUSE),
    FIELD(lp_output_row, numeric_regime, "regime_by_numbers", CHARS),
    FIELD(lp_output_row, detail, "detail", CHARS),
    FIELD(lp_output_row, evidence, "evidence", EVIDENCE),
    FIELD(lp_output_row, cases, "cases", COUNT),
    FIELD(lp_output_row, components, "components", COUNT),
    FIELD(lp_output_row, correct, "correct", COUNT),
    FIELD(lp_output_row, faithful, "faithful", COUNT),
    FIELD(lp_output_row, within1, "within_1_ulp", COUNT),
    FIELD(lp_output_row, within4, "within_4_ulp", COUNT),
    FIELD(lp_output_row, lost, "lost", COUNT),
    FIELD(lp_output_row, special, "wrong_special", COUNT),
    FIELD(lp_output_row, zero_sign, "zero_sign", COUNT),
    FIELD(lp_output_row, undecided, "undecided", COUNT),
    FIELD(lp_output_row, void_bound, "bound_not_claimable", COUNT),
    FIELD(lp_output_row, max_over_bound, "max_over_bound", DOUBLE),
    INNER("worst", worst_ulp),
    INNER("worst_special", worst_special),
    INNER("regimes", regimes),
    INNER("histograms", histograms)};

/* An array that is written as an object, with a name for each place. */
#define MOST_KEYS 8
static bool keyed_array(lp_reader *r, void *array, const json_t *value, int count,
                        const char *(*key)(int i), lp_field_kind kind, size_t size) {
    _Static_assert(LP_LEVEL_COUNT <= MOST_KEYS && LP_REACH_COUNT <= MOST_KEYS, "no room");
    lp_field field[MOST_KEYS];
    for (int i = 0; i < count; i++)
        field[i] = (lp_field){.key = key(i), .kind = kind, .offset = (size_t)i * size};
    return lp_read_fields(r, array, value, field, count);
}

/* --- properties ------------------------------------------------------------------------------- */

static const char *level_key(int i) {
    return lp_level_name((lp_level)i);
}

static bool levels(lp_reader *r, int64_t broken[LP_LEVEL_COUNT], const json_t *value) {
    return keyed_array(r, broken, value, LP_LEVEL_COUNT, level_key, LP_FIELD_COUNT, sizeof *broken);
}

static bool broken_at(lp_reader *r, void *object, const json_t *value) {
    return levels(r, ((lp_property_row *)object)->broken_at, value);
}

static bool broken_by_output(lp_reader *r, void *object, const json_t *value) {
    lp_property_row *p = object;
    const char *name;
    json_t *one;
    if (!json_is_object(value)) return lp_read_wrong(r, "is no object");
    json_object_foreach((json_t *)(uintptr_t)value, name, one) {
        lp_out out;
        size_t mark = lp_read_enter(r, name);
        if (!lp_out_by_name(&out, name)) return lp_read_wrong(r, "is no output");
        if (!levels(r, p->broken_out[out], one)) return false;
        p->outputs |= LP_OUT_BIT(out);
        lp_read_leave(r, mark);
    }
    return true;
}

static const lp_field property_field[] = {FIELD(lp_property_row, op, "op", OP),
                                          FIELD(lp_property_row, format, "format", FORMAT),
                                          FIELD(lp_property_row, name, "name", CHARS),
                                          FIELD(lp_property_row, number, "number", SMALL),
                                          FIELD(lp_property_row, tried, "tried", COUNT),
                                          FIELD(lp_property_row, unmet, "unmet", COUNT),
                                          FIELD(lp_property_row, broken, "broken", COUNT),
                                          FIELD(lp_property_row, holds, "holds", LEVEL),
                                          INNER("broken_at", broken_at),
                                          INNER("broken_at_by_output", broken_by_output),
                                          DERIVED("holds_by_output")};

/* --- the other lists -------------------------------------------------------------------------- */

static const lp_field finding_field[] = {FIELD(lp_finding_row, op, "op", OP),
                                         FIELD(lp_finding_row, format, "format", FORMAT),
                                         FIELD(lp_finding_row, finding, "finding", FINDING),
                                         FIELD(lp_finding_row, count, "count", COUNT),
                                         FIELD(lp_finding_row, note, "note", CHARS),
                                         FIELD(lp_finding_row, case_line, "case", CASE),
                                         DERIVED("fails")};

static const lp_field counterexample_field[] = {
    FIELD(lp_counterexample, op, "op", OP),
    FIELD(lp_counterexample, format, "format", FORMAT),
    FIELD(lp_counterexample, id, "id", CHARS),
    FIELD(lp_counterexample, origin, "origin", CHARS),
    FIELD(lp_counterexample, level, "level", LEVEL),
    FIELD(lp_counterexample, case_line, "case", CASE),
    FIELD(lp_counterexample, original, "original", CASE),
    FIELD(lp_counterexample, message, "message", TEXT),
    FIELD(lp_counterexample, found_at, "found_at", COUNT),
    FIELD(lp_counterexample, shrinks, "shrinks", COUNT),
    OPTIONAL(lp_counterexample, out, "output", OUT),
    OPTIONAL(lp_counterexample, at, "at", COUNT),
    OPTIONAL(lp_counterexample, got, "got", DOUBLE),
    OPTIONAL(lp_counterexample, want, "want", DOUBLE),
    OPTIONAL(lp_counterexample, exact, "exact", TEXT)};

static const lp_field canary_field[] = {
    FIELD(lp_canary_row, name, "name", CHARS), FIELD(lp_canary_row, killed, "killed", BOOL),
    FIELD(lp_canary_row, by, "by", CHARS), FIELD(lp_canary_row, evaluations, "evaluations", COUNT)};

static const char *mark_key(int i) {
    return lp_reach_name((lp_reach_mark)i);
}

static bool marks(lp_reader *r, double x[LP_REACH_COUNT], const json_t *value) {
    return keyed_array(r, x, value, LP_REACH_COUNT, mark_key, LP_FIELD_DOUBLE, sizeof *x);
}

static bool holds_to(lp_reader *r, void *row, const json_t *value) {
    return marks(r, ((lp_reach_row *)row)->holds, value);
}

static bool fails_from(lp_reader *r, void *row, const json_t *value) {
    return marks(r, ((lp_reach_row *)row)->fails, value);
}

static const lp_field reach_field[] = {FIELD(lp_reach_row, op, "op", OP),
                                       FIELD(lp_reach_row, format, "format", FORMAT),
                                       FIELD(lp_reach_row, out, "output", OUT),
                                       FIELD(lp_reach_row, part, "part", PART),
                                       FIELD(lp_reach_row, way, "way", WAY),
                                       FIELD(lp_reach_row, tried_from, "tried_from", DOUBLE),
                                       FIELD(lp_reach_row, tried_to, "tried_to", DOUBLE),
                                       FIELD(lp_reach_row, probes, "probes", COUNT),
                                       INNER("holds_to", holds_to),
                                       INNER("fails_from", fails_from)};

static const lp_field recorded_field[] = {FIELD(lp_recorded_row, op, "op", OP),
                                          FIELD(lp_recorded_row, format, "format", FORMAT),
                                          FIELD(lp_recorded_row, out, "output", OUT),
                                          FIELD(lp_recorded_row, rows, "rows", COUNT),
                                          FIELD(lp_recorded_row, within1, "within_1_ulp", COUNT),
                                          FIELD(lp_recorded_row, within4, "within_4_ulp", COUNT),
                                          FIELD(lp_recorded_row, lost, "lost", COUNT),
                                          FIELD(lp_recorded_row, special, "wrong_special", COUNT),
                                          FIELD(lp_recorded_row, unanswered, "unanswered", COUNT)};

static const lp_field hint_field[] = {FIELD(lp_hint_row, op, "op", OP),
                                      FIELD(lp_hint_row, format, "format", FORMAT),
                                      FIELD(lp_hint_row, out, "output", OUT),
                                      FIELD(lp_hint_row, name, "name", CHARS),
                                      FIELD(lp_hint_row, says, "says", CHARS),
                                      FIELD(lp_hint_row, apart, "apart", COUNT),
                                      FIELD(lp_hint_row, agree, "agree", COUNT),
                                      FIELD(lp_hint_row, formula, "formula", BOOL),
                                      FIELD(lp_hint_row, advice, "advice", CHARS),
                                      FIELD(lp_hint_row, seen, "seen", COUNT),
                                      FIELD(lp_hint_row, same, "same", COUNT),
                                      FIELD(lp_hint_row, alike, "alike", COUNT),
                                      DERIVED("named")};

#define LIST(name, list, count, fields)                                                            \
    bool name(lp_reader *r, void *object, const json_t *value) {                                   \
        lp_certificate *c = object;                                                                \
        void *items = NULL;                                                                        \
        bool good =                                                                                \
            lp_read_list(r, &items, &c->count, sizeof *c->list, value, fields, COUNT(fields));     \
        c->list = items;                                                                           \
        return good;                                                                               \
    }

LIST(lp_rows_outputs, row, rows, output_field)
LIST(lp_rows_properties, property, properties, property_field)
LIST(lp_rows_findings, finding, findings, finding_field)
LIST(lp_rows_canaries, canary, canaries, canary_field)
LIST(lp_rows_reach, reach, reaches, reach_field)
LIST(lp_rows_recorded, recorded, recordeds, recorded_field)
LIST(lp_rows_hints, hint, hints, hint_field)
static LIST(counterexample_list, counterexample, counterexamples, counterexample_field)

    /* "at" is there where a component is shown, and only then the numbers are. */
    bool lp_rows_counterexamples(lp_reader *r, void *object, const json_t *value) {
    static const char *const number[] = {"output", "got", "want", "exact"};
    lp_certificate *c = object;
    if (!counterexample_list(r, object, value)) return false;
    for (int i = 0; i < c->counterexamples; i++) {
        const json_t *one = json_array_get(value, (size_t)i);
        bool at = json_object_get(one, "at") != NULL;
        size_t mark = lp_read_enter_item(r, (size_t)i);
        if (!at) c->counterexample[i].at = -1;
        for (int k = 0; k < COUNT(number); k++)
            if ((json_object_get(one, number[k]) != NULL) != at)
                return lp_read_wrong(r, "at, output, got, want and exact go together");
        lp_read_leave(r, mark);
    }
    return true;
}

bool lp_rows_not_tested(lp_reader *r, void *object, const json_t *value) {
    if (!json_is_array(value)) return lp_read_wrong(r, "is no array");
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *line = json_array_get(value, i);
        size_t mark = lp_read_enter_item(r, i);
        if (!json_is_string(line)) return lp_read_wrong(r, "is no text");
        lp_certificate_not_tested(object, "%s", json_string_value(line));
        lp_read_leave(r, mark);
    }
    return true;
}
