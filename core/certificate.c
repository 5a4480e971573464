#include "core/certificate.h"

#include "core/case_text.h"
#include "core/certificate_fold.h"
#include "core/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lp_certificate_init(lp_certificate *c) {
    *c = (lp_certificate){.asked = LP_LEVEL_STABLE, .complete = true};
}

static void rows_clear(lp_certificate *c) {
    for (int i = 0; i < c->rows; i++) {
        lp_worst_clear(&c->row[i].worst);
        lp_worst_clear(&c->row[i].worst_special);
        free(c->row[i].regime);
        free(c->row[i].histogram);
    }
    for (int i = 0; i < c->findings; i++) free(c->finding[i].case_line);
    for (int i = 0; i < c->counterexamples; i++) lp_counterexample_clear(&c->counterexample[i]);
    for (int i = 0; i < c->not_tested_count; i++) free(c->not_tested[i]);
}

void lp_certificate_clear(lp_certificate *c) {
    rows_clear(c);
    void *const owned[] = {c->subject,    c->name,           c->version,  c->conventions,
                           c->digest,     c->tool_version,   c->command,  c->effort,
                           c->host,       c->created,        c->row,      c->load_note,
                           c->finding,    c->counterexample, c->canary,   c->property,
                           c->not_tested, c->reach,          c->recorded, c->hint};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    lp_certificate_init(c);
}

#define APPEND(list, count)                                                                        \
    ((list) = lp_list_grow(list, count, sizeof *(list)),                                           \
     memset(&(list)[count], 0, sizeof *(list)), &(list)[(count)++])

lp_output_row *lp_certificate_row(lp_certificate *c, lp_op op, lp_format_id f, lp_out out) {
    for (int i = 0; i < c->rows; i++)
        if (c->row[i].op == op && c->row[i].format == f && c->row[i].out == out) return &c->row[i];
    const lp_op_out *column = lp_op_output(lp_op_get(op), out);
    lp_output_row *row = APPEND(c->row, c->rows);
    row->op = op;
    row->format = f;
    row->out = out;
    row->contract = column ? column->contract : LP_MIXED;
    row->level = row->numeric = LP_LEVEL_CORRECT;
    return row;
}

lp_property_row *lp_certificate_property(lp_certificate *c, const char *name, lp_op op,
                                         lp_format_id f) {
    for (int i = 0; i < c->properties; i++) {
        lp_property_row *p = &c->property[i];
        if (p->op == op && p->format == f && !strncmp(p->name, name, sizeof p->name - 1)) return p;
    }
    lp_property_row *p = APPEND(c->property, c->properties);
    snprintf(p->name, sizeof p->name, "%s", name);
    p->op = op;
    p->format = f;
    p->holds = LP_LEVEL_CORRECT;
    return p;
}

lp_regime_row *lp_output_row_regime(lp_output_row *row, const char *name) {
    for (int i = 0; i < row->regimes; i++)
        if (!strncmp(row->regime[i].name, name, LP_REGIME_SIZE - 1)) return &row->regime[i];
    lp_regime_row *r = APPEND(row->regime, row->regimes);
    snprintf(r->name, sizeof r->name, "%s", name);
    return r;
}

lp_histogram *lp_output_row_histogram(lp_output_row *row) {
    if (!row->histogram) row->histogram = lp_memory_zeros(1, sizeof *row->histogram);
    return row->histogram;
}

lp_reach_row *lp_certificate_reach(lp_certificate *c, lp_op op, lp_format_id f, lp_out out,
                                   lp_part part, lp_way way) {
    for (int i = 0; i < c->reaches; i++) {
        lp_reach_row *r = &c->reach[i];
        if (r->op == op && r->format == f && r->out == out && r->part == part && r->way == way)
            return r;
    }
    lp_reach_row *r = APPEND(c->reach, c->reaches);
    *r = (lp_reach_row){.op = op, .format = f, .out = out, .part = part, .way = way};
    r->tried_from = INFINITY;
    for (int m = 0; m < LP_REACH_COUNT; m++) r->holds[m] = r->fails[m] = INFINITY;
    return r;
}

lp_recorded_row *lp_certificate_recorded(lp_certificate *c, lp_op op, lp_format_id f, lp_out out) {
    for (int i = 0; i < c->recordeds; i++) {
        lp_recorded_row *r = &c->recorded[i];
        if (r->op == op && r->format == f && r->out == out) return r;
    }
    lp_recorded_row *r = APPEND(c->recorded, c->recordeds);
    *r = (lp_recorded_row){.op = op, .format = f, .out = out};
    return r;
}

lp_hint_row *lp_certificate_hint(lp_certificate *c, lp_op op, lp_format_id f, lp_out out,
                                 const char *name) {
    for (int i = 0; i < c->hints; i++) {
        lp_hint_row *h = &c->hint[i];
        if (h->op == op && h->format == f && h->out == out &&
            !strncmp(h->name, name, sizeof h->name - 1))
            return h;
    }
    lp_hint_row *h = APPEND(c->hint, c->hints);
    *h = (lp_hint_row){.op = op, .format = f, .out = out};
    snprintf(h->name, sizeof h->name, "%s", name);
    return h;
}

bool lp_hint_named(const lp_hint_row *h) {
    if (h->formula)
        return h->apart >= LP_HINT_LEAST && 100 * h->agree >= 98 * h->apart &&
               100 * h->alike >= 98 * h->seen;
    return h->apart >= LP_HINT_LEAST && h->agree == h->apart;
}

/* --- folding a verdict ------------------------------------------------------------------------ */

/* The worst component by ulp, where it has an ulp figure: a number beside a number that is not 0.
 */
static bool has_ulp(const lp_verdict *v) {
    const lp_measure *m = &v->worst;
    return v->at >= 0 && v->special == 0 && m->kind == LP_KIND_NUMBER && !m->exact_zero &&
           m->ulp_hi > 0;
}

static void fold_worst(lp_output_row *row, const lp_verdict *v, char *(*line)(void *), void *ctx) {
    bool special = v->special > 0 && v->at >= 0;
    bool worse = has_ulp(v) && !(row->worst.case_line && v->worst.ulp_hi < row->worst.ulp);
    if (!line || !(special || worse)) return;
    lp_worst one = {.case_line = line(ctx),
                    .at = v->at,
                    .got = v->worst.got,
                    .want = v->worst.want,
                    .ulp = special ? 0 : v->worst.ulp_hi};
    if (special)
        lp_worst_special_fold(&row->worst_special, &one);
    else
        lp_worst_fold(&row->worst, &one);
    lp_worst_clear(&one);
}

static void fold_regime(lp_regime_row *r, const lp_verdict *v) {
    r->cases++;
    r->components += v->components;
    r->within1 += v->within1;
    r->within4 += v->within4;
    r->lost += v->lost;
    r->special += v->special;
    r->void_bound += v->void_bound;
    if (v->over_bound > r->max_over_bound) r->max_over_bound = v->over_bound;
    if (!has_ulp(v) || !(v->worst.ulp_hi > r->max_ulp)) return;
    r->max_ulp = v->worst.ulp_hi;
    r->condition = 0; /* was another value's */
}

static bool furthest(const lp_regime_row *r, const lp_verdict *v) {
    return has_ulp(v) && v->worst.ulp_hi == r->max_ulp;
}

static bool sampled(const lp_regime_row *r, const lp_verdict *v) {
    return v->at >= 0 && v->worst.kind == LP_KIND_NUMBER && r->cases % LP_CONDITION_EVERY == 1;
}

bool lp_regime_condition_due(const lp_regime_row *r, const lp_verdict *v) {
    return furthest(r, v) || sampled(r, v);
}

void lp_regime_condition_add(lp_regime_row *r, const lp_verdict *v, double condition) {
    if (furthest(r, v) && condition > r->condition) r->condition = condition;
    if (!sampled(r, v)) return;
    r->sampled++;
    if (condition > r->max_condition) r->max_condition = condition;
}

void lp_certificate_add(lp_certificate *c, const lp_case *kase, const char *regime,
                        const lp_verdict *v, char *(*line)(void *ctx), void *ctx) {
    lp_output_row *row = lp_certificate_row(c, kase->op, kase->format, v->out);
    row->cases++;
    row->components += v->components;
    row->correct += v->correct;
    row->faithful += v->faithful;
    row->within1 += v->within1;
    row->within4 += v->within4;
    row->lost += v->lost;
    row->special += v->special;
    row->zero_sign += v->zero_sign;
    row->undecided += v->undecided;
    c->undecided += v->undecided;
    row->void_bound += v->void_bound;
    if (v->over_bound > row->max_over_bound) row->max_over_bound = v->over_bound;
    lp_level_fold(row, row->cases == 1, v->level, v->cause, regime);
    fold_worst(row, v, line, ctx);
    fold_regime(lp_output_row_regime(row, regime), v);
}

/* --- findings, counterexamples, what was not tested ------------------------------------------- */

void lp_certificate_add_finding(lp_certificate *c, const lp_case *kase, lp_finding one,
                                const char *note) {
    char *line = lp_case_print(kase);
    lp_finding_row row = {
        .op = kase->op, .format = kase->format, .finding = one, .count = 1, .case_line = line};
    snprintf(row.note, sizeof row.note, "%s", note ? note : "");
    lp_finding_fold(c, &row);
    free(line);
}

static lp_counterexample *counterexample_row(lp_certificate *c, const lp_counterexample *like) {
    for (int i = 0; i < c->counterexamples; i++)
        if (!strcmp(c->counterexample[i].id, like->id) &&
            !strcmp(c->counterexample[i].origin, like->origin))
            return &c->counterexample[i];
    return NULL;
}

void lp_certificate_add_counterexample(lp_certificate *c, const lp_counterexample *one) {
    lp_counterexample *x = counterexample_row(c, one);
    if (x && x->found_at <= one->found_at) return;
    if (x)
        lp_counterexample_clear(x);
    else
        x = APPEND(c->counterexample, c->counterexamples);
    *x = *one;
    x->case_line = lp_memory_text(one->case_line);
    x->original = lp_memory_text(one->original);
    x->message = lp_memory_text(one->message);
    x->exact = lp_memory_text(one->exact);
}

void lp_certificate_not_tested(lp_certificate *c, const char *format, ...) {
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (int i = 0; i < c->not_tested_count; i++)
        if (!strcmp(c->not_tested[i], line)) return;
    *(char **)APPEND(c->not_tested, c->not_tested_count) = lp_memory_text(line);
}
