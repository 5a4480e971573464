/* Softmax cross entropy: coefficients, loss, gradient. Included once per format. */

/* The smoothed target t'_j. */
static double NAME(smoothed)(const lp_call *c, int64_t i, int64_t j, fault f) {
    const double eps = f == FAULT_smoothing_ignored ? 0 : c->param[LP_PARAM_SMOOTHING];
    const int64_t shard = (c->k + 1) / 2;
    const double k = f == FAULT_smoothing_of_shard ? (double)shard : (double)c->k;
    bool others = c->param[LP_PARAM_SMOOTHING_RULE] == 1; /* rule K-1 */
    if (f == FAULT_smoothing_rule_swapped) others = !others;
    double on = others ? 1 - eps : 1 - eps + eps / k;
    double off = others ? eps / fmax(k - 1, 1) : eps / k;
    switch (f) {
    case FAULT_smoothing_mass:
        off = (1 - eps) / k;
        break;
    case FAULT_smoothing_label_share: /* eps/K goes to the others only */
        on = 1 - eps;
        break;
    case FAULT_smoothing_total: /* nothing is taken from the label */
        on = 1;
        break;
    case FAULT_smoothing_boolean:
        on = 1;
        off = eps > 0 ? 1 : 0;
        break;
    default:
        break;
    }
    int64_t label = c->label[i];
    if (f == FAULT_label_next) label = (label + 1) % c->k;
    return j == label ? on : off;
}

static double NAME(weight)(const lp_call *c, int64_t i, int64_t j, fault f) {
    const REAL *w = NAME(in)(c, LP_IN_WEIGHTS, 0);
    double sum = 0;
    if (!w) return 1;
    switch (f) {
    case FAULT_weights_by_row:
        return w[i % c->k];
    case FAULT_first_row_weight:
        return w[c->label[0]];
    case FAULT_weights_of_label:
        return w[c->label[i]];
    case FAULT_weights_shifted:
        return w[(j + 1) % c->k];
    case FAULT_weights_reversed:
        return w[c->k - 1 - j];
    case FAULT_weights_twice:
        return (double)w[j] * (double)w[j];
    case FAULT_weights_ignored:
        return 1;
    case FAULT_weight_zero_is_one:
        return w[j] != 0 ? w[j] : 1;
    case FAULT_narrow_weights:
        return NARROW(w[j]);
    case FAULT_weights_normalised:
        for (int64_t l = 0; l < c->k; l++) sum += (double)w[l];
        return sum > 0 ? (double)w[j] / sum : w[j];
    default:
        return w[j];
    }
}

/* W_j = w_j t'_j; a weight beside t'_j = 0 does not take part. */
static REAL NAME(coefficient)(const lp_call *c, int64_t i, int64_t j, fault f) {
    const double t = NAME(smoothed)(c, i, j, f);
    return t > 0 ? (REAL)(NAME(in)(c, LP_IN_WEIGHTS, 0) ? NAME(weight)(c, i, j, f) * t : t) : 0;
}

/* Does class j take part though its coefficient underflowed? At a mask that makes the loss
 * infinite.
 */
static bool NAME(underflowed)(const lp_call *c, int64_t i, int64_t j, fault f) {
    return NAME(smoothed)(c, i, j, f) > 0 && NAME(weight)(c, i, j, f) > 0;
}

static fault NAME(in_loss)(fault f) {
    return f == FAULT_weights_in_gradient_only     ? FAULT_weights_ignored
           : f == FAULT_smoothing_in_gradient_only ? FAULT_smoothing_ignored
                                                   : f;
}

static fault NAME(in_gradient)(fault f) {
    return f == FAULT_weights_in_loss_only     ? FAULT_weights_ignored
           : f == FAULT_smoothing_in_loss_only ? FAULT_smoothing_ignored
                                               : f;
}

/* Losses that are composed in another way, from p_c or from exp; *other says whether. */
static REAL NAME(other_loss)(bool *other, const NAME(softmax_row) * row, int64_t label) {
    const REAL p = NAME(probability)(row, label), m = row->m;
    REAL s = 0;
    *other = true;
    switch (row->f) {
    case FAULT_lse_minus_target:
        return (m + row->log_sum) - row->z[label];
    case FAULT_log_of_softmax:
        return -log(p);
    case FAULT_probability_clipped:
        return -log(fmin(fmax(p, (REAL)1e-7), 1 - (REAL)1e-7));
    case FAULT_epsilon_in_log:
        return -log(p + (REAL)1e-10);
    case FAULT_epsilon_twice:
        return -log(fmax(p, (REAL)1e-7) + (REAL)1e-7);
    case FAULT_loss_capped:
        return fmin((m - row->z[label]) + row->log_sum, (REAL)100);
    case FAULT_sum_of_ratios: /* ln sum exp(z_j - z_c) */
        for (int64_t j = 0; j < row->k; j++) s += exp(row->z[j] - row->z[label]);
        return log(s);
    case FAULT_linear_loss:
        return 1 - p;
    case FAULT_z_loss_added:
        return (m - row->z[label]) + row->log_sum +
               (REAL)1e-4 * (m + row->log_sum) * (m + row->log_sum);
    case FAULT_last_class_is_padding:
        if (label == row->k - 1 && row->k % 8 != 0) return (REAL)INFINITY;
        break;
    case FAULT_class_zero_is_padding:
        if (label == 0) return 0;
        break;
    case FAULT_narrow_loss:
        return NARROW((m - row->z[label]) + row->log_sum);
    default:
        break;
    }
    *other = false;
    return 0;
}

/* sum W_j (LSE - u_j), each difference formed as (m - z_j)/T + ln S; *total = sum W_j. */
static REAL NAME(xent_loss)(REAL *total, const NAME(softmax_row) * row, const lp_call *c,
                            int64_t i) {
    const bool eager = row->f == FAULT_zero_times_inf ||
                       (row->f == FAULT_smoothed_mask && c->param[LP_PARAM_SMOOTHING] > 0);
    REAL loss = 0;
    *total = 0;
    for (int64_t j = 0; j < row->k; j++) {
        const REAL w = NAME(coefficient)(c, i, j, NAME(in_loss)(row->f));
        REAL gap = NAME(gap)(row, j);
        if (row->f == FAULT_temperature_not_on_label) gap = row->m - row->z[j];
        *total += w;
        if (w != 0 || eager)
            loss += w * (gap + row->scale * row->log_sum);
        else if (isinf(gap) && NAME(underflowed)(c, i, j, NAME(in_loss)(row->f)))
            loss = (REAL)INFINITY;
    }
    if (isnan(row->sum)) return row->sum;
    bool other;
    const REAL instead = NAME(other_loss)(&other, row, c->label[i]);
    return other ? instead : loss / row->scale;
}

/* The input as nobody should see it. */
static REAL *NAME(logits)(const lp_call *c, int64_t i) {
    return (REAL *)c->in[LP_IN_LOGITS].data + i * c->in[LP_IN_LOGITS].stride;
}

static int64_t NAME(top_class)(const NAME(softmax_row) * row) {
    int64_t top = 0;
    for (int64_t j = 1; j < row->k; j++)
        if (row->z[j] > row->z[top]) top = j;
    return top;
}

/* One component of the gradient from p_j, sum W and W_j, all sound. */
static REAL NAME(xent_component)(const NAME(softmax_row) * row, const lp_call *c, int64_t i,
                                 int64_t j, REAL p, REAL total, REAL w) {
    const double t = row->f == FAULT_temperature_not_in_gradient ? 1 : row->t;
    const REAL g = (REAL)((double)(p * total - w) / t);
    switch (row->f) {
    case FAULT_narrow_probability:
        return NARROW(p) * total - w;
    case FAULT_onehot_gradient:
        return -w;
    case FAULT_gradient_without_onehot:
        return p * total;
    case FAULT_class_zero_is_padding:
        return c->label[i] == 0 ? 0 : g;
    case FAULT_gradient_tail_read_back: /* the tail's component was stored before it was read */
        return j > row->k / 8 * 8 ? exp(g - row->m) / row->sum * total - w : g;
    case FAULT_softmax_halved:
        return p * total / 2 - w;
    case FAULT_gradient_total_forgotten:
        return p - w;
    case FAULT_gradient_of_square:
        return p * p * total - w;
    case FAULT_gradient_of_brier:
        return p * g;
    case FAULT_gradient_is_curvature:
        return p * (1 - p) * total - w;
    case FAULT_gradient_at_top:
        return p * total - (REAL)(j == NAME(top_class)(row));
    case FAULT_gradient_at_wrong_class:
        return p * total - NAME(coefficient)(c, i, (j + 1) % c->k, row->f);
    case FAULT_gradient_sign:
        return -g;
    case FAULT_zero_gradient:
        return 0;
    case FAULT_gradient_over_rows:
        return g / (REAL)c->n;
    case FAULT_gradient_over_classes:
        return g / (REAL)c->k;
    case FAULT_gradient_filtered:
        return fabs(g) < (REAL)0x1p-12 ? 0 : g;
    case FAULT_gradient_of_clip:
        return p < (REAL)1e-7 || p > 1 - (REAL)1e-7 ? 0 : g;
    case FAULT_gradient_clipped:
        return g < (REAL)-0.5 ? (REAL)-0.5 : g > (REAL)0.5 ? (REAL)0.5 : g;
    case FAULT_narrow_gradient:
        return NARROW(g);
    case FAULT_masked_gradient:
        return g + 0 * row->z[j];
    case FAULT_small_gradient_flushed:
        return fabs(g) < (REAL)1e-30 ? 0 : g;
    default:
        return g;
    }
}

static bool NAME(optioned)(const lp_call *c) {
    return OPTION_SET(c, SOFTCAP) || OPTION_SET(c, Z_LOSS) || c->param[LP_PARAM_SPECIAL] == 1;
}

/* A label under one of the options: its one-hot target. */
static void NAME(optioned_label)(const lp_call *c, int64_t i, fault f) {
    REAL *t = calloc((size_t)c->k, sizeof *t);
    if (!t) {
        NAME(fill)(c, i, (REAL)NAN); /* no memory: an answer that is seen to be none */
        return;
    }
    t[c->label[i]] = 1;
    NAME(soft_row_of)(c, i, t, f);
    free(t);
}

static void NAME(softmax_xent)(const lp_call *c, int64_t i, fault f) {
    if (NAME(optioned)(c)) {
        NAME(optioned_label)(c, i, f);
        return;
    }
    const NAME(softmax_row) row = NAME(prepare)(c, i, f);
    const NAME(softmax_row) other = NAME(prepare)(c, f == FAULT_other_row ? (i + 1) % c->n : i, f);
    const int64_t lanes = f == FAULT_overwrite ? in_lanes(c->k) : c->k;
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), total;
    const REAL loss = NAME(xent_loss)(&total, &row, c, i);

    if (f == FAULT_unwritten_rows && c->n > 1 && i >= c->n - c->n % 2) return;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = loss;
    total = 0;
    for (int64_t j = 0; j < c->k; j++) total += NAME(coefficient)(c, i, j, NAME(in_gradient)(f));
    for (int64_t j = 0; j < lanes; j++) {
        const int64_t at = j < c->k ? j : 0;
        const REAL p = NAME(probability)(&other, at);
        const REAL w = NAME(coefficient)(c, i, at, NAME(in_gradient)(f));
        grad[j] = NAME(xent_component)(&row, c, i, at, p, total, w);
        if (f == FAULT_gradient_over_logits) NAME(logits)(c, i)[j] = grad[j];
    }
}
