/* Rounding an MPFR number to a format by MPFR's own emulation of exponent range and subnormals. */
#ifndef LP_TESTS_REF_SECOND_ROUNDING_H
#define LP_TESTS_REF_SECOND_ROUNDING_H

#include "core/format.h"

#include <mpfr.h>

double second_rounding(const mpfr_t x, const lp_format *f, lp_rounding mode);

#endif
