#include "ref/refine.h"

/* Written by this thread only, read by lp_ref_stats_get: the one state outside an object. */
static _Thread_local lp_ref_stats stats;

lp_ref_stats lp_ref_stats_get(void) {
    return stats;
}

lp_row *lp_refine_row(lp_exact *e, lp_out out, int64_t i, int64_t *j) {
    int64_t per_row = lp_case_out_len(e->scope.c, out) / e->scope.c->n;
    int64_t at = i / per_row;
    lp_row *row = &e->row[at % e->slots];
    *j = i % per_row;
    if (row->at != at) {
        row->at = at;
        row->prec = 0;
        row->zero = 0;
        row->cond = -1;
        row->bound.done = false;
        e->family->open(&e->scope, row);
    }
    return row;
}

lp_kind lp_refine_kind(lp_exact *e, lp_out out, int64_t i) {
    int64_t j;
    const lp_row *row = lp_refine_row(e, out, i, &j);
    return e->family->kind(&e->scope, row, out, j);
}

static void evaluate(lp_exact *e, lp_row *row, mpfr_prec_t prec) {
    row->prec = prec;
    if (prec > stats.max_precision) stats.max_precision = prec;
    e->family->evaluate(&e->scope, row);
}

bool lp_refine_ask(lp_exact *e, lp_out out, int64_t i, lp_question question, void *answer) {
    int64_t j;
    lp_row *row = lp_refine_row(e, out, i, &j);
    stats.questions++;
    if (!row->prec) evaluate(e, row, e->scope.start);
    for (;;) {
        lp_enclosure_start(&e->x, row->prec);
        e->family->enclose(&e->x, &e->scope, row, out, j);
        if (question(answer, e)) return true;
        if (row->prec >= LP_PRECISION_CAP) break;
        stats.refinements++;
        evaluate(e, row, 2 * row->prec < LP_PRECISION_CAP ? 2 * row->prec : LP_PRECISION_CAP);
    }
    stats.undecided++;
    return false;
}
