/* builtin:naive, the formulas as people write them first: exp without a shift, the logarithm of a
 * softmax, BCE through probabilities, no convention for 0 ln 0, no argument looked at. It must not
 * reach `stable`, and a label out of range may well crash it: that is what a worker process is for.
 */
#include "subjects/exemplars/entries.h"
#include "subjects/exemplars/frame.h"

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

#define REAL    double
#define NAME(x) x##_binary64
#include "subjects/exemplars/naive_rows.h"

#include "subjects/exemplars/naive_soft_rows.h"

#include "subjects/exemplars/naive_hinge_rows.h"

#include "subjects/exemplars/naive_mse_rows.h"

#include "subjects/exemplars/naive_stacked_rows.h"

#include "subjects/exemplars/batch_rows.h"
#undef REAL
#undef NAME

#define REAL    float
#define NAME(x) x##_binary32
#include "subjects/exemplars/naive_rows.h"

#include "subjects/exemplars/naive_soft_rows.h"

#include "subjects/exemplars/naive_hinge_rows.h"

#include "subjects/exemplars/naive_mse_rows.h"

#include "subjects/exemplars/naive_stacked_rows.h"

#include "subjects/exemplars/batch_rows.h"
#undef REAL
#undef NAME

/* One `run` per operation and format: each batch a loop over rows, nothing else. */
#define OPERATION(op, name, in, out, more, label, params)                                          \
    static lp_status name##_run64(const lp_call *call) {                                           \
        if (FRAME_WHOLE(LP_OP_##op)) {                                                             \
            name##_binary64(call, 0);                                                              \
            return LP_OK;                                                                          \
        }                                                                                          \
        if (frame_batched(call)) return batch_binary64(call, name##_binary64);                     \
        for (int64_t i = 0; i < call->n; i++) name##_binary64(call, i);                            \
        return LP_OK;                                                                              \
    }                                                                                              \
    static lp_status name##_run32(const lp_call *call) {                                           \
        if (FRAME_WHOLE(LP_OP_##op)) {                                                             \
            name##_binary32(call, 0);                                                              \
            return LP_OK;                                                                          \
        }                                                                                          \
        if (frame_batched(call)) return batch_binary32(call, name##_binary32);                     \
        for (int64_t i = 0; i < call->n; i++) name##_binary32(call, i);                            \
        return LP_OK;                                                                              \
    }
#include "subjects/exemplars/operations.def"
#undef OPERATION

#define NAIVE_SOFT    (FRAME_PARAM(TEMPERATURE) | FRAME_PARAM(Z_LOSS) | FRAME_PARAM(SOFTCAP))
#define IS_LOSS(out)  (((out)&OUT_LOSS) != 0)
#define HAS_GRAD(out) (((out)&OUT_GRAD) != 0)
#define ENTRY(op, name, format, out, params, run)                                                  \
    EXEMPLAR_ENTRY(#name,                                                                          \
                   (params) | (IS_LOSS(out) ? EXEMPLAR_EMPTY : 0) |                                \
                       (IS_LOSS(out) && HAS_GRAD(out) ? EXEMPLAR_UPSTREAM : 0) |                   \
                       (LP_OP_##op == LP_OP_SOFTMAX_XENT ? EXEMPLAR_LABEL_PARAMS : 0) |            \
                       (LP_OP_##op == LP_OP_SOFTMAX_XENT_SOFT ? NAIVE_SOFT : 0) |                  \
                       EXEMPLAR_BASE(LP_OP_##op, out),                                             \
                   format, out,                                                                    \
                   IS_LOSS(out) && !FRAME_WHOLE(LP_OP_##op) ? EXEMPLAR_ANY_REDUCTION               \
                                                            : EXEMPLAR_NO_REDUCTION,               \
                   0, run),

static const lp_entry entries[] = {
#define OPERATION(op, name, in, out, more, label, params)                                          \
    ENTRY(op, name, LP_BINARY64, out, params, name##_run64)                                        \
    ENTRY(op, name, LP_BINARY32, out, params, name##_run32)
#include "subjects/exemplars/operations.def"
#undef OPERATION
};

static const lp_subject subject = EXEMPLAR_SUBJECT(entries, "naive", NULL);

const lp_subject *lossproof_subject_v1(void) {
    return &subject;
}
