#include "tests/impl/families.h"

#include <float.h>
#include <math.h>
#include <string.h>

static double power(lp_rng *r, int least, int count) {
    return ldexp(1, least + (int)lp_rng_below(r, (uint64_t)count));
}

double family_any(lp_rng *r) {
    for (;;) {
        uint64_t b = lp_rng_u64(r);
        double x;
        memcpy(&x, &b, sizeof x);
        if (isfinite(x)) return x;
    }
}

/* Draws stand in statements of their own: operands are evaluated in any order. */
double family_positive(lp_rng *r) {
    double unit = lp_rng_unit(r);
    switch (lp_rng_below(r, 6)) {
    case 0:
        return fabs(family_any(r)) + 0x1p-1074;
    case 1:
        return 1 + (unit - 0.5) * power(r, -53, 54);
    case 2:
        return power(r, -1074, 1100);
    default:
        return unit + 0x1p-60;
    }
}

static const char *const names[FAMILIES] = {"normal 3",      "normal 30",       "scales",
                                            "bit patterns",  "label dominates", "label dominated",
                                            "common offset", "few ulps apart",  "subnormal result",
                                            "tiny logits",   "near overflow",   "label far off",
                                            "wide",          "masked"};
const char *family_name(int family) {
    return names[family];
}

static double few_ulps(double x, lp_rng *r) {
    for (uint64_t n = lp_rng_below(r, 4); n > 0; n--)
        x = nextafter(x, lp_rng_below(r, 2) ? INFINITY : -INFINITY);
    return x;
}

static double entry(int family, double base, double scale, lp_rng *r) {
    double normal = lp_rng_normal(r), unit = lp_rng_unit(r);
    uint64_t pick = lp_rng_below(r, 1074);
    switch (family) {
    case 0:
        return 3 * normal;
    case 1:
        return 30 * normal;
    case 2:
        return scale * normal;
    case 3:
        return family_any(r);
    case 6:
        return base + scale * normal;
    case 7:
        return few_ulps(base, r);
    case 8:
        return -700 - 60 * unit;
    case 9:
        return ldexp(normal, -(int)pick);
    case 10:
        return (pick & 1 ? DBL_MAX : -DBL_MAX) * (pick & 6 ? unit : 1);
    case 11:
        return 5 * normal;
    case 12:
        return base - 745 * unit;
    case 13:
        return pick % 3 ? 5 * normal : -INFINITY;
    default:
        return normal;
    }
}

void family_row(double *z, int64_t k, int64_t c, int family, lp_rng *r) {
    double base = lp_rng_normal(r), scale = power(r, -4, 22);
    if (family == 6) base = ldexp(base, (int)lp_rng_below(r, 60)), scale = power(r, 0, 8);
    if (family == 7) {
        base = 1 + lp_rng_unit(r);
        base = lp_rng_below(r, 2) ? base : -base;
        base = ldexp(base, (int)lp_rng_below(r, 1000));
    }
    for (int64_t j = 0; j < k; j++) z[j] = entry(family, base, scale, r);
    switch (family) {
    case 4:
        z[c] += power(r, 0, 11);
        break;
    case 5:
        z[c] -= power(r, 0, 11);
        break;
    case 8:
        z[c] = lp_rng_unit(r);
        break;
    case 10:
        if (lp_rng_below(r, 2)) z[c] = -DBL_MAX;
        break;
    case 11:
        z[c] = 710 + 40 * lp_rng_unit(r);
        break;
    case 12:
        z[lp_rng_below(r, (uint64_t)k)] = base + lp_rng_unit(r);
        break;
    case 13:
        z[c] = lp_rng_normal(r);
        break;
    default:
        break;
    }
}

double family_logit(int family, lp_rng *r) {
    double sign = lp_rng_below(r, 2) ? 1 : -1, normal = lp_rng_normal(r);
    switch (family) {
    case 0:
        return 3 * normal;
    case 1:
        return 40 * normal;
    case 2:
        return sign * (650 + 120 * lp_rng_unit(r));
    case 3:
        return family_any(r);
    case 4:
        return ldexp(normal, -(int)lp_rng_below(r, 1074));
    case 5:
        return sign * ldexp(1, (int)lp_rng_below(r, 30) - 20);
    default:
        return 0;
    }
}
