/* The textbook programs of mse_softmax, with p_j of bound_softrow.c and d_j = p_j - t_j:
 *
 *   loss      0.5 * (d_0 * d_0 + d_1 * d_1 + ...), in index order
 *   gradient  p_j * (d_j - D),  D = p_0 * d_0 + p_1 * d_1 + ..., in index order
 *
 * An absent class has p = 0, exactly: its d is a term of the loss, not of D. */
#include "ref/mse_softmax.h"

#include <math.h>

static double target(const lp_scope *s, const lp_row *row, int64_t j) {
    return s->c->in[LP_IN_TARGETS][row->at * s->c->k + j];
}

/* d_j in [lo, hi] with its error, p_j's error in n[5] and p_j in s->iv[0]; false: void. */
static bool bound_d(mpfr_t err, mpfr_t lo, mpfr_t hi, lp_scope *s, lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    double t = target(s, row, j);
    mpfr_set_zero(n[5], 1);
    if (lp_softrow_absent(s, row, j)) {
        lp_iv_set_prec(&s->iv[0], row->prec);
        mpfr_set_zero(s->iv[0].lo, 1);
        mpfr_set_zero(s->iv[0].hi, 1);
    } else if (!lp_softrow_bound_p(n[5], s, row, j)) {
        return false;
    }
    mpfr_sub_d(lo, s->iv[0].lo, t, MPFR_RNDD);
    mpfr_sub_d(hi, s->iv[0].hi, t, MPFR_RNDU);
    mpfr_set(err, n[5], MPFR_RNDU);
    lp_bound_round(err, &s->unit, mpfr_cmpabs(lo, hi) > 0 ? lo : hi);
    return true;
}

/* n[2] = |[lo, hi]|. */
static void size(mpfr_t r, const mpfr_t lo, const mpfr_t hi) {
    mpfr_abs(r, mpfr_cmpabs(lo, hi) > 0 ? lo : hi, MPFR_RNDU);
}

/* Both sums over the row. */
static void bound_sums(lp_scope *s, lp_row *row) {
    mpfr_t *n = s->unit.n;
    MPFR_DECL_INIT(lo, LP_BOUND_PREC);
    MPFR_DECL_INIT(hi, LP_BOUND_PREC);
    MPFR_DECL_INIT(err, LP_BOUND_PREC);
    MPFR_DECL_INIT(zero, LP_BOUND_PREC);
    lp_bound_sum loss, mean;
    lp_bound_sum_init(&loss);
    lp_bound_sum_init(&mean);
    mpfr_set_zero(zero, 1);
    row->bound.is_void[LP_SOFT_B_SUM] = false;
    for (int64_t j = 0; j < s->c->k; j++) {
        if (!bound_d(err, lo, hi, s, row, j)) {
            row->bound.is_void[LP_SOFT_B_SUM] = true;
            break;
        }
        size(n[2], lo, hi);
        lp_bound_mul(n[3], &s->unit, n[2], err, n[2], err);
        mpfr_sqr(n[4], n[2], MPFR_RNDU);
        lp_bound_round(n[3], &s->unit, n[4]);
        lp_bound_sum_add(&loss, &s->unit, zero, n[4], n[3]); /* terms >= 0: 0 is a lower end */
        if (lp_softrow_absent(s, row, j)) continue;
        mpfr_set(n[4], s->iv[0].hi, MPFR_RNDU);
        lp_bound_mul(n[3], &s->unit, n[4], n[5], n[2], err);
        mpfr_mul(n[4], n[4], n[2], MPFR_RNDU);
        lp_bound_round(n[3], &s->unit, n[4]);
        mpfr_mul(lo, lo, mpfr_sgn(lo) < 0 ? s->iv[0].hi : s->iv[0].lo, MPFR_RNDD);
        mpfr_mul(hi, hi, mpfr_sgn(hi) < 0 ? s->iv[0].lo : s->iv[0].hi, MPFR_RNDU);
        lp_bound_sum_add(&mean, &s->unit, lo, hi, n[3]);
    }
    mpfr_set(row->bound.err[LP_SOFT_B_OWN], loss.err, MPFR_RNDU);
    mpfr_set(row->bound.err[LP_SOFT_B_SUM], mean.err, MPFR_RNDU);
    mpfr_set(row->bound.err[LP_SOFT_B_LO], mean.lo, MPFR_RNDD);
    mpfr_set(row->bound.err[LP_SOFT_B_HI], mean.hi, MPFR_RNDU);
    lp_bound_sum_clear(&loss);
    lp_bound_sum_clear(&mean);
}

static bool bound_grad(mpfr_t err, lp_scope *s, lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    MPFR_DECL_INIT(lo, LP_BOUND_PREC);
    MPFR_DECL_INIT(hi, LP_BOUND_PREC);
    MPFR_DECL_INIT(other, LP_BOUND_PREC);
    mpfr_set_zero(err, 1);
    if (lp_softrow_absent(s, row, j)) return true;
    if (!bound_d(other, lo, hi, s, row, j)) return false;
    mpfr_add(other, other, row->bound.err[LP_SOFT_B_SUM], MPFR_RNDU);
    mpfr_sub(lo, lo, row->bound.err[LP_SOFT_B_HI], MPFR_RNDD);
    mpfr_sub(hi, hi, row->bound.err[LP_SOFT_B_LO], MPFR_RNDU);
    size(n[2], lo, hi);
    lp_bound_round(other, &s->unit, n[2]);
    mpfr_set(n[4], s->iv[0].hi, MPFR_RNDU);
    lp_bound_mul(err, &s->unit, n[4], n[5], n[2], other);
    mpfr_mul(n[4], n[4], n[2], MPFR_RNDU);
    lp_bound_round(err, &s->unit, n[4]);
    return true;
}

bool lp_bound_mse_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                          const lp_enclosure *x) {
    if (!row->bound.done) {
        lp_softrow_bound(s, row, false);
        bound_sums(s, row);
        row->bound.done = true;
    }
    if (row->bound.is_void[LP_SOFT_B_SUM]) return false;
    if (out != LP_OUT_LOSS) return bound_grad(err, s, row, j);
    mpfr_div_2ui(err, row->bound.err[LP_SOFT_B_OWN], 1, MPFR_RNDU);
    lp_enclosure_magnitude(s->unit.n[2], x);
    lp_bound_round(err, &s->unit, s->unit.n[2]);
    return true;
}
