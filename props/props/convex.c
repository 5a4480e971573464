/* Section 5, 7: the losses are convex in the logits. At exact midpoints f(mid) <= (f(x) + f(y))/2
 * for the exact values; returned ones are off by at most their tolerances:
 *   2 f^(mid) <= f^(x) + f^(y) + 2 h(mid) + h(x) + h(y).
 * The gradient of a convex function is monotone: sum (g_y - g_x)(y - x) >= 0, hence
 *   sum (g^_y - g^_x) e >= - sum |e| (h(g_x) + h(g_y)), y - x = 2e. All sums are formed exactly. */
#include "props/props/domain.h"

#include "ref/combine.h"

#include <math.h>
#include <stdlib.h>

static const lp_op ops[] = {LP_OP_SOFTMAX_XENT,      LP_OP_BCE_LOGITS, LP_OP_MULTILABEL_BCE,
                            LP_OP_SOFTMAX_XENT_SOFT, LP_OP_SOFTPLUS,   LP_OP_LOGSUMEXP,
                            LP_OP_LOGISTIC_MARGIN,   LP_OP_HINGE,      LP_OP_HINGE_MULTI};

static lp_out value_of(lp_op op) {
    return lp_op_output(lp_op_get(op), LP_OUT_LOSS) ? LP_OUT_LOSS : LP_OUT_VALUE;
}

static bool row_in(const lp_case *c, int64_t r) {
    return lp_domain_masked(c, LP_IN_LOGITS, r) && lp_domain_weights(c);
}

/* x + e and x + 2e are numbers of the format. */
static bool steps_exactly(double x, double e, const lp_format *f) {
    double one = x + e, two = one + e;
    bool first = (one - x) - e == 0 && (one - e) - x == 0;
    bool second = (two - one) - e == 0 && (two - e) - one == 0;
    return isfinite(two) && first && second && lp_format_holds(f, one) && lp_format_holds(f, two);
}

/* A power of two that the logit's last place allows, of any size from there to some 2^9. */
static double half_step(double x, lp_rng *rng, const lp_format *f) {
    if (!isfinite(x)) return 0;
    int least = x == 0 ? -20 : ilogb(x) - f->p + 3, most = 9;
    if (least > most) most = least + 4;
    double e = ldexp(lp_rng_below(rng, 2) ? 1 : -1,
                     least + (int)lp_rng_below(rng, (uint64_t)(most - least + 1)));
    return steps_exactly(x, e, f) ? e : 0;
}

static int derive(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                  uint64_t declared) {
    (void)params, (void)declared;
    uint64_t known = LP_DOMAIN_LOGITS;
    if (!lp_domain_known(base, known) || base->in[LP_IN_V]) return -1;
    const lp_format *f = lp_format_get(base->format);
    bool moved = false;
    lp_case_copy(&more[0], base);
    lp_case_copy(&more[1], base);
    for (int64_t r = 0; r < base->n; r++) {
        if (!row_in(base, r)) continue;
        for (int64_t i = r * base->k; i < (r + 1) * base->k; i++) {
            double e = half_step(base->in[LP_IN_LOGITS][i], rng, f);
            more[0].in[LP_IN_LOGITS][i] += 2 * e;
            more[1].in[LP_IN_LOGITS][i] += e;
            moved |= e != 0;
        }
    }
    if (moved) return 2;
    lp_case_clear(&more[0]);
    lp_case_clear(&more[1]);
    return -1;
}

static bool value_row(const lp_eval *eval, int64_t r, lp_level level, char why[256]) {
    double f[3], h[3];
    lp_out out = value_of(eval->kase->op);
    for (int i = 0; i < 3; i++) {
        if (!lp_returned(&f[i], &eval[i], out, r)) return true;
        h[i] = lp_tolerance(eval[i].exact, out, r, level);
        if (!isfinite(h[i])) return true;
    }
    const double side[] = {2, -1, -1, -2, -1, -1}, x[] = {f[2], f[0], f[1], h[2], h[0], h[1]};
    return lp_dot_compare(side, x, 6, 0) <= 0 ||
           lp_broken(why, "row %lld: f(mid) = %.17g > (%.17g + %.17g)/2", (long long)r, f[2], f[0],
                     f[1]);
}

static bool gradient_row(const lp_eval *eval, int64_t r, lp_level level, char why[256]) {
    const lp_case *x = eval[0].kase, *mid = eval[2].kase;
    double *a = malloc((size_t)(8 * x->k) * sizeof *a);
    if (!a) abort();
    double *b = a + 4 * x->k;
    bool all = true, ok = true;
    for (int64_t j = 0; j < x->k && all; j++) {
        int64_t i = r * x->k + j;
        double from = x->in[LP_IN_LOGITS][i];
        double e = isfinite(from) ? mid->in[LP_IN_LOGITS][i] - from : 0, g[2], h[2];
        for (int k = 0; k < 2 && all; k++) {
            all = lp_returned(&g[k], &eval[k], LP_OUT_GRAD, i);
            h[k] = all ? lp_tolerance(eval[k].exact, LP_OUT_GRAD, i, level) : 0;
            all = all && isfinite(h[k]);
        }
        if (!all) break;
        const double terms[] = {g[1], -g[0], h[0], h[1]}, by[] = {e, e, fabs(e), fabs(e)};
        for (int k = 0; k < 4; k++) {
            a[4 * j + k] = terms[k];
            b[4 * j + k] = by[k];
        }
    }
    if (all) ok = lp_dot_compare(a, b, 4 * x->k, 0) >= 0;
    free(a);
    return ok ||
           lp_broken(why, "row %lld: the gradient falls along the way it points", (long long)r);
}

static bool holds(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    const lp_case *c = eval->kase;
    int64_t values = lp_exact_len(eval->exact, value_of(c->op));
    for (int64_t r = 0; r < c->n; r++) {
        if (!row_in(c, r)) continue;
        if (r < values && !value_row(eval, r, level, why)) return false;
        if (!gradient_row(eval, r, level, why)) return false;
    }
    return true;
}

const lp_property lp_property_convex = {
    .name = "convex",
    .number = 7,
    .claim = "f(mid) <= (f(x) + f(y))/2 at exact midpoints, and the gradient is monotone",
    .ops = ops,
    .op_count = sizeof ops / sizeof *ops,
    .derive = derive,
    .holds = holds,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD)};
