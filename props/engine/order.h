/* What "simpler" means for one choice, and the domains that doubles are drawn from. */
#ifndef LP_ENGINE_ORDER_H
#define LP_ENGINE_ORDER_H

#include "props/engine/choices.h"

/* Rank of |x|: integers below 2^53 in increasing order; then m * 2^-f, m odd, by the number f of
 * fraction bits and then m; then integers from 2^53 on by exponent and then by significant bits;
 * then infinity; then NaN. The sign only breaks ties. */
uint64_t lp_order_f64(double x);
/* Number of fraction bits of a finite x: least f with x * 2^f an integer. */
int lp_order_fraction_bits(double x);
/* Distance from `toward`. */
uint64_t lp_order_int(int64_t i, int64_t toward);
int lp_order_choice(const lp_choice *a, const lp_choice *b);
/* There is nothing simpler in the choice's own domain. */
bool lp_order_is_simplest(const lp_choice *a);

/* To the nearest value of the domain's format. */
double lp_domain_round(const lp_f64_domain *domain, double x);
bool lp_domain_holds(const lp_f64_domain *domain, double x);
double lp_domain_simplest(const lp_f64_domain *domain);
/* Total: a value of the domain is itself, any other is folded into [lo, hi]. */
double lp_domain_map(const lp_f64_domain *domain, double x);

#endif
