/* builtin:textbook, the honest textbook: maximum shift and libm, plain operations, every argument
 * checked. It is what a careful engineer writes without error analysis, and the yardstick of level
 * `stable`: it stays within the a-priori bound everywhere and has no wrong special value, and does
 * not reach `accurate`, because of confident rows. */
#include "subjects/exemplars/entries.h"
#include "subjects/exemplars/frame.h"

#include <math.h>
#include <stddef.h>
#include <tgmath.h>

#define REAL    double
#define NAME(x) x##_binary64
#include "subjects/exemplars/textbook_rows.h"
#undef REAL
#undef NAME

#define REAL    float
#define NAME(x) x##_binary32
#include "subjects/exemplars/textbook_rows.h"
#undef REAL
#undef NAME

static const struct operation {
    uint32_t in, out;
    frame_label label;
    void (*row[2])(const lp_call *call, int64_t i); /* by format */
} operations[LP_OP_COUNT] = {
#define OPERATION(op, name, in, out, more, label, params)                                          \
    [LP_OP_##op] = {in, out, label, {name##_binary64, name##_binary32}},
#include "subjects/exemplars/operations.def"
#undef OPERATION
};

static lp_status run(const lp_call *call) {
    if (call->op >= LP_OP_COUNT || call->format > LP_BINARY32 || !operations[call->op].row[0])
        return LP_E_UNSUPPORTED;
    const struct operation *op = &operations[call->op];
    const lp_status status = frame_check(call, op->in, op->out, op->label);
    for (int64_t i = 0; status == LP_OK && i < call->n; i++) op->row[call->format](call, i);
    return status;
}

static const lp_entry entries[] = {
#define OPERATION(op, name, in, out, more, label, params)                                          \
    EXEMPLAR_ENTRY(#name, params, LP_BINARY64, (out) | (more), LP_FLAG_STRIDED, run),              \
        EXEMPLAR_ENTRY(#name, params, LP_BINARY32, (out) | (more), LP_FLAG_STRIDED, run),
#include "subjects/exemplars/operations.def"
#undef OPERATION
};

static const lp_subject subject = EXEMPLAR_SUBJECT(entries, "textbook");

const lp_subject *lossproof_subject_v1(void) {
    return &subject;
}
