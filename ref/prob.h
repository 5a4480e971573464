/* entropy, cross_entropy, kl_div and kl_gen: one sum, sum_i c_i log(a_i). */
#ifndef LP_REF_PROB_H
#define LP_REF_PROB_H

#include "ref/family.h"

bool lp_bound_prob(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                   const lp_enclosure *x);

/* kl_div and kl_gen, whose logarithms are of p_i / q_i. */
static inline bool lp_prob_ratio(lp_op op) {
    return op == LP_OP_KL_DIV || op == LP_OP_KL_GEN;
}

/* p_i and q_i of the row (entropy: q = p). */
const double *lp_prob_p(const lp_scope *s, const lp_row *row);
const double *lp_prob_q(const lp_scope *s, const lp_row *row);
/* Bounds of log p_i, log q_i or log(p_i / q_i), by operation. */
void lp_prob_log(lp_iv *log, const lp_scope *s, const lp_row *row, int64_t i);
/* x = odd * 2^two, odd an odd integer below 2^53; x > 0 finite. Returns odd. */
double lp_logs_odd(int *two, double x);

/* Is sum_i p_i log a_i over the rows exactly 0, a_i = p_i, q_i or p_i / q_i (in bits: of their odd
 * parts)? Only for rows of numbers. False also where they are longer than the test is made for. */
bool lp_logs_vanish(lp_scope *s, int64_t row, int64_t rows);
/* Is c log n - d log m exactly 0 (of the odd parts alone where `odd`), 0 < n, m < 2^53? */
bool lp_logs_pair_vanish(const mpfr_t c, int64_t n, const mpfr_t d, int64_t m, bool odd);
/* Is sum c_i log n_i exactly 0 (of the odd parts alone where `odd`), 0 < n_i < 2^53, at most
 * LP_LOGS_MOST of them? */
#define LP_LOGS_MOST 64
bool lp_logs_integers_vanish(const mpfr_t *c, const int64_t *n, int64_t count, bool odd);
/* nll: is sum log q_c over the rows not ignored exactly 0 (in bits: of the odd parts)? */
bool lp_logs_labels_vanish(lp_scope *s, int64_t row, int64_t rows);
/* Is sum_j t_j ln(n t_j) exactly 0, over all `rows` rows of k with n_i each? t_j = 0 has no term.
 */
bool lp_logs_uniform(const double *t, int64_t k, const int64_t *n, int64_t rows);

#endif
