#include "props/engine/order.h"

#include <math.h>
#include <string.h>

double lp_domain_round(const lp_f64_domain *d, double x) {
    return d->format == LP_BINARY64 ? x : lp_format_round(lp_format_get(d->format), x);
}

bool lp_domain_holds(const lp_f64_domain *d, double x) {
    if (isnan(x)) return d->nan;
    if (isinf(x)) return x > 0 ? d->inf : d->ninf;
    if (x == 0 && signbit(x) && !d->neg_zero) return false;
    return d->lo <= x && x <= d->hi && lp_domain_round(d, x) == x;
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
    if (lp_domain_holds(d, lp_domain_round(d, x))) return lp_domain_round(d, x);
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    double t = (double)(u & ((UINT64_C(1) << 52) - 1)) * 0x1p-52; /* the fraction, in [0, 1) */
    double y = clamp(d, (1 - t) * d->lo + t * d->hi);
    return clamp(d, lp_domain_round(d, y));
}
