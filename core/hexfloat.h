/* The specification's spelling of floating numbers (section 7): strict in, normalised out. */
#ifndef LP_CORE_HEXFLOAT_H
#define LP_CORE_HEXFLOAT_H

#include <stdbool.h>
#include <stddef.h>

#define LP_HEXFLOAT_SIZE 40

/* Writes the one normalised spelling: 0x1.8p+0, 0x1p-1074, 0x0p+0, -0x0p+0, inf, -inf, nan.
 * Returns buf. */
char *lp_hexfloat_print(char buf[LP_HEXFLOAT_SIZE], double x);
/* Accepts -?0x[0-9a-f]+(\.[0-9a-f]+)?p[+-]?[0-9]+, inf, -inf, nan; false where the text is anything
 * else or names a number that no double equals. Locale-independent. */
bool lp_hexfloat_parse(double *x, const char *text);

#endif
