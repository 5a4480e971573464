/* Faults of a call: rows and gradients that go to the wrong place, and answers that weak test
 * harnesses let pass. */

/* Row i gets what row from(i) has got. */
static lp_status rows_from(const lp_call *c, lp_out out, int64_t (*from)(int64_t i, int64_t n)) {
    const lp_matrix m = out == LP_OUT_LOSS ? (lp_matrix){c->out[out].data, 1} : c->out[out];
    const int64_t k = out == LP_OUT_LOSS ? 1 : c->k;
    const lp_status status = sound(c);
    double *copy =
        status == LP_OK && m.data && c->n > 1 ? calloc((size_t)(c->n * k), sizeof *copy) : NULL;
    for (int64_t at = 0; copy && at < c->n * k; at++) copy[at] = element(c, m, at / k, at % k);
    for (int64_t at = 0; copy && at < c->n * k; at++)
        set_element(c, m, at / k, at % k, copy[from(at / k, c->n) * k + at % k]);
    free(copy);
    return status;
}

static int64_t first(int64_t i, int64_t n) {
    (void)n, (void)i;
    return 0;
}
static lp_status call_gradient_of_first_row(const lp_call *c) {
    return rows_from(c, LP_OUT_GRAD, first);
}
static lp_status call_loss_of_first_row(const lp_call *c) {
    return rows_from(c, LP_OUT_LOSS, first);
}

static int64_t opposite(int64_t i, int64_t n) {
    return n - 1 - i;
}
static lp_status call_losses_reversed(const lp_call *c) {
    return rows_from(c, LP_OUT_LOSS, opposite);
}
static lp_status call_values_reversed(const lp_call *c) {
    return rows_from(c, LP_OUT_VALUE, opposite);
}

static lp_status call_last_row_without_gradient(const lp_call *c) {
    const lp_status status = sound(c);
    for (int64_t j = 0; status == LP_OK && c->n > 1 && j < c->k; j++)
        set_element(c, c->out[LP_OUT_GRAD], c->n - 1, j, 0);
    return status;
}

static lp_status call_gradient_of_first_class(const lp_call *c) {
    const lp_status status = sound(c);
    for (int64_t i = 0; status == LP_OK && i < c->n; i++)
        for (int64_t j = 1; j < c->k; j++)
            set_element(c, c->out[LP_OUT_GRAD], i, j, element(c, c->out[LP_OUT_GRAD], i, 0));
    return status;
}

static lp_status call_gradient_times_loss(const lp_call *c) {
    const lp_status status = sound(c);
    const lp_matrix g = c->out[LP_OUT_GRAD], l = {c->out[LP_OUT_LOSS].data, 1};
    for (int64_t i = 0; status == LP_OK && i < c->n; i++)
        for (int64_t j = 0; j < c->k; j++)
            set_element(c, g, i, j, element(c, g, i, j) * element(c, l, i, 0));
    return status;
}

static lp_status call_gradients_exchanged(const lp_call *c) {
    lp_call own = *c;
    own.out[LP_OUT_GRAD] = c->out[LP_OUT_GRAD_P];
    own.out[LP_OUT_GRAD_P] = c->out[LP_OUT_GRAD];
    return sound(&own);
}

/* --- answers that weak tests let pass --- */

static lp_status changed(const lp_call *c, bool loss,
                         double (*change)(const lp_call *c, double x, int64_t i, int64_t j)) {
    const lp_status status = sound(c);
    if (status == LP_OK) change_outputs(c, loss, change);
    return status;
}

static double zero(const lp_call *c, double x, int64_t i, int64_t j) {
    (void)c, (void)x, (void)i, (void)j;
    return 0;
}
static lp_status call_all_zeros(const lp_call *c) {
    return changed(c, true, zero);
}

static double uniform(const lp_call *c, double x, int64_t i, int64_t j) {
    (void)x, (void)i, (void)j;
    return 1 / (double)c->k;
}
static lp_status call_uniform_answer(const lp_call *c) {
    return changed(c, true, uniform);
}

static double scaled(const lp_call *c, double x, int64_t i, int64_t j) {
    (void)c, (void)i, (void)j;
    return x * (1 + 0x1p-14);
}
static lp_status call_all_scaled(const lp_call *c) {
    return changed(c, true, scaled);
}

static double without_small(const lp_call *c, double x, int64_t i, int64_t j) {
    (void)c, (void)i, (void)j;
    return fabs(x) < 1e-6 ? 0 : x;
}
static lp_status call_small_is_zero(const lp_call *c) {
    return changed(c, true, without_small);
}

static double without_nan(const lp_call *c, double x, int64_t i, int64_t j) {
    (void)c, (void)i, (void)j;
    return isnan(x) ? 0 : x;
}
static lp_status call_nan_to_zero(const lp_call *c) {
    return changed(c, true, without_nan);
}

static double without_inf(const lp_call *c, double x, int64_t i, int64_t j) {
    (void)i, (void)j;
    return isinf(x) ? copysign(c->format == LP_BINARY32 ? FLT_MAX : DBL_MAX, x) : x;
}
static lp_status call_inf_to_max(const lp_call *c) {
    return changed(c, true, without_inf);
}

/* One component among many. */
static double but_class_13(const lp_call *c, double x, int64_t i, int64_t j) {
    (void)c, (void)i;
    return j == 13 ? x * 1.01 : x;
}
static lp_status call_one_component(const lp_call *c) {
    return changed(c, false, but_class_13);
}

/* Sound where the logits are those of randn(), a constant elsewhere. */
static double beyond_randn(const lp_call *c, double x, int64_t i, int64_t j) {
    (void)j;
    for (int64_t l = 0; l < c->k; l++)
        if (fabs(element(c, c->in[LP_IN_LOGITS], i, l)) > 6) return 0.5;
    return x;
}
static lp_status call_only_on_randn(const lp_call *c) {
    return changed(c, true, beyond_randn);
}

/* Sound for the classes of one vector. */
static double beyond_eight(const lp_call *c, double x, int64_t i, int64_t j) {
    (void)c, (void)i;
    return j >= 16 ? x / 2 : x;
}
static lp_status call_only_small_rows(const lp_call *c) {
    return changed(c, false, beyond_eight);
}

static double signs_lost(const lp_call *c, double x, int64_t i, int64_t j) {
    (void)c, (void)i, (void)j;
    return fabs(x);
}
static lp_status call_signs_lost(const lp_call *c) {
    return changed(c, false, signs_lost);
}

static lp_status call_loss_of_mean(const lp_call *c) {
    const lp_matrix l = {c->out[LP_OUT_LOSS].data, 1};
    const lp_status status = sound(c);
    double mean = 0;
    for (int64_t i = 0; status == LP_OK && i < c->n; i++)
        mean += element(c, l, i, 0) / (double)c->n;
    for (int64_t i = 0; status == LP_OK && i < c->n; i++) set_element(c, l, i, 0, mean);
    return status;
}
