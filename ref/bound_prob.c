/* The textbook programs of entropy, cross_entropy, kl_div and kl_gen; sums recursive in index
 * order, terms with p_i = 0 left out (in kl_gen they are q_i), negation exact. Where p_i / q_i is
 * of the order of eta, so that nothing of it is left, log(p_i / q_i) is log(p_i) - log(q_i).
 *
 *   entropy        -sum p_i * log(p_i)          grad    -(log(p_i) + 1)
 *   cross_entropy  -sum p_i * log(q_i)          grad    -(p_i / q_i)       grad_p  -log(q_i)
 *   kl_div         sum p_i * log(p_i / q_i)     grad    -(p_i / q_i)       grad_p  log(p_i / q_i) +
 * 1
 *   kl_gen         sum (p_i * log(p_i / q_i) - p_i) + q_i
 *                                               grad    1 - p_i / q_i      grad_p  log(p_i / q_i)
 */
#include "ref/prob.h"

#include <math.h>

/* err += that of log(x), its own rounding. */
static void bound_log_of(mpfr_t err, lp_scope *s, double x) {
    mpfr_t *n = s->unit.n;
    mpfr_set_d(n[0], x, MPFR_RNDZ);
    mpfr_log(n[0], n[0], x < 1 ? MPFR_RNDD : MPFR_RNDU);
    lp_bound_libm(err, &s->unit, n[0]);
}

/* err = what the operands of the last operation of log(p / q) bring. */
static void bound_ratio(mpfr_t err, lp_scope *s, double p, double q, bool *difference) {
    mpfr_t *n = s->unit.n;
    mpfr_set_zero(err, 1);
    mpfr_set_d(n[0], p, MPFR_RNDU);
    mpfr_div_d(n[0], n[0], q, MPFR_RNDU);
    lp_bound_round(err, &s->unit, n[0]);
    mpfr_set_d(n[0], p, MPFR_RNDD);
    mpfr_div_d(n[0], n[0], q, MPFR_RNDD);
    *difference = !lp_bound_log(err, &s->unit, n[0], err);
    if (!*difference) return;
    mpfr_set_zero(err, 1);
    bound_log_of(err, s, p);
    bound_log_of(err, s, q);
}

/* err = error of the i-th logarithm, s->iv[0] its value. */
static void bound_log(mpfr_t err, lp_scope *s, const lp_row *row, int64_t i) {
    bool difference = false;
    mpfr_set_zero(err, 1);
    if (lp_prob_ratio(s->c->op))
        bound_ratio(err, s, lp_prob_p(s, row)[i], lp_prob_q(s, row)[i], &difference);
    lp_prob_log(&s->iv[0], s, row, i);
    bool negative = mpfr_sgn(s->iv[0].lo) < 0;
    if (difference)
        lp_bound_round(err, &s->unit, negative ? s->iv[0].lo : s->iv[0].hi);
    else
        lp_bound_libm(err, &s->unit, negative ? s->iv[0].lo : s->iv[0].hi);
}

/* The product in [lo, hi] with its error becomes (product - p) + q. An interval that straddles 0
 * counts by its larger end. */
static void bound_excess(mpfr_t err, mpfr_t lo, mpfr_t hi, lp_scope *s, const lp_row *row,
                         int64_t i) {
    MPFR_DECL_INIT(size, LP_BOUND_PREC);
    for (int step = 0; step < 2; step++) {
        double x = step ? lp_prob_q(s, row)[i] : -lp_prob_p(s, row)[i];
        mpfr_add_d(lo, lo, x, MPFR_RNDD);
        mpfr_add_d(hi, hi, x, MPFR_RNDU);
        mpfr_neg(size, lo, MPFR_RNDU);
        lp_bound_round(err, &s->unit, mpfr_less_p(size, hi) ? hi : size);
    }
}

/* The term of p_i = 0: q_i, no operation. */
static void bound_rest(lp_bound_sum *sum, lp_scope *s, const lp_row *row, int64_t i) {
    MPFR_DECL_INIT(q, LP_BOUND_PREC);
    MPFR_DECL_INIT(none, LP_BOUND_PREC);
    mpfr_set_d(q, lp_prob_q(s, row)[i], MPFR_RNDZ);
    mpfr_set_zero(none, 1);
    lp_bound_sum_add(sum, &s->unit, q, q, none);
}

static void bound_loss(mpfr_t err, lp_scope *s, const lp_row *row) {
    const double *p = lp_prob_p(s, row);
    mpfr_t *n = s->unit.n;
    bool general = s->c->op == LP_OP_KL_GEN;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    for (int64_t i = 0; i < s->c->k; i++) {
        if (p[i] == 0 && general) bound_rest(&sum, s, row, i);
        if (p[i] == 0) continue;
        bound_log(n[1], s, row, i);
        mpfr_mul_d(n[1], n[1], p[i], MPFR_RNDU);
        mpfr_mul_d(n[2], s->iv[0].lo, p[i], MPFR_RNDD);
        mpfr_mul_d(n[3], s->iv[0].hi, p[i], MPFR_RNDU);
        lp_bound_round(n[1], &s->unit, mpfr_sgn(n[2]) < 0 ? n[2] : n[3]);
        if (general) bound_excess(n[1], n[2], n[3], s, row, i);
        lp_bound_sum_add(&sum, &s->unit, n[2], n[3], n[1]);
    }
    mpfr_set(err, sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
}

bool lp_bound_prob(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                   const lp_enclosure *x) {
    if (out == LP_OUT_LOSS) {
        bound_loss(err, s, row);
        return true;
    }
    bool quotient = out == LP_OUT_GRAD && s->c->op != LP_OP_ENTROPY;
    bool general = s->c->op == LP_OP_KL_GEN;
    mpfr_set_zero(err, 1);
    if (!quotient) bound_log(err, s, row, j);
    /* -log(q) or log(p / q) is all */
    if (!quotient && (s->c->op == LP_OP_CROSS_ENTROPY || general)) return true;
    if (quotient && general) {
        double p = lp_prob_p(s, row)[j], q = lp_prob_q(s, row)[j];
        if (p == 0 || isinf(q)) return true; /* 1 */
        mpfr_set_d(s->unit.n[1], p, MPFR_RNDU);
        mpfr_div_d(s->unit.n[1], s->unit.n[1], q, MPFR_RNDU);
        lp_bound_round(err, &s->unit, s->unit.n[1]);
    }
    lp_enclosure_magnitude(s->unit.n[1], x);
    lp_bound_round(err, &s->unit, s->unit.n[1]); /* the quotient, or the sum with 1 */
    return true;
}
