/* junit.xml, for the dashboards of continuous integration: one test case per operation, format and
 * output, one per property, one per planted fault, and what was not tested as skipped. */
#include "core/text.h"
#include "reports/atomic_write.h"
#include "reports/figure.h"
#include "reports/markup.h"
#include "reports/reports.h"

#include <stdlib.h>
#include <string.h>

typedef enum outcome { PASSED, FAILED, ERRORED, SKIPPED } outcome;

typedef struct suite {
    lp_text t;
    int tests, count[4];
} suite;

static const char *const element[] = {"", "failure", "error", "skipped"};

static void attribute(lp_text *t, const char *name, const char *value) {
    lp_text_format(t, " %s=\"", name);
    lp_markup_text(t, value);
    lp_text_add(t, "\"");
}

/* `more`, where not NULL: the element's text, which dashboards show unfolded. */
static void test_case(suite *s, const char *class, const char *name, outcome o, const char *message,
                      const char *more) {
    s->tests++;
    s->count[o]++;
    lp_text_add(&s->t, "  <testcase");
    attribute(&s->t, "classname", class);
    attribute(&s->t, "name", name);
    if (o == PASSED) {
        lp_text_add(&s->t, "/>\n");
        return;
    }
    lp_text_format(&s->t, ">\n    <%s", element[o]);
    attribute(&s->t, "message", message);
    if (o == FAILED) attribute(&s->t, "type", "lossproof");
    if (more) {
        lp_text_add(&s->t, ">");
        lp_markup_text(&s->t, more);
        lp_text_format(&s->t, "</%s>\n  </testcase>\n", element[o]);
    } else {
        lp_text_add(&s->t, "/>\n  </testcase>\n");
    }
}

/* "softmax_xent.binary64", where dashboards want a class. */
static char *place(lp_op op, lp_format_id format) {
    lp_text t = {0};
    lp_text_format(&t, "%s.%s", lp_op_get(op)->name, lp_format_get(format)->name);
    return lp_text_take(&t);
}

/* The counterexamples of a failure, each with the line that runs it again; NULL where there is
 * none. `origin` is what their origin begins with; `out` -1: of any output. */
static char *replays(const lp_certificate *c, lp_op op, lp_format_id format, int out,
                     const char *origin) {
    lp_text t = {0};
    for (int i = 0; i < c->counterexamples; i++) {
        const lp_counterexample *x = &c->counterexample[i];
        bool mine = x->op == op && x->format == format && x->level < c->asked &&
                    !strncmp(x->origin, origin, strlen(origin)) &&
                    (out < 0 || (x->at >= 0 && (int)x->out == out));
        if (!mine) continue;
        lp_text_format(&t, "%s\n  lossproof replay %s\n", x->message ? x->message : x->origin,
                       x->id);
    }
    return t.data ? lp_text_take(&t) : NULL;
}

static outcome row_outcome(const lp_certificate *c, const lp_output_row *row) {
    if (!lp_output_row_counts(row)) return SKIPPED;
    if (row->level < c->asked) return FAILED;
    return row->undecided > 0 ? ERRORED : PASSED;
}

static void add_row(suite *s, const lp_certificate *c, const lp_output_row *row) {
    char ulp[LP_FIGURE_SIZE];
    lp_text message = {0};
    char *class = place(row->op, row->format);
    lp_text_format(&message, "level %s, asked %s; %s %s; worst %s ulp; %lld undecided",
                   lp_level_name(row->level), lp_level_name(c->asked), lp_cause_name(row->cause),
                   row->detail, lp_figure_up(ulp, row->worst.ulp), (long long)row->undecided);
    char *more = replays(c, row->op, row->format, (int)row->out, "");
    test_case(s, class, lp_out_name(row->out), row_outcome(c, row), message.data, more);
    free(more);
    lp_text_clear(&message);
    free(class);
}

static void add_property(suite *s, const lp_certificate *c, const lp_property_row *p) {
    lp_text message = {0}, name = {0};
    char *class = place(p->op, p->format);
    lp_text_format(&name, "property %s", p->name);
    if (p->tried == 0)
        lp_text_format(&message, "its precondition was not met by any of %lld cases",
                       (long long)p->unmet);
    else
        lp_text_format(&message, "broken %lld times in %lld, holds at %s, asked %s",
                       (long long)p->broken, (long long)p->tried, lp_level_name(lp_property_cap(p)),
                       lp_level_name(c->asked));
    outcome o = p->tried == 0 ? SKIPPED : lp_property_cap(p) < c->asked ? FAILED : PASSED;
    char *more = o == FAILED ? replays(c, p->op, p->format, -1, p->name) : NULL;
    test_case(s, class, name.data, o, message.data, more);
    free(more);
    lp_text_clear(&message);
    lp_text_clear(&name);
    free(class);
}

static void add_finding(suite *s, const lp_certificate *c, const lp_finding_row *f) {
    lp_text message = {0}, name = {0};
    char *class = place(f->op, f->format);
    lp_text_format(&name, "finding %s", lp_finding_name(f->finding));
    lp_text_format(&message, "%lld times: %s", (long long)f->count, f->note);
    lp_text origin = {0};
    lp_text_format(&origin, "finding:%s", lp_finding_name(f->finding));
    char *more = replays(c, f->op, f->format, -1, origin.data);
    test_case(s, class, name.data, f->finding & LP_FIND_REPORTED ? PASSED : FAILED, message.data,
              more);
    free(more);
    lp_text_clear(&origin);
    lp_text_clear(&message);
    lp_text_clear(&name);
    free(class);
}

/* A planted fault that survives says that this run could have missed one in the subject. */
static void add_canary(suite *s, const lp_canary_row *row) {
    test_case(s, "lossproof.planted", row->name, row->killed ? PASSED : ERRORED,
              "a planted fault was not noticed at this run's shapes and formats", NULL);
}

static void add_all(suite *s, const lp_certificate *c) {
    for (int i = 0; i < c->rows; i++) add_row(s, c, &c->row[i]);
    for (int i = 0; i < c->properties; i++) add_property(s, c, &c->property[i]);
    for (int i = 0; i < c->findings; i++) add_finding(s, c, &c->finding[i]);
    for (int i = 0; i < c->canaries; i++) add_canary(s, &c->canary[i]);
    for (int i = 0; i < c->not_tested_count; i++)
        test_case(s, "lossproof.not_tested", c->not_tested[i], SKIPPED, "not tested", NULL);
    if (c->subject_lost)
        test_case(s, "lossproof", "subject", FAILED, "the subject was lost: no answer could be had",
                  NULL);
    if (!c->complete)
        test_case(s, "lossproof", "complete", ERRORED, "the run ended before it was complete",
                  NULL);
}

static void counts(lp_text *t, const suite *s) {
    lp_text_format(t, " tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\"", s->tests,
                   s->count[FAILED], s->count[ERRORED], s->count[SKIPPED]);
}

bool lp_report_junit(const char *path, const lp_certificate *c, lp_error *err) {
    suite s = {.tests = 0};
    lp_text t = {0};
    lp_text_add(&s.t, "");
    add_all(&s, c);
    lp_text_add(&t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lossproof\"");
    counts(&t, &s);
    lp_text_add(&t, ">\n <testsuite");
    attribute(&t, "name", c->subject);
    counts(&t, &s);
    lp_text_add(&t, ">\n");
    lp_text_bytes(&t, s.t.data, s.t.length);
    lp_text_add(&t, " </testsuite>\n</testsuites>\n");
    bool written = lp_write_file(path, t.data, t.length, err);
    lp_text_clear(&s.t);
    lp_text_clear(&t);
    return written;
}
