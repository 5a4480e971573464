/* Loops over one row of logits, 16 independent lanes at a time so that compilers vectorise them. A
 * logit counts as its exponent u - u_m = (z - m)/T, in double-double. An entry at index `skip` (-1:
 * none) and entries of -inf count as absent. */
#ifndef LP_IMPL_KERNEL_H
#define LP_IMPL_KERNEL_H

#include "impl/isa.h"
#include "impl/wide.h"

#include <stdbool.h>

struct lp_one_hot_row; /* one_hot_row.h */
struct lp_sink;

typedef struct lp_scan {
    double max, min; /* -inf and +inf where there is nothing */
    bool bad;        /* a NaN or +inf: the row is NaN (rules 3 and 4 of the specification) */
} lp_scan;
lp_scan lp_scan_row(const double *z, int64_t k, int64_t skip);

typedef struct lp_shift {
    double z_max, temperature;
    bool plain;      /* T = 1 and no scaling needed: the loops take the short way */
    double pre;      /* power of two that z is multiplied by first */
    double m, floor; /* maximum; z below `floor` counts as it: both times pre */
    double limit;    /* differences below it are out of reach of exp */
    double post[2];  /* powers of two that finish the division by T's exponent */
    lp_dd inverse;   /* 1/T's significand */
} lp_shift;
/* m finite, T > 0 finite. */
lp_shift lp_shift_set(double m, double temperature);

/* Sum of exp(u_j - u_m); m is the maximum over what is summed, so that the sum is >= 1. Relative
 * error 2^-80.3, sharp 2^-91 for k up to 2^20. */
lp_dd lp_sum_exp(const double *z, int64_t k, int64_t skip, const lp_shift *s);
lp_dd lp_sum_exp_sharp(const double *z, int64_t k, int64_t skip, const lp_shift *s);
/* Sum of m - z_j, no -inf among them; `huge`: some |z_j| is above 2^1000. */
lp_wide lp_sum_gap(const double *z, int64_t k, int64_t skip, double m, bool huge);

/* out_j = exp(u_j - u_m) factor, rounded once; +0 at skip. out may be z. factor is good to
 * 2^-79.4; what is not sure is asked of `row`, if there is one, for `sink`. out NULL: nothing but
 * this asking.
 */
void lp_emit_exp(double *out, const double *z, int64_t k, int64_t skip, const lp_shift *s,
                 lp_wide factor, struct lp_one_hot_row *row, const struct lp_sink *sink);
/* out_j = (exp(u_j - u_m) factor - b) 2^e for 2^-300 <= b <= 1, factor exp(...) <= 1, |e| <= 300;
 * factor and b are good to 2^-79.4. What is not sure is asked for, given its logit. out NULL:
 * nothing but this asking. */
typedef double lp_ask(void *context, double z);
void lp_emit_difference(double *out, const double *z, int64_t k, int64_t skip, const lp_shift *s,
                        lp_wide factor, lp_dd b, double e, lp_ask *ask, void *context);

#endif
