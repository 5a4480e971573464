/* Relative error bounds that results are tested with before they are rounded: a result is sure when
 * it rounds alike a little larger and a little smaller. docs/implementation.md has what adds up to
 * them; what the test itself rounds is inside. */
#ifndef LP_IMPL_BOUNDS_H
#define LP_IMPL_BOUNDS_H

#define LP_EPS_GRAD   0x1.6ap-79 /* 2^-78.5: exp(z_j) factor of the vector loops */
#define LP_EPS_SOFT   0x1p-78    /* p_j sum t beside t_j, of p_j: soft_lanes.c */
#define LP_EPS_LOSS   0x1.6ap-67 /* 2^-66.5: log1p's 2^-66.8, exponentials beside it */
#define LP_EPS_SLOPE  0x1.6ap-69 /* 2^-68.5: of the loss of a label 0 or 1, logistic.h */
#define LP_EPS_SHARP  0x1.6ap-76 /* 2^-75.5: powers of shares, with a logarithm of 2^-97 */
#define LP_EPS_SINGLE 0x1p-49    /* results in binary32: p_j 2^-49.3, losses less */
#define LP_EPS_BINARY 0x1p-48    /* the same of one logit, with polynomials for log1p */
#define LP_EPS_FOCAL  0x1p-46    /* ... and a power of its sigmoid up to the sixth */
#define LP_GRAD_BITS  77         /* LP_EPS_GRAD as lp_good_to has it: 2^(1 - 78.5) rounded up */

#endif
