/* What the two files of bce_prob share. */
#ifndef LP_REF_BCE_PROB_H
#define LP_REF_BCE_PROB_H

#include "ref/family.h"

/* row->iv: ln p and ln(1 - p), 0 where they are or where their coefficient is. */
enum { LP_BCE_LOG_P, LP_BCE_LOG_REST };

double lp_bce_prob_p(const lp_scope *s, const lp_row *row);
double lp_bce_prob_y(const lp_scope *s, const lp_row *row);

bool lp_bound_bce_prob(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                       const lp_enclosure *x);

#endif
