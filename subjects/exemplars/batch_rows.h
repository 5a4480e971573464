/* Rows together, around any operation's row: ignored ones left out, losses summed or averaged,
 * gradients times upstream over the denominator. Included once per format with REAL and NAME
 * defined, after rows.h; the including file says how a row is called (BATCH_ROW, BATCH_CALL) and
 * which fault is planted (BATCH_FAULT: false but in the mutants). */

/* As detectors count: the labels of 1, but 1 at least. */
static REAL NAME(positives)(const lp_call *c) {
    int64_t count = 0;
    for (int64_t i = 0; i < c->n; i++) count += c->label[i] == 1;
    return count > 1 ? (REAL)count : 1;
}

/* Rows that are not ignored, or the sum of their weights, in index order. */
static REAL NAME(denominator)(const lp_call *c BATCH_MORE) {
    const REAL *w = NAME(in)(c, LP_IN_WEIGHTS, 0);
    const bool weighted = w && c->param[LP_PARAM_MEAN_RULE] == 1 && !BATCH_FAULT(weights_over_n);
    REAL d = 0;
    for (int64_t i = 0; i < c->n; i++) {
        if (frame_ignored(c, i) && !BATCH_FAULT(mean_over_all_rows)) continue;
        if (weighted && frame_bad_label(c, i)) return (REAL)NAN;
        d += weighted && !frame_ignored(c, i) ? w[c->label[i]] : 1;
    }
    if (BATCH_FAULT(mean_over_n_and_k)) d *= (REAL)c->k;
    if (BATCH_FAULT(mean_over_positives)) d = NAME(positives)(c);
    return d;
}

/* upstream / D; over D = 0 the gradient is 0 unless upstream is no number. */
static REAL NAME(scale)(const lp_call *c, int64_t i, REAL d BATCH_MORE) {
    const REAL *up = NAME(in)(c, LP_IN_UPSTREAM, 0);
    const bool one = c->reduction != LP_REDUCE_NONE || BATCH_FAULT(upstream_first_row);
    REAL u = up && !BATCH_FAULT(upstream_dropped) ? up[one ? 0 : i] : 1;
    if (BATCH_FAULT(upstream_twice)) u *= u;
    if (BATCH_FAULT(upstream_magnitude)) u = fabs(u);
    if (BATCH_FAULT(gradient_of_the_sum)) d = 1;
    if (BATCH_FAULT(gradient_of_the_mean) && c->reduction == LP_REDUCE_SUM) d = (REAL)c->n;
    return d == 0 && !BATCH_FAULT(empty_gradient_nan) ? u * 0 : u / d;
}

/* Of a row of softmax_xent, the classes whose exact gradient is 0: masked ones, or all where the
 * label alone is there. NULL: not asked for. */
static bool *NAME(exact_zeros)(const lp_call *c, int64_t i, REAL s) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i);
    if (c->op != LP_OP_SOFTMAX_XENT || isfinite(s)) return NULL;
    bool *zero = malloc((size_t)c->k * sizeof *zero);
    int64_t there = 0, label = c->label[i];
    for (int64_t j = 0; zero && j < c->k; j++) there += z[j] != -INFINITY;
    for (int64_t j = 0; zero && j < c->k; j++)
        zero[j] = z[label] == -INFINITY ? j != label && z[j] == -INFINITY
                                        : there == 1 || z[j] == -INFINITY;
    return zero;
}

/* An infinite upstream multiplies the exact gradient, of which an underflow leaves the sign. */
static void NAME(scale_infinitely)(const lp_call *c, int64_t i, REAL s, const bool *zero) {
    REAL *g = NAME(out)(c, LP_OUT_GRAD, i);
    for (int64_t j = 0; j < c->k; j++)
        if (!isnan(g[j])) g[j] = zero[j] ? (REAL)NAN : j == c->label[i] ? -s : s;
}

static void NAME(scale_row)(const lp_call *c, int64_t i, REAL s) {
    for (int out = LP_OUT_GRAD; out < LP_OUT_COUNT; out++) {
        REAL *g = NAME(out)(c, (lp_out)out, i);
        for (int64_t j = 0; g && s != 1 && j < c->k; j++) g[j] = g[j] * s + 0; /* +0, not -0 */
    }
}

/* An ignored row: the loss 0, the gradient too, whatever it holds. */
static void NAME(leave_out)(const lp_call *c, int64_t i BATCH_MORE) {
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = 0;
    if (BATCH_FAULT(ignored_gradient_unwritten)) return;
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i);
    (void)z;
    for (int out = LP_OUT_GRAD; out < LP_OUT_COUNT; out++) {
        REAL *g = NAME(out)(c, (lp_out)out, i);
        for (int64_t j = 0; g && j < c->k; j++)
            g[j] = BATCH_FAULT(ignored_times_zero) ? z[j] * 0 : 0;
    }
    if (BATCH_FAULT(ignored_times_zero))
        for (int64_t j = 0; j < c->k; j++) NAME(out)(c, LP_OUT_LOSS, 0)[i] += z[j] * 0;
}

/* A row that has no class: NaN, the others as they are. */
static void NAME(without_class)(const lp_call *c, int64_t i BATCH_MORE) {
    const REAL x = BATCH_FAULT(bad_label_is_ignored) ? 0 : (REAL)NAN;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = x;
    for (int out = LP_OUT_GRAD; out < LP_OUT_COUNT; out++) {
        REAL *g = NAME(out)(c, (lp_out)out, i);
        const bool kept = out == LP_OUT_GRAD && BATCH_FAULT(bad_label_in_loss_only);
        for (int64_t j = 0; g && j < c->k; j++) g[j] = kept ? 0 : x;
    }
}

/* q y softplus(-z) 2^-30, the one term of bce_logits that overflows. */
static REAL NAME(small_bce)(const lp_call *c, int64_t i) {
    const double z = *NAME(in)(c, LP_IN_LOGITS, i), y = *NAME(in)(c, LP_IN_TARGETS, i);
    const REAL *each = NAME(in)(c, LP_IN_POS_WEIGHT, 0);
    const bool set = c->set & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT);
    const double q = each ? (double)*each : set ? c->param[LP_PARAM_POS_WEIGHT] : 1;
    return (REAL)(q * y * (((z < 0 ? -z : 0) + log1p(exp(-fabs(z)))) * 0x1p-30));
}

/* 2^-30 of a loss that may overflow and go on to a mean, or with the other rows' share to a sum,
 * that does not; of softmax_xent that is m - z_c. What is beside such a term, ln K or ln 2 at most,
 * is nothing to it. Taken before the row: the gradient may lie over the logits. A loss that is
 * infinite otherwise than by overflow, where twice this is no infinity, stays so. */
static REAL NAME(small_loss)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), small = 0x1p-30;
    if (c->op == LP_OP_BCE_LOGITS) return isfinite(*z) ? NAME(small_bce)(c, i) : (REAL)INFINITY;
    if (c->op != LP_OP_SOFTMAX_XENT) return (REAL)INFINITY;
    REAL m = z[0];
    for (int64_t j = 1; j < c->k; j++)
        if (z[j] > m) m = z[j];
    return m * small - z[c->label[i]] * small;
}

static REAL NAME(mean_of)(const lp_call *c, REAL sum, REAL d BATCH_MORE) {
    const bool zero = c->param[LP_PARAM_EMPTY_MEAN] == 1 && !BATCH_FAULT(empty_mean_0_over_0);
    if (BATCH_FAULT(empty_mean_always_0) && d == 0) return 0;
    if (d == 0 && !isnan(sum)) return zero ? 0 : (REAL)NAN;
    return sum / d;
}

/* `each` is the call with room for one loss a row. */
static void NAME(batch_rows)(const lp_call *c, const lp_call *each, BATCH_ROW row BATCH_MORE) {
    const bool mean = c->reduction == LP_REDUCE_MEAN;
    const REAL d = mean ? NAME(denominator)(c BATCH_PASS) : 1;
    REAL sum = 0, small = 0;
    for (int64_t i = 0; i < c->n; i++) {
        REAL *loss = NAME(out)(each, LP_OUT_LOSS, 0) + i;
        const REAL s = NAME(scale)(c, i, d BATCH_PASS);
        const bool bad = c->label && frame_bad_label(c, i);
        bool *zero = frame_ignored(c, i) || bad ? NULL : NAME(exact_zeros)(each, i, s);
        const bool valid = c->label && c->label[i] >= 0 && c->label[i] < c->k;
        const bool skip = frame_ignored(c, i) && !(valid && BATCH_FAULT(ignored_negative_only));
        const REAL part = skip || bad ? 0 : NAME(small_loss)(each, i);
        if (skip)
            NAME(leave_out)(each, i BATCH_PASS);
        else if (bad)
            NAME(without_class)(each, i BATCH_PASS);
        else
            BATCH_CALL(row, each, i);
        if (zero)
            NAME(scale_infinitely)(each, i, s, zero);
        else if (!skip && !bad)
            NAME(scale_row)(each, i, s);
        free(zero);
        if (BATCH_FAULT(upstream_scales_loss)) *loss *= NAME(scale)(c, i, 1 BATCH_PASS);
        if (BATCH_FAULT(last_row_missing) && i == c->n - 1 && i > 0) continue;
        sum += *loss;
        small +=
            *loss == (REAL)INFINITY && isinf(part * (REAL)0x1p31) ? part : *loss * (REAL)0x1p-30;
        /* cppcheck-suppress selfAssignment ; without the fault BATCH_NARROW is its argument */
        if (BATCH_FAULT(sum_in_narrow)) sum = BATCH_NARROW(sum);
    }
    if (c->reduction == LP_REDUCE_NONE) return;
    REAL *loss = NAME(out)(c, LP_OUT_LOSS, 0);
    *loss = mean && !BATCH_FAULT(mean_is_the_sum) ? NAME(mean_of)(c, sum, d BATCH_PASS) : sum;
    if (isinf(sum) && !BATCH_FAULT(sum_in_narrow)) *loss = small / (mean ? d : 1) * (REAL)0x1p30;
}

/* In bits, everything that was written over ln 2. */
static void NAME(to_bits)(const lp_call *c BATCH_MORE) {
    if (c->param[LP_PARAM_BASE] != 1 || BATCH_FAULT(base_ignored)) return;
    REAL ln2 = (REAL)0x1.62e42fefa39efp-1;
    if (BATCH_FAULT(base_multiplied)) ln2 = 1 / ln2;
    if (BATCH_FAULT(base_ten)) ln2 = (REAL)0x1.26bb1bbb55516p+1;
    const int64_t losses = c->reduction == LP_REDUCE_NONE ? c->n : 1;
    REAL *loss = NAME(out)(c, LP_OUT_LOSS, 0);
    for (int64_t i = 0; i < losses && !BATCH_FAULT(base_in_gradient_only); i++) loss[i] /= ln2;
    for (int64_t i = 0; i < c->n && !BATCH_FAULT(base_in_loss_only); i++)
        for (int out = LP_OUT_GRAD; out < LP_OUT_COUNT; out++) {
            REAL *g = NAME(out)(c, (lp_out)out, i);
            for (int64_t j = 0; g && j < c->k; j++) g[j] /= ln2;
        }
}

static lp_status NAME(batch)(const lp_call *c, BATCH_ROW row BATCH_MORE) {
    lp_call each = *c;
    if (c->reduction == LP_REDUCE_NONE) {
        NAME(batch_rows)(c, &each, row BATCH_PASS);
        NAME(to_bits)(c BATCH_PASS);
        return LP_OK;
    }
    each.out[LP_OUT_LOSS].data = malloc((size_t)(c->n > 0 ? c->n : 1) * sizeof(REAL));
    if (!each.out[LP_OUT_LOSS].data) return LP_E_MEMORY;
    NAME(batch_rows)(c, &each, row BATCH_PASS);
    free(each.out[LP_OUT_LOSS].data);
    NAME(to_bits)(c BATCH_PASS);
    return LP_OK;
}
