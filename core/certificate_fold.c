#include "core/certificate_fold.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

void *lp_list_grow(void *list, int count, size_t size) {
    if (count & (count - 1)) return list;
    return lp_memory_resize(list, count ? 2 * (size_t)count : 1, size);
}

void lp_worst_clear(lp_worst *w) {
    free(w->case_line);
    free(w->exact);
    *w = (lp_worst){0};
}

static void worst_copy(lp_worst *w, const lp_worst *from) {
    lp_worst copy = *from;
    copy.case_line = lp_memory_text(from->case_line);
    copy.exact = lp_memory_text(from->exact);
    lp_worst_clear(w);
    *w = copy;
}

static int by_length(const char *a, const char *b) {
    size_t la = strlen(a), lb = strlen(b);
    return la != lb ? (la < lb ? -1 : 1) : strcmp(a, b);
}

void lp_worst_fold(lp_worst *w, const lp_worst *from) {
    if (!from->case_line) return;
    int order = -1;
    if (w->case_line) {
        order = (w->ulp > from->ulp) - (w->ulp < from->ulp);
        if (!order) order = strcmp(from->case_line, w->case_line);
        if (!order) order = (from->at > w->at) - (from->at < w->at);
    }
    if (order < 0) worst_copy(w, from);
}

void lp_worst_special_fold(lp_worst *w, const lp_worst *from) {
    if (!from->case_line) return;
    int order = -1;
    if (w->case_line) {
        order = by_length(from->case_line, w->case_line);
        if (!order) order = (from->at > w->at) - (from->at < w->at);
    }
    if (order < 0) worst_copy(w, from);
}

void lp_level_fold(lp_output_row *row, bool first, lp_level level, lp_cause cause,
                   const char *regime) {
    int order = (int)level - (int)row->numeric;
    if (!order) order = (int)cause - (int)row->numeric_cause;
    if (!order) order = strncmp(regime, row->numeric_regime, LP_REGIME_SIZE - 1);
    if (!first && order >= 0) return;
    row->numeric = level;
    row->numeric_cause = cause;
    size_t length = strnlen(regime, LP_REGIME_SIZE - 1);
    memcpy(row->numeric_regime, regime, length);
    row->numeric_regime[length] = 0;
}

static lp_finding_row *finding_row(lp_certificate *c, const lp_finding_row *like) {
    for (int i = 0; i < c->findings; i++)
        if (c->finding[i].op == like->op && c->finding[i].format == like->format &&
            c->finding[i].finding == like->finding)
            return &c->finding[i];
    return NULL;
}

/* Counts add up; of the notes the one that belongs to the shortest case stays. */
void lp_finding_fold(lp_certificate *c, const lp_finding_row *from) {
    lp_finding_row *row = finding_row(c, from);
    if (!row) {
        c->finding = lp_list_grow(c->finding, c->findings, sizeof *c->finding);
        row = &c->finding[c->findings++];
        *row = *from;
        row->case_line = lp_memory_text(from->case_line);
        return;
    }
    row->count += from->count;
    int order = by_length(from->case_line, row->case_line);
    if (!order) order = strcmp(from->note, row->note);
    if (order >= 0) return;
    free(row->case_line);
    row->case_line = lp_memory_text(from->case_line);
    memcpy(row->note, from->note, sizeof row->note);
}

void lp_counterexample_clear(lp_counterexample *x) {
    free(x->case_line);
    free(x->original);
    free(x->message);
    free(x->exact);
}
