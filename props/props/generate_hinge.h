/* Logits around the hinges' kinks. */
#ifndef LP_PROPS_GENERATE_HINGE_H
#define LP_PROPS_GENERATE_HINGE_H

#include "props/props/generate_family.h"

/* A logit of size 1 within four ulps, or within 2^-1 to 2^-20: a in [0, 20). */
#define LP_GEN_HINGE_Z 20
double lp_gen_hinge_z(lp_gen *g, int a);
/* A row of k logits and its label: the label's logit by a, the others by b. */
#define LP_GEN_HINGE_A 10
#define LP_GEN_HINGE_B 7
void lp_gen_hinge_row(lp_gen *g, double *z, int64_t k, int64_t *label, int a, int b);

#endif
