/* Section 5, 16: as T grows distillation becomes the matching of centred logits. With mix = 0 the
 * gradient is g_j = T (s_j - t_j), s = softmax(z / T), t = softmax(y / T). Along u -> e u the
 * component softmax_j(e u) has at e = 0 the value 1/K and the slope (u_j - mean u) / K, and the
 * second derivative p_j ((u_j - m)^2 - Var), m and Var under p, of which neither part exceeds R^2
 * with R = max u - min u; so s_j = (1 + (z_j - mean z) / T) / K + r, |r| <= R^2 / (2 T^2), and |g_j
 * - ((z_j - mean z) - (y_j - mean y)) / K| <= (R_z^2 + R_y^2) / (2 T). Equal rows: g = 0, and the
 * zero is exact. */
#include "props/props/domain.h"

#include "ref/combine.h"

#include <math.h>
#include <stdlib.h>

static const lp_op ops[] = {LP_OP_DISTILL};

static double range_of(const double *x, int64_t k) {
    double least = x[0], most = x[0];
    for (int64_t j = 1; j < k; j++) {
        least = fmin(least, x[j]);
        most = fmax(most, x[j]);
    }
    return nextafter(most - least, INFINITY); /* rounded up, or exact and a little more */
}

/* K^2 must be exact. */
static bool limit_row(const lp_case *c, int64_t r) {
    return c->k < (INT64_C(1) << 24) && lp_domain_finite(c, LP_IN_LOGITS, r) &&
           lp_domain_finite(c, LP_IN_TEACHER, r);
}

/* (R_z^2 + R_y^2) / 2, rounded up. */
static double half_squares(const lp_case *c, int64_t r) {
    double a = range_of(lp_domain_row(c, LP_IN_LOGITS, r), c->k);
    double b = range_of(lp_domain_row(c, LP_IN_TEACHER, r), c->k);
    return (a * a + b * b) / 2 * (1 + 0x1p-50) + 0x1p-1074;
}

/* The teacher alone, at a T some binades beyond the ranges of the first row that fits. */
static int derive(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                  uint64_t declared) {
    (void)declared;
    const uint64_t wanted = LP_PARAM_BIT(LP_PARAM_MIX) | LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    if (!lp_domain_known(base, LP_DOMAIN_SOFTMAX) || (params & wanted) != wanted) return -1;
    int64_t r = 0;
    while (r < base->n && !limit_row(base, r)) r++;
    if (r == base->n) return -1;
    double size = half_squares(base, r);
    int e = size > 0x1p-1000 ? ilogb(size) : 0, up = (int)lp_rng_below(rng, 16);
    if (!(size < 0x1p900)) return -1;
    lp_case_copy(&more[0], base);
    lp_case_set(&more[0], LP_PARAM_MIX, 0);
    lp_case_set(&more[0], LP_PARAM_TEMPERATURE, ldexp(1, e / 2 + up));
    return 1;
}

/* K^2 g_j - (K z_j - sum z) + (K y_j - sum y) within K^2 (bound + h), exactly. */
static bool near_limit(const lp_case *c, int64_t r, int64_t j, double g, double slack) {
    const double *z = lp_domain_row(c, LP_IN_LOGITS, r), *y = lp_domain_row(c, LP_IN_TEACHER, r);
    int64_t k = c->k, n = 0;
    double *factor = malloc((size_t)(2 * (2 * k + 4)) * sizeof *factor);
    const double d = (double)k;
    if (!factor) abort();
    double *term = factor + 2 * k + 4;
#define PUT(f, x) (factor[n] = (f), term[n++] = (x))
    PUT(d * d, g);
    PUT(-d, z[j]);
    PUT(d, y[j]);
    for (int64_t i = 0; i < k; i++) {
        PUT(1, z[i]);
        PUT(-1, y[i]);
    }
    PUT(-d * d, slack);
    bool ok = lp_dot_compare(factor, term, n, 0) <= 0;
    for (int64_t i = 0; i < n - 1; i++) factor[i] = -factor[i];
    ok = ok && lp_dot_compare(factor, term, n, 0) <= 0;
#undef PUT
    free(factor);
    return ok;
}

static bool same_row(const lp_case *c, int64_t r) {
    const double *z = lp_domain_row(c, LP_IN_LOGITS, r), *y = lp_domain_row(c, LP_IN_TEACHER, r);
    for (int64_t j = 0; j < c->k; j++)
        if (z[j] != y[j]) return false;
    return true;
}

static bool holds_row(const lp_eval *e, int64_t r, lp_level level, char why[256]) {
    const lp_case *c = e->kase;
    double t = lp_case_param(c, LP_PARAM_TEMPERATURE);
    double bound = half_squares(c, r) / t * (1 + 0x1p-50) + 0x1p-1074;
    for (int64_t j = 0; j < c->k; j++) {
        double g;
        int64_t i = r * c->k + j;
        if (!lp_returned(&g, e, LP_OUT_GRAD, i)) continue;
        double h = lp_tolerance(e->exact, LP_OUT_GRAD, i, level);
        if (!isfinite(h) || !isfinite(bound)) continue;
        double slack = (bound + h) * (1 + 0x1p-50);
        if (!near_limit(c, r, j, g, slack))
            return lp_broken(why, "grad[%lld] = %.17g at T = %g, not the centred logits' within %g",
                             (long long)i, g, t, slack);
        if (level == LP_LEVEL_CORRECT && same_row(c, r) && g != 0)
            return lp_broken(why, "grad[%lld] = %.17g of a student that is its teacher",
                             (long long)i, g);
    }
    return true;
}

static bool holds(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t r = 0; r < eval[1].kase->n; r++)
        if (limit_row(eval[1].kase, r) && !holds_row(&eval[1], r, level, why)) return false;
    return true;
}

const lp_property lp_property_distill_limit = {
    .name = "distill_limit",
    .number = 16,
    .claim = "at a large T the teacher's gradient is the difference of centred logits over K",
    .ops = ops,
    .op_count = sizeof ops / sizeof *ops,
    .derive = derive,
    .holds = holds,
    .outputs = LP_OUT_BIT(LP_OUT_GRAD)};
