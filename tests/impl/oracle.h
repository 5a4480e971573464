/* The exact answers once more, in MPFR, written apart from both ref/ and impl/: every quantity by a
 * formula without cancellation at 256 bits, so that each is known to some 240 bits relative to the
 * sum of the magnitudes of its terms. */
#ifndef LP_TESTS_IMPL_ORACLE_H
#define LP_TESTS_IMPL_ORACLE_H

#include <lossproof/loss.h>

#include <stdbool.h>
#include <stdio.h> /* before mpfr.h: declares its printers */

#include <mpfr.h>

enum { ORACLE_BITS = 256 };

typedef struct truth { /* one component: its value and the sum of its terms' magnitudes */
    mpfr_t x, size;
} truth;

truth *truth_new(int64_t n);
void truth_free(truth *t, int64_t n);

/* |got - x| in ulps of x, after `slack` times the size is forgiven; 1e300 for a wrong special. */
double truth_ulps(const truth *t, double got, double slack);

/* A row: q_j = 1 - p_j and l_j = LSE(u) - u_j beside p_j, all relative. */
typedef struct oracle_row {
    mpfr_t *p, *q, *l;
    int64_t k;
} oracle_row;
oracle_row oracle_row_new(const double *z, int64_t k, double temperature);
void oracle_row_free(oracle_row *r);
mpfr_t *oracle_array(int64_t n);
void oracle_array_free(mpfr_t *x, int64_t n);

/* Each fills the components; NULL outputs are skipped. Finite arguments only, but -inf logits. */
void oracle_softmax_xent(truth *loss, truth *grad, const double *z, int64_t k, int64_t c,
                         const lp_loss_xent_options *o);
void oracle_softmax(truth *value, truth *log_value, const double *z, int64_t k, double temperature);
void oracle_softmax_vjp(truth *grad, truth *log_grad, const double *z, const double *v, int64_t k,
                        double temperature);
void oracle_bce_logits(truth *loss, truth *grad, double z, double y);
void oracle_entropy(truth *loss, truth *grad, const double *p, int64_t k);
void oracle_cross_entropy(truth *loss, truth *grad_q, truth *grad_p, const double *p,
                          const double *q, int64_t k);
void oracle_kl_div(truth *loss, truth *grad_q, truth *grad_p, const double *p, const double *q,
                   int64_t k);

/* oracle_losses.c */
/* The value and slope of op LP_OP_SIGMOID, LP_OP_LOG_SIGMOID or LP_OP_SOFTPLUS. */
void oracle_link(truth *value, truth *slope, lp_op op, double z);
void oracle_logsumexp(truth *value, truth *grad, const double *z, int64_t k);
/* Options' smoothing by rule K. */
void oracle_xent_soft(truth *loss, truth *grad, const double *z, const double *t, int64_t k,
                      const lp_loss_xent_options *o);
void oracle_kl_logits(truth *loss, truth *grad, const double *z, const double *t, int64_t k);
void oracle_bce_weighted(truth *loss, truth *grad, double z, double y, double q);
void oracle_focal_softmax(truth *loss, truth *grad, const double *z, int64_t k, int64_t c,
                          double gamma, double alpha);
/* alpha NULL: 1 for both labels. */
void oracle_focal_sigmoid(truth *loss, truth *grad, double z, int64_t label, double gamma,
                          const double *alpha);

/* oracle_mixed.c */
void oracle_distill(truth *loss, truth *grad, const double *z, const double *teacher, int64_t k,
                    int64_t c, double temperature, double mix, bool kl);
void oracle_policy_grad(truth *loss, truth *grad, const double *z, int64_t k, int64_t c, double a,
                        double b);

#endif
