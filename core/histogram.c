#include "core/histogram.h"

#include <math.h>

#define CENTRE  32
#define SQRT1_2 0x1.6a09e667f3bcdp-1 /* 0.70710678118654757 */

const char *lp_axis_name(lp_axis axis) {
    static const char *const name[LP_AXIS_COUNT] = {"gap", "odds", "offset", "classes"};
    return name[axis];
}

const char *lp_part_name(lp_part part) {
    static const char *const name[LP_PART_COUNT] = {"all", "label", "other"};
    return name[part];
}

static int clamp(int i, int most) {
    return i < most ? i : most;
}

/* x = m 2^e with m in [1/2, 1): the half octave above 2^(e-1) begins at m = sqrt(1/2). */
static int from_centre(double x) {
    int e;
    if (!(x >= 0.5)) return 0;
    if (isinf(x)) return 31;
    double m = frexp(x, &e);
    return clamp(1 + 2 * e + (m >= SQRT1_2), 31); /* x = 1/2: e = 0 */
}

static int octave(double x) {
    int e;
    if (!(x >= 0x1p-10)) return 0;
    if (isinf(x)) return LP_BUCKETS - 1;
    frexp(x, &e);
    return clamp(e + 10, LP_BUCKETS - 1); /* x = 2^-10: e = -9 */
}

static int classes(double k) {
    int e;
    double m = frexp(k, &e);
    return k <= 1 ? 0 : clamp(m == 0.5 ? e - 1 : e, LP_BUCKETS - 1);
}

int lp_axis_bucket(lp_axis axis, double x) {
    switch (axis) {
    case LP_AXIS_GAP:
    case LP_AXIS_ODDS:
        return x < 0 ? CENTRE - from_centre(-x) : CENTRE + from_centre(x);
    case LP_AXIS_OFFSET:
        return octave(fabs(x));
    case LP_AXIS_CLASSES:
        return classes(x);
    }
    return 0;
}

/* The inner edge of the i-th half octave from the centre, i >= 1; sqrt(1/2) as above. */
static double edge(int i) {
    return i % 2 ? ldexp(1, (i - 3) / 2) : ldexp(SQRT1_2, (i - 2) / 2);
}

static double signed_edge(int bucket, bool upper) {
    int i = bucket - CENTRE;
    if (i == 0) return upper ? edge(1) : -edge(1);
    if (i > 0) return !upper ? edge(i) : i == 31 ? INFINITY : edge(i + 1);
    return upper ? -edge(-i) : i == -31 ? -INFINITY : -edge(1 - i);
}

double lp_axis_from(lp_axis axis, int bucket) {
    if (axis == LP_AXIS_CLASSES) return bucket == 0 ? 0 : ldexp(1, bucket - 1) + 1;
    if (axis == LP_AXIS_OFFSET) return bucket == 0 ? 0 : ldexp(1, bucket - 11);
    return signed_edge(bucket, false);
}

double lp_axis_to(lp_axis axis, int bucket) {
    if (axis == LP_AXIS_CLASSES) return ldexp(1, bucket);
    if (axis == LP_AXIS_OFFSET) return bucket == LP_BUCKETS - 1 ? INFINITY : ldexp(1, bucket - 10);
    return signed_edge(bucket, true);
}

void lp_bucket_merge(lp_bucket *into, const lp_bucket *from) {
    into->components += from->components;
    into->within1 += from->within1;
    into->within4 += from->within4;
    into->lost += from->lost;
    into->special += from->special;
    if (from->max_ulp > into->max_ulp) into->max_ulp = from->max_ulp;
    if (from->max_bound > into->max_bound) into->max_bound = from->max_bound;
}

bool lp_histogram_has(const lp_histogram *h, lp_axis axis, lp_part part) {
    for (int i = 0; h && i < LP_BUCKETS; i++)
        if (h->bucket[axis][part][i].components > 0) return true;
    return false;
}
