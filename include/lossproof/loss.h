/* Cross-entropy and its relatives in double precision: value and gradient together, accurate over
 * the entire range of finite doubles.
 *
 * Every result is the exact value of the inputs given, rounded once: values, gradients, products
 * with a cotangent, sums and means over rows, in the normal and the subnormal range, however much
 * cancels. What is fast comes with a bound of its error, for one-hot and binary losses 0.5001 ulp
 * at most (docs/implementation.md); where that leaves the rounding open, the row is evaluated
 * again, precisely, and at last in numbers of up to 4608 bits, in which rational results and their
 * ties are exact. Beyond that is a sum of logarithms or exponentials that cancels to less than
 * 2^-4500 of its terms without being rational (across the rows of a batch, or with logits found by
 * lattice reduction): it is rounded from those 4608 bits, and where not even its sign is seen an
 * infinite upstream makes NaN of it. No such sum came up in any test. `perplexity` and `ece` alone
 * are faithful, not always the nearest.
 *
 * The same inputs give the same bits on every instruction set and whatever the stride, the
 * alignment or the number of threads. No memory is allocated (the widest numbers take some 30 kB of
 * stack, linear_xent 100 kB), nothing is kept between calls. Round-to-nearest and gradual underflow
 * are assumed. Logarithms are natural; 0 ln 0 = 0; NaN, infinities and masks (-inf logits) follow
 * docs/operations.md.
 *
 * Matrices are row-major, n rows of k entries, rows `stride` >= k elements apart; vectors are
 * contiguous. An output whose data is NULL is not wanted. A gradient may be the same memory as the
 * logits (same stride); such rows are gone through twice. Every function returns LP_OK, or an error
 * and writes nothing: LP_E_ARGUMENT for k < 1, n < 0, a stride below k, a missing input, a
 * parameter or an entry outside its domain; LP_E_LABEL for a label that is none of the
 * operation's: in [0, k), 0 or 1, -1 or 1. C11 and C++. */
#ifndef LOSSPROOF_LOSS_H
#define LOSSPROOF_LOSS_H

#include <lossproof/subject.h>

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct lp_loss_in {
    const double *data;
    int64_t stride;
} lp_loss_in;

typedef struct lp_loss_out {
    double *data;
    int64_t stride;
} lp_loss_out;

/* The rows of a call together. NULL stands for all zeros: every row for itself. */
typedef struct lp_loss_batch {
    int reduction;          /* lp_reduction; a sum or mean writes loss[0] alone */
    int mean_rule;          /* LP_REDUCE_MEAN divides by, 0: the rows that count; 1: their labels'
                               weights, unsmoothed (softmax_xent) */
    int empty_mean;         /* a mean over nothing, 0: NaN; 1: 0. Its gradient is 0 */
    int ignore;             /* not 0: rows labelled ignore_index have loss and gradient 0 and do not
                               count */
    int64_t ignore_index;   /* any number, even a class */
    const double *upstream; /* gradients are multiplied by it: n numbers for LP_REDUCE_NONE, else
                              one; NULL for ones */
    int base;               /* 0: nats; 1: bits, losses and gradients over ln 2 (losses with
                               logarithms; others LP_E_ARGUMENT, as for any field here that is
                               not theirs) */
    int threads;            /* as lp_loss_call_threads has it; 0: the caller's alone */
    int bad_label;          /* a label that is no class, 0: is LP_E_LABEL; 1: makes its row NaN, and
                               the weight that it would have in a mean's denominator */
    int limit;              /* a row with one +inf, 0: is NaN; 1: is as with 0 there and -inf
                               elsewhere (softmax_xent, focal_softmax, kl_logits, policy_grad) */
} lp_loss_batch;

typedef enum lp_smoothing_rule {
    LP_SMOOTHING_K = 0,        /* targets (1 - s) onehot + s/K */
    LP_SMOOTHING_K_MINUS_1 = 1 /* 1 - s at the label, s/(K - 1) elsewhere */
} lp_smoothing_rule;

typedef struct lp_loss_xent_options {
    double temperature;    /* T > 0: logits are divided by it */
    double smoothing;      /* s in [0, 1] */
    int smoothing_rule;    /* lp_smoothing_rule */
    const double *weights; /* k class weights, or NULL for ones */
    double z_loss;         /* l >= 0: l LSE(z/T)^2 is added, whatever the weights */
    double softcap;        /* s > 0: s tanh(z/s) stands for z everywhere; 0: none */
} lp_loss_xent_options;
/* clang-format off */
#define LP_LOSS_XENT_PLAIN {1.0, 0.0, LP_SMOOTHING_K, 0, 0.0, 0.0}
/* clang-format on */

/* loss_i = -sum_j w_j t_j ln softmax(z_i/T)_j, t the smoothed one-hot of label_i; grad in z.
 * options NULL: plain. */
lp_status lp_loss_softmax_xent(double *loss, lp_loss_out grad, lp_loss_in logits,
                               const int64_t *label, int64_t n, int64_t k,
                               const lp_loss_xent_options *options, const lp_loss_batch *batch);
/* The same with targets t >= 0 that need not sum to 1, smoothed as (1 - s) t + s/K. */
lp_status lp_loss_softmax_xent_soft(double *loss, lp_loss_out grad, lp_loss_in logits,
                                    lp_loss_in targets, int64_t n, int64_t k,
                                    const lp_loss_xent_options *options,
                                    const lp_loss_batch *batch);
/* sum_j t_j (ln t_j - ln softmax(z)_j), t >= 0. */
lp_status lp_loss_kl_logits(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                            int64_t n, int64_t k, const lp_loss_batch *batch);
/* -alpha_c (1 - p_c)^gamma ln p_c, p = softmax(z), gamma >= 0; alpha NULL: ones, count 1: one for
 * all, count k: one a class. */
lp_status lp_loss_focal_softmax(double *loss, lp_loss_out grad, lp_loss_in logits,
                                const int64_t *label, int64_t n, int64_t k, double gamma,
                                const double *alpha, int64_t count, const lp_loss_batch *batch);

/* -A ln p_c - b H(p), p = softmax(z), c the action, H the entropy; advantage NULL: ones, count 1:
 * one for all, count n: one a row. */
lp_status lp_loss_policy_grad(double *loss, lp_loss_out grad, lp_loss_in logits,
                              const int64_t *action, int64_t n, int64_t k, const double *advantage,
                              int64_t count, double entropy_weight, const lp_loss_batch *batch);

/* mix CE + (1 - mix) T^2 X, CE = -ln softmax(z)_c, mix >= 0, X = -sum t_j ln s_j or (divergence not
 * 0) sum t_j ln(t_j/s_j), s = softmax(z/T), t = softmax(teacher/T); grad in z. For mix = 0 labels
 * may be NULL and are not looked at but for the batch's ignore_index. */
lp_status lp_loss_distill(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in teacher,
                          const int64_t *label, int64_t n, int64_t k, double temperature,
                          double mix, int divergence, const lp_loss_batch *batch);

/* The mean over i of LSE(sim_i/T) - sim_ii/T over the n rows of the square matrix, symmetric over
 * its columns too, half of each; grad in sim, not in its place, and grad_temperature, one number,
 * in T. Of the batch upstream, one number, base and limit count. */
lp_status lp_loss_info_nce(double *loss, lp_loss_out grad, double *grad_temperature, lp_loss_in sim,
                           int64_t n, double temperature, int symmetric,
                           const lp_loss_batch *batch);

/* The mean over i of softmax_xent's loss for the logits Z = x W^T + b, exact sums of exact
 * products, x of n rows of d >= 0 numbers, W of k such rows, b of k numbers; grad_x, grad_w and
 * grad_b, of the same shapes, in x, W and b. Of the batch upstream, one number, the rules for
 * labels and empty means, base and limit count; an ignored row has grad_x 0 and adds nothing.
 * grad_w and grad_b are sums over the rows: a tie made of many rows of unlike numbers of equal
 * logits may not be told. No memory is kept: grad_w takes every row's n k d products once for each
 * 256 of its k d entries. */
lp_status lp_loss_linear_xent(double *loss, lp_loss_out grad_x, lp_loss_out grad_w, double *grad_b,
                              lp_loss_in x, lp_loss_in w, const double *b, const int64_t *label,
                              int64_t n, int64_t k, int64_t d, const lp_loss_batch *batch);

/* softmax(z/T) and log softmax(z/T); grad: the vector-Jacobian product with v, NULL data unless
 * both are given. */
lp_status lp_loss_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                          int64_t n, int64_t k, double temperature);
lp_status lp_loss_log_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                              int64_t n, int64_t k, double temperature);
/* value_i = ln sum_j exp(z_ij); grad: its gradient softmax(z_i), times v_i unless v is NULL. */
lp_status lp_loss_logsumexp(double *value, lp_loss_out grad, lp_loss_in logits, const double *v,
                            int64_t n, int64_t k);

/* 1/(1 + e^-z), -ln(1 + e^-z), ln(1 + e^z); grad: the derivative, times v unless its data is NULL.
 * Columns: one entry a row. */
lp_status lp_loss_sigmoid(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                          int64_t n);
lp_status lp_loss_log_sigmoid(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                              int64_t n);
lp_status lp_loss_softplus(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                           int64_t n);

/* loss_i = (1 - y_i) ln(1 + e^z_i) + q y_i ln(1 + e^-z_i), y in [0, 1], q = pos_weight >= 0; grad =
 * (1 - y) sigma(z) - q y sigma(-z). Columns: one entry a row. */
lp_status lp_loss_bce_logits(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                             int64_t n, double pos_weight, const lp_loss_batch *batch);
/* Rows of k such terms, summed or (label_mean not 0) averaged; pos_weight NULL: ones, count 1: one
 * for all, count k: one a label. */
lp_status lp_loss_multilabel_bce(double *loss, lp_loss_out grad, lp_loss_in logits,
                                 lp_loss_in targets, int64_t n, int64_t k, const double *pos_weight,
                                 int64_t count, int label_mean, const lp_loss_batch *batch);
/* -alpha_t (1 - p_t)^gamma ln p_t with p_t = sigma(z) and alpha_t = alpha for label 1, sigma(-z)
 * and 1 - alpha for label 0; alpha NULL: 1 for both. Columns. */
lp_status lp_loss_focal_sigmoid(double *loss, lp_loss_out grad, lp_loss_in logits,
                                const int64_t *label, int64_t n, double gamma, const double *alpha,
                                const lp_loss_batch *batch);

/* -sum p ln p; grad -(ln p + 1). Entries of p, q are >= 0 and need not sum to 1. */
lp_status lp_loss_entropy(double *loss, lp_loss_out grad, lp_loss_in p, int64_t n, int64_t k,
                          const lp_loss_batch *batch);
/* -sum p ln q; in q: -p/q; in p: -ln q. */
lp_status lp_loss_cross_entropy(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                                lp_loss_in q, int64_t n, int64_t k, const lp_loss_batch *batch);
/* sum p ln(p/q); in q: -p/q; in p: ln(p/q) + 1. */
lp_status lp_loss_kl_div(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                         lp_loss_in q, int64_t n, int64_t k, const lp_loss_batch *batch);

/* sum p ln(p/q) - p + q; in q: 1 - p/q; in p: ln(p/q). */
lp_status lp_loss_kl_gen(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                         lp_loss_in q, int64_t n, int64_t k, const lp_loss_batch *batch);
/* -ln q_c, q >= 0. */
lp_status lp_loss_nll(double *loss, lp_loss_out grad, lp_loss_in q, const int64_t *label, int64_t n,
                      int64_t k, const lp_loss_batch *batch);
/* -[y ln p + (1 - y) ln(1 - p)], p and y in [0, 1]. Columns. */
lp_status lp_loss_bce_prob(double *loss, lp_loss_out grad, lp_loss_in p, lp_loss_in targets,
                           int64_t n, const lp_loss_batch *batch);
/* sum_j (p_j - [j = c])^2, p >= 0; no gradient, hence no upstream. */
lp_status lp_loss_brier(double *loss, lp_loss_in p, const int64_t *label, int64_t n, int64_t k,
                        const lp_loss_batch *batch);

/* One number over all rows: the batch's ignored rows do not count, the mean over none is by its
 * empty_mean; no other field of it may be set. exp of the mean of -ln q_c (over no row 1 or NaN);
 * the expected calibration error: sum over the bins ((b - 1)/bins, b/bins] of the rows' largest p
 * (0 in the first, above 1 in the last; of equal ones the first class is the guess) of |hits - sum
 * of these p| over the number of rows. These two alone are rounded from what is good to 2^-70 of
 * itself: faithful, and the nearest number unless a midpoint lies that near. The time of the second
 * grows with the number of bins that hold rows. */
lp_status lp_loss_perplexity(double *perplexity, lp_loss_in q, const int64_t *label, int64_t n,
                             int64_t k, const lp_loss_batch *batch);
lp_status lp_loss_ece(double *ece, lp_loss_in p, const int64_t *label, int64_t n, int64_t k,
                      int64_t bins, const lp_loss_batch *batch);

/* ln(1 + e^-yz) and max(0, 1 - yz), labels y -1 or 1; the gradient at a kink is 0. Columns. */
lp_status lp_loss_logistic_margin(double *loss, lp_loss_out grad, lp_loss_in logits,
                                  const int64_t *label, int64_t n, const lp_loss_batch *batch);
lp_status lp_loss_hinge(double *loss, lp_loss_out grad, lp_loss_in logits, const int64_t *label,
                        int64_t n, const lp_loss_batch *batch);
/* sum over j != c of max(0, 1 - z_c + z_j), or (largest not 0) the largest of these; its gradient
 * at a tie is that of the first. */
lp_status lp_loss_hinge_multi(double *loss, lp_loss_out grad, lp_loss_in logits,
                              const int64_t *label, int64_t n, int64_t k, int largest,
                              const lp_loss_batch *batch);
/* (sigma(z) - y)^2/2, y in [0, 1], columns; sum_j (softmax(z)_j - t_j)^2/2, t >= 0. */
lp_status lp_loss_mse_sigmoid(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                              int64_t n, const lp_loss_batch *batch);
lp_status lp_loss_mse_softmax(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                              int64_t n, int64_t k, const lp_loss_batch *batch);

/* Any of these, as subject.h describes a call, in LP_BINARY64 or LP_BINARY32. LP_E_UNSUPPORTED: an
 * operation, format, parameter or reduction that is not here. */
lp_status lp_loss_call(const lp_call *call);
/* The same, the rows of LP_REDUCE_NONE on up to `threads` threads (OpenMP's, where the library was
 * built with it; else, and for what sums rows up, the caller's alone). The same bits. */
lp_status lp_loss_call_threads(const lp_call *call, int threads);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
