/* What the textbook programs of info_nce and linear_xent share: the rows of bound_softrow.c, their
 * losses L - d_c summed in index order over M, M rounded where the format does not hold it. */
#include "ref/softmax_xent.h"
#include "ref/stack.h"

static bool is_row(const lp_scope *s, const lp_row *row, int64_t i) {
    return lp_stack_counts(s, i) && !lp_stack_nan(row, i);
}

void lp_stack_bound_rows(lp_scope *s, lp_row *row) {
    if (row->bound.done) return;
    row->bound.done = true;
    for (int64_t i = 0; i < row->parts; i++)
        if (is_row(s, row, i)) lp_softrow_bound(&s->part[0], &row->part[i], true);
}

bool lp_stack_bound_mean(mpfr_t err, lp_scope *s, const mpfr_t mean, int64_t m) {
    MPFR_DECL_INIT(count, LP_BOUND_PREC);
    MPFR_DECL_INIT(its_error, LP_BOUND_PREC);
    if (m == 1) return true;
    mpfr_set_si(count, m, MPFR_RNDD);
    mpfr_set_zero(its_error, 1);
    if (!lp_format_holds(s->format, (double)m)) lp_bound_round(its_error, &s->unit, count);
    if (!lp_bound_div(err, &s->unit, err, mean, count, its_error)) return false;
    lp_bound_round(err, &s->unit, mean);
    return true;
}

bool lp_stack_bound_loss(mpfr_t err, lp_scope *s, lp_row *row, const lp_enclosure *x) {
    lp_scope *part = &s->part[0];
    mpfr_t *n = part->unit.n;
    lp_bound_sum sum;
    bool sound = true;
    lp_stack_bound_rows(s, row);
    lp_bound_sum_init(&sum);
    for (int64_t i = 0; i < row->parts; i++) {
        if (!is_row(s, row, i)) continue;
        sound = sound && !row->part[i].bound.is_void[LP_SOFT_B_LOG];
        lp_bound_xent_surprise(part, &row->part[i], lp_stack_label(s, i));
        lp_bound_sum_add(&sum, &s->unit, n[1], n[2], n[3]);
    }
    mpfr_set(err, sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
    MPFR_DECL_INIT(mean, LP_BOUND_PREC);
    lp_enclosure_magnitude(mean, x);
    return sound && lp_stack_bound_mean(err, s, mean, row->count);
}

/* A class at -inf has p_ij = 0, exactly. */
bool lp_stack_bound_slope(mpfr_t err, lp_iv *slope, lp_scope *s, lp_row *row, int64_t i,
                          int64_t j) {
    lp_scope *part = &s->part[0];
    mpfr_set_zero(err, 1);
    lp_iv_set_prec(slope, LP_BOUND_PREC);
    mpfr_set_zero(slope->lo, 1);
    mpfr_set_zero(slope->hi, 1);
    if (!lp_stack_absent(s, row, i, j)) {
        lp_iv_set_prec(&part->iv[0], row->part[i].prec);
        if (!lp_softrow_bound_p(err, part, &row->part[i], j)) return false;
        lp_iv_set(slope, &part->iv[0]);
    }
    if (j != lp_stack_label(s, i)) return true;
    mpfr_sub_ui(slope->lo, slope->lo, 1, MPFR_RNDD);
    mpfr_sub_ui(slope->hi, slope->hi, 1, MPFR_RNDU);
    lp_bound_round(err, &s->unit, slope->lo);
    return true;
}
