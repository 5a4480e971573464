/* builtin:naive, the formulas as people write them first: exp without a shift, the logarithm of a
 * softmax, BCE through probabilities, no convention for 0 ln 0, no argument looked at. It must not
 * reach `stable`, and a label out of range may well crash it: that is what a worker process is for.
 */
#include "subjects/exemplars/entries.h"
#include "subjects/exemplars/frame.h"

#include <math.h>
#include <stddef.h>
#include <tgmath.h>

#define REAL    double
#define NAME(x) x##_binary64
#include "subjects/exemplars/naive_rows.h"
#undef REAL
#undef NAME

#define REAL    float
#define NAME(x) x##_binary32
#include "subjects/exemplars/naive_rows.h"
#undef REAL
#undef NAME

/* One `run` per operation and format: each batch a loop over rows, nothing else. */
#define OPERATION(op, name, in, out, more, label, params)                                          \
    static lp_status name##_run64(const lp_call *call) {                                           \
        for (int64_t i = 0; i < call->n; i++) name##_binary64(call, i);                            \
        return LP_OK;                                                                              \
    }                                                                                              \
    static lp_status name##_run32(const lp_call *call) {                                           \
        for (int64_t i = 0; i < call->n; i++) name##_binary32(call, i);                            \
        return LP_OK;                                                                              \
    }
#include "subjects/exemplars/operations.def"
#undef OPERATION

static const lp_entry entries[] = {
#define OPERATION(op, name, in, out, more, label, params)                                          \
    EXEMPLAR_ENTRY(#name, params, LP_BINARY64, out, 0, name##_run64),                              \
        EXEMPLAR_ENTRY(#name, params, LP_BINARY32, out, 0, name##_run32),
#include "subjects/exemplars/operations.def"
#undef OPERATION
};

static const lp_subject subject = EXEMPLAR_SUBJECT(entries, "naive");

const lp_subject *lossproof_subject_v1(void) {
    return &subject;
}
