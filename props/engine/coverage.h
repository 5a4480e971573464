/* Was a kind of case visited often enough? A statistical test, since counts are random: it fails
 * only where the count would be as low by chance once in 10^9 runs. */
#ifndef LP_ENGINE_COVERAGE_H
#define LP_ENGINE_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

/* `seen` of `cases` independent cases were of a kind that has at least the share `least` (in (0,1))
 * of all: is that too few to be chance? */
bool lp_coverage_short(int64_t seen, int64_t cases, double least);

#endif
