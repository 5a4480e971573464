/* Section 5, 2. On distributions (sums exactly 1) KL(p||q) >= 0 and H(p,q) >= H(p); rounding to
 * nearest is monotone, so correctly rounded results obey the same order, others within their own
 * tolerances. For any nonnegative vectors the log-sum inequality bounds KL from below, and the
 * generalised KL is >= 0: each of its terms is, since x - 1 >= ln x. */
#include "props/props/domain.h"

#include "ref/facts.h"

#include <math.h>

static const lp_op ops[] = {LP_OP_KL_DIV, LP_OP_CROSS_ENTROPY, LP_OP_KL_GEN};

static bool finite_row(const lp_case *c, int64_t r) {
    return lp_domain_finite(c, LP_IN_P, r) && lp_domain_finite(c, LP_IN_Q, r);
}

static bool distributions(const lp_case *c, int64_t r) {
    return lp_domain_distribution(c, LP_IN_P, r) && lp_domain_distribution(c, LP_IN_Q, r);
}

static void entropy_of(lp_case *h, const lp_case *base) {
    lp_case_init(h, LP_OP_ENTROPY);
    h->format = base->format;
    h->n = base->n;
    h->k = h->stride = base->k;
    double *p = lp_case_alloc(h, LP_IN_P);
    for (int64_t i = 0; i < base->n * base->k; i++) p[i] = base->in[LP_IN_P][i];
}

static int derive(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                  uint64_t declared) {
    (void)rng, (void)params;
    if (!lp_domain_known(base, 0)) return -1;
    if (base->op != LP_OP_CROSS_ENTROPY) return lp_domain_any(base, finite_row) ? 0 : -1;
    if (!(declared >> LP_OP_ENTROPY & 1) || !lp_domain_any(base, distributions)) return -1;
    entropy_of(&more[0], base);
    return 1;
}

/* Where p = q nothing but zero is right; where the exact value exceeds the tolerance (at `correct`
 * half an ulp, hence half the least subnormal at least) a result must not be zero or less. */
static bool kl_row(const lp_eval *e, int64_t r, lp_level level, char why[256]) {
    double kl;
    if (!finite_row(e->kase, r) || !lp_returned(&kl, e, LP_OUT_LOSS, r)) return true;
    const double *p = lp_domain_row(e->kase, LP_IN_P, r), *q = lp_domain_row(e->kase, LP_IN_Q, r);
    double h = lp_tolerance(e->exact, LP_OUT_LOSS, r, level);
    double slack = level == LP_LEVEL_CORRECT ? 0 : h;
    bool general = e->kase->op == LP_OP_KL_GEN;
    const char *on = general ? "" : " on distributions";
    if (general || distributions(e->kase, r)) {
        if (!lp_below(0, kl, slack))
            return lp_broken(why, "KL of row %lld is %a (%.17g) < 0%s", (long long)r, kl, kl, on);
        if (kl <= 0 && isfinite(h) && lp_exact_compare(e->exact, LP_OUT_LOSS, r, h) == 1)
            return lp_broken(why, "KL of row %lld is %g%s though p and q differ", (long long)r, kl,
                             on);
    }
    double least = lp_fact_log_sum(p, q, e->kase->k, e->kase->format, general);
    if (isfinite(least) && !lp_below(least, kl, slack))
        return lp_broken(why, "KL of row %lld is %a (%.17g) < P ln(P/Q)%s >= %a", (long long)r, kl,
                         kl, general ? " - P + Q" : "", least);
    return true;
}

static bool identical_row(const lp_eval *e, int64_t r, lp_level level, char why[256]) {
    double kl;
    if (!finite_row(e->kase, r) || !lp_returned(&kl, e, LP_OUT_LOSS, r)) return true;
    const double *p = lp_domain_row(e->kase, LP_IN_P, r), *q = lp_domain_row(e->kase, LP_IN_Q, r);
    for (int64_t j = 0; j < e->kase->k; j++)
        if (p[j] != q[j]) return true;
    double slack = level == LP_LEVEL_CORRECT ? 0 : lp_tolerance(e->exact, LP_OUT_LOSS, r, level);
    return (lp_below(kl, 0, slack) && lp_below(0, kl, slack)) ||
           lp_broken(why, "KL(p||p) of row %lld is %a (%.17g), not 0", (long long)r, kl, kl);
}

static bool cross_row(const lp_eval *eval, int64_t r, lp_level level, char why[256]) {
    return !distributions(eval[0].kase, r) ||
           lp_not_above(&eval[1], r, &eval[0], r, LP_OUT_LOSS, level, why);
}

static bool holds(const lp_eval *eval, int n, lp_level level, char why[256]) {
    for (int64_t r = 0; r < eval[0].kase->n; r++) {
        if (n == 2 ? !cross_row(eval, r, level, why)
                   : !kl_row(eval, r, level, why) || !identical_row(eval, r, level, why))
            return false;
    }
    return true;
}

const lp_property lp_property_gibbs = {
    .name = "gibbs",
    .number = 2,
    .claim = "KL >= 0 and H(p,q) >= H(p) on distributions, the log-sum inequality everywhere, and "
             "generalised KL >= 0",
    .ops = ops,
    .op_count = sizeof ops / sizeof *ops,
    .derive = derive,
    .holds = holds,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS)};
