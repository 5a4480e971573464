/* Sums of shares, sum c_ij p_ij over rows of a stack (stack.h) with exact coefficients: every
 * gradient of info_nce and linear_xent. Private to the room.
 *
 * With n_i the size of row i's top group and C_i the sum of its coefficients there
 *   sum_j c_ij p_ij = [C_i + sum over the others p_ij (n_i c_ij - C_i)] / n_i,
 * exact at p_ij = 0 plus a remainder that is linear in the shares below the top.
 *
 * The remainder r is no rational number but 0: over the product of the S_i the exponent 0 has
 * coefficient 0 on its side and q times the product of the n_i on the other, and exponentials of
 * distinct algebraic numbers are linearly independent (Lindemann-Weierstrass). It is 0
 *   in one row   where the coefficients n c_j - C cancel within every group of equal logits,
 *   in several   where they do so within every kind of row, rows of one kind having the same groups
 *                at the same distances, of sizes in one proportion: these have the same S.
 * Both are recognised; rows of different kinds are brought over the product of their S, where what
 * cancels does so coefficient by coefficient (kinds_expand.c). Questions are thus decided at some
 * precision; only where rows of more kinds than that multiplies out cancel, exactly or to terms of
 * second order beyond the cap, one that falls on the rational number itself may stay undecided. */
#ifndef LP_REF_SHARES_H
#define LP_REF_SHARES_H

#include "ref/stack.h"

#include <gmp.h>

typedef struct lp_share {
    int64_t row, j;
    mpfr_t c;
} lp_share;

typedef struct lp_shares {
    lp_scope *s;
    lp_row *row;
    mpz_t common; /* a multiple of the n_i so far; a and r are times it */
    mpfr_t a, work;
    lp_iv r;
    bool some;    /* r is not 0 by its coefficients */
    bool listing; /* the shares are to be listed, not added up */
    lp_share *list;
    int64_t count, room;
} lp_shares;

/* Adds the shares of a component, whatever they are added to. */
typedef void (*lp_shares_gather)(lp_shares *sum, int64_t at);
/* c = c_ij. */
typedef void (*lp_shares_coefficient)(mpfr_t c, const lp_shares *sum, int64_t j, int64_t at);

/* For `gather`: c alone, c p_ij, and sum_j c_j p_ij over the classes that are there. */
void lp_shares_shift(lp_shares *sum, const mpfr_t c);
void lp_shares_add(lp_shares *sum, int64_t i, int64_t j, const mpfr_t c);
void lp_shares_add_row(lp_shares *sum, int64_t i, lp_shares_coefficient coefficient, int64_t at);

/* x = the sum over b; evaluated rows. */
void lp_shares_enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_shares_gather gather,
                       int64_t at, const mpfr_t b);
/* shares_sign.c: -1, 0 or 1, the sign of r of the listed shares; 2: not told at this precision. */
int lp_shares_sign(const lp_shares *sum);

#endif
