#include "core/certificate_compare.h"

#include <stdio.h>
#include <string.h>

static const char *shown(const char *text) {
    return text ? text : "(none)";
}

bool lp_certificate_comparable(const lp_certificate *a, const lp_certificate *b, lp_error *err) {
    const char *x = shown(a->tool_version), *y = shown(b->tool_version);
    return !strcmp(x, y) || lp_error_set(err,
                                         "not comparable: %.80s was certified by %.80s, %.80s by "
                                         "%.80s",
                                         shown(a->subject), x, shown(b->subject), y);
}

static const lp_output_row *row_of(const lp_certificate *c, const lp_output_row *like) {
    for (int i = 0; i < c->rows; i++) {
        const lp_output_row *row = &c->row[i];
        if (row->op == like->op && row->format == like->format && row->out == like->out) return row;
    }
    return NULL;
}

static bool same_cases(const lp_certificate *a, const lp_certificate *b, const lp_output_row *x,
                       const lp_output_row *y) {
    return a->seed == b->seed && !strcmp(shown(a->effort), shown(b->effort)) &&
           x->components == y->components;
}

/* Why `row` (NULL: there is none) is worse than what it was; false where it is not. */
static bool worse(char why[128], const lp_certificate *baseline, const lp_certificate *c,
                  const lp_output_row *was, const lp_output_row *row) {
    if (!row || !lp_output_row_counts(row))
        return snprintf(why, 128, "not tested, was %s", lp_level_name(was->level)) > 0;
    if (row->level < was->level)
        return snprintf(why, 128, "%s, was %s", lp_level_name(row->level),
                        lp_level_name(was->level)) > 0;
    if (same_cases(baseline, c, was, row) && row->lost > was->lost)
        return snprintf(why, 128, "%lld of %lld values lost, were %lld", (long long)row->lost,
                        (long long)row->components, (long long)was->lost) > 0;
    return false;
}

int lp_certificate_worse(const lp_certificate *baseline, const lp_certificate *c,
                         void (*tell)(void *ctx, const char *line), void *ctx) {
    int count = 0;
    for (int i = 0; i < baseline->rows; i++) {
        const lp_output_row *was = &baseline->row[i];
        char why[128], line[256];
        if (!lp_output_row_counts(was) || !worse(why, baseline, c, was, row_of(c, was))) continue;
        count++;
        snprintf(line, sizeof line, "%s %s %s: %s", lp_op_get(was->op)->name,
                 lp_format_get(was->format)->name, lp_out_name(was->out), why);
        if (tell) tell(ctx, line);
    }
    return count;
}
