/* Moves in the coordinates that matter, on the typed choices behind an input. */
#ifndef LP_FUZZ_MUTATE_H
#define LP_FUZZ_MUTATE_H

#include "fuzz/target.h"

/* Rewrites `data` in place; a case by value (text) becomes choices. Returns the new size, 0 where
 * there is nothing to move or it does not fit. A function of its arguments alone. */
size_t lp_fuzz_mutate(const lp_fuzz_subject *s, uint8_t *data, size_t size, size_t max_size,
                      unsigned seed);

#endif
