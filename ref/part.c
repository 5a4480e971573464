#include "ref/part.h"

#include "core/memory.h"
#include "ref/refine.h"
#include "ref/softrow.h"

#include <stdlib.h>

void lp_part_views(lp_scope *s, int n) {
    s->view = lp_memory_zeros((size_t)n, sizeof *s->view);
    s->part = lp_memory_zeros((size_t)n, sizeof *s->part);
    s->parts = n;
    for (int i = 0; i < n; i++) {
        lp_case *c = &s->view[i];
        lp_case_init(c, LP_OP_SOFTMAX_XENT);
        c->format = s->c->format;
        c->rounding = s->c->rounding;
        c->n = s->c->n;
        c->k = c->stride = s->c->k;
        s->part[i].c = c;
        s->part[i].format = s->format;
        s->part[i].within = s->within;
        s->part[i].integers = s->integers;
        lp_scope_init(&s->part[i], c);
        s->part[i].start = s->start;
        s->part[i].bits = s->bits;
    }
}

lp_row *lp_part_rows(lp_row *row, const lp_scope *s, int64_t n) {
    if (row->parts == n) return row->part;
    for (int64_t i = 0; i < row->parts; i++) lp_row_clear(&row->part[i]);
    free(row->part);
    row->part = lp_memory_zeros((size_t)n, sizeof *row->part);
    row->parts = n;
    for (int64_t i = 0; i < n; i++) lp_refine_make_row(&row->part[i], s->start);
    return row->part;
}

void lp_part_evaluate(lp_scope *s, lp_scope *of, lp_row *part, mpfr_prec_t prec) {
    if (part->prec >= prec) return;
    part->prec = prec;
    lp_softrow_evaluate(of, part, true);
    s->rechecked += of->rechecked;
    s->disagreed += of->disagreed;
    of->rechecked = of->disagreed = 0;
}
