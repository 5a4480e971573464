#include "ref/env.h"

#include <stdio.h>
#include <stdlib.h>

void lp_env_enter(lp_env *saved) {
    *saved = (lp_env){mpfr_get_emin(), mpfr_get_emax(), mpfr_flags_save()};
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
}

void lp_env_leave(const lp_env *saved) {
    if (mpfr_get_emin() != mpfr_get_emin_min() || mpfr_get_emax() != mpfr_get_emax_max()) {
        fputs("lossproof: MPFR's exponent range changed inside the reference\n", stderr);
        abort();
    }
    mpfr_set_emin(saved->emin);
    mpfr_set_emax(saved->emax);
    mpfr_flags_restore(saved->flags, MPFR_FLAGS_ALL);
}
