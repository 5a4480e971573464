/* Formulas that people write and that lose digits, computed here in the subject's format as they
 * would: what a failing output is compared with, to say which of them it is (docs/conventions.md).
 * Exact other conventions are in conventions.h. */
#ifndef LP_PROPS_FORMULAS_H
#define LP_PROPS_FORMULAS_H

#include "core/case.h"

/* One row of a case without parameters. */
typedef struct lp_formula_row {
    const double *z, *y, *p, *q; /* logits, targets, probabilities: NULL where absent */
    int64_t k, label;
} lp_formula_row;

typedef struct lp_formula {
    const char *name;   /* at most 39 characters */
    const char *says;   /* what is computed, at most 119 */
    const char *advice; /* what to compute instead, at most 159 */
    lp_op op;
    lp_out out;
    /* The row's part of the output; by format, NULL where the format has none. */
    void (*row[2])(double *to, const lp_formula_row *r, double arg);
    double arg;
} lp_formula;

extern const lp_formula lp_formulas[];
extern const int lp_formula_count;
#define LP_FORMULAS_MOST 96 /* room for their counters */

#endif
