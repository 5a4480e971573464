/* What other people's code computes in place of what was asked: other conventions of the same
 * operation, each an exact answer of its own (docs/conventions.md). */
#ifndef LP_PROPS_CONVENTIONS_H
#define LP_PROPS_CONVENTIONS_H

#include "ref/exact.h"

/* One component under another convention: `x` is the reference's answer to the changed case. */
typedef struct lp_convention_at {
    const lp_case *kase; /* as the subject was asked */
    lp_out out;
    int64_t row; /* of the component, -1 where one number stands for all rows */
} lp_convention_at;

typedef struct lp_convention {
    const char *name; /* word of `lossproof list conventions`, at most 39 characters */
    const char *says; /* at most 119 */
    uint32_t outputs; /* LP_OUT_BIT: those it speaks of */
    /* Makes of a copy of the case the one that the convention answers; false: the convention says
     * nothing of this case. NULL: the case as it is. */
    bool (*change)(lp_case *c, double arg);
    /* Makes the convention's answer of x; NaN: it says nothing of the component. NULL: x. */
    long double (*value)(long double x, const lp_convention_at *at, double arg);
    double arg;
} lp_convention;

/* The changed case has two rows for each, one half after the other, and x is `arg` of the first and
 * 1 - arg of the second. */
bool lp_convention_pairs(const lp_convention *v);
/* How far the rounding of what the changed case was made of moves x. */
long double lp_convention_blur(const lp_convention *v, const lp_convention_at *at);
/* x of component i, of `length` in the case as it was asked; false: the reference leaves it open.
 */
bool lp_convention_x(long double *x, const lp_convention *v, lp_exact *other, lp_out out, int64_t i,
                     int64_t length);

extern const lp_convention lp_conventions[];
extern const int lp_convention_count;
#define LP_CONVENTIONS_MOST 72 /* room for their counters */

#endif
