/* builtin:textbook, the honest textbook: maximum shift and libm, plain operations, every argument
 * checked. It is what a careful engineer writes without error analysis, and the yardstick of level
 * `stable`: it stays within the a-priori bound everywhere and has no wrong special value, and does
 * not reach `accurate`, because of confident rows. */
#include "subjects/exemplars/entries.h"
#include "subjects/exemplars/frame.h"
#include "subjects/exemplars/narrow.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <tgmath.h>

typedef void (*row_fn)(const lp_call *call, int64_t i);
#define BATCH_ROW              row_fn
#define BATCH_CALL(row, of, i) row(of, i)
#define BATCH_FAULT(name)      false
#define BATCH_NARROW(x)        (x)
#define BATCH_MORE
#define BATCH_PASS
#define WHOLE_FAULT(name) false
#define WHOLE_NARROW(x)   (x)
#define WHOLE_MORE
#define WHOLE_PASS

#define REAL    double
#define NAME(x) x##_binary64
#include "subjects/exemplars/textbook_rows.h"

#include "subjects/exemplars/soft_rows.h"
#include "subjects/exemplars/whole_rows.h"

#include "subjects/exemplars/stacked_rows.h"

#include "subjects/exemplars/policy_rows.h"

#include "subjects/exemplars/hinge_rows.h"

#include "subjects/exemplars/distill_rows.h"

#include "subjects/exemplars/mse_rows.h"

#include "subjects/exemplars/batch_rows.h"
#undef REAL
#undef NAME

#define REAL    float
#define NAME(x) x##_binary32
#include "subjects/exemplars/textbook_rows.h"

#include "subjects/exemplars/soft_rows.h"
#include "subjects/exemplars/whole_rows.h"

#include "subjects/exemplars/stacked_rows.h"

#include "subjects/exemplars/policy_rows.h"

#include "subjects/exemplars/hinge_rows.h"

#include "subjects/exemplars/distill_rows.h"

#include "subjects/exemplars/mse_rows.h"

#include "subjects/exemplars/batch_rows.h"
#undef REAL
#undef NAME

static const struct operation {
    uint32_t in, out;
    frame_label label;
    row_fn row[2]; /* by format */
} operations[LP_OP_COUNT] = {
#define OPERATION(op, name, in, out, more, label, params)                                          \
    [LP_OP_##op] = {in, out, label, {name##_binary64, name##_binary32}},
#include "subjects/exemplars/operations.def"
#undef OPERATION
};

static lp_status run_wide(const lp_call *call, int unused) {
    (void)unused;
    const struct operation *op = &operations[call->op];
    const lp_status status = frame_check(call, op->in, op->out, op->label);
    if (status == LP_OK && FRAME_WHOLE(call->op)) {
        op->row[call->format](call, 0);
        return LP_OK;
    }
    if (status == LP_OK && frame_batched(call))
        return call->format == LP_BINARY32 ? batch_binary32(call, op->row[LP_BINARY32])
                                           : batch_binary64(call, op->row[LP_BINARY64]);
    for (int64_t i = 0; status == LP_OK && i < call->n; i++) op->row[call->format](call, i);
    return status;
}

static lp_status run(const lp_call *call) {
    if (call->op >= LP_OP_COUNT || !operations[call->op].row[0]) return LP_E_UNSUPPORTED;
    if (narrow_format(call->format)) return narrow_run(call, FRAME_WHOLE(call->op), run_wide, 0);
    return call->format <= LP_BINARY32 ? run_wide(call, 0) : LP_E_UNSUPPORTED;
}

/* Rows together where nothing overflows on the way that does not in the answer: p ln p and -p/q
 * may, and an infinite upstream wants the sign of a gradient that cancelled. */
#define REDUCTIONS(op)                                                                             \
    ((op) == LP_OP_SOFTMAX_XENT || (op) == LP_OP_BCE_LOGITS ? EXEMPLAR_ANY_REDUCTION               \
                                                            : EXEMPLAR_NO_REDUCTION)
#define PARAMS(op)                                                                                  \
    ((op) == LP_OP_SOFTMAX_XENT        ? EXEMPLAR_LABEL_PARAMS | EXEMPLAR_EMPTY | EXEMPLAR_UPSTREAM \
     : (op) == LP_OP_SOFTMAX_XENT_SOFT ? EXEMPLAR_OPTIONS                                           \
     : (op) == LP_OP_BCE_LOGITS        ? EXEMPLAR_EMPTY                                             \
                                       : 0)
/* In place too: every row reads a logit before it writes the gradient there. */
#define ENTRY(op, name, format, outputs, params)                                                   \
    EXEMPLAR_ENTRY(#name, (params) | PARAMS(LP_OP_##op) | EXEMPLAR_BASE(LP_OP_##op, outputs),      \
                   format, outputs, REDUCTIONS(LP_OP_##op), LP_FLAG_STRIDED | LP_FLAG_IN_PLACE,    \
                   run),

static const lp_entry entries[] = {
#define OPERATION(op, name, in, out, more, label, params)                                          \
    ENTRY(op, name, LP_BINARY64, (out) | (more), params)                                           \
    ENTRY(op, name, LP_BINARY32, (out) | (more), params)                                           \
    ENTRY(op, name, LP_BINARY16, (out) | (more), params)                                           \
    ENTRY(op, name, LP_BFLOAT16, (out) | (more), params)
#include "subjects/exemplars/operations.def"
#undef OPERATION
};

static const lp_subject subject = EXEMPLAR_SUBJECT(entries, "textbook", NARROW_CONVENTIONS);

const lp_subject *lossproof_subject_v1(void) {
    return &subject;
}
