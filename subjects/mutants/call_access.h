/* What a fault of a whole call needs: the exemplar's own answer, and reading and writing elements
 * whatever the format. */
static lp_status run(const lp_call *given, fault f);

static lp_status sound(const lp_call *c) {
    return run(c, FAULT_none);
}

static double element(const lp_call *c, lp_matrix m, int64_t i, int64_t j) {
    const int64_t at = i * m.stride + j;
    return c->format == LP_BINARY32 ? ((const float *)m.data)[at] : ((const double *)m.data)[at];
}

static void set_element(const lp_call *c, lp_matrix m, int64_t i, int64_t j, double x) {
    const int64_t at = i * m.stride + j;
    if (c->format == LP_BINARY32)
        ((float *)m.data)[at] = (float)x;
    else
        ((double *)m.data)[at] = x;
}

/* The outputs with one element per class. */
static const lp_out wide[] = {LP_OUT_VALUE, LP_OUT_GRAD, LP_OUT_GRAD_P};
#define WIDE 3

/* Every element of those outputs through `change`; the loss too where `loss`. */
static void change_outputs(const lp_call *c, bool loss,
                           double (*change)(const lp_call *c, double x, int64_t i, int64_t j)) {
    for (int64_t i = 0; i < c->n; i++) {
        for (int o = 0; o < WIDE; o++)
            for (int64_t j = 0; c->out[wide[o]].data && j < c->k; j++) {
                const lp_matrix m = c->out[wide[o]];
                set_element(c, m, i, j, change(c, element(c, m, i, j), i, j));
            }
        const lp_matrix l = {c->out[LP_OUT_LOSS].data, 1};
        if (loss && l.data) set_element(c, l, i, 0, change(c, element(c, l, i, 0), i, 0));
    }
}

static bool adds(const lp_call *c) {
    return c->set & LP_PARAM_BIT(LP_PARAM_ACCUMULATE) && c->param[LP_PARAM_ACCUMULATE] == 1;
}

/* The sound answer, its gradient added to what was there. */
static lp_status adding(const lp_call *c) {
    const lp_matrix g = c->out[LP_OUT_GRAD];
    double *before = NULL;
    if (adds(c) && g.data && c->n > 0 && c->k > 0)
        before = malloc(sizeof(double) * (size_t)(c->n * c->k));
    for (int64_t i = 0; before && i < c->n; i++)
        for (int64_t j = 0; j < c->k; j++) before[i * c->k + j] = element(c, g, i, j);
    const lp_status status = sound(c);
    for (int64_t i = 0; before && status == LP_OK && i < c->n; i++)
        for (int64_t j = 0; j < c->k; j++)
            set_element(c, g, i, j, before[i * c->k + j] + element(c, g, i, j));
    free(before);
    return status;
}

/* The call for its rows from `from` on, `n` of them. */
static lp_call some_rows(const lp_call *c, int64_t from, int64_t n) {
    const int64_t size = c->format == LP_BINARY32 ? 4 : 8;
    lp_call part = *c;
    part.n = n;
    if (c->label) part.label = c->label + from;
    for (int r = 0; r < LP_IN_COUNT; r++)
        if (c->in[r].data && r != LP_IN_WEIGHTS)
            part.in[r].data = (char *)c->in[r].data + from * c->in[r].stride * size;
    for (int o = 0; o < LP_OUT_COUNT; o++) {
        const int64_t stride = o == LP_OUT_LOSS ? 1 : c->out[o].stride;
        if (c->out[o].data) part.out[o].data = (char *)c->out[o].data + from * stride * size;
    }
    return part;
}
