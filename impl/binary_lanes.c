#include "impl/binary_lanes.h"

#include "impl/bounds.h"
#include "impl/fetch.h"
#include "impl/single_math.h"

#include <math.h>

#define EACH LP_EACH_LANE

/* Whole vectors where there are any. */
#define READ(type)                                                                                 \
    do {                                                                                           \
        const type *from = (const type *)data + first * stride;                                    \
        if (stride == 1 && count == LP_LANES) {                                                    \
            lp_fetch_read(from, 0, LP_LANES *(int)sizeof *from / LP_FETCH_LINE);                   \
            EACH(q) x[q] = (double)from[q];                                                        \
        } else                                                                                     \
            for (int64_t q = 0; q < LP_LANES; q++)                                                 \
                x[q] = q < count ? (double)from[q * stride] : 0;                                   \
    } while (0)
#define WRITE(type)                                                                                \
    do {                                                                                           \
        type *to = (type *)data + first * stride;                                                  \
        if (stride == 1 && count == LP_LANES) {                                                    \
            lp_fetch_write(to, LP_LANES *(int)sizeof *to / LP_FETCH_LINE);                         \
            EACH(q) to[q] = (type)y[q];                                                            \
        } else                                                                                     \
            for (int64_t q = 0; q < count; q++) to[q * stride] = (type)y[q];                       \
    } while (0)
void lp_lanes_read(double x[LP_LANES], const void *data, bool single, int64_t stride, int64_t first,
                   int64_t count) {
    if (single)
        READ(float);
    else
        READ(double);
}
void lp_lanes_write(void *data, bool single, int64_t stride, int64_t first, int64_t count,
                    const double y[LP_LANES]) {
    if (single)
        WRITE(float);
    else
        WRITE(double);
}

/* --- binary64 -------------------------------------------------------------------------------- */

/* w/(1 + w), or 1/(1 + w) where `near`: 2^-80.4 of w (E_EXP) at most, a sum and a quotient of
 * 2^-102. */
LP_INLINE lp_dd share(lp_dd w, int near) {
    lp_dd all = lp_fast_two_sum(1, w.hi);
    all.lo += w.lo;
    return lp_dd_ratio(lp_lane_choose(near, (lp_dd){1, 0}, w), all);
}

/* Of x and w = exp(-|x|). */
static void take(lp_lanes *restrict y, const double *restrict x, const lp_lanes *restrict w,
                 lp_binary_part part) {
    lp_lanes log;
    switch (part) {
    case LP_SIGMA:
        EACH(q) lp_lane_put(y, q, share(lp_lane(w, q), x[q] >= 0));
        return;
    case LP_SIGMA_SLOPE:
        EACH(q) lp_lane_put(y, q, lp_dd_mul(share(lp_lane(w, q), 1), share(lp_lane(w, q), 0)));
        return;
    case LP_SOFTPLUS:
        lp_lanes_log1p_unit(&log, w);
        EACH(q) {
            lp_dd sum = lp_two_sum(x[q] >= 0 ? x[q] : 0, log.hi[q]);
            lp_lane_put(y, q, (lp_dd){sum.hi, sum.lo + log.lo[q]});
        }
        return;
    }
}
/* Beyond LP_LANES_FAR only what is 1 or x but for less than 2^-500 is known. A product with v is
 * good to three roundings of low parts more. */
typedef struct argument {
    double x[LP_LANES], far[LP_LANES], wild[LP_LANES];
    lp_lanes w;
} argument;
static void set_argument(argument *a, const double *z, double s) {
    double minus[LP_LANES];
    EACH(q) {
        double size = fabs(z[q]);
        int in = size <= DBL_MAX;
        a->wild[q] = in ? 0 : 1;
        a->far[q] = size > LP_LANES_FAR ? 1 : 0;
        a->x[q] = in ? s * z[q] : 0;
        minus[q] = size <= LP_LANES_FAR ? -size : -LP_LANES_FAR;
    }
    lp_lanes_exp(&a->w, minus);
}
static void put_part(argument *a, double *out, lp_binary_part part, const double *times) {
    double unsure[LP_LANES];
    lp_lanes y;
    take(&y, a->x, &a->w, part);
    EACH(q) {
        double size = fabs(times[q]);
        int in = (size >= 0x1p-390) & (size <= 0x1p390), near = (a->far[q] == 0) | (y.hi[q] >= 0.5);
        lp_dd p = lp_two_prod(y.hi[q], in ? times[q] : 1);
        a->wild[q] = (in & near) ? a->wild[q] : 1;
        lp_lane_put(&y, q, (lp_dd){p.hi, p.lo + y.lo[q] * times[q]});
    }
    lp_lanes_round(out, unsure, &y, part == LP_SOFTPLUS ? LP_EPS_LOSS : LP_EPS_GRAD);
    EACH(q) a->wild[q] += unsure[q];
}
void lp_lanes_link(bool done[LP_LANES], double *value, double *grad, const double z[LP_LANES],
                   const double v[LP_LANES], const lp_link_parts *op) {
    argument a;
    double sign[LP_LANES];
    EACH(q) sign[q] = op->s;
    set_argument(&a, z, op->s);
    if (value) put_part(&a, value, op->part[0], sign);
    if (grad) put_part(&a, grad, op->part[1], v);
    EACH(q) done[q] = a.wild[q] == 0;
}

/* --- binary32 -------------------------------------------------------------------------------- */

typedef struct logistics {
    double w[LP_LANES], near[LP_LANES], log[LP_LANES];
} logistics;
/* Of exp(-|z|), which is below 2^-504 from LP_LANES_FAR on and may stay there: beside |z| it does
 * not count, and alone it is 0 in binary32, its products with numbers of that format too. */
static void logistic(logistics *restrict e, const double *restrict z) {
    EACH(q) {
        double a = fabs(z[q]);
        lp_logistic one = lp_logistic_single(a <= LP_LANES_FAR ? a : LP_LANES_FAR);
        e->w[q] = one.w;
        e->near[q] = one.near;
        e->log[q] = one.log;
    }
}

static void take_single(double *restrict y, const double *restrict z, double s,
                        const logistics *restrict e, lp_binary_part part) {
    switch (part) {
    case LP_SIGMA:
        EACH(q) y[q] = s * z[q] >= 0 ? e->near[q] : e->near[q] * e->w[q];
        return;
    case LP_SIGMA_SLOPE:
        EACH(q) y[q] = e->near[q] * (e->near[q] * e->w[q]);
        return;
    case LP_SOFTPLUS:
        EACH(q) y[q] = (s * z[q] >= 0 ? s * z[q] : 0) + e->log[q];
        return;
    }
}
/* At most 14.3 u (the slope: E_SINGLE, twice the share's 4 u, two products), a product with `times`
 * and the test's two roundings: below LP_EPS_BINARY. */
static void put_single(double *restrict out, double *restrict wild, const double *restrict y,
                       const double *restrict times) {
    EACH(q) {
        double p = y[q] * times[q], size = fabs(times[q]);
        float high = (float)(p * (1 + LP_EPS_BINARY)), low = (float)(p * (1 - LP_EPS_BINARY));
        wild[q] = ((size > 0) & (size <= DBL_MAX) & (high == low)) ? wild[q] : 1;
        out[q] = (double)high;
    }
}
void lp_lanes_link_single(bool done[LP_LANES], double *value, double *grad,
                          const double z[LP_LANES], const double v[LP_LANES],
                          const lp_link_parts *op) {
    double y[LP_LANES], sign[LP_LANES], wild[LP_LANES];
    logistics e;
    logistic(&e, z);
    EACH(q) sign[q] = op->s;
    EACH(q) wild[q] = fabs(z[q]) <= DBL_MAX ? 0 : 1;
    if (value) {
        take_single(y, z, op->s, &e, op->part[0]);
        put_single(value, wild, y, sign);
    }
    if (grad) {
        take_single(y, z, op->s, &e, op->part[1]);
        put_single(grad, wild, y, v);
    }
    EACH(q) done[q] = wild[q] == 0;
}
