#include "core/certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Properties 23 to 26 of section 5 are exact: there is no level at which they may break. */
static bool exact_property(const lp_property_row *p) {
    return p->number >= 23 && p->number <= 26;
}

/* Bounds widen as levels fall, so the lowest level that broke decides. */
static lp_level cap_of(const int64_t broken_at[LP_LEVEL_COUNT], lp_level otherwise) {
    for (int level = LP_LEVEL_FINITE; level < LP_LEVEL_COUNT; level++)
        if (broken_at[level] > 0) return (lp_level)(level - 1);
    return otherwise;
}

/* Broken without a level told: the worst is assumed. */
lp_level lp_property_cap(const lp_property_row *p) {
    if (p->broken == 0) return LP_LEVEL_CORRECT;
    return exact_property(p) ? LP_LEVEL_FAIL : cap_of(p->broken_at, LP_LEVEL_FAIL);
}

lp_level lp_property_cap_out(const lp_property_row *p, lp_out out) {
    if (p->outputs == 0 || p->broken == 0) return lp_property_cap(p);
    if (!(p->outputs & LP_OUT_BIT(out))) return LP_LEVEL_CORRECT;
    if (!exact_property(p)) return cap_of(p->broken_out[out], LP_LEVEL_CORRECT);
    for (int level = 0; level < LP_LEVEL_COUNT; level++)
        if (p->broken_out[out][level] > 0) return LP_LEVEL_FAIL;
    return LP_LEVEL_CORRECT;
}

/* What caps an operation in a format besides its numbers; `name` NULL where nothing does. */
typedef struct cap {
    lp_level level;
    lp_cause cause;
    const char *name;
} cap;

static cap property_cap(const lp_certificate *c, const lp_output_row *row) {
    cap least = {LP_LEVEL_CORRECT, LP_CAUSE_PROPERTY, NULL};
    for (int i = 0; i < c->properties; i++) {
        const lp_property_row *p = &c->property[i];
        lp_level level = lp_property_cap_out(p, row->out);
        bool mine = p->op == row->op && p->format == row->format;
        if (!mine || level == LP_LEVEL_CORRECT) continue;
        bool first = level == least.level && strcmp(p->name, least.name) < 0;
        if (level < least.level || first) least = (cap){level, LP_CAUSE_PROPERTY, p->name};
    }
    return least;
}

static cap finding_cap(const lp_certificate *c, lp_op op, lp_format_id format) {
    unsigned first = 0;
    for (int i = 0; i < c->findings; i++) {
        const lp_finding_row *f = &c->finding[i];
        bool counts = f->op == op && f->format == format && !(f->finding & LP_FIND_REPORTED);
        if (counts && (!first || f->finding < first)) first = f->finding;
    }
    return (cap){first ? LP_LEVEL_FAIL : LP_LEVEL_CORRECT, LP_CAUSE_FINDING,
                 first ? lp_finding_name((lp_finding)first) : NULL};
}

static void apply(lp_output_row *row, cap by) {
    if (!by.name || by.level >= row->level) return;
    row->level = by.level;
    row->cause = by.cause;
    snprintf(row->detail, sizeof row->detail, "%s %s", lp_cause_name(by.cause), by.name);
}

static void settle_row(const lp_certificate *c, lp_output_row *row) {
    row->level = row->numeric;
    row->cause = row->numeric_cause;
    if (row->cause == LP_CAUSE_NONE)
        row->detail[0] = 0;
    else
        snprintf(row->detail, sizeof row->detail, "regime %s", row->numeric_regime);
    apply(row, property_cap(c, row));
    apply(row, finding_cap(c, row->op, row->format));
}

static bool has_row(const lp_certificate *c, lp_op op, lp_format_id format) {
    for (int i = 0; i < c->rows; i++)
        if (c->row[i].op == op && c->row[i].format == format) return true;
    return false;
}

/* An operation whose every call ended in a crash has no verdict; it must not be missing. */
static void add_lost_rows(lp_certificate *c) {
    for (int i = 0; i < c->findings; i++) {
        const lp_finding_row *f = &c->finding[i];
        const lp_op_info *info = lp_op_get(f->op);
        if ((f->finding & LP_FIND_REPORTED) || has_row(c, f->op, f->format)) continue;
        for (int o = 0; o < info->out_count; o++)
            if (!info->out[o].needs_v) lp_certificate_row(c, f->op, f->format, info->out[o].role);
    }
}

void lp_certificate_settle(lp_certificate *c) {
    add_lost_rows(c);
    for (int i = 0; i < c->properties; i++) c->property[i].holds = lp_property_cap(&c->property[i]);
    for (int i = 0; i < c->rows; i++) settle_row(c, &c->row[i]);
    lp_certificate_sort(c);
}

/* --- order ------------------------------------------------------------------------------------ */

static int compare(long long a, long long b) {
    return (a > b) - (a < b);
}

/* The first difference that is not 0. */
static int either(int first, int second) {
    return first ? first : second;
}

static int by_row(const void *a, const void *b) {
    const lp_output_row *x = a, *y = b;
    return either(compare(x->op, y->op),
                  either(compare(x->format, y->format), compare(x->out, y->out)));
}

static int by_recorded(const void *a, const void *b) {
    const lp_recorded_row *x = a, *y = b;
    return either(compare(x->op, y->op),
                  either(compare(x->format, y->format), compare(x->out, y->out)));
}

static int by_regime(const void *a, const void *b) {
    return strcmp(((const lp_regime_row *)a)->name, ((const lp_regime_row *)b)->name);
}

static int by_property(const void *a, const void *b) {
    const lp_property_row *x = a, *y = b;
    int which = either(compare(x->number, y->number), strcmp(x->name, y->name));
    return either(which, either(compare(x->op, y->op), compare(x->format, y->format)));
}

static int by_finding(const void *a, const void *b) {
    const lp_finding_row *x = a, *y = b;
    return either(compare(x->op, y->op),
                  either(compare(x->format, y->format), compare(x->finding, y->finding)));
}

static int by_counterexample(const void *a, const void *b) {
    const lp_counterexample *x = a, *y = b;
    int where = either(compare(x->op, y->op),
                       either(compare(x->format, y->format), compare(x->level, y->level)));
    return either(where, either(strcmp(x->origin, y->origin), strcmp(x->id, y->id)));
}

static int by_canary(const void *a, const void *b) {
    return strcmp(((const lp_canary_row *)a)->name, ((const lp_canary_row *)b)->name);
}

static int by_reach(const void *a, const void *b) {
    const lp_reach_row *x = a, *y = b;
    int where = either(compare(x->op, y->op),
                       either(compare(x->format, y->format), compare(x->out, y->out)));
    return either(where, either(compare(x->part, y->part), compare(x->way, y->way)));
}

static int by_hint(const void *a, const void *b) {
    const lp_hint_row *x = a, *y = b;
    int where = either(compare(x->op, y->op),
                       either(compare(x->format, y->format), compare(x->out, y->out)));
    return either(where, strcmp(x->name, y->name));
}

static int by_line(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The keys are unique in each list, so an unstable sort gives one order. */
#define SORT(list, count, order)                                                                   \
    do {                                                                                           \
        if ((count) > 1) qsort(list, (size_t)(count), sizeof *(list), order);                      \
    } while (0)

void lp_certificate_sort(lp_certificate *c) {
    SORT(c->row, c->rows, by_row);
    for (int i = 0; i < c->rows; i++) SORT(c->row[i].regime, c->row[i].regimes, by_regime);
    SORT(c->property, c->properties, by_property);
    SORT(c->finding, c->findings, by_finding);
    SORT(c->counterexample, c->counterexamples, by_counterexample);
    SORT(c->canary, c->canaries, by_canary);
    SORT(c->reach, c->reaches, by_reach);
    SORT(c->recorded, c->recordeds, by_recorded);
    SORT(c->hint, c->hints, by_hint);
    SORT(c->not_tested, c->not_tested_count, by_line);
}

/* --- what the whole says ---------------------------------------------------------------------- */

bool lp_output_row_counts(const lp_output_row *row) {
    return row->cases > 0 || row->cause == LP_CAUSE_FINDING;
}

lp_level lp_certificate_level(const lp_certificate *c) {
    lp_level least = LP_LEVEL_CORRECT;
    int counted = 0;
    for (int i = 0; i < c->rows; i++) {
        if (!lp_output_row_counts(&c->row[i])) continue;
        counted++;
        if (c->row[i].level < least) least = c->row[i].level;
    }
    return counted && !c->subject_lost ? least : LP_LEVEL_FAIL;
}

int lp_certificate_status(const lp_certificate *c) {
    bool any = c->subject_lost;
    for (int i = 0; i < c->rows; i++) any |= lp_output_row_counts(&c->row[i]);
    if (!any) return c->complete ? 2 : 4; /* cut short before the first verdict */
    if (c->subject_lost || lp_certificate_level(c) < c->asked) return 1;
    return c->undecided > 0 || c->refused > 0 || !c->complete ? 4 : 0;
}
