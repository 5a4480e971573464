/* certificate.json: everything that the certificate holds, in one object with sorted keys; the same
 * bytes for the same run, `created` aside. */
#include "reports/certificate_json.h"
#include "reports/atomic_write.h"
#include "reports/histogram_json.h"
#include "reports/json.h"
#include "reports/reports.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const lp_contract_word[LP_CONTRACT_COUNT] = {"relative", "mixed", "relative_one_hot"};

static void put_place(json_t *o, lp_op op, lp_format_id format) {
    lp_json_put_text(o, "op", lp_op_get(op)->name);
    lp_json_put_text(o, "format", lp_format_get(format)->name);
}

static json_t *worst(const lp_worst *w, bool special) {
    if (!w->case_line) return json_null();
    json_t *o = json_object();
    lp_json_put_count(o, "at", w->at);
    lp_json_put(o, "case", lp_json_case(w->case_line));
    lp_json_put_text(o, "exact", w->exact);
    lp_json_put(o, "got", lp_json_double(w->got));
    lp_json_put(o, "want", lp_json_double(w->want));
    if (special) return o;
    lp_json_put(o, "ulp", lp_json_double(w->ulp));
    lp_json_put(o, "condition", lp_json_double(w->condition));
    return o;
}

static json_t *regimes(const lp_output_row *row) {
    json_t *all = json_object();
    for (int i = 0; i < row->regimes; i++) {
        const lp_regime_row *r = &row->regime[i];
        json_t *o = json_object();
        lp_json_put_count(o, "cases", r->cases);
        lp_json_put_count(o, "components", r->components);
        lp_json_put_count(o, "within_1_ulp", r->within1);
        lp_json_put_count(o, "within_4_ulp", r->within4);
        lp_json_put_count(o, "lost", r->lost);
        lp_json_put_count(o, "wrong_special", r->special);
        lp_json_put(o, "max_ulp", lp_json_double(r->max_ulp));
        lp_json_put(o, "condition_at_max_ulp", lp_json_double(r->condition));
        lp_json_put_count(o, "bound_not_claimable", r->void_bound);
        lp_json_put(o, "max_over_bound", lp_json_double(r->max_over_bound));
        lp_json_put_count(o, "conditions_sampled", r->sampled);
        lp_json_put(o, "max_condition_sampled", lp_json_double(r->max_condition));
        lp_json_put(all, r->name, o);
    }
    return all;
}

static json_t *output(const lp_output_row *row) {
    json_t *o = json_object();
    put_place(o, row->op, row->format);
    lp_json_put_text(o, "output", lp_out_name(row->out));
    lp_json_put_text(o, "contract", lp_contract_word[row->contract]);
    lp_json_put_text(o, "level", lp_level_name(row->level));
    lp_json_put_text(o, "level_by_numbers", lp_level_name(row->numeric));
    lp_json_put_text(o, "cause", lp_cause_name(row->cause));
    lp_json_put_text(o, "cause_by_numbers", lp_cause_name(row->numeric_cause));
    lp_json_put_chars(o, "regime_by_numbers", row->numeric_regime, sizeof row->numeric_regime);
    lp_json_put_chars(o, "detail", row->detail, sizeof row->detail);
    lp_json_put_text(o, "evidence", lp_evidence_name(row->evidence));
    const struct {
        const char *key;
        int64_t n;
    } count[] = {{"cases", row->cases},
                 {"components", row->components},
                 {"correct", row->correct},
                 {"faithful", row->faithful},
                 {"within_1_ulp", row->within1},
                 {"within_4_ulp", row->within4},
                 {"lost", row->lost},
                 {"wrong_special", row->special},
                 {"zero_sign", row->zero_sign},
                 {"undecided", row->undecided},
                 {"bound_not_claimable", row->void_bound}};
    for (size_t i = 0; i < sizeof count / sizeof *count; i++)
        lp_json_put_count(o, count[i].key, count[i].n);
    lp_json_put(o, "max_over_bound", lp_json_double(row->max_over_bound));
    lp_json_put(o, "worst", worst(&row->worst, false));
    lp_json_put(o, "worst_special", worst(&row->worst_special, true));
    lp_json_put(o, "regimes", regimes(row));
    lp_json_put(o, "histograms", lp_json_histogram(row->histogram));
    return o;
}

static json_t *broken_at(const int64_t broken[LP_LEVEL_COUNT]) {
    json_t *o = json_object();
    for (int level = 0; level < LP_LEVEL_COUNT; level++)
        lp_json_put_count(o, lp_level_name((lp_level)level), broken[level]);
    return o;
}

static json_t *broken_by_output(const lp_property_row *p) {
    json_t *o = json_object();
    for (int out = 0; out < LP_OUT_COUNT; out++)
        if (p->outputs & LP_OUT_BIT(out))
            lp_json_put(o, lp_out_name((lp_out)out), broken_at(p->broken_out[out]));
    return o;
}

/* The outputs that it speaks of, each with the level at which it holds for it. */
static json_t *holds_by_output(const lp_property_row *p) {
    json_t *o = json_object();
    for (int out = 0; out < LP_OUT_COUNT; out++)
        if (p->outputs & LP_OUT_BIT(out))
            lp_json_put_text(o, lp_out_name((lp_out)out),
                             lp_level_name(lp_property_cap_out(p, (lp_out)out)));
    return o;
}

static json_t *property(const lp_property_row *p) {
    json_t *o = json_object();
    put_place(o, p->op, p->format);
    lp_json_put_chars(o, "name", p->name, sizeof p->name);
    lp_json_put_count(o, "number", p->number);
    lp_json_put_count(o, "tried", p->tried);
    lp_json_put_count(o, "unmet", p->unmet);
    lp_json_put_count(o, "broken", p->broken);
    lp_json_put(o, "broken_at", broken_at(p->broken_at));
    lp_json_put(o, "broken_at_by_output", broken_by_output(p));
    lp_json_put_text(o, "holds", lp_level_name(lp_property_cap(p)));
    lp_json_put(o, "holds_by_output", holds_by_output(p));
    return o;
}

static json_t *finding(const lp_finding_row *f) {
    json_t *o = json_object();
    put_place(o, f->op, f->format);
    lp_json_put_text(o, "finding", lp_finding_name(f->finding));
    lp_json_put(o, "fails", json_boolean(!(f->finding & LP_FIND_REPORTED)));
    lp_json_put_count(o, "count", f->count);
    lp_json_put_chars(o, "note", f->note, sizeof f->note);
    lp_json_put(o, "case", lp_json_case(f->case_line));
    return o;
}

static json_t *canary(const lp_canary_row *row) {
    json_t *o = json_object();
    lp_json_put_chars(o, "name", row->name, sizeof row->name);
    lp_json_put(o, "killed", json_boolean(row->killed));
    lp_json_put_chars(o, "by", row->by, sizeof row->by);
    lp_json_put_count(o, "evaluations", row->evaluations);
    return o;
}

static json_t *reach(const lp_reach_row *r) {
    json_t *o = json_object(), *holds = json_object(), *fails = json_object();
    put_place(o, r->op, r->format);
    lp_json_put_text(o, "output", lp_out_name(r->out));
    lp_json_put_text(o, "part", lp_part_name(r->part));
    lp_json_put_text(o, "way", lp_way_name(r->way));
    lp_json_put(o, "tried_from", lp_json_double(r->tried_from));
    lp_json_put(o, "tried_to", lp_json_double(r->tried_to));
    lp_json_put_count(o, "probes", r->probes);
    for (int m = 0; m < LP_REACH_COUNT; m++) {
        const char *name = lp_reach_name((lp_reach_mark)m);
        lp_json_put(holds, name, lp_json_double(r->holds[m]));
        lp_json_put(fails, name, lp_json_double(r->fails[m]));
    }
    lp_json_put(o, "holds_to", holds);
    lp_json_put(o, "fails_from", fails);
    return o;
}

json_t *lp_json_recorded(const lp_recorded_row *r) {
    json_t *o = json_object();
    put_place(o, r->op, r->format);
    lp_json_put_text(o, "output", lp_out_name(r->out));
    lp_json_put_count(o, "rows", r->rows);
    lp_json_put_count(o, "within_1_ulp", r->within1);
    lp_json_put_count(o, "within_4_ulp", r->within4);
    lp_json_put_count(o, "lost", r->lost);
    lp_json_put_count(o, "wrong_special", r->special);
    lp_json_put_count(o, "unanswered", r->unanswered);
    return o;
}

static json_t *hint(const lp_hint_row *h) {
    json_t *o = json_object();
    put_place(o, h->op, h->format);
    lp_json_put_text(o, "output", lp_out_name(h->out));
    lp_json_put_chars(o, "name", h->name, sizeof h->name);
    lp_json_put_chars(o, "says", h->says, sizeof h->says);
    lp_json_put_count(o, "apart", h->apart);
    lp_json_put_count(o, "agree", h->agree);
    lp_json_put(o, "formula", json_boolean(h->formula));
    lp_json_put_chars(o, "advice", h->advice, sizeof h->advice);
    lp_json_put_count(o, "seen", h->seen);
    lp_json_put_count(o, "same", h->same);
    lp_json_put_count(o, "alike", h->alike);
    lp_json_put(o, "named", json_boolean(lp_hint_named(h)));
    return o;
}

json_t *lp_json_counterexample(const lp_counterexample *x) {
    json_t *o = json_object();
    put_place(o, x->op, x->format);
    lp_json_put_chars(o, "id", x->id, sizeof x->id);
    lp_json_put_chars(o, "origin", x->origin, sizeof x->origin);
    lp_json_put_text(o, "level", lp_level_name(x->level));
    lp_json_put(o, "case", lp_json_case(x->case_line));
    lp_json_put(o, "original", lp_json_case(x->original));
    lp_json_put_text(o, "message", x->message);
    lp_json_put_count(o, "found_at", x->found_at);
    lp_json_put_count(o, "shrinks", x->shrinks);
    if (x->at < 0) return o; /* the answer as a whole: no component to show */
    lp_json_put_text(o, "output", lp_out_name(x->out));
    lp_json_put_count(o, "at", x->at);
    lp_json_put(o, "got", lp_json_double(x->got));
    lp_json_put(o, "want", lp_json_double(x->want));
    lp_json_put_text(o, "exact", x->exact);
    return o;
}

static json_t *verdict(const lp_certificate *c) {
    json_t *o = json_object();
    int status = lp_certificate_status(c);
    lp_json_put_text(o, "asked", lp_level_name(c->asked));
    lp_json_put_text(o, "level", lp_level_name(lp_certificate_level(c)));
    lp_json_put(o, "conforms", json_boolean(status == 0));
    lp_json_put_count(o, "exit_status", status);
    lp_json_put(o, "complete", json_boolean(c->complete));
    lp_json_put(o, "subject_lost", json_boolean(c->subject_lost));
    return o;
}

static json_t *subject(const lp_certificate *c) {
    json_t *o = json_object();
    lp_json_put_text(o, "given", c->subject);
    lp_json_put_text(o, "name", c->name);
    lp_json_put_text(o, "version", c->version);
    lp_json_put_text(o, "conventions", c->conventions);
    lp_json_put_text(o, "sha256", c->digest);
    lp_json_put_text(o, "load_note", c->load_note);
    return o;
}

static json_t *reference(const lp_reference_count *r) {
    json_t *o = json_object();
    lp_json_put_count(o, "questions", r->questions);
    lp_json_put_count(o, "integers", r->integers);
    lp_json_put_count(o, "rechecked", r->rechecked);
    lp_json_put_count(o, "disagreed", r->disagreed);
    return o;
}

/* The seed as text: 64 unsigned bits do not fit a JSON integer. */
static json_t *run(const lp_certificate *c) {
    char seed[24];
    json_t *o = json_object();
    snprintf(seed, sizeof seed, "%" PRIu64, c->seed);
    lp_json_put_text(o, "seed", seed);
    lp_json_put_text(o, "command", c->command);
    lp_json_put_text(o, "effort", c->effort);
    lp_json_put_text(o, "host", c->host);
    lp_json_put_text(o, "tool", c->tool_version);
    lp_json_put_count(o, "evaluations", c->evaluations);
    lp_json_put_count(o, "undecided", c->undecided);
    lp_json_put_count(o, "refused", c->refused);
    lp_json_put(o, "reference", reference(&c->reference));
    return o;
}

/* Fills `key` of the root with an array of everything in a list. */
#define PUT_LIST(root, key, list, count, make)                                                     \
    do {                                                                                           \
        json_t *array = json_array();                                                              \
        for (int i = 0; i < (count); i++) lp_json_push(array, make(&(list)[i]));                   \
        lp_json_put(root, key, array);                                                             \
    } while (0)

static json_t *line(char *const *text) {
    return lp_json_text(*text);
}

json_t *lp_json_certificate(const lp_certificate *c) {
    json_t *root = json_object();
    lp_json_put_text(root, "schema", LP_CERTIFICATE_SCHEMA);
    lp_json_put_text(root, "created", c->created);
    lp_json_put(root, "subject", subject(c));
    lp_json_put(root, "verdict", verdict(c));
    lp_json_put(root, "run", run(c));
    PUT_LIST(root, "outputs", c->row, c->rows, output);
    PUT_LIST(root, "properties", c->property, c->properties, property);
    PUT_LIST(root, "findings", c->finding, c->findings, finding);
    PUT_LIST(root, "counterexamples", c->counterexample, c->counterexamples,
             lp_json_counterexample);
    PUT_LIST(root, "canaries", c->canary, c->canaries, canary);
    PUT_LIST(root, "reach", c->reach, c->reaches, reach);
    if (c->recordeds) PUT_LIST(root, "recorded", c->recorded, c->recordeds, lp_json_recorded);
    if (c->hints > 0) PUT_LIST(root, "hints", c->hint, c->hints, hint);
    PUT_LIST(root, "not_tested", c->not_tested, c->not_tested_count, line);
    return root;
}

bool lp_report_certificate(const char *path, const lp_certificate *c, lp_error *err) {
    json_t *root = lp_json_certificate(c);
    char *text = lp_json_dump(root, JSON_INDENT(1));
    json_decref(root);
    size_t length = strlen(text);
    text[length] = '\n'; /* in place of the NUL: a text file ends with a newline */
    bool written = lp_write_file(path, text, length + 1, err);
    free(text);
    return written;
}
