/* The loops over a row of distill, lanes along the classes: what student and teacher come to, and
 * the gradient out of it, in double-doubles, of binary32 in one double each. */
#ifndef LP_IMPL_DISTILL_LANES_H
#define LP_IMPL_DISTILL_LANES_H

#include "impl/dd.h"
#include "impl/isa.h"

#include <stdbool.h>
#include <stdint.h>

enum { LP_DISTILL_LANES = 16 };
/* A row is tame when no logit's distance from its row's largest is beyond this, over T and, for p,
 * as it stands: exponentials, e^-340 = 2^-490.5 and more, are what lp_exp_term takes. */
#define LP_DISTILL_TAME 340.0

typedef struct lp_distill_pair { /* logits of student and teacher, of floats where `single` */
    const void *z, *y;
    bool single;
    bool hard, soft; /* asked for: p = softmax(z); s = softmax(z/T), t = softmax(y/T) */
    bool kl;
    int64_t k;
    double temperature, inverse; /* T in 2^-60 to 2^60; 1/T, rounded */
    double z_top, y_top;         /* the largest, where the row is tame */
    /* What is left of the row behind whole vectors, and the largest in the lanes beyond. */
    double last_z[LP_DISTILL_LANES], last_y[LP_DISTILL_LANES];
} lp_distill_pair;
/* Sets what stands below `inverse`. False: the row is not tame; NaN and infinities are not. */
bool lp_distill_tame(lp_distill_pair *r);
/* The same, given the largest logits of a tame row. */
void lp_distill_tops(lp_distill_pair *r, double z_top, double y_top);

typedef struct lp_distill_mass { /* a softmax's exponentials, the largest being 1 */
    double ties;                 /* ... so many times, */
    lp_dd below;                 /* and the others' sum, to 2^-79.6; binary32: 2^-50.2 */
    lp_dd log;                   /* of all, to 2^-66.8 more, where `logs` */
} lp_distill_mass;
typedef struct lp_distill_sums {
    lp_distill_mass p, s, t;
    /* Sum of e^((y_j - y_top)/T) (z_top - z_j), less, where `kl`, y_top - y_j, and with these terms
     * added: it is off by 2^-79 of that, in binary32 by 2^-49.7. */
    lp_dd lag;
    double size;
    bool logs;
} lp_distill_sums;
/* A row's exponentials, hi + lo, in binary32 hi alone, for the gradient. */
enum { LP_DISTILL_KEPT = 1024 };
typedef struct lp_distill_pairs {
    double hi[LP_DISTILL_KEPT], lo[LP_DISTILL_KEPT];
} lp_distill_pairs;
typedef struct lp_distill_kept {
    lp_distill_pairs p, s, t;
} lp_distill_kept;
/* keep: NULL, or of rows of LP_DISTILL_KEPT classes at most where they go. */
void lp_distill_sum(lp_distill_sums *sums, lp_distill_kept *keep, const lp_distill_pair *r);

typedef struct lp_distill_factors { /* of a softmax's exponentials; 0 where it is not asked for */
    lp_dd p, s, t;                  /* to 2^-79.5; binary32: 2^-50.1 */
} lp_distill_factors;
/* out_j = the three shares' sum, correctly rounded, or NaN where that is not sure; from what was
 * kept, or where that is NULL from the logits. */
void lp_distill_scale(double *out, const lp_distill_pair *r, const lp_distill_kept *kept,
                      const lp_distill_factors *f);
void lp_distill_scale_single(float *out, const lp_distill_pair *r, const lp_distill_kept *kept,
                             const lp_distill_factors *f);

/* The three exponentials of class j, as the sums have them but in double-doubles. */
typedef struct lp_distill_class {
    lp_dd p, s, t;
    bool z_top, y_top; /* its logit is the largest */
} lp_distill_class;
lp_distill_class lp_distill_at(const lp_distill_pair *r, int64_t j);

#endif
