#include "impl/range.h"

#include "impl/lane_load.h"

#include <math.h>

enum { LANES = LP_LOAD_LANES };

/* The least and the largest so far, a few at a time: calls read all of their targets once more for
 * this, which takes longer than the arithmetic of a short row unless vectors do it. */
typedef struct extent {
    double min[LANES], max[LANES];
} extent;

static void widen(extent *e, const void *data, bool single, int64_t from, int64_t k) {
    for (int64_t j = 0; j < k; j += LANES) {
        double x[LANES];
        lp_lane_load(x, data, single, from + j, k - j, (double)NAN);
        for (int q = 0; q < LANES; q++) {
            e->min[q] = x[q] < e->min[q] ? x[q] : e->min[q];
            e->max[q] = x[q] > e->max[q] ? x[q] : e->max[q];
        }
    }
}

bool lp_range_holds(const lp_matrix *m, bool single, int64_t n, int64_t k, double min, double max) {
    extent e;
    bool inside = true;
    for (int q = 0; q < LANES; q++) e.min[q] = INFINITY, e.max[q] = -INFINITY;
    if (n > 1 && m->stride == k) { /* one row after the other */
        k *= n;
        n = 1;
    }
    for (int64_t i = 0; i < n; i++) widen(&e, m->data, single, i * m->stride, k);
    for (int q = 0; q < LANES; q++) inside &= !(e.min[q] < min) && !(e.max[q] > max);
    return inside;
}
