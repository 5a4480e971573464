/* MPFR's exponent range and flags belong to the caller: every public entry of this room saves them,
 * works in the widest range and restores them. The state of the doubles belongs to the caller too,
 * and is only looked at. */
#ifndef LP_REF_ENV_H
#define LP_REF_ENV_H

#include <mpfr.h>

typedef struct lp_env {
    mpfr_exp_t emin, emax;
    mpfr_flags_t flags;
} lp_env;

void lp_env_enter(lp_env *saved);
/* Aborts where something in between changed the range: bounds derived in it would be void. */
void lp_env_leave(const lp_env *saved);
/* Aborts where this thread's doubles do not round to nearest, ties to even, or flush subnormal
 * numbers: the filter, the differences of the integer tier and the ruler rely on both. */
void lp_env_assert_doubles(void);

#endif
