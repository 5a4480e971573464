#include "props/props/recorded.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* A batch has as many rows as a training step may have, as long as its text stays readable: it is
 * the original of every counterexample found in it. */
#define BATCH_ROWS   64
#define BATCH_LOGITS 1024

static bool takes_logits(lp_op op) {
    return op == LP_OP_SOFTMAX_XENT || op == LP_OP_SOFTMAX || op == LP_OP_LOG_SOFTMAX ||
           op == LP_OP_LOGSUMEXP;
}

bool lp_recorded_fits(const lp_recorded *r, const lp_host_entry *e, const char **why) {
    *why = NULL;
    if (!takes_logits(e->op)) return false;
    if (lp_op_get(e->op)->label == LP_LABEL_CLASS && !r->label)
        *why = "recorded logits without --labels";
    else if (!r->held[e->format])
        *why = "the recorded logits are no values of the format";
    else if (!(e->reductions & LP_REDUCE_BIT(LP_REDUCE_NONE)))
        *why = "recorded logits need reduction none, which is not declared";
    return !*why;
}

static int64_t batch_rows(const lp_recorded *r) {
    int64_t rows = BATCH_LOGITS / r->k;
    return rows < 1 ? 1 : rows > BATCH_ROWS ? BATCH_ROWS : rows;
}

int64_t lp_recorded_batches(const lp_recorded *r) {
    return (r->n + batch_rows(r) - 1) / batch_rows(r);
}

void lp_recorded_case(lp_case *c, const lp_recorded *r, const lp_host_entry *e, int64_t i) {
    const int64_t from = i * batch_rows(r), left = r->n - from;
    lp_case_init(c, e->op);
    c->format = e->format;
    c->reduction = LP_REDUCE_NONE;
    c->n = left < batch_rows(r) ? left : batch_rows(r);
    c->k = c->stride = r->k;
    memcpy(lp_case_alloc(c, LP_IN_LOGITS), r->logits + from * r->k,
           (size_t)(c->n * c->k) * sizeof *r->logits);
    if (lp_op_get(e->op)->label == LP_LABEL_CLASS)
        memcpy(lp_case_alloc_label(c), r->label + from, (size_t)c->n * sizeof *r->label);
}

/* --- row by row --------------------------------------------------------------------------------
 */

enum { BEYOND_1 = 1, BEYOND_4 = 2, LOST = 4, SPECIAL = 8 };

static unsigned char *mark_of(lp_recorded_watch *w, const lp_case *c, lp_out out, int64_t at) {
    int64_t each = lp_case_out_len(c, out) / c->n; /* components of a row */
    if (!w->mark[out]) {
        w->rows = c->n;
        w->mark[out] = lp_memory_zeros((size_t)c->n, 1);
    }
    return &w->mark[out][at / each];
}

void lp_recorded_see(void *ctx, const lp_case *c, lp_out out, int64_t at, const lp_bucket *one) {
    lp_recorded_watch *w = ctx;
    unsigned char *mark = mark_of(w, c, out, at);
    if (one->special)
        *mark |= SPECIAL;
    else
        *mark |= (unsigned char)((one->within1 ? 0 : BEYOND_1) | (one->within4 ? 0 : BEYOND_4) |
                                 (one->lost ? LOST : 0));
    lp_place_see(&w->place, c, out, at, one);
}

/* The watch sees components whose exact value is a number; what NaN and infinities became is asked
 * for here. */
static void mark_specials(lp_recorded_watch *w, const lp_case *c, lp_out out, const lp_answer *a,
                          lp_exact *e) {
    for (int64_t i = 0; i < a->len[out]; i++) {
        lp_measure m;
        lp_cause cause;
        if (lp_exact_kind(e, out, i) == LP_KIND_NUMBER) continue;
        lp_exact_measure(&m, e, out, i, a->out[out][i]);
        lp_judge_component(&cause, &m, lp_case_contract(c, out), lp_case_format(c));
        unsigned char *mark = mark_of(w, c, out, i);
        if (cause == LP_CAUSE_WRONG_SPECIAL) *mark |= SPECIAL;
    }
}

static void count_rows(lp_recorded_row *row, const unsigned char *mark, int64_t rows) {
    for (int64_t i = 0; i < rows; i++) {
        row->special += (mark[i] & SPECIAL) != 0;
        row->lost += (mark[i] & LOST) != 0;
        row->within1 += !(mark[i] & (BEYOND_1 | SPECIAL));
        row->within4 += !(mark[i] & (BEYOND_4 | SPECIAL));
    }
}

void lp_recorded_count(lp_recorded_watch *w, lp_certificate *cert, const lp_case *c,
                       const lp_judgement *j, const lp_answer *a, lp_exact *e) {
    for (int i = 0; i < j->outs; i++) {
        const lp_out out = j->verdict[i].out;
        lp_recorded_row *row = lp_certificate_recorded(cert, c->op, c->format, out);
        row->rows += c->n;
        if (j->verdict[i].at < 0) { /* refused as a whole, or not delivered */
            row->unanswered += c->n;
            continue;
        }
        mark_specials(w, c, out, a, e);
        count_rows(row, w->mark[out], c->n);
    }
}

void lp_recorded_watch_clear(lp_recorded_watch *w) {
    for (int out = 0; out < LP_OUT_COUNT; out++) free(w->mark[out]);
    *w = (lp_recorded_watch){.rows = 0};
}
