/* Cross-entropy and its relatives in double precision: value and gradient together, accurate over
 * the entire range of finite doubles.
 *
 * Results are within 0.501 ulp of the exact value of the inputs given wherever the operation is not
 * a signed sum that can cancel (one-hot losses and gradients, softmax, log-softmax, -ln q, -p/q);
 * signed sums (soft targets, gradients under smoothing, entropies, vector-Jacobian products) are
 * within 0.501 ulp plus 2^-64 of the sum of the magnitudes of their terms. The same inputs give the
 * same bits on every instruction set and whatever the stride or alignment. No memory is allocated,
 * nothing is kept between calls. Round-to-nearest and gradual underflow are assumed. Logarithms are
 * natural; 0 ln 0 = 0; NaN, infinities and masks (-inf logits) follow docs/operations.md.
 *
 * Matrices are row-major, n rows of k entries, rows `stride` >= k elements apart; vectors are
 * contiguous. An output whose data is NULL is not wanted. A gradient may be the same memory as the
 * logits (same stride). Every function returns LP_OK, or an error and writes nothing:
 * LP_E_ARGUMENT for k < 1, n < 0, a stride below k, a missing input, a parameter or an entry
 * outside its domain; LP_E_LABEL for a label outside [0, k). C11 and C++. */
#ifndef LOSSPROOF_LOSS_H
#define LOSSPROOF_LOSS_H

#include <lossproof/subject.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lp_loss_in {
    const double *data;
    int64_t stride;
} lp_loss_in;

typedef struct lp_loss_out {
    double *data;
    int64_t stride;
} lp_loss_out;

typedef enum lp_smoothing_rule {
    LP_SMOOTHING_K = 0,        /* targets (1 - s) onehot + s/K */
    LP_SMOOTHING_K_MINUS_1 = 1 /* 1 - s at the label, s/(K - 1) elsewhere */
} lp_smoothing_rule;

typedef struct lp_loss_xent_options {
    double temperature;    /* T > 0: logits are divided by it */
    double smoothing;      /* s in [0, 1] */
    int smoothing_rule;    /* lp_smoothing_rule */
    const double *weights; /* k class weights, or NULL for ones */
} lp_loss_xent_options;
/* clang-format off */
#define LP_LOSS_XENT_PLAIN {1.0, 0.0, LP_SMOOTHING_K, 0}
/* clang-format on */

/* loss_i = -sum_j w_j t_j ln softmax(z_i/T)_j, t the smoothed one-hot of label_i; grad in z.
 * options NULL: plain. */
lp_status lp_loss_softmax_xent(double *loss, lp_loss_out grad, lp_loss_in logits,
                               const int64_t *label, int64_t n, int64_t k,
                               const lp_loss_xent_options *options);

/* softmax(z/T) and log softmax(z/T); grad: the vector-Jacobian product with v, NULL data unless
 * both are given. */
lp_status lp_loss_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                          int64_t n, int64_t k, double temperature);
lp_status lp_loss_log_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                              int64_t n, int64_t k, double temperature);

/* loss_i = (1 - y_i) ln(1 + e^z_i) + y_i ln(1 + e^-z_i), y in [0, 1]; grad = sigma(z) - y. Columns:
 * one entry a row. */
lp_status lp_loss_bce_logits(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                             int64_t n);

/* -sum p ln p; grad -(ln p + 1). Entries of p, q are >= 0 and need not sum to 1. */
lp_status lp_loss_entropy(double *loss, lp_loss_out grad, lp_loss_in p, int64_t n, int64_t k);
/* -sum p ln q; in q: -p/q; in p: -ln q. */
lp_status lp_loss_cross_entropy(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                                lp_loss_in q, int64_t n, int64_t k);
/* sum p ln(p/q); in q: -p/q; in p: ln(p/q) + 1. */
lp_status lp_loss_kl_div(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                         lp_loss_in q, int64_t n, int64_t k);

#ifdef __cplusplus
}
#endif
#endif
