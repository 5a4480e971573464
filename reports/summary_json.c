/* The summary for machines: one JSON object on one line, sorted keys. */
#include "reports/certificate_json.h"
#include "reports/json.h"
#include "reports/reports.h"
#include "reports/words.h"

#include <inttypes.h>
#include <stdlib.h>

static json_t *output(const lp_output_row *row) {
    json_t *o = json_object();
    lp_json_put_text(o, "op", lp_op_get(row->op)->name);
    lp_json_put_text(o, "format", lp_format_get(row->format)->name);
    lp_json_put_text(o, "output", lp_out_name(row->out));
    lp_json_put_text(o, "level", lp_level_name(row->level));
    lp_json_put_text(o, "cause", lp_cause_name(row->cause));
    lp_json_put(o, "max_ulp", lp_json_double(row->worst.ulp));
    lp_json_put_count(o, "lost", row->lost);
    lp_json_put_count(o, "wrong_special", row->special);
    return o;
}

void lp_report_summary_json(FILE *stream, const lp_certificate *c, const char *outdir) {
    json_t *root = json_object(), *outputs = json_array();
    char seed[24];
    int status = lp_certificate_status(c);
    snprintf(seed, sizeof seed, "%" PRIu64, c->seed);
    lp_json_put_text(root, "subject", c->subject);
    lp_json_put_text(root, "sha256", c->digest);
    lp_json_put_text(root, "asked", lp_level_name(c->asked));
    lp_json_put_text(root, "level", lp_level_name(lp_certificate_level(c)));
    lp_json_put(root, "conforms", json_boolean(status == 0));
    lp_json_put_count(root, "exit_status", status);
    lp_json_put_count(root, "evaluations", c->evaluations);
    lp_json_put_count(root, "undecided", c->undecided);
    lp_json_put_count(root, "refused", c->refused);
    lp_json_put(root, "complete", json_boolean(c->complete));
    lp_json_put_text(root, "seed", seed);
    lp_json_put_count(root, "counterexamples", c->counterexamples);
    lp_json_put_count(root, "counterexamples_below_asked", lp_words_failing(c));
    lp_json_put_count(root, "findings", c->findings);
    lp_json_put_count(root, "canaries", c->canaries);
    lp_json_put_count(root, "canaries_killed", lp_words_killed(c));
    lp_json_put_count(root, "not_tested", c->not_tested_count);
    lp_json_put_text(root, "dir", outdir);
    for (int i = 0; i < c->rows; i++) lp_json_push(outputs, output(&c->row[i]));
    lp_json_put(root, "outputs", outputs);
    json_t *rows = json_array();
    for (int i = 0; i < c->recordeds; i++) lp_json_push(rows, lp_json_recorded(&c->recorded[i]));
    lp_json_put(root, "recorded", rows);
    char *line = lp_json_dump(root, JSON_COMPACT);
    fprintf(stream, "%s\n", line);
    free(line);
    json_decref(root);
}
