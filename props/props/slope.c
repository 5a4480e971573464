/* Third derivatives, bounded by the gradient itself wherever that is possible, so that a gradient
 * of 1e-300 is held to its own size. Below, steps are at most 2^-23 of what a factor of the bound
 * grows by e over: the bound at any point of the step is within 1 % of that at its middle, and
 * GROWN covers this and the few roundings of computing it. */
#include "props/props/slope_shares.h"
#include "props/props/slope_whole.h"

#include <float.h>
#include <math.h>

#define GROWN 1.01

double lp_slope_size(const lp_eval *e, lp_out out, int64_t i) {
    if (lp_exact_kind(e->exact, out, i) != LP_KIND_NUMBER) return INFINITY;
    bool open[2];
    double lo = lp_exact_round(e->exact, out, i, LP_BINARY64, LP_ROUND_DOWN, &open[0]);
    double hi = lp_exact_round(e->exact, out, i, LP_BINARY64, LP_ROUND_UP, &open[1]);
    return open[0] || open[1] ? INFINITY : fmax(fabs(lo), fabs(hi));
}

double lp_slope_bound(double rough) {
    return isfinite(rough) ? GROWN * rough + DBL_TRUE_MIN : INFINITY;
}

/* --- softmax: f = sum W LSE(u) - sum W_j u_j, u = z/T ------------------------------------------
 */

/* W_j, up to rounding. */
static double weight_of(const lp_case *c, int64_t row, int64_t j) {
    double e = lp_case_param(c, LP_PARAM_SMOOTHING), share = e / (double)c->k, t;
    if (c->op == LP_OP_LOGSUMEXP) return 0;
    bool rest = lp_case_param(c, LP_PARAM_SMOOTHING_RULE) == 1,
         hit = c->label && c->label[row] == j;
    if (c->in[LP_IN_TARGETS])
        t = (1 - e) * lp_domain_row(c, LP_IN_TARGETS, row)[j] + share;
    else if (rest)
        t = hit ? 1 - e : e / (double)(c->k > 1 ? c->k - 1 : 1);
    else
        t = (hit ? 1 - e : 0) + share;
    return c->in[LP_IN_WEIGHTS] ? c->in[LP_IN_WEIGHTS][j] * t : t;
}

static bool softmax_row(const lp_case *c, int64_t r) {
    return lp_domain_masked(c, LP_IN_LOGITS, r) && lp_domain_weights(c);
}

static double softmax_step(const lp_case *c, int64_t row, int64_t j) {
    (void)row, (void)j;
    return ldexp(1, ilogb(lp_case_param(c, LP_PARAM_TEMPERATURE)) - 26);
}

/* f''' along d in [-1, 1]^K is sum W / T^3 times the third cumulant k3 of d under p.
 * One component: |k3| = p (1-p) |1-2p| <= min(p, 1-p), and p_j sum W = T g_j + W_j,
 * (1-p_j) sum W = sum W - W_j - T g_j: nothing but |g_j| is left where the target is one class.
 * A direction: |k3| <= max (d-m)^2 E|d-m| <= 4 * 2 E|d-d_i| <= 16 sum over j != i of p_j, any i;
 * the i with the greatest p_i leaves least. p moves by a factor of e^(2 t/T) at most. */
static double softmax_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    const lp_case *c = e->kase;
    double T = lp_case_param(c, LP_PARAM_TEMPERATURE), all = 0, most = 0, shares = 0, one = 0;
    int64_t moved = 0;
    for (int64_t j = 0; j < c->k; j++) all += weight_of(c, row, j);
    for (int64_t j = 0; j < c->k; j++) {
        double g = lp_slope_size(e, LP_OUT_GRAD, row * c->k + j), w = weight_of(c, row, j);
        shares += g + w / T;
        most = fmax(most, g + w / T);
        if (way[j] == 0) continue;
        moved++;
        double rest = 0; /* all - w would cancel */
        for (int64_t i = 0; i < c->k; i++) rest += i == j ? 0 : weight_of(c, row, i);
        one = g + fmin(w, rest) / T;
    }
    if (!isfinite(all) || !isfinite(shares)) return INFINITY;
    double others = 0;
    bool left = false;
    for (int64_t j = 0; j < c->k; j++) {
        double share = lp_slope_size(e, LP_OUT_GRAD, row * c->k + j) + weight_of(c, row, j) / T;
        if (share == most && !left)
            left = true;
        else
            others += share;
    }
    return lp_slope_bound((t / T) * (t / T) / 6 * (moved == 1 ? one : 16 * others));
}

/* --- focal: f = -a (1-p)^g ln p at the label, u = 1 + g ----------------------------------------
 */

#define MOST_GAMMA 64

static bool focal_row(const lp_case *c, int64_t r) {
    return lp_domain_masked(c, LP_IN_LOGITS, r) && lp_case_param(c, LP_PARAM_GAMMA) <= MOST_GAMMA;
}

static double focal_step(const lp_case *c, int64_t row, int64_t j) {
    (void)row, (void)j;
    double u = 1 + lp_case_param(c, LP_PARAM_GAMMA);
    return ldexp(1, -26 - 2 * (int)ceil(log2(u)));
}

/* As a function F of the margin x = z_c - LSE of the others, d = 1-p, A = d^u and
 * B = d^g p (-ln p) <= A: F' = -a (A + g B), hence |F'| >= |a| A, and with d' = -p d, p' = p d
 *   A' = -u p A, B' = (d - g p) B - p A,
 * so |F'| <= |a| u A, |F''| <= 3 |a| u^2 A, |F'''| <= 4.75 |a| u^3 A. Along the label x' = 1. Along
 * another class, of share q among the others, x' = -q, x'' = -q(1-q), |x'''| <= q(1-q): together at
 * most (4.75 u^3 + 9/4 u^2 + u) |a| A q <= 8 u^3 |g_j|, as |g_j| = |F'| q. Along a direction
 * |x'| <= 2, |x''| <= 4, |x'''| <= 64: 174 u^3 |g_c|. A moves by a factor e^(2 u t) at most. */
static double focal_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    const lp_case *c = e->kase;
    double u = 1 + lp_case_param(c, LP_PARAM_GAMMA);
    int64_t moved = 0, at = 0, label = lp_op_get(c->op)->scalar ? 0 : c->label[row];
    for (int64_t j = 0; j < c->k; j++)
        if (way[j] != 0) {
            moved++;
            at = j;
        }
    double g = lp_slope_size(e, LP_OUT_GRAD, row * c->k + (moved == 1 ? at : label));
    return lp_slope_bound(t * t / 6 * u * u * u * (moved == 1 ? 8 : 174) * g);
}

/* --- one logit after another: f''' is a sum over the components --------------------------------
 */

static bool scalar_row(const lp_case *c, int64_t r) {
    return lp_domain_finite(c, LP_IN_LOGITS, r);
}

static double scalar_step(const lp_case *c, int64_t row, int64_t j) {
    (void)c, (void)row, (void)j;
    return 0x1p-26;
}

static double each(const lp_eval *e, int64_t row, const double *way, double t,
                   double (*third)(const lp_case *c, int64_t row, int64_t j, double g)) {
    double sum = 0;
    for (int64_t j = 0; j < e->kase->k; j++)
        if (way[j] != 0)
            sum += third(e->kase, row, j, lp_slope_size(e, LP_OUT_GRAD, row * e->kase->k + j));
    return lp_slope_bound(t * t / 6 * sum);
}

/* (1-y) softplus(z) + q y softplus(-z): with a = 1-y + q y the gradient is a s - q y, and
 * |f'''| = a s(1-s)|1-2s| <= min(a s, a (1-s)) = min(g + q y, 1-y - g). The mean over K divides all
 * of it. */
static double bce_third(const lp_case *c, int64_t row, int64_t j, double g) {
    double y = lp_domain_row(c, LP_IN_TARGETS, row)[j];
    double q = c->in[LP_IN_POS_WEIGHT] ? c->in[LP_IN_POS_WEIGHT][j]
                                       : lp_case_param(c, LP_PARAM_POS_WEIGHT);
    return g + fmin(1 - y, q * y);
}

static double bce_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    return each(e, row, way, t, bce_third);
}

/* softplus and its mirrors: s(1-s)|1-2s| <= s = |g|, (1-s) likewise. The sigmoid: f' = s(1-s) <=
 * 1/4 and f''' = f' (1 - 6 f'). A hinge away from its kink is straight. */
static double own_third(const lp_case *c, int64_t row, int64_t j, double g) {
    (void)c, (void)row, (void)j;
    return g;
}

static double own_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    return each(e, row, way, t, own_third);
}

/* (s-y)^2/2: |f'''| = |3 s' s'' + (s-y) s'''| <= 3 s'^2 + |g|. For y in {0, 1} s'^2 <= |g|. */
static double mse_third(const lp_case *c, int64_t row, int64_t j, double g) {
    double y = lp_domain_row(c, LP_IN_TARGETS, row)[j];
    double z = lp_domain_row(c, LP_IN_LOGITS, row)[j];
    return y == 0 || y == 1 ? 4 * g : g + 3 * exp(-2 * fabs(z));
}

static double mse_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    return each(e, row, way, t, mse_third);
}

static bool hinge_row(const lp_case *c, int64_t r) {
    return scalar_row(c, r) && fabs(1 - (double)c->label[r] * c->in[LP_IN_LOGITS][r]) > 0x1p-20;
}

/* --- probabilities: f''' is a sum over the components, steps are relative ----------------------
 */

static bool finite_rows(const lp_case *c, int64_t r) {
    const lp_in role[] = {LP_IN_P, LP_IN_Q, LP_IN_TARGETS};
    for (int i = 0; i < 3; i++)
        if (c->in[role[i]] && !lp_domain_finite(c, role[i], r)) return false;
    return true;
}

/* Far from the format's ends: nothing below over- or underflows. */
static double relative_step(double x) {
    return x > 0x1p-900 && x < 0x1p900 ? ldexp(1, ilogb(x) - 26) : 0;
}

static double p_step(const lp_case *c, int64_t row, int64_t j) {
    return relative_step(lp_domain_row(c, LP_IN_P, row)[j]);
}

static double q_step(const lp_case *c, int64_t row, int64_t j) {
    return relative_step(lp_domain_row(c, LP_IN_Q, row)[j]);
}

static double bce_prob_step(const lp_case *c, int64_t row, int64_t j) {
    double p = lp_domain_row(c, LP_IN_P, row)[j];
    return relative_step(fmin(p, 1 - p));
}

/* p ln p and p ln(p/q) in p: |f'''| = 1/p^2. */
static double p_log_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    const double *p = lp_domain_row(e->kase, LP_IN_P, row);
    double sum = 0;
    for (int64_t j = 0; j < e->kase->k; j++)
        if (way[j] != 0) sum += fabs(way[j]) * pow(way[j] * t / p[j], 2);
    return lp_slope_bound(sum / 6);
}

static double straight(const lp_eval *e, int64_t row, const double *way, double t) {
    (void)e, (void)row, (void)way, (void)t;
    return 0;
}

/* -p ln q in q, p the one-hot label of nll: |f'''| = 2 p/q^3. */
static double q_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    const lp_case *c = e->kase;
    const double *q = lp_domain_row(c, LP_IN_Q, row);
    double sum = 0;
    for (int64_t j = 0; j < c->k; j++) {
        if (way[j] == 0) continue;
        double p = c->in[LP_IN_P] ? lp_domain_row(c, LP_IN_P, row)[j] : c->label[row] == j;
        sum += fabs(way[j]) * pow(way[j] * t / q[j], 2) * 2 * (p / q[j]);
    }
    return lp_slope_bound(sum / 6);
}

/* |f'''| <= 2 y/p^3 + 2 (1-y)/(1-p)^3. */
static double bce_prob_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    (void)way; /* one component */
    double p = e->kase->in[LP_IN_P][row], y = e->kase->in[LP_IN_TARGETS][row];
    double sum = pow(t / p, 2) * (y / p) + pow(t / (1 - p), 2) * ((1 - y) / (1 - p));
    return lp_slope_bound(sum / 3);
}

/* --- the table ---------------------------------------------------------------------------------
 */

#define TEMPER  LP_PARAM_BIT(LP_PARAM_TEMPERATURE)
#define WEIGHTS LP_PARAM_BIT(LP_PARAM_WEIGHTS)
#define SMOOTH  (LP_PARAM_BIT(LP_PARAM_SMOOTHING) | LP_PARAM_BIT(LP_PARAM_SMOOTHING_RULE))
#define FOCUS                                                                                      \
    (LP_PARAM_BIT(LP_PARAM_GAMMA) | LP_PARAM_BIT(LP_PARAM_ALPHA) |                                 \
     LP_PARAM_BIT(LP_PARAM_ALPHA_ARRAY))
#define MIX (LP_PARAM_BIT(LP_PARAM_MIX) | LP_PARAM_BIT(LP_PARAM_FORM))
#define POLICY                                                                                     \
    (LP_PARAM_BIT(LP_PARAM_ADVANTAGE) | LP_PARAM_BIT(LP_PARAM_ADVANTAGE_ARRAY) |                   \
     LP_PARAM_BIT(LP_PARAM_ENTROPY_WEIGHT))
#define SOFTMAX softmax_row, softmax_step, softmax_truncation
#define FOCAL   FOCUS, focal_row, focal_step, focal_truncation
#define SCALAR  scalar_row, scalar_step
#define LOGITS  LP_IN_LOGITS, LP_OUT_LOSS, LP_OUT_GRAD
#define LINK    LP_IN_LOGITS, LP_OUT_VALUE, LP_OUT_GRAD, 0
#define PICKED                                                                                     \
    LP_IN_LOGITS, LP_OUT_VALUE, LP_OUT_GRAD, TEMPER, lp_slope_link_row, softmax_step,              \
        lp_slope_link_truncation
#define IN_P          LP_IN_P, LP_OUT_LOSS, LP_OUT_GRAD, 0, finite_rows
#define IN_Q          LP_IN_Q, LP_OUT_LOSS, LP_OUT_GRAD, 0, finite_rows, q_step, q_truncation
#define LINEAR(array) 0, lp_slope_linear_row, lp_slope_##array##_step, lp_slope_##array##_truncation
#define OTHER_P       LP_IN_P, LP_OUT_LOSS, LP_OUT_GRAD_P, 0, finite_rows, p_step

const lp_slope lp_slopes[] = {
    {LP_OP_SOFTMAX_XENT, LOGITS, TEMPER | WEIGHTS | SMOOTH, SOFTMAX},
    {LP_OP_SOFTMAX_XENT_SOFT, LOGITS, TEMPER | WEIGHTS | SMOOTH, SOFTMAX},
    {LP_OP_KL_LOGITS, LOGITS, 0, SOFTMAX},
    {LP_OP_LOGSUMEXP, LINK, SOFTMAX},
    {LP_OP_FOCAL_SOFTMAX, LOGITS, FOCAL},
    {LP_OP_FOCAL_SIGMOID, LOGITS, FOCAL},
    {LP_OP_SOFTMAX, PICKED},
    {LP_OP_LOG_SOFTMAX, PICKED},
    {LP_OP_DISTILL, LOGITS, TEMPER | MIX, lp_slope_distill_row, lp_slope_distill_step,
     lp_slope_distill_truncation},
    {LP_OP_POLICY_GRAD, LOGITS, POLICY, lp_slope_policy_row, scalar_step,
     lp_slope_policy_truncation},
    {LP_OP_MSE_SOFTMAX, LOGITS, 0, lp_slope_squares_row, scalar_step, lp_slope_squares_truncation},
    {LP_OP_HINGE_MULTI, LOGITS, LP_PARAM_BIT(LP_PARAM_FORM), lp_slope_margins_row, scalar_step,
     straight},
    {LP_OP_BCE_LOGITS, LOGITS, LP_DOMAIN_BINARY_ONLY, SCALAR, bce_truncation},
    {LP_OP_MULTILABEL_BCE, LOGITS, LP_DOMAIN_BINARY_ONLY, SCALAR, bce_truncation},
    {LP_OP_SIGMOID, LINK, SCALAR, own_truncation},
    {LP_OP_LOG_SIGMOID, LINK, SCALAR, own_truncation},
    {LP_OP_SOFTPLUS, LINK, SCALAR, own_truncation},
    {LP_OP_LOGISTIC_MARGIN, LOGITS, 0, SCALAR, own_truncation},
    {LP_OP_MSE_SIGMOID, LOGITS, 0, SCALAR, mse_truncation},
    {LP_OP_HINGE, LOGITS, 0, hinge_row, scalar_step, straight},
    {LP_OP_ENTROPY, IN_P, p_step, p_log_truncation},
    {LP_OP_CROSS_ENTROPY, IN_Q},
    {LP_OP_CROSS_ENTROPY, OTHER_P, straight},
    {LP_OP_KL_DIV, IN_Q},
    {LP_OP_KL_DIV, OTHER_P, p_log_truncation},
    {LP_OP_KL_GEN, IN_Q},
    {LP_OP_KL_GEN, OTHER_P, p_log_truncation},
    {LP_OP_NLL, IN_Q},
    {LP_OP_BCE_PROB, IN_P, bce_prob_step, bce_prob_truncation},
    {LP_OP_INFO_NCE, LP_IN_SIM, LP_OUT_LOSS, LP_OUT_GRAD, TEMPER | LP_PARAM_BIT(LP_PARAM_SYMMETRIC),
     lp_slope_contrast_row, lp_slope_contrast_step, lp_slope_contrast_truncation},
    {LP_OP_LINEAR_XENT, LP_IN_X, LP_OUT_LOSS, LP_OUT_GRAD_X, LINEAR(feature)},
    {LP_OP_LINEAR_XENT, LP_IN_W, LP_OUT_LOSS, LP_OUT_GRAD_W, LINEAR(weight)},
    {LP_OP_LINEAR_XENT, LP_IN_B, LP_OUT_LOSS, LP_OUT_GRAD_B, LINEAR(bias)}};
const int lp_slope_count = sizeof lp_slopes / sizeof *lp_slopes;
