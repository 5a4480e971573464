#include "props/engine/order.h"

#include <math.h>
#include <string.h>

bool lp_domain_holds(const lp_f64_domain *d, double x) {
    if (isnan(x)) return d->nan;
    if (isinf(x)) return x > 0 ? d->inf : d->ninf;
    if (x == 0 && signbit(x) && !d->neg_zero) return false;
    return d->lo <= x && x <= d->hi && (!d->binary32 || (double)(float)x == x);
}

/* The fewest fraction bits with which a number fits between the bounds, and there the least
 * magnitude. Rounding lo (a value of the format) to fewer bits stays in the format. */
double lp_domain_simplest(const lp_f64_domain *d) {
    if (d->lo <= 0 && 0 <= d->hi) return 0.0;
    double sign = d->lo > 0 ? 1.0 : -1.0;
    double near = d->lo > 0 ? d->lo : -d->hi, far = d->lo > 0 ? d->hi : -d->lo;
    for (int f = 0;; f++) {
        double scaled = ceil(scalbn(scalbn(near, f / 2), f - f / 2));
        double x = scalbn(scalbn(scaled, -(f / 2)), -(f - f / 2));
        if (x <= far) return sign * x;
    }
}

static double clamp(const lp_f64_domain *d, double x) {
    return fmin(fmax(x, d->lo), d->hi);
}

double lp_domain_map(const lp_f64_domain *d, double x) {
    if (lp_domain_holds(d, x)) return x;
    if (x == 0) return lp_domain_simplest(d);
    if (d->binary32 && lp_domain_holds(d, (double)(float)x)) return (double)(float)x;
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    double t = (double)(u & ((UINT64_C(1) << 52) - 1)) * 0x1p-52; /* the fraction, in [0, 1) */
    double y = clamp(d, (1 - t) * d->lo + t * d->hi);
    return d->binary32 ? clamp(d, (double)(float)y) : y;
}
