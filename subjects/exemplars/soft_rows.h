/* logsumexp and the losses on logits that take targets, weights or a focus: the textbook's programs
 * of docs/bounds.md, with their options. Included once per format, after rows.h; the including file
 * says which fault is planted (BATCH_FAULT, as for batch_rows.h). Coefficients are formed in
 * binary64, like every parameter. */
#include "subjects/exemplars/option_rows.h"

typedef struct NAME(shifted) {
    const REAL *z;
    int64_t k;
    REAL m, scale; /* 1; 1/2 where a difference of finite logits overflows */
    double t;      /* temperature */
    REAL sum, log_sum;
    bool nan;
    NAME(view) view; /* to be freed where the operation has options */
} NAME(shifted);

/* scale (m - z_j) / T, the quotient in binary64, so that T is the T that was given. */
static double NAME(depth)(const NAME(shifted) * row, int64_t j) {
    return (double)(row->m * row->scale - row->z[j] * row->scale) / row->t;
}

static REAL NAME(share)(const NAME(shifted) * row, int64_t j) {
    return exp((REAL)(-NAME(depth)(row, j) / row->scale)) / row->sum;
}

/* scale (L - d_j) = -scale ln p_j */
static double NAME(surprise)(const NAME(shifted) * row, int64_t j BATCH_MORE) {
    if (BATCH_FAULT(soft_log_of_softmax) || BATCH_FAULT(focal_log_of_softmax) ||
        BATCH_FAULT(kl_logits_log_of_softmax))
        return -log(NAME(share)(row, j)) * row->scale;
    return (REAL)((REAL)NAME(depth)(row, j) + row->scale * row->log_sum);
}

/* A NaN logit, a +inf and a row of -inf alone make the sum NaN, the last two through inf - inf. */
static NAME(shifted) NAME(shift_logits)(const REAL *z, int64_t k, double temperature BATCH_MORE) {
    NAME(shifted) row = {.z = z, .k = k, .scale = 1, .t = temperature};
    row.m = row.z[0];
    for (int64_t j = 1; j < row.k; j++)
        if (row.z[j] > row.m) row.m = row.z[j];
    if (BATCH_FAULT(lse_no_shift)) row.m = 0;
    for (int64_t j = 0; j < row.k; j++)
        if (isfinite(row.m) && isfinite(row.z[j]) && isinf(row.m - row.z[j])) row.scale = (REAL)0.5;
    for (int64_t j = 0; j < row.k; j++) row.sum += exp((REAL)(-NAME(depth)(&row, j) / row.scale));
    row.log_sum = log(row.sum);
    row.nan = isnan(row.sum);
    return row;
}

static double NAME(temperature)(const lp_call *c) {
    return c->set & LP_PARAM_BIT(LP_PARAM_TEMPERATURE) ? c->param[LP_PARAM_TEMPERATURE] : 1;
}

static NAME(shifted) NAME(shift_row)(const lp_call *c, int64_t i BATCH_MORE) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i);
    const NAME(view) view = NAME(view_row)(c, z BATCH_PASS);
    NAME(shifted)
    row = NAME(shift_logits)(view.z ? view.z : z, c->k, NAME(temperature)(c) BATCH_PASS);
    row.view = view;
    if (BATCH_FAULT(softcap_pads_lanes) && view.slope) {
        const int64_t padding = (8 - c->k % 8) % 8;
        row.sum += (REAL)padding * exp((REAL)(-c->param[LP_PARAM_SOFTCAP] - row.m));
        row.log_sum = log(row.sum);
    }
    return row;
}

static void NAME(fill)(const lp_call *c, int64_t i, REAL x) {
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = x;
    for (int64_t j = 0; j < c->k; j++) NAME(out)(c, LP_OUT_GRAD, i)[j] = x;
}

/* m + log S. Without a +inf or only of -inf, the maximum is the answer; an infinite cotangent
 * multiplies an exact gradient that is 0 at a mask alone. */
static void NAME(logsumexp)(const lp_call *c, int64_t i BATCH_MORE) {
    const NAME(shifted) row = NAME(shift_row)(c, i BATCH_PASS);
    const REAL *all = NAME(in)(c, LP_IN_V, 0), v = all && !BATCH_FAULT(lse_v_dropped) ? all[i] : 1;
    REAL *value = NAME(out)(c, LP_OUT_VALUE, 0) + i, *grad = NAME(out)(c, LP_OUT_GRAD, i);
    const bool infinite = isinf(row.m) && !NAME(any_nan)(row.z, c->k);

    *value = infinite && !BATCH_FAULT(lse_of_masks_nan) ? row.m : row.m + row.log_sum;
    /* cppcheck-suppress selfAssignment ; without the fault BATCH_NARROW is its argument */
    if (BATCH_FAULT(lse_narrow)) *value = BATCH_NARROW(*value);
    if (BATCH_FAULT(lse_misses_log)) *value = row.m + row.log_sum * 0;
    for (int64_t j = 0; j < c->k; j++) {
        const bool masked = row.z[j] == (REAL)-INFINITY;
        REAL p = NAME(share)(&row, j);
        if (BATCH_FAULT(lse_share_of_value)) p = exp(row.z[j] - *value);
        if (row.nan || isnan(v))
            grad[j] = (REAL)NAN;
        else
            grad[j] = masked ? 0 : isinf(v) ? v : v * p + 0; /* +0, not -0 */
    }
}

/* t'_j = (1 - eps) t_j + eps / K */
static double NAME(soft_target)(const lp_call *c, const REAL *t, int64_t j BATCH_MORE) {
    const double eps = BATCH_FAULT(soft_smoothing_ignored) ? 0 : c->param[LP_PARAM_SMOOTHING];
    if (BATCH_FAULT(soft_boolean_target)) return t[j] > 0;
    return eps == 0 ? t[j] : (1 - eps) * t[j] + eps / (double)c->k;
}

static double NAME(class_weight)(const lp_call *c, int64_t j BATCH_MORE) {
    const REAL *w = NAME(in)(c, LP_IN_WEIGHTS, 0);
    return w && !BATCH_FAULT(soft_weights_ignored) ? w[j] : 1;
}

/* unit^2 W_j, W_j = w_j t'_j; a weight beside t'_j = 0 does not take part. */
static double NAME(soft_weight)(const lp_call *c, const REAL *t, int64_t j,
                                double unit BATCH_MORE) {
    const double target = NAME(soft_target)(c, t, j BATCH_PASS);
    if (target == 0) return 0;
    return NAME(class_weight)(c, j BATCH_PASS) * unit * (target * unit);
}

/* sum unit^2 W_j */
static double NAME(soft_total)(const lp_call *c, const REAL *t, double unit BATCH_MORE) {
    double total = 0;
    for (int64_t j = 0; j < c->k; j++) total += NAME(soft_weight)(c, t, j, unit BATCH_PASS);
    return total;
}

/* Of a masked class that takes part, though its coefficient may underflow: the sign of its infinite
 * term. */
static int NAME(masked_sign)(const lp_call *c, const REAL *t, int64_t j) {
    const REAL *w = NAME(in)(c, LP_IN_WEIGHTS, 0);
    const double eps = c->param[LP_PARAM_SMOOTHING];
    if (!(eps > 0 || t[j] > 0) || (eps == 1 && !(eps / (double)c->k > 0))) return 0;
    return !w ? 1 : (w[j] > 0) - (w[j] < 0);
}

/* LSE(u) */
static double NAME(whole_lse)(const NAME(shifted) * row BATCH_MORE) {
    if (BATCH_FAULT(z_loss_of_sum)) return row->log_sum;
    return (double)row->m / row->t + (double)row->log_sum;
}

/* (p_j SW - W_j + 2 l p_j LSE) / T, times the cap's slope. Where the unit is small, a component
 * that is not takes neither: its own W_j may underflow there. */
static void NAME(soft_gradient)(const lp_call *c, int64_t i, const REAL *t,
                                const NAME(shifted) * row, double unit BATCH_MORE) {
    const double h = NAME(whole_lse)(row BATCH_PASS);
    const double divisor = BATCH_FAULT(soft_temperature_in_loss_only) ? 1 : row->t;
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i);
    double total = NAME(soft_total)(c, t, unit BATCH_PASS);
    if (BATCH_FAULT(soft_total_forgotten) || BATCH_FAULT(kl_logits_total_forgotten)) total = 1;
    for (int64_t j = 0; j < c->k; j++) {
        const double w = NAME(soft_weight)(c, t, j, unit BATCH_PASS);
        const double product = NAME(share)(row, j) * total;
        const double own = NAME(soft_weight)(c, t, j, 1 BATCH_PASS);
        const double whole =
            NAME(share)(row, j) / unit * total / unit; /* p_j total may underflow */
        const bool small = isfinite(whole) && isfinite(own);
        const double slope = row->view.slope ? row->view.slope[j] : 1;
        double g = small ? (whole - own) * slope : (product - w) * slope / unit / unit;
        g += NAME(z_slope)(c, NAME(share)(row, j), h BATCH_PASS) * slope;
        grad[j] = (REAL)(slope == 0 ? 0 : g / divisor + 0);
    }
}

/* w t y. Where w t leaves the normal range, the largest by the smallest first: that product leaves
 * it only where the whole does too. */
static double NAME(soft_term)(double w, double t, double y) {
    const double weight = w * t;
    if (isnan(weight) || weight == 0 || isnormal(weight)) return weight * y;
    const double x[] = {fabs(w), fabs(t), fabs(y)};
    const double most = fmax(x[0], fmax(x[1], x[2])), least = fmin(x[0], fmin(x[1], x[2]));
    const double middle = fmax(fmin(x[0], x[1]), fmin(fmax(x[0], x[1]), x[2]));
    return copysign(most * least * middle, w) * (y < 0 ? -1 : 1);
}

/* sum W_j (L - d_j); of kl_logits, sum t_j (log t_j + (L - d_j)). 2^-30 of it beside it, for where
 * it overflows on the way. */
static void NAME(soft_row_of)(const lp_call *c, int64_t i, const REAL *t BATCH_MORE) {
    const bool kl = c->op == LP_OP_KL_LOGITS, eager = BATCH_FAULT(soft_zero_times_inf);
    NAME(shifted) row = NAME(shift_row)(c, i BATCH_PASS);
    const double unit = isinf(NAME(soft_total)(c, t, 1 BATCH_PASS)) ? 0x1p-535 : 1;
    double loss = 0, small = 0;
    bool nan = row.nan || NAME(any_nan)(t, c->k);
    int sign = 0;

    for (int64_t j = 0; j < c->k; j++) {
        const double target = NAME(soft_target)(c, t, j BATCH_PASS);
        const double w = target == 0 ? 0 : NAME(class_weight)(c, j BATCH_PASS);
        const double surprise = NAME(surprise)(&row, j BATCH_PASS);
        const double own = kl && !BATCH_FAULT(kl_logits_entropy_dropped) ? log((double)t[j]) : 0;
        nan = nan || isnan(w);
        if (row.z[j] == (REAL)-INFINITY && !eager) {
            const int term = NAME(masked_sign)(c, t, j);
            sign = term > sign || sign == 0 ? term : sign;
        } else if (w != 0 || eager || BATCH_FAULT(kl_logits_zero_log_zero)) {
            const double y = own * row.scale + surprise;
            loss += NAME(soft_term)(w, target, y);
            small += NAME(soft_term)(w, target, y * 0x1p-30);
        }
    }
    if (nan) {
        NAME(fill)(c, i, (REAL)NAN);
        NAME(view_free)(&row.view);
        return;
    }
    if (!isfinite(loss)) loss = small / 0x1p-30;
    if (BATCH_FAULT(kl_logits_over_classes)) loss /= (double)c->k;
    double z = NAME(z_term)(c, NAME(whole_lse)(&row BATCH_PASS) BATCH_PASS);
    if (BATCH_FAULT(z_loss_weighted)) z *= NAME(soft_total)(c, t, 1 BATCH_PASS);
    const bool infinite = row.view.limited && c->param[LP_PARAM_Z_LOSS] > 0;
    if (infinite) z = (double)INFINITY; /* LSE^2 of the point mass */
    NAME(out)
    (c, LP_OUT_LOSS, 0)[i] =
        (REAL)(sign ? sign * (double)INFINITY + (infinite ? z : 0) : loss / row.scale + z);
    NAME(soft_gradient)(c, i, t, &row, unit BATCH_PASS);
    if (infinite) NAME(out)(c, LP_OUT_GRAD, i)[row.view.mass] = (REAL)INFINITY;
    NAME(view_free)(&row.view);
}

static void NAME(soft_row)(const lp_call *c, int64_t i BATCH_MORE) {
    NAME(soft_row_of)(c, i, NAME(in)(c, LP_IN_TARGETS, i) BATCH_PASS);
}

static void NAME(softmax_xent_soft)(const lp_call *c, int64_t i BATCH_MORE) {
    NAME(soft_row)(c, i BATCH_PASS);
}

static void NAME(kl_logits)(const lp_call *c, int64_t i BATCH_MORE) {
    NAME(soft_row)(c, i BATCH_PASS);
}

/* alpha of the label: per class, scalar, or none. */
static double NAME(focal_alpha)(const lp_call *c, int64_t i BATCH_MORE) {
    const REAL *alpha = NAME(in)(c, LP_IN_ALPHA, 0);
    if (BATCH_FAULT(focal_alpha_ignored)) return 1;
    if (alpha) return alpha[BATCH_FAULT(focal_alpha_by_row) ? i % c->k : c->label[i]];
    return c->set & LP_PARAM_BIT(LP_PARAM_ALPHA) ? c->param[LP_PARAM_ALPHA] : 1;
}

/* gamma = 0, one class alone or the label masked: alpha times plain cross entropy. */
static void NAME(focal_plain)(const lp_call *c, int64_t i, const NAME(shifted) * row,
                              double alpha BATCH_MORE) {
    const int64_t label = c->label[i];
    const double l = NAME(surprise)(row, label BATCH_PASS); /* times scale: alone it overflows */
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i);
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = (REAL)(alpha == 0 ? 0 : alpha * l / row->scale);
    for (int64_t j = 0; j < c->k; j++)
        grad[j] = (REAL)(NAME(share)(row, j) * alpha - (j == label ? alpha : 0) + 0);
}

/* The others' own softmax, r_j, never cancels: f_j / sum f_j, f_j = exp(z_j - m'). */
static void NAME(focal_gradient)(const lp_call *c, int64_t i, const REAL *z, double factor) {
    const int64_t label = c->label[i];
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), m = (REAL)-INFINITY, sum = 0;
    for (int64_t j = 0; j < c->k; j++)
        if (j != label && z[j] > m) m = z[j];
    for (int64_t j = 0; j < c->k; j++)
        if (j != label) sum += exp(z[j] - m);
    for (int64_t j = 0; j < c->k; j++)
        grad[j] = (REAL)(j == label ? -factor : factor * (exp(z[j] - m) / sum)) + 0;
}

/* alpha h l, h = q^g, q = 1 - p, l = L - d_c; factor of the gradient alpha h (g p l + q). */
static void NAME(focal_softmax)(const lp_call *c, int64_t i BATCH_MORE) {
    const NAME(shifted) row = NAME(shift_row)(c, i BATCH_PASS);
    const int64_t label = c->label[i];
    const double g = c->param[LP_PARAM_GAMMA], alpha = NAME(focal_alpha)(c, i BATCH_PASS);
    int64_t there = 0;
    for (int64_t j = 0; j < c->k; j++) there += row.z[j] != (REAL)-INFINITY;
    if (row.nan || isnan(alpha)) {
        NAME(fill)(c, i, (REAL)NAN);
        return;
    }
    if (g == 0 || there == 1 || alpha == 0 || row.z[label] == (REAL)-INFINITY) {
        NAME(focal_plain)(c, i, &row, alpha BATCH_PASS);
        return;
    }
    const REAL p = NAME(share)(&row, label), q = 1 - p;
    const double l = NAME(surprise)(&row, label BATCH_PASS), h = pow((double)q, g);
    double factor = h * (g * p * l / row.scale + q), loss = alpha * (h * l) / row.scale;
    if (BATCH_FAULT(focal_power_less_one)) factor = pow((double)q, g - 1) * q * (g * p * l + q);
    if (BATCH_FAULT(focal_weight_constant)) factor = h * q;
    if (BATCH_FAULT(focal_over_classes)) loss /= (double)c->k;
    if (BATCH_FAULT(focal_of_p)) loss = alpha * (pow((double)p, g) * l) / row.scale;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = (REAL)loss;
    NAME(focal_gradient)(c, i, row.z, alpha * factor);
}
