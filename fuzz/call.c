#include "fuzz/target.h"

#include "core/memory.h"
#include "host/fpenv.h"

#include <stdlib.h>
#include <string.h>

/* Outputs start as all ones: a NaN in every format, with a payload that no arithmetic makes. */
enum { POISON = 0xff };

static int64_t span(lp_layout_rows l) {
    return l.rows > 0 && l.cols > 0 ? (l.rows - 1) * l.stride + l.cols : 0;
}

static void *block(int64_t elements, const lp_format *f) {
    return lp_memory_zeros((size_t)elements, (size_t)f->bytes);
}

/* Copies rows between the case's dense array and the strided block. */
static void move_rows(const lp_format *f, lp_layout_rows l, void *packed, double *dense, bool in) {
    for (int64_t i = 0; i < l.rows && l.cols > 0; i++) {
        unsigned char *at = (unsigned char *)packed + i * l.stride * f->bytes;
        if (in)
            lp_format_pack(at, f, dense + i * l.cols, l.cols);
        else
            lp_format_unpack(dense + i * l.cols, f, at, l.cols);
    }
}

static void give_inputs(lp_call *call, const lp_case *c) {
    const lp_op_info *op = lp_op_get(c->op);
    const lp_format *f = lp_format_get(c->format);
    for (int i = 0; i < LP_IN_COUNT; i++) {
        if (!c->in[i]) continue;
        lp_layout_rows l = lp_case_rows(c, op->in[i]);
        void *p = block(span(l), f);
        move_rows(f, l, p, c->in[i], true);
        call->in[i] = (lp_matrix){p, l.stride};
    }
}

static void give_outputs(lp_call *call, lp_answer *a, const lp_entry *entry, const lp_case *c) {
    const lp_format *f = lp_format_get(c->format);
    const lp_op_info *op = lp_op_get(c->op);
    for (int i = 0; i < op->out_count; i++) {
        lp_out role = op->out[i].role;
        if (!(entry->outputs & LP_OUT_BIT(role)) || (op->out[i].needs_v && !c->in[LP_IN_V]))
            continue;
        lp_layout_rows l = lp_case_rows(c, op->out[i].shape);
        int64_t elements = span(l);
        void *p = block(elements, f);
        if (elements) memset(p, POISON, (size_t)elements * (size_t)f->bytes);
        lp_answer_alloc(a, c, role);
        call->out[role] = (lp_matrix){p, l.stride};
    }
}

static bool is_untouched(const unsigned char *element, int bytes) {
    for (int i = 0; i < bytes; i++)
        if (element[i] != POISON) return false;
    return true;
}

/* Every element is written by a success, none by a refusal, and what lies between rows by neither.
 */
static void look_at_output(lp_answer *a, int bytes, lp_layout_rows l, const unsigned char *out) {
    for (int64_t i = 0, n = span(l); i < n; i++) {
        bool kept = is_untouched(out + i * bytes, bytes);
        bool due = i % l.stride < l.cols;
        if (kept && due && a->status == LP_OK) a->findings |= LP_FIND_UNWRITTEN;
        if (!kept && !due) a->findings |= LP_FIND_OVERWRITE;
        if (!kept && a->status != LP_OK) a->findings |= LP_FIND_WROTE_ON_ERROR;
    }
}

static void take_outputs(lp_answer *a, const lp_call *call, const lp_case *c) {
    const lp_format *f = lp_format_get(c->format);
    for (int role = 0; role < LP_OUT_COUNT; role++) {
        if (!a->out[role]) continue;
        lp_layout_rows l = lp_case_rows(c, lp_op_output(lp_op_get(c->op), (lp_out)role)->shape);
        look_at_output(a, f->bytes, l, call->out[role].data);
        move_rows(f, l, call->out[role].data, a->out[role], false);
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
