/* What focal_softmax and focal_sigmoid share. p the probability of the label, q = 1 - p, l = -ln p:
 *   loss = alpha q^gamma l
 *   gradient = -alpha q^gamma (gamma p l + q)                 at the label (sigmoid: in s z)
 *              alpha q^gamma (gamma p l/q + 1) p_j            elsewhere
 * products and sums of positive terms, given p, q and l from a row seen from its label (row.h).
 *
 * q^gamma = exp(gamma ln q) multiplies the relative error of ln q by |gamma ln q|, hence precise.h.
 * It multiplies that of q by gamma where q is small and that of p by gamma p where q is near 1: by
 * gamma at most, so up to gamma = 4 the row's own 2^-66.2 give 2^-63.9; beyond, where q^gamma is
 * not 0 the factor is 2200/ln 2 at most, and the row is evaluated precisely too. */
#ifndef LP_IMPL_FOCAL_H
#define LP_IMPL_FOCAL_H

#include "impl/batch.h"
#include "impl/big.h"
#include "impl/far.h"
#include "impl/isa.h"

#define LP_FOCAL_PLAIN_GAMMA 4.0

LP_INLINE double lp_focal_param(const lp_call *c, lp_param p, double neutral) {
    return c->set & LP_PARAM_BIT(p) ? c->param[p] : neutral;
}

typedef struct lp_focal_parts { /* what is made of the label's p, q and l */
    lp_value at_label;          /* gradient there, without its sign */
    lp_value factor;            /* of p_j elsewhere */
    lp_value loss;
} lp_focal_parts;
lp_focal_parts lp_focal_of(lp_value p, lp_value q, lp_value l, double gamma, lp_value alpha);

typedef struct lp_big_focal {
    int n; /* limbs; 0: nothing yet */
    lp_big at_label, factor, loss;
} lp_big_focal;
/* p > 0 */
void lp_big_focal_set(lp_big_focal *f, const lp_big *p, const lp_big *q, const lp_big *l,
                      double gamma, const lp_big *alpha);

/* 4 a b (gamma + 1)^2 (g + 1) to either side: what the first order in p leaves out, p = a and b or
 * less, both below 2^-2900 and their product with gamma below 1/2, since (1 - p)^gamma is off by
 * gamma (gamma + 1) p^2 and -ln p by b. */
void lp_focal_second_order(lp_big *x, const lp_big *a, const lp_big *b, const lp_big *g,
                           double gamma);
/* Something below 2^4000 e^-((1 + gamma) (top - z)), as what is left out of the first order is: of
 * terms that are e^-y twice that. */
void lp_focal_add_power(lp_far *f, double top, double z, double gamma);
/* What is so far below 1 that it is nothing beside it in any number of limbs. */
LP_INLINE bool lp_focal_far(const lp_big *rest) {
    return rest->limb[rest->n - 1] == 0 || rest->e < -2900;
}

#endif
