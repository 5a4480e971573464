/* Faults of a call: state, order, place, the floating-point environment. */

/* By the last ulp, as another order of summation would. */
static double up(const lp_call *c, double x) {
    return c->format == LP_BINARY32 ? (double)nextafterf((float)x, INFINITY)
                                    : nextafter(x, INFINITY);
}

static void move_value(const lp_call *c, lp_out out, int64_t i) {
    const lp_matrix m = out == LP_OUT_LOSS ? (lp_matrix){c->out[out].data, 1} : c->out[out];
    if (!m.data || c->k < 1) return;
    const double x = element(c, m, i, 0);
    if (isfinite(x) && x != 0) set_element(c, m, i, 0, up(c, x));
}

static lp_status call_every_16th_call(const lp_call *c) {
    static unsigned calls;
    const lp_status status = sound(c);
    if (++calls % 16 == 0 && status == LP_OK && c->n > 0) move_value(c, LP_OUT_LOSS, 0);
    return status;
}

static lp_status call_by_the_clock(const lp_call *c) {
    struct timespec t;
    const lp_status status = sound(c);
    clock_gettime(CLOCK_MONOTONIC, &t);
    if (t.tv_nsec / 64 % 2 && status == LP_OK && c->n > 0) move_value(c, LP_OUT_LOSS, 0);
    return status;
}

static lp_status call_by_batch_size(const lp_call *c) {
    const lp_status status = sound(c);
    for (int64_t i = 0; status == LP_OK && c->n > 2 && i < c->n; i++)
        move_value(c, LP_OUT_VALUE, i);
    return status;
}

static lp_status call_by_place(const lp_call *c) {
    const lp_status status = sound(c);
    for (int64_t i = 1; status == LP_OK && i < c->n; i += 2) move_value(c, LP_OUT_LOSS, i);
    return status;
}

static lp_status call_by_alignment(const lp_call *c) {
    const lp_status status = sound(c);
    if (status == LP_OK && c->n > 0 && (uintptr_t)c->in[LP_IN_LOGITS].data % 32 == 8)
        move_value(c, LP_OUT_LOSS, 0);
    return status;
}

static lp_status call_by_stride(const lp_call *c) {
    const lp_status status = sound(c);
    if (status == LP_OK && c->n > 0 && c->in[LP_IN_LOGITS].stride % 2)
        move_value(c, LP_OUT_LOSS, 0);
    return status;
}

static lp_status call_nan_leaks(const lp_call *c) {
    bool met = false;
    const lp_status status = sound(c);
    for (int64_t i = 0; status == LP_OK && i < c->n; i++) {
        const lp_matrix l = {c->out[LP_OUT_LOSS].data, 1};
        if (met) set_element(c, l, i, 0, (double)NAN);
        met = met || isnan(element(c, l, i, 0));
    }
    return status;
}

/* A scratch row, static so that nobody has to allocate it: right for one thread. */
static lp_status call_row_in_static_memory(const lp_call *c) {
    static double scratch[64];
    if (c->n < 1 || c->k < 1 || c->k > 64 || !c->in[LP_IN_LOGITS].data) return sound(c);
    lp_status status = LP_OK;
    for (int64_t i = 0; status == LP_OK && i < c->n; i++) {
        lp_call one = some_rows(c, i, 1);
        const lp_matrix row = {scratch, c->k};
        for (int64_t j = 0; j < c->k; j++)
            set_element(c, row, 0, j, element(c, c->in[LP_IN_LOGITS], i, j));
        one.in[LP_IN_LOGITS] = row;
        status = sound(&one);
    }
    return status;
}

/* The sum of the exponentials in a variable that is not the function's own. */
static lp_status call_normaliser_in_static_memory(const lp_call *c) {
    static volatile double total;
    const lp_status status = sound(c);
    const lp_matrix z = c->in[LP_IN_LOGITS], p = c->out[LP_OUT_VALUE];
    for (int64_t i = 0; status == LP_OK && i < c->n; i++) {
        double m = element(c, z, i, 0), own = 0;
        for (int64_t j = 1; j < c->k; j++) m = fmax(m, element(c, z, i, j));
        total = 0;
        for (int64_t j = 0; j < c->k; j++) {
            const double e = exp(element(c, z, i, j) - m);
            own += e;
            total += e;
        }
        const double divisor = total / own; /* 1, or NaN as the row is */
        for (int64_t j = 0; divisor != 1 && j < c->k; j++)
            set_element(c, p, i, j, element(c, p, i, j) / divisor);
    }
    return status;
}

/* Keeps the first row's answer for the address and the shape it came with. */
static lp_status call_cached_by_address(const lp_call *c) {
    static const void *address;
    static int64_t n, k;
    static double value;
    const lp_status status = sound(c);
    const lp_matrix l = {c->out[LP_OUT_LOSS].data, 1};
    if (status != LP_OK || c->n < 1) return status;
    if (address == c->in[LP_IN_LOGITS].data && n == c->n && k == c->k)
        set_element(c, l, 0, 0, value);
    address = c->in[LP_IN_LOGITS].data;
    n = c->n;
    k = c->k;
    value = element(c, l, 0, 0);
    return status;
}

static lp_status call_sum_not_reset(const lp_call *c) {
    const lp_status status = sound(c);
    double carried = 0;
    for (int64_t i = 0; status == LP_OK && i < c->n; i++) {
        const lp_matrix l = {c->out[LP_OUT_LOSS].data, 1};
        carried += element(c, l, i, 0);
        set_element(c, l, i, 0, carried);
    }
    return status;
}

static lp_status call_rounding_left(const lp_call *c) {
    const lp_status status = sound(c);
    fesetround(FE_UPWARD);
    return status;
}

static lp_status call_flush_left(const lp_call *c) {
    const lp_status status = sound(c);
    flush_to_zero(true);
    return status;
}

static lp_status call_flush_inside(const lp_call *c) {
    const bool before = flush_to_zero(true);
    const lp_status status = sound(c);
    flush_to_zero(before);
    return status;
}

static lp_status call_rounds_toward_zero(const lp_call *c) {
    const int before = fegetround();
    fesetround(FE_TOWARDZERO);
    const lp_status status = sound(c);
    fesetround(before);
    return status;
}
