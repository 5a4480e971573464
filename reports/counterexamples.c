/* counterexamples.jsonl: one shrunk case a line, with the subject that it is one for, so that
 * `lossproof replay FILE` needs nothing else. */
#include "core/text.h"
#include "reports/atomic_write.h"
#include "reports/certificate_json.h"
#include "reports/json.h"
#include "reports/reports.h"

#include <stdlib.h>

static void add_line(lp_text *t, const lp_certificate *c, int i) {
    json_t *o = lp_json_counterexample(&c->counterexample[i]);
    lp_json_put_text(o, "subject", c->subject);
    lp_json_put_text(o, "sha256", c->digest);
    char *line = lp_json_dump(o, JSON_COMPACT);
    json_decref(o);
    lp_text_add(t, line);
    lp_text_add(t, "\n");
    free(line);
}

static void add_lines(lp_text *t, const lp_certificate *c) {
    lp_text_add(t, "");
    for (int i = 0; i < c->counterexamples; i++) add_line(t, c, i);
}

char *lp_report_counterexample_line(const lp_certificate *c, int i) {
    lp_text t = {0};
    add_line(&t, c, i);
    return lp_text_take(&t);
}

bool lp_report_counterexamples(const char *path, const lp_certificate *c, lp_error *err) {
    lp_text t = {0};
    add_lines(&t, c);
    bool written = lp_write_file(path, t.data, t.length, err);
    lp_text_clear(&t);
    return written;
}

void lp_report_counterexample_lines(FILE *stream, const lp_certificate *c) {
    lp_text t = {0};
    add_lines(&t, c);
    fwrite(t.data, 1, t.length, stream);
    lp_text_clear(&t);
}
