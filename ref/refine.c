#include "ref/refine.h"

#include <math.h>

/* Written by this thread only, read by lp_ref_stats_get: the one state outside an object. */
static _Thread_local lp_ref_stats stats;

lp_ref_stats lp_ref_stats_get(void) {
    return stats;
}

int64_t lp_refine_rows(const lp_exact *e) {
    return lp_op_whole(lp_op_get(e->scope.c->op)) ? 1 : e->scope.c->n;
}

bool lp_refine_ignored(const lp_exact *e, int64_t at) {
    return !lp_op_whole(lp_op_get(e->scope.c->op)) && lp_case_ignored(e->scope.c, at);
}

bool lp_refine_bad_label(const lp_exact *e, int64_t at) {
    return !lp_op_whole(lp_op_get(e->scope.c->op)) && lp_case_bad_label(e->scope.c, at);
}

int64_t lp_refine_row_length(const lp_exact *e, lp_out out) {
    if (e->ready) return e->length[out];
    if (lp_case_reduced(e->scope.c, out)) return 1;
    return lp_case_out_len(e->scope.c, out) / lp_refine_rows(e);
}

lp_row *lp_refine_open(lp_exact *e, int64_t at) {
    lp_refine_ready(e);
    lp_row *row = &e->row[at % e->slots];
    if (!row->made) lp_refine_make_row(row, e->scope.start);
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

/* --- the tier ---------------------------------------------------------------------------------
 */

static bool takes(lp_exact *e, lp_out out, int64_t i, int64_t *j) {
    if (!e->tier) return false;
    int64_t per_row = lp_refine_row_length(e, out);
    *j = i % per_row;
    return lp_tier_takes(e->tier, out, i / per_row, *j);
}

bool lp_refine_tier_round(double *x, bool *again, lp_exact *e, lp_out out, int64_t i,
                          const lp_format *f, lp_rounding mode) {
    lp_span span;
    int64_t j;
    if (!takes(e, out, i, &j) || !lp_tier_span(&span, e->tier, out, j)) return false;
    if (!lp_span_round(x, &span, f, mode)) return false;
    *again = lp_tier_sampled(e->tier);
    stats.questions += !*again;
    stats.tier += !*again;
    return true;
}

bool lp_refine_tier_row(double *x, lp_exact *e, lp_out out, int64_t row, int64_t len) {
    if (!e->tier) return false;
    int64_t decided =
        lp_tier_round_row(x, e->tier, out, row, len, e->scope.format, e->scope.c->rounding);
    stats.questions += (uint64_t)decided;
    stats.tier += (uint64_t)decided;
    return decided > 0;
}

void lp_refine_agree(double tier, double mpfr) {
    stats.disagreed += tier != mpfr || signbit(tier) != signbit(mpfr);
}

void lp_refine_count_filtered(int64_t decided) {
    stats.questions += (uint64_t)decided;
    stats.filter += (uint64_t)decided;
}

/* Where nothing but 0 bounds x from below, a measure of x can be had from MPFR alone. */
static bool ask_tier(lp_exact *e, const lp_span *x, lp_question question, void *answer) {
    if (x->lo == 0 && !x->zero) return false;
    lp_refine_ready(e);
    lp_span_enclose(&e->x, x);
    return question(answer, e);
}

/* MPFR's enclosure of the component and the tier's have x in common, or one of them is wrong. */
static void recheck(lp_exact *e, const lp_span *x) {
    MPFR_DECL_INIT(lo, 128);
    MPFR_DECL_INIT(hi, 128);
    stats.rechecked++;
    lp_enclosure_lower(lo, &e->x);
    lp_enclosure_upper(hi, &e->x);
    if (!lp_span_meets(x, lo, hi)) stats.disagreed++;
}

/* --- the loop ---------------------------------------------------------------------------------
 */

lp_kind lp_refine_kind(lp_exact *e, lp_out out, int64_t i) {
    int64_t j;
    if (takes(e, out, i, &j) && !lp_tier_sampled(e->tier)) return LP_KIND_NUMBER;
    lp_refine_ready(e);
    return lp_batch_kind(e, out, i);
}

void lp_refine_evaluate(lp_exact *e, lp_row *row, mpfr_prec_t prec) {
    if (prec < e->scope.start) prec = e->scope.start;
    if (row->prec >= prec) return;
    row->prec = prec;
    if (prec > stats.max_precision) stats.max_precision = prec;
    e->family->evaluate(&e->scope, row);
    stats.rechecked += e->scope.rechecked;
    stats.disagreed += e->scope.disagreed;
    e->scope.rechecked = e->scope.disagreed = 0;
}

static bool ask_mpfr(lp_exact *e, lp_out out, int64_t i, lp_question question, void *answer) {
    lp_refine_ready(e);
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

bool lp_refine_ask(lp_exact *e, lp_out out, int64_t i, lp_question question, void *answer) {
    lp_span span;
    int64_t j;
    bool taken = takes(e, out, i, &j) && lp_tier_span(&span, e->tier, out, j);
    bool sampled = taken && lp_tier_sampled(e->tier);
    stats.questions++;
    if (taken && !sampled) {
        if (ask_tier(e, &span, question, answer)) {
            stats.tier++;
            return true;
        }
        stats.tier_passed++;
    }
    bool told = ask_mpfr(e, out, i, question, answer);
    if (sampled) recheck(e, &span);
    return told;
}
