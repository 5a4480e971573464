/* How far one number is from the exact one, as plain doubles rounded outward; written by the
 * reference, read by the judge. */
#ifndef LP_CORE_MEASURE_H
#define LP_CORE_MEASURE_H

#include <stdbool.h>

typedef enum lp_kind { LP_KIND_NUMBER, LP_KIND_NAN, LP_KIND_PINF, LP_KIND_NINF } lp_kind;

typedef struct lp_measure {
    double got;            /* the subject's value */
    double want;           /* the exact value rounded once, to the case's format and rounding */
    double down, up;       /* RD(x) and RU(x) in the format */
    lp_kind kind;          /* what the exact answer is; below: for LP_KIND_NUMBER */
    bool exact_zero;       /* x = 0 exactly */
    bool undecided;        /* `want` could not be settled within the precision cap */
    int ulp_exp;           /* ulp(x) = 2^ulp_exp */
    double ulp_lo, ulp_hi; /* |got - x| / ulp(x); absolute error where x = 0 */
    double abs_err;        /* upper bounds */
    double rel_err;        /* infinity where x = 0 and got != 0 */
    double bound;      /* a-priori bound of section 4, absolute, rounded up; NaN: not claimable */
    double over_bound; /* |got - x| / bound, rounded up; NaN where the bound is */
} lp_measure;

#endif
