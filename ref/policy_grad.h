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
/* policy_order.c. d = z_a - z_j; work[0] = A - b d_j, exact. */
void lp_policy_depth(mpfr_t d, const lp_scope *s, const lp_row *row, int64_t j);
void lp_policy_pull(lp_scope *s, const lp_row *row, int64_t j);
/* (A - b) log S - b M, in bits less its multiple of ln 2: its sign, 0: not known; its orders. */
int lp_policy_loss_sign(lp_scope *s, const lp_row *row);
bool lp_policy_expand(lp_orders *o, lp_scope *s, const lp_row *row);
/* r = b M n / S - A Q, narrower where its terms cancel. */
void lp_policy_top_closely(lp_iv *r, lp_scope *s, const lp_row *row);
bool lp_bound_policy_grad(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                          const lp_enclosure *x);

extern const lp_family lp_family_policy_grad;

#endif
