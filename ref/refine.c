#include "ref/refine.h"

/* Written by this thread only, read by lp_ref_stats_get: the one state outside an object. */
static _Thread_local lp_ref_stats stats;

lp_ref_stats lp_ref_stats_get(void) {
    return stats;
}

int64_t lp_refine_row_length(const lp_exact *e, lp_out out) {
    if (lp_case_reduced(e->scope.c, out)) return 1;
    return lp_case_out_len(e->scope.c, out) / e->scope.c->n;
}

lp_row *lp_refine_open(lp_exact *e, int64_t at) {
    lp_row *row = &e->row[at % e->slots];
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

lp_row *lp_refine_row(lp_exact *e, lp_out out, int64_t i, int64_t *j) {
    int64_t per_row = lp_refine_row_length(e, out);
    *j = i % per_row;
    return lp_refine_open(e, i / per_row);
}

lp_kind lp_refine_kind(lp_exact *e, lp_out out, int64_t i) {
    return lp_batch_kind(e, out, i);
}

void lp_refine_evaluate(lp_exact *e, lp_row *row, mpfr_prec_t prec) {
    if (prec < e->scope.start) prec = e->scope.start;
    if (row->prec >= prec) return;
    row->prec = prec;
    if (prec > stats.max_precision) stats.max_precision = prec;
    e->family->evaluate(&e->scope, row);
}

bool lp_refine_ask(lp_exact *e, lp_out out, int64_t i, lp_question question, void *answer) {
    stats.questions++;
    mpfr_prec_t prec = lp_batch_enclose(e, out, i, 0);
    while (!question(answer, e)) {
        if (prec >= LP_PRECISION_CAP) {
            stats.undecided++;
            return false;
        }
        stats.refinements++;
        prec = 2 * prec < LP_PRECISION_CAP ? 2 * prec : LP_PRECISION_CAP;
        prec = lp_batch_enclose(e, out, i, prec);
    }
    return true;
}
