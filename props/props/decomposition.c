/* Section 5, 13 and 18. H(p,q) = H(p) + KL(p||q) for any nonnegative vectors; smoothing is a
 * mixture of cross-entropies; on distributions H(p,q) is least at q = p. Returned numbers are off
 * by at most their tolerances, and what is compared is formed exactly. */
#include "props/props/domain.h"

#include "ref/combine.h"

#include <math.h>
#include <stdlib.h>

static const lp_op cross_ops[] = {LP_OP_CROSS_ENTROPY};
static const lp_op smooth_ops[] = {LP_OP_SOFTMAX_XENT};

static void pair_of(lp_case *to, lp_op op, const lp_case *base, bool with_q, bool q_is_p) {
    lp_case_init(to, op);
    to->format = base->format;
    to->n = base->n;
    to->k = to->stride = base->k;
    double *p = lp_case_alloc(to, LP_IN_P), *q = with_q ? lp_case_alloc(to, LP_IN_Q) : NULL;
    for (int64_t i = 0; i < base->n * base->k; i++) {
        p[i] = base->in[LP_IN_P][i];
        if (q) q[i] = base->in[q_is_p ? LP_IN_P : LP_IN_Q][i];
    }
}

static bool finite_row(const lp_case *c, int64_t r) {
    return lp_domain_finite(c, LP_IN_P, r) && lp_domain_finite(c, LP_IN_Q, r);
}

static int derive_entropy(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                          uint64_t declared) {
    (void)rng, (void)params;
    uint64_t both = UINT64_C(1) << LP_OP_ENTROPY | UINT64_C(1) << LP_OP_KL_DIV;
    if (!lp_domain_known(base, 0) || (declared & both) != both || !lp_domain_any(base, finite_row))
        return -1;
    pair_of(&more[0], LP_OP_ENTROPY, base, false, false);
    pair_of(&more[1], LP_OP_KL_DIV, base, true, false);
    return 2;
}

/* |sum side_i x_i| <= sum h_i, all finite. */
static bool balanced(const double *side, const double *x, const double *h, int n) {
    double a[6], b[6];
    for (int way = -1; way <= 1; way += 2) {
        for (int i = 0; i < n; i++) {
            a[i] = way * side[i];
            b[i] = x[i];
            a[n + i] = -1;
            b[n + i] = h[i];
        }
        if (lp_dot_compare(a, b, (int64_t)2 * n, 0) > 0) return false;
    }
    return true;
}

static bool holds_entropy(const lp_eval *eval, int n, lp_level level, char why[256]) {
    static const double side[] = {1, -1, -1};
    for (int64_t r = 0; r < eval->kase->n; r++) {
        double x[3] = {0}, h[3] = {0};
        bool all = finite_row(eval->kase, r);
        for (int i = 0; i < n && all; i++) {
            all = lp_returned(&x[i], &eval[i], LP_OUT_LOSS, r);
            h[i] = all ? lp_tolerance(eval[i].exact, LP_OUT_LOSS, r, level) : 0;
            all = all && isfinite(h[i]);
        }
        if (all && !balanced(side, x, h, 3))
            return lp_broken(why, "row %lld: H(p,q) = %.17g is not H(p) + KL = %.17g + %.17g",
                             (long long)r, x[0], x[1], x[2]);
    }
    return true;
}

/* --- smoothing -------------------------------------------------------------------------------- */

#define MOST 17

/* K (rule K) or K - 1: a power of two keeps every coefficient below exact. */
static int64_t shares(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_SMOOTHING_RULE) == 0 ? c->k : c->k - 1;
}

static int derive_smoothing(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                            uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    int64_t m = shares(base);
    uint64_t known = LP_DOMAIN_SOFTMAX & ~LP_PARAM_BIT(LP_PARAM_WEIGHTS);
    if (!lp_domain_known(base, known) || !lp_case_has(base, LP_PARAM_SMOOTHING) || base->n < 1 ||
        base->k > MOST || m < 1 || (m & (m - 1)) != 0 || !lp_domain_finite(base, LP_IN_LOGITS, 0))
        return -1;
    lp_case *c = &more[0];
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    c->format = base->format;
    c->n = c->k = c->stride = base->k;
    if (lp_case_has(base, LP_PARAM_TEMPERATURE))
        lp_case_set(c, LP_PARAM_TEMPERATURE, lp_case_param(base, LP_PARAM_TEMPERATURE));
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    int64_t *label = lp_case_alloc_label(c);
    for (int64_t r = 0; r < c->n; r++) {
        label[r] = r;
        for (int64_t j = 0; j < c->k; j++) z[r * c->k + j] = base->in[LP_IN_LOGITS][j];
    }
    return 1;
}

/* M L = (M - M e) CE_c + e sum CE_j, over all classes or all but c; M e is exact. */
static bool holds_smoothing(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    const lp_case *c = eval->kase;
    double m = (double)shares(c), e = lp_case_param(c, LP_PARAM_SMOOTHING);
    bool rest = lp_case_param(c, LP_PARAM_SMOOTHING_RULE) == 1;
    double side[MOST + 3] = {0}, x[MOST + 3] = {0}, h[MOST + 3] = {0};
    int terms = 0;
    for (int64_t i = -1; i < c->k; i++) {
        const lp_eval *from = i < 0 ? &eval[0] : &eval[1];
        int64_t at = i < 0 ? 0 : i;
        bool mine = i == c->label[0];
        if (i >= 0 && mine && rest)
            side[terms] = 0;
        else
            side[terms] = i < 0 ? -m : e;
        if (!lp_returned(&x[terms], from, LP_OUT_LOSS, at)) return true;
        h[terms] = lp_tolerance(from->exact, LP_OUT_LOSS, at, level);
        if (!isfinite(h[terms])) return true;
        terms++;
        if (!mine) continue;
        for (int k = 0; k < 2; k++, terms++) {
            x[terms] = x[terms - 1];
            h[terms] = h[terms - 1];
            side[terms] = k ? -m * e : m;
        }
    }
    for (int way = -1; way <= 1; way += 2) {
        double a[2 * MOST + 6], b[2 * MOST + 6];
        for (size_t i = 0; i < (size_t)terms; i++) {
            a[2 * i] = way * side[i];
            b[2 * i] = x[i];
            a[2 * i + 1] = -fabs(side[i]);
            b[2 * i + 1] = h[i];
        }
        if (lp_dot_compare(a, b, (int64_t)2 * terms, 0) > 0)
            return lp_broken(why, "smoothed loss %.17g is not the mixture of the classes' losses",
                             x[0]);
    }
    return true;
}

/* --- proper score ----------------------------------------------------------------------------- */

static bool distributions(const lp_case *c, int64_t r) {
    return lp_domain_distribution(c, LP_IN_P, r) && lp_domain_distribution(c, LP_IN_Q, r);
}

static int derive_score(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                        uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    if (!lp_domain_known(base, 0) || !lp_domain_any(base, distributions)) return -1;
    pair_of(&more[0], LP_OP_CROSS_ENTROPY, base, true, true);
    return 1;
}

static bool holds_score(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t r = 0; r < eval->kase->n; r++)
        if (distributions(eval->kase, r) &&
            !lp_not_above(&eval[1], r, &eval[0], r, LP_OUT_LOSS, level, why))
            return false;
    return true;
}

const lp_property lp_property_decomposition = {
    .name = "decomposition",
    .number = 13,
    .claim = "H(p,q) = H(p) + KL(p||q) within the sum of the errors",
    .ops = cross_ops,
    .op_count = sizeof cross_ops / sizeof *cross_ops,
    .derive = derive_entropy,
    .holds = holds_entropy,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS)};

const lp_property lp_property_smoothing_is_mixture = {
    .name = "smoothing_is_mixture",
    .number = 13,
    .claim = "the smoothed loss is (1-e) CE_c + e mean CE_j (rule K-1: of the other classes)",
    .ops = smooth_ops,
    .op_count = sizeof smooth_ops / sizeof *smooth_ops,
    .derive = derive_smoothing,
    .holds = holds_smoothing,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS)};

const lp_property lp_property_proper_score = {.name = "proper_score",
                                              .number = 18,
                                              .claim = "on distributions H(p,q) >= H(p,p)",
                                              .ops = cross_ops,
                                              .op_count = sizeof cross_ops / sizeof *cross_ops,
                                              .derive = derive_score,
                                              .holds = holds_score,
                                              .outputs = LP_OUT_BIT(LP_OUT_LOSS)};
