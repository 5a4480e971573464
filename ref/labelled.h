/* What the operations on given probabilities with a class label share: nll, brier, ece, perplexity.
 */
#ifndef LP_REF_LABELLED_H
#define LP_REF_LABELLED_H

#include "ref/family.h"

/* Rule 1: labels of rows that are not ignored, and a negative number wherever it stands. */
lp_status lp_labelled_domain(const lp_case *c, lp_in role);
/* Some entry of the row is NaN, or its label is no class. */
bool lp_labelled_nan(const lp_case *c, lp_in role, int64_t row);
/* Rows that are not ignored. */
int64_t lp_labelled_count(const lp_case *c);

#endif
