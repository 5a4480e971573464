/* Faults of a call: labels, arguments, memory, layout. */

/* With the labels changed by `to`, in a copy as a kernel that looks through a wrong lens does. */
static lp_status with_labels(const lp_call *c, int64_t (*to)(int64_t label, int64_t k)) {
    int64_t label[64];
    lp_call own = *c;
    if (!c->label || c->n > 64 || c->n < 1) return sound(c);
    for (int64_t i = 0; i < c->n; i++) label[i] = to(c->label[i], c->k);
    own.label = label;
    return sound(&own);
}

static int64_t wrapped(int64_t label, int64_t k) {
    return label < 0 ? label + k : label;
}
static lp_status call_label_wraps(const lp_call *c) {
    return with_labels(c, wrapped);
}

static int64_t clamped(int64_t label, int64_t k) {
    return label < 0 ? 0 : label >= k ? k - 1 : label;
}
static lp_status call_label_clamped(const lp_call *c) {
    return with_labels(c, clamped);
}

static int64_t in_32_bits(int64_t label, int64_t k) {
    (void)k;
    return (int32_t)(uint32_t)(uint64_t)label;
}
static lp_status call_label_in_32_bits(const lp_call *c) {
    return with_labels(c, in_32_bits);
}

static int64_t in_8_bits(int64_t label, int64_t k) {
    return label >= 0 && label < k ? label & 0xff : label;
}
static lp_status call_label_in_8_bits(const lp_call *c) {
    return with_labels(c, in_8_bits);
}

static lp_status call_label_clamped_in_place(const lp_call *c) {
    for (int64_t i = 0; c->label && i < c->n; i++)
        ((int64_t *)(uintptr_t)c->label)[i] = clamped(c->label[i], c->k);
    return sound(c);
}

static lp_status call_label_aborts(const lp_call *c) {
    for (int64_t i = 0; c->label && i < c->n; i++)
        if (c->label[i] < 0 || c->label[i] >= c->k) abort();
    return sound(c);
}

static lp_status call_label_checked_late(const lp_call *c) {
    lp_call one = *c;
    for (int64_t i = 0; i < c->n; i++) {
        one = some_rows(c, i, 1);
        const lp_status status = sound(&one);
        if (status != LP_OK) return status;
    }
    return c->n ? LP_OK : sound(c);
}

static lp_status call_targets_unchecked(const lp_call *c) {
    const lp_status status = sound(c);
    return status == LP_E_ARGUMENT && c->n > 0 && c->k > 0 ? LP_OK : status;
}

static lp_status call_error_for_nan(const lp_call *c) {
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t j = 0; c->in[LP_IN_LOGITS].data && j < c->k; j++)
            if (isnan(element(c, c->in[LP_IN_LOGITS], i, j))) return LP_E_ARGUMENT;
    return sound(c);
}

static lp_status call_empty_is_error(const lp_call *c) {
    return c->n == 0 ? LP_E_ARGUMENT : sound(c);
}

static lp_status call_status_lost(const lp_call *c) {
    sound(c);
    return LP_OK;
}

/* --- memory and layout --- */

static volatile double sink;

static lp_status call_underread(const lp_call *c) {
    if (c->in[LP_IN_LOGITS].data && c->n > 0) sink = element(c, c->in[LP_IN_LOGITS], 0, -1);
    return sound(c);
}

static lp_status call_next_row_read(const lp_call *c) {
    const lp_status status = sound(c);
    if (status == LP_OK && c->n > 0) sink = element(c, c->in[LP_IN_LOGITS], c->n, 0);
    return status;
}

static lp_status call_write_before(const lp_call *c) {
    const lp_status status = sound(c);
    if (status == LP_OK && c->n > 0) set_element(c, c->out[LP_OUT_GRAD], 0, -1, 0);
    return status;
}

static lp_status call_padding_written(const lp_call *c) {
    const lp_matrix g = c->out[LP_OUT_GRAD];
    const lp_status status = sound(c);
    for (int64_t i = 0; status == LP_OK && i + 1 < c->n; i++)
        for (int64_t j = c->k; j < g.stride; j++) set_element(c, g, i, j, 0);
    return status;
}

static lp_status call_gradient_stride_ignored(const lp_call *c) {
    lp_call own = *c;
    own.out[LP_OUT_GRAD].stride = c->k;
    return sound(&own);
}

static lp_status call_target_stride_ignored(const lp_call *c) {
    lp_call own = *c;
    own.in[LP_IN_Q].stride = c->k;
    return sound(&own);
}

/* Whole vectors are stored to the row, and the next row repairs what it finds; the last does not.
 */
static lp_status call_vector_store(const lp_call *c) {
    const lp_matrix v = c->out[LP_OUT_VALUE];
    const lp_status status = sound(c);
    for (int64_t j = c->k; status == LP_OK && c->n > 0 && j < in_lanes(c->k); j++)
        set_element(c, v, c->n - 1, j, 0);
    return status;
}

/* A load from an address rounded down to a vector's. */
static lp_status call_alignment_assumed(const lp_call *c) {
    lp_call own = *c;
    own.in[LP_IN_LOGITS].data =
        (char *)c->in[LP_IN_LOGITS].data - (uintptr_t)c->in[LP_IN_LOGITS].data % 32;
    return sound(c->n > 0 && c->k > 0 ? &own : c);
}

/* Row offsets are computed in 8 bits: a model of 32 bits and 2^31 elements. */
static lp_status call_offset_overflows(const lp_call *c) {
    lp_status status = sound(c);
    for (int64_t i = 0; status == LP_OK && i < c->n; i++) {
        lp_call one = some_rows(c, i, 1);
        const int64_t size = c->format == LP_BINARY32 ? 4 : 8;
        const int64_t at = i * c->in[LP_IN_LOGITS].stride % 256;
        one.in[LP_IN_LOGITS].data = (char *)c->in[LP_IN_LOGITS].data + at * size;
        status = sound(&one);
    }
    return status;
}

static lp_status call_gradient_accumulated(const lp_call *c) {
    const lp_matrix g = c->out[LP_OUT_GRAD];
    double before[64];
    const bool fits = c->n > 0 && c->k > 0 && c->k <= 64 && g.data;
    for (int64_t j = 0; fits && j < c->k; j++) before[j] = element(c, g, 0, j);
    const lp_status status = sound(c);
    for (int64_t j = 0; fits && status == LP_OK && j < c->k; j++)
        set_element(c, g, 0, j, before[j] + element(c, g, 0, j));
    return status;
}

/* Where a caller has gradients added up. */
static lp_status call_accumulate_overwrites(const lp_call *c) {
    return sound(c);
}

static lp_status call_accumulate_loss_too(const lp_call *c) {
    double before[64];
    const lp_matrix l = {c->out[LP_OUT_LOSS].data, 1};
    const bool fits = adds(c) && l.data && c->n <= 64;
    for (int64_t i = 0; fits && i < c->n; i++) before[i] = element(c, l, i, 0);
    const lp_status status = adding(c);
    for (int64_t i = 0; fits && status == LP_OK && i < c->n; i++)
        set_element(c, l, i, 0, before[i] + element(c, l, i, 0));
    return status;
}

static double twice_as_much(const lp_call *c, double x, int64_t i, int64_t j) {
    (void)c, (void)i, (void)j;
    return 2 * x;
}
static lp_status call_accumulate_twice(const lp_call *c) {
    const lp_status status = adding(c);
    if (status == LP_OK && adds(c)) change_outputs(c, false, twice_as_much);
    return status;
}

/* Added to the gradient of the call before, which the program kept itself. */
static lp_status call_accumulate_own_array(const lp_call *c) {
    static double kept[4096];
    const lp_matrix g = c->out[LP_OUT_GRAD];
    const lp_status status = sound(c);
    if (!adds(c) || c->n * c->k > 4096) return status;
    for (int64_t i = 0; status == LP_OK && i < c->n; i++)
        for (int64_t j = 0; j < c->k; j++) {
            double *own = &kept[i * c->k + j];
            *own += element(c, g, i, j);
            set_element(c, g, i, j, *own);
        }
    return status;
}

static lp_status call_gradient_elsewhere(const lp_call *c) {
    static double own[4096];
    const lp_call saved = *c;
    lp_call elsewhere = saved;
    if (c->n * c->k > 4096) return sound(c);
    elsewhere.out[LP_OUT_GRAD] = (lp_matrix){own, c->k};
    return sound(&elsewhere);
}

static lp_status call_weights_overwritten(const lp_call *c) {
    const lp_status status = sound(c);
    for (int64_t j = 0; status == LP_OK && c->in[LP_IN_WEIGHTS].data && j < c->k; j++)
        set_element(c, c->in[LP_IN_WEIGHTS], 0, j, 0);
    return status;
}

static lp_status call_one_class_crashes(const lp_call *c) {
    if (c->k == 1 && c->n > 0) raise(SIGFPE); /* an integer divided by K - 1 */
    return sound(c);
}

static lp_status call_wide_row_crashes(const lp_call *c) {
    if (c->k > 1024) abort();
    return sound(c);
}

/* A search for the maximum that waits until it is equal to itself. */
static lp_status call_nan_hangs(const lp_call *c) {
    for (int64_t i = 0; c->k > 0 && i < c->n; i++) {
        volatile double x = element(c, c->in[LP_IN_LOGITS], i, 0);
        while (x != x) continue;
    }
    return sound(c);
}
