/* The rows of a list of shares by kind (shares.h), and what their coefficients tell of the sum's
 * sign. Private to shares_sign.c and kinds_expand.c. */
#ifndef LP_REF_KINDS_H
#define LP_REF_KINDS_H

#include "ref/expsum.h"
#include "ref/shares.h"

typedef struct lp_group {
    int64_t n;
    mpfr_t d, c; /* c: the sum of the coefficients, then H of shares_sign.c */
} lp_group;

/* Groups of equal logits from the top down. */
typedef struct lp_profile {
    lp_group *at;
    int64_t count, row;
} lp_profile;

typedef struct lp_kinds {
    lp_profile *at;
    int64_t count;
} lp_kinds;

/* kinds_expand.c. Sign of the sum over the kinds; 2: not told, by this precision or for its size.
 */
int lp_kinds_expand(const lp_kinds *all, mpfr_prec_t prec, double t);

#endif
