/* The floating-point control state of the calling thread, as words that can be compared. */
#ifndef LP_HOST_FPENV_H
#define LP_HOST_FPENV_H

#include <stdbool.h>
#include <stdint.h>

typedef struct lp_fpenv {
    uint32_t control; /* MXCSR without its sticky flags (x86-64), FPCR (AArch64), else fegetround */
    uint32_t x87;     /* x87 control word; 0 elsewhere */
} lp_fpenv;

lp_fpenv lp_fpenv_get(void);
/* Also clears sticky flags, and an x87 stack that was left in use. */
void lp_fpenv_set(lp_fpenv env);
/* Nearest-even, gradual underflow, all exceptions masked. */
lp_fpenv lp_fpenv_default(void);

/* Between two states: does rounding (direction, x87 precision, trapping) differ; does the treatment
 * of subnormals. */
bool lp_fpenv_rounds_differently(lp_fpenv a, lp_fpenv b);
bool lp_fpenv_flushes_differently(lp_fpenv a, lp_fpenv b);

#endif
