/* Rows whose remainders cancel because they are alike: of a sum of weights times log S, and
 * whatever else is the same for rows of the same sorted depths, and of one label's depth where that
 * counts. Private to the room. */
#ifndef LP_REF_ALIKE_H
#define LP_REF_ALIKE_H

#include "ref/family.h"

/* The weight of a row of several classes, a double; `equal`: all its logits are. False: it is none,
 * or the row has more than the weight to cancel. */
typedef bool (*lp_alike_weight)(double *w, const lp_scope *s, int64_t at, bool equal);
/* The weights of every group of rows alike, without the ignored ones, sum to 0. False also where
 * that is too much to look into. */
bool lp_alike_cancel(const lp_scope *s, int64_t at, int64_t rows, lp_alike_weight weight,
                     bool labelled);

#endif
