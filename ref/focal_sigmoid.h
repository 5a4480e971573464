/* What focal_sigmoid.c and bound_focal_sigmoid.c share. */
#ifndef LP_REF_FOCAL_SIGMOID_H
#define LP_REF_FOCAL_SIGMOID_H

#include "ref/family.h"

/* row->iv: the values (or their rests, where the exact part is split off) over a and -s a; E and F
 * = exp(-E), the modulating factor. */
enum { LP_FOCAL_LOSS, LP_FOCAL_GRAD, LP_FOCAL_E, LP_FOCAL_F, LP_FOCAL_INTERVALS };

double lp_focal_gamma(const lp_case *c);
/* x = s z. */
double lp_focal_logit(const lp_scope *s, const lp_row *row);

extern const lp_family lp_family_focal_sigmoid;
bool lp_bound_focal_sigmoid(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                            const lp_enclosure *x);

#endif
