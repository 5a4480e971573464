/* The textbook program of policy_grad, with d_j, L, p_j of bound_softrow.c and y_j = L - d_j:
 *
 *   H     = sum_j p_j * y_j, recursive in index order, absent classes left out
 *   loss  = A * y_c - b * H        (no A: y_c; no entropy weight, or 0: no second term; the action
 *                                  at -inf, where A = 0: no first term)
 *   grad  = A * (p_j - [j = c]) + b * (p_j * (H - y_j)) */
#include "ref/policy_grad.h"
#include "ref/softmax_xent.h"
#include "ref/softrow.h"

#include <math.h>

static bool absent(const lp_scope *s, const lp_row *row, int64_t j) {
    return lp_softrow_logits(s, row)[j] == -INFINITY;
}

static void abs_advantage(mpfr_t a, const lp_row *row) {
    mpfr_abs(a, row->x[LP_POLICY_X_A], MPFR_RNDU);
}

/* Error of H, once a row; false: void. */
static bool bound_entropy(lp_scope *s, lp_row *row) {
    mpfr_t *n = s->unit.n;
    bool sound = true;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    for (int64_t j = 0; sound && j < s->c->k; j++) {
        if (absent(s, row, j)) continue;
        sound = lp_softrow_bound_p(n[4], s, row, j);
        mpfr_set(n[5], n[1], MPFR_RNDU); /* p_j from above */
        lp_bound_xent_surprise(s, row, j);
        lp_bound_mul(n[4], &s->unit, n[5], n[4], n[2], n[3]);
        mpfr_mul(n[2], n[2], n[5], MPFR_RNDU);
        mpfr_set(n[5], s->iv[0].lo, MPFR_RNDD);
        mpfr_mul(n[1], n[1], n[5], MPFR_RNDD);
        lp_bound_round(n[4], &s->unit, n[2]);
        lp_bound_sum_add(&sum, &s->unit, n[1], n[2], n[4]);
    }
    mpfr_set(row->bound.err[LP_SOFT_B_SUM], sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
    return sound;
}

/* err = error of A * (v), |v| <= size, err on entry that of v; no A: nothing. */
static void times_advantage(mpfr_t err, mpfr_t size, lp_scope *s, const lp_row *row) {
    mpfr_t *n = s->unit.n;
    if (!lp_policy_weighed(s->c)) return;
    abs_advantage(n[6], row);
    mpfr_mul(err, err, n[6], MPFR_RNDU);
    mpfr_mul(size, size, n[6], MPFR_RNDU);
    lp_bound_round(err, &s->unit, size);
}

/* ... of b * (v). */
static void times_beta(mpfr_t err, mpfr_t size, lp_scope *s) {
    double b = fabs(lp_policy_beta(s));
    mpfr_mul_d(err, err, b, MPFR_RNDU);
    mpfr_mul_d(size, size, b, MPFR_RNDU);
    lp_bound_round(err, &s->unit, size);
}

static bool bound_loss(mpfr_t err, lp_scope *s, lp_row *row, const lp_enclosure *x) {
    mpfr_t *n = s->unit.n;
    int64_t c = s->c->label[row->at];
    bool first = !absent(s, row, c), second = lp_policy_beta(s) != 0;
    mpfr_set_zero(err, 1);
    if (row->bound.is_void[LP_SOFT_B_LOG]) return false;
    if (first) {
        lp_bound_xent_surprise(s, row, c);
        mpfr_set(err, n[3], MPFR_RNDU);
        times_advantage(err, n[2], s, row);
    }
    if (!second) return true;
    if (row->bound.is_void[LP_SOFT_B_SUM]) return false;
    mpfr_add(n[2], row->iv[LP_SOFT_LOG].hi, row->iv[LP_POLICY_IV_M].hi, MPFR_RNDU);
    mpfr_set(n[3], row->bound.err[LP_SOFT_B_SUM], MPFR_RNDU);
    times_beta(n[3], n[2], s);
    mpfr_add(err, err, n[3], MPFR_RNDU);
    if (!first) return true;
    lp_enclosure_magnitude(n[1], x);
    lp_bound_round(err, &s->unit, n[1]);
    return true;
}

/* n[4] = error of b * (p_j * (H - y_j)), H - y_j = M - (z_a - z_j); false: void. */
static bool bound_pull(lp_scope *s, lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    if (row->bound.is_void[LP_SOFT_B_SUM] || !lp_softrow_bound_p(n[4], s, row, j)) return false;
    mpfr_set(n[5], n[1], MPFR_RNDU);
    lp_bound_xent_surprise(s, row, j);
    mpfr_add(n[3], n[3], row->bound.err[LP_SOFT_B_SUM], MPFR_RNDU);
    lp_softrow_bound_d(n[1], n[2], s, row, j); /* d_j <= 0 from below */
    mpfr_set(n[1], n[2], MPFR_RNDU);
    for (int i = 0; i < 4 && !mpfr_zero_p(n[1]); i++) mpfr_nextabove(n[1]);
    mpfr_add(n[1], n[1], row->iv[LP_POLICY_IV_M].hi, MPFR_RNDU);
    mpfr_add(n[2], n[2], row->iv[LP_POLICY_IV_M].lo, MPFR_RNDD);
    mpfr_abs(n[1], n[1], MPFR_RNDU);
    mpfr_abs(n[2], n[2], MPFR_RNDU);
    mpfr_max(n[2], n[2], n[1], MPFR_RNDU);
    lp_bound_round(n[3], &s->unit, n[2]);
    lp_bound_mul(n[4], &s->unit, n[5], n[4], n[2], n[3]);
    mpfr_mul(n[2], n[2], n[5], MPFR_RNDU);
    lp_bound_round(n[4], &s->unit, n[2]);
    times_beta(n[4], n[2], s);
    return true;
}

static bool bound_grad(mpfr_t err, lp_scope *s, lp_row *row, int64_t j, const lp_enclosure *x) {
    mpfr_t *n = s->unit.n;
    bool label = j == s->c->label[row->at], there = !absent(s, row, j);
    mpfr_set_zero(err, 1);
    mpfr_set_zero(n[1], 1);
    if (there && !lp_softrow_bound_p(err, s, row, j)) return false;
    if (label) { /* 1 - p_j, of an absent class -1 itself */
        if (there) mpfr_ui_sub(n[1], 1, s->iv[0].lo, MPFR_RNDU);
        if (there && lp_softrow_tops(s, row, j) && row->ties == 1)
            mpfr_set(n[1], row->iv[LP_SOFT_Q].hi, MPFR_RNDU);
        if (there) lp_bound_round(err, &s->unit, n[1]);
    }
    if (!there && !label) return true;
    if (!there) mpfr_set_ui(n[1], 1, MPFR_RNDU);
    times_advantage(err, n[1], s, row);
    if (!there || lp_policy_beta(s) == 0) return true;
    if (!bound_pull(s, row, j)) return false;
    mpfr_add(err, err, n[4], MPFR_RNDU);
    lp_enclosure_magnitude(n[1], x);
    lp_bound_round(err, &s->unit, n[1]);
    return true;
}

bool lp_bound_policy_grad(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                          const lp_enclosure *x) {
    if (!row->bound.done) {
        lp_softrow_bound(s, row, true);
        row->bound.is_void[LP_SOFT_B_SUM] =
            row->bound.is_void[LP_SOFT_B_LOG] || !bound_entropy(s, row);
        row->bound.done = true;
    }
    return out == LP_OUT_GRAD ? bound_grad(err, s, row, j, x) : bound_loss(err, s, row, x);
}
