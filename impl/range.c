#include "impl/range.h"

/* Calls read all of their targets once more for this, which takes longer than the arithmetic of a
 * short row unless vectors do it. */
#define OUTSIDE(name, type)                                                                        \
    static bool name(const type *x, int64_t k, double min, double max) {                           \
        uint64_t out = 0;                                                                          \
        for (int64_t j = 0; j < k; j++)                                                            \
            out |= (((double)x[j] < min) | ((double)x[j] > max)) ? 1u : 0u;                        \
        return out != 0;                                                                           \
    }
OUTSIDE(outside, double)
OUTSIDE(outside_single, float)

bool lp_range_holds(const lp_matrix *m, bool single, int64_t n, int64_t k, double min, double max) {
    if (n > 1 && m->stride == k) { /* one row after the other */
        k *= n;
        n = 1;
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t at = i * m->stride;
        if (single ? outside_single((const float *)m->data + at, k, min, max)
                   : outside((const double *)m->data + at, k, min, max))
            return false;
    }
    return true;
}
