/* The textbook programs of entropy, cross_entropy and kl_div; sums recursive in index order, terms
 * with p_i = 0 left out, negation exact.
 *
 *   entropy        -sum p_i * log(p_i)          grad    -(log(p_i) + 1)
 *   cross_entropy  -sum p_i * log(q_i)          grad    -(p_i / q_i)       grad_p  -log(q_i)
 *   kl_div         sum p_i * log(p_i / q_i)     grad    -(p_i / q_i)       grad_p  log(p_i / q_i) +
 * 1 */
#include "ref/prob.h"

#include <math.h>

/* err = error of the i-th logarithm, s->iv[0] its value; false: void (p / q below eta). */
static bool bound_log(mpfr_t err, lp_scope *s, const lp_row *row, int64_t i) {
    double p = lp_prob_p(s, row)[i], q = lp_prob_q(s, row)[i];
    mpfr_t *n = s->unit.n;
    mpfr_set_zero(err, 1);
    if (s->c->op == LP_OP_KL_DIV) {
        mpfr_set_d(n[0], p, MPFR_RNDU);
        mpfr_div_d(n[0], n[0], q, MPFR_RNDU);
        lp_bound_round(err, &s->unit, n[0]);
        mpfr_set_d(n[0], p, MPFR_RNDD);
        mpfr_div_d(n[0], n[0], q, MPFR_RNDD);
        if (!lp_bound_log(err, &s->unit, n[0], err)) return false;
    }
    lp_prob_log(&s->iv[0], s, row, i);
    bool negative = mpfr_sgn(s->iv[0].lo) < 0;
    lp_bound_libm(err, &s->unit, negative ? s->iv[0].lo : s->iv[0].hi);
    return true;
}

static bool bound_loss(mpfr_t err, lp_scope *s, const lp_row *row) {
    const double *p = lp_prob_p(s, row);
    mpfr_t *n = s->unit.n;
    bool sound = true;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    for (int64_t i = 0; i < s->c->k && sound; i++) {
        if (p[i] == 0) continue;
        sound = bound_log(n[1], s, row, i);
        mpfr_mul_d(n[1], n[1], p[i], MPFR_RNDU);
        mpfr_mul_d(n[2], s->iv[0].lo, p[i], MPFR_RNDD);
        mpfr_mul_d(n[3], s->iv[0].hi, p[i], MPFR_RNDU);
        lp_bound_round(n[1], &s->unit, mpfr_sgn(n[2]) < 0 ? n[2] : n[3]);
        lp_bound_sum_add(&sum, &s->unit, n[2], n[3], n[1]);
    }
    mpfr_set(err, sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
    return sound;
}

bool lp_bound_prob(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                   const lp_enclosure *x) {
    if (out == LP_OUT_LOSS) return bound_loss(err, s, row);
    bool quotient = out == LP_OUT_GRAD && s->c->op != LP_OP_ENTROPY;
    mpfr_set_zero(err, 1);
    if (!quotient && !bound_log(err, s, row, j)) return false;
    if (!quotient && s->c->op == LP_OP_CROSS_ENTROPY) return true; /* -log(q) is all */
    lp_enclosure_magnitude(s->unit.n[1], x);
    lp_bound_round(err, &s->unit, s->unit.n[1]); /* the quotient, or the added 1 */
    return true;
}
