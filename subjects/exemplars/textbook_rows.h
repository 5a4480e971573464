/* The textbook's formulas, one row each. Included once per format; exp, log and log1p are those of
 * the format (tgmath). Written as the texts write them: shift by the maximum, then libm. That is
 * backward stable and no more: log S near S = 1 and p_c - 1 near p_c = 1 cancel, so that the small
 * loss and gradient of a confident row keep few or no digits. */
#include "subjects/exemplars/rows.h"

static REAL NAME(max_of)(const REAL *z, int64_t k) {
    REAL m = z[0];
    for (int64_t j = 1; j < k; j++)
        if (z[j] > m) m = z[j];
    return m;
}

/* S = sum exp(z_j - m), between 1 and K. A NaN, a +inf and a row of -inf alone make it NaN (the
 * last two through inf - inf), as they shall. A NaN that the comparisons of max_of passed over is
 * met here. */
static REAL NAME(sum_exp)(const REAL *z, int64_t k, REAL m) {
    REAL s = 0;
    for (int64_t j = 0; j < k; j++) s += exp(z[j] - m);
    return s;
}

static void NAME(softmax_xent)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i);
    const int64_t label = c->label[i];
    const REAL m = NAME(max_of)(z, c->k);
    const REAL s = NAME(sum_exp)(z, c->k, m);

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = (m - z[label]) + log(s);
    for (int64_t j = 0; j < c->k; j++) grad[j] = exp(z[j] - m) / s - (REAL)(j == label);
}

/* dL/dz for a cotangent v of p = softmax(z): p_j (v_j - sum p_k v_k). */
static void NAME(softmax)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *v = NAME(in)(c, LP_IN_V, i);
    REAL *p = NAME(out)(c, LP_OUT_VALUE, i), *grad = NAME(out)(c, LP_OUT_GRAD, i);
    const REAL m = NAME(max_of)(z, c->k);
    const REAL s = NAME(sum_exp)(z, c->k, m);
    REAL mean = 0;

    for (int64_t j = 0; j < c->k; j++) p[j] = exp(z[j] - m) / s;
    if (!v || !grad) return;
    for (int64_t j = 0; j < c->k; j++) mean += NAME(share_of)(p[j], v[j], z[j]);
    for (int64_t j = 0; j < c->k; j++)
        grad[j] = NAME(share_of)(p[j], v[j] - mean, z[j]) + 0; /* +0, not -0 */
}

/* dL/dz for a cotangent v of l = log_softmax(z): v_j - p_j sum v_k. */
static void NAME(log_softmax)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *v = NAME(in)(c, LP_IN_V, i);
    REAL *l = NAME(out)(c, LP_OUT_VALUE, i), *grad = NAME(out)(c, LP_OUT_GRAD, i);
    const REAL m = NAME(max_of)(z, c->k);
    const REAL s = NAME(sum_exp)(z, c->k, m), log_s = log(s);
    REAL total = 0;

    for (int64_t j = 0; j < c->k; j++) l[j] = (z[j] - m) - log_s;
    if (!v || !grad) return;
    for (int64_t j = 0; j < c->k; j++) total += v[j];
    for (int64_t j = 0; j < c->k; j++)
        grad[j] = v[j] - NAME(share_of)(exp(z[j] - m) / s, total, z[j]) + 0;
}

/* exp never sees a positive argument, so that neither tail overflows. */
static REAL NAME(sigma)(REAL z) {
    const REAL e = exp(-fabs(z));
    return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}

static REAL NAME(softplus_of)(REAL z) {
    return (z > 0 ? z : 0) + log1p(exp(-fabs(z)));
}

/* The derivative in z of a link whose slope there is `slope`, for the cotangent v (1 where absent).
 * No slope is 0 at a finite logit, so that an infinite v is the answer even where the slope
 * underflowed. */
static void NAME(pull_back)(const lp_call *c, int64_t i, REAL z, REAL slope) {
    const REAL *v = NAME(in)(c, LP_IN_V, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i);
    *grad = !v ? slope : isinf(*v) && isfinite(z) ? *v : *v * slope + 0; /* +0, not -0 */
}

static void NAME(sigmoid)(const lp_call *c, int64_t i) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), s = NAME(sigma)(z);
    *NAME(out)(c, LP_OUT_VALUE, i) = s;
    NAME(pull_back)(c, i, z, s * (1 - s));
}

static void NAME(log_sigmoid)(const lp_call *c, int64_t i) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i);
    *NAME(out)(c, LP_OUT_VALUE, i) = -NAME(softplus_of)(-z);
    NAME(pull_back)(c, i, z, NAME(sigma)(-z));
}

static void NAME(softplus)(const lp_call *c, int64_t i) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i);
    *NAME(out)(c, LP_OUT_VALUE, i) = NAME(softplus_of)(z);
    NAME(pull_back)(c, i, z, NAME(sigma)(z));
}

/* The weight of class j's positive term: per class, scalar, or none. In binary64, like every
 * parameter. */
static double NAME(pos_weight)(const lp_call *c, int64_t j) {
    const REAL *q = NAME(in)(c, LP_IN_POS_WEIGHT, 0);
    if (q) return q[j];
    return c->set & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT) ? c->param[LP_PARAM_POS_WEIGHT] : 1;
}

/* max(z, 0) - z y + log1p(exp(-|z|)), with a weight (1 - y) softplus(z) + q y softplus(-z). At an
 * infinite logit the coefficient of the infinite softplus decides. */
static double NAME(bce_loss)(REAL z, REAL y, double q, bool weighted) {
    if (isinf(z) && !isnan(y) && !isnan(q)) return (z > 0 ? y < 1 : y > 0 && q > 0) ? INFINITY : 0;
    if (weighted) return (1 - y) * NAME(softplus_of)(z) + q * y * NAME(softplus_of)(-z);
    return (z > 0 ? z : 0) - z * y + log1p(exp(-fabs(z)));
}

static double NAME(bce_slope)(REAL z, REAL y, double q, bool weighted) {
    if (weighted) return (1 - y) * NAME(sigma)(z) - q * y * NAME(sigma)(-z);
    return NAME(sigma)(z) - y;
}

static void NAME(bce_logits)(const lp_call *c, int64_t i) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), y = *NAME(in)(c, LP_IN_TARGETS, i);
    const bool weighted = c->set & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT);
    const double q = NAME(pos_weight)(c, 0);

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = (REAL)NAME(bce_loss)(z, y, q, weighted);
    *NAME(out)(c, LP_OUT_GRAD, i) = (REAL)NAME(bce_slope)(z, y, q, weighted);
}

/* Sum or mean over the labels of a row; a NaN anywhere in it makes the row NaN. Where the sum of
 * the losses overflows and the mean need not, each is divided first; a loss that overflows by
 * itself is |z| times its coefficient. */
static void NAME(multilabel_bce)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *y = NAME(in)(c, LP_IN_TARGETS, i);
    const REAL *array = NAME(in)(c, LP_IN_POS_WEIGHT, 0);
    const bool nan_row =
        NAME(any_nan)(z, c->k) || NAME(any_nan)(y, c->k) || NAME(any_nan)(array, c->k);
    const bool weighted = array || c->set & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT);
    const double labels = c->param[LP_PARAM_LABEL_REDUCTION] == 1 ? (double)c->k : 1;
    double sum = 0, shares = 0;

    for (int64_t j = 0; j < c->k; j++) {
        const double q = NAME(pos_weight)(c, j), loss = NAME(bce_loss)(z[j], y[j], q, weighted);
        const double slope = NAME(bce_slope)(z[j], y[j], q, weighted);
        const bool over = isinf(loss) && isfinite(z[j]);
        sum += loss;
        shares += over ? fabs(z[j] / labels) * (z[j] > 0 ? 1 - y[j] : q * y[j]) : loss / labels;
        NAME(out)(c, LP_OUT_GRAD, i)[j] = nan_row ? (REAL)NAN : (REAL)(slope / labels);
    }
    NAME(out)
    (c, LP_OUT_LOSS, 0)[i] = nan_row ? (REAL)NAN : (REAL)(isinf(sum) ? shares : sum / labels);
}

/* x = z or -z by the label. The factor (1 - p)^gamma by its logarithm, -softplus(x), which does not
 * underflow; parameters, and what they multiply, in binary64. */
static void NAME(focal_sigmoid)(const lp_call *c, int64_t i) {
    const bool positive = c->label[i] == 1, has_alpha = c->set & LP_PARAM_BIT(LP_PARAM_ALPHA);
    const double gamma = c->param[LP_PARAM_GAMMA], given = c->param[LP_PARAM_ALPHA];
    const double alpha = !has_alpha ? 1 : positive ? given : 1 - given;
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), x = positive ? z : -z;
    const REAL p = NAME(sigma)(x), q = NAME(sigma)(-x), surprise = NAME(softplus_of)(-x);
    REAL *loss = NAME(out)(c, LP_OUT_LOSS, 0) + i, *grad = NAME(out)(c, LP_OUT_GRAD, i);
    /* at x = inf, gamma = 0 the exponent would be 0 * inf */
    const double factor = gamma == 0 ? 1 : exp((double)(REAL) - (gamma * NAME(softplus_of)(x)));
    const double pull = p == 0 || gamma == 0 ? q : gamma * p * surprise + q; /* p ln p = 0 */

    *loss = (REAL)(alpha * (factor * surprise));
    *grad = (REAL)((positive ? -alpha : alpha) * (factor * pull)) + 0;
    if (isinf(x)) *loss = alpha == 0 || x > 0 ? 0 : alpha > 0 ? (REAL)INFINITY : -(REAL)INFINITY;
    if (alpha == 0 && !isnan(z)) *loss = *grad = 0;
}

static void NAME(logistic_margin)(const lp_call *c, int64_t i) {
    const REAL y = (REAL)c->label[i], x = y * *NAME(in)(c, LP_IN_LOGITS, i);

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = NAME(softplus_of)(-x);
    *NAME(out)(c, LP_OUT_GRAD, i) = -y * NAME(sigma)(-x) + 0; /* +0, not -0 */
}

static void NAME(entropy)(const lp_call *c, int64_t i) {
    const REAL *p = NAME(in)(c, LP_IN_P, i);
    REAL *loss = NAME(out)(c, LP_OUT_LOSS, 0) + i, *grad = NAME(out)(c, LP_OUT_GRAD, i);
    const bool nan_row = NAME(any_nan)(p, c->k);

    *loss = 0;
    for (int64_t j = 0; j < c->k; j++) {
        if (p[j] != 0) *loss -= p[j] * log(p[j]);
        grad[j] = nan_row ? (REAL)NAN : -(log(p[j]) + 1);
    }
}

/* A term of p ln x that is infinite by section 2. Such terms are added apart, where no overflow of
 * another term can meet them as inf - inf. */
static bool NAME(infinite_term)(REAL p, REAL q) {
    return p != 0 && (q == 0 || isinf(p) || isinf(q));
}

static void NAME(cross_entropy)(const lp_call *c, int64_t i) {
    const REAL *p = NAME(in)(c, LP_IN_P, i), *q = NAME(in)(c, LP_IN_Q, i);
    const REAL small = 0x1p-30;
    REAL *grad_q = NAME(out)(c, LP_OUT_GRAD, i), *grad_p = NAME(out)(c, LP_OUT_GRAD_P, i);
    const bool nan_row = NAME(any_nan)(p, c->k) || NAME(any_nan)(q, c->k);
    REAL infinite = nan_row ? (REAL)NAN : 0;
    NAME(total) sum = {0};

    for (int64_t j = 0; j < c->k; j++) {
        const REAL q_j = q[j] + 0, l = log(q_j); /* -0 is 0 */
        if (p[j] != 0) NAME(add)(&sum, -p[j] * l, -p[j] * small * l);
        if (NAME(infinite_term)(p[j], q_j)) infinite -= p[j] * l;
        grad_q[j] = nan_row ? (REAL)NAN : p[j] != 0 ? -p[j] / q_j : 0;
        grad_p[j] = nan_row ? (REAL)NAN : 0 - l; /* +0 at q = 1 */
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = infinite != 0 ? infinite : NAME(total_of)(&sum);
}

/* ln(p/q) by the quotient, which keeps its digits at p = q; by the difference where the quotient
 * leaves the normal range, where it has none left. */
static REAL NAME(log_ratio)(REAL p, REAL q) {
    const REAL r = p / q;
    return isnormal(r) || p == 0 || q == 0 ? log(r) : log(p) - log(q);
}

static void NAME(kl_div)(const lp_call *c, int64_t i) {
    const REAL *p = NAME(in)(c, LP_IN_P, i), *q = NAME(in)(c, LP_IN_Q, i);
    const REAL small = 0x1p-30;
    REAL *grad_q = NAME(out)(c, LP_OUT_GRAD, i), *grad_p = NAME(out)(c, LP_OUT_GRAD_P, i);
    const bool nan_row = NAME(any_nan)(p, c->k) || NAME(any_nan)(q, c->k);
    REAL infinite = nan_row ? (REAL)NAN : 0;
    NAME(total) sum = {0};

    for (int64_t j = 0; j < c->k; j++) {
        const REAL q_j = q[j] + 0, l = NAME(log_ratio)(p[j], q_j);
        if (p[j] != 0) NAME(add)(&sum, p[j] * l, p[j] * small * l);
        if (NAME(infinite_term)(p[j], q_j)) infinite += p[j] * l;
        grad_q[j] = nan_row ? (REAL)NAN : p[j] != 0 ? -p[j] / q_j : 0;
        grad_p[j] = nan_row ? (REAL)NAN : l + 1;
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = infinite != 0 ? infinite : NAME(total_of)(&sum);
}

/* p ln(p/q) - p + q, where the product alone overflows p (ln(p/q) - 1) + q. */
static REAL NAME(excess_term)(REAL p, REAL q, REAL l) {
    if (p == 0) return q;
    return isinf(p * l) ? p * (l - 1) + q : p * l - p + q;
}

static void NAME(kl_gen)(const lp_call *c, int64_t i) {
    const REAL *p = NAME(in)(c, LP_IN_P, i), *q = NAME(in)(c, LP_IN_Q, i);
    REAL *grad_q = NAME(out)(c, LP_OUT_GRAD, i), *grad_p = NAME(out)(c, LP_OUT_GRAD_P, i);
    const bool nan_row = NAME(any_nan)(p, c->k) || NAME(any_nan)(q, c->k);
    REAL sum = 0, infinite = nan_row ? (REAL)NAN : 0;

    for (int64_t j = 0; j < c->k; j++) {
        const REAL q_j = q[j] + 0, l = NAME(log_ratio)(p[j], q_j);
        sum += NAME(excess_term)(p[j], q_j, l);
        if (NAME(infinite_term)(p[j], q_j)) /* one infinite outgrows the other */
            infinite += isinf(p[j]) && isinf(q_j) ? (REAL)NAN : (REAL)INFINITY;
        grad_q[j] = nan_row ? (REAL)NAN : p[j] != 0 ? 1 - p[j] / q_j : 1;
        grad_p[j] = nan_row ? (REAL)NAN : l;
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = infinite != 0 ? infinite : sum;
}

/* Terms with coefficient 0 are dropped. */
static void NAME(bce_prob)(const lp_call *c, int64_t i) {
    const REAL p = *NAME(in)(c, LP_IN_P, i) + 0, y = *NAME(in)(c, LP_IN_TARGETS, i); /* -0 is 0 */
    REAL loss = isnan(p) ? p : 0, slope = isnan(p) ? p : 0;

    if (y != 0) loss -= y * log(p);
    if (y != 1) loss -= (1 - y) * log1p(-p);
    if (y != 1) slope += (1 - y) / (1 - p);
    if (y != 0) slope -= y / p;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = loss;
    *NAME(out)(c, LP_OUT_GRAD, i) = slope;
}

static void NAME(nll)(const lp_call *c, int64_t i) {
    const REAL *q = NAME(in)(c, LP_IN_Q, i), own = q[c->label[i]] + 0; /* -0 is 0 */
    const bool nan_row = NAME(any_nan)(q, c->k);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i);

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = nan_row ? (REAL)NAN : 0 - log(own);
    for (int64_t j = 0; j < c->k; j++)
        grad[j] = nan_row ? (REAL)NAN : j == c->label[i] ? 0 - 1 / own : 0;
}

static void NAME(brier)(const lp_call *c, int64_t i) {
    const REAL *p = NAME(in)(c, LP_IN_P, i);
    REAL sum = 0;

    for (int64_t j = 0; j < c->k; j++) {
        const REAL d = p[j] - (REAL)(j == c->label[i]);
        sum += d * d;
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = NAME(any_nan)(p, c->k) ? (REAL)NAN : sum;
}
