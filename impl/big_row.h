/* A softmax row in big.h's numbers: e_j = exp((z_j - m)/T) relative to the largest logit m, `ties`
 * of them, the sum `below` of the smaller ones, the sum of all but one `rest` = ties - 1 + below, S
 * = 1
 * + rest and L = log S, all relative to themselves however far the other logits are; equal logits
 * are exact. */
#ifndef LP_IMPL_BIG_ROW_H
#define LP_IMPL_BIG_ROW_H

#include "impl/big.h"
#include "impl/value.h"

typedef struct lp_big_row {
    int n; /* limbs; 0: nothing yet */
    int64_t k, top;
    double max, temperature, ties;
    lp_big below, rest, all, log;
} lp_big_row;

/* rest and all of `ties` and `below`; and log. */
void lp_big_row_total(lp_big_row *r);
void lp_big_row_close(lp_big_row *r);
/* All of z is read. Finite logits but masks, one finite at least at `top`, the largest. */
void lp_big_row_set(lp_big_row *r, int n, lp_view z, int64_t k, int64_t top, double temperature);
/* e_j, given z_j; 0 for -inf. */
void lp_big_row_exp(lp_big *e, const lp_big_row *r, int64_t j, double z);
/* e total/S - w times what is returned, others = total - w: at a largest logit that is the ties n,
 * and n times it total - n w - total B/S, B = below, so that neither `others` beside w is lost nor
 * B beside what is rational, which it moves one way. Elsewhere 1, two terms. */
double lp_big_row_difference(lp_big *r, const lp_big_row *row, const lp_big *e, const lp_big *total,
                             const lp_big *w, const lp_big *others);
/* num/den + rest += weight e_j/S: of a largest logit 1/ties is the fraction's, and its -B/(ties S),
 * B = below, the rest's; of another all is. So the side of a rational sum is known however small
 * the rest, and of equal logits it is exact. */
void lp_big_row_share(lp_big *num, lp_big *den, lp_big *rest, const lp_big_row *row,
                      const lp_big *weight, int64_t j, double z);
/* (m - z_j), exactly as far as the limbs go, and over T */
void lp_big_row_gap(lp_big *d, const lp_big_row *r, double z);
/* a - b */
void lp_big_difference(lp_big *r, int n, double a, double b);

#endif
