/* Section 5, 14 and 15: softmax normalises, a temperature divides. */
#include "props/props/domain.h"

#include "ref/combine.h"
#include "ref/facts.h"

#include <math.h>
#include <stdlib.h>

static const lp_op norm_ops[] = {LP_OP_SOFTMAX, LP_OP_LOG_SOFTMAX};
static const lp_op temper_ops[] = {LP_OP_SOFTMAX, LP_OP_LOG_SOFTMAX, LP_OP_SOFTMAX_XENT,
                                   LP_OP_SOFTMAX_XENT_SOFT};
static const lp_op entropy_ops[] = {LP_OP_POLICY_GRAD};

/* --- normalised ------------------------------------------------------------------------------- */

static bool masked_row(const lp_case *c, int64_t r) {
    return lp_domain_masked(c, LP_IN_LOGITS, r);
}

static int derive_norm(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                       uint64_t declared) {
    (void)more, (void)rng, (void)params, (void)declared;
    return lp_domain_known(base, LP_DOMAIN_SOFTMAX) && lp_domain_any(base, masked_row) ? 0 : -1;
}

/* The exact p_j sum to 1 and the exact l_j = ln p_j: |sum p^ - 1| <= sum h(p_j), and
 * sum e^(l^ - h) <= 1 <= sum e^(l^ + h). An absent class (-inf) adds nothing to either. */
static bool norm_row(const lp_eval *e, int64_t r, lp_level level, char why[256]) {
    const int64_t k = e->kase->k;
    double *x = malloc((size_t)(2 * k + 2) * sizeof *x);
    if (!x) abort();
    double *h = x + k + 1;
    bool all = true, ok = true, logs = e->kase->op == LP_OP_LOG_SOFTMAX;
    int64_t n = 0;
    for (int64_t j = 0; j < k && all; j++) {
        int64_t i = r * k + j;
        if (lp_exact_kind(e->exact, LP_OUT_VALUE, i) == LP_KIND_NINF) continue;
        all = lp_returned(&x[n], e, LP_OUT_VALUE, i);
        h[n] = all ? lp_tolerance(e->exact, LP_OUT_VALUE, i, level) : 0;
        all = all && isfinite(h[n]);
        n++;
    }
    if (all && logs) ok = lp_fact_exp_sum(x, h, n, -1) <= 1 && lp_fact_exp_sum(x, h, n, 1) >= 1;
    if (all && !logs) {
        double slack = lp_sum_up(h, n);
        x[n] = -1;
        x[n + 1] = -slack; /* h begins there, and is done with */
        ok = lp_sum_sign(x, n + 2) <= 0;
        for (int64_t j = 0; j <= n; j++) x[j] = -x[j];
        ok = ok && lp_sum_sign(x, n + 2) <= 0;
    }
    free(x);
    return ok || lp_broken(why, "row %lld: %s something other than 1, beyond the errors allowed",
                           (long long)r,
                           logs ? "the exponentials of the values sum to" : "the values sum to");
}

static bool holds_norm(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t r = 0; r < eval->kase->n; r++)
        if (masked_row(eval->kase, r) && !norm_row(eval, r, level, why)) return false;
    return true;
}

/* --- temperature ------------------------------------------------------------------------------ */

/* z / T is a number of the format: the remainder of the division is zero. */
static bool divides(double *q, double z, double t, const lp_format *f) {
    *q = z / t;
    if (!isfinite(z)) return true;
    return isfinite(*q) && fma(*q, t, -z) == 0 && (*q != 0 || z == 0) && lp_format_holds(f, *q);
}

static int derive_temperature(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                              uint64_t declared) {
    (void)rng, (void)params, (void)declared;
    if (!lp_domain_known(base, LP_DOMAIN_SOFTMAX) || !lp_case_has(base, LP_PARAM_TEMPERATURE))
        return -1;
    const lp_format *f = lp_format_get(base->format);
    double t = lp_case_param(base, LP_PARAM_TEMPERATURE);
    lp_case *c = &more[0];
    lp_case_copy(c, base);
    c->set &= ~LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    c->param[LP_PARAM_TEMPERATURE] = 0;
    bool some = false;
    for (int64_t r = 0; r < base->n; r++) {
        double *z = c->in[LP_IN_LOGITS] + r * base->k;
        bool row = masked_row(base, r);
        for (int64_t j = 0; j < base->k && row; j++) row = divides(&z[j], z[j], t, f);
        for (int64_t j = 0; j < base->k && !row; j++) z[j] = 0; /* not looked at */
        some |= row;
    }
    if (some) return 1;
    lp_case_clear(c);
    return -1;
}

static bool tempered_row(const lp_eval *eval, int64_t r) {
    const lp_format *f = lp_format_get(eval->kase->format);
    const double *z = lp_domain_row(eval->kase, LP_IN_LOGITS, r);
    double t = lp_case_param(eval->kase, LP_PARAM_TEMPERATURE), q;
    for (int64_t j = 0; j < eval->kase->k; j++)
        if (!divides(&q, z[j], t, f)) return false;
    return masked_row(eval->kase, r);
}

static bool holds_temperature(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    const lp_case *c = eval->kase;
    for (int64_t r = 0; r < c->n; r++) {
        if (!tempered_row(eval, r)) continue;
        if (!lp_agree(&eval[0], r, &eval[1], r, LP_OUT_LOSS, 1, level, why)) return false;
        for (int64_t i = r * c->k; i < (r + 1) * c->k; i++)
            if (!lp_agree(&eval[0], i, &eval[1], i, LP_OUT_VALUE, 1, level, why)) return false;
    }
    return true;
}

/* --- entropy in the temperature -----------------------------------------------------------------
 */

/* The same logits at T = 1 and T = 2, H(p) as policy_grad with A = 0, b = -1; halves that are not
 * exact leave their row out. */
static void ask_entropy(lp_case *c, const lp_case *base, double t) {
    lp_case_init(c, LP_OP_POLICY_GRAD);
    c->format = base->format;
    c->n = base->n;
    c->k = c->stride = base->k;
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    const lp_format *f = lp_format_get(base->format);
    lp_case_alloc_label(c);
    lp_case_set(c, LP_PARAM_ADVANTAGE, 0);
    lp_case_set(c, LP_PARAM_ENTROPY_WEIGHT, -1);
    for (int64_t r = 0; r < base->n; r++) {
        const double *from = lp_domain_row(base, LP_IN_LOGITS, r);
        bool row = masked_row(base, r);
        double half;
        for (int64_t j = 0; j < base->k; j++) row = row && divides(&half, from[j], 2, f);
        for (int64_t j = 0; j < base->k && row; j++) z[r * base->k + j] = from[j] / t;
    }
}

static int derive_entropy(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                          uint64_t declared) {
    (void)rng, (void)declared;
    uint64_t wanted = LP_PARAM_BIT(LP_PARAM_ADVANTAGE) | LP_PARAM_BIT(LP_PARAM_ENTROPY_WEIGHT);
    if (!lp_domain_known(base, LP_DOMAIN_SOFTMAX) || (params & wanted) != wanted ||
        !lp_domain_any(base, masked_row))
        return -1;
    ask_entropy(&more[0], base, 1);
    ask_entropy(&more[1], base, 2);
    return 2;
}

/* dH/dT = Var_p(u)/T^3 >= 0, u = z the logits: H(z) <= H(z/2). Rounding is monotone. */
static bool holds_entropy(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    for (int64_t r = 0; r < eval[1].kase->n; r++) {
        double cold, warm, h = 0;
        if (!lp_returned(&cold, &eval[1], LP_OUT_LOSS, r) ||
            !lp_returned(&warm, &eval[2], LP_OUT_LOSS, r))
            continue;
        if (level != LP_LEVEL_CORRECT)
            h = lp_tolerance(eval[1].exact, LP_OUT_LOSS, r, level) +
                lp_tolerance(eval[2].exact, LP_OUT_LOSS, r, level);
        /* the sum of two tolerances, rounded, may lack half an ulp of itself */
        if (!lp_below(cold, warm, h * (1 + 0x1p-52)))
            return lp_broken(why, "row %lld: the entropy falls from %.17g to %.17g as T doubles",
                             (long long)r, cold, warm);
    }
    return true;
}

const lp_property lp_property_normalised = {
    .name = "log_softmax_normalised",
    .number = 14,
    .claim = "softmax sums to 1, the exponentials of log_softmax do, within their errors",
    .ops = norm_ops,
    .op_count = sizeof norm_ops / sizeof *norm_ops,
    .derive = derive_norm,
    .holds = holds_norm,
    .outputs = LP_OUT_BIT(LP_OUT_VALUE)};

const lp_property lp_property_temperature = {.name = "temperature",
                                             .number = 15,
                                             .claim = "f(z; T) = f(z/T) where every z_j/T is exact",
                                             .ops = temper_ops,
                                             .op_count = sizeof temper_ops / sizeof *temper_ops,
                                             .derive = derive_temperature,
                                             .holds = holds_temperature,
                                             .outputs = LP_OUT_BIT(LP_OUT_LOSS) |
                                                        LP_OUT_BIT(LP_OUT_VALUE)};

const lp_property lp_property_entropy_rises = {
    .name = "entropy_rises",
    .number = 15,
    .claim = "the entropy of softmax(z/T) does not fall as T rises",
    .ops = entropy_ops,
    .op_count = sizeof entropy_ops / sizeof *entropy_ops,
    .derive = derive_entropy,
    .holds = holds_entropy,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS)};
