/* The rows of the second derivation, one textbook formula each: out += or = the balls of one
 * output. Of a case of one row where nothing else is said. */
#ifndef LP_TESTS_REF_ARB_ROWS_H
#define LP_TESTS_REF_ARB_ROWS_H

#include "arb_oracle.h"

typedef struct arb_logits {
    arb_ptr u, p, log_p;
    arb_t lse;
} arb_logits;

/* A class that takes part. */
bool arb_there(const lp_case *c, slong j);
void arb_open_logits(arb_logits *r, const lp_case *c, slong prec);
void arb_close_logits(arb_logits *r, const lp_case *c);

/* arb_logits.c */
void arb_row_xent(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r, slong prec);
void arb_row_kl(arb_ptr out, const lp_case *c, const arb_logits *r, slong prec);
void arb_row_lse(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r, slong prec);
void arb_row_softmax(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r, slong prec);
void arb_row_squared_softmax(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r,
                             slong prec);
/* arb_losses.c */
void arb_row_focal(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r, slong prec);
void arb_row_policy(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r, slong prec);
void arb_row_distill(arb_ptr out, const lp_case *c, lp_out which, slong prec);
/* arb_binary.c */
void arb_row_focal_binary(arb_ptr out, const lp_case *c, lp_out which, slong prec);
void arb_row_binary(arb_ptr out, const lp_case *c, lp_out which, slong prec);
void arb_row_squared_sigmoid(arb_ptr out, const lp_case *c, lp_out which, slong prec);
void arb_row_hinge(arb_ptr out, const lp_case *c, lp_out which, slong prec);
void arb_row_binary_link(arb_ptr out, const lp_case *c, lp_out which, slong prec);
void arb_row_signed_margin(arb_ptr out, const lp_case *c, lp_out which, slong prec);
/* arb_prob.c */
void arb_row_probability(arb_ptr out, const lp_case *c, lp_out which, slong prec);
void arb_row_binary_probability(arb_ptr out, const lp_case *c, lp_out which, slong prec);
void arb_row_squares(arb_ptr out, const lp_case *c, slong prec);
void arb_row_perplexity(arb_ptr out, const lp_case *c, slong prec);
void arb_row_calibration(arb_ptr out, const lp_case *c, slong prec);
void arb_row_labelled_probability(arb_ptr out, const lp_case *c, lp_out which, slong prec);

#endif
