/* Shared by the value and the bound of policy_grad. */
#ifndef LP_REF_POLICY_GRAD_H
#define LP_REF_POLICY_GRAD_H

#include "ref/family.h"

/* row->x: the advantage A; row->iv: M, the mean depth below the maximum. */
enum { LP_POLICY_X_A };
enum { LP_POLICY_IV_M = 5 };

/* A is given, as a number or one a row. */
bool lp_policy_weighed(const lp_case *c);
double lp_policy_beta(const lp_scope *s);
bool lp_bound_policy_grad(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                          const lp_enclosure *x);

extern const lp_family lp_family_policy_grad;

#endif
