#include <lossproof/ref.h>

#include "core/memory.h"
#include "ref/exact.h"

#include <stdlib.h>
#include <string.h>

/* Rows and columns of an array of the shape. */
static void extent(int64_t *rows, int64_t *columns, const lp_case *c, lp_shape shape) {
    *rows = shape == LP_SHAPE_NK || shape == LP_SHAPE_NN || shape == LP_SHAPE_ND ? c->n
            : shape == LP_SHAPE_KD                                               ? c->k
                                                                                 : 1;
    int64_t len = lp_shape_len(c, shape);
    *columns = *rows > 0 ? len / *rows : 0;
}

static bool gather(lp_case *c, const lp_call *call, lp_in role, lp_shape shape) {
    const lp_format *f = lp_format_get(c->format);
    const lp_matrix *m = &call->in[role];
    int64_t rows, columns;
    extent(&rows, &columns, c, shape);
    if (rows > 1 && m->stride < columns) return false;
    double *x = lp_case_alloc(c, role);
    const char *from = m->data;
    for (int64_t i = 0; i < rows; i++)
        lp_format_unpack(x + i * columns, f, from + (size_t)(i * m->stride) * (size_t)f->bytes,
                         columns);
    return true;
}

static void scatter(const lp_matrix *m, const lp_case *c, const double *x, lp_shape shape) {
    const lp_format *f = lp_format_get(c->format);
    int64_t rows, columns;
    extent(&rows, &columns, c, shape);
    char *to = m->data;
    for (int64_t i = 0; i < rows; i++)
        lp_format_pack(to + (size_t)(i * m->stride) * (size_t)f->bytes, f, x + i * columns,
                       columns);
}

/* Sizes whose product of elements does not fit are no sizes of anything in memory. */
static bool sizes_fit(const lp_call *call) {
    int64_t product;
    return call->n >= 0 && call->k >= 0 && !__builtin_mul_overflow(call->n, call->k, &product) &&
           product <= INT64_MAX / 16;
}

static lp_status read_call(lp_case *c, const lp_call *call, int rounding) {
    const lp_op_info *info = lp_op_get((lp_op)call->op);
    c->format = (lp_format_id)call->format;
    c->rounding = (lp_rounding)rounding;
    c->n = call->n;
    c->k = c->stride = call->k;
    c->d = call->d;
    c->set = call->set;
    c->reduction = (lp_reduction)call->reduction;
    if (c->set & LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX)) c->ignore_index = call->ignore_index;
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++)
        if (c->set & LP_PARAM_BIT(p)) c->param[p] = call->param[p];
    if (call->label && info->label != LP_LABEL_NONE)
        memcpy(lp_case_alloc_label(c), call->label, (size_t)c->n * sizeof *c->label);
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (call->in[i].data && info->in[i] && !gather(c, call, (lp_in)i, info->in[i]))
            return LP_E_ARGUMENT;
    return LP_OK;
}

/* A parameter of an array counts as given by its bit in `set`; the array must be there. */
static bool arrays_match(const lp_case *c, const lp_call *call) {
    lp_case synced = *c;
    lp_case_sync(&synced);
    return ((synced.set ^ call->set) & ~(LP_PARAM_BIT(LP_PARAM_WEIGHTS) - 1) &
            ~LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX)) == 0;
}

static bool strides_fit(const lp_case *c, const lp_call *call) {
    const lp_op_info *info = lp_op_get(c->op);
    for (int o = 0; o < info->out_count; o++) {
        int64_t rows, columns;
        extent(&rows, &columns, c, info->out[o].shape);
        const lp_matrix *m = &call->out[info->out[o].role];
        if (m->data && rows > 1 && m->stride < columns) return false;
    }
    return true;
}

static lp_status answer_call(lp_case *c, const lp_call *call, int64_t *undecided) {
    lp_exact *e = lp_exact_new(c, NULL);
    if (!e) return LP_E_UNSUPPORTED;
    lp_answer a;
    lp_answer_init(&a);
    *undecided = lp_exact_answer(&a, e);
    lp_status status = a.status;
    const lp_op_info *info = lp_op_get(c->op);
    for (int o = 0; status == LP_OK && o < info->out_count; o++) {
        const lp_matrix *m = &call->out[info->out[o].role];
        if (m->data && a.out[info->out[o].role])
            scatter(m, c, a.out[info->out[o].role], info->out[o].shape);
    }
    lp_answer_clear(&a);
    lp_exact_free(e);
    return status;
}

/* Everything about a call but its outputs, into an uninitialised c that the caller clears; LP_OK
 * alone leaves a case to be answered. */
static lp_status open_call(lp_case *c, const lp_call *call, int rounding) {
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    if (call->size < sizeof *call || rounding < 0 || rounding >= LP_ROUNDING_COUNT)
        return LP_E_ARGUMENT;
    if (call->op >= LP_OP_COUNT || call->format >= LP_FORMAT_COUNT) return LP_E_UNSUPPORTED;
    const lp_op_info *info = lp_op_get((lp_op)call->op);
    if (!info->built || call->set & ~info->built_params || call->reduction >= 3 ||
        !(info->built_reductions & LP_REDUCE_BIT(call->reduction)))
        return LP_E_UNSUPPORTED;
    if (!sizes_fit(call)) return LP_E_ARGUMENT;
    c->op = (lp_op)call->op;
    lp_status status = read_call(c, call, rounding);
    return status == LP_OK && !arrays_match(c, call) ? LP_E_ARGUMENT : status;
}

lp_status lp_ref_call(const lp_call *call, int rounding, int64_t *undecided) {
    int64_t count = 0;
    lp_case c;
    lp_status status = open_call(&c, call, rounding);
    if (status == LP_OK && !strides_fit(&c, call)) status = LP_E_ARGUMENT;
    if (status == LP_OK) status = answer_call(&c, call, &count);
    if (undecided) *undecided = count;
    lp_case_clear(&c);
    return status;
}

static lp_status answer_hvp(lp_case *c, lp_matrix hvp, int64_t *undecided) {
    lp_exact *e = lp_exact_new(c, NULL);
    if (!e) return LP_E_UNSUPPORTED;
    lp_status status = lp_exact_status(e);
    int64_t len = lp_exact_len(e, LP_OUT_HVP);
    if (status == LP_OK && len > 0) {
        double *x = lp_memory_zeros((size_t)len, sizeof *x);
        *undecided = lp_exact_hvp(x, e);
        scatter(&hvp, c, x, LP_SHAPE_NK);
        free(x);
    }
    lp_exact_free(e);
    return status;
}

/* `v` and `hvp` are there, one stride at least the row's length each. */
static bool gather_v(lp_case *c, const lp_call *call, lp_matrix hvp) {
    if (c->n == 0) return true;
    bool there = call->in[LP_IN_V].data && hvp.data && (c->n == 1 || hvp.stride >= c->k);
    return there && gather(c, call, LP_IN_V, LP_SHAPE_NK);
}

lp_status lp_ref_hvp(const lp_call *call, lp_matrix hvp, int rounding, int64_t *undecided) {
    int64_t count = 0;
    lp_case c;
    lp_status status = open_call(&c, call, rounding);
    if (status == LP_OK && !lp_op_get(c.op)->hvp) status = LP_E_UNSUPPORTED;
    if (status == LP_OK && !gather_v(&c, call, hvp)) status = LP_E_ARGUMENT;
    if (status == LP_OK) status = answer_hvp(&c, hvp, &count);
    if (undecided) *undecided = count;
    lp_case_clear(&c);
    return status;
}
