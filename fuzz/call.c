#include "fuzz/target.h"

#include "core/memory.h"
#include "host/fpenv.h"

#include <stdlib.h>
#include <string.h>

/* Outputs start as all ones: a NaN in every format, with a payload that no arithmetic makes. */
enum { POISON = 0xff };

static bool has_rows(lp_shape shape) {
    return shape == LP_SHAPE_NK;
}

static int64_t span(const lp_case *c, lp_shape shape) {
    int64_t len = lp_shape_len(c, shape);
    if (!has_rows(shape) || c->n == 0 || c->k == 0) return len;
    return (c->n - 1) * c->stride + c->k;
}

static void *block(int64_t elements, const lp_format *f) {
    return lp_memory_zeros((size_t)elements, (size_t)f->bytes);
}

static int64_t stride_of(const lp_case *c, lp_shape shape) {
    return has_rows(shape) ? c->stride : lp_shape_len(c, shape);
}

/* Copies rows between the case's dense array and the strided block. */
static void move_rows(const lp_case *c, lp_shape shape, void *packed, double *dense, bool in) {
    const lp_format *f = lp_format_get(c->format);
    int64_t rows = has_rows(shape) ? c->n : 1;
    int64_t cols = has_rows(shape) ? c->k : lp_shape_len(c, shape), stride = stride_of(c, shape);
    for (int64_t i = 0; i < rows && cols > 0; i++) {
        unsigned char *at = (unsigned char *)packed + i * stride * f->bytes;
        if (in)
            lp_format_pack(at, f, dense + i * cols, cols);
        else
            lp_format_unpack(dense + i * cols, f, at, cols);
    }
}

static void give_inputs(lp_call *call, const lp_case *c) {
    const lp_op_info *op = lp_op_get(c->op);
    for (int i = 0; i < LP_IN_COUNT; i++) {
        if (!c->in[i]) continue;
        void *p = block(span(c, op->in[i]), lp_format_get(c->format));
        move_rows(c, op->in[i], p, c->in[i], true);
        call->in[i] = (lp_matrix){p, stride_of(c, op->in[i])};
    }
}

static void give_outputs(lp_call *call, lp_answer *a, const lp_entry *entry, const lp_case *c) {
    const lp_format *f = lp_format_get(c->format);
    const lp_op_info *op = lp_op_get(c->op);
    for (int i = 0; i < op->out_count; i++) {
        lp_out role = op->out[i].role;
        if (!(entry->outputs & LP_OUT_BIT(role)) || (op->out[i].needs_v && !c->in[LP_IN_V]))
            continue;
        int64_t elements = span(c, op->out[i].shape);
        void *p = block(elements, f);
        if (elements) memset(p, POISON, (size_t)elements * (size_t)f->bytes);
        lp_answer_alloc(a, c, role);
        call->out[role] = (lp_matrix){p, stride_of(c, op->out[i].shape)};
    }
}

static bool is_untouched(const unsigned char *element, int bytes) {
    for (int i = 0; i < bytes; i++)
        if (element[i] != POISON) return false;
    return true;
}

/* Every element is written by a success, none by a refusal, and what lies between rows by neither.
 */
static void look_at_output(lp_answer *a, const lp_case *c, lp_shape shape, const lp_matrix *out) {
    int bytes = lp_format_get(c->format)->bytes;
    int64_t cols = has_rows(shape) ? c->k : lp_shape_len(c, shape);
    for (int64_t i = 0, n = span(c, shape); i < n; i++) {
        bool kept = is_untouched((unsigned char *)out->data + i * bytes, bytes);
        bool due = i % out->stride < cols;
        if (kept && due && a->status == LP_OK) a->findings |= LP_FIND_UNWRITTEN;
        if (!kept && !due) a->findings |= LP_FIND_OVERWRITE;
        if (!kept && a->status != LP_OK) a->findings |= LP_FIND_WROTE_ON_ERROR;
    }
}

static void take_outputs(lp_answer *a, const lp_call *call, const lp_case *c) {
    for (int role = 0; role < LP_OUT_COUNT; role++) {
        if (!a->out[role]) continue;
        lp_shape shape = lp_op_output(lp_op_get(c->op), (lp_out)role)->shape;
        look_at_output(a, c, shape, &call->out[role]);
        move_rows(c, shape, call->out[role].data, a->out[role], false);
    }
}

static void *label_of(const lp_entry *entry, const lp_case *c) {
    if (!c->label) return NULL;
    bool narrow = entry->flags & LP_FLAG_LABEL32;
    void *p = lp_memory_zeros((size_t)c->n, narrow ? sizeof(int32_t) : sizeof(int64_t));
    for (int64_t i = 0; i < c->n; i++)
        if (narrow)
            ((int32_t *)p)[i] = (int32_t)c->label[i];
        else
            ((int64_t *)p)[i] = c->label[i];
    return p;
}

void lp_fuzz_call(lp_answer *a, const lp_entry *entry, const lp_case *c) {
    double param[LP_PARAM_COUNT];
    memcpy(param, c->param, sizeof param);
    lp_call call = {.size = sizeof call,
                    .op = (uint32_t)c->op,
                    .format = (uint32_t)c->format,
                    .reduction = (uint32_t)c->reduction,
                    .n = c->n,
                    .k = c->k,
                    .d = c->d,
                    .ignore_index = c->ignore_index,
                    .set = c->set,
                    .param = param};
    void *label = label_of(entry, c);
    call.label = label;
    give_inputs(&call, c);
    give_outputs(&call, a, entry, c);
    lp_fpenv before = lp_fpenv_get();
    a->status = entry->run(&call);
    lp_fpenv after = lp_fpenv_get();
    lp_fpenv_set(before);
    if (lp_fpenv_rounds_differently(before, after)) a->findings |= LP_FIND_ROUNDING;
    if (lp_fpenv_flushes_differently(before, after)) a->findings |= LP_FIND_FTZ;
    take_outputs(a, &call, c);
    for (int i = 0; i < LP_IN_COUNT; i++) free(call.in[i].data);
    for (int i = 0; i < LP_OUT_COUNT; i++) free(call.out[i].data);
    free(label);
}
