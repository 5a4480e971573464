/* Section 5, 1: a common offset of the logits changes nothing. softmax, log_softmax and softmax
 * cross-entropy depend on the differences of logits alone, so wherever every z_j + a is exact the
 * two cases have one exact answer: correctly rounded results are equal, others lie within their
 * own tolerance of it, |f(z+a) - f(z)| <= h(z+a) + h(z). logsumexp moves by a itself. */
#include "props/props/domain.h"

#include "ref/combine.h"

#include <math.h>

static const lp_op ops[] = {LP_OP_SOFTMAX_XENT,      LP_OP_SOFTMAX,     LP_OP_LOG_SOFTMAX,
                            LP_OP_SOFTMAX_XENT_SOFT, LP_OP_KL_LOGITS,   LP_OP_FOCAL_SOFTMAX,
                            LP_OP_LOGSUMEXP,         LP_OP_POLICY_GRAD, LP_OP_HINGE_MULTI,
                            LP_OP_DISTILL,           LP_OP_MSE_SOFTMAX, LP_OP_INFO_NCE,
                            LP_OP_LINEAR_XENT};

/* z_j + a is a number of the format for every logit that is not a mask. The sum of two doubles is
 * exact where TwoSum (Knuth) leaves no remainder. */
static bool shifts_exactly(const double *z, int64_t k, double a, const lp_format *f) {
    for (int64_t j = 0; j < k; j++) {
        if (z[j] == -INFINITY) continue;
        double s = z[j] + a, b = s - z[j];
        double rest = (z[j] - (s - b)) + (a - b);
        if (!isfinite(s) || rest != 0 || !lp_format_holds(f, s)) return false;
    }
    return true;
}

/* Offsets that have a chance: the row's own logits (a row near 0), and powers of two around and
 * above the logits' size, where an LSE formed before the subtraction loses its digits. */
static double candidate(const double *z, int64_t k, int attempt, lp_rng *rng, const lp_format *f) {
    double own = z[lp_rng_below(rng, (uint64_t)k)];
    if (attempt == 0) own = z[0];
    int e = (int)lp_rng_below(rng, (uint64_t)(f->p + 8)) - 4;
    double power = ldexp(lp_rng_below(rng, 2) ? 1 : -1, e);
    if (attempt % 2 == 0 && isfinite(own) && own != 0) return -own;
    return power;
}

static double choose(const double *z, int64_t k, lp_rng *rng, const lp_format *f) {
    enum { ATTEMPTS = 8 };
    for (int i = 0; i < ATTEMPTS; i++) {
        double a = candidate(z, k, i, rng, f);
        if (shifts_exactly(z, k, a, f)) return a;
    }
    return 0;
}

/* What is shifted in means of cross-entropies: a row of similarities, symmetric all of them, which
 * are the columns' too; the bias, which is in every logit of a linear layer. */
static int derive_stacked(lp_case more[], const lp_case *base, lp_rng *rng) {
    const uint64_t rows = LP_PARAM_BIT(LP_PARAM_TEMPERATURE) | LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
    const lp_in role = base->in[LP_IN_SIM] ? LP_IN_SIM : LP_IN_B;
    const bool both = lp_case_param(base, LP_PARAM_SYMMETRIC) == 1;
    if (!lp_domain_known(base, rows | LP_PARAM_BIT(LP_PARAM_SYMMETRIC)) || base->k < 1) return -1;
    int64_t whole = lp_case_in_len(base, role), width = both ? whole : base->k;
    bool moved = false;
    lp_case_copy(&more[0], base);
    for (int64_t at = 0; at < whole; at += width) {
        double *z = more[0].in[role] + at, a = choose(z, width, rng, lp_format_get(base->format));
        for (int64_t j = 0; j < width; j++) z[j] += a;
        moved |= a != 0;
    }
    if (moved) return 1;
    lp_case_clear(&more[0]);
    return -1;
}

static int derive(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                  uint64_t declared) {
    (void)params, (void)declared;
    if (!base->in[LP_IN_LOGITS]) return derive_stacked(more, base, rng);
    if (!lp_domain_known(base, LP_DOMAIN_SOFTMAX)) return -1;
    const lp_format *f = lp_format_get(base->format);
    bool moved = false;
    lp_case_copy(&more[0], base);
    for (int64_t r = 0; r < base->n; r++) {
        if (!lp_domain_masked(base, LP_IN_LOGITS, r)) continue;
        const double *z = lp_domain_row(base, LP_IN_LOGITS, r);
        double a = choose(z, base->k, rng, f);
        for (int64_t j = 0; j < base->k; j++) more[0].in[LP_IN_LOGITS][r * base->k + j] += a;
        moved |= a != 0;
    }
    if (moved) return 1;
    lp_case_clear(&more[0]);
    return -1;
}

/* |y - x - a| <= h(x) + h(y), exactly; a is read off the row's first finite logit. */
static bool moved_by(const lp_eval *eval, int64_t r, lp_level level, char why[256]) {
    double x, y, a = 0;
    const double *z = lp_domain_row(eval[0].kase, LP_IN_LOGITS, r);
    const double *moved = lp_domain_row(eval[1].kase, LP_IN_LOGITS, r);
    for (int64_t j = 0; j < eval[0].kase->k; j++)
        if (isfinite(z[j])) a = moved[j] - z[j];
    if (!lp_returned(&x, &eval[0], LP_OUT_VALUE, r) || !lp_returned(&y, &eval[1], LP_OUT_VALUE, r))
        return true;
    double h = lp_tolerance(eval[0].exact, LP_OUT_VALUE, r, level);
    double g = lp_tolerance(eval[1].exact, LP_OUT_VALUE, r, level);
    if (!isfinite(h) || !isfinite(g)) return true;
    const double rise[] = {y, -x, -a, -h, -g}, fall[] = {-y, x, a, -h, -g};
    return (lp_sum_sign(rise, 5) <= 0 && lp_sum_sign(fall, 5) <= 0) ||
           lp_broken(why, "value[%lld]: %.17g, and %.17g after a shift by %.17g", (long long)r, x,
                     y, a);
}

static bool holds(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    static const lp_out outs[] = {LP_OUT_LOSS,   LP_OUT_VALUE,  LP_OUT_GRAD,    LP_OUT_GRAD_X,
                                  LP_OUT_GRAD_W, LP_OUT_GRAD_B, LP_OUT_GRAD_TAU};
    bool moves = eval[0].kase->op == LP_OP_LOGSUMEXP;
    for (int64_t r = 0; moves && r < eval[0].kase->n; r++)
        if (lp_domain_masked(eval[0].kase, LP_IN_LOGITS, r) && !moved_by(eval, r, level, why))
            return false;
    for (size_t o = moves ? 2 : 0; o < sizeof outs / sizeof *outs; o++)
        for (int64_t i = 0; i < lp_exact_len(eval[0].exact, outs[o]); i++)
            if (!lp_agree(&eval[0], i, &eval[1], i, outs[o], 1, level, why)) return false;
    return true;
}

const lp_property lp_property_shift_invariance = {
    .name = "shift_invariance",
    .number = 1,
    .claim = "a common offset of a row's logits, where exact, leaves loss, value and gradient",
    .ops = ops,
    .op_count = sizeof ops / sizeof *ops,
    .derive = derive,
    .holds = holds,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD) |
               LP_OUT_BIT(LP_OUT_GRAD_X) | LP_OUT_BIT(LP_OUT_GRAD_W) | LP_OUT_BIT(LP_OUT_GRAD_B) |
               LP_OUT_BIT(LP_OUT_GRAD_TAU)};
