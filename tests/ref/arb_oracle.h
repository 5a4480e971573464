/* The second derivation: textbook formulas at brute precision in Arb's balls. Shares no line and no
 * formula with ref/: LSE by log(sum exp), p_c - 1, log(1 + exp(z)). */
#ifndef LP_TESTS_REF_ARB_ORACLE_H
#define LP_TESTS_REF_ARB_ORACLE_H

#include "core/case.h"

#include <arb.h>

/* Balls of one output of a case of one row: as many as the output has components; caller clears
 * with _arb_vec_clear. */
arb_ptr arb_oracle(const lp_case *c, lp_out out, slong prec);
/* arb_oracle_whole.c: what arb_oracle() answers of a case of several rows. */
void arb_info_nce(arb_ptr out, const lp_case *c, lp_out which, slong prec);
void arb_linear_xent(arb_ptr out, const lp_case *c, lp_out which, slong prec);
/* W_j = w_j t'_j of a row of softmax_xent or softmax_xent_soft: K balls, cleared likewise. */
arb_ptr arb_coefficients(const lp_case *c, slong prec);

#endif
