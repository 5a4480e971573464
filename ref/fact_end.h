/* What the files of facts share. Private to the room. */
#ifndef LP_REF_FACT_END_H
#define LP_REF_FACT_END_H

#include "core/format.h"

#include <mpfr.h>

/* Precision of the outward roundings: the ends are loose by a few 2^-160, far below half an ulp of
 * any format, so that an end rounded outward to the format is the next number or the one after. */
#define FACT_BITS 160

/* An end that x approaches from outside, as a number of the format: outward, or to nearest among
 * the normal numbers (rounding is monotone, so the rounded x is outside the rounded end). */
double lp_fact_end(mpfr_srcptr x, const lp_format *f, bool up, bool nearest);

#endif
