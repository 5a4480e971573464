/* The textbook programs of softmax_xent.
 *
 * and, with targets t_j, of softmax_xent_soft and kl_logits.
 *
 *   loss, no smoothing:  w_c * (L - d_c)                 (no multiplication without weights)
 *   loss, smoothing:     sum_j W_j * (L - d_j),          W_j = w_j * t_j, recursive in index order;
 *                        terms with W_j = 0 are left out
 *   targets, rule K:     t_other = e / K,        t_c = (1 - e) + t_other
 *   targets t given:     t_j, with smoothing (1 - e) * t_j + e / K; W always spread over the
 * classes kl_logits:           sum_j t_j * (log(t_j) + (L - d_j)) targets, rule K - 1: t_other = e
 * / (K - 1),  t_c = 1 - e gradient:            (p_j * SW - W_j) / T,   SW = sum_j W_j recursive;
 * without smoothing SW = w_c, and every operation with a neutral operand (SW = 1, W_j = 0, no T) is
 * absent
 *
 * with d_j, L, p_j of bound_softrow.c. */
#include "ref/softmax_xent.h"
#include "ref/softrow.h"

#include <math.h>

/* n[6] = error of (1 - e) * t_j + e / K; v is scratch. */
static void bound_soft_target(lp_scope *s, const lp_row *row, int64_t j, mpfr_t v) {
    mpfr_t *n = s->unit.n;
    double t = lp_xent_targets(s, row)[j];
    if (!lp_xent_smoothed(s->c)) return;
    mpfr_set_d(v, 1, MPFR_RNDU);
    mpfr_sub(v, v, s->con[LP_XENT_B], MPFR_RNDU);
    lp_bound_round(n[6], &s->unit, v);
    mpfr_mul_d(n[6], n[6], t, MPFR_RNDU);
    mpfr_mul_d(v, v, t, MPFR_RNDU);
    lp_bound_round(n[6], &s->unit, v);
    mpfr_div(v, s->con[LP_XENT_B], s->con[LP_XENT_Q], MPFR_RNDU);
    lp_bound_round(n[6], &s->unit, v);
    mpfr_mul_d(v, s->con[LP_XENT_A], t, MPFR_RNDU);
    mpfr_add(v, v, s->con[LP_XENT_B], MPFR_RNDU);
    mpfr_div(v, v, s->con[LP_XENT_Q], MPFR_RNDU);
    lp_bound_round(n[6], &s->unit, v);
}

/* n[6] = error of the smoothed target of a label. */
static void bound_hard_target(lp_scope *s, const lp_row *row, int64_t j, mpfr_t v) {
    mpfr_t *n = s->unit.n;
    bool rule_k = lp_case_param(s->c, LP_PARAM_SMOOTHING_RULE) == 0;
    bool label = j == s->c->label[row->at];
    if (!lp_xent_smoothed(s->c)) return;
    if (rule_k || !label) { /* e / K or e / (K - 1) */
        mpfr_div(v, s->con[LP_XENT_B], s->con[LP_XENT_Q], MPFR_RNDU);
        lp_bound_round(n[6], &s->unit, v);
    }
    if (label) { /* 1 - e */
        mpfr_set_d(v, 1, MPFR_RNDU);
        mpfr_sub(v, v, s->con[LP_XENT_B], MPFR_RNDU);
        lp_bound_round(n[6], &s->unit, v);
    }
    if (label && rule_k) { /* their sum */
        mpfr_div(v, s->con[LP_XENT_A], s->con[LP_XENT_Q], MPFR_RNDU);
        lp_bound_round(n[6], &s->unit, v);
    }
}

/* n[5] = |W_j| rounded up, n[6] = its error. */
static void bound_weight(lp_scope *s, const lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    mpfr_t *v = &s->iv[0].lo;
    double w;
    lp_xent_coefficient(s->work[1], s, row, j);
    mpfr_div(n[5], s->work[1], s->con[LP_XENT_Q], mpfr_sgn(s->work[1]) < 0 ? MPFR_RNDD : MPFR_RNDU);
    mpfr_abs(n[5], n[5], MPFR_RNDU);
    mpfr_set_zero(n[6], 1);
    if (!lp_xent_spread(s->c) || mpfr_zero_p(n[5])) return;
    mpfr_set_prec(*v, LP_BOUND_PREC);
    if (s->c->in[LP_IN_TARGETS])
        bound_soft_target(s, row, j, *v);
    else
        bound_hard_target(s, row, j, *v);
    if (!lp_xent_weight(&w, s->c, j)) return;
    mpfr_mul_d(n[6], n[6], fabs(w), MPFR_RNDU);
    lp_bound_round(n[6], &s->unit, n[5]);
}

/* y_j = L - d_j: n[1], n[2] bounds of its value, n[3] its error. */
void lp_bound_xent_surprise(lp_scope *s, const lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    lp_softrow_bound_d(n[3], n[2], s, row, j);
    mpfr_neg(n[2], n[2], MPFR_RNDU);
    mpfr_set(n[1], n[2], MPFR_RNDD);
    for (int i = 0; i < 4 && !mpfr_zero_p(n[1]); i++) mpfr_nextbelow(n[1]);
    mpfr_add(n[3], n[3], row->bound.err[LP_SOFT_B_LOG], MPFR_RNDU);
    mpfr_add(n[1], n[1], row->iv[LP_SOFT_LOG].lo, MPFR_RNDD);
    mpfr_add(n[2], n[2], row->iv[LP_SOFT_LOG].hi, MPFR_RNDU);
    lp_bound_round(n[3], &s->unit, n[2]);
}

/* W_j y_j: n[1], n[2] bounds of its value, n[4] its error. */
static void bound_term(lp_scope *s, const lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    bound_weight(s, row, j);
    bool negative = mpfr_sgn(s->work[1]) < 0;
    lp_bound_xent_surprise(s, row, j);
    lp_bound_mul(n[4], &s->unit, n[5], n[6], n[2], n[3]);
    mpfr_mul(n[2], n[2], n[5], MPFR_RNDU);
    /* |W_j| is known from above only, by 2^-63; so is the lower end. */
    mpfr_nextbelow(n[5]);
    mpfr_nextbelow(n[5]);
    mpfr_mul(n[1], n[1], n[5], MPFR_RNDD);
    if (negative) {
        mpfr_neg(n[1], n[1], MPFR_RNDU);
        mpfr_neg(n[2], n[2], MPFR_RNDD);
        mpfr_swap(n[1], n[2]);
    }
    lp_bound_round(n[4], &s->unit, negative ? n[1] : n[2]);
}

/* kl_logits: t_j * (log(t_j) + (L - d_j)), t_j > 0: n[1], n[2] bounds of its value, n[4] its error.
 */
static void bound_kl_term(lp_scope *s, const lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    double t = lp_xent_targets(s, row)[j];
    lp_bound_xent_surprise(s, row, j);
    mpfr_set_d(n[5], t, MPFR_RNDN); /* exact */
    mpfr_log(n[4], n[5], MPFR_RNDD);
    mpfr_log(n[5], n[5], MPFR_RNDU);
    lp_bound_libm(n[3], &s->unit, t < 1 ? n[4] : n[5]);
    mpfr_add(n[1], n[1], n[4], MPFR_RNDD);
    mpfr_add(n[2], n[2], n[5], MPFR_RNDU);
    lp_bound_round(n[3], &s->unit, mpfr_cmpabs(n[1], n[2]) > 0 ? n[1] : n[2]);
    mpfr_mul_d(n[4], n[3], t, MPFR_RNDU);
    mpfr_mul_d(n[1], n[1], t, MPFR_RNDD);
    mpfr_mul_d(n[2], n[2], t, MPFR_RNDU);
    lp_bound_round(n[4], &s->unit, mpfr_cmpabs(n[1], n[2]) > 0 ? n[1] : n[2]);
}

/* False: L is void and some term needs it. */
static bool bound_loss(mpfr_t err, lp_scope *s, lp_row *row) {
    mpfr_t *n = s->unit.n;
    bool all = lp_xent_spread(s->c);
    int64_t label = all ? 0 : s->c->label[row->at];
    if (lp_xent_plain(s->c)) {
        if (row->bound.is_void[LP_SOFT_B_LOG]) return false;
        lp_bound_xent_surprise(s, row, label);
        mpfr_set(err, n[3], MPFR_RNDU);
        return true;
    }
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    for (int64_t j = label; j < (all ? s->c->k : label + 1); j++) {
        lp_xent_coefficient(s->work[1], s, row, j);
        if (mpfr_zero_p(s->work[1])) continue;
        if (s->c->op == LP_OP_KL_LOGITS)
            bound_kl_term(s, row, j);
        else
            bound_term(s, row, j);
        lp_bound_sum_add(&sum, &s->unit, n[1], n[2], n[4]);
    }
    mpfr_set(err, sum.err, MPFR_RNDU);
    bool sound = sum.terms == 0 || !row->bound.is_void[LP_SOFT_B_LOG];
    lp_bound_sum_clear(&sum);
    return sound;
}

/* Error of SW, once a row. */
static void bound_total(lp_scope *s, lp_row *row) {
    mpfr_t *n = s->unit.n;
    mpfr_t *err = &row->bound.err[LP_SOFT_B_SUM];
    mpfr_set_zero(*err, 1);
    if (!lp_xent_spread(s->c)) return;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    for (int64_t j = 0; j < s->c->k; j++) {
        bound_weight(s, row, j);
        bool negative = mpfr_sgn(s->work[1]) < 0;
        mpfr_set(n[4], n[5], MPFR_RNDU);
        if (!mpfr_zero_p(n[5])) mpfr_nextbelow(n[4]), mpfr_nextbelow(n[4]);
        if (negative) mpfr_neg(n[4], n[4], MPFR_RNDD), mpfr_neg(n[5], n[5], MPFR_RNDD);
        lp_bound_sum_add(&sum, &s->unit, negative ? n[5] : n[4], negative ? n[4] : n[5], n[6]);
    }
    mpfr_set(*err, sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
}

/* err = error of p_j SW, n[1] = |p_j SW| from above; false: void. */
static bool bound_product(mpfr_t err, lp_scope *s, lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    mpfr_set_zero(err, 1);
    mpfr_set_zero(n[1], 1);
    if (lp_softrow_absent(s, row, j)) return true;
    if (!lp_softrow_bound_p(err, s, row, j)) return false; /* n[1] = p_j from above */
    if (lp_xent_plain(s->c)) return true;
    mpfr_set(n[5], row->x[LP_XENT_X_C], mpfr_sgn(row->x[LP_XENT_X_C]) < 0 ? MPFR_RNDD : MPFR_RNDU);
    mpfr_abs(n[5], n[5], MPFR_RNDU);
    mpfr_div(n[5], n[5], s->con[LP_XENT_Q], MPFR_RNDU);
    lp_bound_mul(err, &s->unit, n[1], err, n[5], row->bound.err[LP_SOFT_B_SUM]);
    mpfr_mul(n[1], n[1], n[5], MPFR_RNDU);
    lp_bound_round(err, &s->unit, n[1]);
    return true;
}

bool lp_bound_xent_weight(lp_scope *s, const lp_row *row, int64_t j) {
    bound_weight(s, row, j);
    return !mpfr_zero_p(s->work[1]);
}

static bool bound_grad(mpfr_t err, lp_scope *s, lp_row *row, int64_t j, const lp_enclosure *x) {
    mpfr_t *n = s->unit.n;
    bool tempered = lp_case_has(s->c, LP_PARAM_TEMPERATURE);
    bool more = lp_softrow_cap(s) != 0 || lp_z_loss(s->c) != 0;
    if (!bound_product(err, s, row, j)) return false;
    if (more && !lp_softrow_absent(s, row, j)) return lp_bound_xent_slope(err, s, row, j, x);
    bound_weight(s, row, j);
    if (!mpfr_zero_p(s->work[1])) {
        lp_enclosure_magnitude(n[1], x);
        if (tempered) mpfr_mul_d(n[1], n[1], lp_softrow_temperature(s), MPFR_RNDU);
        mpfr_add(err, err, n[6], MPFR_RNDU);
        lp_bound_round(err, &s->unit, n[1]);
    }
    if (!tempered) return true;
    mpfr_div_d(err, err, lp_softrow_temperature(s), MPFR_RNDU);
    lp_enclosure_magnitude(n[1], x);
    lp_bound_round(err, &s->unit, n[1]);
    return true;
}

bool lp_bound_softmax_xent(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                           const lp_enclosure *x) {
    if (!row->bound.done) {
        lp_softrow_bound(s, row, true);
        bound_total(s, row);
        row->bound.done = true;
    }
    if (out == LP_OUT_GRAD) return bound_grad(err, s, row, j, x);
    return bound_loss(err, s, row) && (lp_z_loss(s->c) == 0 || lp_bound_z_loss(err, s, row, x));
}
