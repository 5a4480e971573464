/* K MPFR numbers of one precision over one block of limbs (MPFR's custom interface): no allocation
 * per number, and a larger precision is one allocation. */
#ifndef LP_REF_VEC_H
#define LP_REF_VEC_H

#include <mpfr.h>
#include <stdint.h>

typedef struct lp_vec {
    mpfr_t *at;
    mpfr_ptr *each; /* of `at` */
    void *limbs;
    int64_t len;
    mpfr_prec_t prec;
} lp_vec;

/* All zero, whatever was there; an empty vector is {0}. */
void lp_vec_shape(lp_vec *v, int64_t len, mpfr_prec_t prec);
void lp_vec_clear(lp_vec *v);
/* r = the sum of all numbers, rounded once; the ternary value of MPFR. */
int lp_vec_sum(mpfr_t r, const lp_vec *v, mpfr_rnd_t rnd);

#endif
