/* Whether the entries of a matrix lie where they must. */
#ifndef LP_IMPL_RANGE_H
#define LP_IMPL_RANGE_H

#include <lossproof/subject.h>

#include "impl/isa.h"

#include <stdbool.h>

/* Every entry of the n rows of k is NaN or in [min, max]. */
typedef bool lp_range(const lp_matrix *m, bool single, int64_t n, int64_t k, double min,
                      double max);
lp_range lp_range_holds;

#endif
