/* The textbook programs of info_nce, with d_j, S, L, p_j of bound_softrow.c for every row of S,
 * symmetric for every column after them, M of them:
 *
 *   loss      (row_0 + row_1 + ...) / M, row = L - d_c
 *   grad      (p_ij - [i = j]) / T / M; symmetric ((p_ij - [i = j]) + (p'_ji - [i = j])) / T / M
 *   grad_tau  (row_0 + row_1 + ...) / M / T, row = d_c - (sum_j e_j * d_j) / S over the classes
 *             below the maximum, in index order: the shift comes first, so that what S has in
 *             common costs nothing
 *
 * A division by a T that is not given, or by M = 1, is absent. */
#include "ref/info_nce.h"

static void over_temperature(mpfr_t err, lp_scope *s, const mpfr_t quotient) {
    if (!lp_case_has(s->c, LP_PARAM_TEMPERATURE)) return;
    mpfr_div_d(err, err, lp_case_param(s->c, LP_PARAM_TEMPERATURE), MPFR_RNDU);
    lp_bound_round(err, &s->unit, quotient);
}

static bool bound_grad(mpfr_t err, lp_scope *s, lp_row *row, int64_t at, const lp_enclosure *x) {
    int64_t n = s->c->n, i = at / n, j = at % n;
    bool both = lp_info_nce_symmetric(s->c), sound;
    MPFR_DECL_INIT(other, LP_BOUND_PREC);
    MPFR_DECL_INIT(size, LP_BOUND_PREC);
    lp_iv slope;
    lp_iv_init(&slope, LP_BOUND_PREC);
    sound = lp_stack_bound_slope(err, &slope, s, row, i, j);
    if (both) sound = sound && lp_stack_bound_slope(other, &slope, s, row, n + j, i);
    lp_iv_clear(&slope);
    if (!sound) return false;
    lp_enclosure_magnitude(size, x); /* / T / M */
    mpfr_mul_si(size, size, row->count, MPFR_RNDU);
    if (both) {
        mpfr_add(err, err, other, MPFR_RNDU);
        mpfr_mul_d(other, size, lp_softrow_temperature(&s->part[0]), MPFR_RNDU);
        lp_bound_round(err, &s->unit, other);
    }
    over_temperature(err, s, size);
    lp_enclosure_magnitude(size, x);
    return lp_stack_bound_mean(err, s, size, row->count);
}

/* n[1], n[2] bounds of e_j d_j, n[4] its error; false: a class at the maximum. */
static bool bound_product(lp_scope *part, const lp_row *row, int64_t j) {
    mpfr_t *n = part->unit.n;
    const double *z = lp_softrow_logits(part, row);
    if (z[j] == z[row->top]) return false;
    lp_softrow_bound_d(n[3], n[1], part, row, j);
    mpfr_set(n[2], n[1], MPFR_RNDU);
    for (int i = 0; i < 4; i++) mpfr_nextabove(n[2]);
    lp_softrow_e(&part->iv[0], part, row, j);
    mpfr_set(n[5], part->iv[0].lo, MPFR_RNDD);
    mpfr_set(n[6], part->iv[0].hi, MPFR_RNDU);
    lp_bound_mul(n[4], &part->unit, n[6], row->bound.each.at[j], n[1], n[3]);
    mpfr_mul(n[1], n[1], n[6], MPFR_RNDD);
    mpfr_mul(n[2], n[2], n[5], MPFR_RNDU);
    lp_bound_round(n[4], &part->unit, n[1]);
    return true;
}

/* n[1], n[2] bounds of d_c - (sum e_j d_j) / S, n[3] its error; false: void. */
static bool bound_tau_row(lp_scope *part, lp_row *row, int64_t label) {
    mpfr_t *n = part->unit.n;
    const lp_iv *inv = &row->iv[LP_SOFT_INV];
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    for (int64_t j = 0; j < part->c->k; j++)
        if (!lp_softrow_absent(part, row, j) && bound_product(part, row, j))
            lp_bound_sum_add(&sum, &part->unit, n[1], n[2], n[4]);
    bool some = sum.terms > 0, sound = true;
    mpfr_mul(sum.lo, sum.lo, inv->hi, MPFR_RNDD); /* sum <= 0 */
    mpfr_mul(sum.hi, sum.hi, inv->lo, MPFR_RNDU);
    if (some) {
        mpfr_set(n[4], row->iv[LP_SOFT_S].lo, MPFR_RNDD);
        sound =
            lp_bound_div(sum.err, &part->unit, sum.err, sum.lo, n[4], row->bound.err[LP_SOFT_B_S]);
        lp_bound_round(sum.err, &part->unit, sum.lo);
    }
    lp_softrow_bound_d(n[3], n[1], part, row, label);
    mpfr_set(n[2], n[1], MPFR_RNDU);
    for (int i = 0; i < 4 && !mpfr_zero_p(n[2]); i++) mpfr_nextabove(n[2]);
    mpfr_sub(n[1], n[1], sum.hi, MPFR_RNDD);
    mpfr_sub(n[2], n[2], sum.lo, MPFR_RNDU);
    mpfr_add(n[3], n[3], sum.err, MPFR_RNDU);
    if (some) lp_bound_round(n[3], &part->unit, mpfr_cmpabs(n[1], n[2]) > 0 ? n[1] : n[2]);
    lp_bound_sum_clear(&sum);
    return sound;
}

static bool bound_tau(mpfr_t err, lp_scope *s, lp_row *row, const lp_enclosure *x) {
    lp_scope *part = &s->part[0];
    mpfr_t *n = part->unit.n;
    bool sound = true;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    for (int64_t i = 0; i < row->parts && sound; i++) {
        sound = bound_tau_row(part, &row->part[i], lp_stack_label(s, i));
        lp_bound_sum_add(&sum, &s->unit, n[1], n[2], n[3]);
    }
    mpfr_set(err, sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
    MPFR_DECL_INIT(size, LP_BOUND_PREC);
    lp_enclosure_magnitude(size, x);
    mpfr_mul_d(size, size, lp_softrow_temperature(part), MPFR_RNDU);
    if (!sound || !lp_stack_bound_mean(err, s, size, row->count)) return false;
    lp_enclosure_magnitude(size, x);
    over_temperature(err, s, size);
    return true;
}

bool lp_bound_info_nce(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                       const lp_enclosure *x) {
    lp_stack_bound_rows(s, row);
    if (out == LP_OUT_LOSS) return lp_stack_bound_loss(err, s, row, x);
    return out == LP_OUT_GRAD ? bound_grad(err, s, row, j, x) : bound_tau(err, s, row, x);
}
