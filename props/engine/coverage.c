#include "props/engine/coverage.h"

#include <math.h>

/* a ln(a/b), 0 at a = 0. */
static double part(double a, double b) {
    return a > 0 ? a * log(a / b) : 0;
}

/* Chernoff: for a share p >= least and k < n least, P(at most k of n) <= exp(-n D(k/n || least)),
 * D(a||b) = a ln(a/b) + (1-a) ln((1-a)/(1-b)) (Hoeffding 1963, theorem 1). */
bool lp_coverage_short(int64_t seen, int64_t cases, double least) {
    if (cases <= 0) return false;
    double share = (double)seen / (double)cases;
    double divergence = part(share, least) + part(1 - share, 1 - least);
    return share < least && (double)cases * divergence > 20.72326583694641; /* 9 ln 10 */
}
