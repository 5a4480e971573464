/* The operations on checked arguments, one table per instruction set; as in loss.h otherwise. */
#ifndef LP_IMPL_ROWS_H
#define LP_IMPL_ROWS_H

#include <lossproof/loss.h>

#include "impl/isa.h"

void lp_rows_softmax_xent(double *loss, lp_loss_out grad, lp_loss_in logits, const int64_t *label,
                          int64_t n, int64_t k, const lp_loss_xent_options *options);
void lp_rows_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                     int64_t n, int64_t k, double temperature);
void lp_rows_log_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                         int64_t n, int64_t k, double temperature);
void lp_rows_bce_logits(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                        int64_t n);
void lp_rows_entropy(double *loss, lp_loss_out grad, lp_loss_in p, int64_t n, int64_t k);
void lp_rows_cross_entropy(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                           lp_loss_in q, int64_t n, int64_t k);
void lp_rows_kl_div(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                    lp_loss_in q, int64_t n, int64_t k);

typedef struct lp_rows_table {
    void (*softmax_xent)(double *loss, lp_loss_out grad, lp_loss_in logits, const int64_t *label,
                         int64_t n, int64_t k, const lp_loss_xent_options *options);
    void (*softmax)(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v, int64_t n,
                    int64_t k, double temperature);
    void (*log_softmax)(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                        int64_t n, int64_t k, double temperature);
    void (*bce_logits)(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                       int64_t n);
    void (*entropy)(double *loss, lp_loss_out grad, lp_loss_in p, int64_t n, int64_t k);
    void (*cross_entropy)(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                          lp_loss_in q, int64_t n, int64_t k);
    void (*kl_div)(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p, lp_loss_in q,
                   int64_t n, int64_t k);
} lp_rows_table;

extern const lp_rows_table lp_rows; /* of this instruction set: see isa.h */

#endif
