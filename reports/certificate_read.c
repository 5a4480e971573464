/* certificate.json back as a certificate: strict, so that what is shown is what was written. */
#include "reports/certificate_json.h"
#include "reports/certificate_rows.h"
#include "reports/json.h"
#include "reports/read_table.h"
#include "reports/reports.h"

#include "core/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the whole -------------------------------------------------------------------------------- */

static bool subject(lp_reader *r, void *c, const json_t *value) {
    static const lp_field field[] = {FIELD(lp_certificate, subject, "given", TEXT),
                                     FIELD(lp_certificate, name, "name", TEXT),
                                     FIELD(lp_certificate, version, "version", TEXT),
                                     FIELD(lp_certificate, conventions, "conventions", TEXT),
                                     FIELD(lp_certificate, digest, "sha256", TEXT),
                                     FIELD(lp_certificate, load_note, "load_note", TEXT)};
    return lp_read_fields(r, c, value, field, COUNT(field));
}

static bool reference(lp_reader *r, void *c, const json_t *value) {
    static const lp_field field[] = {FIELD(lp_reference_count, questions, "questions", COUNT),
                                     FIELD(lp_reference_count, integers, "integers", COUNT),
                                     FIELD(lp_reference_count, rechecked, "rechecked", COUNT),
                                     FIELD(lp_reference_count, disagreed, "disagreed", COUNT)};
    return lp_read_fields(r, &((lp_certificate *)c)->reference, value, field, COUNT(field));
}

static bool run(lp_reader *r, void *c, const json_t *value) {
    static const lp_field field[] = {FIELD(lp_certificate, seed, "seed", SEED),
                                     FIELD(lp_certificate, command, "command", TEXT),
                                     FIELD(lp_certificate, effort, "effort", TEXT),
                                     FIELD(lp_certificate, host, "host", TEXT),
                                     FIELD(lp_certificate, tool_version, "tool", TEXT),
                                     FIELD(lp_certificate, evaluations, "evaluations", COUNT),
                                     FIELD(lp_certificate, undecided, "undecided", COUNT),
                                     FIELD(lp_certificate, refused, "refused", COUNT),
                                     INNER("reference", reference)};
    return lp_read_fields(r, c, value, field, COUNT(field));
}

static bool verdict(lp_reader *r, void *c, const json_t *value) {
    static const lp_field field[] = {FIELD(lp_certificate, asked, "asked", LEVEL),
                                     FIELD(lp_certificate, complete, "complete", BOOL),
                                     FIELD(lp_certificate, subject_lost, "subject_lost", BOOL),
                                     DERIVED("level"),
                                     DERIVED("conforms"),
                                     DERIVED("exit_status")};
    return lp_read_fields(r, c, value, field, COUNT(field));
}

static bool schema(lp_reader *r, void *c, const json_t *value) {
    (void)c;
    const char *name = json_string_value(value);
    return (name && !strcmp(name, LP_CERTIFICATE_SCHEMA)) ||
           lp_read_wrong(r, "is not " LP_CERTIFICATE_SCHEMA);
}

static const lp_field root_field[] = {INNER("schema", schema),
                                      FIELD(lp_certificate, created, "created", TEXT),
                                      INNER("subject", subject),
                                      INNER("verdict", verdict),
                                      INNER("run", run),
                                      INNER("outputs", lp_rows_outputs),
                                      INNER("properties", lp_rows_properties),
                                      INNER("findings", lp_rows_findings),
                                      INNER("counterexamples", lp_rows_counterexamples),
                                      INNER("canaries", lp_rows_canaries),
                                      INNER("reach", lp_rows_reach),
                                      OPTIONAL_INNER("recorded", lp_rows_recorded),
                                      OPTIONAL_INNER("hints", lp_rows_hints),
                                      INNER("not_tested", lp_rows_not_tested)};

/* What follows from other keys says the same as they do: a level that somebody wrote in by hand is
 * found out. `made` is what the certificate just read is written as. */
static bool same(lp_reader *r, const json_t *value, const json_t *made) {
    const char *key;
    json_t *inner;
    if (!value || json_typeof(made) != json_typeof(value))
        return lp_read_wrong(r, "contradicts the rest of the certificate");
    if (json_is_object(made) && json_object_size(made) == json_object_size(value)) {
        json_object_foreach((json_t *)(uintptr_t)made, key, inner) {
            size_t mark = lp_read_enter(r, key);
            if (!same(r, json_object_get(value, key), inner)) return false;
            lp_read_leave(r, mark);
        }
        return true;
    }
    if (json_is_array(made) && json_array_size(made) == json_array_size(value)) {
        for (size_t i = 0; i < json_array_size(made); i++) {
            size_t mark = lp_read_enter_item(r, i);
            if (!same(r, json_array_get(value, i), json_array_get(made, i))) return false;
            lp_read_leave(r, mark);
        }
        return true;
    }
    return json_equal(value, made) || lp_read_wrong(r, "contradicts the rest of the certificate");
}

/* Every case has a regime, and no value more than one number of classes. */
static bool adds_up(lp_reader *r, const lp_output_row *row) {
    int64_t cases = 0, values = 0;
    for (int i = 0; i < row->regimes; i++) cases += row->regime[i].cases;
    for (int part = 0; row->histogram && part < LP_PART_COUNT; part++)
        for (int i = 0; i < LP_BUCKETS; i++)
            values += row->histogram->bucket[LP_AXIS_CLASSES][part][i].components;
    if (cases != row->cases) return lp_read_wrong(r, "the cases of its regimes do not add up");
    return values <= row->components ||
           lp_read_wrong(r, "its histogram by classes holds more values than there are");
}

static bool consistent(lp_reader *r, lp_certificate *c, const json_t *root) {
    for (int i = 0; i < c->rows; i++) {
        lp_read_enter(r, "outputs");
        lp_read_enter_item(r, (size_t)i);
        if (!adds_up(r, &c->row[i])) return false;
        lp_read_leave(r, 0);
    }
    lp_certificate_settle(c);
    json_t *made = lp_json_certificate(c);
    bool good = same(r, root, made);
    json_decref(made);
    return good;
}

/* Before all else: a certificate of another schema lacks keys or has others. */
static bool schema_known(lp_reader *r, const json_t *root) {
    const json_t *value = json_object_get(root, "schema");
    size_t mark = lp_read_enter(r, "schema");
    bool known = !value || schema(r, NULL, value); /* none: told as a missing key */
    lp_read_leave(r, mark);
    return known;
}

bool lp_report_read(lp_certificate *c, const char *path, lp_error *err) {
    json_error_t why;
    lp_reader r = {.file = path, .err = err};
    lp_certificate_init(c);
    FILE *file = fopen(path, "r");
    if (!file) return lp_error_set(err, "%s: %s", path, strerror(errno));
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &why);
    fclose(file);
    if (!root)
        return why.line < 1 ? lp_error_set(err, "%s: %s", path, why.text)
                            : lp_error_set(err, "%s:%d: %s", path, why.line, why.text);
    bool good = schema_known(&r, root) &&
                lp_read_fields(&r, c, root, root_field, COUNT(root_field)) &&
                consistent(&r, c, root);
    json_decref(root);
    if (!good) lp_certificate_clear(c);
    return good;
}
