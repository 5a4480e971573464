#include "ref/env.h"

#include <stdbool.h>
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

#if defined(__x86_64__)

/* MXCSR (Intel SDM vol. 1, 10.2.3): 6 operands flushed, 13 and 14 rounding, 15 results flushed.
 * Read, since to try a subnormal number costs the time of a short row. */
static bool doubles_sound(void) {
    return !(__builtin_ia32_stmxcsr() & 0xe040);
}

#else

/* By what they do, on any processor. Upward, 1 + 2^-53 is above 1; downward and toward zero, 1 +
 * more is not. A result below the normal numbers vanishes where results are flushed, an operand
 * where operands are. */
static bool doubles_sound(void) {
    volatile double one = 1, half = 0x1p-53, more = 0x1.8p-53, normal = 0x1p-1022,
                    least = 0x1p-1074;
    bool nearest = one + half == 1 && one + more > 1 && -one - half == -1 && -one - more < -1;
    return nearest && normal * 0.5 > 0 && least * 0x1p1000 > 0;
}

#endif

void lp_env_assert_doubles(void) {
    if (doubles_sound()) return;
    fputs(
        "lossproof: the reference was called with doubles that round otherwise than to nearest, or "
        "flush subnormal numbers\n",
        stderr);
    abort();
}
