/* The ruler measured: intervals made by hand whose answers are known without computing. */
#include "ref/env.h"
#include "ref/exact.h"
#include "ref/ulp.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* x = (a + r) / b, r in (lo, hi) as units of 2^scale; lo = hi = 0: whole. */
typedef struct specimen {
    const char *what;
    lp_format_id format;
    double a, b;
    int lo, hi, scale;
    double want[LP_ROUNDING_COUNT]; /* nearest, zero, up, down */
    int ulp_exp;
} specimen;

#define U32 0x1p-23 /* distance of binary32 numbers above 1 */

static const specimen table[] = {
    {"zero", LP_BINARY64, 0, 1, 0, 0, 0, {0, 0, 0, 0}, -1074},
    {"one", LP_BINARY64, 1, 1, 0, 0, 0, {1, 1, 1, 1}, -52},
    {"just above 1", LP_BINARY64, 1, 1, 0, 1, -9000, {1, 1, 1 + DBL_EPSILON, 1}, -52},
    {"just below 1: finer ulp",
     LP_BINARY64,
     1,
     1,
     -1,
     0,
     -9000,
     {1, 1 - DBL_EPSILON / 2, 1, 1 - DBL_EPSILON / 2},
     -53},
    {"just above -1",
     LP_BINARY64,
     -1,
     1,
     0,
     1,
     -9000,
     {-1, -1 + DBL_EPSILON / 2, -1 + DBL_EPSILON / 2, -1},
     -53},
    {"a quotient that is a number",
     LP_BINARY64,
     0x1p53 + 2,
     2,
     0,
     0,
     0,
     {0x1p52 + 1, 0x1p52 + 1, 0x1p52 + 1, 0x1p52 + 1},
     0},
    {"1/3",
     LP_BINARY64,
     1,
     3,
     0,
     0,
     0,
     {0x1.5555555555555p-2, 0x1.5555555555555p-2, 0x1.5555555555556p-2, 0x1.5555555555555p-2},
     -54},
    {"binary32 tie to even below", LP_BINARY32, 1 + U32 / 2, 1, 0, 0, 0, {1, 1, 1 + U32, 1}, -23},
    {"binary32 tie to even above",
     LP_BINARY32,
     1 + 3 * U32 / 2,
     1,
     0,
     0,
     0,
     {1 + 2 * U32, 1 + U32, 1 + 2 * U32, 1 + U32},
     -23},
    {"binary32 beside a tie",
     LP_BINARY32,
     1 + U32 / 2,
     1,
     0,
     1,
     -5000,
     {1 + U32, 1, 1 + U32, 1},
     -23},
    {"binary32 beside a tie, below",
     LP_BINARY32,
     1 + U32 / 2,
     1,
     -1,
     0,
     -5000,
     {1, 1, 1 + U32, 1},
     -23},
    {"half the least subnormal", LP_BINARY64, 0x1p-1074, 2, 0, 0, 0, {0, 0, 0x1p-1074, 0}, -1074},
    {"more than half of it",
     LP_BINARY64,
     0x1p-1074,
     2,
     0,
     1,
     -4000,
     {0x1p-1074, 0, 0x1p-1074, 0},
     -1074},
    {"negative underflow keeps its sign",
     LP_BINARY64,
     0,
     1,
     -1,
     0,
     -4000,
     {-0.0, -0.0, -0.0, -0x1p-1074},
     -1074},
    {"largest subnormal and a half",
     LP_BINARY64,
     0x1.ffffffffffffep-1022 + 0x1p-1074,
     2,
     0,
     0,
     0,
     {0x1p-1022, 0x0.fffffffffffffp-1022, 0x1p-1022, 0x0.fffffffffffffp-1022},
     -1074},
    {"largest", LP_BINARY64, DBL_MAX, 1, 0, 0, 0, {DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX}, 971},
    {"under the overflow threshold",
     LP_BINARY64,
     DBL_MAX,
     1,
     0,
     1,
     970,
     {DBL_MAX, DBL_MAX, INFINITY, DBL_MAX},
     971},
    {"past the overflow threshold",
     LP_BINARY64,
     DBL_MAX,
     1,
     1,
     2,
     970,
     {INFINITY, DBL_MAX, INFINITY, DBL_MAX},
     971},
    {"binary32 at the threshold",
     LP_BINARY32,
     0x1.ffffffp+127,
     1,
     0,
     0,
     0,
     {INFINITY, 0x1.fffffep+127, INFINITY, 0x1.fffffep+127},
     104},
    {"binary32 far beyond",
     LP_BINARY32,
     -0x1p200,
     1,
     0,
     0,
     0,
     {-INFINITY, -0x1.fffffep+127, -0x1.fffffep+127, -INFINITY},
     177},
    {"binary32 far beyond, not a power of two",
     LP_BINARY32,
     -0x1.8p200,
     1,
     0,
     0,
     0,
     {-INFINITY, -0x1.fffffep+127, -0x1.fffffep+127, -INFINITY},
     177},
    {"e4m3 tie at the top", LP_E4M3, 464, 1, 0, 0, 0, {448, 448, NAN, 448}, 5},
    {"e4m3 overflow", LP_E4M3, 465, 1, 0, 0, 0, {NAN, 448, NAN, 448}, 5},
};

/* got at a distance that is known: ulps = |got - x| / ulp, to 2^-16. */
typedef struct distance {
    const char *what;
    lp_format_id format;
    double a, b;
    int lo, hi, scale;
    double got, ulps;
} distance;

static const distance ruler[] = {
    {"one ulp above 1", LP_BINARY64, 1, 1, 0, 0, 0, 1 + DBL_EPSILON, 1},
    {"one number below 1 is half an ulp", LP_BINARY64, 1, 1, 0, 0, 0, 1 - DBL_EPSILON / 2, 0.5},
    {"1 against what is just below it", LP_BINARY64, 1, 1, -1, 0, -9000, 1 - DBL_EPSILON / 2, 1},
    {"1/3", LP_BINARY64, 1, 3, 0, 0, 0, 0x1.5555555555555p-2, 1.0 / 3},
    {"absolute where x is 0", LP_BINARY64, 0, 1, 0, 0, 0, 0x1p-3, 0x1p-3},
    {"subnormals", LP_BINARY64, 0x1p-1074, 1, 0, 0, 0, 0x1p-1072, 3},
    {"wrong sign", LP_BINARY32, 1, 1, 0, 0, 0, -1, 0x1p24},
    {"infinity for the largest: one ulp", LP_BINARY64, DBL_MAX, 1, 0, 0, 0, INFINITY, 1},
    {"infinity for a small number", LP_BINARY64, 1, 1, 0, 0, 0, INFINITY, INFINITY},
    {"infinity of the wrong sign", LP_BINARY64, DBL_MAX, 1, 0, 0, 0, -INFINITY, INFINITY},
    {"NaN", LP_BINARY64, 1, 1, 0, 0, 0, NAN, INFINITY},
};

static void make(lp_enclosure *x, double a, double b, int lo, int hi, int scale) {
    lp_enclosure_start(x, 64);
    mpfr_set_d(x->a, a, MPFR_RNDZ);
    mpfr_set_d(x->b, b, MPFR_RNDZ);
    x->unit = b == 1;
    x->whole = lo == 0 && hi == 0;
    mpfr_set_si_2exp(x->r.lo, lo, scale, MPFR_RNDZ);
    mpfr_set_si_2exp(x->r.hi, hi, scale, MPFR_RNDZ);
}

static bool same_bits(double a, double b) {
    return (isnan(a) && isnan(b)) || (a == b && !signbit(a) == !signbit(b));
}

static bool rounds(lp_enclosure *x, const specimen *s, lp_error *err) {
    const lp_format *f = lp_format_get(s->format);
    for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
        lp_measure m;
        make(x, s->a, s->b, s->lo, s->hi, s->scale);
        lp_ulp_measure(&m, x, f, (lp_rounding)mode, s->want[mode]);
        bool right = same_bits(m.want, s->want[mode]) && m.ulp_exp == s->ulp_exp &&
                     same_bits(m.down, s->want[LP_ROUND_DOWN]) &&
                     same_bits(m.up, s->want[LP_ROUND_UP]);
        if (!right || m.undecided)
            return lp_error_set(err, "self-test of the reference: %s, to %s", s->what,
                                lp_rounding_name((lp_rounding)mode));
    }
    return true;
}

static bool measures(lp_enclosure *x, const distance *d, lp_error *err) {
    lp_measure m;
    make(x, d->a, d->b, d->lo, d->hi, d->scale);
    lp_ulp_measure(&m, x, lp_format_get(d->format), LP_ROUND_NEAREST, d->got);
    bool tight = d->ulps == INFINITY || m.ulp_hi - m.ulp_lo <= 0x1p-16 * (1 + d->ulps);
    bool right = m.ulp_lo <= d->ulps && d->ulps <= m.ulp_hi && tight;
    return right || lp_error_set(err, "self-test of the reference: %s", d->what);
}

bool lp_ref_selftest(lp_error *err) {
    lp_env env;
    lp_enclosure x;
    bool right = true;
    lp_env_enter(&env);
    lp_enclosure_init(&x);
    for (size_t i = 0; right && i < sizeof table / sizeof *table; i++)
        right = rounds(&x, &table[i], err);
    for (size_t i = 0; right && i < sizeof ruler / sizeof *ruler; i++)
        right = measures(&x, &ruler[i], err);
    lp_enclosure_clear(&x);
    lp_env_leave(&env);
    return right;
}
